"""Lists as somebody looks through them: the newest first, some at a time, those that fit."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from knock_fake.json_types import JsonObject

_Record = TypeVar("_Record")

DEFAULT_LIMIT = 50
"""How many records a list has that nobody limits."""

LOOKED_AT = 20_000
"""How many records one call looks at, so that a filter which nothing fits does not hold up a large world."""


def newest_first(
    records: Sequence[_Record], place: Callable[[_Record], int], query: JsonObject, fits: Callable[[_Record], bool]
) -> tuple[list[_Record], int | None]:
    """Return the newest records that fit, and the place to go on before.

    Args:
        records: all that there are, oldest first.
        place: returns what they are in order of.
        query: ``limit`` says how many, ``before`` which place to begin before.
        fits: whether a record is wanted.

    Returns:
        The records, and what to send as ``before`` for older ones; ``None`` when there are none.
    """
    before, limit = query.get("before"), query.get("limit", DEFAULT_LIMIT)
    end = bisect_left(records, before, key=place) if isinstance(before, int) else len(records)
    found: list[_Record] = []
    for position in range(end - 1, -1, -1):
        record = records[position]
        if fits(record):
            found.append(record)
        if position and (len(found) == limit or end - position == LOOKED_AT):
            return found, place(record)
    return found, None


def contains(wanted: object, *texts: str | None) -> bool:
    """Return whether one of several texts contains another one, whatever its case; what is ``None`` is not wanted."""
    if not isinstance(wanted, str):
        return True
    needle = wanted.casefold()
    return any(needle in text.casefold() for text in texts if text is not None)

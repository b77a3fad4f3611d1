"""Durations as builders take them: text or a timedelta, to whole seconds."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from knock_fake.durations import parse_duration
from knock_fake.errors import ClockError, UsageError
from knock_fake.steps._arguments import refuse

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject

_SPELT_OUT = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])(?:ec|econd|in|inute|r|our|ay|eek)s?\b[\s,]*")
_SHORT = re.compile(r"(?:\d+(?:\.\d+)?[smhdw])+")
_UNITS = (("days", 86_400), ("hours", 3600), ("minutes", 60), ("seconds", 1))


def duration(builder: str, argument: str, value: str | timedelta, *, negative: bool = False) -> JsonObject:
    """Return a duration as ``unit`` and ``value``, in the largest unit that it is a whole number of.

    Args:
        builder: the builder that got it.
        argument: the argument that it is.
        value: text such as ``"2h"`` or ``"1h30m"``, or a timedelta, in whole seconds.
        negative: whether it may go back in time.

    Raises:
        UsageError: it goes back where it may not, or has a fraction of a second.
        ClockError: the text is no duration.
        UsageTypeError: it is neither text nor a timedelta.
    """
    if not isinstance(value, str | timedelta):
        refuse(builder, argument, "text such as '2h' or a timedelta", value)
    place = f"{builder}({argument}={value!r})"
    length = _read_length(value, place)
    if length < timedelta() and not negative:
        raise UsageError(f"{place} is negative: only one that is added to until=... can go back")
    seconds, fraction = divmod(length, timedelta(seconds=1))
    if fraction:
        raise UsageError(f"{place} has a fraction of a second: Knock's durations have whole seconds")
    unit, size = next((unit, size) for unit, size in _UNITS if seconds % size == 0 and (seconds or size == 1))
    return {"unit": unit, "value": seconds // size}


def _read_length(value: str | timedelta, place: str) -> timedelta:
    try:
        return parse_duration(value)
    except ClockError:
        short = _SPELT_OUT.sub(r"\1\2", value) if isinstance(value, str) else ""
        if not _SHORT.fullmatch(short):
            raise
        problem = f"{place}: write {short!r}"
    raise ClockError(problem)

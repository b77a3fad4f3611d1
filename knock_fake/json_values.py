"""JSON values that come from Python: checked, and copied so that nobody changes them afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, NoReturn

from knock_fake.errors import KnockFakeError, UsageTypeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import Json, JsonObject

MAX_LEVELS = 100
"""Levels that a value given in Python may have, as many as the body of a request."""

_INTEGERS = range(-(2**63), 2**64)


def json_copy(value: object, place: str, error: type[KnockFakeError] = UsageTypeError) -> Json:
    """Return a copy of a value as plain JSON: tuples become lists, mappings dicts, text enumerations text.

    Args:
        value: what a user of Python gave.
        place: where it stands, such as ``workflow 'x': steps``; errors name the exact place inside.
        error: what to raise.

    Raises:
        KnockFakeError: of the class ``error``, for what JSON cannot hold: values of other types, keys that are no
            text, NaN and infinity, integers beyond 64 bits, half of a surrogate pair, more than 100 levels.
    """
    return _Copying(error).copy(value, place, MAX_LEVELS)


def is_deeper_than(value: Json, levels: int) -> bool:
    """Whether lists and objects stand more than so many levels deep in one another."""
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(is_deeper_than(one, levels - 1) for one in inner)


class _Copying:
    def __init__(self, error: type[KnockFakeError]) -> None:
        self._error = error

    def copy(self, value: object, place: str, levels: int) -> Json:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._text(value, place)
        if isinstance(value, int | float):
            return self._number(value, place)
        if isinstance(value, Mapping | list | tuple):
            if levels == 0:
                self._refuse(f"{place} is nested deeper than {MAX_LEVELS} levels")
            return self._inside(value, place, levels - 1)
        return self._refuse(f"{place}: JSON cannot hold {type(value).__name__} {value!r}")

    def _inside(self, value: Mapping[object, object] | Sequence[object], place: str, levels: int) -> Json:
        if not isinstance(value, Mapping):
            return [self.copy(item, f"{place}[{index}]", levels) for index, item in enumerate(value)]
        copied: JsonObject = {}
        for key, item in value.items():
            if not isinstance(key, str):
                self._refuse(f"{place}: a key must be text, not {type(key).__name__} {key!r}")
            copied[self._text(key, place)] = self.copy(item, f"{place}.{key}", levels)
        return copied

    def _text(self, value: str, place: str) -> str:
        try:
            value.encode()
        except UnicodeEncodeError:
            self._refuse(f"{place}: {value!r} holds half of a surrogate pair, which is no character")
        return str.__str__(value)  # of a subclass such as StrEnum the text alone

    def _number(self, value: float, place: str) -> int | float:
        if isinstance(value, int):
            # A range looks at one integer after the other when it is asked for a subclass of int.
            number = int(value)
            if number not in _INTEGERS:
                self._refuse(f"{place}: {number} does not fit into 64 bits; give it as text")
            return number
        if not isfinite(value):
            self._refuse(f"{place}: JSON has no {value!r}")
        return float(value)

    def _refuse(self, problem: str) -> NoReturn:
        raise self._error(problem)

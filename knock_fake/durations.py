"""Lengths of time as people write them in tests: ``"5m"``, ``"1h30m"``, ``timedelta(days=2)``."""

from __future__ import annotations

import re
from datetime import timedelta

from knock_fake.errors import ClockError, UsageTypeError
from knock_fake.json_types import is_number

_UNIT_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)\s*")


def parse_duration(value: str | timedelta) -> timedelta:
    """Read a length of time: a timedelta, or text of numbers with units ``ms s m h d w``.

    Raises:
        ClockError: the text is not of that form. UsageTypeError: the value is of another type.
    """
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        remedy = "write text such as '5m', a timedelta, or a keyword such as seconds=300"
        raise UsageTypeError(f"a duration cannot be {type(value).__name__} {value!r}: {remedy}")
    text = value.strip()
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text):
        remedy = "write numbers with ms, s, m, h, d or w, such as '1h30m'"
        raise ClockError(f"{value!r} is not a duration: {remedy}")
    try:
        return sum((timedelta(seconds=float(n) * _UNIT_SECONDS[unit]) for n, unit in parts), timedelta())
    except OverflowError as error:
        raise ClockError(f"{value!r} is longer than a calendar can hold") from error


def read_length(duration: str | timedelta | None, **keywords: float | None) -> timedelta:
    """Read how far ``advance`` is asked to move: a length, and lengths by unit that add to it.

    Raises:
        ClockError: there is none, or no calendar can hold it. UsageTypeError: one is of another type.
    """
    lengths = {name: value for name, value in keywords.items() if value is not None}
    if duration is None and not lengths:
        raise ClockError("advance() needs a length: write advance('2h') or advance(minutes=5)")
    for name, value in lengths.items():
        if not is_number(value):
            raise UsageTypeError(f"advance(): {name} must be a number, not {type(value).__name__} {value!r}")
    length = timedelta() if duration is None else parse_duration(duration)
    try:
        return length + timedelta(**lengths)
    except (OverflowError, ValueError) as error:
        named = ", ".join(f"{name}={value!r}" for name, value in lengths.items() if value)
        raise ClockError(f"advance(): {named} is no length of time that a calendar can hold") from error


def show_duration(length: timedelta) -> str:
    """Return a length of time as :func:`parse_duration` reads it: ``"1h30m"``, ``"0.25s"``."""
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    whole = "".join(f"{count}{unit}" for count, unit in ((length.days, "d"), (hours, "h"), (minutes, "m")) if count)
    rest = f"{seconds}.{length.microseconds:06}".rstrip("0").rstrip(".") if seconds or length.microseconds else ""
    return whole + (f"{rest}s" if rest else "") or "0s"

"""``strftime`` as Liquid templates write it: Ruby's directives, alike on all platforms and in all locales."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
"""The months in English."""

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""The days of the week in English, Monday first."""

_DIRECTIVE = re.compile(r"%([-0_^#:]*)(\d{0,3})([A-Za-z%])")

_NUMBERS: Mapping[str, tuple[Callable[[datetime], int], int, str]] = {
    "C": (lambda at: at.year // 100, 2, "0"),
    "G": (lambda at: at.isocalendar().year, 4, "0"),
    "H": (lambda at: at.hour, 2, "0"),
    "I": (lambda at: at.hour % 12 or 12, 2, "0"),
    "M": (lambda at: at.minute, 2, "0"),
    "S": (lambda at: at.second, 2, "0"),
    "U": (lambda at: (at.timetuple().tm_yday + 6 - at.isoweekday() % 7) // 7, 2, "0"),
    "V": (lambda at: at.isocalendar().week, 2, "0"),
    "W": (lambda at: (at.timetuple().tm_yday + 6 - at.weekday()) // 7, 2, "0"),
    "Y": (lambda at: at.year, 4, "0"),
    "d": (lambda at: at.day, 2, "0"),
    "e": (lambda at: at.day, 2, " "),
    "f": (lambda at: at.microsecond, 6, "0"),
    "g": (lambda at: at.isocalendar().year % 100, 2, "0"),
    "j": (lambda at: at.timetuple().tm_yday, 3, "0"),
    "k": (lambda at: at.hour, 2, " "),
    "l": (lambda at: at.hour % 12 or 12, 2, " "),
    "m": (lambda at: at.month, 2, "0"),
    "s": (lambda at: int(at.timestamp() // 1), 1, "0"),
    "u": (lambda at: at.isoweekday(), 1, "0"),
    "w": (lambda at: at.isoweekday() % 7, 1, "0"),
    "y": (lambda at: at.year % 100, 2, "0"),
}

_TEXTS: Mapping[str, Callable[[datetime], str]] = {
    "%": lambda _: "%",
    "A": lambda at: DAYS[at.weekday()],
    "B": lambda at: MONTHS[at.month - 1],
    "P": lambda at: "am" if at.hour < 12 else "pm",
    "Z": lambda at: at.tzname() or "",
    "a": lambda at: DAYS[at.weekday()][:3],
    "b": lambda at: MONTHS[at.month - 1][:3],
    "h": lambda at: MONTHS[at.month - 1][:3],
    "n": lambda _: "\n",
    "p": lambda at: "AM" if at.hour < 12 else "PM",
    "t": lambda _: "\t",
}

_SHORTHANDS = {
    "D": "%m/%d/%y",
    "F": "%Y-%m-%d",
    "R": "%H:%M",
    "T": "%H:%M:%S",
    "X": "%H:%M:%S",
    "c": "%a %b %e %H:%M:%S %Y",
    "r": "%I:%M:%S %p",
    "v": "%e-%^b-%Y",
    "x": "%m/%d/%y",
}


def format_date(at: datetime, pattern: str) -> str:
    """Format an aware datetime.

    Args:
        at: the instant, in the zone that it is to be shown in.
        pattern: text with directives such as ``%B %-d, %Y``. Flags: ``-`` no padding, ``_`` spaces, ``0``
            zeros, ``^`` capitals, ``#`` the other case, ``:`` a colon in ``%z``; digits give the width.

    Returns:
        The text. A directive that does not exist stays as it is written.
    """
    return _DIRECTIVE.sub(lambda match: _replacement(at, match), pattern)


def _replacement(at: datetime, match: re.Match[str]) -> str:
    flags, width, letter = match.groups()
    if letter in _NUMBERS:
        return _number(at, flags, int(width or 0), letter)
    if letter in "LN":
        digits = int(width or (3 if letter == "L" else 9))
        return f"{at.microsecond:06}".ljust(digits, "0")[:digits]
    text = _text(at, flags, letter)
    if text is None:
        return match[0]
    if "^" in flags:
        text = text.upper()
    elif "#" in flags:
        text = text.swapcase()
    return text.rjust(int(width or 0), "0" if "0" in flags else " ")


def _text(at: datetime, flags: str, letter: str) -> str | None:
    if letter in _TEXTS:
        return _TEXTS[letter](at)
    if letter in _SHORTHANDS:
        return format_date(at, _SHORTHANDS[letter])
    return _offset(at, ":" in flags) if letter == "z" else None


def _number(at: datetime, flags: str, width: int, letter: str) -> str:
    value, default_width, pad = _NUMBERS[letter]
    if "-" in flags:
        return str(value(at))
    if "_" in flags or "0" in flags:
        pad = " " if "_" in flags else "0"
    return str(value(at)).rjust(width or default_width, pad)


def _offset(at: datetime, colon: bool) -> str:
    offset = at.utcoffset()
    minutes = round(offset.total_seconds() / 60) if offset is not None else 0
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}{':' if colon else ''}{rest:02}"

"""The filters ``date`` and ``timezone``: Knock's docs on Liquid helpers, without a wall clock or a locale."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from liquid.exceptions import FilterArgumentError

from knock_fake.json_types import is_number
from knock_fake.workflows.dialect.context import in_context
from knock_fake.workflows.dialect.strftime import MONTHS, format_date
from knock_fake.workflows.dialect.values import is_nothing

if TYPE_CHECKING:
    from knock_fake.workflows.dialect.context import Context

_ENGLISH = re.compile(
    r"(?:(?P<month>[A-Za-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? "
    r"|(?P<day2>\d{1,2}) (?P<month2>[A-Za-z]{3,9}),? )"
    r"(?P<year>\d{4})(?:,? (?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
)


@in_context
def date(context: Context, value: object, pattern: object = None, zone: object = None) -> object:
    """Format an instant.

    Args:
        context: the template's variables.
        value: ISO-8601 text, seconds since 1970, an English date such as ``March 14, 2026``, or ``"now"``,
            which is the ``timestamp`` among the template's variables. Without an offset it is UTC.
        pattern: directives of ``strftime``, in English.
        zone: the name of the time zone to convert to, such as ``America/New_York``.

    Returns:
        The formatted text; a value that is no instant comes back unchanged, as in standard Liquid.

    Raises:
        FilterArgumentError: the zone is unknown, or ``"now"`` stands in a scope without ``timestamp``.
    """
    if is_nothing(value):
        return ""
    at = instant(context, value)
    if at is None or is_nothing(pattern):
        return value
    if not is_nothing(zone):
        at = _moved(at, zone)
    return format_date(at, str(pattern))


@in_context
def timezone(context: Context, value: object, zone: object) -> object:
    """Return an instant as ISO-8601 text with the offset of a time zone.

    Raises:
        FilterArgumentError: the zone is unknown.
    """
    at = instant(context, value)
    return value if at is None else _moved(at, zone).isoformat()


def instant(context: Context, value: object) -> datetime | None:
    """Return the instant that a filter is given, ``None`` for a value that is none.

    Raises:
        FilterArgumentError: it is ``"now"`` in a scope without ``timestamp``.
    """
    return _now(context) if value in ("now", "today") else read_date(value)


def read_date(value: object) -> datetime | None:
    """Read an instant as the ``date`` filter takes it; ``None`` for a value that is none.

    Dates in English are undocumented by Knock: our choice, after the samples of standard Liquid.
    """
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        if is_number(value):
            return datetime.fromtimestamp(value, UTC)
        return _read_text(value) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None


def _read_text(text: str) -> datetime | None:
    if text.isdecimal():
        return datetime.fromtimestamp(int(text), UTC)
    english = _ENGLISH.fullmatch(text.strip())
    read = _read_english(english) if english else datetime.fromisoformat(text.strip())
    return read if read is None or read.tzinfo else read.replace(tzinfo=UTC)


def _read_english(match: re.Match[str]) -> datetime | None:
    name = (match["month"] or match["month2"]).lower()
    known = [number for number, month in enumerate(MONTHS, 1) if name in (month.lower(), month[:3].lower())]
    if not known:
        return None
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    day = int(match["day"] or match["day2"])
    return datetime(int(match["year"]), known[0], day, hour, minute, second, tzinfo=UTC)


def _now(context: Context) -> datetime:
    at = read_date(context.origin.get("timestamp"))
    if at is None:
        raise FilterArgumentError("\"now\" needs an instant in the variable 'timestamp'", token=None)
    return at


def _moved(at: datetime, zone: object) -> datetime:
    try:
        return at.astimezone(ZoneInfo(str(zone)))
    except (KeyError, ValueError, OSError) as error:
        remedy = "use a name of the tz database such as America/New_York"
        raise FilterArgumentError(f"unknown time zone {str(zone)!r}; {remedy}", token=None) from error
    except OverflowError as error:
        raise FilterArgumentError(f"{at} has no counterpart in {zone}", token=None) from error

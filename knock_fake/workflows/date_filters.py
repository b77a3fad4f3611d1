"""The filters ``date`` and ``timezone``: Knock's docs on Liquid helpers, without a wall clock or a locale."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from liquid.exceptions import FilterArgumentError
from liquid.filter import with_context
from liquid.undefined import is_undefined

from knock_fake.workflows.strftime import MONTHS, format_date

if TYPE_CHECKING:
    from liquid import RenderContext

_ENGLISH = re.compile(
    r"(?:(?P<month>[A-Za-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? "
    r"|(?P<day2>\d{1,2}) (?P<month2>[A-Za-z]{3,9}),? )"
    r"(?P<year>\d{4})(?:,? (?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
)


@with_context
def date(value: object, pattern: object = None, zone: object = None, *, context: RenderContext) -> object:
    """Format an instant.

    Args:
        value: ISO-8601 text, seconds since 1970, an English date such as ``March 14, 2026``, or ``"now"``,
            which is the ``timestamp`` among the template's variables. Without an offset it is UTC.
        pattern: directives of ``strftime``, in English.
        zone: the name of the time zone to convert to, such as ``America/New_York``.
        context: the template's variables.

    Returns:
        The formatted text; a value that is no instant comes back unchanged, as in standard Liquid.

    Raises:
        FilterArgumentError: the zone is unknown, or ``"now"`` stands in a scope without ``timestamp``.
    """
    if value is None or is_undefined(value):
        return ""
    at = _now(context) if value in ("now", "today") else read_date(value)
    if at is None or pattern is None or is_undefined(pattern):
        return value
    if zone is not None and not is_undefined(zone):
        at = _moved(at, zone)
    return format_date(at, str(pattern))


@with_context
def timezone(value: object, zone: object, *, context: RenderContext) -> object:
    """Return an instant as ISO-8601 text with the offset of a time zone.

    Raises:
        FilterArgumentError: the zone is unknown.
    """
    at = _now(context) if value in ("now", "today") else read_date(value)
    return value if at is None else _moved(at, zone).isoformat()


def read_date(value: object) -> datetime | None:
    """Read an instant as the ``date`` filter takes it; ``None`` for a value that is none.

    Dates in English are undocumented by Knock: our choice, after the samples of standard Liquid.
    """
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
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


def _now(context: RenderContext) -> datetime:
    at = read_date(context.globals.get("timestamp"))
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

"""Instants as Knock writes and reads them: ISO-8601, UTC, microseconds, a final ``Z``."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from knock_fake.errors import UsageError, UsageTypeError


@lru_cache(maxsize=1024)
def show_instant(at: datetime) -> str:
    """Return an aware UTC instant in Knock's form, such as ``2026-01-01T00:00:00.000000Z``."""
    return at.isoformat("T", "microseconds")[:26] + "Z"


def show_optional_instant(at: datetime | None) -> str | None:
    """Return an instant in Knock's form, or ``None`` for one that has not come."""
    return None if at is None else show_instant(at)


def parse_instant(text: str) -> datetime:
    """Read an ISO-8601 instant; without a zone it is UTC, as the SDKs send naive datetimes.

    Raises:
        ValueError: ``text`` is not an ISO-8601 date or date-time.
    """
    try:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except OverflowError as overflow:
        raise ValueError(f"{text!r} is out of the calendar's range") from overflow


def as_utc(value: datetime | str, what: str) -> datetime:
    """Read a Python user's instant: a datetime (naive means UTC) or ISO-8601 text.

    Raises:
        UsageError: the text is no instant, or the instant is beyond the calendar in UTC.
        UsageTypeError: the value is neither.
    """
    if isinstance(value, str):
        try:
            return parse_instant(value)
        except ValueError as error:
            raise UsageError(f"{what}: {value!r} is not an ISO-8601 instant such as '2026-01-01T09:00:00Z'") from error
    if not isinstance(value, datetime):
        raise UsageTypeError(f"{what} must be a datetime or ISO-8601 text, not {type(value).__name__}")
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError as error:
        raise UsageError(f"{what}: {value} is beyond the calendar in UTC") from error

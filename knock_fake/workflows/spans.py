"""Knock's own duration objects, ``{"unit": "hours", "value": 2}``, added to instants."""

from __future__ import annotations

from calendar import monthrange
from datetime import timedelta
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError, WorkflowDefinitionError, nearest
from knock_fake.json_types import is_whole

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from knock_fake.json_types import Json

_UNITS = {
    "seconds": timedelta(seconds=1),
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
}
UNITS = (*_UNITS, "months")
_MONTH = timedelta(days=365) / 12


def check_span(value: Json, place: str) -> None:
    """Refuse what is no duration object.

    Raises:
        WorkflowDefinitionError: naming the place and the remedy.
    """
    try:
        _parts(value)
    except UsageError as error:
        raise WorkflowDefinitionError(f"{place}: {error}") from error


def add_span(at: datetime, value: Json, zone: ZoneInfo) -> datetime:
    """Return ``at`` plus a duration object; a negative value goes back.

    Days and weeks are 24 and 168 hours; a month is a calendar month of ``zone``, short months end it (our choice).

    Raises:
        UsageError: ``value`` is no duration object, or the result is out of the calendar's range.
    """
    unit, count = _parts(value)
    try:
        return at + _UNITS[unit] * count if unit in _UNITS else _add_months(at, count, zone)
    except (OverflowError, ValueError) as error:
        raise UsageError(f"{count} {unit} lead out of the calendar") from error


def nominal_length(value: Json) -> timedelta:
    """Return how long a duration object is, months counted as twelfths of 365 days.

    Raises:
        UsageError: ``value`` is no duration object, or beyond what a calendar can hold.
    """
    unit, count = _parts(value)
    try:
        return _UNITS.get(unit, _MONTH) * count
    except OverflowError as error:
        raise UsageError(f"{count} {unit} lead out of the calendar") from error


def show_span(value: Json) -> str:
    """Return a duration object for people, such as ``2 hours``.

    Raises:
        UsageError: ``value`` is no duration object.
    """
    unit, count = _parts(value)
    return f"{count} {unit}"


def _parts(value: Json) -> tuple[str, int]:
    remedy = 'write {"unit": "hours", "value": 2}'
    if not isinstance(value, dict):
        raise UsageError(f"a duration is an object, not {value!r}: {remedy}")
    unit, count = value.get("unit"), value.get("value")
    if unit not in UNITS:
        raise UsageError(f"unknown unit {unit!r}; {nearest(str(unit), UNITS)}")
    if not is_whole(count):
        raise UsageError(f"value must be a whole number, not {count!r}: {remedy}")
    return str(unit), count


def _add_months(at: datetime, count: int, zone: ZoneInfo) -> datetime:
    local = at.astimezone(zone)
    year, month = divmod(local.year * 12 + local.month - 1 + count, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(at.tzinfo)

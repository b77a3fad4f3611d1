"""Window rules: the next moment that matches ``{"frequency": "weekly", "days": ["mon"], "hours": 9}``.

Schedules repeat by the same rules, with an interval counted from an anchor. Knock documents the fields and
leaves the calendar open; the arithmetic is our choice. It works in local wall-clock time: a local time that
a clock change skips moves forward by the length of the gap, one that occurs twice counts the first time.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError, nearest
from knock_fake.json_types import is_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from knock_fake.json_types import Json, JsonObject

_FREQUENCIES = ("hourly", "daily", "weekly", "monthly")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_GROUPS = {"weekdays": range(5), "weekends": range(5, 7)}
_FIELDS = ("frequency", "interval", "days", "day_of_month", "hours", "minutes", "__typename")

# The longest that a clock change ever skipped is one day, so a time up to a day back may move past ``after``.
_LONGEST_GAP = timedelta(days=1)
# Weekdays fall on the same hours again after 168 periods; a rule without a match by then has none.
_PERIODS = 400
# Ten thousand months are eight centuries: more than anyone schedules, and safely inside the calendar.
_LONGEST_INTERVAL = 10_000


@dataclass(frozen=True, slots=True)
class WindowRule:
    """A rule that was read and found sound. ``days`` counts Monday as 0; empty means every day."""

    frequency: str
    interval: int = 1
    days: frozenset[int] = frozenset()
    day_of_month: int | None = None
    hour: int = 0
    minute: int = 0

    def allows(self, day: date) -> bool:
        """Return whether the rule's weekdays include this day."""
        return not self.days or day.weekday() in self.days


def next_match(rule: Json, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment strictly after ``after`` that a window rule matches.

    Args:
        rule: ``frequency`` with ``days``, ``day_of_month``, ``hours``, ``minutes`` as Knock documents them.
        after: an aware instant; a rule by week or month that names no day takes its day from it.
        zone: where the rule's hours and days are local.

    Returns:
        An aware instant in UTC.

    Raises:
        UsageError: the rule is malformed, or has no match before the calendar ends.
    """
    read = read_window_rule(rule, "window rule")
    if read.interval != 1:
        raise UsageError("window rule.interval: a window comes once, only schedules repeat at an interval")
    found = next_occurrence(read, after, after, zone)
    if found is None:
        raise UsageError(f"window rule: {rule!r} has no match after {after.isoformat()} in the calendar")
    return found


def next_occurrence(rule: WindowRule, anchor: datetime, after: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first match strictly after ``after`` and not before ``anchor``, in UTC.

    Args:
        rule: the rule, see :func:`read_window_rule`.
        anchor: aware instant from whose hour, day, week or month intervals are counted.
        after: aware instant.
        zone: where the rule's hours and days are local.

    Returns:
        ``None`` when no match comes, as for every 14th day from a Monday that must be a Tuesday.

    Raises:
        UsageError: an instant is naive.
    """
    if anchor.tzinfo is None or after.tzinfo is None:
        raise UsageError("window rule: instants must be aware: give them a tzinfo such as datetime.UTC")
    try:
        floor = max(after, anchor - timedelta(microseconds=1)).astimezone(UTC)
        times = _local_times(rule, _local(anchor, zone), _local(floor, zone) - _LONGEST_GAP)
        return _first_after(floor, times, zone)
    except OverflowError:
        return None


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _first_after(floor: datetime, times: Iterable[datetime], zone: ZoneInfo) -> datetime | None:
    # Ascending local times are ascending instants, except that one moved out of a gap may be overtaken: so
    # the answer stands with the first match that was not moved.
    best: datetime | None = None
    for local in times:
        instant = local.replace(tzinfo=zone).astimezone(UTC)
        if instant <= floor:
            continue
        best = instant if best is None else min(best, instant)
        if _local(instant, zone) == local:
            break
    return best


def _local_times(rule: WindowRule, anchor: datetime, start: datetime) -> Iterator[datetime]:
    """Yield local matches in order, from the period of ``start`` on; finitely many."""
    if rule.frequency == "hourly":
        base, step = anchor.replace(minute=0, second=0, microsecond=0), timedelta(hours=rule.interval)
        first = (start - base) // step
        hours = (base + n * step for n in range(first, first + _PERIODS))
        return (hour.replace(minute=rule.minute) for hour in hours if rule.allows(hour))
    days = {"daily": _days, "weekly": _days_of_weeks, "monthly": _days_of_months}[rule.frequency]
    at = time(rule.hour, rule.minute)
    return (datetime.combine(day, at) for day in days(rule, anchor.date(), start.date()))


def _days(rule: WindowRule, anchor: date, start: date) -> Iterator[date]:
    first = (start - anchor).days // rule.interval
    days = (anchor + timedelta(days=n * rule.interval) for n in range(first, first + _PERIODS))
    return (day for day in days if rule.allows(day))


def _days_of_weeks(rule: WindowRule, anchor: date, start: date) -> Iterator[date]:
    monday, step = anchor - timedelta(days=anchor.weekday()), 7 * rule.interval
    first = (start - monday).days // step
    weekdays = sorted(rule.days) or [anchor.weekday()]
    return (monday + timedelta(days=n * step + weekday) for n in range(first, first + _PERIODS) for weekday in weekdays)


def _days_of_months(rule: WindowRule, anchor: date, start: date) -> Iterator[date]:
    base = anchor.year * 12 + anchor.month - 1
    first = (start.year * 12 + start.month - 1 - base) // rule.interval
    return (_day_of_month(rule, anchor, base + n * rule.interval) for n in range(first, first + _PERIODS))


def _day_of_month(rule: WindowRule, anchor: date, months: int) -> date:
    year, month = divmod(months, 12)
    if not 1 <= year <= MAXYEAR:
        raise OverflowError("the calendar ends here")
    opening = date(year, month + 1, 1)
    if rule.day_of_month is None and rule.days:
        return min(opening + timedelta(days=(weekday - opening.weekday()) % 7) for weekday in rule.days)
    wanted = rule.day_of_month or anchor.day
    return opening.replace(day=min(wanted, monthrange(year, month + 1)[1]))


def read_window_rule(rule: Json, place: str) -> WindowRule:
    """Read a rule with its defaults: interval 1, hours 0, minutes 0; ``null`` stands for the default.

    Raises:
        UsageError: the rule is malformed; the message names ``place`` and the field.
    """
    if not isinstance(rule, dict):
        raise UsageError(f"{place} must be an object such as {{'frequency': 'daily', 'hours': 9}}, not {rule!r}")
    for field in rule:
        if field not in _FIELDS:
            raise UsageError(f"{place}.{field} is no field of a window rule: {nearest(field, _FIELDS)}")
    return WindowRule(
        frequency=_read_frequency(rule.get("frequency"), f"{place}.frequency"),
        interval=_read_whole(rule, "interval", place, range(1, _LONGEST_INTERVAL + 1)) or 1,
        days=_read_days(rule.get("days"), f"{place}.days"),
        day_of_month=_read_whole(rule, "day_of_month", place, range(1, 32)),
        hour=_read_whole(rule, "hours", place, range(24)) or 0,
        minute=_read_whole(rule, "minutes", place, range(0, 60, 5)) or 0,
    )


def _read_frequency(value: Json, place: str) -> str:
    if not isinstance(value, str) or value not in _FREQUENCIES:
        remedy = nearest(str(value), _FREQUENCIES) if value is not None else f"write one of {', '.join(_FREQUENCIES)}"
        raise UsageError(f"{place} cannot be {value!r}: {remedy}")
    return value


def _read_days(value: Json, place: str) -> frozenset[int]:
    if isinstance(value, str):
        if value not in _DAY_GROUPS:
            raise UsageError(f"{place} cannot be {value!r}: write 'weekdays', 'weekends' or a list such as ['mon']")
        return frozenset(_DAY_GROUPS[value])
    if value is not None and not isinstance(value, list):
        raise UsageError(f"{place} cannot be {value!r}: write 'weekdays', 'weekends' or a list such as ['mon']")
    return frozenset(_read_day(day, f"{place}[{index}]") for index, day in enumerate(value or []))


def _read_day(value: Json, place: str) -> int:
    if not isinstance(value, str) or value not in _DAYS:
        raise UsageError(f"{place} cannot be {value!r}: {nearest(str(value), _DAYS)}")
    return _DAYS.index(value)


def _read_whole(rule: JsonObject, field: str, place: str, allowed: Sequence[int]) -> int | None:
    value = rule.get(field)
    if value is None or (is_whole(value) and value in allowed):
        return value
    step = f" in steps of {allowed[1] - allowed[0]}" if allowed[1] - allowed[0] > 1 else ""
    raise UsageError(
        f"{place}.{field} cannot be {value!r}: write a whole number from {allowed[0]} to {allowed[-1]}{step}"
    )

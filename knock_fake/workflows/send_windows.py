"""Send windows: the hours of the week in which a channel step sends (Knock's docs on send windows)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError, nearest
from knock_fake.json_types import is_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from knock_fake.json_types import Json, JsonObject

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TYPES = ("send", "do_not_send")
_KEYS = ("day", "type", "from", "until")
_SECOND = timedelta(seconds=1)
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Hours:
    """The open hours of a day in seconds since midnight: from the first, up to the second and without it."""

    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class SendWindows:
    """The open hours of each weekday, Monday first; ``None`` for a day on which nothing is sent."""

    days: tuple[Hours | None, ...]

    @property
    def is_never_open(self) -> bool:
        """Whether no day has open hours."""
        return not any(self.days)

    def is_open(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether an instant lies in the open hours of its day, as the zone's clocks show it."""
        local = at.astimezone(zone)
        hours = self.days[local.weekday()]
        seconds = local.hour * 3600 + local.minute * 60 + local.second
        return hours is not None and hours.opens <= seconds < hours.closes

    def next_opening(self, after: datetime, zone: ZoneInfo) -> datetime | None:
        """Return the first instant (UTC) from ``after`` on at which they are open; ``None`` when there is none.

        Args:
            after: an aware instant.
            zone: whose clocks count. A time that a change of the clocks skips has come when they have moved on.
        """
        if self.is_never_open or self.is_open(after, zone):
            return None if self.is_never_open else after
        return next(at for at in self._openings(after, zone) if at > after and self.is_open(at, zone))

    def _openings(self, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Yield the instants at which days may open, in order, from a day before an instant on."""
        today = after.astimezone(zone).date()
        for number in range(-1, 9):  # a whole week and a day to spare, for zones that skip one
            day = datetime.combine(today + timedelta(days=number), time())
            hours = self.days[day.weekday()]
            if hours is not None:
                yield from sorted(_instants(day + timedelta(seconds=hours.opens), zone) | _changes(day, zone))


def _instants(local: datetime, zone: ZoneInfo) -> set[datetime]:
    """Return when clocks show a local time: once, or twice when they are put back."""
    return {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}


def _changes(day: datetime, zone: ZoneInfo) -> set[datetime]:
    """Return when the clocks are changed on a day: a time that they skip has come then, one they repeat comes anew."""
    before, behind = (at.replace(tzinfo=zone).astimezone(UTC) for at in (day, day + timedelta(days=1)))
    offset = before.astimezone(zone).utcoffset()
    if behind.astimezone(zone).utcoffset() == offset:
        return set()
    while behind - before > _SECOND:
        middle = (before + (behind - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            behind = middle
    return {behind}


def compile_send_windows(value: Json, place: str) -> SendWindows | None:
    """Compile the send windows of a channel step; ``None`` when it has none.

    Raises:
        WorkflowDefinitionError: there is not one window for each weekday, or one is malformed.
    """
    if not value:
        return None
    if not isinstance(value, list):
        raise WorkflowDefinitionError(f"{place}: must be a list with a window for each weekday, not {value!r}")
    days: dict[str, Hours | None] = {}
    for index, window in enumerate(value):
        day, hours = _read_window(window, f"{place}[{index}]")
        if day in days:
            raise WorkflowDefinitionError(f"{place}[{index}].day: {day!r} has a window already")
        days[day] = hours
    missing = [day for day in DAYS if day not in days]
    if missing:
        raise WorkflowDefinitionError(f"{place}: every weekday needs a window, none is given for {', '.join(missing)}")
    return SendWindows(tuple(days[day] for day in DAYS))


def _read_window(window: Json, place: str) -> tuple[str, Hours | None]:
    if not isinstance(window, dict):
        raise WorkflowDefinitionError(f"{place}: must be an object with day and type, not {window!r}")
    for key in window:
        if key not in _KEYS:
            raise WorkflowDefinitionError(f"{place}: unknown key {key!r}; {nearest(key, _KEYS)}")
    day, type_ = _read_word(window, "day", DAYS, place), _read_word(window, "type", _TYPES, place)
    opens, closes = window.get("from"), window.get("until")
    if type_ == "do_not_send":
        if opens is not None or closes is not None:
            raise WorkflowDefinitionError(f"{place}: from and until go with the type 'send' only")
        return day, None
    hours = Hours(_read_time(opens, f"{place}.from", 0), _read_time(closes, f"{place}.until", _DAY_SECONDS))
    if hours.closes <= hours.opens:
        raise WorkflowDefinitionError(f"{place}: until must come after from; a night needs a window on both days")
    return day, hours


def _read_word(window: JsonObject, key: str, words: tuple[str, ...], place: str) -> str:
    word = window.get(key)
    if not isinstance(word, str) or word not in words:
        raise WorkflowDefinitionError(f"{place}.{key}: cannot be {word!r}; {nearest(str(word), words)}")
    return word


def _read_time(value: Json, place: str, default: int) -> int:
    """Return the seconds since midnight of a time: ``09:00``, ``09:00:00`` or minutes since midnight."""
    if value is None:
        return default
    if is_whole(value) and 0 <= value <= _DAY_SECONDS // 60:
        return value * 60
    try:
        read = time.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        read = None
    if read is None or read.tzinfo is not None or read.microsecond:
        raise WorkflowDefinitionError(
            f"{place}: must be a time such as '09:00' or minutes since midnight, not {value!r}"
        )
    return read.hour * 3600 + read.minute * 60 + read.second

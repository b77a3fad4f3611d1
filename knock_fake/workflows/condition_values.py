"""What the two sides of a condition stand for: paths, static values, timestamps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import orjson

from knock_fake.timestamps import parse_instant
from knock_fake.workflows.paths import MISSING, Missing, look_up, split_name, split_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from knock_fake.json_types import Json

ROOTS = frozenset(
    {
        "data",
        "recipient",
        "actor",
        "tenant",
        "vars",
        "workflow",
        "run",
        "refs",
        "event",
        "activities",
        "actors",
    }
)
_LIQUID = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_RELATIVE = re.compile(r"([0-9]{1,9})[_ ](minute|hour|day|week)s?[_ ](ago|from[_ ]now)")
_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_SHORTEST_RELATIVE = timedelta(minutes=15)


class ConditionError(Exception):
    """A condition that cannot be answered: it counts as false and the text becomes its ``error``."""


@dataclass(frozen=True, slots=True)
class MessageStatus:
    """Where one message stands; ``expired`` once retention has removed it."""

    delivery: str
    engagements: frozenset[str]
    expired: bool = False


def _no_messages(_step_ref: str) -> None:
    raise ConditionError("the status of a message can only be tested by steps, branches and waits")


def _no_audience(_key: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class ConditionScope:
    """What conditions are evaluated against.

    ``variables`` holds the roots (``data``, ``recipient``, ``tenant``, ...); ``now`` is aware UTC.
    ``message_statuses`` answers for the messages that a step of the run made, ``None`` for a step that made
    none; without it nothing can be asked of messages. ``is_audience_member`` answers whether the run's recipient is
    in an audience, the run's tenant taken into account.
    """

    variables: Mapping[str, Json]
    now: datetime
    message_statuses: Callable[[str], Sequence[MessageStatus] | None] = _no_messages
    is_audience_member: Callable[[str], bool] = _no_audience


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of a condition: its value and, when it is static, the text that it was written as."""

    value: Json | Missing
    text: str | None = None
    is_dynamic: bool = False

    @property
    def filled(self) -> Json:
        """The value; a path that leads nowhere counts as ``""`` (Knock's docs on conditions)."""
        return "" if self.value is MISSING else self.value


def resolve_operand(raw: Json, scope: ConditionScope) -> Operand:
    """Return what ``raw`` stands for: a path's value, or a static value decoded from its text.

    Text that is a path of a known root, or one ``{{ path }}``, is looked up; other text is decoded as JSON
    and stands for itself when it is none. Values that are not text stand for themselves, which Knock leaves
    undocumented.

    Raises:
        ConditionError: ``{{ ... }}`` holds more than a path.
    """
    if not isinstance(raw, str):
        return Operand(raw, _scalar_text(raw))
    return resolve_reference(raw, scope) or Operand(_decoded(raw), raw)


def resolve_reference(text: str, scope: ConditionScope) -> Operand | None:
    """Return what a path or ``{{ path }}`` leads to, ``None`` for static text.

    Raises:
        ConditionError: ``{{ ... }}`` holds more than a path.
    """
    liquid = _LIQUID.fullmatch(text.strip())
    keys = split_name(liquid[1]) if liquid else split_path(text, ROOTS)
    if keys is not None:
        return Operand(look_up(scope.variables, keys), is_dynamic=True)
    if liquid:
        raise ConditionError(f"{text} is more than a path: conditions read plain paths such as {{{{ data.key }}}}")
    return None


def _decoded(text: str) -> Json:
    try:
        decoded: Json = orjson.loads(text)
    except ValueError:
        return text
    return decoded


def _scalar_text(value: Json) -> str | None:
    return show_json(value) if isinstance(value, bool | int | float) else None


def show_json(value: Json, limit: int = 120) -> str:
    """Return a value as JSON text for people, cut to ``limit`` characters."""
    try:
        text = orjson.dumps(value).decode()
    except TypeError:  # too deep, or an integer beyond 64 bits
        text = kind_of(value) if isinstance(value, list | dict) else repr(value)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def kind_of(value: Json) -> str:
    """Return the JSON type of a value with its article, for messages: ``a string``, ``null``."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "a boolean"
    kinds: dict[type, str] = {str: "a string", list: "a list", dict: "an object"}
    return kinds.get(type(value), "a number")


def json_equal(one: Json, other: Json) -> bool:
    """Compare two values as JSON does: unlike Python, a boolean is no number, however deep it sits."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(json_equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(json_equal(one[key], other[key]) for key in one)
    return one == other


def loosely_equal(value: Json, argument: Operand) -> bool:
    """Compare a value with an argument, for text also with the argument as written.

    So a stored ``"12345"`` equals the argument ``12345`` (undocumented by Knock: our choice).
    """
    wanted = argument.filled
    if json_equal(value, wanted):
        return True
    return isinstance(value, str) and not isinstance(wanted, str) and value == argument.text


def compare(one: Json, other: Json) -> int | None:
    """Return -1, 0 or 1 as ``one`` is below, equal to or above ``other``; ``None`` when they have no order.

    Numbers have an order, and so has text, by code point (undocumented by Knock: our choice).
    """
    if isinstance(one, str) and isinstance(other, str):
        return (one > other) - (one < other)
    if isinstance(one, bool) or isinstance(other, bool):
        return None
    if isinstance(one, int | float) and isinstance(other, int | float):
        return (one > other) - (one < other)
    return None


def read_timestamp(value: Json) -> datetime | None:
    """Return the UTC instant that a value is, ``None`` if it is none; a date alone is its midnight in UTC."""
    if not isinstance(value, str):
        return None
    try:
        return parse_instant(value)
    except ValueError:
        return None


def timestamp_of(operand: Operand) -> datetime:
    """Return the UTC instant that an operand is.

    Raises:
        ConditionError: it is not set, or no ISO-8601 text.
    """
    if operand.value is MISSING:
        raise ConditionError("there is no timestamp to compare: a side is not set")
    at = read_timestamp(operand.value)
    if at is None:
        raise ConditionError(f"{show_json(operand.value)} is not an ISO-8601 timestamp")
    return at


def moment_of(operand: Operand, now: datetime) -> datetime:
    """Return the UTC instant of an absolute or relative argument such as ``30_days_ago``.

    Raises:
        ConditionError: it is neither, nearer than the 15 minutes that Knock asks for, or off the calendar.
    """
    relative = _RELATIVE.fullmatch(operand.value) if isinstance(operand.value, str) else None
    if relative is None:
        return timestamp_of(operand)
    count, unit, direction = relative.groups()
    try:
        distance = int(count) * _UNITS[unit]
        if distance < _SHORTEST_RELATIVE:
            raise ConditionError(f"{relative[0]!r} is too near: a relative timestamp is at least 15 minutes away")
        return now - distance if direction == "ago" else now + distance
    except OverflowError as error:
        raise ConditionError(f"{relative[0]!r} is out of the calendar's range") from error

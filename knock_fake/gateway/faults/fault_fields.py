"""The fields of a fault, read as people write them; each is checked by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from knock_fake.durations import parse_duration
from knock_fake.errors import ClockError, UsageError, UsageTypeError
from knock_fake.gateway.faults.targets import EVERYTHING
from knock_fake.json_types import is_number, is_whole
from knock_fake.json_values import json_copy
from knock_fake.state.references import Reference, read_reference
from knock_fake.timestamps import as_utc

if TYPE_CHECKING:
    from collections.abc import Callable


def read_targets(value: object, name: str) -> tuple[str, ...]:
    """Read one target or several."""
    targets = (value,) if isinstance(value, str) else value
    if not isinstance(targets, Sequence) or not all(isinstance(one, str) for one in targets):
        raise UsageTypeError(f"{name}: name an operation such as 'users.update', or several in a list, not {value!r}")
    if not targets:
        raise UsageError(f"{name}: the list is empty, so it would never strike; leave it out to strike every call")
    return tuple(targets)


def read_text(value: object, name: str) -> str | None:
    """Read text or None."""
    if value is not None and not (isinstance(value, str) and value):
        raise UsageTypeError(f"{name} must be text, not {value!r}")
    return value


def read_name(value: object, name: str) -> str:
    """Read a name."""
    if not isinstance(value, str):
        raise UsageTypeError(f"{name} must be text, not {value!r}")
    return value


def read_recipient(value: object, name: str) -> Reference | None:
    """Read what names a recipient."""
    if value is None or isinstance(value, Reference):
        return value
    if isinstance(value, str) and value:
        return read_reference(value)
    if isinstance(value, Mapping) and set(value) == {"collection", "id"}:
        return read_reference(json_copy(value, name))
    remedy = "write a user's id, or {'collection': ..., 'id': ...} for an object"
    raise UsageTypeError(f"{name}: {remedy}, not {value!r}")


def read_body(value: object, name: str) -> object:
    """Read what a body has to hold, or the function that judges it."""
    if value is None or callable(value):
        return value
    if not isinstance(value, Mapping):
        raise UsageTypeError(f"{name} must be a dictionary that the body has to hold, or a function, not {value!r}")
    return json_copy(value, name)


def read_condition(value: object, name: str) -> object:
    """Read a function of the call."""
    if value is not None and not callable(value):
        raise UsageTypeError(f"{name} must be a function of the call, such as lambda attempt: ..., not {value!r}")
    return value


def _read_count(value: object, name: str, least: int) -> int:
    if not is_whole(value):
        raise UsageTypeError(f"{name} must be a whole number, not {value!r}")
    if value < least:
        raise UsageError(f"{name} must be {least} or more, not {value}" + (": it would never strike" if least else ""))
    return value


def read_times(value: object, name: str) -> int | None:
    """Read how often at most, from 1 on."""
    return None if value is None else _read_count(value, name, 1)


def read_after(value: object, name: str) -> int:
    """Read how many calls pass first."""
    return _read_count(value, name, 0)


def read_nth(value: object, name: str) -> tuple[int, ...]:
    """Read which calls, counted from 1."""
    listed = value if isinstance(value, Sequence) else [value]
    return tuple(sorted({_read_count(one, name, 1) for one in listed}))


def read_instant(value: object, name: str) -> datetime | None:
    """Read an instant."""
    if value is None:
        return None
    if not isinstance(value, datetime | str):
        raise UsageTypeError(f"{name} must be a datetime or ISO-8601 text, not {value!r}")
    return as_utc(value, name)


def read_length(value: object, name: str) -> timedelta | None:
    """Read a length of time."""
    if value is None:
        return None
    if not isinstance(value, timedelta | str):
        raise UsageTypeError(f"{name} must be text such as '5m' or a timedelta, not {value!r}")
    try:
        length = parse_duration(value)
    except ClockError as error:
        raise UsageError(f"{name}: {error}") from None
    if length <= timedelta():
        raise UsageError(f"{name} must be more than nothing, not {length}")
    return length


def read_probability(value: object, name: str) -> float:
    """Read a share: more than 0, at most 1."""
    if not is_number(value):
        raise UsageTypeError(f"{name} must be a number, not {value!r}")
    if not 0 < value <= 1:
        raise UsageError(f"{name} must be more than 0 and at most 1, not {value!r}")
    return float(value)


READERS: Mapping[str, tuple[object, Callable[[object, str], object]]] = {
    "targets": ((EVERYTHING,), read_targets),
    "name": ("", read_name),
    "api_key": (None, read_text),
    "recipient": (None, read_recipient),
    "workflow": (None, read_text),
    "body": (None, read_body),
    "when": (None, read_condition),
    "times": (None, read_times),
    "nth": ((), read_nth),
    "after": (0, read_after),
    "since": (None, read_instant),
    "until": (None, read_instant),
    "lasting": (None, read_length),
    "probability": (1.0, read_probability),
}
"""For each field what it is when left out, and how it is read: from the value and the name for messages."""

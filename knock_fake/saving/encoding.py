"""From the values of a world to JSON. What JSON lacks is an object with the member ``$type``."""

from __future__ import annotations

from base64 import b64encode
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from knock_fake.errors import UsageError
from knock_fake.saving.codecs import codec_of
from knock_fake.saving.names import PACKAGE, class_name, is_ours
from knock_fake.snapshots import NO_PARTS, attributes_of, is_frozen, is_part
from knock_fake.state.index import Index

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

_MICROSECOND = timedelta(microseconds=1)
_PLAIN = (str, int, float, bool, type(None))


class Encoder:
    """Turns the parts of one world into JSON.

    Records and frozen values are written where they are met first, and referred to by number after that.

    Args:
        parts: every part of the world by its path.
    """

    def __init__(self, parts: Mapping[str, object]) -> None:
        self._paths = {id(part): path for path, part in parts.items()}
        self._numbers: dict[int, int] = {}

    def part(self, part: object) -> JsonObject:
        """Return the attributes of a part; those that only connect it with others are left out.

        Raises:
            UsageError: it holds something that is no data.
        """
        path = self._paths[id(part)]
        return {
            name: self.value(value, f"{path}.{name}")
            for name, value in attributes_of(part)
            if not self._is_wiring(value)
        }

    def _is_wiring(self, value: object) -> bool:
        """Whether an attribute only connects a part with others, and is made anew with every world."""
        return hasattr(value, "__enter__") or _is_function(value) or self._is_made_of_code(value)

    def _is_made_of_code(self, value: object) -> bool:
        """Whether a value holds functions of this package, or parts; what a user's function is in is flawed data."""
        if id(value) in self._paths or isinstance(value, NO_PARTS):
            return True
        if isinstance(value, Mapping | list | tuple | set):
            held = value.values() if isinstance(value, Mapping) else value
            return bool(held) and all(map(self._is_made_of_code, held))
        if is_part(value):  # one that only listens, to what it is connected with
            return all(self._is_wiring(one) for _, one in attributes_of(value))
        if codec_of(type(value)) is None and is_dataclass(value) and is_frozen(type(value)):
            return any(self._is_made_of_code(getattr(value, field.name)) for field in fields(value))
        return _is_function(value) and _is_our_function(value)

    def value(self, value: object, place: str) -> Json:
        """Return one value.

        Raises:
            UsageError: it is no data.
        """
        if isinstance(value, _PLAIN) and type(value) in _PLAIN:
            return value
        if id(value) in self._paths:
            return {"$type": "part", "path": self._paths[id(value)]}
        for cls, write in _WRITERS.items():
            if isinstance(value, cls):
                return write(self, value, place)
        if codec_of(type(value)) is not None or is_ours(type(value)):
            return self._record(value, place)
        raise UsageError(f"{place} holds {value!r}, which cannot be saved: a saved world is data alone")

    def _record(self, value: object, place: str) -> JsonObject:
        number = self._numbers.get(id(value))
        if number is not None:
            return {"$type": "same", "number": number}
        number = self._numbers[id(value)] = len(self._numbers)
        codec = codec_of(type(value))
        if codec is not None:
            return {"$type": codec.name, "number": number, "has": codec.encode(value)}
        held: JsonObject = {name: self.value(one, f"{place}.{name}") for name, one in attributes_of(value)}
        return {"$type": class_name(type(value)), "number": number, "has": held}

    def items(self, values: Iterable[object], place: str) -> list[Json]:
        """Return several values."""
        return [self.value(one, f"{place}[{index}]") for index, one in enumerate(values)]

    def pairs(self, value: Mapping[Any, object], place: str) -> list[Json]:
        """Return the items of a mapping whose keys may be anything."""
        return [[self.value(key, place), self.value(one, f"{place}[{key!r}]")] for key, one in value.items()]


def _mapping(encoder: Encoder, value: Mapping[Any, object], place: str) -> Json:
    if all(type(key) is str and not key.startswith("$") for key in value):
        return {key: encoder.value(one, f"{place}.{key}") for key, one in value.items()}
    return {"$type": "dict", "items": encoder.pairs(value, place)}


def _tuple(encoder: Encoder, value: tuple[object, ...], place: str) -> Json:
    cls = type(value)
    name = "tuple" if cls is tuple else class_name(cls)
    return {"$type": name, "items": encoder.items(value, place)}


def _sorted(encoder: Encoder, value: set[object] | frozenset[object], place: str) -> Json:
    name = "set" if isinstance(value, set) else "frozenset"
    return {"$type": name, "items": encoder.items(sorted(value, key=repr), place)}


def _bytes(value: bytes) -> Json:
    """Return bytes that are packed JSON as the JSON, which can be read, and others as they are."""
    try:
        held: Json = orjson.loads(value)
    except orjson.JSONDecodeError:
        held = None
    if held is not None and orjson.dumps(held) == value:
        return {"$type": "json", "value": held}
    return {"$type": "bytes", "base64": b64encode(value).decode("ascii")}


_WRITERS: Mapping[type, Callable[[Encoder, Any, str], Json]] = {
    OrderedDict: lambda encoder, value, place: {"$type": "ordered", "items": encoder.pairs(value, place)},
    dict: _mapping,
    list: lambda encoder, value, place: encoder.items(value, place),
    deque: lambda encoder, value, place: {"$type": "deque", "items": encoder.items(value, place)},
    tuple: _tuple,
    set: _sorted,
    frozenset: _sorted,
    Index: lambda encoder, value, place: {"$type": "index", "items": encoder.pairs(value.copy_groups(), place)},
    datetime: lambda _encoder, value, _place: {"$type": "datetime", "at": value.isoformat()},
    timedelta: lambda _encoder, value, _place: {"$type": "timedelta", "microseconds": value // _MICROSECOND},
    bytes: lambda _encoder, value, _place: _bytes(value),
    BaseException: lambda _encoder, value, _place: {"$type": "error", "text": str(value)},
}
"""How values of other classes are written; subclasses stand before their bases."""


def _is_function(value: object) -> bool:
    return callable(value) and not isinstance(value, type) and not is_dataclass(value)


def _is_our_function(function: object) -> bool:
    inner = getattr(function, "func", getattr(function, "__func__", function))
    return str(getattr(inner, "__module__", "")).partition(".")[0] == PACKAGE

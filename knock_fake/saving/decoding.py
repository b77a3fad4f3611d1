"""From the JSON of a saved world to its values."""

from __future__ import annotations

from base64 import b64decode
from collections import OrderedDict, deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from knock_fake.errors import UsageError
from knock_fake.saving.codecs import CODECS
from knock_fake.saving.names import class_named
from knock_fake.state.index import Index

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knock_fake.json_types import Json, JsonObject


class Decoder:
    """Makes the values of one saved world.

    Args:
        parts: every part of the world that is filled, by its path.
    """

    def __init__(self, parts: Mapping[str, object]) -> None:
        self._parts = parts
        self._records: dict[int, object] = {}

    def fill(self, path: str, attributes: Json) -> None:
        """Give a part the attributes that were saved of it.

        Raises:
            UsageError: this version has no such part or record, or there are no attributes.
        """
        part = self._part(path)
        if not isinstance(attributes, dict):
            raise UsageError(f"the saved world is damaged: {path} must be an object, not {attributes!r}")
        for name, value in attributes.items():
            setattr(part, name, self.value(value))

    def value(self, saved: Json) -> object:
        """Return one value.

        Raises:
            UsageError: this version has no such record.
        """
        if isinstance(saved, list):
            return [self.value(one) for one in saved]
        if not isinstance(saved, dict):
            return saved
        name = saved.get("$type")
        if not isinstance(name, str):
            return {key: self.value(one) for key, one in saved.items()}
        read = _READERS.get(name)
        return read(self, saved) if read is not None else self._of_class(name, saved)

    def items(self, saved: JsonObject) -> list[Any]:
        """Return the items of a container."""
        held = saved["items"]
        return [self.value(one) for one in held] if isinstance(held, list) else []

    def pairs(self, saved: JsonObject) -> dict[Any, Any]:
        """Return the items of a mapping whose keys may be anything."""
        return {key: value for key, value in self.items(saved)}  # noqa: C416 - pairs are lists

    def same(self, saved: JsonObject) -> object:
        """Return a record that was met before."""
        return self._records[_number(saved)]

    def part(self, saved: JsonObject) -> object:
        """Return a part of the world."""
        return self._part(str(saved["path"]))

    def _part(self, path: str) -> object:
        if path not in self._parts:
            raise UsageError(f"this version has no {path}: the world was saved by another one")
        return self._parts[path]

    def _of_class(self, name: str, saved: JsonObject) -> object:
        if name in CODECS:
            held = saved["has"]
            made = CODECS[name].decode(held if isinstance(held, dict) else {})
            self._records[_number(saved)] = made
            return made
        cls = class_named(name)
        return self._record(cls, saved) if "has" in saved else cls(*self.items(saved))

    def _record(self, cls: type, saved: JsonObject) -> object:
        made: object = object.__new__(cls)
        self._records[_number(saved)] = made  # before its attributes, which may lead back to it
        held = saved["has"]
        for name, value in (held if isinstance(held, dict) else {}).items():
            try:
                object.__setattr__(made, name, self.value(value))
            except AttributeError as error:
                problem = f"{cls.__name__} has no {name!r}: the world was saved by another version"
                raise UsageError(problem) from error
        return made


def _number(saved: JsonObject) -> int:
    number = saved["number"]
    assert isinstance(number, int)  # noqa: S101 - written by the encoder
    return number


def _index(decoder: Decoder, saved: JsonObject) -> Index[Any, Any]:
    index: Index[Any, Any] = Index()
    index.set_groups(decoder.pairs(saved))
    return index


_READERS: Mapping[str, Callable[[Decoder, JsonObject], object]] = {
    "part": Decoder.part,
    "same": Decoder.same,
    "dict": Decoder.pairs,
    "ordered": lambda decoder, saved: OrderedDict(decoder.pairs(saved)),
    "deque": lambda decoder, saved: deque(decoder.items(saved)),
    "tuple": lambda decoder, saved: tuple(decoder.items(saved)),
    "set": lambda decoder, saved: set(decoder.items(saved)),
    "frozenset": lambda decoder, saved: frozenset(decoder.items(saved)),
    "index": _index,
    "datetime": lambda _decoder, saved: datetime.fromisoformat(str(saved["at"])),
    "timedelta": lambda _decoder, saved: timedelta(microseconds=int(str(saved["microseconds"]))),
    "json": lambda _decoder, saved: orjson.dumps(saved["value"]),
    "bytes": lambda _decoder, saved: b64decode(str(saved["base64"])),
}

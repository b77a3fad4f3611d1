"""From the JSON of a saved world to its values."""

from __future__ import annotations

from base64 import b64decode
from collections import OrderedDict, deque
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from reprlib import repr as shorten
from typing import TYPE_CHECKING, Any

from knock_fake.errors import UsageError
from knock_fake.saving.codecs import CODECS
from knock_fake.saving.fitting_types import is_like, is_named, named_type
from knock_fake.saving.names import class_named
from knock_fake.snapshots import attributes_of
from knock_fake.state.index import Index
from knock_fake.state.messages import Attempted, Happened, Marks
from knock_fake.state.packed import pack
from knock_fake.state.references import Reference
from knock_fake.state.runs import Decided

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knock_fake.json_types import Json, JsonObject


_SHARED = (Attempted, Decided, Happened, Marks, Reference)
"""What equal ones of are one, as it was in the world that was saved."""


class Decoder:
    """Makes the values of one saved world.

    Args:
        parts: every part of the world that is filled, by its path.
    """

    def __init__(self, parts: Mapping[str, object]) -> None:
        self._parts = parts
        self._records: dict[int, object] = {}
        self._texts: dict[str, str] = {}
        self._packed: dict[bytes, bytes] = {}
        self._tuples: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def fill(self, path: str, attributes: Json) -> None:
        """Give a part the attributes that were saved of it.

        Raises:
            UsageError: this version has no such part, attribute or record, or a value is of another type than it holds
                there.
        """
        part = self._part(path)
        if not isinstance(attributes, dict):
            raise UsageError(f"the saved world is damaged: {path} must be an object, not {attributes!r}")
        pristine = dict(attributes_of(part))
        for name, saved in attributes.items():
            place = f"{path}.{name}"
            if name not in pristine:
                raise _unknown(place)
            value = self.value(saved, place)
            if not is_like(value, pristine[name]):
                raise _damaged(place, type(pristine[name]).__name__, value)
            setattr(part, name, value)

    def value(self, saved: Json, place: str) -> object:
        """Return one value.

        Args:
            saved: how it was written.
            place: where it stands, for errors.

        Raises:
            UsageError: this version has no such record, or the record holds what it cannot.
        """
        if isinstance(saved, list):
            return [self.value(one, f"{place}[{index}]") for index, one in enumerate(saved)]
        if isinstance(saved, str):
            return self._texts.setdefault(saved, saved)
        if not isinstance(saved, dict):
            return saved
        name = saved.get("$type")
        if not isinstance(name, str):
            return {key: self.value(one, f"{place}.{key}") for key, one in saved.items()}
        read = _READERS.get(name)
        return read(self, saved, place) if read is not None else self._of_class(name, saved, place)

    def items(self, saved: JsonObject, place: str) -> list[Any]:
        """Return the items of a container."""
        held = self.value(saved["items"], place)
        if not isinstance(held, list):
            raise _damaged(f"{place}.items", "list", held)
        return held

    def pairs(self, saved: JsonObject, place: str) -> dict[Any, Any]:
        """Return the items of a mapping whose keys may be anything."""
        return {key: value for key, value in self.items(saved, place)}  # noqa: C416 - pairs are lists

    def tuple(self, saved: JsonObject, place: str) -> tuple[Any, ...]:
        """Return a tuple; records share those that name nobody but recipients, or tell a history."""
        value = tuple(self.items(saved, place))
        return self._tuples.setdefault(value, value) if all(isinstance(one, _SHARED) for one in value) else value

    def packed(self, value: bytes) -> bytes:
        """Return bytes, of which records share those that are equal."""
        return self._packed.setdefault(value, value)

    def same(self, saved: JsonObject, _place: str) -> object:
        """Return a record that was met before."""
        return self._records[_number(saved)]

    def part(self, saved: JsonObject, _place: str) -> object:
        """Return a part of the world."""
        return self._part(str(saved["path"]))

    def _part(self, path: str) -> object:
        if path not in self._parts:
            raise _unknown(path)
        return self._parts[path]

    def _of_class(self, name: str, saved: JsonObject, place: str) -> object:
        if name in CODECS:
            made = CODECS[name].decode(_held(saved))
            self._records[_number(saved)] = made
            return made
        cls = class_named(name)
        if "has" in saved:
            return self._record(cls, saved, place)
        made = cls(*self.items(saved, place))
        for attribute in getattr(cls, "_fields", ()):
            _check(cls, attribute, getattr(made, attribute), place)
        return self._tuples.setdefault(made, made) if isinstance(made, _SHARED) else made

    def _record(self, cls: type, saved: JsonObject, place: str) -> object:
        made: object = object.__new__(cls)
        self._records[_number(saved)] = made  # before its attributes, which may lead back to it
        held = _held(saved)
        names = {field.name for field in fields(cls)} if is_dataclass(cls) else held.keys()
        for name in names ^ held.keys():
            raise (
                _unknown(f"{place}.{name}")
                if name in held
                else UsageError(f"the saved world is damaged: {place} lacks {name}")
            )
        for name, one in held.items():
            value = self.value(one, f"{place}.{name}")
            _check(cls, name, value, place)
            object.__setattr__(made, name, value)
        return made


def _unknown(place: str) -> UsageError:
    return UsageError(f"this version has no {place}: the world was saved by another one")


def _damaged(place: str, wanted: str, value: object) -> UsageError:
    return UsageError(f"the saved world is damaged: {place} must be {wanted}, not {shorten(value)}")


def _check(cls: type, attribute: str, value: object, place: str) -> None:
    """Refuse the attribute of a record that is of another type than its annotation names."""
    wanted = named_type(cls, attribute)
    if wanted is not None and not is_named(value, wanted):
        raise _damaged(f"{place}.{attribute}", wanted, value)


def _held(saved: JsonObject) -> JsonObject:
    held = saved["has"]
    if not isinstance(held, dict):
        raise TypeError(f"a record has attributes by name, not {held!r}")
    return held


def _number(saved: JsonObject) -> int:
    number = saved["number"]
    assert isinstance(number, int)  # noqa: S101 - written by the encoder
    return number


def _packed(value: Json) -> bytes:
    held = pack(value)
    assert held is not None  # noqa: S101 - what is nothing is not packed
    return held


def _index(decoder: Decoder, saved: JsonObject, place: str) -> Index[Any, Any]:
    index: Index[Any, Any] = Index()
    index.set_groups(decoder.pairs(saved, place))
    return index


_READERS: Mapping[str, Callable[[Decoder, JsonObject, str], object]] = {
    "part": Decoder.part,
    "same": Decoder.same,
    "dict": Decoder.pairs,
    "ordered": lambda decoder, saved, place: OrderedDict(decoder.pairs(saved, place)),
    "deque": lambda decoder, saved, place: deque(decoder.items(saved, place)),
    "tuple": Decoder.tuple,
    "set": lambda decoder, saved, place: set(decoder.items(saved, place)),
    "frozenset": lambda decoder, saved, place: frozenset(decoder.items(saved, place)),
    "index": _index,
    "datetime": lambda _decoder, saved, _place: datetime.fromisoformat(str(saved["at"])),
    "timedelta": lambda _decoder, saved, _place: timedelta(microseconds=int(str(saved["microseconds"]))),
    "error": lambda _decoder, saved, _place: Exception(saved["text"]),
    "json": lambda decoder, saved, _place: decoder.packed(_packed(saved["value"])),
    "bytes": lambda decoder, saved, _place: decoder.packed(b64decode(str(saved["base64"]))),
}

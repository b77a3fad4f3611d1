"""Snapshots: what a world holds at one moment, and the way back to it.

Nobody has to tell a snapshot what to keep. It walks from the parts of a world to everything that can change: the
attributes of stores and other parts, their dictionaries, lists and sets, and the fields of records. What cannot
change (JSON, which is replaced and never altered, frozen values, compiled workflows) is shared. Going back writes
everything into its old place, so that whoever holds a store or a record goes on holding it.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from knock_fake.gateway.call import Call, Reply
from knock_fake.gateway.journal import Entry
from knock_fake.gateway.router import Router
from knock_fake.state.index import Index, Sequenced
from knock_fake.state.interner import Interner
from knock_fake.timeline import brief

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.gateway.pipeline import Gateway

_NEVER_CHANGED = (Call, Reply, Entry, Router, Interner, Enum, BaseException, type)
"""Classes whose instances are written once, or are not what they hold; where they are not frozen it is for speed."""

_CONTAINERS = ("list[", "dict[", "set[", "deque[")

_Value = TypeVar("_Value", contravariant=True)
_Held = TypeVar("_Held")
_Groups: TypeAlias = dict[Hashable, list[Sequenced]]


class Snapshot:
    """What a world held at one moment; :meth:`KnockFake.restore` goes back to it, as often as you like."""

    __slots__ = ("_cells", "_shown", "owner", "parts")

    def __init__(self, owner: object, parts: tuple[Core, Gateway]) -> None:
        self.owner = owner
        self.parts = parts
        core, gateway = parts
        calls, runs = len(gateway.journal), len(core.state.runs)
        self._shown = f"<Snapshot at {brief(core.clock.now)}, calls: {calls}, runs: {runs}>"
        self._cells: list[tuple[_Keeper[Any, Any], object, object]] = []
        with _without_collection():
            self._take()

    def __repr__(self) -> str:
        return self._shown

    def _take(self) -> None:
        # Runs once for every record of a world: names are looked up before the loop, and nothing is called twice.
        seen: set[int] = set()
        waiting: list[object] = [*self.parts]
        cells, keepers = self._cells, _KEEPERS
        while waiting:
            value = waiting.pop()
            cls: type = type(value)
            keeper = keepers[cls]
            if keeper is None or id(value) in seen:
                continue
            seen.add(id(value))
            held = keeper.take(value)
            cells.append((keeper, value, held))
            if keeper.leads_on:
                waiting.extend(keeper.within(held))

    def restore(self) -> None:
        """Write everything back into its place."""
        with _without_collection():
            for keeper, value, held in self._cells:
                keeper.put_back(value, held)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Keep the garbage collector from walking the whole world, again and again, because much is copied at once."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Keeper(Protocol[_Value, _Held]):
    """How values of one kind are kept: ``take`` what they hold, see what to walk on to, ``put_back`` what was held.

    ``leads_on`` tells whether there can be anything to walk on to.
    """

    @property
    def leads_on(self) -> bool: ...

    def take(self, value: _Value) -> _Held: ...

    def within(self, held: _Held, /) -> Iterable[object]: ...

    def put_back(self, value: _Value, held: _Held) -> None: ...


class _Part:
    """Keeps the attributes of a store, a clock or another part of a world, in slots or in its dictionary."""

    leads_on = True

    def __init__(self, cls: type) -> None:
        found = (one.__dict__.get("__slots__", ()) for one in cls.__mro__)
        names = (name for slots in found for name in ((slots,) if isinstance(slots, str) else slots))
        self._slots = tuple(name for name in names if name not in ("__weakref__", "__dict__"))

    def take(self, value: object) -> dict[str, object]:
        slotted = {name: getattr(value, name) for name in self._slots if hasattr(value, name)}
        return {**slotted, **getattr(value, "__dict__", {})}

    def within(self, held: dict[str, object]) -> Iterable[object]:
        return held.values()

    def put_back(self, value: object, held: dict[str, object]) -> None:
        for name in self.take(value).keys() - held.keys():
            delattr(value, name)
        for name, one in held.items():
            setattr(value, name, one)


class _Record:
    """Keeps the fields of a record.

    A record owns nothing but containers of what cannot change: other records belong to their own store.
    """

    leads_on = False

    def __init__(self, cls: type) -> None:
        found = fields(cls) if is_dataclass(cls) else ()
        self._names = tuple(field.name for field in found)
        self._read = attrgetter(*self._names, self._names[0])  # at least two names, so that a tuple comes back
        self._containers = tuple(place for place, field in enumerate(found) if str(field.type).startswith(_CONTAINERS))

    def take(self, value: object) -> tuple[object, ...]:
        values: tuple[object, ...] = self._read(value)
        return self._with_own_containers(values) if self._containers else values

    def within(self, _held: tuple[object, ...]) -> Iterable[object]:
        return ()

    def put_back(self, value: object, held: tuple[object, ...]) -> None:
        for name, one in zip(self._names, self._with_own_containers(held), strict=False):
            setattr(value, name, one)

    def _with_own_containers(self, values: tuple[object, ...]) -> tuple[object, ...]:
        own = [*values]
        for place in self._containers:
            own[place] = copy(own[place])
        return tuple(own)


class _Mapping:
    """Keeps the items of a dictionary."""

    leads_on = True

    def take(self, value: dict[object, object]) -> dict[object, object]:
        return value.copy()

    def within(self, held: dict[object, object]) -> Iterable[object]:
        return held.values()

    def put_back(self, value: dict[object, object], held: dict[object, object]) -> None:
        value.clear()
        value.update(held)


class _Sequence:
    """Keeps the items of a list or a deque."""

    leads_on = True

    def take(self, value: list[object] | deque[object]) -> list[object]:
        return [*value]

    def within(self, held: list[object]) -> Iterable[object]:
        return held

    def put_back(self, value: list[object] | deque[object], held: list[object]) -> None:
        value.clear()
        value.extend(held)


class _Set:
    """Keeps the members of a set."""

    leads_on = False

    def take(self, value: set[object]) -> set[object]:
        return value.copy()

    def within(self, _held: set[object]) -> Iterable[object]:
        return ()

    def put_back(self, value: set[object], held: set[object]) -> None:
        value.clear()
        value.update(held)


class _Tuple:
    """Keeps nothing of a tuple, which cannot change, but walks on to what is in it."""

    leads_on = True

    def take(self, value: tuple[object, ...]) -> tuple[object, ...]:
        return value

    def within(self, held: tuple[object, ...]) -> Iterable[object]:
        return held

    def put_back(self, value: tuple[object, ...], held: tuple[object, ...]) -> None:
        pass


class _Index:
    """Keeps the groups of an index; the records in them are their store's, and met there."""

    leads_on = False

    def take(self, value: Index[Hashable, Sequenced]) -> _Groups:
        return value.copy_groups()

    def within(self, _held: _Groups) -> Iterable[object]:
        return ()

    def put_back(self, value: Index[Hashable, Sequenced], held: _Groups) -> None:
        value.set_groups(held)


_BUILT_IN: dict[type, _Keeper[Any, Any]] = {
    Index: _Index(),
    dict: _Mapping(),
    list: _Sequence(),
    deque: _Sequence(),
    set: _Set(),
    tuple: _Tuple(),
}


class _Keepers(dict[type, "_Keeper[Any, Any] | None"]):
    """The keepers of classes, each found when it is first needed."""

    def __missing__(self, cls: type) -> _Keeper[Any, Any] | None:
        keeper = self[cls] = _keeper_of(cls)
        return keeper


def _keeper_of(cls: type) -> _Keeper[Any, Any] | None:
    """Return what keeps the instances of a class, ``None`` for those that are shared."""
    for base, keeper in _BUILT_IN.items():
        if issubclass(cls, base):
            return keeper
    if cls.__module__.partition(".")[0] != "knock_fake" or issubclass(cls, _NEVER_CHANGED):
        return None
    if is_dataclass(cls):
        return None if is_frozen(cls) else _Record(cls)
    return _Part(cls)


_KEEPERS = _Keepers()


def is_part(value: object) -> bool:
    """Whether a value is a part of a world: a store, a clock, a registry, ..., none of its records."""
    cls: type = type(value)
    return isinstance(_KEEPERS[cls], _Part)


def attributes_of(value: object) -> list[tuple[str, object]]:
    """Return the attributes of a part or a record by name, those in slots and those in its dictionary."""
    cls: type = type(value)
    return sorted(_part_keeper(cls).take(value).items())


@cache
def _part_keeper(cls: type) -> _Part:
    return _Part(cls)


NO_PARTS = (Router, Interner)
"""Classes whose instances say nothing of a world: all worlds share one, or it only saves memory."""


def is_frozen(cls: type) -> bool:
    """Whether a dataclass is frozen."""
    return bool(cls.__dataclass_params__.frozen)  # type: ignore[attr-defined]

"""An index of a store: records by a key, each group in order of creation."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from operator import attrgetter
from typing import Generic, Protocol, TypeVar


class Sequenced(Protocol):
    """A record with its place in creation order."""

    @property
    def sequence(self) -> int:
        """The place: rises by creation, unique within a world."""
        ...


_Key = TypeVar("_Key", bound=Hashable)
_Record = TypeVar("_Record", bound=Sequenced)

by_sequence = attrgetter("sequence")


class Index(Generic[_Key, _Record]):
    """Groups of records. A group that has none left takes no memory, one of a single record no list."""

    __slots__ = ("_groups",)

    def __init__(self) -> None:
        self._groups: dict[_Key, _Record | list[_Record]] = {}

    def of(self, key: _Key) -> Sequence[_Record]:
        """Return a group in order of creation; it is the index's own, do not change it."""
        group = self._groups.get(key)
        if group is None:
            return ()
        return group if isinstance(group, list) else (group,)

    def append(self, key: _Key, record: _Record) -> None:
        """Add a record that is newer than every other one."""
        group = self._list(key)
        if group is None:
            self._groups[key] = record
        else:
            group.append(record)

    def insert(self, key: _Key, record: _Record) -> None:
        """Add a record at its place in creation order."""
        group = self._list(key)
        if group is None:
            self._groups[key] = record
        else:
            group.insert(bisect_left(group, record.sequence, key=by_sequence), record)

    def _list(self, key: _Key) -> list[_Record] | None:
        """Return a group as a list that may grow, ``None`` when there is none."""
        group = self._groups.get(key)
        if group is None or isinstance(group, list):
            return group
        grown = self._groups[key] = [group]
        return grown

    def remove(self, key: _Key, record: _Record) -> None:
        """Take out a record that is there."""
        group = self._groups[key]
        if isinstance(group, list) and len(group) > 1:
            del group[bisect_left(group, record.sequence, key=by_sequence)]
        else:
            del self._groups[key]

    def copy_groups(self) -> dict[_Key, list[_Record]]:
        """Return every group, in lists of the caller's own."""
        return {key: [*group] if isinstance(group, list) else [group] for key, group in self._groups.items()}

    def set_groups(self, groups: dict[_Key, list[_Record]]) -> None:
        """Hold just these groups, in lists of the index's own."""
        self._groups = {key: [*group] if len(group) > 1 else group[0] for key, group in groups.items()}

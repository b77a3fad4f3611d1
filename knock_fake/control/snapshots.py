"""Snapshots by name: what clients of the control plane hold in place of the snapshot itself."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from knock_fake.errors import UnknownNameError, nearest

if TYPE_CHECKING:
    from knock_fake.snapshots import Snapshot
    from knock_fake.world import KnockFake


class NamedSnapshots:
    """The snapshots of each world, named ``snapshot-1``, ``snapshot-2``, ... in the order they are taken."""

    def __init__(self) -> None:
        self._taken: WeakKeyDictionary[KnockFake, dict[str, Snapshot]] = WeakKeyDictionary()
        self._count = 0

    def take(self, world: KnockFake) -> str:
        """Take a snapshot and return its name."""
        self._count += 1
        name = f"snapshot-{self._count}"
        self._taken.setdefault(world, {})[name] = world.snapshot()
        return name

    def restore(self, world: KnockFake, name: str) -> None:
        """Go back to a snapshot.

        Raises:
            UnknownNameError: the world has none of this name.
        """
        world.restore(self._of(world, name))

    def forget(self, world: KnockFake, name: str) -> None:
        """Forget a snapshot.

        Raises:
            UnknownNameError: the world has none of this name.
        """
        self._of(world, name)
        del self._taken[world][name]

    def _of(self, world: KnockFake, name: str) -> Snapshot:
        taken = self._taken.get(world, {})
        if name not in taken:
            raise UnknownNameError(f"there is no snapshot {name!r}: {nearest(name, [*taken])}")
        return taken[name]

"""Which world a call means: the only one that there is, or the one of the call's API key."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Protocol

from knock_fake.errors import UnknownNameError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.gateway.call import Call
    from knock_fake.world import KnockFake


class Worlds(Protocol):
    """The worlds that one server serves."""

    def of(self, call: Call) -> KnockFake:
        """Return the world that a call means."""
        ...

    def names(self) -> list[str]:
        """Return the names of the worlds that there are."""
        ...

    def all(self) -> list[KnockFake]:
        """Return the worlds that there are."""
        ...

    def drop(self, name: str) -> None:
        """Make a world pristine.

        Raises:
            UnknownNameError: there is none of this name.
        """
        ...


class OneWorld:
    """A server with a single world, whatever key a call has."""

    NAME = "default"

    def __init__(self, world: KnockFake) -> None:
        self._world = world

    def of(self, call: Call) -> KnockFake:  # noqa: ARG002 - the only world is everybody's
        """Return the world."""
        return self._world

    def names(self) -> list[str]:
        """Return the one name that it goes by."""
        return [self.NAME]

    def all(self) -> list[KnockFake]:
        """Return the world."""
        return [self._world]

    def drop(self, name: str) -> None:
        """Reset the world.

        Raises:
            UnknownNameError: the name is not the one that it goes by.
        """
        if name != self.NAME:
            raise UnknownNameError(f"there is no world {name!r}: this server has the one named {self.NAME!r}")
        self._world.reset()


class WorldsByKey:
    """A world for each API key, made when the key is first seen, so that suites side by side share a server.

    A secret and a publishable key that are alike behind their prefix, such as ``sk_test_7`` and ``pk_test_7``, mean
    one world: a browser and its back end. So do all calls without a key, which Knock's API refuses anyway.

    Args:
        make: makes a world; called once for each key.
    """

    def __init__(self, make: Callable[[], KnockFake]) -> None:
        self._make = make
        self._worlds: dict[str, KnockFake] = {}
        self._lock = Lock()

    def of(self, call: Call) -> KnockFake:
        """Return the world of the call's API key."""
        name = _without_prefix(_key_of(call))
        with self._lock:  # servers may call from several threads
            world = self._worlds.get(name)
            if world is None:
                world = self._worlds[name] = self._make()
            return world

    def names(self) -> list[str]:
        """Return the keys that were seen, without ``sk_`` and ``pk_``."""
        return [*self._worlds]

    def all(self) -> list[KnockFake]:
        """Return the worlds of the keys that were seen."""
        return [*self._worlds.values()]

    def drop(self, name: str) -> None:
        """Forget a world; its key gets a new one when it is seen again.

        Raises:
            UnknownNameError: the key was never seen.
        """
        if self._worlds.pop(_without_prefix(name), None) is None:
            raise UnknownNameError(f"no call came with the key {name!r}: {nearest(name, self.names())}")


def _key_of(call: Call) -> str:
    """Return the API key that a call came with, the empty text when it came without."""
    scheme, _, key = call.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _without_prefix(key: str) -> str:
    return key[3:] if key.startswith(("sk_", "pk_")) else key

"""Which world a call means: the only one that there is, or the one of the call's API key."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, unquote

from knock_fake.errors import UnknownNameError, UsageError, framework_error, nearest
from knock_fake.gateway.pipeline import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.gateway.call import Call, Reply
    from knock_fake.world import KnockFake

MOUNTS = "/_worlds/"
"""What the world of a key is mounted below for calls that come without one, such as those to tracked links."""


class Worlds(Protocol):
    """The worlds that one server serves."""

    def handle(self, call: Call) -> Reply:
        """Answer a call of Knock's API in the world that it means."""
        ...

    def of(self, call: Call) -> KnockFake:
        """Return the world that a call means."""
        ...

    def require_key(self, call: Call) -> None:
        """Refuse a call that does not say which world it means.

        Raises:
            UsageError: it has no API key, and every key has a world.
        """
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

    def handle(self, call: Call) -> Reply:
        """Answer a call in the world."""
        return self._world.handle(call)

    def require_key(self, call: Call) -> None:
        """Take any call: it can mean one world only."""

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
    one world: a browser and its back end. Calls without a key mean one that has no name: Knock's API refuses them.
    Addresses in messages are followed without a key, so they lead below ``/_worlds/`` and the name of their world.

    Args:
        make: makes a world; called once for each key.
    """

    def __init__(self, make: Callable[[], KnockFake]) -> None:
        self._make = make
        self._worlds: dict[str, KnockFake] = {}
        self._nameless: KnockFake | None = None
        self._lock = Lock()

    def handle(self, call: Call) -> Reply:
        """Answer a call in the world of its path, or else of its key."""
        if call.path.startswith(MOUNTS):
            return self._handle_mounted(call)
        name = _name_in(call)
        mount = f"{call.mount}{MOUNTS}{quote(name, safe='')}" if name else call.mount
        return self._named(name).handle(replace(call, mount=mount))

    def _handle_mounted(self, call: Call) -> Reply:
        written, _, rest = call.path.removeprefix(MOUNTS).partition("/")
        world = self._worlds.get(unquote(written))
        if world is None:
            hint = f"no call came with the key {unquote(written)!r}: {nearest(unquote(written), self.names())}"
            return refusal(framework_error(404, "Not Found", hint))
        return world.handle(replace(call, mount=f"{call.mount}{MOUNTS}{written}", path=f"/{rest}"))

    def of(self, call: Call) -> KnockFake:
        """Return the world of the call's API key."""
        return self._named(_name_in(call))

    def require_key(self, call: Call) -> None:
        """Refuse a call without an API key.

        Raises:
            UsageError: it has none.
        """
        if not _name_in(call):
            remedy = "send the key of the one that you mean, such as 'Authorization: Bearer sk_test_1'"
            raise UsageError(f"every API key has a world of its own on this server: {remedy}")

    def _named(self, name: str) -> KnockFake:
        with self._lock:  # servers may call from several threads
            if not name:
                self._nameless = self._nameless or self._make()
                return self._nameless
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
        world = self._worlds.pop(_without_prefix(name), None)
        if world is None:
            raise UnknownNameError(f"no call came with the key {name!r}: {nearest(name, self.names())}")
        world.disconnect()


def _name_in(call: Call) -> str:
    """Return the name of the world that the key of a call means, the empty text when it came without."""
    return _without_prefix(_key_of(call))


def _key_of(call: Call) -> str:
    """Return the API key that a call came with, the empty text when it came without."""
    scheme, _, key = call.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _without_prefix(key: str) -> str:
    return key[3:] if key.startswith(("sk_", "pk_")) else key

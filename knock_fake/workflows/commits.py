"""Commits: what is told when a resource of an environment changes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from knock_fake.signals import ResourceChanged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from knock_fake.clock import VirtualClock
    from knock_fake.identifiers import Identifiers
    from knock_fake.signals import ResourceKind, Signals


class Commits:
    """Tells of resources that were updated or committed, and knows since when each is there.

    The ids of commits have a count of their own: they change no other id of the world.
    """

    def __init__(self, clock: VirtualClock, identifiers: Identifiers, signals: Signals) -> None:
        self._clock = clock
        self._identifiers = identifiers
        self._signals = signals
        self._created: dict[tuple[str, str], datetime] = {}
        self._count = 0
        self._are_under_way = False

    @property
    def are_under_way(self) -> bool:
        """Whether more commits belong to those that were told of, and are still to come."""
        return self._are_under_way

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let all commits of a block belong together: what they are told to may look at them when it is left."""
        before, self._are_under_way = self._are_under_way, True
        try:
            yield
        finally:
            self._are_under_way = before

    def tell(self, kind: ResourceKind, key: str, *, is_committed: bool = True) -> None:
        """Tell that a resource has changed; without a commit it was only updated."""
        now, commit_id = self._clock.now, None
        created_at = self._created.setdefault((kind, key), now)
        if is_committed:
            self._count += 1
            commit_id = self._identifiers.uuid(self._count, b"commit")
        self._signals.send(ResourceChanged(now, kind, key, created_at, commit_id))

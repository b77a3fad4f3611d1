"""Revisions: a text that changes whenever a world does, so that whoever watches asks again only then.

Time that goes by without anything happening is no change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from knock_fake.world import KnockFake


class Revisions:
    """The revisions of the worlds of one server.

    A world changes by calls, which its journal numbers, by what timers do, which sends signals or sets further timers,
    by verbs of messages, which send signals, by the control plane, whose writes are counted, and by being made anew or
    put back, which gives it another edition. Worlds of several keys are numbered as they are met.
    """

    def __init__(self) -> None:
        self._writes = 0
        self._numbers: WeakKeyDictionary[KnockFake, int] = WeakKeyDictionary()
        self._met = 0

    def note_write(self) -> None:
        """Note that the control plane has changed something."""
        self._writes += 1

    def of(self, world: KnockFake) -> str:
        """Return the revision that a world is in."""
        if world not in self._numbers:
            self._met += 1
            self._numbers[world] = self._met
        newest = world.journal.last(1)
        calls = newest[0].number if newest else 0
        signals, timers = world.state.signals.sent, world.clock.timers_set
        return f"{self._writes}.{self._numbers[world]}.{world.edition}.{calls}.{signals}.{timers}"

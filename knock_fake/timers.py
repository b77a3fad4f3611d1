"""Timers: actions that wait for their instant, and the queue that they wait in."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from knock_fake.timeline import brief

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from knock_fake.json_types import Json

_COMPACT_FROM = 64


@dataclass(frozen=True, slots=True)
class Task:
    """An action as plain data, so that a world with all that waits in it can be copied and saved.

    ``kind`` names the handler that the clock was given for it, ``argument`` is what the handler is called with: mostly
    the id of the record that waits.
    """

    kind: str
    argument: Json = None


@dataclass(slots=True, eq=False)
class Timer:
    """An action that waits for its instant.

    ``due`` is when it fires (UTC), ``order`` its place in creation order, ``label`` the line it leaves in the
    timeline. ``chain`` is its place among timers that set one another off at one instant.
    """

    due: datetime
    order: int
    label: str
    action: Task | Callable[[], None] = field(repr=False)
    chain: int = field(repr=False)
    _queue: TimerQueue = field(repr=False)
    cancelled: bool = False
    fired: bool = False

    def cancel(self) -> None:
        """Make sure that the timer does not fire; one that has fired or is cancelled stays as it is."""
        if not (self.fired or self.cancelled):
            self.cancelled = True
            self._queue.count_cancelled()

    def __str__(self) -> str:
        return f"timer {self.label!r} at {brief(self.due)}"


class TimerQueue:
    """Timers in firing order. Cancelled ones stay until they are in the way."""

    __slots__ = ("_cancelled", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Timer]] = []
        self._cancelled = 0

    def push(self, timer: Timer) -> None:
        """Add a timer."""
        heappush(self._heap, (timer.due, timer.order, timer))

    def first(self) -> Timer | None:
        """Return the timer that fires next, or ``None``."""
        while self._heap and self._heap[0][2].cancelled:
            heappop(self._heap)
            self._cancelled -= 1
        return self._heap[0][2] if self._heap else None

    def drop_first(self) -> None:
        """Take out the timer that :meth:`first` returned."""
        heappop(self._heap)

    def count_cancelled(self) -> None:
        """Take note that one of the timers was cancelled."""
        self._cancelled += 1
        # A world that plans and calls off for ever would otherwise carry every timer it ever called off.
        if self._cancelled >= _COMPACT_FROM and self._cancelled * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if not entry[2].cancelled]
            heapify(self._heap)
            self._cancelled = 0

    def live(self) -> tuple[Timer, ...]:
        """Return the timers that will fire, in firing order."""
        return tuple(timer for _, _, timer in sorted(self._heap) if not timer.cancelled)

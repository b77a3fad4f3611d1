"""Waking worlds that live in real time: what is due happens though nobody calls."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, Protocol

from knock_fake.errors import KnockFakeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from knock_fake.clock import VirtualClock

_LOOK_SECONDS = 0.1


class World(Protocol):
    """What is woken."""

    @property
    def clock(self) -> VirtualClock:
        """The world's time."""
        ...

    @property
    def lock(self) -> AbstractContextManager[object]:
        """What is held while time moves."""
        ...


@contextmanager
def waking(worlds: Callable[[], Sequence[World]]) -> Iterator[None]:
    """Let what falls due happen, at most a tenth of a second late, while the block runs.

    Args:
        worlds: returns the worlds that there are now; those whose clock is moved by hand are left alone.
    """
    stop = Event()
    thread = Thread(target=_wake, args=(worlds, stop), name="knock_fake wakes worlds", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _wake(worlds: Callable[[], Sequence[World]], stop: Event) -> None:
    while not stop.wait(_LOOK_SECONDS):
        for world in worlds():
            if world.clock.next_due is not None:
                with suppress(KnockFakeError), world.lock:  # a runaway is told to whoever calls next
                    world.clock.catch_up()

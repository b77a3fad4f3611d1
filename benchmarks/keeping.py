"""Keeping a world: snapshots of many messages, a scenario laid over a running world."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from time import process_time
from typing import TYPE_CHECKING

from knock_fake import KnockFake
from knock_fake.scenarios.scenario import read_file
from knock_fake.steps import in_app_feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MESSAGES = 10_000
ROUNDS = 7
SHOP = Path(__file__).resolve().parent.parent / "examples" / "scenarios" / "shop.yaml"


def measure() -> Iterator[tuple[str, float, str]]:
    """Yield a name, the median of processor seconds, and the goal."""
    world = _busy_world()
    snapshot = world.snapshot()
    yield f"snapshot with {MESSAGES:,} messages and their runs", _seconds(world.snapshot), "well under 100 ms"
    yield "going back to it", _seconds(lambda: world.restore(snapshot)), ""
    source = read_file(SHOP)
    running = KnockFake()
    yield "laying a scenario over a running world", _seconds(lambda: running.lay(source)), "milliseconds"


def _busy_world() -> KnockFake:
    """Return a world in which so many users got a message each."""
    world = KnockFake()
    world.workflows.add("hello", steps=[in_app_feed("Hi")])
    client = world.client()
    for first in range(0, MESSAGES, 1000):
        numbers = range(first, first + 1000)
        client.workflows.trigger("hello", recipients=[{"id": f"user-{number}"} for number in numbers])
    return world


def _seconds(action: Callable[[], object]) -> float:
    def once() -> float:
        start = process_time()
        action()
        return process_time() - start

    return median(once() for _ in range(ROUNDS))

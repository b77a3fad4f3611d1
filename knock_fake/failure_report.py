"""What a failing test's report says of its world: the newest calls, and what the runs decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.workflows.reasons import describe_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.world import KnockFake

MAX_CALLS = 15
MAX_RUNS = 10


class UnbuiltOperationWarning(UserWarning):
    """A test called operations of Knock's API that this version of knock_fake does not answer."""


def describe_unbuilt(unbuilt: Mapping[str, int]) -> str:
    """Return one line that names the operations and how often each was called."""
    listed = ", ".join(f"{name} ({count}x)" for name, count in sorted(unbuilt.items()))
    return f"this version of knock_fake answers 501 to: {listed}"


def describe_world(world: KnockFake) -> str:
    """Return clock, newest calls and newest runs of a world, short enough to stand in a test report."""
    calls, runs = len(world.journal), list(world.state.runs)
    lines = [f"now {world.clock.now.isoformat().replace('+00:00', 'Z')}, seed {world.seed}"]
    lines.append(_heading("call", calls, MAX_CALLS))
    lines.extend(f"  {entry}" for entry in world.journal.last(MAX_CALLS))
    lines.append(_heading("run", len(runs), MAX_RUNS))
    for run in runs[-MAX_RUNS:]:
        lines.extend(f"  {line}" for line in describe_run(run))
    return "\n".join(lines)


def _heading(noun: str, count: int, shown: int) -> str:
    plural = noun if count == 1 else f"{noun}s"
    return f"{count} {plural}" + (f", the last {shown}:" if count > shown else ":" if count else "")

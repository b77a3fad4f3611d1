"""Runs that wait: the timers that go on with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.state.runs import PAUSED
from knock_fake.timers import Task

if TYPE_CHECKING:
    from datetime import datetime

    from knock_fake.clock import VirtualClock
    from knock_fake.state.run_store import RunStore
    from knock_fake.state.runs import Run

RESUME = "run.resume"
"""The task that lets the step resume which a run waits in."""


def pause(
    clock: VirtualClock, runs: RunStore, run: Run, until: datetime, task: str = RESUME, *, state: str = PAUSED
) -> None:
    """Let a run wait until an instant, instead of until another one if it waits already.

    Args:
        clock: the world's time.
        runs: the store of the run.
        run: the run.
        until: when its timer is due.
        task: what the timer does.
        state: the status of the run meanwhile.
    """
    if run.timer is not None:
        run.timer.cancel()
    label = f"run resumed: {run.workflow} for {run.recipient}"
    runs.wait(run, clock.call_at(until, Task(task, run.id), label), state)

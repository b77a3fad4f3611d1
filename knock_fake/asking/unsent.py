"""Why no message fits: what the runs decided that could have made it, or that there was none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.asking.runs import FACTS
from knock_fake.fitting import fits, show_filters
from knock_fake.workflows.reasons import describe_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.fitting import Filters
    from knock_fake.state.run_store import RunStore

_SHARED = ("recipient", "workflow", "tenant", "workflow_run_id")
"""What messages and the runs that make them have in common."""

MAX_RUNS = 3


def why_unsent(runs: RunStore, filters: Filters) -> Sequence[str]:
    """Return lines that say what the newest runs decided for whom the filters name; none for other filters alone."""
    if not len(runs):
        return ("no workflow has run",)
    named = {name: wanted for name, wanted in filters.items() if name in _SHARED}
    if not named:
        return ()
    found = [run for run in runs if all(fits(wanted, FACTS[name](run)) for name, wanted in named.items())]
    if not found:
        return (f"no workflow ran with {show_filters(named)}",)
    return [line for run in found[-MAX_RUNS:] for line in describe_run(run)]

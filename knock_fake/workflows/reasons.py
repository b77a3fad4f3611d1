"""Why a run did what it did, in one line each: read off its events, never computed again."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from knock_fake.workflows.wording import describe_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from knock_fake.json_types import Json
    from knock_fake.state.runs import Run, RunEvent

_TOLD = frozenset(
    {
        "step_skipped",
        "step_failed",
        "message_enqueued",
        "batch_opened",
        "batch_closed",
        "delay_started",
        "branch_selected",
        "workflow_triggered",
        "wait_started",
        "wait_timed_out",
        "wait_matched",
        "wait_conditions_evaluated",
        "cohort_assigned",
        "recipient_missing",
    }
)
"""What is worth telling in few words, beside everything that has a reason, by the name of its event."""


def describe_run(run: Run) -> list[str]:
    """Return the run's outcome and every step that did not go its usual way, a line each."""
    made = f", {len(run.messages)} message{'' if len(run.messages) == 1 else 's'}"
    head = f"{run.workflow} for {run.recipient}: {run.status}{made if run.is_over or run.messages else ''}"
    lines = filter(None, map(_describe, _without_echoes(run.events)))
    # Attempts mostly fail for one reason: it is told once, the end of the run tells how often.
    return [head, *(f"  {line}" for line, _ in groupby(lines))]


def _without_echoes(events: Iterable[RunEvent]) -> Iterator[RunEvent]:
    """Leave out the end of a run where it only repeats the reason of the event before it."""
    told: Json = None
    for event in events:
        reason = (event.data or {}).get("reason")
        if event.step_ref is not None or reason is None or reason != told:
            yield event
        told = reason


def _describe(event: RunEvent) -> str | None:
    data = event.data or {}
    if event.event in _TOLD:
        return describe_event(event.event, event.step_ref, data)
    if data.get("reason") is not None:
        return f"{event.event.replace('_', ' ')}: {data['reason']}"
    return None

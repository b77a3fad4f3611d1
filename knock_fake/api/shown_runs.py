"""How recipient runs and their events are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.timestamps import show_instant

if TYPE_CHECKING:
    from knock_fake.identifiers import Identifiers
    from knock_fake.json_types import JsonObject
    from knock_fake.state.runs import Run, RunEvent


def show_run(run: Run) -> JsonObject:
    """Return a run without its events."""
    source = run.source
    return {
        "__typename": "WorkflowRecipientRun",
        "id": run.id,
        "workflow_run_id": run.workflow_run_id,
        "workflow": run.workflow,
        "recipient": run.recipient.shown(),
        "actor": run.actor.shown() if run.actor is not None else None,
        "tenant": run.tenant,
        "status": run.status,
        "error_count": run.error_count,
        "trigger_source": {
            "type": source.type,
            "cancellation_key": source.cancellation_key,
            "schedule_id": source.schedule_id,
            "audience_key": source.audience_key,
        },
        "inserted_at": show_instant(run.inserted_at),
        "updated_at": show_instant(run.updated_at),
    }


def show_run_with_events(identifiers: Identifiers, run: Run) -> JsonObject:
    """Return a run with everything that was decided in it, in order; the kinds of events are our choice."""
    return {**show_run(run), "events": [_show_event(identifiers, run, event) for event in run.events]}


def _show_event(identifiers: Identifiers, run: Run, event: RunEvent) -> JsonObject:
    identity: JsonObject = {
        "__typename": "WorkflowRecipientRunEvent",
        "id": identifiers.ksuid(run.sequence, event.at, b"event %d" % event.sequence),
    }
    return {**identity, **show_decision(event)}


def show_decision(event: RunEvent) -> JsonObject:
    """Return what was decided, at which step, in which attempt and by which facts."""
    return {
        "event": event.event,
        "status": event.status,
        "attempt": event.attempt,
        "step_ref": event.step_ref,
        "step_type": event.step_type,
        "data": event.data,
        "inserted_at": show_instant(event.at),
    }

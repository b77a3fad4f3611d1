"""Explaining the runs that a world remembers: they are shown as Knock's API would show them, and read from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.shown_messages import show_message
from knock_fake.api.shown_runs import show_run
from knock_fake.explaining.reading import explain_run
from knock_fake.timestamps import show_instant

if TYPE_CHECKING:
    from knock_fake.explaining.explanation import RunExplanation
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.messages import Message
    from knock_fake.state.runs import Run, RunEvent


def explain_record(run: Run) -> RunExplanation:
    """Explain one run of a world."""
    events: list[Json] = [_event(event) for event in run.events]
    return explain_run({**show_run(run), "events": events}, [_message(one) for one in run.messages])


def _event(event: RunEvent) -> JsonObject:
    return {
        "event": event.event,
        "status": event.status,
        "attempt": event.attempt,
        "step_ref": event.step_ref,
        "step_type": event.step_type,
        "data": event.data,
        "inserted_at": show_instant(event.at),
    }


def _message(message: Message) -> JsonObject:
    events: list[Json] = [{"type": f"message.{event.type}", "data": event.data} for event in message.events]
    return {**show_message(message), "events": events}

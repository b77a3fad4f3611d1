"""Why a run did what it did, in one line each: read off its events, never computed again."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.state.runs import Run, RunEvent

_FACTS = {
    "preferences": "{decided_by}",
    "missing_recipient_data": "the channel needs {missing}",
    "channel_not_configured": "the channel is not configured: {remedy}",
    "conditions": "conditions are false: {decided_by}",
    "invalid_window": "the window is invalid: {decided_by}",
    "skip_delay": "{decided_by}",
}
_CHANNEL_DATA = {"push": '{"tokens": ["..."]}', "chat": '{"connections": [{"incoming_webhook": {"url": "..."}}]}'}


def describe_run(run: Run) -> list[str]:
    """Return the run's outcome and every step that did not go its usual way, a line each."""
    made = f", {len(run.messages)} message{'' if len(run.messages) == 1 else 's'}"
    head = f"{run.workflow} for {run.recipient}: {run.status}{made if run.is_over or run.messages else ''}"
    # What one event has told, the next does not tell again, be it another attempt or the end that it led to.
    told = groupby(run.events, key=lambda event: (event.data or {}).get("reason", event.sequence))
    lines = (_describe(event) for _, events in told for event in islice(events, 1))
    return [head, *(f"  {line}" for line in lines if line is not None)]


def _describe(event: RunEvent) -> str | None:
    data = event.data or {}
    if event.event == "step_skipped":
        return f"{event.step_ref} skipped: {describe_skip(data)}"
    if event.event == "step_failed":
        return f"{event.step_ref} failed: {data.get('reason')}"
    if event.event == "message_enqueued":
        return f"{event.step_ref} sent: {data.get('channel_type')} message {data.get('message_id')}"
    if event.event == "delay_started":
        return f"{event.step_ref} waits until {data.get('until')}"
    if data.get("reason") is not None:
        return f"{event.event.replace('_', ' ')}: {data['reason']}"
    return None


def describe_skip(data: JsonObject) -> str:
    """Return why a step was skipped, from the data of its event."""
    reason = str(data.get("reason"))
    template = _FACTS.get(reason)
    return template.format_map(data) if template else reason

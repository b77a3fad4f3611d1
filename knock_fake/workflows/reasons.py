"""Why a run did what it did, in one line each: read off its events, never computed again."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.runs import Run, RunEvent

_FACTS = {
    "preferences": "{decided_by}",
    "missing_recipient_data": "the channel needs {missing}",
    "channel_not_configured": "the channel is not configured: {remedy}",
    "conditions": "conditions are false: {decided_by}",
    "channel_group": "{decided_by}",
    "guide": "{decided_by}",
    "invalid_window": "the window is invalid: {decided_by}",
    "invalid_key": "the key is invalid: {decided_by}",
    "skip_delay": "{decided_by}",
    "workflow_inactive": "{decided_by}",
    "no_user": "{decided_by}",
    "no_tenant": "{decided_by}",
}
_LINES = {
    "step_failed": "failed: {reason}",
    "message_enqueued": "sent: {channel_type} message {message_id}",
    "batch_opened": "collects until {closes_at}",
    "batch_closed": "closed with total_activities {total_activities}: {decided_by}",
    "delay_started": "waits until {until}",
    "branch_selected": "took branch {branch!r}: {decided_by}",
    "workflow_triggered": "triggered {workflow}",
    "wait_started": "waits for an event until {until}",
    "wait_timed_out": "waited in vain",
    "wait_matched": "met the event it waited for",
    "wait_conditions_evaluated": "met an event that did not fit: {reason}",
    "cohort_assigned": "chose cohort {cohort!r}: {decided_by}",
}
"""What steps that did not go their usual way did, by the name of their event."""

_CHANNEL_DATA = {"push": '{"tokens": ["..."]}', "chat": '{"connections": [{"incoming_webhook": {"url": "..."}}]}'}


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
    if event.event == "step_skipped":
        return f"{event.step_ref} skipped: {describe_skip(data)}"
    if event.event in _LINES:
        return f"{event.step_ref} {_LINES[event.event].format_map(data)}"
    if event.event == "recipient_missing":
        return f"recipient missing: {data.get('reason')}: {_identify(data.get('recipient'))}"
    if data.get("reason") is not None:
        return f"{event.event.replace('_', ' ')}: {data['reason']}"
    return None


def _identify(recipient: Json) -> str:
    """Return how to identify a recipient, a user's id or the reference of an object."""
    if isinstance(recipient, dict):
        collection, identifier = recipient.get("collection"), recipient.get("id")
        inline = f'{{"collection": "{collection}", "id": "{identifier}", ...}}'
        return f'identify it with objects.set("{collection}", "{identifier}", ...) or trigger with {inline}'
    return f'identify with users.update("{recipient}", ...) or trigger with {{"id": "{recipient}", ...}}'


def describe_skip(data: JsonObject) -> str:
    """Return why a step was skipped, from the data of its event."""
    reason = str(data.get("reason"))
    template = _FACTS.get(reason)
    return template.format_map(data) + _remedy(data) if template else reason


def _remedy(data: JsonObject) -> str:
    """Return how to give channel data, which does not show in a recipient's properties, where that is what lacks."""
    example = _CHANNEL_DATA.get(str(data.get("channel_type")))
    lacks_data = str(data.get("missing")).startswith("channel data")
    return f": identify with channel_data={{<the channel's id>: {example}}}" if example and lacks_data else ""

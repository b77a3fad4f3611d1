"""Ways to run a workflow, and to read what became of it, for the tests of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.runs import Run


def trigger(api: httpx.Client, key: str = "digest", recipients: Sequence[Json] = ("jane",), **body: Json) -> str:
    """Trigger a workflow; return the id that its runs share."""
    answer = api.post(f"/v1/workflows/{key}/trigger", json={"recipients": [*recipients], **body})
    identifier: str = answer.raise_for_status().json()["workflow_run_id"]
    return identifier


def run_steps(
    knock: KnockFake, api: httpx.Client, *steps: JsonObject, recipient: Json = "jane", key: str = "digest", **body: Json
) -> Run:
    """Add a workflow of these steps and trigger it for one recipient; return the first run that this makes."""
    knock.workflows.add(key, steps=steps)
    return knock.state.runs.of_workflow_run(trigger(api, key, [recipient], **body))[0]


def event_names(run: Run) -> list[str]:
    """Return the names of a run's events."""
    return [event.event for event in run.events]


def facts(run: Run, event: str) -> JsonObject:
    """Return the data of a run's one event of this name."""
    (found,) = [one for one in run.events if one.event == event]
    return found.data or {}


def senders(run: Run) -> list[str]:
    """Return the refs of the steps that made a run's messages."""
    return [message.source.step_ref for message in run.messages]

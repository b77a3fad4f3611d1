"""How runs begin: each is queued by a trigger, and starts when the clock settles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.state import runs as status
from knock_fake.state.runs import Origin, Run, RunSettings, TriggerSource
from knock_fake.timers import Task

if TYPE_CHECKING:
    from knock_fake.errors import FieldError
    from knock_fake.json_types import JsonObject
    from knock_fake.state.packed import Packed
    from knock_fake.state.references import Reference
    from knock_fake.state.runs import SubscriptionPath
    from knock_fake.workflows.context import Services
    from knock_fake.workflows.definition import WorkflowDefinition

START = "run.start"
"""The task that starts a run, with its id."""

MAX_DEPTH = 10
"""How many runs may set one another off without time moving on; Knock's own guard is undocumented, so is our choice."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a trigger hands to each of its runs.

    ``schedule`` is the schedule behind it as templates see it. ``problems`` is what is wrong with data that was
    stored before anybody could check it: its runs log it and halt.
    """

    workflow_run_id: str
    actor: Reference | None
    tenant: str | None
    source: TriggerSource
    settings: RunSettings
    schedule: JsonObject | None = None
    problems: tuple[FieldError, ...] = ()


def depth_of_next(services: Services) -> int:
    """Return how many runs lead to the one that begins now and have set one another off at this instant."""
    cause = services.state.runs.walking
    if cause is None:
        return 0
    return cause.origin.depth + 1 if cause.inserted_at == services.clock.now else 1


def describe_loop(workflow: str) -> str:
    """Return why one run more would be too deep."""
    return f"{MAX_DEPTH} runs have set one another off at this instant, one of {workflow} would be the next"


def begin_run(
    services: Services,
    definition: WorkflowDefinition,
    trigger: Trigger,
    recipient: Reference,
    data: Packed,
    subscription: SubscriptionPath | None = None,
) -> Run:
    """Queue a run; its first step runs when the clock settles, still within the call that triggered it."""
    identifiers, recipients, now = services.identifiers, services.state.recipients, services.clock.now
    sequence = identifiers.next_sequence()
    run = Run(
        id=identifiers.uuid(sequence),
        sequence=sequence,
        workflow_run_id=trigger.workflow_run_id,
        workflow=definition.key,
        version_id=definition.version_id,
        recipient=recipients.canonical(recipient),
        actor=None if trigger.actor is None else recipients.canonical(trigger.actor),
        tenant=trigger.tenant,
        packed_trigger_data=data,
        packed_data=data,
        source=trigger.source,
        settings=trigger.settings,
        inserted_at=now,
        origin=Origin(subscription, trigger.schedule, trigger.problems, depth_of_next(services)),
    )
    services.state.runs.insert(run)
    path = f", subscribed to {subscription.object}" if subscription is not None else ""
    label = f"run started: {run.workflow} for {recipient}{path}"
    timer = services.clock.call_at(now, Task(START, run.id), label)
    services.state.runs.wait(run, timer, status.QUEUED)
    return run

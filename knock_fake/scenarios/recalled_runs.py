"""Recipient runs that a scenario tells of: over, or waiting in a delay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import invalid_field
from knock_fake.json_types import as_object, as_text
from knock_fake.state.packed import pack
from knock_fake.state.references import read_reference
from knock_fake.state.runs import CANCELLED, DEFAULT_SETTINGS, PAUSED, Run, TriggerSource, Walk
from knock_fake.timestamps import parse_instant, show_instant
from knock_fake.workflows.pausing import pause

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.json_types import JsonObject
    from knock_fake.workflows.definition import WorkflowDefinition


def recall_run(core: Core, entry: JsonObject) -> Run:
    """Put a run into the world as it would be now.

    Args:
        core: the parts of the world.
        entry: a run of a scenario, having passed its schema.

    Raises:
        ApiError: the workflow or the step is unknown, the id is taken, or a paused run does not wait in a delay.
    """
    definition = _definition(core, str(entry["workflow"]))
    state, status = core.state, str(entry.get("status", "completed"))
    sequence, now = core.identifiers.next_sequence(), core.clock.now
    identifier = str(entry.get("id") or core.identifiers.uuid(sequence))
    if state.runs.get(identifier) is not None:
        raise invalid_field("id", f"is taken: there is a run {identifier!r} already", "taken")
    position = _waiting_place(definition, entry) if status == PAUSED else len(definition.steps)
    actor = entry.get("actor")
    reference, acting = read_reference(entry["recipient"]), read_reference(actor) if actor is not None else None
    data = entry.get("data")
    packed_data = pack(as_object(data))
    run = Run(
        id=identifier,
        sequence=sequence,
        workflow_run_id=str(entry.get("workflow_run_id") or core.identifiers.uuid(sequence, b"workflow run")),
        workflow=definition.key,
        version_id=definition.version_id,
        recipient=reference,
        actor=acting,
        tenant=as_text(entry.get("tenant")),
        packed_trigger_data=packed_data,
        packed_data=packed_data,
        source=TriggerSource("api", as_text(entry.get("cancellation_key"))),
        settings=DEFAULT_SETTINGS,
        inserted_at=now,
        status=status,
        walk=Walk(position),
        passed_trigger=True,
    )
    state.runs.insert(run)
    state.runs.record(run, "run_started")
    if status == PAUSED:
        _wait(core, run, definition, str(entry["resumes_at"]))
    else:
        ended = "run_cancelled" if status == CANCELLED else "run_completed"
        state.runs.record(run, ended, {"reason": "a scenario says so"})
    return run


def _definition(core: Core, key: str) -> WorkflowDefinition:
    definition = core.workflows.get(key)
    if definition is None:
        raise invalid_field("workflow", f"there is no workflow {key!r}: {core.workflows.suggest(key)}", "unknown")
    return definition


def _waiting_place(definition: WorkflowDefinition, entry: JsonObject) -> int:
    ref = str(entry.get("step"))
    delays = [step.ref for step in definition.steps if step.type == "delay"]
    place = definition.place_of(ref)
    if place is None or ref not in delays:
        known = f"one of {', '.join(delays)}" if delays else "but the workflow has none"
        raise invalid_field("step", f"a run can be paused in a delay step, {known}", "invalid")
    return place


def _wait(core: Core, run: Run, definition: WorkflowDefinition, resumes_at: str) -> None:
    until = parse_instant(resumes_at)
    step = definition.steps[run.position]
    core.state.runs.record(run, "delay_started", {"until": show_instant(until)}, step=(step.ref, "delay"))
    pause(core.clock, core.state.runs, run, until)

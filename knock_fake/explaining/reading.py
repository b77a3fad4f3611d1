"""From runs and messages as Knock's API shows them to explanations; nothing is computed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.explaining.explanation import Decision, MessageFate, RunExplanation, WebhookFate, named
from knock_fake.json_types import as_list, as_object, as_text
from knock_fake.workflows.wording import describe_event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import Json, JsonObject


def explain_run(
    run: JsonObject, messages: Sequence[JsonObject], webhooks: Sequence[WebhookFate] = ()
) -> RunExplanation:
    """Explain one recipient run.

    Args:
        run: the run with its ``events``, as ``GET /v1/workflow_recipient_runs/{id}`` returns it.
        messages: the messages that it made, each with its ``events``, oldest first.
        webhooks: what became of the webhooks that tell of it, oldest first.
    """
    tenant = run.get("tenant")
    return RunExplanation(
        id=str(run.get("id")),
        workflow_run_id=str(run.get("workflow_run_id")),
        workflow=str(run.get("workflow")),
        recipient=run.get("recipient"),
        actor=run.get("actor"),
        tenant=as_text(tenant),
        status=str(run.get("status")),
        error_count=_number(run.get("error_count"), 0),
        started_by=_origin(run),
        decisions=tuple(_decision(event) for event in _objects(run.get("events"))),
        messages=tuple(map(_fate, messages)),
        webhooks=tuple(webhooks),
    )


def _decision(event: JsonObject) -> Decision:
    data, ref, type_ = event.get("data"), event.get("step_ref"), event.get("step_type")
    facts = data if isinstance(data, dict) else None
    step_ref = as_text(ref)
    name, attempt = str(event.get("event")), _number(event.get("attempt"), 1)
    text = describe_event(name, step_ref, facts or {})
    is_try = name.endswith("_attempted") or name == "step_failed"
    return Decision(
        at=str(event.get("inserted_at")),
        event=name,
        step_ref=step_ref,
        step_type=as_text(type_),
        status=str(event.get("status")),
        attempt=attempt,
        text=f"{text} (attempt {attempt})" if is_try and attempt > 1 else text,
        data=facts,
    )


def _origin(run: JsonObject) -> str:
    source = as_object(run.get("trigger_source"))
    ways = {
        "api": "a call of Knock's API",
        "schedule": f"schedule {source.get('schedule_id')}",
        "audience": f"entry into audience {source.get('audience_key')}",
        "workflow_step": "a step of another workflow",
        "integration": "an event of a source",
    }
    told = [ways.get(str(source.get("type")), str(source.get("type")))]
    if run.get("actor") is not None:
        told.append(f"actor {named(run['actor'])}")
    if run.get("tenant") is not None:
        told.append(f"tenant {run['tenant']}")
    if source.get("cancellation_key") is not None:
        told.append(f"cancellation key {source['cancellation_key']}")
    return ", ".join(told)


def _fate(message: JsonObject) -> MessageFate:
    status, identifier = str(message.get("status")), str(message.get("id"))
    channel, source = as_object(message.get("channel")), as_object(message.get("source"))
    ref, type_ = source.get("step_ref"), channel.get("type")
    return MessageFate(
        id=identifier,
        step_ref=as_text(ref),
        channel_type=as_text(type_),
        status=status,
        text=f"the message is {status}{_because(message, status)}",
    )


def _because(message: JsonObject, status: str) -> str:
    """Return why a message has its status, from the events that say so."""
    events = [(str(event.get("type")).removeprefix("message."), event) for event in _objects(message.get("events"))]
    attempts = sum(type_ == "delivery_attempted" for type_, _ in events)
    tries = f" after {attempts} failed attempt{'' if attempts == 1 else 's'}" if attempts else ""
    if status == "queued" and message.get("scheduled_at") is not None:
        return f" until its send window opens at {message['scheduled_at']}"
    if status == "not_sent":
        return ": it is in the sandbox"
    data = next((as_object(event.get("data")) for type_, event in events if type_ == status), {})
    told = [str(one) for one in (data.get("failure_reason"), data.get("failure_details")) if one is not None]
    return tries + (f": {', '.join(told)}" if told else "")


def _number(value: Json, default: int) -> int:
    return value if isinstance(value, int) else default


def _objects(value: Json) -> list[JsonObject]:
    return [as_object(one) for one in as_list(value)]

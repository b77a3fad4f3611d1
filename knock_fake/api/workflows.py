"""``/v1/workflows/{key}``: trigger and cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.identification import (
    Identification,
    check_identification,
    identify,
    read_identification,
    read_tenant,
)
from knock_fake.errors import actor_missing, invalid_params, workflow_inactive, workflow_missing
from knock_fake.gateway.operations import Resource
from knock_fake.gateway.validation import data_errors
from knock_fake.state.references import read_reference
from knock_fake.state.runs import RunSettings, TriggerSource
from knock_fake.workflows.definition import is_workflow_key
from knock_fake.workflows.engine import Trigger
from knock_fake.workflows.registry import in_app_stand_in

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.definition import WorkflowDefinition

workflows = Resource("workflows")


@workflows.operation(
    "trigger",
    "POST",
    "/v1/workflows/{key}/trigger",
    tier=5,
    idempotent=True,
    body="workflows/trigger_request",
    response="workflows/trigger_response",
)
def trigger_workflow(request: Request) -> Json:
    """Trigger a workflow: identify who is inline, then start one run for each distinct recipient."""
    core, body, key = request.core, request.body, request.params["key"]
    _require_workflow(core, key)
    _check_data(core.workflows.get(key), body.get("data"))
    named = body["recipients"]
    recipients = [
        read_identification(one, f"recipients.{index}")
        for index, one in enumerate(named if isinstance(named, list) else [])
    ]
    actor = read_identification(body["actor"], "actor") if body.get("actor") is not None else None
    tenant = read_tenant(body.get("tenant"))
    _check_people(core, recipients, actor, tenant)
    definition = core.workflows.get(key) or core.workflows.add(key, in_app_stand_in(key))
    for one in (*recipients, actor, tenant):
        if one is not None and one.is_inline:
            identify(core, one)
    sequence = core.identifiers.next_sequence()
    trigger = Trigger(
        workflow_run_id=core.identifiers.uuid(sequence),
        actor=actor.reference if actor is not None else None,
        tenant=tenant.reference.id if tenant is not None else None,
        source=TriggerSource("api", _text(body.get("cancellation_key"))),
        settings=_settings(body.get("settings")),
    )
    data = body.get("data")
    _begin_runs(core, definition, trigger, recipients, data if isinstance(data, dict) else {})
    return {"workflow_run_id": trigger.workflow_run_id}


@workflows.operation(
    "cancel", "POST", "/v1/workflows/{key}/cancel", tier=5, status=204, body="workflows/cancel_request"
)
def cancel_workflow(request: Request) -> Json:
    """Cancel what waits under a cancellation key; nothing waiting is fine, an unknown workflow is not."""
    core, body, key = request.core, request.body, request.params["key"]
    _require_workflow(core, key, must_be_active=False)
    named = body.get("recipients")
    recipients = [read_reference(one) for one in named] if isinstance(named, list) else None
    core.engine.cancel(key, str(body["cancellation_key"]), recipients)
    return None


def _require_workflow(core: Core, key: str, *, must_be_active: bool = True) -> None:
    """Refuse a workflow that nobody added (unless the world makes one up for it), and one that is switched off."""
    if key not in core.workflows:
        if core.accept_unknown_workflows and is_workflow_key(key):
            return
        raise workflow_missing(key, f"there is no workflow {key!r}: {core.workflows.suggest(key)}")
    if must_be_active and not core.workflows.is_active(key):
        raise workflow_inactive(key)


def _check_data(definition: WorkflowDefinition | None, data: Json) -> None:
    if definition is None or definition.trigger_data_json_schema is None:
        return
    errors = data_errors(definition.trigger_data_json_schema, {} if data is None else data)
    if errors:
        raise invalid_params(*errors)


def _check_people(
    core: Core, recipients: list[Identification], actor: Identification | None, tenant: Identification | None
) -> None:
    for one in (*recipients, actor, tenant):
        if one is not None and one.is_inline:
            check_identification(core, one)
    if actor is None or actor.is_inline:
        return
    known_by_now = {one.reference for one in recipients if one.is_inline}
    if actor.reference not in known_by_now and core.state.recipients.get(actor.reference) is None:
        raise actor_missing(str(actor.reference))


def _begin_runs(
    core: Core,
    definition: WorkflowDefinition,
    trigger: Trigger,
    recipients: list[Identification],
    data: JsonObject,
) -> None:
    """Start a run for each distinct recipient; of one listed twice the first entry counts."""
    begun = set()
    for one in recipients:
        if one.reference not in begun:
            begun.add(one.reference)
            own = {**data, **one.trigger_data} if one.trigger_data else data
            core.engine.begin(definition, trigger, one.reference, own)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _settings(value: Json) -> RunSettings:
    if not isinstance(value, dict):
        return RunSettings()
    return RunSettings(sandbox_mode=value.get("sandbox_mode") is True, skip_delay=value.get("skip_delay") is True)

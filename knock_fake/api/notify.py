"""``/v1/notify``: the forerunners of trigger and cancel, for clients that name the workflow in the body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.gateway.operations import Resource
from knock_fake.json_types import as_list, as_text
from knock_fake.state.references import read_reference
from knock_fake.state.runs import TriggerSource
from knock_fake.workflows.identification import Identification
from knock_fake.workflows.triggering import People, require_workflow, start_workflow

if TYPE_CHECKING:
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject

notify = Resource("notify")


@notify.operation(
    "trigger",
    "POST",
    "/v1/notify",
    reference="current",
    tier=3,
    body="notify/trigger_request",
    response="notify/trigger_response",
)
def trigger(request: Request) -> Json:
    """Trigger a workflow for recipients that are only referred to, never identified.

    ``result_id`` is what trigger calls ``workflow_run_id`` (our choice).
    """
    body = request.body
    recipients = [_refer(one, f"recipients.{index}") for index, one in enumerate(as_list(body["recipients"]))]
    people = People(recipients, _refer(body["actor"], "actor"))
    source = TriggerSource("api", _cancellation_key(body))
    return {"result_id": start_workflow(request.core.services, str(body["name"]), people, body.get("data"), source)}


@notify.operation(
    "cancel", "POST", "/v1/notify/cancel", reference="current", tier=3, status=204, body="notify/cancel_request"
)
def cancel(request: Request) -> Json:
    """Cancel what waits under a cancellation key; nothing waiting is fine, an unknown workflow is not."""
    core, body, key = request.core, request.body, str(request.body["name"])
    require_workflow(core.workflows, key, must_be_active=False)
    named = body.get("recipients")
    recipients = [read_reference(one) for one in named] if isinstance(named, list) else None
    core.engine.cancel(key, _cancellation_key(body) or "", recipients)
    return None


def _refer(value: Json, field: str) -> Identification:
    return Identification(read_reference(value), field, is_inline=False, properties={})


def _cancellation_key(body: JsonObject) -> str | None:
    """Return the key in either spelling: the first SDKs wrote it with one ``l``."""
    return as_text(body.get("cancellation_key") or body.get("cancelation_key"))

"""``/v1/workflows/{key}``: trigger and cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.gateway.operations import Resource
from knock_fake.state.references import read_reference
from knock_fake.state.runs import DEFAULT_SETTINGS, RunSettings, TriggerSource
from knock_fake.workflows.trigger_bodies import cancellation_key_of, people_of
from knock_fake.workflows.triggering import require_workflow, start_workflow

if TYPE_CHECKING:
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json

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
    source, settings = TriggerSource("api", cancellation_key_of(body)), _settings(body.get("settings"))
    run_id = start_workflow(core.services, key, people_of(body), body.get("data"), source, settings)
    return {"workflow_run_id": run_id}


@workflows.operation(
    "cancel", "POST", "/v1/workflows/{key}/cancel", tier=5, status=204, body="workflows/cancel_request"
)
def cancel_workflow(request: Request) -> Json:
    """Cancel what waits under a cancellation key; nothing waiting is fine, an unknown workflow is not."""
    core, body, key = request.core, request.body, request.params["key"]
    require_workflow(core.workflows, key, must_be_active=False)
    named = body.get("recipients")
    recipients = [read_reference(one) for one in named] if isinstance(named, list) else None
    core.engine.cancel(key, str(body["cancellation_key"]), recipients)
    return None


def _settings(value: Json) -> RunSettings:
    if not isinstance(value, dict):
        return DEFAULT_SETTINGS
    return RunSettings(sandbox_mode=value.get("sandbox_mode") is True, skip_delay=value.get("skip_delay") is True)

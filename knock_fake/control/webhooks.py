"""``/_fake/webhooks``: the endpoints that are told of events. ``/_fake/ask`` tells what was sent to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.control.operations import ControlResource
from knock_fake.errors import UnknownNameError

if TYPE_CHECKING:
    from knock_fake.control.operations import ControlRequest
    from knock_fake.json_types import Json
    from knock_fake.webhooks.webhook import Webhook

webhooks = ControlResource("webhooks")


@webhooks.operation("add", "POST", "/webhooks", status=201, body="webhook_request", response="webhook")
def add(request: ControlRequest) -> Json:
    """Let an endpoint be told of what happens from now on."""
    return request.world.webhooks.add_json(request.body).to_json()


@webhooks.operation("list", "GET", "/webhooks", response="webhooks")
def list_webhooks(request: ControlRequest) -> Json:
    """Return every endpoint, oldest first."""
    return {"webhooks": [one.to_json() for one in request.world.webhooks]}


@webhooks.operation("get", "GET", "/webhooks/{id}", response="webhook")
def get(request: ControlRequest) -> Json:
    """Return one endpoint."""
    return _named(request).to_json()


@webhooks.operation("remove", "DELETE", "/webhooks/{id}", status=204)
def remove(request: ControlRequest) -> Json:
    """Take an endpoint away; nothing is sent to it any more."""
    _named(request).remove()
    return None


@webhooks.operation("clear", "DELETE", "/webhooks", status=204)
def clear(request: ControlRequest) -> Json:
    """Take every endpoint away."""
    request.world.webhooks.clear()
    return None


@webhooks.operation("enable", "POST", "/webhooks/{id}/enable", status=204)
def enable(request: ControlRequest) -> Json:
    """Switch an endpoint on."""
    _named(request).enable()
    return None


@webhooks.operation("disable", "POST", "/webhooks/{id}/disable", status=204)
def disable(request: ControlRequest) -> Json:
    """Switch an endpoint off: it is told of nothing that happens, and what is due is discarded."""
    _named(request).disable()
    return None


def _named(request: ControlRequest) -> Webhook:
    endpoint_id = request.params["id"]
    found = next((one for one in request.world.webhooks if one.id == endpoint_id), None)
    if found is None:
        raise UnknownNameError(f"there is no endpoint with the id {endpoint_id!r}: GET /_fake/webhooks lists them")
    return found

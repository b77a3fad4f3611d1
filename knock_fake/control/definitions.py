"""``/_fake/workflows/{key}`` and the like: configure the world's environment."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from knock_fake.api.shown_messages import show_channel
from knock_fake.control.operations import ControlResource
from knock_fake.scenarios.environment import DEFINITIONS, define_channel, set_account, set_branding, set_variable

if TYPE_CHECKING:
    from knock_fake.control.operations import ControlRequest
    from knock_fake.json_types import Json

definitions = ControlResource("definitions")


def define(kind: str, request: ControlRequest) -> Json:
    """Commit a definition, or a new version of one that exists; the body is its JSON, as the command line pulls it."""
    DEFINITIONS[kind](request.world.core, request.params["key"], request.body)
    return None


for _kind in DEFINITIONS:
    definitions.operation(
        f"put_{_kind}", "PUT", f"/{_kind.replace('_', '-')}/{{key}}", status=204, body="definition_request"
    )(partial(define, _kind))


@definitions.operation("list_workflows", "GET", "/workflows", response="workflows")
def list_workflows(request: ControlRequest) -> Json:
    """Return every workflow: its key, name, steps, and whether it is switched on."""
    registry = request.world.workflows
    found = [definition for key in registry.keys() if (definition := registry.get(key)) is not None]  # noqa: SIM118
    return {
        "workflows": [
            {
                "key": one.key,
                "name": one.name,
                "version_id": one.version_id,
                "active": registry.is_active(one.key),
                "steps": [{"ref": step.ref, "type": step.type} for step in one.steps],
            }
            for one in found
        ]
    }


@definitions.operation("activate", "POST", "/workflows/{key}/activate", status=204)
def activate(request: ControlRequest) -> Json:
    """Switch a workflow on."""
    request.world.workflows.activate(request.params["key"])
    return None


@definitions.operation("deactivate", "POST", "/workflows/{key}/deactivate", status=204)
def deactivate(request: ControlRequest) -> Json:
    """Switch a workflow off: triggers are refused, running runs end before their next step."""
    request.world.workflows.deactivate(request.params["key"])
    return None


@definitions.operation("archive", "POST", "/workflows/{key}/archive", status=204)
def archive(request: ControlRequest) -> Json:
    """Remove a workflow for good: nothing can trigger it, running runs end when they resume."""
    request.world.workflows.archive(request.params["key"])
    return None


@definitions.operation("list_channels", "GET", "/channels", response="channels")
def list_channels(request: ControlRequest) -> Json:
    """Return every channel."""
    return {"channels": [show_channel(channel) for channel in request.world.core.state.channels]}


@definitions.operation("put_channel", "PUT", "/channels/{key}", status=204, body="channel_request")
def put_channel(request: ControlRequest) -> Json:
    """Configure one more channel."""
    define_channel(request.world.core, request.params["key"], request.body)
    return None


@definitions.operation("put_variable", "PUT", "/variables/{key}", status=204, body="variable_request")
def put_variable(request: ControlRequest) -> Json:
    """Set an environment variable, a public one unless told otherwise."""
    is_public = request.body.get("public", True) is True
    set_variable(request.world.core, request.params["key"], request.body["value"], public=is_public)
    return None


@definitions.operation("put_branding", "PUT", "/branding", status=204, body="branding_request")
def put_branding(request: ControlRequest) -> Json:
    """Set properties of the account's branding; null takes one away."""
    set_branding(request.world.core, request.body)
    return None


@definitions.operation("put_account", "PUT", "/account", status=204, body="account_request")
def put_account(request: ControlRequest) -> Json:
    """Set locale and time zone of recipients who have none."""
    set_account(request.world.core, request.body)
    return None


@definitions.operation("put_preferences", "PUT", "/preferences", status=204, body="preferences_request")
def put_preferences(request: ControlRequest) -> Json:
    """Give the environment a default preference set; null takes it away."""
    preferences = request.body["preferences"]
    request.world.preferences.set_default(preferences if isinstance(preferences, dict) else None)
    return None

"""``/v1/users/{user_id}/preference_center``: what the hosted page shows, and the signed address of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.gateway.operations import Resource
from knock_fake.json_types import as_object, as_text
from knock_fake.state.references import user
from knock_fake.workflows.links import preference_center_url, sign

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject

preference_center = Resource("users.preference_center")

_MARKS = ("logo_url", "icon_url", "primary_color", "primary_color_contrast")


@preference_center.operation(
    "get_config",
    "GET",
    "/v1/users/{user_id}/preference_center/config",
    reference="current",
    tier=4,
    public_key="documented",
    ability="preferences/read",
    response="preference_center/config_response",
)
def get_config(request: Request) -> Json:
    """Return what the page shows to a user; one whom nobody identified shows with the id (our choice)."""
    core, user_id = request.core, request.params["user_id"]
    settings = core.state.preference_center.settings
    found = core.state.recipients.get(user(user_id))
    rows = _rows_from_workflows(core) if settings.rows is None else settings.rows
    return {
        "enabled": settings.enabled,
        "config": {
            "title": settings.title,
            "body": settings.body,
            "show_account_name": settings.show_account_name,
            "rows": [*rows],
        },
        "branding": _branding(core),
        "account_name": settings.account_name,
        "user_email": (found.text("email") if found is not None else None) or user_id,
        "knock_branding_required": settings.knock_branding_required,
    }


@preference_center.operation(
    "generate_signed_url",
    "POST",
    "/v1/users/{user_id}/preference_center/signed_url",
    reference="current",
    tier=3,
    response="preference_center/signed_url_response",
)
def generate_signed_url(request: Request) -> Json:
    """Return the address of a user's page, with a token that never expires (Knock's API reference).

    Undocumented by Knock, our choices: the token's claims are ``sub``, ``env`` and ``iat`` on the world's clock, and
    the user need not have been identified.
    """
    core = request.core
    claims = {"sub": request.params["user_id"], "env": core.environment_id, "iat": int(core.clock.now.timestamp())}
    token = sign(claims)
    return {"url": preference_center_url(token), "token": token}


def _rows_from_workflows(core: Core) -> list[Json]:
    """Return the rows of a center that nobody configured (our choice).

    A row for each category of the workflows, one for each workflow without any, and one for commercial messages if
    there can be some. Workflows that preferences cannot touch have no row.
    """
    found = [core.workflows.get(key) for key in core.workflows.keys() if core.workflows.is_active(key)]  # noqa: SIM118
    asking = [workflow for workflow in found if workflow is not None and not workflow.override_preferences]
    categories = dict.fromkeys(category for workflow in asking for category in workflow.categories)
    rows = [_row("category", _spoken(category), category) for category in categories]
    rows.extend(_row("workflow", workflow.name, workflow.key) for workflow in asking if not workflow.categories)
    if any(workflow.is_commercial for workflow in asking):
        rows.append({"type": "commercial_subscribed", "name": "Commercial messages", "identifier": None})
    return [*rows]


def _row(type_: str, name: str, identifier: str) -> JsonObject:
    return {"type": type_, "name": name, "identifier": identifier, "channel_types": []}


def _spoken(slug: str) -> str:
    """Return a slug as a label: ``new-comments`` is ``New comments``."""
    words = slug.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:] or slug


def _branding(core: Core) -> JsonObject:
    """Return the configured branding over the account's, and that of the public variable ``branding`` beneath both."""
    configured = core.state.preference_center.settings.branding
    public = core.state.variables.public().get("branding")
    variables = {**as_object(public), **core.state.branding.get()}
    dark = configured.get("dark")
    return {
        **_marks(configured, variables, ""),
        "dark": _marks(as_object(dark), variables, "dark_"),
    }


def _marks(configured: JsonObject, variables: JsonObject, prefix: str) -> JsonObject:
    return {name: configured.get(name) or as_text(variables.get(prefix + name)) for name in _MARKS}

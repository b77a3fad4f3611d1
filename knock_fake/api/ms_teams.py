"""``/v1/providers/ms-teams``: whether a stored tenant can be asked, its teams and channels, and forgetting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.graph_queries import filter_matcher, select_fields
from knock_fake.api.provider_objects import (
    Holder,
    query_options,
    read_provider_page,
    require_holder,
    revoke,
)
from knock_fake.errors import invalid_field, provider_unauthorized, resource_missing
from knock_fake.gateway.operations import Resource
from knock_fake.gateway.pagination import take_page

if TYPE_CHECKING:
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.ms_teams import Team, TeamsChannel

ms_teams = Resource("providers.ms_teams")

DEFAULT_TOP = 100
MAX_TOP = 999
"""Teams on a page: by Microsoft's API, and at most by it."""


@ms_teams.operation(
    "check_auth",
    "GET",
    "/v1/providers/ms-teams/{channel_id}/auth_check",
    reference="current",
    tier=2,
    public_key="grant",
    ability="ms_teams/channels_read",
    query="providers/ms_teams_query",
    body="providers/ms_teams_body",
    response="providers/ms_teams_connection",
)
def check_teams_auth(request: Request) -> Json:
    """Return whether the stored tenant can be asked; one that cannot, or an object nobody set, is an answer too."""
    state = request.core.state
    holder = require_holder(request, "chat_ms_teams", "ms_teams_tenant_object")
    if not holder.data and state.recipients.get(holder.reference) is None:
        return {"connection": {"ok": False, "reason": "object_not_found", "ms_teams_tenant_id": None}}
    tenant = _tenant_of(holder)
    refusal = state.providers.ms_teams.refusal(tenant)
    if refusal is None:
        return {"connection": {"ok": True, "ms_teams_tenant_id": tenant}}
    return {"connection": {"ok": False, "reason": refusal, "ms_teams_tenant_id": tenant}}


@ms_teams.operation(
    "list_teams",
    "GET",
    "/v1/providers/ms-teams/{channel_id}/teams",
    reference="current",
    tier=2,
    public_key="grant",
    ability="ms_teams/channels_read",
    query="providers/ms_teams_teams_query",
    body="providers/ms_teams_teams_body",
    response="providers/ms_teams_teams",
)
def list_teams(request: Request) -> Json:
    """Return a page of the organization's teams, in the order in which the test added them."""
    _require_access(request)
    options = query_options(request)
    matches, select = filter_matcher(options), select_fields(options)
    page = take_page(
        [request.core.state.providers.ms_teams.teams],
        read_provider_page(options, "$skiptoken", "$top", default=DEFAULT_TOP, maximum=MAX_TOP),
        descending=False,
        keep=lambda team: matches(_show_team(team)),
    )
    return {"ms_teams_teams": [select(_show_team(team)) for team in page.items], "skip_token": page.after}


@ms_teams.operation(
    "list_channels",
    "GET",
    "/v1/providers/ms-teams/{channel_id}/channels",
    reference="current",
    tier=2,
    public_key="grant",
    ability="ms_teams/channels_read",
    query="providers/ms_teams_channels_query",
    body="providers/ms_teams_channels_body",
    response="providers/ms_teams_channels",
)
def list_team_channels(request: Request) -> Json:
    """Return all channels of a team; 404 for an unknown team (our choice)."""
    _require_access(request)
    team_id = request.query.get("team_id") or request.body.get("team_id")
    if not isinstance(team_id, str):
        raise invalid_field("team_id", "is required", "required")
    team = request.core.state.providers.ms_teams.team(team_id)
    if team is None:
        raise resource_missing("team", team_id)
    options = query_options(request)
    matches, select = filter_matcher(options), select_fields(options)
    shown = [_show_channel(channel) for channel in team.channels]
    return {"ms_teams_channels": [select(channel) for channel in shown if matches(channel)]}


@ms_teams.operation(
    "revoke_access",
    "PUT",
    "/v1/providers/ms-teams/{channel_id}/revoke_access",
    reference="current",
    tier=2,
    public_key="grant",
    ability="ms_teams/channels_read",
    query="providers/ms_teams_query",
    body="providers/ms_teams_body",
    response="providers/revoked",
)
def revoke_teams_access(request: Request) -> Json:
    """Forget the stored tenant; what else the channel data holds stays. Microsoft itself is not told (our choice)."""
    holder = require_holder(request, "chat_ms_teams", "ms_teams_tenant_object")
    _tenant_of(holder)
    return revoke(request, holder, ms_teams_tenant_id=None)


def _tenant_of(holder: Holder) -> str:
    """Return the id of the Microsoft tenant that an object holds.

    Raises:
        ApiError: 403 ``authorization`` when there is none; React reads its very message.
    """
    tenant = holder.data.get("ms_teams_tenant_id")
    if not isinstance(tenant, str) or not tenant:
        lacks = f"no channel data {{'ms_teams_tenant_id': ...}} for channel {holder.channel_id}"
        raise provider_unauthorized("Microsoft Teams tenant ID not set.", f"{holder.reference} has {lacks}")
    return tenant


def _require_access(request: Request) -> None:
    """Refuse to list what a tenant holds that cannot be asked.

    Raises:
        ApiError: 403 ``authorization`` (our choice).
    """
    tenant = _tenant_of(require_holder(request, "chat_ms_teams", "ms_teams_tenant_object"))
    refusal = request.core.state.providers.ms_teams.refusal(tenant)
    if refusal is not None:
        raise provider_unauthorized(
            f"Microsoft Teams refused access: {refusal}.",
            f"the tenant was revoked, or is none of those that providers.ms_teams knows ({refusal})",
        )


def _show_team(team: Team) -> JsonObject:
    return {"id": team.id, "displayName": team.name, "description": team.description}


def _show_channel(channel: TeamsChannel) -> JsonObject:
    return {
        "id": channel.id,
        "displayName": channel.name,
        "description": channel.description,
        "membershipType": channel.membership_type,
        "isArchived": channel.is_archived,
        "createdDateTime": channel.created_at,
    }

"""``/v1/providers/slack``: whether a stored access token works, the workspace's channels, and forgetting the token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.provider_objects import (
    Holder,
    query_options,
    read_provider_page,
    require_holder,
    revoke,
)
from knock_fake.errors import invalid_field, provider_unauthorized
from knock_fake.gateway.operations import Resource
from knock_fake.gateway.pagination import take_page
from knock_fake.state.slack import DEFAULT_TEAM_ID, SLACK_CHANNEL_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.slack import SlackChannel

slack = Resource("providers.slack")

DEFAULT_LIMIT = 200
MAX_LIMIT = 1000
"""Channels on a page: by Knock's API reference, and at most by Slack's."""

DEFAULT_TYPES = "public_channel,private_channel"

_IDENTITY: JsonObject = {
    "url": "https://knock-fake.slack.com/",
    "team": "Knock Fake",
    "team_id": DEFAULT_TEAM_ID,
    "user": "knock",
    "user_id": "U0000000001",
}


@slack.operation(
    "check_auth",
    "GET",
    "/v1/providers/slack/{channel_id}/auth_check",
    tier=3,
    public_key="grant",
    ability="slack/channels_read",
    query="providers/slack_query",
    body="providers/slack_body",
    response="providers/slack_connection",
)
def check_slack_auth(request: Request) -> Json:
    """Return whether Slack takes the stored token; a token that it refuses is an answer too, not an error.

    Older answers mirror Slack's own, with ``error`` and whose token it is, current ones have ``reason``: here is both.
    """
    workspace = request.core.state.providers.slack
    _, token = _require_token(request)
    refusal = workspace.refusal(token)
    if refusal is None:
        return {"connection": {"ok": True, **_IDENTITY}}
    return {"connection": {"ok": False, "reason": refusal, "error": refusal}}


@slack.operation(
    "list_channels",
    "GET",
    "/v1/providers/slack/{channel_id}/channels",
    tier=3,
    public_key="grant",
    ability="slack/channels_read",
    query="providers/slack_channels_query",
    body="providers/slack_channels_body",
    response="providers/slack_channels",
)
def list_slack_channels(request: Request) -> Json:
    """Return a page of the workspace's channels, in the order in which the test added them."""
    workspace = request.core.state.providers.slack
    _, token = _require_token(request)
    refusal = workspace.refusal(token)
    if refusal is not None:
        raise provider_unauthorized(
            f"Slack refused the access token: {refusal}.",
            f"the token was revoked, or is none of those that providers.slack knows ({refusal})",
        )
    options = query_options(request)
    page = take_page(
        [workspace.channels],
        read_provider_page(options, "cursor", "limit", default=DEFAULT_LIMIT, maximum=MAX_LIMIT),
        descending=False,
        keep=_wanted(options),
    )
    return {"slack_channels": [_show(channel) for channel in page.items], "next_cursor": page.after}


@slack.operation(
    "revoke_access",
    "PUT",
    "/v1/providers/slack/{channel_id}/revoke_access",
    reference="current",
    tier=2,
    public_key="grant",
    ability="slack/channels_read",
    query="providers/slack_query",
    body="providers/slack_body",
    response="providers/revoked",
)
def revoke_slack_access(request: Request) -> Json:
    """Forget the stored token; what else the channel data holds stays. Slack itself is not told (our choice)."""
    holder, _ = _require_token(request)
    return revoke(request, holder, token={"access_token": None})


slack.operation(
    "revoke_access_get",
    "GET",
    "/v1/providers/slack/{channel_id}/revoke_access",
    reference="older",
    tier=3,
    public_key="grant",
    ability="slack/channels_read",
    query="providers/slack_query",
    body="providers/slack_body",
    response="providers/revoked",
)(revoke_slack_access)


def _require_token(request: Request) -> tuple[Holder, str]:
    """Return the object that the call names and the access token that it holds.

    Raises:
        ApiError: 403 ``authorization`` when there is none; React reads its very message.
    """
    holder = require_holder(request, "chat_slack", "access_token_object")
    stored = holder.data.get("token")
    token = stored.get("access_token") if isinstance(stored, dict) else None
    if not isinstance(token, str) or not token:
        lacks = f"no channel data {{'token': {{'access_token': ...}}}} for channel {holder.channel_id}"
        raise provider_unauthorized("Access token not set.", f"{holder.reference} has {lacks}")
    return holder, token


def _wanted(options: JsonObject) -> Callable[[SlackChannel], bool]:
    types = _types(options.get("types"))
    leaves_archived = options.get("exclude_archived") is not False
    team = options.get("team_id")

    def keep(channel: SlackChannel) -> bool:
        hidden = leaves_archived and channel.is_archived
        return not hidden and channel.type in types and team in (None, channel.team_id)

    return keep


def _types(text: Json) -> list[str]:
    types = [one.strip() for one in (text if isinstance(text, str) and text else DEFAULT_TYPES).split(",")]
    for one in types:
        if one not in SLACK_CHANNEL_TYPES:
            known = ", ".join(SLACK_CHANNEL_TYPES)
            raise invalid_field("query_options.types", f"names {one!r}, which is none of {known}", "enum")
    return types


def _show(channel: SlackChannel) -> JsonObject:
    return {
        "id": channel.id,
        "name": channel.name,
        "is_private": channel.type in ("private_channel", "mpim"),
        "is_im": channel.type == "im",
        "context_team_id": channel.team_id,
    }

"""The connections that a chat message goes to, with the credentials that belong to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

_SLACK, _MS_TEAMS = "chat_slack", "chat_ms_teams"
_TARGETS = ("channel_id", "user_id", "incoming_webhook")


def find_connections(
    provider: str, data: JsonObject, tenant_data: JsonObject, *, override: str | None, user_id: str | None
) -> list[JsonObject] | str:
    """Return the connections of a recipient, each with its credentials, or why the one of the step cannot be used.

    Args:
        provider: the channel's provider, such as ``chat_slack``.
        data: the recipient's channel data.
        tenant_data: that of the run's tenant; its Slack token wins over the recipient's (Knock's docs on Slack).
        override: the rendered connection of the step, in place of the recipient's own.
        user_id: whom Slack knows by the recipient's email address; for connections that name nobody, and in place of
            connections when there are none.
    """
    if override is not None:
        connection = _read_connection(override)
        if connection is None:
            return f"the connection of the step rendered to {override!r}, which is no JSON object with a connection"
        return [_with_credentials(provider, connection, data, tenant_data)]
    given = data.get("connections")
    connections = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    if provider == _SLACK and user_id is not None:
        connections = [one if _names_target(one) else {**one, "user_id": user_id} for one in connections or [{}]]
    return [_with_credentials(provider, one, data, tenant_data) for one in connections]


def _read_connection(text: str) -> JsonObject | None:
    try:
        value: Json = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) and value else None


def _names_target(connection: JsonObject) -> bool:
    return any(connection.get(key) is not None for key in _TARGETS)


def _with_credentials(provider: str, connection: JsonObject, data: JsonObject, tenant_data: JsonObject) -> JsonObject:
    if connection.get("incoming_webhook") is not None:
        return connection
    if provider == _SLACK:
        token = _token(tenant_data) or connection.get("access_token") or _token(data)
        return connection if token is None else {**connection, "access_token": token}
    if provider == _MS_TEAMS and connection.get("ms_teams_tenant_id") is None:
        organization = tenant_data.get("ms_teams_tenant_id") or data.get("ms_teams_tenant_id")
        return connection if organization is None else {**connection, "ms_teams_tenant_id": organization}
    return connection


def _token(data: JsonObject) -> Json:
    token = data.get("token")
    return token.get("access_token") if isinstance(token, dict) else None

"""Where a message of a channel can go: what the recipient must have, and what of it the content shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.channels import Channel
    from knock_fake.state.recipients import Recipient

DEFAULT_SENDER = "notifications@example.com"
"""The ``from`` of email channels that have no ``from_address`` setting."""

_PUSH_KEYS = (("devices", "token"), ("devices", "target_arn"), ("tokens", ""), ("target_arns", ""), ("player_ids", ""))


@dataclass(frozen=True, slots=True)
class Address:
    """One place a message goes to: what it adds to the content, and the snapshot that the message keeps."""

    content: JsonObject
    snapshot: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A recipient lacks what the channel needs; ``needs`` says what, in the user's terms."""

    needs: str


def find_addresses(
    channel: Channel, recipient: Recipient, channel_data: Mapping[str, JsonObject], overrides: Mapping[str, str]
) -> list[Address] | Unreachable:
    """Return every address of a recipient on a channel, or what is missing.

    Args:
        channel: the channel of the step.
        recipient: who is to be reached.
        channel_data: the recipient's channel data by channel id.
        overrides: rendered overrides of the step, such as ``to_address`` of email and ``to`` of SMS.
    """
    return _FINDERS[channel.type](channel, recipient, channel_data.get(channel.id, {}), overrides)


def _email(
    channel: Channel, recipient: Recipient, _data: JsonObject, overrides: Mapping[str, str]
) -> list[Address] | Unreachable:
    to = overrides.get("to_address") or recipient.text("email")
    if to is None:
        return Unreachable("recipient.email")
    settings = channel.settings
    name = overrides.get("from_name") or settings.get("from_name")
    sender = overrides.get("from_address") or settings.get("from_address") or DEFAULT_SENDER
    content: JsonObject = {
        "to": to,
        "from": f"{name} <{sender}>" if name else sender,
        "cc": overrides.get("cc_address") or settings.get("cc_address") or None,
        "bcc": overrides.get("bcc_address") or settings.get("bcc_address") or None,
        "reply_to": overrides.get("reply_to_address") or settings.get("reply_to_address") or None,
    }
    return [Address(content, {"email": to, "name": recipient.text("name")})]


def _sms(
    _channel: Channel, recipient: Recipient, _data: JsonObject, overrides: Mapping[str, str]
) -> list[Address] | Unreachable:
    to = overrides.get("to") or recipient.text("phone_number")
    return Unreachable("recipient.phone_number") if to is None else [Address({"to": to})]


def _push(
    channel: Channel, _recipient: Recipient, data: JsonObject, _overrides: Mapping[str, str]
) -> list[Address] | Unreachable:
    tokens = [token for key, field in _PUSH_KEYS for token in _tokens(data.get(key), field)]
    if not tokens:
        return Unreachable(f"channel data with tokens or devices for channel {channel.id}")
    return [Address({"token": token}) for token in dict.fromkeys(tokens)]


def _tokens(value: Json, field: str) -> list[str]:
    items = value if isinstance(value, list) else []
    found = [item.get(field) if isinstance(item, dict) else item for item in items]
    return [token for token in found if isinstance(token, str) and token]


def _chat(
    channel: Channel, _recipient: Recipient, data: JsonObject, _overrides: Mapping[str, str]
) -> list[Address] | Unreachable:
    given = data.get("connections")
    connections = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    if not connections:
        return Unreachable(f"channel data with connections for channel {channel.id}")
    return [_connection(one) for one in connections]


def _connection(connection: JsonObject) -> Address:
    snapshot: JsonObject = {
        "channel_id": connection.get("channel_id") or connection.get("ms_teams_channel_id"),
        "user_id": connection.get("user_id") or connection.get("ms_teams_user_id"),
        "via_incoming_webhook": "incoming_webhook" in connection,
    }
    return Address({"connection": connection}, snapshot)


def _in_app_feed(
    _channel: Channel, recipient: Recipient, _data: JsonObject, _overrides: Mapping[str, str]
) -> list[Address] | Unreachable:
    if not recipient.reference.is_user:
        return Unreachable("a user: objects have no in-app feed")
    return [Address({})]


def _http(
    _channel: Channel, _recipient: Recipient, _data: JsonObject, _overrides: Mapping[str, str]
) -> list[Address] | Unreachable:
    return [Address({})]


_FINDERS: Mapping[str, Callable[[Channel, Recipient, JsonObject, Mapping[str, str]], list[Address] | Unreachable]] = {
    "email": _email,
    "sms": _sms,
    "push": _push,
    "chat": _chat,
    "in_app_feed": _in_app_feed,
    "http": _http,
}

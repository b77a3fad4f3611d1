"""Where a message of a channel can go: what the recipient must have, and what of it the content shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from knock_fake.json_types import as_list
from knock_fake.state.channel_settings import EXTERNAL_ID
from knock_fake.workflows.chat_connections import find_connections

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.channels import Channel
    from knock_fake.state.recipients import Recipient
    from knock_fake.state.slack import SlackWorkspace

DEFAULT_SENDER = "notifications@example.com"
"""The ``from`` of email channels that have no ``from_address`` setting."""

_PUSH_KEYS = (("devices", "token"), ("devices", "target_arn"), ("tokens", ""), ("target_arns", ""), ("player_ids", ""))


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is known when somebody's addresses on a channel are looked for.

    Attributes:
        channel: the channel of the step.
        recipient: who is to be reached.
        data: the recipient's channel data for the channel.
        settings: the texts of the channel's settings, rendered.
        overrides: those of the step, rendered, such as ``to_address`` of email and ``to`` of SMS.
        tenant_data: what the run's tenant has for the channel: chat credentials.
        slack: the workspace in which users are found by their email address; ``None`` where none is asked.
    """

    channel: Channel
    recipient: Recipient
    data: JsonObject
    settings: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, str] = field(default_factory=dict)
    tenant_data: JsonObject = field(default_factory=dict)
    slack: SlackWorkspace | None = None

    def text(self, name: str) -> str | None:
        """Return an override of the step, or else a setting of the channel; one that is empty counts for nothing."""
        return self.overrides.get(name) or self.settings.get(name) or None


@dataclass(frozen=True, slots=True)
class Address:
    """One place a message goes to.

    ``content`` is what it adds to the content, ``snapshot`` what the message keeps of it. ``zone`` and ``locale`` are
    those of a device. ``problem`` says why a message that is made all the same cannot be delivered there.
    """

    content: JsonObject
    snapshot: JsonObject | None = None
    zone: str | None = None
    locale: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A recipient lacks what the channel needs; ``needs`` says what, in the user's terms."""

    needs: str


def find_addresses(inquiry: Inquiry) -> list[Address] | Unreachable:
    """Return every address of a recipient on a channel, or what is missing."""
    return _FINDERS[inquiry.channel.type](inquiry)


def _email(inquiry: Inquiry) -> list[Address] | Unreachable:
    to = inquiry.text("to_address") or inquiry.recipient.text("email")
    if to is None:
        return Unreachable("recipient.email")
    name, sender = inquiry.text("from_name"), inquiry.text("from_address") or DEFAULT_SENDER
    content: JsonObject = {
        "to": to,
        "from": f"{name} <{sender}>" if name else sender,
        "cc": inquiry.text("cc_address"),
        "bcc": inquiry.text("bcc_address"),
        "reply_to": inquiry.text("reply_to_address"),
    }
    return [Address(content, {"email": to, "name": inquiry.recipient.text("name")})]


def _sms(inquiry: Inquiry) -> list[Address] | Unreachable:
    to = inquiry.text("to") or inquiry.recipient.text("phone_number")
    return Unreachable("recipient.phone_number") if to is None else [Address({"to": to})]


def _push(inquiry: Inquiry) -> list[Address] | Unreachable:
    """Return an address for each device; OneSignal finds them by the recipient's id where the channel says so."""
    if inquiry.channel.settings.get("recipient_mode") == EXTERNAL_ID:
        return [Address({"token": inquiry.recipient.reference.id})]
    found: dict[str, Address] = {}
    for key, name in _PUSH_KEYS:
        for address in _devices(inquiry.data.get(key), name):
            found.setdefault(str(address.content["token"]), address)
    if not found:
        return Unreachable(f"channel data with tokens or devices for channel {inquiry.channel.id}")
    return [*found.values()]


def _devices(value: Json, name: str) -> list[Address]:
    items = as_list(value)
    devices = [item if isinstance(item, dict) else {name: item} for item in items]
    return [
        Address({"token": device[name]}, None, _given(device.get("timezone")), _given(device.get("locale")))
        for device in devices
        if _given(device.get(name)) is not None
    ]


def _given(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _chat(inquiry: Inquiry) -> list[Address] | Unreachable:
    found = find_connections(
        inquiry.channel.provider_name,
        inquiry.data,
        inquiry.tenant_data,
        override=inquiry.overrides.get("connection"),
        user_id=_slack_user(inquiry),
    )
    if isinstance(found, str):
        return [Address({"connection": {}}, problem=found)]
    if not found:
        email = " or a Slack user with the recipient's email" if inquiry.slack is not None else ""
        return Unreachable(f"channel data with connections for channel {inquiry.channel.id}{email}")
    return [_connection(one) for one in found]


def _slack_user(inquiry: Inquiry) -> str | None:
    email = inquiry.recipient.text("email")
    return inquiry.slack.user_id_of(email) if inquiry.slack is not None and email is not None else None


def _connection(connection: JsonObject) -> Address:
    snapshot: JsonObject = {
        "channel_id": connection.get("channel_id") or connection.get("ms_teams_channel_id"),
        "user_id": connection.get("user_id") or connection.get("ms_teams_user_id"),
        "via_incoming_webhook": "incoming_webhook" in connection,
    }
    return Address({"connection": connection}, snapshot)


def _in_app_feed(inquiry: Inquiry) -> list[Address] | Unreachable:
    if not inquiry.recipient.reference.is_user:
        return Unreachable("a user: objects have no in-app feed")
    return [Address({})]


def _http(_inquiry: Inquiry) -> list[Address] | Unreachable:
    return [Address({})]


_FINDERS: Mapping[str, Callable[[Inquiry], list[Address] | Unreachable]] = {
    "email": _email,
    "sms": _sms,
    "push": _push,
    "chat": _chat,
    "in_app_feed": _in_app_feed,
    "http": _http,
}

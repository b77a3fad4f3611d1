from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from knock_fake.state.channels import DEFAULT_PROVIDERS, Channel
from knock_fake.state.recipients import Recipient
from knock_fake.state.references import Reference, user
from knock_fake.workflows.addresses import Address, Inquiry, Unreachable, find_addresses

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.slack import SlackWorkspace

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def find(
    channel_type: str,
    properties: JsonObject | None = None,
    *,
    data: JsonObject | None = None,
    settings: JsonObject | None = None,
    overrides: dict[str, str] | None = None,
    reference: Reference = user("jane"),  # noqa: B008 - a reference is immutable
    tenant_data: JsonObject | None = None,
    slack: SlackWorkspace | None = None,
    provider: str | None = None,
) -> list[Address] | Unreachable:
    chosen = provider or DEFAULT_PROVIDERS[channel_type]
    channel = Channel("c-1", "main", "main", channel_type, chosen, False, NOW, settings or {})
    recipient = Recipient(reference, 1, properties or {}, None, NOW, NOW)
    texts = {name: str(value) for name, value in (settings or {}).items()}
    return find_addresses(Inquiry(channel, recipient, data or {}, texts, overrides or {}, tenant_data or {}, slack))


# -- email -------------------------------------------------------------------------------------------------


def test_an_email_goes_to_the_recipient_from_a_default_sender() -> None:
    assert find("email", {"email": "jane@example.com", "name": "Jane"}) == [
        Address(
            {
                "to": "jane@example.com",
                "from": "notifications@example.com",
                "cc": None,
                "bcc": None,
                "reply_to": None,
            },
            {"email": "jane@example.com", "name": "Jane"},
        )
    ]


def test_a_channels_settings_stand_in_an_email() -> None:
    settings: JsonObject = {
        "from_address": "news@example.com",
        "from_name": "News",
        "cc_address": "cc@example.com",
        "bcc_address": "bcc@example.com",
        "reply_to_address": "reply@example.com",
    }
    assert find("email", {"email": "jane@example.com"}, settings=settings) == [
        Address(
            {
                "to": "jane@example.com",
                "from": "News <news@example.com>",
                "cc": "cc@example.com",
                "bcc": "bcc@example.com",
                "reply_to": "reply@example.com",
            },
            {"email": "jane@example.com", "name": None},
        )
    ]


def test_overrides_of_the_step_go_before_recipient_and_channel_but_not_when_they_render_to_nothing() -> None:
    settings: JsonObject = {"from_address": "news@example.com", "cc_address": "cc@example.com"}
    overrides = {"to_address": "boss@example.com", "from_name": "Boss", "cc_address": "", "from_address": ""}
    assert find("email", {"email": "jane@example.com"}, settings=settings, overrides=overrides) == [
        Address(
            {
                "to": "boss@example.com",
                "from": "Boss <news@example.com>",
                "cc": "cc@example.com",
                "bcc": None,
                "reply_to": None,
            },
            {"email": "boss@example.com", "name": None},
        )
    ]


@pytest.mark.parametrize("properties", [{}, {"email": None}, {"email": ""}, {"email": 5}])
def test_an_email_needs_an_address_of_somebody(properties: JsonObject) -> None:
    assert find("email", properties) == Unreachable("recipient.email")
    found = find("email", properties, overrides={"to_address": "boss@example.com"})
    assert isinstance(found, list)


# -- sms ---------------------------------------------------------------------------------------------------


def test_an_sms_goes_to_the_recipients_number_or_the_one_that_overrides_it() -> None:
    assert find("sms", {"phone_number": "+15550001"}) == [Address({"to": "+15550001"})]
    assert find("sms", {"phone_number": "+15550001"}, overrides={"to": "+15550002"}) == [Address({"to": "+15550002"})]
    assert find("sms", {"phone_number": "+15550001"}, overrides={"to": ""}) == [Address({"to": "+15550001"})]
    assert find("sms", {"phone": "+15550001"}) == Unreachable("recipient.phone_number")


# -- push --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "tokens"),
    [
        ({"tokens": ["a", "b"]}, ["a", "b"]),
        ({"devices": [{"token": "a", "locale": None}, {"token": "b"}]}, ["a", "b"]),
        ({"tokens": ["b", "a"], "devices": [{"token": "a"}]}, ["a", "b"]),
        ({"target_arns": ["arn:1"]}, ["arn:1"]),
        ({"devices": [{"target_arn": "arn:1"}]}, ["arn:1"]),
        ({"player_ids": ["p-1", "p-2"]}, ["p-1", "p-2"]),
        ({"tokens": ["a", "a", "", None]}, ["a"]),
    ],
)
def test_a_push_goes_once_to_every_device(data: JsonObject, tokens: list[str]) -> None:
    assert find("push", data=data) == [Address({"token": token}) for token in tokens]


@pytest.mark.parametrize("data", [None, {"tokens": []}, {"tokens": "a"}, {"devices": [{"locale": "en"}]}])
def test_a_push_needs_a_device(data: JsonObject | None) -> None:
    assert find("push", data=data) == Unreachable("channel data with tokens or devices for channel c-1")


# -- chat --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("connection", "snapshot"),
    [
        (
            {"access_token": "xoxb-1", "channel_id": "C1"},
            {"channel_id": "C1", "user_id": None, "via_incoming_webhook": False},
        ),
        ({"user_id": "U1"}, {"channel_id": None, "user_id": "U1", "via_incoming_webhook": False}),
        (
            {"incoming_webhook": {"url": "https://hooks.example.com/1"}},
            {"channel_id": None, "user_id": None, "via_incoming_webhook": True},
        ),
        (
            {"ms_teams_team_id": "T1", "ms_teams_channel_id": "C1"},
            {"channel_id": "C1", "user_id": None, "via_incoming_webhook": False},
        ),
        ({"ms_teams_user_id": "U1"}, {"channel_id": None, "user_id": "U1", "via_incoming_webhook": False}),
    ],
)
def test_a_chat_message_goes_to_every_connection(connection: JsonObject, snapshot: JsonObject) -> None:
    other: JsonObject = {"channel_id": "C2"}
    assert find("chat", data={"connections": [connection, other]}) == [
        Address({"connection": connection}, snapshot),
        Address({"connection": other}, {"channel_id": "C2", "user_id": None, "via_incoming_webhook": False}),
    ]


@pytest.mark.parametrize("connections", [None, [], {}, ["C1"]])
def test_a_chat_message_needs_a_connection(connections: Json) -> None:
    needs = Unreachable("channel data with connections for channel c-1")
    assert find("chat", data={"connections": connections}) == needs
    assert find("chat", data={"token": {"access_token": "xoxb-1"}}) == needs


# -- in-app feeds and webhooks -----------------------------------------------------------------------------


def test_a_feed_needs_a_user() -> None:
    assert find("in_app_feed") == [Address({})]
    place = Reference("places", "paris")
    assert find("in_app_feed", reference=place) == Unreachable("a user: objects have no in-app feed")


def test_a_webhook_needs_nothing() -> None:
    assert find("http", reference=Reference("places", "paris")) == [Address({})]

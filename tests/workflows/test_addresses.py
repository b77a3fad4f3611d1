from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from knock_fake.identifiers import Identifiers
from knock_fake.state.channels import DEFAULT_PROVIDERS, Channel
from knock_fake.state.recipients import Recipient
from knock_fake.state.references import Reference, user
from knock_fake.state.slack import SlackWorkspace
from knock_fake.workflows.addresses import Address, Inquiry, Unreachable, find_addresses

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

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
    found = find("push", data=data)
    assert isinstance(found, list)
    assert [address.content for address in found] == [{"token": token} for token in tokens]


def test_a_device_has_a_zone_and_a_locale() -> None:
    devices: list[Json] = [{"token": "a", "timezone": "Asia/Tokyo", "locale": "ja"}, {"token": "b", "locale": None}]
    assert find("push", data={"devices": devices, "tokens": ["a"]}) == [
        Address({"token": "a"}, zone="Asia/Tokyo", locale="ja"),
        Address({"token": "b"}),
    ]


def test_one_signal_finds_devices_by_the_recipients_id_where_the_channel_says_so() -> None:
    settings: JsonObject = {"recipient_mode": "external_id"}
    assert find("push", settings=settings, provider="push_one_signal") == [Address({"token": "jane"})]
    by_player: JsonObject = {"recipient_mode": "player_id"}
    found = find("push", data={"player_ids": ["p"]}, settings=by_player, provider="push_one_signal")
    assert found == [Address({"token": "p"})]


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


ON_TENANT: JsonObject = {"token": {"access_token": "xoxb-tenant"}}


@pytest.mark.parametrize(
    ("connection", "data", "tenant_data", "expected"),
    [
        ({"channel_id": "C1"}, {}, {}, {"channel_id": "C1"}),
        ({"channel_id": "C1"}, {}, ON_TENANT, {"channel_id": "C1", "access_token": "xoxb-tenant"}),
        (
            {"channel_id": "C1", "access_token": "xoxb-own"},
            {},
            ON_TENANT,
            {"channel_id": "C1", "access_token": "xoxb-tenant"},
        ),
        (
            {"channel_id": "C1"},
            {"token": {"access_token": "xoxb-shared"}},
            {},
            {"channel_id": "C1", "access_token": "xoxb-shared"},
        ),
        (
            {"incoming_webhook": {"url": "https://a.example"}},
            {},
            ON_TENANT,
            {"incoming_webhook": {"url": "https://a.example"}},
        ),
    ],
)
def test_a_slack_token_of_the_tenant_wins_over_the_recipients(
    connection: JsonObject, data: JsonObject, tenant_data: JsonObject, expected: JsonObject
) -> None:
    found = find("chat", data={**data, "connections": [connection]}, tenant_data=tenant_data)
    assert isinstance(found, list)
    assert [address.content for address in found] == [{"connection": expected}]


@pytest.mark.parametrize(
    ("connection", "data", "tenant_data", "organization"),
    [
        ({"ms_teams_tenant_id": "own"}, {"ms_teams_tenant_id": "data"}, {"ms_teams_tenant_id": "tenant"}, "own"),
        ({}, {"ms_teams_tenant_id": "data"}, {"ms_teams_tenant_id": "tenant"}, "tenant"),
        ({}, {"ms_teams_tenant_id": "data"}, {}, "data"),
        ({}, {}, {}, None),
    ],
)
def test_a_teams_connection_takes_its_organization_from_where_it_is_held(
    connection: JsonObject, data: JsonObject, tenant_data: JsonObject, organization: str | None
) -> None:
    target: JsonObject = {"ms_teams_team_id": "T", "ms_teams_channel_id": "C", **connection}
    found = find("chat", data={**data, "connections": [target]}, tenant_data=tenant_data, provider="chat_ms_teams")
    assert isinstance(found, list)
    (address,) = found
    shown = address.content["connection"]
    assert isinstance(shown, dict)
    assert shown.get("ms_teams_tenant_id") == organization


def workspace() -> SlackWorkspace:
    slack = SlackWorkspace(Identifiers(0))
    slack.add_user("Jane@example.com", id="U1")
    return slack


@pytest.mark.parametrize(
    ("data", "connections"),
    [
        ({}, [{"user_id": "U1", "access_token": "xoxb-tenant"}]),
        ({"connections": [{"access_token": "x"}]}, [{"access_token": "xoxb-tenant", "user_id": "U1"}]),
        (
            {"connections": [{"channel_id": "C1"}, {"user_id": "U2"}]},
            [{"channel_id": "C1", "access_token": "xoxb-tenant"}, {"user_id": "U2", "access_token": "xoxb-tenant"}],
        ),
    ],
)
def test_slack_finds_a_user_by_email_where_no_connection_names_anybody(
    data: JsonObject, connections: list[JsonObject]
) -> None:
    jane: JsonObject = {"email": "jane@example.com"}
    found = find("chat", jane, data=data, tenant_data=ON_TENANT, slack=workspace())
    assert isinstance(found, list)
    assert [address.content["connection"] for address in found] == connections


def test_who_is_in_no_workspace_cannot_be_found_there() -> None:
    needs = "channel data with connections for channel c-1 or a Slack user with the recipient's email"
    assert find("chat", {"email": "joe@example.com"}, slack=workspace()) == Unreachable(needs)
    assert find("chat", {}, slack=workspace()) == Unreachable(needs)


def test_a_connection_of_the_step_is_the_only_one() -> None:
    data: JsonObject = {"connections": [{"channel_id": "C1"}, {"channel_id": "C2"}]}
    found = find("chat", data=data, overrides={"connection": '{"channel_id": "C9"}'})
    assert isinstance(found, list)
    assert [address.content for address in found] == [{"connection": {"channel_id": "C9"}}]


@pytest.mark.parametrize("text", ["", "{}", "nothing", "[1]", "5", "null"])
def test_a_connection_of_the_step_that_is_none_makes_a_message_that_cannot_be_delivered(text: str) -> None:
    found = find("chat", data={"connections": [{"channel_id": "C1"}]}, overrides={"connection": text})
    assert isinstance(found, list)
    (address,) = found
    assert address.content == {"connection": {}}
    assert address.problem == (
        f"the connection of the step rendered to {text!r}, which is no JSON object with a connection"
    )


# -- in-app feeds and webhooks -----------------------------------------------------------------------------


def test_a_feed_needs_a_user() -> None:
    assert find("in_app_feed") == [Address({})]
    place = Reference("places", "paris")
    assert find("in_app_feed", reference=place) == Unreachable("a user: objects have no in-app feed")


def test_a_webhook_needs_nothing() -> None:
    assert find("http", reference=Reference("places", "paris")) == [Address({})]

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from knock_fake.state.references import Reference, user
from knock_fake.steps import push

if TYPE_CHECKING:
    from knock_fake import KnockFake
    from knock_fake.json_types import JsonObject

PUSH = "33333333-3333-4333-8333-333333333333"
UNKNOWN = "99999999-9999-4999-8999-999999999999"
OWNERS = {"/v1/users/jane": user("jane"), "/v1/objects/projects/apollo": Reference("projects", "apollo")}

PROVIDERS = {
    "push_fcm": "push",
    "push_apns": "push",
    "push_expo": "push",
    "push_aws_sns": "push",
    "push_one_signal": "push",
    "chat_slack": "chat",
    "chat_ms_teams": "chat",
    "chat_discord": "chat",
    "http_knock_webhook": "http",
}


@pytest.fixture(params=OWNERS)
def owner(request: pytest.FixtureRequest) -> str:
    """The path of a user, and that of an object: both have channel data alike."""
    path: str = request.param
    return path


@pytest.fixture
def channels(knock: KnockFake) -> dict[str, str]:
    """The id of a channel of each provider."""
    return {
        provider: knock.channels.add(provider, type=type_, provider=provider).id
        for provider, type_ in PROVIDERS.items()
    }


def device(token: str, **more: str | None) -> JsonObject:
    return {"token": token, "locale": None, "timezone": None, **more}


def errors(answer: httpx.Response) -> list[tuple[str, str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["field"], error["message"], error["type"]) for error in answer.json()["errors"]]


AS_SENT: list[tuple[str, JsonObject]] = [
    ("push_one_signal", {"player_ids": ["7c5f1c1e-97a6-4d86-a9b6-2f9b8a6e4f3d"]}),
    (
        "chat_slack",
        {
            "connections": [
                {"access_token": "xoxb-1", "channel_id": "C1", "channel_name": "general"},
                {"user_id": "U1"},
                {"incoming_webhook": {"url": "https://hooks.slack.com/x"}},
            ],
            "token": {"access_token": "xoxb-1"},
        },
    ),
    ("chat_slack", {"token": {"access_token": "xoxb-1"}}),
    (
        "chat_ms_teams",
        {
            "connections": [
                {"ms_teams_team_id": "t", "ms_teams_channel_id": "c", "ms_teams_tenant_id": None},
                {"ms_teams_user_id": "u"},
                {"incoming_webhook": {"url": "https://example.webhook.office.com/x"}},
            ]
        },
    ),
    ("chat_ms_teams", {"ms_teams_tenant_id": "0b7f4d4a-1cf7-4d7f-9d55-3d5c6a0a8f11"}),
    (
        "chat_discord",
        {"connections": [{"channel_id": "1"}, {"incoming_webhook": {"url": "https://discord.com/x"}}]},
    ),
    ("http_knock_webhook", {"anything": [1, {"at": "all"}]}),
]
ACCEPTED: list[tuple[str, JsonObject, JsonObject]] = [
    ("push_fcm", {"tokens": ["a", "b"]}, {"tokens": ["a", "b"], "devices": [device("a"), device("b")]}),
    (
        "push_apns",
        {"devices": [{"token": "a", "locale": "de", "timezone": "Europe/Vienna"}, {"token": "b"}]},
        {"tokens": ["a", "b"], "devices": [device("a", locale="de", timezone="Europe/Vienna"), device("b")]},
    ),
    (
        "push_expo",
        {"tokens": ["a", "b"], "devices": [{"token": "b", "locale": "de"}, {"token": "c"}]},
        {"tokens": ["a", "b", "c"], "devices": [device("b", locale="de"), device("c"), device("a")]},
    ),
    ("push_fcm", {"tokens": []}, {"tokens": [], "devices": []}),
    ("push_fcm", {"tokens": None, "devices": [{"token": "a"}]}, {"tokens": ["a"], "devices": [device("a")]}),
    ("push_apns", {"tokens": ["a"], "devices": None}, {"tokens": ["a"], "devices": [device("a")]}),
    (
        "push_aws_sns",
        {"target_arns": None, "devices": [{"target_arn": "arn:a"}]},
        {"target_arns": ["arn:a"], "devices": [{"target_arn": "arn:a", "locale": None, "timezone": None}]},
    ),
    (
        "push_aws_sns",
        {"target_arns": ["arn:a"]},
        {"target_arns": ["arn:a"], "devices": [{"target_arn": "arn:a", "locale": None, "timezone": None}]},
    ),
    (
        "push_aws_sns",
        {"devices": [{"target_arn": "arn:a", "timezone": "Asia/Tokyo"}]},
        {"target_arns": ["arn:a"], "devices": [{"target_arn": "arn:a", "locale": None, "timezone": "Asia/Tokyo"}]},
    ),
    *((provider, data, data) for provider, data in AS_SENT),
]


@pytest.mark.parametrize(("provider", "sent", "returned"), ACCEPTED)
def test_every_provider_has_its_shape(
    api: httpx.Client,
    knock: KnockFake,
    owner: str,
    channels: dict[str, str],
    provider: str,
    sent: JsonObject,
    returned: JsonObject,
) -> None:
    path = f"{owner}/channel_data/{channels[provider]}"
    written = api.put(path, json={"data": sent})
    assert (written.status_code, written.json()) == (
        200,
        {"__typename": "ChannelData", "channel_id": channels[provider], "provider": provider, "data": returned},
    )
    assert api.get(path).json() == written.json()
    assert knock.state.channel_data.of(OWNERS[owner]) == {channels[provider]: sent}


@pytest.mark.parametrize(("provider", "sent", "returned"), ACCEPTED)
def test_what_was_read_can_be_written_back(
    api: httpx.Client, channels: dict[str, str], provider: str, sent: JsonObject, returned: JsonObject
) -> None:
    path = f"/v1/users/jane/channel_data/{channels[provider]}"
    api.put(path, json={"data": sent})
    read = api.get(path).json()
    assert read["data"] == returned
    assert api.put(path, json=read).json() == read


@pytest.mark.parametrize(
    ("provider", "data", "error"),
    [
        ("push_fcm", {}, ("data.tokens", "is required", "required")),
        ("push_fcm", {"token": "a"}, ("data.tokens", "is required", "required")),
        ("push_fcm", {"player_ids": ["a"]}, ("data.tokens", "is required", "required")),
        ("push_fcm", {"tokens": "a"}, ("data.tokens", "must be a list, not the string 'a'", "type")),
        ("push_fcm", {"tokens": None}, ("data.tokens", "must be a list, not null", "type")),
        ("push_fcm", {"tokens": None, "devices": None}, ("data.tokens", "must be a list, not null", "type")),
        ("push_fcm", {"devices": None}, ("data.tokens", "is required", "required")),
        (
            "push_fcm",
            {"tokens": "a", "devices": []},
            ("data.tokens", "must be a list or null, not the string 'a'", "type"),
        ),
        ("push_fcm", {"tokens": ["a", None]}, ("data.tokens.1", "must be a string, not null", "type")),
        ("push_apns", {"devices": [{"locale": "de"}]}, ("data.devices.0.token", "is required", "required")),
        (
            "push_expo",
            {"devices": [{"token": "a"}, {"token": "b", "timezone": "Mars/Olympus"}]},
            ("data.devices.1.timezone", "must be a time zone of the tz database", "format"),
        ),
        ("push_aws_sns", {"tokens": ["a"]}, ("data.target_arns", "is required", "required")),
        ("push_aws_sns", {"devices": [{"token": "a"}]}, ("data.devices.0.target_arn", "is required", "required")),
        ("push_one_signal", {"tokens": ["a"]}, ("data.player_ids", "is required", "required")),
        ("chat_slack", {"tokens": ["a"]}, ("data.connections", "is required", "required")),
        ("chat_slack", {"token": None}, ("data.connections", "is required", "required")),
        ("chat_slack", {"connections": [{}]}, ("data.connections.0.channel_id", "is required", "required")),
        (
            "chat_slack",
            {"connections": [{"incoming_webhook": {}}]},
            ("data.connections.0.incoming_webhook.url", "is required", "required"),
        ),
        (
            "chat_ms_teams",
            {"connections": [{"channel_id": "C1"}]},
            ("data.connections.0.ms_teams_channel_id", "is required", "required"),
        ),
        ("chat_discord", {"connections": {}}, ("data.connections", "must be a list, not an object", "type")),
        (
            "chat_discord",
            {"connections": [{"user_id": "u"}]},
            ("data.connections.0.channel_id", "is required", "required"),
        ),
        ("http_knock_webhook", [], ("data", "must be an object, not a list", "type")),
    ],
)
def test_another_shape_is_refused_by_the_field_and_changes_nothing(
    api: httpx.Client,
    knock: KnockFake,
    owner: str,
    channels: dict[str, str],
    provider: str,
    data: JsonObject,
    error: tuple[str, str, str],
) -> None:
    path = f"{owner}/channel_data/{channels[provider]}"
    assert errors(api.put(path, json={"data": data})) == [error]
    assert api.get(path).status_code == 404
    assert knock.state.recipients.get(OWNERS[owner]) is None


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, ("data", "is required", "required")),
        ({"tokens": ["a"]}, ("data", "is required", "required")),
        ({"data": None}, ("data", "must be an object, not null", "type")),
    ],
)
def test_the_data_stand_under_their_key(
    api: httpx.Client, owner: str, body: JsonObject, error: tuple[str, str, str]
) -> None:
    assert errors(api.put(f"{owner}/channel_data/{PUSH}", json=body)) == [error]


def test_writing_replaces_and_does_not_touch_other_channels(
    api: httpx.Client, knock: KnockFake, owner: str, channels: dict[str, str]
) -> None:
    before = api.put(owner, json={"name": "Somebody"}).json()
    knock.clock.advance("1h")
    api.put(f"{owner}/channel_data/{channels['push_fcm']}", json={"data": {"tokens": ["other"]}})
    api.put(f"{owner}/channel_data/{PUSH}", json={"data": {"devices": [{"token": "a"}]}})
    written = api.put(f"{owner}/channel_data/{PUSH}", json={"data": {"tokens": ["b"]}}).json()
    other = api.get(f"{owner}/channel_data/{channels['push_fcm']}").json()
    assert (written["data"]["tokens"], other["data"]["tokens"]) == (["b"], ["other"])
    assert api.get(owner).json() == before


def test_writing_creates_who_was_not_there(api: httpx.Client, owner: str) -> None:
    assert api.get(owner).status_code == 404
    api.put(f"{owner}/channel_data/{PUSH}", json={"data": {"tokens": ["a"]}})
    assert api.get(owner).status_code == 200


def test_a_user_who_cannot_exist_gets_no_channel_data(api: httpx.Client) -> None:
    refused = api.put(f"/v1/users/a%23b/channel_data/{PUSH}", json={"data": {"tokens": ["a"]}})
    assert errors(refused) == [("id", "must not contain '/' or '#'", "format")]


def test_removing_forgets_one_channel_and_can_be_repeated(api: httpx.Client, knock: KnockFake, owner: str) -> None:
    path = f"{owner}/channel_data/{PUSH}"
    api.put(path, json={"data": {"tokens": ["a"]}})
    removed = [api.delete(path) for _ in range(2)]
    missing = api.get(path)
    assert [(answer.status_code, answer.content) for answer in removed] == [(204, b""), (204, b"")]
    assert (missing.status_code, missing.json()["code"]) == (404, "resource_missing")
    assert missing.headers["x-knock-fake-hint"] == f"there is no channel data '{OWNERS[owner]} on push'"
    assert knock.state.channel_data._data == {}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("channel", [UNKNOWN, "push"])
def test_an_unknown_channel_is_missing(api: httpx.Client, owner: str, method: str, channel: str) -> None:
    body = {"data": {"tokens": ["a"]}} if method == "PUT" else None
    missing = api.request(method, f"{owner}/channel_data/{channel}", json=body)
    assert (missing.status_code, missing.json()) == (
        404,
        {
            "code": "channel_invalid",
            "message": f"The channel {channel} is not configured in this environment.",
            "status": 404,
            "type": "invalid_request_error",
        },
    )
    hint = missing.headers["x-knock-fake-hint"]
    assert hint.startswith("a channel is named by its id: email 11111111-1111-4111-8111-111111111111, sms 2222")


@pytest.mark.parametrize(
    ("type_", "given", "shown"),
    [
        ("push", "apns", "push_apns"),
        ("push", "push_expo", "push_expo"),
        ("chat", "ms_teams", "chat_ms_teams"),
        ("http", "http_knock_webhook", "http_knock_webhook"),
        ("email", "postmark", "postmark"),
    ],
)
def test_a_provider_is_spelt_as_knock_does(
    api: httpx.Client, knock: KnockFake, type_: str, given: str, shown: str
) -> None:
    channel = knock.channels.add("mine", type=type_, provider=given)
    data: JsonObject = {"tokens": ["a"], "connections": []}
    written = api.put(f"/v1/users/jane/channel_data/{channel.id}", json={"data": data})
    assert (written.status_code, written.json()["provider"]) == (200, shown)


def test_messages_go_where_the_channel_data_say(api: httpx.Client, knock: KnockFake) -> None:
    knock.workflows.add("ring", steps=[push("Hi", "there")])
    path = f"/v1/users/jane/channel_data/{PUSH}"
    api.put(path, json={"data": {"tokens": ["a"], "devices": [{"token": "a"}, {"token": "b"}]}})
    api.post("/v1/workflows/ring/trigger", json={"recipients": ["jane"]})
    messages = [message.id for message in knock.state.messages]
    contents = [api.get(f"/v1/messages/{one}/content").json()["data"]["token"] for one in messages]
    api.delete(path)
    api.post("/v1/workflows/ring/trigger", json={"recipients": ["jane"]})
    assert (sorted(contents), len(knock.state.messages)) == (["a", "b"], 2)


def test_a_publishable_key_may_do_it_for_a_user(knock: KnockFake) -> None:
    headers = {"authorization": "Bearer pk_test_x"}
    transport, root = knock.transport(), "https://api.knock.app/v1"
    with httpx.Client(transport=transport, base_url=root, headers=headers, trust_env=False) as browser:
        path = f"/users/jane/channel_data/{PUSH}"
        answers = [browser.put(path, json={"data": {"tokens": []}}), browser.get(path), browser.delete(path)]
        refused = browser.delete(f"/objects/projects/apollo/channel_data/{PUSH}")
    assert [answer.status_code for answer in answers] == [200, 200, 204]
    assert (refused.status_code, refused.json()["code"]) == (403, "incorrect_token_type")

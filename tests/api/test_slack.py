from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import orjson
import pytest

from knock_fake.state.references import TENANTS, Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knock_fake import KnockFake
    from knock_fake.json_types import JsonObject

CHAT = "44444444-4444-4444-8444-444444444444"
SLACK = f"/v1/providers/slack/{CHAT}"
ACME = Reference(TENANTS, "acme")
HOLDER = {"access_token_object": '{"object_id":"acme","collection":"$tenants"}'}
NOT_SET = {
    "code": "authorization",
    "message": "Access token not set.",
    "status": 403,
    "type": "authentication_error",
}
IDENTITY = {
    "url": "https://knock-fake.slack.com/",
    "team": "Knock Fake",
    "team_id": "T0000000001",
    "user": "knock",
    "user_id": "U0000000001",
}
CALLS = [("GET", "auth_check"), ("GET", "channels"), ("GET", "revoke_access"), ("PUT", "revoke_access")]

pytestmark = pytest.mark.usefixtures("connected")


@pytest.fixture
def connected(knock: KnockFake) -> None:
    """The tenant ``acme`` holds an access token."""
    knock.state.channel_data.put(ACME, CHAT, {"token": {"access_token": "xoxb-1"}})


@pytest.fixture
def browser(knock: KnockFake) -> Iterator[httpx.Client]:
    """A publishable key with a token that grants Slack."""
    knock.security.use_signing_key()
    token = knock.security.sign_user_token("jane", grants={"tenants/acme": ["slack/channels_read"]})
    headers = {"authorization": "Bearer pk_test_x", "x-knock-user-token": token}
    transport, base_url = knock.transport(), "https://api.knock.app"
    with httpx.Client(transport=transport, base_url=base_url, headers=headers, trust_env=False) as client:
        yield client


def names(api: httpx.Client, **options: str) -> list[str]:
    query = HOLDER | {f"query_options[{key}]": value for key, value in options.items()}
    answer = api.get(f"{SLACK}/channels", params=query)
    assert answer.status_code == 200, answer.text
    return [channel["name"] for channel in answer.json()["slack_channels"]]


def test_a_stored_token_that_slack_takes_is_connected(api: httpx.Client) -> None:
    answer = api.get(f"{SLACK}/auth_check", params=HOLDER)
    assert (answer.status_code, answer.json()) == (200, {"connection": {"ok": True, **IDENTITY}})


def test_a_token_that_slack_refuses_is_an_answer_and_not_an_error(api: httpx.Client, knock: KnockFake) -> None:
    knock.providers.slack.revoke("xoxb-1")
    answer = api.get(f"{SLACK}/auth_check", params=HOLDER)
    refused = {"ok": False, "reason": "token_revoked", "error": "token_revoked"}
    assert (answer.status_code, answer.json()) == (200, {"connection": refused})
    knock.providers.slack.add_token("xoxb-1")
    assert api.get(f"{SLACK}/auth_check", params=HOLDER).json()["connection"]["ok"]


def test_a_workspace_that_knows_its_tokens_refuses_all_others(api: httpx.Client, knock: KnockFake) -> None:
    knock.providers.slack.add_token("xoxb-2")
    answer = api.get(f"{SLACK}/auth_check", params=HOLDER).json()
    assert answer == {"connection": {"ok": False, "reason": "invalid_auth", "error": "invalid_auth"}}


def test_channels_are_listed_as_slack_has_them(api: httpx.Client, knock: KnockFake) -> None:
    knock.providers.slack.add_channel("general", id="C1")
    made = knock.providers.slack.add_channel("secret", type="private_channel", team_id="T2")
    answer = api.get(f"{SLACK}/channels", params=HOLDER)
    assert answer.json() == {
        "slack_channels": [
            {"id": "C1", "name": "general", "is_private": False, "is_im": False, "context_team_id": "T0000000001"},
            {"id": made.id, "name": "secret", "is_private": True, "is_im": False, "context_team_id": "T2"},
        ],
        "next_cursor": None,
    }


def test_a_workspace_without_channels_is_empty(api: httpx.Client) -> None:
    assert api.get(f"{SLACK}/channels", params=HOLDER).json() == {"slack_channels": [], "next_cursor": None}


def test_channels_are_chosen_by_type_team_and_archive(api: httpx.Client, knock: KnockFake) -> None:
    slack = knock.providers.slack
    slack.add_channel("public")
    slack.add_channel("private", type="private_channel", team_id="T2")
    slack.add_channel("group", type="mpim")
    slack.add_channel("direct", type="im")
    slack.add_channel("old", archived=True)
    assert names(api) == ["public", "private"]
    assert names(api, types="public_channel") == ["public"]
    assert names(api, types="im, mpim") == ["group", "direct"]
    assert names(api, team_id="T2") == ["private"]
    assert names(api, exclude_archived="true") == ["public", "private"]
    assert names(api, exclude_archived="false") == ["public", "private", "old"]


def test_pages_follow_each_other_in_every_dialect(api: httpx.Client, knock: KnockFake) -> None:
    for number in range(5):
        knock.providers.slack.add_channel(f"c{number}")
    first = api.get(f"{SLACK}/channels", params=HOLDER | {"query_options[limit]": "2"}).json()
    mixed = {"query_options[limit]": "2", "query_options.cursor": first["next_cursor"]}
    second = api.get(f"{SLACK}/channels", params=HOLDER | mixed).json()
    dotted = {"query_options.limit": "2", "query_options.cursor": second["next_cursor"]}
    third = api.get(f"{SLACK}/channels", params=HOLDER | dotted).json()
    pages = [[channel["name"] for channel in page["slack_channels"]] for page in (first, second, third)]
    assert pages == [["c0", "c1"], ["c2", "c3"], ["c4"]]
    assert third["next_cursor"] is None


def test_a_page_has_200_channels_unless_it_is_told_otherwise(api: httpx.Client, knock: KnockFake) -> None:
    for number in range(1003):
        knock.providers.slack.add_channel(f"c{number}")
    assert [len(names(api)), len(names(api, limit="5000")), len(names(api, limit="-1"))] == [200, 1000, 1]


@pytest.mark.parametrize(
    ("options", "field", "message"),
    [
        ({"types": "im,dm"}, "types", "names 'dm', which is none of public_channel, private_channel, mpim, im"),
        ({"cursor": "x"}, "cursor", "is not a cursor that a page of this API has given out"),
        ({"limit": "many"}, "limit", "must be an integer, not the string 'many'"),
        ({"exclude_archived": "maybe"}, "exclude_archived", "must be a boolean, not the string 'maybe'"),
    ],
)
def test_options_that_cannot_be_taken_are_named(
    api: httpx.Client, options: dict[str, str], field: str, message: str
) -> None:
    query = HOLDER | {f"query_options[{key}]": value for key, value in options.items()}
    refused = api.get(f"{SLACK}/channels", params=query)
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["field"], error["message"]) == (422, f"query_options.{field}", message)


def test_channels_of_a_revoked_token_are_refused(api: httpx.Client, knock: KnockFake) -> None:
    knock.providers.slack.revoke("xoxb-1")
    refused = api.get(f"{SLACK}/channels", params=HOLDER)
    assert refused.json() == NOT_SET | {"message": "Slack refused the access token: token_revoked."}


@pytest.mark.parametrize(("method", "call"), CALLS)
@pytest.mark.parametrize("data", [None, {"connections": []}, {"token": None}, {"token": {"access_token": None}}])
def test_an_object_without_a_token_is_refused(
    api: httpx.Client, knock: KnockFake, method: str, call: str, data: JsonObject | None
) -> None:
    knock.state.channel_data.delete_of(ACME)
    if data is not None:
        knock.state.channel_data.put(ACME, CHAT, data)
    refused = api.request(method, f"{SLACK}/{call}", params=HOLDER)
    assert (refused.status_code, refused.json()) == (403, NOT_SET)
    hint = f"$tenants/acme has no channel data {{'token': {{'access_token': ...}}}} for channel {CHAT}"
    assert refused.headers["x-knock-fake-hint"] == hint


@pytest.mark.parametrize(("method", "call"), CALLS)
@pytest.mark.parametrize("channel", ["unknown", "11111111-1111-4111-8111-111111111111"])
def test_a_channel_of_another_kind_is_refused(api: httpx.Client, method: str, call: str, channel: str) -> None:
    refused = api.request(method, f"/v1/providers/slack/{channel}/{call}", params=HOLDER)
    assert (refused.status_code, refused.json()["code"]) == (404, "channel_invalid")
    hint = f"it is no channel of the provider chat_slack: the channel 'chat' has the id {CHAT}"
    assert refused.headers["x-knock-fake-hint"] == hint


BRACKETS = {"access_token_object[object_id]": "acme", "access_token_object[collection]": TENANTS, "channel_id": CHAT}
BODIES: list[JsonObject] = [
    {"access_token_object": {"object_id": "acme", "collection": TENANTS}},
    {"object_id": "acme", "collection": TENANTS},
    {"objectId": "acme", "collection": TENANTS},
]


@pytest.mark.parametrize(("method", "call"), CALLS)
@pytest.mark.parametrize("query", [HOLDER, BRACKETS], ids=["json", "brackets"])
def test_the_object_is_named_in_the_query(api: httpx.Client, method: str, call: str, query: dict[str, str]) -> None:
    assert api.request(method, f"{SLACK}/{call}", params=query).status_code == 200


@pytest.mark.parametrize(("method", "call"), CALLS)
@pytest.mark.parametrize("body", BODIES, ids=["named", "at the top", "misspelt"])
def test_the_object_is_named_in_the_body(api: httpx.Client, method: str, call: str, body: JsonObject) -> None:
    assert api.request(method, f"{SLACK}/{call}", content=orjson.dumps(body)).status_code == 200


def test_options_are_read_from_the_body_too(api: httpx.Client, knock: KnockFake) -> None:
    for number in range(3):
        knock.providers.slack.add_channel(f"c{number}")
    body = orjson.dumps(BODIES[0] | {"query_options": {"limit": 2}})
    assert len(api.request("GET", f"{SLACK}/channels", content=body).json()["slack_channels"]) == 2


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        (None, {"access_token_object": "is required"}),
        ("", {"access_token_object": "is required"}),
        ("{}", {"access_token_object": "is required"}),
        ("acme", {"access_token_object": "must be an object, not the string 'acme'"}),
        ("[1]", {"access_token_object": "must be an object, not a list"}),
        ('{"object_id":"acme"}', {"access_token_object.collection": "is required"}),
        ('{"collection":"$tenants"}', {"access_token_object.object_id": "is required"}),
        ('{"object_id":5,"collection":"x"}', {"access_token_object.object_id": "must be a string, not a number"}),
    ],
)
def test_what_names_no_object_is_refused(api: httpx.Client, value: str | None, fields: dict[str, str]) -> None:
    refused = api.get(f"{SLACK}/auth_check", params={} if value is None else {"access_token_object": value})
    assert refused.status_code == 422
    assert {error["field"]: error["message"] for error in refused.json()["errors"]} == fields


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_revoking_forgets_the_token_and_nothing_else(api: httpx.Client, knock: KnockFake, method: str) -> None:
    connections: JsonObject = {"connections": [{"channel_id": "C1"}]}
    knock.state.channel_data.put(ACME, CHAT, {**connections, "token": {"access_token": "xoxb-1"}})
    assert api.request(method, f"{SLACK}/revoke_access", params=HOLDER).status_code == 200
    assert knock.state.channel_data.of(ACME)[CHAT] == {**connections, "token": {"access_token": None}}
    again = api.request(method, f"{SLACK}/revoke_access", params=HOLDER)
    assert (again.status_code, again.json()) == (403, NOT_SET)


def test_a_token_that_slack_refuses_can_still_be_forgotten(api: httpx.Client, knock: KnockFake) -> None:
    knock.providers.slack.revoke("xoxb-1")
    assert api.put(f"{SLACK}/revoke_access", params=HOLDER).json() == {"ok": "ok"}


def test_revoking_answers_typed_clients_with_an_object_and_browsers_with_a_word(
    api: httpx.Client, browser: httpx.Client, knock: KnockFake
) -> None:
    answers = []
    for client, method in ((api, "PUT"), (api, "GET"), (browser, "PUT"), (browser, "GET")):
        knock.state.channel_data.put(ACME, CHAT, {"token": {"access_token": "xoxb-1"}})
        answers.append(client.request(method, f"{SLACK}/revoke_access", params=HOLDER).content)
    assert answers == [b'{"ok":"ok"}', b'"ok"', b'"ok"', b'"ok"']


def test_a_browser_reaches_the_objects_that_its_token_grants(browser: httpx.Client) -> None:
    assert browser.get(f"{SLACK}/channels", params=HOLDER).status_code == 200
    other = {"access_token_object": '{"object_id":"globex","collection":"$tenants"}'}
    refused = browser.get(f"{SLACK}/channels", params=other)
    assert (refused.status_code, refused.json()["code"]) == (403, "access_denied")
    hint = "the user token does not grant slack/channels_read on $tenants/globex"
    assert refused.headers["x-knock-fake-hint"] == hint

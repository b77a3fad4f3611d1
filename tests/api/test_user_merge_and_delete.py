from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.steps import delay, in_app_feed
from knock_fake.timestamps import show_instant

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from knock_fake import KnockFake

FEED = "/v1/users/{}/feeds/55555555-5555-4555-8555-555555555555"
PUSH = "33333333-3333-4333-8333-333333333333"
CHAT = "44444444-4444-4444-8444-444444444444"
WEBHOOK = "66666666-6666-4666-8666-666666666666"
START = "2026-01-01T00:00:00.000000Z"


def identifiers(page: httpx.Response, envelope: str = "items") -> list[str]:
    return [item["id"] for item in page.json()[envelope]]


def test_deleting_a_user_forgets_it(api: httpx.Client) -> None:
    api.put("/v1/users/jane", json={"name": "Jane"})
    deleted = api.delete("/v1/users/jane")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert api.get("/v1/users/jane").status_code == 404
    assert identifiers(api.get("/v1/users"), "entries") == []


def test_deleting_a_user_whom_nobody_identified_is_fine(api: httpx.Client) -> None:
    assert api.delete("/v1/users/jane").status_code == 204


def test_the_messages_of_a_deleted_user_are_gone_everywhere(
    api: httpx.Client, notify: Callable[..., list[str]]
) -> None:
    (hers,), (his,) = notify("jane"), notify("joe")
    api.delete("/v1/users/jane")
    assert identifiers(api.get("/v1/messages")) == [his]
    assert identifiers(api.get("/v1/messages", params={"source": "hello"})) == [his]
    assert identifiers(api.get("/v1/users/jane/messages")) == []
    assert identifiers(api.get(FEED.format("jane")), "entries") == []
    assert [api.get(f"/v1/messages/{hers}{part}").status_code for part in ("", "/events", "/content")] == [404] * 3


def test_an_id_that_is_used_again_inherits_nothing(
    api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]]
) -> None:
    inherited = {
        "name": "Jane",
        "created_at": "2020-01-01T00:00:00Z",
        "preferences": {"default": {"workflows": {"hello": False}}},
        "channel_data": {PUSH: {"tokens": ["t"]}},
    }
    api.put("/v1/users/jane", json=inherited)
    notify("jane", "letter")
    api.delete("/v1/users/jane")
    shown = {"__typename": "User", "id": "jane", "created_at": None, "updated_at": START}
    assert api.put("/v1/users/jane", json={}).json() == shown
    (user,) = knock.state.recipients.in_collection("$users")
    assert knock.state.preferences.of(user.reference) == {}
    assert knock.state.channel_data.of(user.reference) == {}
    assert identifiers(api.get("/v1/users/jane/messages")) == []
    assert len(notify("jane", "hello")) == 1


def test_what_waits_for_a_deleted_user_is_never_sent(
    api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]]
) -> None:
    notify("jane", "later")
    api.delete("/v1/users/jane")
    api.put("/v1/users/jane", json={})
    knock.clock.run_until_idle()
    assert len(knock.state.messages) == 0
    assert knock.clock.now.isoformat() == "2026-01-01T00:00:00+00:00"


def test_whoever_is_named_after_being_deleted_shows_with_the_id_alone(
    api: httpx.Client, notify: Callable[..., list[str]]
) -> None:
    notify("jane", actor={"id": "joe", "name": "Joe"})
    api.delete("/v1/users/joe")
    (item,) = api.get(FEED.format("jane")).json()["entries"]
    missing = {"__typename": "User", "id": "joe", "created_at": None, "updated_at": None}
    assert item["actors"] == [missing]
    assert item["activities"][0]["actor"] == missing


def test_merging_keeps_what_the_primary_has_and_adds_what_it_lacks(api: httpx.Client, knock: KnockFake) -> None:
    primary = {
        "name": "Jane",
        "email": None,
        "team": {"city": "Rome"},
        "preferences": {"default": {"workflows": {"hello": True}}},
        "channel_data": {PUSH: {"tokens": ["primary"]}},
    }
    secondary = {
        "name": "Joe",
        "email": "joe@example.com",
        "plan": "pro",
        "team": {"city": "Bonn", "id": 2},
        "created_at": "2020-01-01T00:00:00Z",
        "preferences": {"default": {"workflows": {"hello": False}}, "acme": {"categories": {"social": False}}},
        "channel_data": {PUSH: {"tokens": ["secondary"]}, WEBHOOK: {"path": "x"}},
    }
    api.put("/v1/users/jane", json=primary)
    api.put("/v1/users/joe", json=secondary)
    knock.clock.advance("1s")
    merged = api.post("/v1/users/jane/merge", json={"from_user_id": "joe"})
    assert (merged.status_code, merged.json()) == (
        200,
        {
            "__typename": "User",
            "id": "jane",
            "name": "Jane",
            "email": None,
            "plan": "pro",
            "team": {"city": "Rome", "id": 2},
            "created_at": "2020-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:01.000000Z",
        },
    )
    (user,) = knock.state.recipients.in_collection("$users")
    assert api.get("/v1/users/joe").status_code == 404
    assert knock.state.preferences.of(user.reference) == {
        "default": {"workflows": {"hello": True}},
        "acme": {"categories": {"social": False}},
    }
    assert knock.state.channel_data.of(user.reference) == {PUSH: {"tokens": ["primary"]}, WEBHOOK: {"path": "x"}}


def test_messages_of_the_last_thirty_days_move_in_their_order(
    api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]]
) -> None:
    (old,) = notify("joe")
    knock.clock.advance("30d1s")
    (first,), (second,), (third,) = notify("joe"), notify("jane"), notify("joe")
    api.post("/v1/users/jane/merge", json={"from_user_id": "joe"})
    assert identifiers(api.get("/v1/users/jane/messages")) == [third, second, first]
    assert identifiers(api.get(FEED.format("jane")), "entries") == [third, second, first]
    assert identifiers(api.get(FEED.format("joe")), "entries") == []
    assert knock.state.messages.get(old) is None


def test_a_message_that_moved_names_the_primary_throughout(api: httpx.Client, notify: Callable[..., list[str]]) -> None:
    (message,) = notify("joe")
    run = api.get(f"/v1/messages/{message}").json()["source"]
    jane = api.put("/v1/users/jane", json={}).json()
    jane = api.post("/v1/users/jane/merge", json={"from_user_id": "joe"}).json()
    (activity,) = api.get(f"/v1/messages/{message}/activities").json()["items"]
    events = api.get(f"/v1/messages/{message}/events").json()["items"]
    assert api.get(f"/v1/messages/{message}").json()["recipient"] == "jane"
    assert activity["recipient"] == jane
    assert {event["recipient"] for event in events} == {"jane"}
    for name in ("workflow_run_id", "workflow_recipient_run_id"):
        assert identifiers(api.get("/v1/messages", params={name: run[name]})) == [message]


def test_items_of_two_feeds_that_shared_an_instant_are_spread_when_they_merge(
    api: httpx.Client, notify: Callable[..., list[str]]
) -> None:
    (first,), (second,), (third,) = notify("joe"), notify("jane"), notify("joe")
    api.post("/v1/users/jane/merge", json={"from_user_id": "joe"})
    entries = api.get(FEED.format("jane")).json()["entries"]
    assert [(item["id"], item["inserted_at"][20:23], item["updated_at"][20:23]) for item in entries] == [
        (third, "002", "002"),
        (second, "001", "001"),
        (first, "000", "000"),
    ]


def test_paused_runs_of_the_secondary_stop_unsent(
    api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]]
) -> None:
    notify("jane", "later")
    notify("joe", "later")
    api.post("/v1/users/jane/merge", json={"from_user_id": "joe"})
    knock.clock.run_until_idle()
    (message,) = knock.state.messages
    assert (str(message.recipient), show_instant(message.inserted_at)) == ("jane", "2026-01-01T01:00:00.000000Z")


def test_a_merged_user_can_be_identified_again(api: httpx.Client, notify: Callable[..., list[str]]) -> None:
    notify("jane")
    notify("joe")
    api.post("/v1/users/jane/merge", json={"from_user_id": "joe"})
    notify("joe")
    assert [len(identifiers(api.get(f"/v1/users/{user}/messages"))) for user in ("jane", "joe")] == [2, 1]


@pytest.mark.parametrize(("primary", "secondary"), [("jane", "nobody"), ("nobody", "jane")])
def test_merging_needs_both_users(api: httpx.Client, primary: str, secondary: str) -> None:
    api.put("/v1/users/jane", json={"name": "Jane"})
    refused = api.post(f"/v1/users/{primary}/merge", json={"from_user_id": secondary})
    assert (refused.status_code, refused.json()["code"]) == (404, "resource_missing")
    assert refused.headers["x-knock-fake-hint"] == "there is no user 'nobody'"
    assert identifiers(api.get("/v1/users"), "entries") == ["jane"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"from_user_id": "jane"}, ("from_user_id", "must name another user than the path", "invalid")),
        ({}, ("from_user_id", "is required", "required")),
        ({"from_user_id": None}, ("from_user_id", "must be a string, not null", "type")),
        ({"from_user_id": ""}, ("from_user_id", "must not be empty", "length")),
    ],
)
def test_merging_needs_another_user_to_merge(
    api: httpx.Client, body: dict[str, object], error: tuple[str, str, str]
) -> None:
    api.put("/v1/users/jane", json={})
    refused = api.post("/v1/users/jane/merge", json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"] == [dict(zip(("field", "message", "type"), error, strict=True))]


def test_deleting_one_user_leaves_a_step_for_another_alone(api: httpx.Client, knock: KnockFake) -> None:
    knock.workflows.add("pair", steps=[delay("1m"), in_app_feed("Hi")])
    body = {"recipients": [{"id": "jane"}, {"id": "joe"}]}
    api.post("/v1/workflows/pair/trigger", json=body)
    api.delete("/v1/users/jane")
    knock.clock.run_until_idle()
    assert [str(message.recipient) for message in knock.state.messages] == ["joe"]

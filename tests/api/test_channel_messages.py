from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.steps import email, in_app_feed

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject

FEED = "55555555-5555-4555-8555-555555555555"
EMAIL = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def bulk(knock: KnockFake, api: httpx.Client) -> Callable[..., JsonObject]:
    """Two in-app items and an email for Jane, one item for Bob; then a bulk call and how it ended."""
    knock.workflows.add("digest", steps=[in_app_feed("hi"), email("s", "b")])
    knock.workflows.add("alert", steps=[in_app_feed("oh")])
    send(api, "digest", "jane", data={"kind": "a"})
    knock.clock.advance("1h")
    send(api, "alert", "jane", tenant="acme", data={"kind": "b"})
    knock.clock.advance("1h")
    send(api, "alert", "bob")

    def call(action: str, channel: str = FEED, **body: Json) -> JsonObject:
        begun = api.post(f"/v1/channels/{channel}/messages/bulk/{action}", json=body)
        assert begun.status_code == 200, begun.text
        assert begun.json()["status"] == "queued"
        ended: JsonObject = api.get(begun.json()["progress_path"]).json()
        assert ended["status"] == "completed"
        return ended

    return call


def send(api: httpx.Client, workflow: str, who: str, **body: Json) -> None:
    recipient: JsonObject = {"id": who, "email": f"{who}@example.com"}
    assert api.post(f"/v1/workflows/{workflow}/trigger", json={"recipients": [recipient], **body}).status_code == 200


def marked(knock: KnockFake, engagement: str = "read") -> list[tuple[str, str, str]]:
    return [
        (str(one.recipient), one.source.key, one.channel.type)
        for one in knock.state.messages
        if engagement in one.engagements
    ]


EVERY_ITEM = [("jane", "digest", "in_app_feed"), ("jane", "alert", "in_app_feed"), ("bob", "alert", "in_app_feed")]


def test_an_empty_body_means_the_whole_channel_and_no_other(knock: KnockFake, bulk: Callable[..., JsonObject]) -> None:
    ended = bulk("read")
    assert marked(knock) == EVERY_ITEM
    assert (ended["name"], ended["estimated_total_rows"], ended["success_count"]) == ("messages.read", 3, 3)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ({"user_ids": ["jane"]}, [0, 1]),
        ({"recipient_ids": ["bob", "nobody"]}, [2]),
        ({"user_ids": ["jane", "bob"], "recipient_ids": ["bob"]}, [2]),
        ({"user_ids": []}, []),
        ({"tenants": ["acme"]}, [1]),
        ({"has_tenant": False}, [0, 2]),
        ({"has_tenant": True}, [1]),
        ({"workflows": ["digest"]}, [0]),
        ({"older_than": "2026-01-01T01:00:00Z"}, [0]),
        ({"newer_than": "2026-01-01T01:00:00Z"}, [2]),
        ({"delivery_status": "sent"}, []),
        ({"delivery_status": "delivered"}, [0, 1, 2]),
        ({"engagement_status": "unread"}, [0, 1, 2]),
        ({"engagement_status": "seen"}, []),
        ({"archived": "only"}, []),
        ({"archived": "exclude"}, [0, 1, 2]),
        ({"trigger_data": '{"kind": "b"}'}, [1]),
        ({"user_ids": None, "tenants": None, "archived": None, "older_than": None}, [0, 1, 2]),
    ],
)
def test_every_filter_narrows_and_all_of_them_together(
    knock: KnockFake, bulk: Callable[..., JsonObject], body: JsonObject, kept: list[int]
) -> None:
    bulk("read", **body)
    assert marked(knock) == [EVERY_ITEM[index] for index in kept]


@pytest.mark.parametrize(
    ("action", "engagement", "name"),
    [
        ("seen", "seen", "messages.seen"),
        ("interacted", "interacted", "messages.interacted"),
        ("archived", "archived", "messages.archived"),
        ("archive", "archived", "messages.archived"),
    ],
)
def test_actions_mark_in_both_spellings_and_are_undone(
    knock: KnockFake, bulk: Callable[..., JsonObject], action: str, engagement: str, name: str
) -> None:
    assert bulk(action)["name"] == name
    assert marked(knock, engagement) == EVERY_ITEM


@pytest.mark.parametrize(("action", "undo"), [("seen", "unseen"), ("read", "unread"), ("archive", "unarchive")])
def test_what_was_marked_is_taken_back(
    knock: KnockFake, bulk: Callable[..., JsonObject], action: str, undo: str
) -> None:
    bulk(action)
    bulk(undo, user_ids=["jane"])
    assert marked(knock, {"archive": "archived"}.get(action, action)) == EVERY_ITEM[2:]


def test_delete_takes_messages_out_of_lists_and_feeds(
    api: httpx.Client, knock: KnockFake, bulk: Callable[..., JsonObject]
) -> None:
    assert bulk("delete", user_ids=["jane"])["success_count"] == 2
    assert api.get(f"/v1/users/jane/feeds/{FEED}").json()["entries"] == []
    assert [one["channel"]["type"] for one in api.get("/v1/users/jane/messages").json()["items"]] == ["email"]
    assert len(knock.state.messages) == 2


def test_in_app_messages_are_marked_for_ever_and_others_while_retained(
    knock: KnockFake, bulk: Callable[..., JsonObject]
) -> None:
    knock.clock.advance("31d")
    bulk("read")
    bulk("read", channel=EMAIL)
    assert marked(knock) == EVERY_ITEM


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        (f"/v1/channels/{FEED}/messages/bulk/reed", {}, 422, "action"),
        (f"/v1/channels/{FEED}/messages/bulk/read", {"older_than": "soon"}, 422, "older_than"),
        (f"/v1/channels/{FEED}/messages/bulk/read", {"delivery_status": "lost"}, 422, "delivery_status"),
        (f"/v1/channels/{FEED}/messages/bulk/read", {"trigger_data": '{"a": {}}'}, 422, "trigger_data.a"),
        (f"/v1/channels/{FEED}/messages/bulk/read", {"user_ids": "jane"}, 422, "user_ids"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    api: httpx.Client,
    knock: KnockFake,
    bulk: Callable[..., JsonObject],
    path: str,
    body: JsonObject,
    status: int,
    field: str,
) -> None:
    refused = api.post(path, json=body)
    assert (refused.status_code, [error["field"] for error in refused.json()["errors"]]) == (status, [field])
    assert marked(knock) == []


def test_an_unknown_channel_is_refused(api: httpx.Client) -> None:
    refused = api.post("/v1/channels/nope/messages/bulk/read", json={})
    assert (refused.status_code, refused.json()["code"]) == (400, "channel_invalid")

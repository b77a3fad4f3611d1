from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from knock_fake.steps import email, in_app_feed, push, webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from knock_fake import KnockFake

EMAIL = "11111111-1111-4111-8111-111111111111"
PUSH = "33333333-3333-4333-8333-333333333333"
START = "2026-01-01T00:00:00.000000Z"
LISTS = ("/v1/messages", "/v1/users/jane/messages")


def identifiers(page: httpx.Response) -> list[str]:
    assert page.status_code == 200, page.text
    return [item["id"] for item in page.json()["items"]]


def test_a_message_shows_everything_known_of_it(api: httpx.Client, notify: Callable[..., list[str]]) -> None:
    (message,) = notify("jane", "letter", data={"a": 1}, tenant="acme", actor={"id": "joe"})
    shown = api.get(f"/v1/messages/{message}").json()
    source = shown["source"]
    assert shown == {
        "__typename": "Message",
        "id": message,
        "channel_id": EMAIL,
        "channel": {
            "id": EMAIL,
            "key": "email",
            "name": "email",
            "provider": "sendgrid",
            "type": "email",
            "created_at": START,
            "updated_at": START,
        },
        "recipient": "jane",
        "recipient_snapshot": {"email": "jane@example.com", "name": None},
        "actors": ["joe"],
        "workflow": "letter",
        "tenant": "acme",
        "status": "delivered",
        "engagement_statuses": [],
        "seen_at": None,
        "read_at": None,
        "interacted_at": None,
        "link_clicked_at": None,
        "clicked_at": None,
        "archived_at": None,
        "scheduled_at": None,
        "inserted_at": START,
        "updated_at": START,
        "source": {
            "__typename": "NotificationSource",
            "key": "letter",
            "version_id": source["version_id"],
            "categories": [],
            "type": "workflow",
            "step_ref": "email_1",
            "workflow_run_id": source["workflow_run_id"],
            "workflow_recipient_run_id": source["workflow_recipient_run_id"],
        },
        "data": {"a": 1},
        "metadata": {"external_id": f"sendgrid-{message}"},
    }


@pytest.mark.parametrize("part", ["", "/events", "/activities", "/content", "/delivery_logs"])
def test_an_unknown_message_is_missing(api: httpx.Client, part: str) -> None:
    missing = api.get(f"/v1/messages/37dGaqtuq2hfV55PSwm0A6LZ8AM{part}")
    assert (missing.status_code, missing.json()) == (
        404,
        {
            "code": "resource_missing",
            "message": "The message you requested could not be found.",
            "status": 404,
            "type": "api_error",
        },
    )


def test_messages_are_listed_newest_first_with_a_cursor_each(
    api: httpx.Client, notify: Callable[..., list[str]]
) -> None:
    (first,), (second,), (third,) = notify("jane"), notify("joe"), notify("jane")
    listed = api.get("/v1/messages").json()["items"]
    cursors = {item.pop("__cursor") for item in listed}
    assert listed == [api.get(f"/v1/messages/{one}").json() for one in (third, second, first)]
    assert len(cursors) == 3
    assert identifiers(api.get("/v1/users/jane/messages")) == [third, first]
    assert identifiers(api.get("/v1/users/nobody/messages")) == []


def test_pages_of_messages_lead_forth_and_back(api: httpx.Client, notify: Callable[..., list[str]]) -> None:
    made = [notify()[0] for _ in range(5)]
    first = api.get("/v1/messages", params={"page_size": 2})
    (newest,) = notify()
    second = api.get("/v1/messages", params={"page_size": 2, "after": first.json()["page_info"]["after"]})
    newer = api.get("/v1/messages", params={"before": first.json()["items"][0]["__cursor"]})
    assert identifiers(first) == [made[4], made[3]]
    assert identifiers(second) == [made[2], made[1]]
    assert identifiers(newer) == [newest]
    assert second.json()["page_info"]["before"] == second.json()["items"][0]["__cursor"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", ["untenanted", "acme", "globex", "letter"]),
        ("source=hello", ["untenanted", "acme", "globex"]),
        ("source=unknown", []),
        ("tenant=acme", ["untenanted", "acme", "letter"]),
        ("tenant=acme&source=hello", ["untenanted", "acme"]),
        (f"channel_id={EMAIL}", ["letter"]),
        ("status[]=delivered", ["untenanted", "acme", "globex", "letter"]),
        ("status=sent&status=queued", []),
        ("workflow_categories[]=social&workflow_categories[]=other", ["untenanted", "acme", "globex"]),
        ("workflow_categories[]=Social", []),
        ("engagement_status[]=seen", ["acme"]),
        ("engagement_status[]=unseen", ["untenanted", "globex", "letter"]),
        ("engagement_status[]=read", ["globex"]),
        ("engagement_status[]=interacted", ["globex"]),
        ("engagement_status[]=archived&engagement_status[]=seen", ["acme", "letter"]),
        ("engagement_status[]=unarchived", ["untenanted", "acme", "globex"]),
        ("engagement_status[]=link_clicked", []),
        ('trigger_data={"n":1}', ["acme"]),
        ('trigger_data={"n":1.0}', ["acme"]),
        ('trigger_data={"n":"1"}', []),
        ('trigger_data={"n":true}', []),
        ('trigger_data={"n":null}', ["globex"]),
        ('trigger_data={"n":1,"kind":"x"}', ["acme"]),
        ('trigger_data={"kind":"x"}', ["acme", "globex"]),
        ('trigger_data={"kind":"y"}', []),
        ('trigger_data={"nested":"x"}', []),
        ("trigger_data={}", ["untenanted", "acme", "globex", "letter"]),
    ],
)
def test_filters_of_message_lists(
    api: httpx.Client, notify: Callable[..., list[str]], path: str, query: str, kept: list[str]
) -> None:
    made = {
        "untenanted": notify()[0],
        "acme": notify(tenant="acme", data={"n": 1, "kind": "x", "nested": {"n": 1}})[0],
        "globex": notify(tenant="globex", data={"n": None, "kind": "x"})[0],
        "letter": notify(workflow="letter")[0],
    }
    api.put(f"/v1/messages/{made['acme']}/seen")
    api.put(f"/v1/messages/{made['globex']}/interacted")
    api.put(f"/v1/messages/{made['letter']}/archived")
    assert identifiers(api.get(f"{path}?{query}")) == [made[name] for name in reversed(kept)]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("inserted_at.gt=2026-01-01T00:00:00Z", [1, 2]),
        ("inserted_at[gte]=2026-01-01T00:00:00Z", [0, 1, 2]),
        ("inserted_at.lt=2026-01-01T02:00:00Z", [0, 1]),
        ("inserted_at[lte]=2026-01-01T02:00:00Z", [0, 1, 2]),
        ("inserted_at[gt]=2026-01-01T00:00:00Z&inserted_at.lt=2026-01-01T02:00:00Z", [1]),
        ("inserted_at[gt]=2026-01-01T01:00:00%2B01:00", [1, 2]),
        ("inserted_at[gte]=2026-01-01T01:00:00", [1, 2]),
    ],
)
def test_messages_are_found_by_when_they_were_made(
    api: httpx.Client,
    knock: KnockFake,
    notify: Callable[..., list[str]],
    path: str,
    query: str,
    kept: list[int],
) -> None:
    made = []
    for _ in range(3):
        made += notify(workflow="letter")
        knock.clock.advance("1h")
    assert identifiers(api.get(f"{path}?{query}")) == [made[number] for number in reversed(kept)]


def test_the_messages_of_one_trigger_and_of_one_run_are_found(api: httpx.Client, knock: KnockFake) -> None:
    knock.workflows.add("pair", steps=[in_app_feed("Hi"), webhook("https://example.com")])
    body = {"recipients": [{"id": "jane"}, {"id": "joe"}]}
    api.post("/v1/workflows/pair/trigger", json=body)
    run = api.post("/v1/workflows/pair/trigger", json=body).json()["workflow_run_id"]
    found = api.get("/v1/messages", params={"workflow_run_id": run}).json()["items"]
    own = found[0]["source"]["workflow_recipient_run_id"]
    of_run = api.get("/v1/messages", params={"workflow_recipient_run_id": own}).json()["items"]
    of_user = api.get("/v1/users/joe/messages", params={"workflow_run_id": run}).json()["items"]
    assert sorted(one["recipient"] for one in found) == ["jane", "jane", "joe", "joe"]
    assert [one["id"] for one in found] == identifiers(api.get("/v1/messages"))[:4]
    assert {one["recipient"] for one in of_run} == {found[0]["recipient"]}
    assert [one["channel"]["type"] for one in of_run] == ["http", "in_app_feed"]
    assert [one["id"] for one in of_user] == [one["id"] for one in found if one["recipient"] == "joe"]
    assert identifiers(api.get("/v1/messages", params={"workflow_run_id": "unknown"})) == []
    assert identifiers(api.get("/v1/messages", params={"workflow_recipient_run_id": "unknown"})) == []


@pytest.mark.parametrize("path", LISTS)
def test_message_ids_combine_with_other_filters(api: httpx.Client, notify: Callable[..., list[str]], path: str) -> None:
    (first,), (letter,), (last,), (his,) = notify(), notify(workflow="letter"), notify(), notify("joe")
    wanted = "&".join(f"message_ids[]={one}" for one in (first, letter, last, last, "unknown"))
    assert identifiers(api.get(f"{path}?{wanted}")) == [last, letter, first]
    assert identifiers(api.get(f"{path}?{wanted}&source=hello")) == [last, first]
    assert identifiers(api.get(f"/v1/users/jane/messages?message_ids[]={his}")) == []


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("query", "field", "kind"),
    [
        ("status[]=seen", "status.0", "enum"),
        ("engagement_status[]=delivered", "engagement_status.0", "enum"),
        ("&".join("message_ids[]=x" for _ in range(51)), "message_ids", "length"),
        ('trigger_data={"a":{"b":1}}', "trigger_data.a", "type"),
        ('trigger_data={"a":[1]}', "trigger_data.a", "type"),
        ("trigger_data=[1]", "trigger_data", "type"),
        ("trigger_data=nonsense", "trigger_data", "type"),
        ("inserted_at.gt=yesterday", "inserted_at.gt", "format"),
        ("inserted_at[around]=2026-01-01T00:00:00Z", "inserted_at.around", "enum"),
        ("inserted_at=2026-01-01T00:00:00Z", "inserted_at", "type"),
        ("inserted_at.lt=0001-01-01T00:00:00%2B14:00", "inserted_at.lt", "format"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_by_name(
    api: httpx.Client, path: str, query: str, field: str, kind: str
) -> None:
    refused = api.get(f"{path}?{query}")
    assert refused.status_code == 422
    assert [(error["field"], error["type"]) for error in refused.json()["errors"]] == [(field, kind)]


def test_long_texts_are_compared_by_their_first_256_characters(
    api: httpx.Client, notify: Callable[..., list[str]]
) -> None:
    (message,) = notify(data={"text": "x" * 256 + "tail"})
    for text, kept in (("x" * 256, [message]), ("x" * 300, [message]), ("x" * 255, [])):
        query = {"trigger_data": json.dumps({"text": text})}
        assert identifiers(api.get("/v1/messages", params=query)) == kept


def test_the_history_of_a_message_is_its_events_newest_first(
    api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]]
) -> None:
    (message,) = notify(workflow="letter")
    knock.clock.advance("1m")
    api.put(f"/v1/messages/{message}/interacted", json={"metadata": {"button": "yes"}})
    events = api.get(f"/v1/messages/{message}/events").json()["items"]
    assert [(event["type"], event["data"], event["inserted_at"]) for event in events] == [
        ("message.read", None, "2026-01-01T00:01:00.000000Z"),
        ("message.interacted", {"button": "yes"}, "2026-01-01T00:01:00.000000Z"),
        ("message.delivered", None, START),
        ("message.sent", None, START),
        ("message.queued", None, START),
        ("message.created", None, START),
    ]
    assert {(event["__typename"], event["recipient"]) for event in events} == {("MessageEvent", "jane")}
    assert len({event["id"] for event in events}) == 6


@pytest.mark.parametrize(
    ("workflow", "types"),
    [
        ("hello", ["created", "queued", "delivered"]),
        ("letter", ["created", "queued", "sent", "delivered"]),
        ("pushed", ["created", "queued", "sent"]),
    ],
)
def test_a_message_passes_the_statuses_of_its_channel_type(
    api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]], workflow: str, types: list[str]
) -> None:
    knock.workflows.add("pushed", steps=[push("Hi", "there")])
    api.put("/v1/users/jane", json={"channel_data": {PUSH: {"tokens": ["t"]}}})
    (message,) = notify(workflow=workflow)
    events = api.get(f"/v1/messages/{message}/events").json()["items"]
    assert [event["type"] for event in events] == [f"message.{one}" for one in reversed(types)]
    assert api.get(f"/v1/messages/{message}").json()["status"] == types[-1]


def test_a_channel_in_sandbox_mode_generates_messages_and_sends_none(api: httpx.Client, knock: KnockFake) -> None:
    knock.channels.add("mail-sandbox", type="email", sandbox=True)
    knock.workflows.add("letter", steps=[email("Hi", "Hi", channel_key="mail-sandbox")])
    api.post("/v1/workflows/letter/trigger", json={"recipients": [{"id": "jane", "email": "j@example.com"}]})
    (message,) = api.get("/v1/messages").json()["items"]
    logs = api.get(f"/v1/messages/{message['id']}/delivery_logs").json()["items"]
    assert (message["status"], message["metadata"], logs) == ("not_sent", None, [])


def test_pages_of_events(api: httpx.Client, notify: Callable[..., list[str]]) -> None:
    (message,) = notify(workflow="letter")
    path = f"/v1/messages/{message}/events"
    first = api.get(path, params={"page_size": 3}).json()
    rest = api.get(path, params={"page_size": 3, "after": first["page_info"]["after"]}).json()
    assert [event["type"] for event in first["items"]] == ["message.delivered", "message.sent", "message.queued"]
    assert [event["type"] for event in rest["items"]] == ["message.created"]
    assert rest["page_info"]["after"] is None


def test_an_activity_holds_actor_recipient_and_data_in_full(
    api: httpx.Client, notify: Callable[..., list[str]]
) -> None:
    (message,) = notify("jane", data={"a": {"b": [1]}}, actor={"id": "joe", "name": "Joe"})
    (activity,) = api.get(f"/v1/messages/{message}/activities").json()["items"]
    assert activity == {
        "__typename": "Activity",
        "__cursor": activity["__cursor"],
        "id": activity["id"],
        "actor": {
            "__typename": "User",
            "id": "joe",
            "name": "Joe",
            "created_at": None,
            "updated_at": START,
        },
        "recipient": {
            "__typename": "User",
            "id": "jane",
            "email": "jane@example.com",
            "created_at": None,
            "updated_at": START,
        },
        "data": {"a": {"b": [1]}},
        "inserted_at": START,
        "updated_at": START,
    }


@pytest.mark.parametrize(("filter_", "found"), [('{"a":1}', 1), ('{"a":2}', 0), ("{}", 1)])
def test_activities_are_narrowed_by_trigger_data(
    api: httpx.Client, notify: Callable[..., list[str]], filter_: str, found: int
) -> None:
    (message,) = notify(data={"a": 1})
    page = api.get(f"/v1/messages/{message}/activities", params={"trigger_data": filter_})
    assert len(page.json()["items"]) == found

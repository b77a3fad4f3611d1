from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.steps import in_app_feed

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject

CHANNEL = "55555555-5555-4555-8555-555555555555"
FEED = f"/v1/users/jane/feeds/{CHANNEL}"
START = "2026-01-01T00:00:00.000000Z"
FILE: JsonObject = {"name": "a.txt", "content_type": "text/plain", "content": "YQ=="}
JANE: JsonObject = {
    "__typename": "User",
    "id": "jane",
    "name": "Jane",
    "plan": {"name": "pro", "seats": 3},
    "created_at": None,
    "updated_at": START,
}
PROJECT: JsonObject = {
    "__typename": "Object",
    "id": "p1",
    "collection": "projects",
    "properties": {"name": "Apollo"},
    "created_at": None,
    "updated_at": START,
}
SHORT_PROJECT: JsonObject = {"__typename": "Object", "id": "p1", "properties": {"name": "Apollo"}}
DATA: JsonObject = {"text": "Hi", "deep": {"a": 1, "b": {"c": 2}}}


@pytest.fixture
def item(knock: KnockFake, api: httpx.Client) -> None:
    """A feed item for Jane, from a project."""
    knock.variables.set("app", {"url": "https://example.com", "name": "Acme"})
    knock.workflows.add("hello", steps=[in_app_feed("Hi")])
    recipient = {"id": "jane", "name": "Jane", "plan": {"name": "pro", "seats": 3}}
    actor = {"collection": "projects", "id": "p1", "name": "Apollo"}
    body = {"recipients": [recipient], "actor": actor, "data": DATA}
    assert api.post("/v1/workflows/hello/trigger", json=body).status_code == 200


def parts(api: httpx.Client, **query: str) -> dict[str, Json]:
    feed = api.get(FEED, params=query).json()
    (entry,) = feed["entries"]
    (activity,) = entry.get("activities", [{}])
    return {
        "vars": feed["vars"],
        "actors": entry["actors"],
        "data": entry["data"],
        **{f"activity {key}": activity.get(key) for key in ("actor", "recipient", "data")},
    }


def in_both(data: Json) -> dict[str, Json]:
    return {"data": data, "activity data": data}


EVERYTHING: dict[str, Json] = {
    "vars": {"app": {"url": "https://example.com", "name": "Acme"}},
    "actors": [PROJECT],
    "data": DATA,
    "activity actor": PROJECT,
    "activity recipient": JANE,
    "activity data": DATA,
}


@pytest.mark.parametrize(
    ("response_filter", "changes"),
    [
        ({}, {}),
        ({"vars": True, "actor": True, "recipient": True, "data": True}, {}),
        ({"vars": False}, {"vars": {}}),
        ({"actor": False}, {"actors": [], "activity actor": None}),
        ({"recipient": False}, {"activity recipient": None}),
        ({"data": False}, in_both(None)),
        ({"vars": {"only": ["app.name", "unknown"]}}, {"vars": {"app": {"name": "Acme"}}}),
        ({"vars": {"except": ["app.url"]}}, {"vars": {"app": {"name": "Acme"}}}),
        (
            {"actor": {"only": ["id", "properties.name"]}},
            {"actors": [SHORT_PROJECT], "activity actor": SHORT_PROJECT},
        ),
        (
            {"recipient": {"except": ["name", "plan.seats", "created_at", "updated_at", "none.of.this"]}},
            {"activity recipient": {"__typename": "User", "id": "jane", "plan": {"name": "pro"}}},
        ),
        (
            {"data": {"only": ["deep.b.c", "deep.a", "text.length"]}},
            in_both({"deep": {"b": {"c": 2}, "a": 1}}),
        ),
        ({"data": {"only": ["deep", "deep.a"]}}, in_both({"deep": DATA["deep"]})),
        ({"data": {"only": []}}, in_both({})),
        ({"data": {"except": ["deep.b", "text"]}}, in_both({"deep": {"a": 1}})),
    ],
    ids=str,
)
@pytest.mark.usefixtures("item")
def test_a_response_filter_decides_what_a_feed_shows(
    knock: KnockFake, api: httpx.Client, response_filter: JsonObject, changes: dict[str, Json]
) -> None:
    knock.feeds.set_response_filter("in-app-feed", response_filter)
    assert parts(api) == {**EVERYTHING, **changes}


@pytest.mark.usefixtures("item")
def test_a_filter_takes_the_place_of_the_one_before_and_is_for_one_channel(knock: KnockFake, api: httpx.Client) -> None:
    knock.channels.add("other-feed", type="in_app_feed")
    knock.feeds.set_response_filter("in-app-feed", {"data": False})
    knock.feeds.set_response_filter("in-app-feed", {"vars": False})
    knock.feeds.set_response_filter("other-feed", {"actor": False})
    assert parts(api) == {**EVERYTHING, "vars": {}}


@pytest.mark.usefixtures("item")
def test_filters_leave_badges_messages_and_what_is_stored_alone(knock: KnockFake, api: httpx.Client) -> None:
    knock.feeds.set_response_filter("in-app-feed", dict.fromkeys(("vars", "actor", "recipient", "data"), False))
    feed = api.get(FEED).json()
    assert feed["meta"]["total_count"] == 1
    assert (feed["entries"][0]["total_actors"], feed["entries"][0]["total_activities"]) == (1, 1)
    (message,) = api.get("/v1/messages").json()["items"]
    assert (message["data"], message["actors"]) == (DATA, [{"id": "p1", "collection": "projects"}])


@pytest.mark.usefixtures("item")
def test_filters_hold_for_compact_feeds_and_before_what_a_call_excludes(knock: KnockFake, api: httpx.Client) -> None:
    knock.feeds.set_response_filter("in-app-feed", {"actor": {"except": ["properties"]}, "data": {"only": ["deep"]}})
    compact = parts(api, mode="compact")
    project = {key: value for key, value in PROJECT.items() if key != "properties"}
    assert (compact["actors"], compact["data"]) == ([project], {})
    excluded = api.get(FEED, params={"exclude": "entries.actors.id"}).json()["entries"][0]["actors"]
    assert excluded == [{key: value for key, value in project.items() if key != "id"}]


@pytest.mark.parametrize(
    ("channel", "response_filter", "error", "message"),
    [
        ("in-app-feed", [], UsageTypeError, "must be a dictionary, not list"),
        (5, {}, UsageTypeError, "a channel key is text, not int"),
        ("email", {}, UsageError, "there is no feed channel 'email'; known: 'in-app-feed'"),
        ("in-app-fed", {}, UsageError, "there is no feed channel 'in-app-fed'; did you mean 'in-app-feed'?"),
        ("in-app-feed", {"actors": True}, UsageError, "unknown key 'actors'; did you mean 'actor'?"),
        (
            "in-app-feed",
            {"actor": {"include": []}},
            UsageError,
            "actor.include is not a known key; known: 'except', 'only'",
        ),
        ("in-app-feed", {"actor": {}}, UsageError, "actor must not be empty"),
        ("in-app-feed", {"data": {"only": [], "except": []}}, UsageError, "data has more than 1 keys"),
        ("in-app-feed", {"data": {"only": "a"}}, UsageError, "data.only must be a list, not the string 'a'"),
        ("in-app-feed", {"vars": None}, UsageError, "vars must be a boolean or an object, not null"),
    ],
)
def test_a_filter_that_does_not_fit_is_refused(
    knock: KnockFake, channel: str, response_filter: JsonObject, error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as refused:
        knock.feeds.set_response_filter(channel, response_filter)
    assert str(refused.value) == f"feeds.set_response_filter: {message}"


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({"attachments": [FILE]}, {}),
        ({"text": "Hi", "file": FILE, "files": [FILE, FILE]}, {"text": "Hi"}),
        ({"deep": {"file": {**FILE, "disposition": "inline"}, "list": [FILE, "a"]}}, {"deep": {"list": ["a"]}}),
        (
            {"attachments": [], "file": {"name": "a.txt", "content": "YQ=="}},
            {"attachments": [], "file": {"name": "a.txt", "content": "YQ=="}},
        ),
        ({"list": [{"inner": [FILE]}, 1]}, {"list": [{}, 1]}),
    ],
    ids=["by the usual key", "by any key", "within", "no attachments", "within lists"],
)
def test_attachments_never_show_in_a_feed(
    knock: KnockFake, api: httpx.Client, data: JsonObject, shown: JsonObject
) -> None:
    knock.workflows.add("hello", steps=[in_app_feed("Hi")])
    body = {"recipients": [{"id": "jane"}], "data": data}
    assert api.post("/v1/workflows/hello/trigger", json=body).status_code == 200
    found = parts(api)
    assert (found["data"], found["activity data"]) == (shown, shown)
    (message,) = knock.state.messages
    assert message.data == data

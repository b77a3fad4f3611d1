from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from knock_fake import KnockFake

PROJECT = "/v1/objects/projects/p1"
PUSH = "33333333-3333-4333-8333-333333333333"
START = "2026-01-01T00:00:00.000000Z"


def errors(answer: httpx.Response) -> list[tuple[str, str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["field"], error["message"], error["type"]) for error in answer.json()["errors"]]


def identifiers(page: httpx.Response) -> list[str]:
    return [entry["id"] for entry in page.json()["entries"]]


def shown(**properties: object) -> dict[str, object]:
    return {
        "__typename": "Object",
        "id": "p1",
        "collection": "projects",
        "properties": properties,
        "created_at": None,
        "updated_at": START,
    }


def test_setting_creates_an_object_whose_properties_stand_in_a_map(api: httpx.Client) -> None:
    created = api.put(PROJECT, json={"name": "Apollo", "locale": "en", "timezone": "Europe/Rome", "plan": {"a": 1}})
    expected = shown(name="Apollo", locale="en", timezone="Europe/Rome", plan={"a": 1})
    assert (created.status_code, created.json()) == (200, expected)
    assert api.get(PROJECT).json() == expected


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_an_object_needs_no_properties(api: httpx.Client, body: bytes) -> None:
    created = api.put(PROJECT, content=body, headers={"content-type": "application/json"})
    assert (created.status_code, created.json()) == (200, shown())


def test_setting_again_merges_in_depth(api: httpx.Client, knock: KnockFake) -> None:
    api.put(PROJECT, json={"name": "Apollo", "plan": {"a": 1, "tags": ["x"]}, "created_at": "2020-01-01T00:00:00Z"})
    knock.clock.advance("1s")
    merged = api.put(PROJECT, json={"plan": {"tags": ["y"], "a": None}}).json()
    assert merged == {
        **shown(name="Apollo", plan={"a": None, "tags": ["y"]}),
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:01.000000Z",
    }


def test_inline_preferences_and_channel_data_are_kept_beside_the_properties(
    api: httpx.Client, knock: KnockFake
) -> None:
    body = {
        "preferences": {"default": {"workflows": {"hello": False}}},
        "channel_data": {PUSH: {"tokens": ["t"]}},
    }
    assert api.put(PROJECT, json=body).json() == shown()
    (project,) = knock.state.recipients.in_collection("projects")
    assert knock.state.preferences.of(project.reference) == body["preferences"]
    assert knock.state.channel_data.of(project.reference) == body["channel_data"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"name": 5}, ("name", "must be a string or null, not a number", "type")),
        ({"timezone": "Nowhere"}, ("timezone", "must be a time zone of the tz database", "format")),
        ({"x": "y" * 256_000}, ("body", "has properties of more than 256 kB", "length")),
        ({"channel_data": {PUSH: {}}}, (f"channel_data.{PUSH}.tokens", "is required", "required")),
    ],
    ids=["name", "timezone", "size", "channel data"],
)
def test_a_refused_object_names_the_field_and_is_not_set(
    api: httpx.Client, body: dict[str, object], error: tuple[str, str, str]
) -> None:
    assert errors(api.put(PROJECT, json=body)) == [error]
    assert api.get(PROJECT).status_code == 404


def test_an_object_that_nobody_set_is_missing(api: httpx.Client) -> None:
    missing = api.get(PROJECT)
    assert (missing.status_code, missing.json()) == (
        404,
        {
            "code": "resource_missing",
            "message": "The object you requested could not be found.",
            "status": 404,
            "type": "api_error",
        },
    )
    assert missing.headers["x-knock-fake-hint"] == "there is no object 'projects/p1'"


@pytest.mark.parametrize(
    ("path", "collection", "identifier"),
    [
        ("my%20things/a%2Fb%23c", "my things", "a/b#c"),
        ("bulk/set", "bulk", "set"),
        ("projects/bulk", "projects", "bulk"),
    ],
)
def test_collections_and_ids_are_any_text(api: httpx.Client, path: str, collection: str, identifier: str) -> None:
    created = api.put(f"/v1/objects/{path}", json={}).json()
    assert (created["collection"], created["id"]) == (collection, identifier)
    assert api.get(f"/v1/objects/{path}").json() == created


def test_a_collection_is_listed_in_order_of_creation_and_by_itself(api: httpx.Client) -> None:
    for path in ("projects/b", "teams/t", "projects/a", "projects/b"):
        api.put(f"/v1/objects/{path}", json={"name": path})
    first = api.get("/v1/objects/projects", params={"page_size": 1})
    second = api.get("/v1/objects/projects", params={"after": first.json()["page_info"]["after"]})
    assert (identifiers(first), identifiers(second)) == (["b"], ["a"])
    assert second.json()["page_info"] == {
        "__typename": "PageInfo",
        "after": None,
        "before": second.json()["entries"][0]["__cursor"],
        "page_size": 50,
    }


def test_a_collection_that_nobody_uses_is_an_empty_page(api: httpx.Client) -> None:
    info = {"__typename": "PageInfo", "after": None, "before": None, "page_size": 50}
    assert api.get("/v1/objects/unknown").json() == {"entries": [], "page_info": info}


def test_a_list_shows_preferences_on_request(api: httpx.Client) -> None:
    api.put(PROJECT, json={"preferences": {"default": {"channel_types": {"email": False}}}})
    (plain,) = api.get("/v1/objects/projects").json()["entries"]
    (full,) = api.get("/v1/objects/projects", params={"include[]": "preferences"}).json()["entries"]
    empty = dict.fromkeys(("workflows", "categories", "channels", "commercial_subscribed"))
    default = {"__typename": "PreferenceSet", "id": "default", **empty, "channel_types": {"email": False}}
    assert full == {**plain, "preferences": {"default": default}}


def test_deleting_an_object_forgets_it_and_an_unknown_one_is_gone_already(api: httpx.Client) -> None:
    api.put(PROJECT, json={"name": "Apollo"})
    deleted = [api.delete(PROJECT) for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in deleted] == [(204, b""), (204, b"")]
    assert api.get(PROJECT).status_code == 404
    assert api.put(PROJECT, json={}).json() == shown()


def test_deleting_an_object_drops_its_subscriptions_in_both_directions(api: httpx.Client, knock: KnockFake) -> None:
    api.put(PROJECT, json={})
    api.put("/v1/objects/teams/t1", json={})
    team = {"collection": "teams", "id": "t1"}
    api.post(f"{PROJECT}/subscriptions", json={"recipients": ["jane", team]})
    api.post(
        "/v1/objects/teams/t1/subscriptions", json={"recipients": ["jane", {"collection": "projects", "id": "p1"}]}
    )
    api.delete(PROJECT)
    (left,) = api.get("/v1/users/jane/subscriptions").json()["entries"]
    assert (left["object"]["id"], len(knock.state.subscriptions)) == ("t1", 1)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/jane"),
        ("PUT", "/jane"),
        ("DELETE", "/jane"),
        ("GET", "/jane/messages"),
        ("GET", "/jane/subscriptions"),
    ],
)
def test_users_are_no_objects(api: httpx.Client, method: str, path: str) -> None:
    api.put("/v1/users/jane", json={})
    refused = api.request(method, f"/v1/objects/$users{path}")
    assert errors(refused) == [("collection", "must not be $users: users are found under /v1/users", "invalid")]
    assert api.get("/v1/users/jane").status_code == 200


def test_the_messages_of_an_object_are_listed_and_filtered(
    api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]]
) -> None:
    notify("jane", "letter")
    project = {"collection": "projects", "id": "p1", "email": "apollo@example.com"}
    for name in ("a", "b"):
        api.post("/v1/workflows/letter/trigger", json={"recipients": [project], "data": {"name": name}})

    def found(**query: str) -> list[str]:
        return [message["data"]["name"] for message in api.get(f"{PROJECT}/messages", params=query).json()["items"]]

    assert found() == ["b", "a"]
    assert found(source="letter", trigger_data='{"name":"a"}') == ["a"]
    assert found(source="hello") == []
    assert api.get("/v1/objects/projects/p2/messages").json()["items"] == []
    knock.clock.advance("30d")
    assert found() == []


@pytest.mark.parametrize(
    ("verb", "body", "rows"),
    [
        ("set", {"objects": [{"id": "p1", "name": "Apollo"}, {"id": "p1", "plan": "pro"}, {"id": "p2"}]}, 3),
        ("delete", {"object_ids": ["p0", "unknown"]}, 2),
    ],
)
def test_bulk_operations_are_named_after_the_collection(
    api: httpx.Client, verb: str, body: dict[str, object], rows: int
) -> None:
    api.put("/v1/objects/projects/p0", json={})
    queued = api.post(f"/v1/objects/projects/bulk/{verb}", json=body).json()
    done = api.get(queued["progress_path"]).json()
    assert (queued["name"], queued["status"], queued["estimated_total_rows"]) == (
        f"objects.projects.{verb}",
        "queued",
        rows,
    )
    assert (done["status"], done["success_count"], done["error_items"]) == ("completed", rows, [])
    assert identifiers(api.get("/v1/objects/projects")) == (["p0", "p1", "p2"] if verb == "set" else [])


def test_the_rows_of_one_object_merge_in_their_order(api: httpx.Client) -> None:
    rows = [{"id": "p1", "name": "A", "created_at": "2020-01-01T00:00:00Z"}, {"id": "p1", "name": "Apollo"}]
    api.post("/v1/objects/projects/bulk/set", json={"objects": rows})
    assert api.get(PROJECT).json() == {**shown(name="Apollo"), "created_at": "2020-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("verb", "body", "error"),
    [
        ("set", {}, ("objects", "is required", "required")),
        ("set", {"objects": []}, ("objects", "must not be empty", "length")),
        ("set", {"objects": [{"id": "a"}, {}]}, ("objects.1.id", "is required", "required")),
        ("set", {"objects": [{"id": "a"}] * 1001}, ("objects", "has more than 1000 entries", "length")),
        (
            "set",
            {"objects": [{"id": "a"}, {"id": "b", "timezone": "Nowhere"}]},
            ("objects.1.timezone", "must be a time zone of the tz database", "format"),
        ),
        ("delete", {}, ("object_ids", "is required", "required")),
        ("delete", {"object_ids": [5]}, ("object_ids.0", "must be a string, not a number", "type")),
        ("delete", {"object_ids": ["a"] * 1001}, ("object_ids", "has more than 1000 entries", "length")),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_one_bad_row_refuses_the_whole_call(
    api: httpx.Client, verb: str, body: dict[str, object], error: tuple[str, str, str]
) -> None:
    assert errors(api.post(f"/v1/objects/projects/bulk/{verb}", json=body)) == [error]
    assert identifiers(api.get("/v1/objects/projects")) == []

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake

PROJECT = "/v1/objects/projects/p1"
SUBSCRIPTIONS = f"{PROJECT}/subscriptions"
BULK = "/v1/objects/projects/bulk/subscriptions"
TEAM = {"collection": "teams", "id": "t1"}
P1 = {"collection": "projects", "id": "p1"}
START = "2026-01-01T00:00:00.000000Z"
LATER = "2026-01-01T00:00:01.000000Z"


def shown_user(identifier: str, **properties: object) -> dict[str, object]:
    return {"__typename": "User", "id": identifier, "created_at": None, "updated_at": START, **properties}


def shown_object(collection: str, identifier: str, **properties: object) -> dict[str, object]:
    return {
        "__typename": "Object",
        "id": identifier,
        "collection": collection,
        "properties": properties,
        "created_at": None,
        "updated_at": START,
    }


def errors(answer: httpx.Response) -> list[tuple[str, str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["field"], error["message"], error["type"]) for error in answer.json()["errors"]]


def subscribers(answer: httpx.Response) -> list[str]:
    found = answer.json()
    return [one["recipient"]["id"] for one in (found["entries"] if isinstance(found, dict) else found)]


def targets(page: httpx.Response) -> list[str]:
    return [one["object"]["id"] for one in page.json()["entries"]]


def unsubscribe(api: httpx.Client, *recipients: object) -> httpx.Response:
    return api.request("DELETE", SUBSCRIPTIONS, json={"recipients": recipients})


@pytest.fixture(autouse=True)
def project(api: httpx.Client) -> None:
    api.put(PROJECT, json={"name": "Apollo"})


def test_subscribing_shows_recipient_and_object_in_full(api: httpx.Client) -> None:
    recipients = ["jane", {"id": "joe", "name": "Joe"}, {**TEAM, "name": "Team"}]
    answer = api.post(SUBSCRIPTIONS, json={"recipients": recipients, "properties": {"role": "dev"}})
    common = {
        "__typename": "Subscription",
        "object": shown_object("projects", "p1", name="Apollo"),
        "properties": {"role": "dev"},
        "inserted_at": START,
        "updated_at": START,
    }
    people = [shown_user("jane"), shown_user("joe", name="Joe"), shown_object("teams", "t1", name="Team")]
    assert (answer.status_code, answer.json()) == (200, [{**common, "recipient": one} for one in people])


@pytest.mark.parametrize(
    ("recipient", "path"),
    [("jane", "/v1/users/jane"), ({"id": "jane"}, "/v1/users/jane"), (TEAM, "/v1/objects/teams/t1")],
)
def test_an_unknown_subscriber_is_made_a_stub(api: httpx.Client, recipient: object, path: str) -> None:
    api.post(SUBSCRIPTIONS, json={"recipients": [recipient]})
    assert api.get(path).status_code == 200


def test_a_known_subscriber_named_by_its_id_stays_as_it_is(api: httpx.Client, knock: KnockFake) -> None:
    jane = api.put("/v1/users/jane", json={"name": "Jane"}).json()
    knock.clock.advance("1s")
    api.post(SUBSCRIPTIONS, json={"recipients": ["jane"]})
    assert api.get("/v1/users/jane").json() == jane


def test_a_pair_that_exists_is_updated(api: httpx.Client, knock: KnockFake) -> None:
    api.post(SUBSCRIPTIONS, json={"recipients": ["jane"], "properties": {"role": "dev", "since": 1}})
    knock.clock.advance("1s")
    (kept,) = api.post(SUBSCRIPTIONS, json={"recipients": ["jane"]}).json()
    (changed,) = api.post(SUBSCRIPTIONS, json={"recipients": ["jane", "jane"], "properties": {"role": "boss"}}).json()
    assert (kept["properties"], changed["properties"]) == ({"role": "dev", "since": 1}, {"role": "boss"})
    assert (changed["inserted_at"], changed["updated_at"]) == (START, LATER)
    assert subscribers(api.get(SUBSCRIPTIONS)) == ["jane"]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_the_object_must_exist(api: httpx.Client, method: str) -> None:
    body = None if method == "GET" else {"recipients": ["jane"]}
    missing = api.request(method, "/v1/objects/projects/unknown/subscriptions", json=body)
    assert (missing.status_code, missing.json()["code"]) == (404, "resource_missing")
    assert missing.headers["x-knock-fake-hint"] == "there is no object 'projects/unknown'"
    assert api.get("/v1/users/jane").status_code == 404


def test_unsubscribing_returns_what_was_deleted_and_passes_over_the_rest(api: httpx.Client) -> None:
    made = api.post(SUBSCRIPTIONS, json={"recipients": ["jane", "joe", TEAM]}).json()
    deleted = unsubscribe(api, TEAM, "nobody", "jane", "jane")
    assert (deleted.status_code, deleted.json()) == (200, [made[2], made[0]])
    assert subscribers(api.get(SUBSCRIPTIONS)) == ["joe"]
    assert unsubscribe(api, "jane").json() == []


def test_subscribers_are_listed_in_order_of_creation_page_by_page(api: httpx.Client) -> None:
    api.post(SUBSCRIPTIONS, json={"recipients": ["c", "a", "b"]})
    first = api.get(SUBSCRIPTIONS, params={"page_size": 2})
    second = api.get(SUBSCRIPTIONS, params={"page_size": 2, "after": first.json()["page_info"]["after"]})
    assert (subscribers(first), subscribers(second)) == (["c", "a"], ["b"])
    assert second.json()["page_info"]["after"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("mode=object", ["jane", "joe", "t1"]),
        ("recipients[]=jane", ["jane"]),
        ("recipients=jane", ["jane"]),
        ("recipients[]=nobody", []),
        ("recipients[]=joe&recipients[]=jane&recipients[]=joe", ["jane", "joe"]),
        ("recipients[]=jane&recipients[][id]=t1&recipients[][collection]=teams", ["jane", "t1"]),
        ("recipients[0]=jane&recipients[1][id]=t1&recipients[1][collection]=teams", ["jane", "t1"]),
        ("objects[][id]=x&objects[][collection]=y", ["jane", "joe", "t1"]),
    ],
)
def test_subscribers_are_narrowed_by_recipient(api: httpx.Client, query: str, found: list[str]) -> None:
    api.post(SUBSCRIPTIONS, json={"recipients": ["jane", "joe", TEAM]})
    assert subscribers(api.get(f"{SUBSCRIPTIONS}?{query}")) == found


@pytest.mark.parametrize(
    ("path", "subscriber"),
    [
        ("/v1/users/jane/subscriptions?", "jane"),
        ("/v1/objects/teams/t1/subscriptions?mode=recipient&", TEAM),
    ],
)
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["p3", "p2", "p1"]),
        ("objects[0][id]=p1&objects[0][collection]=projects", ["p1"]),
        (
            "objects[][id]=p1&objects[][collection]=projects&objects[][id]=p3&objects[][collection]=projects",
            ["p3", "p1"],
        ),
        ("objects[]=p1", []),
        ("objects[0][id]=p1&objects[0][collection]=teams", []),
        ("page_size=2", ["p3", "p2"]),
    ],
)
def test_what_somebody_is_subscribed_to_is_listed_newest_first(
    api: httpx.Client, path: str, subscriber: object, query: str, found: list[str]
) -> None:
    for identifier in ("p1", "p2", "p3"):
        api.put(f"/v1/objects/projects/{identifier}", json={})
        api.post(f"/v1/objects/projects/{identifier}/subscriptions", json={"recipients": [subscriber, "joe"]})
    assert targets(api.get(f"{path}{query}")) == found


def test_an_unknown_user_is_subscribed_to_nothing(api: httpx.Client) -> None:
    assert api.get("/v1/users/nobody/subscriptions").json()["entries"] == []


@pytest.mark.parametrize("path", [SUBSCRIPTIONS, "/v1/users/jane/subscriptions"])
def test_lists_show_the_recipients_preferences_on_request(api: httpx.Client, path: str) -> None:
    jane = {"id": "jane", "preferences": {"default": {"channel_types": {"email": False}}}}
    api.post(SUBSCRIPTIONS, json={"recipients": [jane]})
    (plain,) = api.get(path).json()["entries"]
    (full,) = api.get(f"{path}?include[]=preferences").json()["entries"]
    empty = dict.fromkeys(("workflows", "categories", "channels", "commercial_subscribed"))
    default = {"__typename": "PreferenceSet", "id": "default", **empty, "channel_types": {"email": False}}
    assert plain["recipient"] == shown_user("jane")
    assert full == {**plain, "recipient": {**plain["recipient"], "preferences": {"default": default}}}


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("mode=both", ("mode", "must be one of object, recipient", "enum")),
        ("include[]=friends", ("include.0", "must be one of preferences", "enum")),
        ("recipients[][collection]=teams", ("recipients.0.id", "is required", "required")),
        ("recipients[]=a/b", ("recipients.0", "must not contain '/' or '#'", "format")),
    ],
)
def test_a_query_that_cannot_be_read_is_refused_by_name(
    api: httpx.Client, query: str, error: tuple[str, str, str]
) -> None:
    assert errors(api.get(f"{SUBSCRIPTIONS}?{query}")) == [error]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, ("recipients", "is required", "required")),
        ({"recipients": []}, ("recipients", "must not be empty", "length")),
        ({"recipients": ["x"] * 101}, ("recipients", "has more than 100 entries", "length")),
        ({"recipients": ["jane", {}]}, ("recipients.1.id", "is required", "required")),
        (
            {"recipients": ["jane", {"id": "joe", "timezone": "Nowhere"}]},
            ("recipients.1.timezone", "must be a time zone of the tz database", "format"),
        ),
        (
            {"recipients": ["jane", {"collection": "$users", "id": "a/b"}]},
            ("recipients.1.id", "must not contain '/' or '#'", "format"),
        ),
        ({"recipients": ["jane"], "properties": 5}, ("properties", "must be an object or null, not a number", "type")),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_refused_subscription_names_the_field_and_does_nothing(
    api: httpx.Client, body: dict[str, object], error: tuple[str, str, str]
) -> None:
    assert errors(api.post(SUBSCRIPTIONS, json=body)) == [error]
    assert api.get(SUBSCRIPTIONS).json()["entries"] == []
    assert api.get("/v1/users/jane").status_code == 404


def test_bulk_subscribing_goes_on_past_an_object_that_is_unknown(api: httpx.Client) -> None:
    api.put("/v1/objects/projects/p2", json={})
    rows = [
        {"id": "p1", "recipients": ["jane", {"id": "joe", "name": "Joe"}], "properties": {"role": "dev"}},
        {"id": "unknown", "recipients": ["kim"]},
        {"id": "p2", "recipients": ["jane"], "properties": None},
    ]
    queued = api.post(f"{BULK}/add", json={"subscriptions": rows}).json()
    done = api.get(queued["progress_path"]).json()
    assert (queued["name"], queued["status"], queued["estimated_total_rows"]) == (
        "objects.projects.upsert_subscriptions",
        "queued",
        3,
    )
    assert (done["status"], done["processed_rows"], done["success_count"], done["error_count"]) == (
        "completed",
        3,
        2,
        1,
    )
    assert done["error_items"] == [{"id": "unknown", "collection": "projects"}]
    assert subscribers(api.get(SUBSCRIPTIONS)) == ["jane", "joe"]
    assert targets(api.get("/v1/users/jane/subscriptions")) == ["p2", "p1"]
    assert api.get("/v1/users/kim").status_code == 404


def test_bulk_unsubscribing_passes_over_what_does_not_exist(api: httpx.Client) -> None:
    api.post(SUBSCRIPTIONS, json={"recipients": ["jane", "joe"]})
    rows = [{"id": "p1", "recipients": ["jane", "nobody"]}, {"id": "unknown", "recipients": ["jane"]}]
    queued = api.post(f"{BULK}/delete", json={"subscriptions": rows}).json()
    done = api.get(queued["progress_path"]).json()
    assert (done["name"], done["success_count"]) == ("objects.projects.delete_subscriptions", 2)
    assert subscribers(api.get(SUBSCRIPTIONS)) == ["joe"]


@pytest.mark.parametrize(
    ("verb", "body", "error"),
    [
        ("add", {}, ("subscriptions", "is required", "required")),
        (
            "add",
            {"subscriptions": [{"id": "p1", "recipients": ["x"]}] * 101},
            ("subscriptions", "has more than 100 entries", "length"),
        ),
        (
            "add",
            {"subscriptions": [{"id": "p1", "recipients": ["x"] * 51}]},
            ("subscriptions.0.recipients", "has more than 50 entries", "length"),
        ),
        (
            "add",
            {"subscriptions": [{"id": "p1", "recipients": ["jane", {"id": "joe", "timezone": "Nowhere"}]}]},
            ("subscriptions.0.recipients.1.timezone", "must be a time zone of the tz database", "format"),
        ),
        (
            "delete",
            {"subscriptions": [{"id": "p1"}]},
            ("subscriptions.0.recipients", "is required", "required"),
        ),
        (
            "delete",
            {"subscriptions": [{"id": "p1", "recipients": ["x"] * 101}]},
            ("subscriptions.0.recipients", "has more than 100 entries", "length"),
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_one_bad_row_refuses_the_whole_call(
    api: httpx.Client, verb: str, body: dict[str, object], error: tuple[str, str, str]
) -> None:
    assert errors(api.post(f"{BULK}/{verb}", json=body)) == [error]
    assert api.get(SUBSCRIPTIONS).json()["entries"] == []


def test_deleting_a_user_drops_its_subscriptions(api: httpx.Client) -> None:
    api.post(SUBSCRIPTIONS, json={"recipients": ["jane", "joe"]})
    api.delete("/v1/users/jane")
    api.put("/v1/users/jane", json={})
    assert subscribers(api.get(SUBSCRIPTIONS)) == ["joe"]
    assert targets(api.get("/v1/users/jane/subscriptions")) == []


def test_merging_users_moves_the_subscriptions_that_the_primary_lacks(api: httpx.Client) -> None:
    api.put("/v1/objects/projects/p2", json={})
    api.post(SUBSCRIPTIONS, json={"recipients": ["joe", "kim"], "properties": {"role": "dev"}})
    for user in ("joe", "jane"):
        body = {"recipients": [user], "properties": {"of": user}}
        api.post("/v1/objects/projects/p2/subscriptions", json=body)
    api.post("/v1/users/jane/merge", json={"from_user_id": "joe"})
    entries = api.get("/v1/users/jane/subscriptions").json()["entries"]
    assert [(one["object"]["id"], one["properties"]) for one in entries] == [
        ("p2", {"of": "jane"}),
        ("p1", {"role": "dev"}),
    ]
    assert subscribers(api.get(SUBSCRIPTIONS)) == ["jane", "kim"]
    assert subscribers(api.get("/v1/objects/projects/p2/subscriptions")) == ["jane"]
    assert targets(api.get("/v1/users/joe/subscriptions")) == []


def test_tenants_can_be_subscribed_to(api: httpx.Client) -> None:
    api.put("/v1/tenants/acme", json={"name": "Acme"})
    (made,) = api.post("/v1/objects/$tenants/acme/subscriptions", json={"recipients": ["jane"]}).json()
    assert made["object"] == shown_object("$tenants", "acme", name="Acme")
    api.delete("/v1/tenants/acme")
    assert targets(api.get("/v1/users/jane/subscriptions")) == []

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake

PUSH = "33333333-3333-4333-8333-333333333333"
CHAT = "44444444-4444-4444-8444-444444444444"
START = "2026-01-01T00:00:00.000000Z"


def errors(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 422, answer.text
    listed: list[dict[str, str]] = answer.json()["errors"]
    return listed


def identifiers(page: httpx.Response) -> list[str]:
    return [user["id"] for user in page.json()["entries"]]


def test_identifying_creates_a_user(api: httpx.Client) -> None:
    created = api.put("/v1/users/jane", json={"name": "Jane", "email": "jane@example.com", "plan": "pro"})
    assert (created.status_code, created.json()) == (
        200,
        {
            "__typename": "User",
            "id": "jane",
            "name": "Jane",
            "email": "jane@example.com",
            "plan": "pro",
            "created_at": None,
            "updated_at": START,
        },
    )
    assert api.get("/v1/users/jane").json() == created.json()


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_a_user_needs_no_properties(api: httpx.Client, body: bytes) -> None:
    created = api.put("/v1/users/jane", content=body, headers={"content-type": "application/json"})
    shown = {"__typename": "User", "id": "jane", "created_at": None, "updated_at": START}
    assert (created.status_code, created.json()) == (200, shown)


def test_properties_merge_in_depth_and_lists_are_replaced(api: httpx.Client, knock: KnockFake) -> None:
    api.put("/v1/users/jane", json={"name": "Jane", "team": {"id": 1, "tags": ["a", "b"], "city": "Rome"}})
    knock.clock.advance("1s")
    merged = api.put("/v1/users/jane", json={"team": {"tags": ["c"], "city": None}, "email": None}).json()
    assert merged == {
        "__typename": "User",
        "id": "jane",
        "name": "Jane",
        "team": {"id": 1, "tags": ["c"], "city": None},
        "email": None,
        "created_at": None,
        "updated_at": "2026-01-01T00:00:01.000000Z",
    }
    assert api.get("/v1/users/jane").json() == merged


def test_created_at_is_the_callers_own_and_stays(api: httpx.Client) -> None:
    api.put("/v1/users/jane", json={"created_at": "2020-02-03T04:05:06Z"})
    again = api.put("/v1/users/jane", json={"name": "Jane"})
    assert again.json()["created_at"] == "2020-02-03T04:05:06Z"


def test_the_path_names_the_user_whatever_id_the_body_holds(api: httpx.Client) -> None:
    assert api.put("/v1/users/jane", json={"id": "joe"}).json()["id"] == "jane"
    assert identifiers(api.get("/v1/users")) == ["jane"]


def test_a_user_that_was_listed_can_be_sent_back_as_it_was_shown(api: httpx.Client) -> None:
    api.put("/v1/users/jane", json={"name": "Jane", "plan": "pro"})
    listed = api.get("/v1/users").json()["entries"][0]
    api.put("/v1/users/jane", json=listed)
    assert api.get("/v1/users").json()["entries"] == [listed]
    del listed["__cursor"]
    assert api.get("/v1/users/jane").json() == listed


@pytest.mark.parametrize(
    ("encoded", "user_id"),
    [
        ("jane%20doe", "jane doe"),
        ("jane%40example.com", "jane@example.com"),
        ("jane@example.com", "jane@example.com"),
        ("%E6%97%A5%E6%9C%AC", "日本"),
        ("100%25", "100%"),
        ("a+b", "a+b"),
        ("$tenants", "$tenants"),
        ("bulk", "bulk"),
        ("x" * 256, "x" * 256),
    ],
)
def test_the_id_in_the_path_is_decoded_once(api: httpx.Client, encoded: str, user_id: str) -> None:
    assert api.put(f"/v1/users/{encoded}", json={}).json()["id"] == user_id
    assert api.get(f"/v1/users/{encoded}").json()["id"] == user_id
    assert identifiers(api.get("/v1/users")) == [user_id]


@pytest.mark.parametrize(
    ("encoded", "message", "kind"),
    [
        ("a%2Fb", "must not contain '/' or '#'", "format"),
        ("a%23b", "must not contain '/' or '#'", "format"),
        ("x" * 257, "must have 1 to 256 characters", "length"),
    ],
)
def test_an_id_that_knock_forbids_is_refused(api: httpx.Client, encoded: str, message: str, kind: str) -> None:
    refused = api.put(f"/v1/users/{encoded}", json={})
    assert errors(refused) == [{"field": "id", "message": message, "type": kind}]
    assert identifiers(api.get("/v1/users")) == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"name": 1}, ("name", "must be a string or null, not a number", "type")),
        ({"email": ["a"]}, ("email", "must be a string or null, not a list", "type")),
        ({"created_at": 5}, ("created_at", "must be a string or null, not a number", "type")),
        (
            {"timezone": "Mars/Olympus"},
            ("timezone", "must be a time zone of the tz database", "format"),
        ),
        (
            {"timezone": "../etc/passwd"},
            ("timezone", "must be a time zone of the tz database", "format"),
        ),
        ({"preferences": {"": {}}}, ("preferences", "has a set whose id is empty", "length")),
        ({"preferences": []}, ("preferences", "must be an object or null, not a list", "type")),
        (
            {"channel_data": {PUSH: {"token": "t"}}},
            (f"channel_data.{PUSH}.tokens", "is required", "required"),
        ),
        (
            {"channel_data": {PUSH: {"tokens": [1]}}},
            (f"channel_data.{PUSH}.tokens.0", "must be a string, not a number", "type"),
        ),
        (
            {"channel_data": {PUSH: {"devices": [{"locale": "en"}]}}},
            (f"channel_data.{PUSH}.devices.0.token", "is required", "required"),
        ),
        (
            {"channel_data": {CHAT: {"connections": [{"access_token": "x"}]}}},
            (f"channel_data.{CHAT}.connections.0.channel_id", "is required", "required"),
        ),
        (
            {"channel_data": {"push": {"tokens": []}}},
            (
                "channel_data.push",
                "names no channel of this environment; known: ",
                "channel_invalid",
            ),
        ),
    ],
)
def test_a_property_of_the_wrong_kind_is_refused_by_name(
    api: httpx.Client, body: dict[str, object], error: tuple[str, str, str]
) -> None:
    field, message, kind = error
    (refused,) = errors(api.put("/v1/users/jane", json=body))
    assert (refused["field"], refused["type"]) == (field, kind)
    assert refused["message"].startswith(message)
    assert api.get("/v1/users/jane").status_code == 404


def test_every_mistake_of_a_body_is_named_at_once(api: httpx.Client) -> None:
    refused = api.put("/v1/users/jane", json={"locale": 1, "avatar": {}, "phone_number": True})
    assert refused.json() == {
        "code": "invalid_params",
        "message": "One or more parameters were rejected.",
        "status": 422,
        "type": "invalid_request_error",
        "errors": [
            {"field": "locale", "message": "must be a string or null, not a number", "type": "type"},
            {"field": "avatar", "message": "must be a string or null, not an object", "type": "type"},
            {"field": "phone_number", "message": "must be a string or null, not a boolean", "type": "type"},
        ],
    }


def test_null_is_taken_for_everything_that_may_be_left_out(api: httpx.Client) -> None:
    names = ("name", "email", "avatar", "phone_number", "locale", "timezone", "created_at")
    body = dict.fromkeys((*names, "preferences", "channel_data"))
    assert api.put("/v1/users/jane", json=body).status_code == 200


def test_inline_preferences_merge_and_do_not_show_as_properties(api: httpx.Client) -> None:
    first = {"default": {"workflows": {"hello": False}, "channel_types": {"email": False}}}
    second = {"default": {"workflows": {"letter": False}}, "acme": {"categories": {"social": False}}}
    shown = api.put("/v1/users/jane", json={"preferences": first}).json()
    api.put("/v1/users/jane", json={"preferences": second})
    (listed,) = api.get("/v1/users", params={"include[]": "preferences"}).json()["entries"]
    empty = dict.fromkeys(("workflows", "categories", "channel_types", "channels", "commercial_subscribed"))
    marked = {"__typename": "PreferenceSet", **empty}
    assert "preferences" not in shown
    assert listed["preferences"] == {
        "default": {
            **marked,
            "id": "default",
            "workflows": {"hello": False, "letter": False},
            "channel_types": {"email": False},
        },
        "acme": {**marked, "id": "acme", "categories": {"social": False}},
    }


def test_inline_channel_data_replace_what_was_there(api: httpx.Client, knock: KnockFake) -> None:
    api.put("/v1/users/jane", json={"channel_data": {PUSH: {"tokens": ["one"]}}})
    shown = api.put("/v1/users/jane", json={"channel_data": {PUSH: {"devices": [{"token": "two"}]}}}).json()
    (user,) = knock.state.recipients.in_collection("$users")
    assert "channel_data" not in shown
    assert knock.state.channel_data.of(user.reference) == {PUSH: {"devices": [{"token": "two"}]}}


def test_a_user_that_nobody_identified_is_missing(api: httpx.Client) -> None:
    missing = api.get("/v1/users/jane")
    assert (missing.status_code, missing.json()) == (
        404,
        {
            "code": "resource_missing",
            "message": "The user you requested could not be found.",
            "status": 404,
            "type": "api_error",
        },
    )
    assert missing.headers["x-knock-fake-hint"] == "there is no user 'jane'"


def test_users_are_listed_in_order_of_creation(api: httpx.Client) -> None:
    for name in ("c", "a", "b", "a"):
        api.put(f"/v1/users/{name}", json={"name": name})
    page = api.get("/v1/users").json()
    info = {"__typename": "PageInfo", "after": None, "before": None, "page_size": 50}
    assert [user["id"] for user in page["entries"]] == ["c", "a", "b"]
    assert page["page_info"] == info
    assert "preferences" not in page["entries"][0]


@pytest.mark.parametrize(("order", "pages"), [("asc", ["ab", "cd", "e"]), ("desc", ["ed", "cb", "a"])])
def test_users_are_listed_in_the_order_that_is_asked_for(api: httpx.Client, order: str, pages: list[str]) -> None:
    for name in "abcde":
        api.put(f"/v1/users/{name}", json={})
    query: dict[str, str | None] = {"order": order, "page_size": "2"}
    found = []
    for _ in pages:
        page = api.get("/v1/users", params=query).json()
        found.append("".join(user["id"] for user in page["entries"]))
        query["after"] = page["page_info"]["after"]
    assert (found, query["after"]) == (pages, None)


def test_an_empty_list_of_users_is_a_page(api: httpx.Client) -> None:
    info = {"__typename": "PageInfo", "after": None, "before": None, "page_size": 50}
    assert api.get("/v1/users").json() == {"entries": [], "page_info": info}


def test_pages_of_users_lead_forth_and_back(api: httpx.Client) -> None:
    for number in range(5):
        api.put(f"/v1/users/{number}", json={})
    first = api.get("/v1/users", params={"page_size": 2})
    second = api.get("/v1/users", params={"page_size": 2, "after": first.json()["page_info"]["after"]})
    third = api.get("/v1/users", params={"page_size": 2, "after": second.json()["page_info"]["after"]})
    back = api.get("/v1/users", params={"page_size": 2, "before": third.json()["entries"][0]["__cursor"]})
    assert [identifiers(page) for page in (first, second, third, back)] == [
        ["0", "1"],
        ["2", "3"],
        ["4"],
        ["2", "3"],
    ]
    assert first.json()["page_info"]["before"] is None
    assert third.json()["page_info"]["after"] is None
    assert back.json()["page_info"]["after"] == back.json()["entries"][-1]["__cursor"]


def test_a_page_does_not_shift_when_users_come_and_go(api: httpx.Client) -> None:
    for number in range(4):
        api.put(f"/v1/users/{number}", json={})
    cursor = api.get("/v1/users", params={"page_size": 2}).json()["page_info"]["after"]
    api.delete("/v1/users/1")
    api.put("/v1/users/4", json={})
    assert identifiers(api.get("/v1/users", params={"after": cursor})) == ["2", "3", "4"]


@pytest.mark.parametrize(("asked", "got"), [("0", 1), ("-3", 1), ("1000", 50), ("7", 7)])
def test_a_page_size_out_of_bounds_is_brought_into_them(api: httpx.Client, asked: str, got: int) -> None:
    assert api.get("/v1/users", params={"page_size": asked}).json()["page_info"]["page_size"] == got


@pytest.mark.parametrize(
    ("query", "field", "kind"),
    [
        ("page_size=many", "page_size", "type"),
        ("page_size=1.5", "page_size", "type"),
        ("after=nonsense", "after", "cursor"),
        ("before=AAAA", "before", "cursor"),
        ("include[]=friends", "include.0", "enum"),
    ],
)
def test_a_query_that_cannot_be_read_is_refused_by_name(api: httpx.Client, query: str, field: str, kind: str) -> None:
    assert [(error["field"], error["type"]) for error in errors(api.get(f"/v1/users?{query}"))] == [(field, kind)]

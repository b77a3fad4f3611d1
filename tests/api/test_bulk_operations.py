from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from knock_fake import KnockFake

START = "2026-01-01T00:00:00.000000Z"


def queued(answer: httpx.Response, name: str, rows: int) -> str:
    """Check that an operation is queued as Knock shows it, and return its id."""
    identifier: str = answer.json()["id"]
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "__typename": "BulkOperation",
            "id": identifier,
            "name": name,
            "status": "queued",
            "estimated_total_rows": rows,
            "processed_rows": 0,
            "success_count": 0,
            "error_count": 0,
            "error_items": [],
            "progress_path": f"/v1/bulk_operations/{identifier}",
            "started_at": None,
            "completed_at": None,
            "failed_at": None,
            "inserted_at": START,
            "updated_at": START,
        },
    )
    return identifier


def completed(api: httpx.Client, identifier: str, name: str, rows: int) -> dict[str, object]:
    return {
        "__typename": "BulkOperation",
        "id": identifier,
        "name": name,
        "status": "completed",
        "estimated_total_rows": rows,
        "processed_rows": rows,
        "success_count": rows,
        "error_count": 0,
        "error_items": [],
        "progress_path": f"/v1/bulk_operations/{identifier}",
        "started_at": START,
        "completed_at": START,
        "failed_at": None,
        "inserted_at": START,
        "updated_at": START,
    }


def identifiers(api: httpx.Client) -> list[str]:
    return [user["id"] for user in api.get("/v1/users").json()["entries"]]


def test_bulk_identify_is_queued_and_then_done(api: httpx.Client) -> None:
    rows = [{"id": "jane", "name": "Jane"}, {"id": "joe", "plan": "pro", "created_at": "2020-01-01T00:00:00Z"}]
    identifier = queued(api.post("/v1/users/bulk/identify", json={"users": rows}), "users.identify", 2)
    polled = api.get(f"/v1/bulk_operations/{identifier}")
    assert polled.json() == completed(api, identifier, "users.identify", 2)
    assert api.get("/v1/users/jane").json()["name"] == "Jane"
    assert api.get("/v1/users/joe").json() == {
        "__typename": "User",
        "id": "joe",
        "plan": "pro",
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": START,
    }


def test_the_rows_of_one_user_merge_in_their_order(api: httpx.Client) -> None:
    rows = [{"id": "jane", "name": "J", "a": {"x": 1}}, {"id": "jane", "name": "Jane", "a": {"y": 2}}]
    queued(api.post("/v1/users/bulk/identify", json={"users": rows}), "users.identify", 2)
    jane = api.get("/v1/users/jane").json()
    assert (jane["name"], jane["a"]) == ("Jane", {"x": 1, "y": 2})


def test_bulk_delete_forgets_users_and_their_messages(api: httpx.Client, notify: Callable[..., list[str]]) -> None:
    for user in ("jane", "joe", "kim"):
        notify(user)
    answer = api.post("/v1/users/bulk/delete", json={"user_ids": ["jane", "kim", "nobody", "jane"]})
    identifier = queued(answer, "users.delete", 4)
    polled = api.get(f"/v1/bulk_operations/{identifier}").json()
    assert polled == completed(api, identifier, "users.delete", 4)
    assert identifiers(api) == ["joe"]
    assert [one["recipient"] for one in api.get("/v1/messages").json()["items"]] == ["joe"]


@pytest.mark.parametrize(
    ("path", "key", "row"),
    [("identify", "users", {"id": "jane"}), ("delete", "user_ids", "jane")],
)
def test_a_thousand_rows_are_the_most(api: httpx.Client, path: str, key: str, row: object) -> None:
    accepted = api.post(f"/v1/users/bulk/{path}", json={key: [row] * 1000})
    refused = api.post(f"/v1/users/bulk/{path}", json={key: [row] * 1001})
    assert accepted.json()["estimated_total_rows"] == 1000
    assert refused.status_code == 422
    assert refused.json()["errors"] == [{"field": key, "message": "has more than 1000 entries", "type": "length"}]


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("identify", {}, ("users", "is required", "required")),
        ("identify", {"users": []}, ("users", "must not be empty", "length")),
        ("identify", {"users": ["jane"]}, ("users.0", "must be an object, not the string 'jane'", "type")),
        ("identify", {"users": [{"id": "jane"}, {"name": "Joe"}]}, ("users.1.id", "is required", "required")),
        (
            "identify",
            {"users": [{"id": "jane"}, {"id": "joe", "timezone": "Nowhere"}]},
            ("users.1.timezone", "must be a time zone of the tz database", "format"),
        ),
        (
            "identify",
            {"users": [{"id": "jane"}, {"id": "joe", "x": "y" * 256_000}]},
            ("users.1", "has properties of more than 256 kB", "length"),
        ),
        ("delete", {}, ("user_ids", "is required", "required")),
        ("delete", {"user_ids": "jane"}, ("user_ids", "must be a list, not the string 'jane'", "type")),
        ("delete", {"user_ids": [{"id": "jane"}]}, ("user_ids.0", "must be a string, not an object", "type")),
    ],
)
def test_one_bad_row_refuses_the_whole_call(
    api: httpx.Client, path: str, body: dict[str, object], error: tuple[str, str, str]
) -> None:
    api.put("/v1/users/kim", json={})
    refused = api.post(f"/v1/users/bulk/{path}", json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"] == [dict(zip(("field", "message", "type"), error, strict=True))]
    assert identifiers(api) == ["kim"]


def test_an_unknown_bulk_operation_is_missing(api: httpx.Client) -> None:
    missing = api.get("/v1/bulk_operations/11111111-1111-4111-8111-111111111111")
    assert (missing.status_code, missing.json()) == (
        404,
        {
            "code": "resource_missing",
            "message": "The bulk operation you requested could not be found.",
            "status": 404,
            "type": "api_error",
        },
    )


def test_the_work_is_done_at_the_instant_of_the_call(api: httpx.Client, knock: KnockFake) -> None:
    knock.clock.advance("1h")
    body = {"users": [{"id": "jane"}]}
    identifier = api.post("/v1/users/bulk/identify", json=body).json()["id"]
    knock.clock.advance("1h")
    polled = api.get(f"/v1/bulk_operations/{identifier}").json()
    instants = ("inserted_at", "started_at", "completed_at", "updated_at")
    assert {polled[name] for name in instants} == {"2026-01-01T01:00:00.000000Z"}

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx


def identifiers(page: httpx.Response) -> list[str]:
    assert page.status_code == 200, page.text
    return [item["id"] for item in page.json()["items"]]


@pytest.mark.parametrize(
    "query",
    [
        "message_ids[]={0}&message_ids[]={1}",
        "message_ids%5B%5D={0}&message_ids%5B%5D={1}",
        "message_ids={0}&message_ids={1}",
        "message_ids[]={0}&page_size=2&message_ids[]={1}",
    ],
)
def test_every_spelling_of_a_list(api: httpx.Client, notify: Callable[..., list[str]], query: str) -> None:
    (first,), (second,), _ = notify(), notify(), notify()
    assert identifiers(api.get(f"/v1/messages?{query.format(first, second)}")) == [second, first]


@pytest.mark.parametrize("query", ["message_ids={0}", "message_ids[]={0}", "message_ids%5B%5D={0}"])
def test_every_spelling_of_a_list_of_one(api: httpx.Client, notify: Callable[..., list[str]], query: str) -> None:
    (first,), _ = notify(), notify()
    assert identifiers(api.get(f"/v1/messages?{query.format(first)}")) == [first]


def test_an_indexed_list_of_values_is_refused_as_knock_refuses_it(api: httpx.Client) -> None:
    refused = api.get("/v1/users?include[0]=preferences")
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"field": "include", "message": "must be a list, not an object", "type": "type"}
    ]


@pytest.mark.parametrize(
    "query",
    [
        "inserted_at.gte=2026-01-01T00:00:00Z",
        "inserted_at[gte]=2026-01-01T00:00:00Z",
        "inserted_at%5Bgte%5D=2026-01-01T00%3A00%3A00Z",
        "inserted_at[gte]=2026-01-01T00%3A00%3A00%2B00%3A00",
        "inserted_at[gte]=2026-01-01T00:00:00",
        "inserted_at[gte]=2026-01-01T00:00:00.000000Z",
        "inserted_at.gte=2025-12-31T23:00:00-01:00&inserted_at[lt]=2026-01-02T00:00:00Z",
    ],
)
def test_every_spelling_of_a_bound(api: httpx.Client, notify: Callable[..., list[str]], query: str) -> None:
    (message,) = notify()
    assert identifiers(api.get(f"/v1/messages?{query}")) == [message]


@pytest.mark.parametrize(
    "query",
    [
        'trigger_data={{"name":"{0}"}}',
        "trigger_data=%7B%22name%22%3A%22{0}%22%7D",
        "trigger_data=%7B%22name%22:+%22{0}%22%7D",
        "trigger_data[name]={0}",
    ],
)
def test_every_spelling_of_trigger_data(api: httpx.Client, notify: Callable[..., list[str]], query: str) -> None:
    (message,), _ = notify(data={"name": "Jane"}), notify(data={"name": "Joe"})
    assert identifiers(api.get(f"/v1/messages?{query.format('Jane')}")) == [message]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "after=&before=&page_size=",
        "tenant=",
        "status[]=",
        "trigger_data=",
        "&&",
        "inserted_at.gt=&inserted_at[lt]=",
        "unknown=1&other[]=2&third[a][b]=3",
    ],
)
def test_what_has_no_value_is_absent_and_what_has_no_meaning_is_ignored(
    api: httpx.Client, notify: Callable[..., list[str]], query: str
) -> None:
    (message,) = notify()
    assert identifiers(api.get(f"/v1/messages?{query}")) == [message]


@pytest.mark.parametrize("tenant", ["a+b", "a%20b"])
def test_a_plus_and_an_encoded_blank_are_both_a_blank(
    api: httpx.Client, notify: Callable[..., list[str]], tenant: str
) -> None:
    (message,), _ = notify(tenant="a b"), notify(tenant="other")
    assert identifiers(api.get(f"/v1/messages?tenant={tenant}")) == [message]


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("tenant[]=acme", "tenant", "must be a string, not a list"),
        ("tenant=acme&tenant=globex", "tenant", "must be a string, not a list"),
        ("tenant[id]=acme", "tenant", "must be a string, not an object"),
        ("status[a]=sent", "status", "must be a list, not an object"),
        ("message_ids[][a]=x", "message_ids.0", "must be a string, not an object"),
        ("inserted_at[]=x", "inserted_at", "must be an object, not a list"),
        (
            "tenant=acme&tenant[id]=acme",
            "tenant",
            "is given both as a map and as a value or a list",
        ),
        ("a[b][c][d][e][f][g][h][i]=1", "a", "is nested deeper than 8 levels"),
    ],
)
def test_a_spelling_that_means_something_else_is_refused_by_name(
    api: httpx.Client, query: str, field: str, message: str
) -> None:
    refused = api.get(f"/v1/messages?{query}")
    assert refused.status_code == 422
    assert [(one["field"], one["message"]) for one in refused.json()["errors"]] == [(field, message)]


@pytest.mark.parametrize("text", ["1", "TRUE", "yes"])
def test_only_true_and_false_are_booleans(api: httpx.Client, text: str) -> None:
    path = "/v1/users/jane/feeds/55555555-5555-4555-8555-555555555555"
    refused = api.get(f"{path}?has_tenant={text}")
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"field": "has_tenant", "message": f"must be a boolean, not the string {text!r}", "type": "type"}
    ]


def test_a_body_on_a_get_is_ignored(api: httpx.Client) -> None:
    api.put("/v1/users/jane", json={})
    answer = api.request("GET", "/v1/users", json={"page_size": 0})
    assert [user["id"] for user in answer.json()["entries"]] == ["jane"]

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from knock_fake import KnockFake

START = "2026-01-01T00:00:00.000000Z"
LATER = "2026-01-01T00:01:00.000000Z"
LATEST = "2026-01-01T00:02:00.000000Z"
MARKS = ("seen", "read", "interacted", "archived")


def events(api: httpx.Client, message: str) -> list[str]:
    """What happened to a message since it was delivered, oldest first."""
    listed = api.get(f"/v1/messages/{message}/events").json()["items"]
    types = [event["type"].removeprefix("message.") for event in reversed(listed)]
    return types[types.index("delivered") + 1 :]


@pytest.mark.parametrize(
    ("mark", "instants", "happened"),
    [
        ("seen", ["seen"], ["seen"]),
        ("read", ["read"], ["read"]),
        ("interacted", ["read", "interacted"], ["interacted", "read"]),
        ("archived", ["archived"], ["archived"]),
    ],
)
def test_a_mark_sets_its_instant_and_nothing_more(
    api: httpx.Client,
    knock: KnockFake,
    notify: Callable[..., list[str]],
    mark: str,
    instants: list[str],
    happened: list[str],
) -> None:
    (message,) = notify()
    before = api.get(f"/v1/messages/{message}").json()
    knock.clock.advance("1m")
    marked = api.put(f"/v1/messages/{message}/{mark}")
    assert marked.status_code == 200
    assert marked.json() == {
        **before,
        **{f"{one}_at": LATER for one in instants},
        "engagement_statuses": instants,
        "updated_at": LATER,
    }
    assert api.get(f"/v1/messages/{message}").json() == marked.json()
    assert events(api, message) == happened


def test_engagement_statuses_accumulate_in_knocks_order(api: httpx.Client, notify: Callable[..., list[str]]) -> None:
    (message,) = notify()
    for mark in ("archived", "interacted"):
        api.put(f"/v1/messages/{message}/{mark}")
    marked = api.put(f"/v1/messages/{message}/seen").json()
    assert marked["engagement_statuses"] == ["seen", "read", "interacted", "archived"]
    assert marked["status"] == "delivered"


@pytest.mark.parametrize("mark", MARKS)
def test_marking_again_moves_the_instant(
    api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]], mark: str
) -> None:
    (message,) = notify()
    for instant in (LATER, LATEST):
        knock.clock.advance("1m")
        assert api.put(f"/v1/messages/{message}/{mark}").json()[f"{mark}_at"] == instant
    assert events(api, message).count(mark) == 2


@pytest.mark.parametrize(
    ("mark", "path", "event"),
    [
        ("seen", "seen", ["unseen"]),
        ("read", "read", ["unread"]),
        ("archived", "archived", ["unarchived"]),
        ("seen", "unseen", ["unseen"]),
        ("read", "unread", ["unread"]),
        ("archived", "unarchived", ["unarchived"]),
        ("interacted", "interacted", []),
    ],
)
def test_a_mark_is_taken_back(
    api: httpx.Client,
    knock: KnockFake,
    notify: Callable[..., list[str]],
    mark: str,
    path: str,
    event: list[str],
) -> None:
    (message,) = notify()
    marked = api.put(f"/v1/messages/{message}/{mark}").json()
    happened = events(api, message)
    knock.clock.advance("1m")
    unmarked = api.delete(f"/v1/messages/{message}/{path}")
    left = [one for one in marked["engagement_statuses"] if one != mark]
    assert unmarked.status_code == 200
    assert unmarked.json() == {
        **marked,
        f"{mark}_at": None,
        "engagement_statuses": left,
        "updated_at": LATER,
    }
    assert events(api, message) == [*happened, *event]


@pytest.mark.parametrize("path", ["seen", "unseen", "read", "unread", "archived", "unarchived", "interacted"])
def test_taking_back_what_is_not_there_changes_nothing(
    api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]], path: str
) -> None:
    (message,) = notify()
    before = api.get(f"/v1/messages/{message}").json()
    knock.clock.advance("1m")
    assert api.delete(f"/v1/messages/{message}/{path}").json() == before
    assert events(api, message) == []


def test_interacting_with_what_was_read_leaves_that_instant(
    api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]]
) -> None:
    (message,) = notify()
    api.put(f"/v1/messages/{message}/read")
    knock.clock.advance("1m")
    marked = api.put(f"/v1/messages/{message}/interacted").json()
    assert (marked["read_at"], marked["interacted_at"]) == (START, LATER)
    assert events(api, message) == ["read", "interacted"]


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (None, None),
        ({}, None),
        ({"metadata": None}, None),
        ({"metadata": {}}, {}),
        (
            {"metadata": {"a": "x", "b": 1, "c": True, "d": None, "e": 1.5}},
            {"a": "x", "b": 1, "c": True, "d": None, "e": 1.5},
        ),
    ],
)
def test_the_event_of_an_interaction_carries_its_metadata(
    api: httpx.Client, notify: Callable[..., list[str]], body: object, data: object
) -> None:
    (message,) = notify()
    marked = api.put(f"/v1/messages/{message}/interacted", json=body)
    listed = api.get(f"/v1/messages/{message}/events").json()["items"]
    assert marked.status_code == 200
    assert [event["data"] for event in listed if event["type"] == "message.interacted"] == [data]


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({str(number): number for number in range(6)}, ("metadata", "has more than 5 keys", "length")),
        (
            {"a": {"b": 1}},
            ("metadata.a", "must be a string, a number, a boolean or null, not an object", "type"),
        ),
        (
            {"a": [1]},
            ("metadata.a", "must be a string, a number, a boolean or null, not a list", "type"),
        ),
        ("clicked", ("metadata", "must be an object or null, not the string 'clicked'", "type")),
    ],
)
def test_metadata_are_a_few_flat_facts(
    api: httpx.Client, notify: Callable[..., list[str]], metadata: object, error: tuple[str, str, str]
) -> None:
    (message,) = notify()
    refused = api.put(f"/v1/messages/{message}/interacted", json={"metadata": metadata})
    assert refused.status_code == 422
    assert refused.json()["errors"] == [dict(zip(("field", "message", "type"), error, strict=True))]
    assert events(api, message) == []


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("mark", MARKS)
def test_an_unknown_message_cannot_be_marked(api: httpx.Client, method: str, mark: str) -> None:
    missing = api.request(method, f"/v1/messages/unknown/{mark}")
    assert (missing.status_code, missing.json()) == (
        404,
        {
            "code": "resource_missing",
            "message": "The message you requested could not be found.",
            "status": 404,
            "type": "api_error",
        },
    )


@pytest.mark.parametrize("mark", ["unseen", "unread", "unarchived"])
def test_the_opposite_of_a_mark_cannot_be_put(api: httpx.Client, notify: Callable[..., list[str]], mark: str) -> None:
    (message,) = notify()
    refused = api.put(f"/v1/messages/{message}/{mark}")
    assert (refused.status_code, refused.headers["allow"]) == (405, "DELETE")


def test_a_mark_without_a_body_may_still_call_itself_json(api: httpx.Client, notify: Callable[..., list[str]]) -> None:
    (message,) = notify()
    headers = {"content-type": "application/json"}
    assert api.put(f"/v1/messages/{message}/seen", headers=headers).status_code == 200
    assert api.request("DELETE", f"/v1/messages/{message}/seen", json={}).status_code == 200

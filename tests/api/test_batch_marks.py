from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from knock_fake import KnockFake

LATER = "2026-01-01T00:01:00.000000Z"
MARKS = ("seen", "read", "interacted", "archived", "unseen", "unread", "unarchived")


@pytest.mark.parametrize("mark", MARKS)
def test_a_batch_does_to_each_message_what_the_single_mark_does(
    api: httpx.Client, notify: Callable[..., list[str]], mark: str
) -> None:
    (alone,), (first,), (second,) = notify(), notify(), notify(workflow="letter")
    undone = mark.removeprefix("un")
    if undone != mark:
        for message in (alone, first, second):
            api.put(f"/v1/messages/{message}/{undone}")
    single = api.request("PUT" if undone == mark else "DELETE", f"/v1/messages/{alone}/{undone}").json()
    batch = api.post(f"/v1/messages/batch/{mark}", json={"message_ids": [second, first]})
    instants = ("seen_at", "read_at", "interacted_at", "archived_at", "engagement_statuses")
    assert batch.status_code == 200
    assert [message["id"] for message in batch.json()] == [second, first]
    assert [[one[name] for name in instants] for one in batch.json()] == [[single[name] for name in instants]] * 2
    assert [api.get(f"/v1/messages/{one}").json() for one in (second, first)] == batch.json()
    assert "x-ratelimited-message_ids" not in batch.headers


def test_unknown_messages_are_left_out_and_repeated_ones_count_once(
    api: httpx.Client, notify: Callable[..., list[str]]
) -> None:
    (message,) = notify()
    batch = api.post("/v1/messages/batch/seen", json={"message_ids": ["unknown", message, message]})
    events = api.get(f"/v1/messages/{message}/events").json()["items"]
    assert [one["id"] for one in batch.json()] == [message]
    assert [event["type"] for event in events].count("message.seen") == 1


def test_a_batch_interaction_gives_each_message_the_metadata(
    api: httpx.Client, notify: Callable[..., list[str]]
) -> None:
    made = [*notify(), *notify()]
    body = {"message_ids": made, "metadata": {"button": "yes"}}
    marked = api.post("/v1/messages/batch/interacted", json=body).json()
    assert [one["engagement_statuses"] for one in marked] == [["read", "interacted"]] * 2
    for message in made:
        events = api.get(f"/v1/messages/{message}/events").json()["items"]
        assert [event["data"] for event in events if event["type"] == "message.interacted"] == [{"button": "yes"}]


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, ("message_ids", "is required", "required")),
        ({"message_ids": []}, ("message_ids", "must not be empty", "length")),
        ({"message_ids": "a"}, ("message_ids", "must be a list, not the string 'a'", "type")),
        ({"message_ids": [None]}, ("message_ids.0", "must be a string, not null", "type")),
    ],
)
def test_a_batch_needs_messages(
    api: httpx.Client, mark: str, body: dict[str, object], error: tuple[str, str, str]
) -> None:
    refused = api.post(f"/v1/messages/batch/{mark}", json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"] == [dict(zip(("field", "message", "type"), error, strict=True))]


def test_one_message_is_marked_once_a_second_when_the_batch_limit_is_enforced(
    api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]]
) -> None:
    (first,), (second,), (third,) = notify(), notify(), notify()
    knock.rate_limits.enforce(tiers=False)
    before = api.post("/v1/messages/batch/seen", json={"message_ids": [first, second]}).json()
    knock.clock.advance("999ms")
    limited = api.post("/v1/messages/batch/seen", json={"message_ids": [second, third, first]})
    assert limited.status_code == 200
    assert limited.headers["x-ratelimited-message_ids"] == f"{second},{first}"
    assert [one["id"] for one in limited.json()] == [second, third, first]
    assert [limited.json()[0], limited.json()[2]] == [before[1], before[0]]
    assert limited.json()[1]["seen_at"] == "2026-01-01T00:00:00.999000Z"
    knock.clock.advance("1ms")
    again = api.post("/v1/messages/batch/seen", json={"message_ids": [first, second]})
    assert "x-ratelimited-message_ids" not in again.headers
    assert {one["seen_at"] for one in again.json()} == {"2026-01-01T00:00:01.000000Z"}


def test_the_batch_limit_counts_each_status_by_itself_and_single_marks_not_at_all(
    api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]]
) -> None:
    (message,) = notify()
    knock.rate_limits.enforce(tiers=False)
    for mark in MARKS:
        batch = api.post(f"/v1/messages/batch/{mark}", json={"message_ids": [message]})
        assert "x-ratelimited-message_ids" not in batch.headers
    assert [api.put(f"/v1/messages/{message}/seen").status_code for _ in range(3)] == [200] * 3


def test_a_batch_happens_at_one_instant(api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]]) -> None:
    made = [*notify(), *notify(), *notify()]
    knock.clock.advance("1m")
    marked = api.post("/v1/messages/batch/archived", json={"message_ids": made}).json()
    assert {one["archived_at"] for one in marked} == {LATER}

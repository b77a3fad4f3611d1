from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from knock_fake import KnockFake

FEED = "/v1/users/jane/feeds/55555555-5555-4555-8555-555555555555"
READS = ("", "/events", "/activities", "/content", "/delivery_logs")


def identifiers(page: httpx.Response, envelope: str = "items") -> list[str]:
    return [item["id"] for item in page.json()[envelope]]


@pytest.mark.parametrize(("age", "status"), [("29d23h59m59s", 200), ("30d", 404), ("365d", 404)])
@pytest.mark.parametrize("part", READS)
@pytest.mark.parametrize("workflow", ["hello", "letter"])
def test_a_message_can_be_read_for_thirty_days(
    api: httpx.Client,
    knock: KnockFake,
    notify: Callable[..., list[str]],
    age: str,
    status: int,
    part: str,
    workflow: str,
) -> None:
    (message,) = notify(workflow=workflow)
    knock.clock.advance(age)
    answer = api.get(f"/v1/messages/{message}{part}")
    assert answer.status_code == status
    if status == 404:
        assert answer.json()["code"] == "resource_missing"


def test_lists_leave_old_messages_out(api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]]) -> None:
    (old,) = notify()
    knock.clock.advance("30d")
    (new,) = notify()
    for path in ("/v1/messages", "/v1/users/jane/messages", f"/v1/messages?message_ids[]={old}&message_ids[]={new}"):
        assert identifiers(api.get(path)) == [new]


def test_a_batch_of_contents_with_an_old_message_is_refused(
    api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]]
) -> None:
    (old,) = notify()
    knock.clock.advance("30d")
    (new,) = notify()
    refused = api.get(f"/v1/messages/batch/content?message_ids[]={new}&message_ids[]={old}")
    assert (refused.status_code, refused.json()["code"]) == (404, "resource_missing")


def test_feeds_keep_their_items_for_ever(api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]]) -> None:
    (old,) = notify()
    knock.clock.advance("1000d")
    feed = api.get(FEED)
    assert identifiers(feed, "entries") == [old]
    assert feed.json()["meta"]["total_count"] == 1


@pytest.mark.parametrize("mark", ["seen", "read", "interacted", "archived"])
def test_an_old_feed_item_can_still_be_marked(
    api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]], mark: str
) -> None:
    (old,) = notify()
    knock.clock.advance("1000d")
    alone = api.put(f"/v1/messages/{old}/{mark}")
    batch = api.post(f"/v1/messages/batch/{mark}", json={"message_ids": [old]})
    (item,) = api.get(f"{FEED}?archived=include").json()["entries"]
    assert (alone.status_code, identifiers_of(batch)) == (200, [old])
    assert item[f"{mark}_at"] == "2028-09-27T00:00:00.000000Z"
    assert api.delete(f"/v1/messages/{old}/{mark}").json()[f"{mark}_at"] is None


@pytest.mark.parametrize("mark", ["seen", "read", "interacted", "archived"])
def test_an_old_message_of_another_channel_cannot_be_marked(
    api: httpx.Client, knock: KnockFake, notify: Callable[..., list[str]], mark: str
) -> None:
    (old,) = notify(workflow="letter")
    knock.clock.advance("30d")
    (new,) = notify(workflow="letter")
    batch = api.post(f"/v1/messages/batch/{mark}", json={"message_ids": [old, new]})
    assert api.put(f"/v1/messages/{old}/{mark}").status_code == 404
    assert api.delete(f"/v1/messages/{old}/{mark}").status_code == 404
    assert (batch.status_code, identifiers_of(batch)) == (200, [new])


def identifiers_of(batch: httpx.Response) -> list[str]:
    return [message["id"] for message in batch.json()]

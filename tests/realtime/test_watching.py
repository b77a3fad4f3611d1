from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake
from knock_fake.errors import ClockError, ExpectationError, UnknownNameError, UsageError, UsageTypeError
from knock_fake.steps import email, in_app_feed
from tests.realtime.sockets import ALL_GUIDES, FEED, JANES_FEED, Browser, error, ok

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from knock_fake.json_types import JsonObject

STEPS: list[JsonObject] = [{"ref": "step_1", "values": {}}]


@pytest.fixture(autouse=True)
def _workflow(knock: KnockFake) -> None:
    knock.workflows.add("hello", steps=[in_app_feed("Hello")])


def trigger(api: httpx.Client, tenant: str | None = None) -> None:
    body: JsonObject = {"recipients": [{"id": "jane"}], "tenant": tenant}
    api.post("/v1/workflows/hello/trigger", json=body).raise_for_status()


def test_a_watcher_of_a_feed_sees_what_is_pushed(knock: KnockFake, api: httpx.Client) -> None:
    feed = knock.realtime.feed("jane", tenant="acme", status="unread")
    trigger(api, "acme")
    event = feed.events.one()
    assert event.message_id == knock.messages.one().id
    assert (event.event, event.at, event.topic) == ("new-message", knock.clock.now, JANES_FEED)
    assert (event.matches, event.total_count, event.unread_count, event.unseen_count) == (True, 1, 1, 1)
    assert (event.guide, event.eligible) == (None, None)
    trigger(api, "other")
    assert (feed.events.count(matches=True), feed.events.last().total_count, len(feed.events)) == (1, 1, 2)
    feed.clear()
    feed.events.none()


def test_what_is_not_so_shows_what_was_pushed(knock: KnockFake, api: httpx.Client) -> None:
    feed = knock.realtime.feed("jane")
    with pytest.raises(ExpectationError) as refused:
        feed.events.one(unseen_count=2)
    assert str(refused.value).splitlines() == [
        "there is no event with unseen_count=2",
        "why:",
        "  no workflow has run",
    ]
    trigger(api)
    with pytest.raises(ExpectationError) as refused:
        feed.events.one(unseen_count=2)
    assert str(refused.value).splitlines()[2:4] == [
        f"  <new-message of {knock.messages.one().id} at 2026-01-01T00:00:00Z, unseen: 1, matches: True>",
        "    unseen_count is 1, not 2",
    ]


def test_an_event_that_is_missed_says_why(knock: KnockFake, api: httpx.Client) -> None:
    joes, feed = knock.realtime.feed("joe"), knock.realtime.feed("jane")
    knock.workflows.add("by-mail", steps=[email("Hi", "there")])
    api.post("/v1/workflows/by-mail/trigger", json={"recipients": [{"id": "jane"}]}).raise_for_status()
    knock.realtime.swallow()
    trigger(api)
    knock.realtime.delay("2s")
    trigger(api)
    with pytest.raises(ExpectationError) as missed:
        feed.events.one()
    first, second = knock.messages
    assert str(missed.value).splitlines() == [
        "there is no event",
        "why:",
        "  1 event was swallowed",
        "  an event is delayed until 2026-01-01T00:00:02Z",
        "  by-mail for jane: completed, 0 messages",
        "    email_1 skipped: the channel needs recipient.email",
        "  hello for jane: completed, 1 message",
        f"    in_app_feed_1 sent: in_app_feed message {first.id}",
        "  hello for jane: completed, 1 message",
        f"    in_app_feed_1 sent: in_app_feed message {second.id}",
    ]
    joes.close()
    with pytest.raises(ExpectationError) as missed:
        joes.events.one()
    assert str(missed.value).splitlines() == [
        "there is no event",
        "why:",
        "  the watcher is closed",
        "  no workflow ran with recipient='joe'",
        "  items of this channel are in the feeds of others: jane",
    ]


def test_an_event_of_guides_that_is_missed_says_why(knock: KnockFake) -> None:
    guides = knock.realtime.guides("jane")
    knock.realtime.swallow(times=2)
    knock.guides.add("tour", STEPS)
    knock.realtime.delay("2s")
    knock.guides.deactivate("tour")
    with pytest.raises(ExpectationError) as missed:
        guides.events.one(guide="tour")
    assert str(missed.value).splitlines() == [
        "there is no event with guide='tour'",
        "why:",
        "  2 events were swallowed",
        "  an event is delayed until 2026-01-01T00:00:02Z",
    ]


def test_what_is_to_go_wrong_is_listed(knock: KnockFake, api: httpx.Client) -> None:
    realtime = knock.realtime
    assert realtime.failures == []
    realtime.delay("2s", "feeds:*", times=None)
    realtime.swallow(times=3)
    realtime.refuse_joins("guides:*", reason="maintenance")
    realtime.refuse_connections(2)
    assert realtime.failures == [
        {"kind": "refuse_connections", "left": 2},
        {"kind": "refuse_joins", "topic": "guides:*", "reason": "maintenance", "left": 1},
        {"kind": "delay", "topic": "feeds:*", "by": "2s", "left": None},
        {"kind": "swallow", "topic": "*", "left": 3},
    ]
    told = "refuse_connections (2), refuse_joins guides:* (1), delay feeds:* by 2s (always), swallow * (3)"
    assert repr(realtime) == f"<Realtime, connections: 0, watchers: 0, {told}>"
    realtime.clear()
    assert realtime.failures == []


@pytest.mark.parametrize("topic", ["*", "feeds:*", "f*", "guides*", "*:jane", "feeds:a:b", "guides:a"])
def test_a_topic_that_there_can_be_is_taken(knock: KnockFake, topic: str) -> None:
    knock.realtime.swallow(topic)
    assert knock.realtime.failures == [{"kind": "swallow", "topic": topic, "left": 1}]


def test_a_watcher_of_guides_sees_what_is_pushed(knock: KnockFake) -> None:
    with knock.realtime.guides("jane", "in-app-guide", tenant="acme", data={"a": 1}) as guides:
        knock.guides.add("tour", STEPS)
        assert guides.events.one(guide="tour", event="guide.added", eligible=True).topic == ALL_GUIDES
        assert repr(guides.events.last()) == "<guide_group.updated of the guide group at 2026-01-01T00:00:00Z>"
    knock.guides.deactivate("tour")
    assert (len(guides.events), guides.is_open) == (2, False)


def test_a_closed_watcher_keeps_what_it_saw(knock: KnockFake, api: httpx.Client) -> None:
    feed, other = knock.realtime.feed("jane"), knock.realtime.feed("jane", FEED)
    trigger(api)
    feed.close()
    feed.close()
    trigger(api)
    assert (len(feed.events), len(other.events), knock.realtime.watchers) == (1, 2, [other])
    assert repr(feed) == f"<Watcher 1 of {JANES_FEED}, events: 1, closed>"
    assert repr(knock.realtime) == "<Realtime, connections: 0, watchers: 1>"


def test_watchers_stay_when_the_world_goes_back(knock: KnockFake, api: httpx.Client) -> None:
    before = knock.snapshot()
    feed = knock.realtime.feed("jane")
    trigger(api)
    knock.restore(before)
    trigger(api)
    assert [event.total_count for event in feed.events] == [1, 1]


def test_every_connection_is_dropped_with_a_code(knock: KnockFake, api: httpx.Client) -> None:
    browsers = [Browser(knock), Browser(knock)]
    browsers[0].join(JANES_FEED, {})
    feed = knock.realtime.feed("jane")
    knock.realtime.drop(4000)
    assert [browser.socket.close_code for browser in browsers] == [4000, 4000]
    assert knock.realtime.connections == []
    trigger(api)
    assert (browsers[0].frames(), len(feed.events)) == ([], 1)


def test_joins_are_refused_on_demand(knock: KnockFake) -> None:
    browser = Browser(knock)
    knock.realtime.refuse_joins("guides:*", reason="maintenance", times=None)
    knock.realtime.refuse_joins()
    refused = error("1", "1", JANES_FEED, "refused on purpose")
    assert browser.send("1", "1", JANES_FEED, "phx_join", {}) == [refused]
    assert browser.send("2", "2", JANES_FEED, "phx_join", {}) == [ok("2", "2", JANES_FEED)]
    for _ in range(2):
        answer = browser.send("3", "3", ALL_GUIDES, "phx_join", {"user_id": "jane"})
        assert answer == [error("3", "3", ALL_GUIDES, "maintenance")]
    assert knock.realtime.guides("jane").is_open
    knock.realtime.clear()
    browser.join(ALL_GUIDES, {"user_id": "jane"}, "4")


def test_events_get_lost_on_demand(knock: KnockFake, api: httpx.Client) -> None:
    feed, guides = knock.realtime.feed("jane"), knock.realtime.guides("jane")
    knock.realtime.swallow("feeds:*", times=2)
    for _ in range(3):
        trigger(api)
    assert [event.total_count for event in feed.events] == [3]
    knock.realtime.swallow()
    knock.guides.add("tour", STEPS)
    assert [event.event for event in guides.events] == ["guide_group.updated"]


def test_an_event_that_nobody_waits_for_cannot_get_lost(knock: KnockFake, api: httpx.Client) -> None:
    knock.realtime.swallow()
    trigger(api)
    feed = knock.realtime.feed("jane")
    trigger(api)
    feed.events.none()
    trigger(api)
    feed.events.one()


def test_events_are_late_on_demand_and_tell_how_it_is_then(knock: KnockFake, api: httpx.Client) -> None:
    feed, guides = knock.realtime.feed("jane"), knock.realtime.guides("jane")
    knock.realtime.delay("2s")
    trigger(api)
    knock.realtime.delay("3s")
    knock.guides.add("tour", STEPS)
    trigger(api)
    assert [event.total_count for event in feed.events] == [2]
    assert str(knock.clock.advance("3s")).splitlines() == [
        f"2026-01-01T00:00:02Z  event pushed: new-message to {JANES_FEED}",
        f"2026-01-01T00:00:03Z  event pushed: guide.added to {ALL_GUIDES}",
    ]
    assert [event.total_count for event in feed.events] == [2, 2]
    assert [event.event for event in guides.events] == ["guide_group.updated", "guide.added"]


def test_a_late_event_of_an_item_that_is_gone_is_not_told(knock: KnockFake, api: httpx.Client) -> None:
    feed = knock.realtime.feed("jane")
    knock.realtime.delay("2s")
    trigger(api)
    api.delete("/v1/users/jane").raise_for_status()
    knock.clock.advance("2s")
    feed.events.none()


def test_what_is_to_go_wrong_is_kept_by_snapshots_and_saved_worlds(knock: KnockFake, api: httpx.Client) -> None:
    knock.realtime.swallow()
    knock.realtime.refuse_joins()
    knock.realtime.refuse_connections()
    feed = knock.realtime.feed("jane")
    snapshot = knock.snapshot()
    saved = knock.to_json()
    trigger(api)
    knock.restore(snapshot)
    trigger(api)
    feed.events.none()
    copy = KnockFake()
    copy.become(saved)
    script = copy.state.realtime_script
    assert (script.takes_connection(), script.takes_connection()) == (False, True)
    assert script.refusal_of("x") is not None
    assert script.refusal_of("x") is None


def test_a_late_event_is_saved_with_the_world(knock: KnockFake, api: httpx.Client) -> None:
    knock.realtime.feed("jane")
    knock.realtime.delay("2s")
    trigger(api)
    copy = KnockFake()
    copy.become(knock.to_json())
    feed = copy.realtime.feed("jane")
    copy.clock.advance("2s")
    assert feed.events.one().message_id == knock.messages.one().id
    another = KnockFake()
    another.become(knock.to_json())
    another.clock.advance("2s")  # to nobody


MISTAKES: list[tuple[Callable[[KnockFake], object], type[Exception], str]] = [
    (lambda one: one.realtime.feed("jane", "in-ap-feed"), UnknownNameError, "did you mean 'in-app-feed'\\?"),
    (lambda one: one.realtime.feed("jane", "email"), UsageError, "the channel 'email' is of type 'email', not"),
    (lambda one: one.realtime.feed("jane", tennant="a"), UsageTypeError, "no filter 'tennant'; did you mean 'tenant'"),
    (lambda one: one.realtime.feed("jane", status="new"), UsageError, "realtime.feed: status must be one of unread"),
    (lambda one: one.realtime.feed("jane", tenant=object()), UsageTypeError, "JSON cannot hold object"),
    (lambda one: one.realtime.feed(""), UsageTypeError, "the user must be a non-empty id, not ''"),
    (lambda one: one.realtime.guides("jane", "sms"), UsageError, "the channel 'sms' is of type 'sms', not"),
    (lambda one: one.realtime.guides(7), UsageTypeError, "realtime.guides: the user must be a non-empty id, not 7"),  # type: ignore[arg-type]
    (lambda one: one.realtime.drop(1006), UsageError, "no close frame can have the code 1006"),
    (lambda one: one.realtime.refuse_connections(0), UsageTypeError, "times is a number of 1 or more, or None for"),
    (lambda one: one.realtime.refuse_joins(times=True), UsageTypeError, "realtime.refuse_joins: times is a number"),
    (lambda one: one.realtime.refuse_joins(7), UsageTypeError, "realtime.refuse_joins: topic and reason are texts"),  # type: ignore[arg-type]
    (lambda one: one.realtime.swallow(times=-1), UsageTypeError, "realtime.swallow: times is a number of 1 or more"),
    (lambda one: one.realtime.delay("soon"), ClockError, "soon"),
    (
        lambda one: one.realtime.delay("2s", "feed:*"),
        UsageError,
        "^realtime.delay: there can be no topic 'feed:\\*'; did",
    ),
    (lambda one: one.realtime.refuse_joins("guide:x"), UsageError, "did you mean 'guides:x'\\?$"),
    (lambda one: one.realtime.swallow("feeds"), UsageError, "did you mean 'feeds:\\*'\\?$"),
    (lambda one: one.realtime.swallow("x*"), UsageError, "; topics are feeds:{channel_id}:{user_id} and guides:"),
]


@pytest.mark.parametrize(("mistake", "kind", "message"), MISTAKES)
def test_mistakes_are_told_and_change_nothing(
    knock: KnockFake, mistake: Callable[[KnockFake], object], kind: type[Exception], message: str
) -> None:
    before = knock.to_json()
    with pytest.raises(kind, match=message):
        mistake(knock)
    assert (knock.to_json(), knock.realtime.watchers) == (before, [])

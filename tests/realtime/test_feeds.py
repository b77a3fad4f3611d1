from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake
from knock_fake.api.feed_filters import counts
from knock_fake.steps import email, in_app_feed
from tests.realtime.sockets import FEED, JANES_FEED, QUERY, Browser, error

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

    from knock_fake.api.message_filters import Keep
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.messages import Message

EMAIL = "11111111-1111-4111-8111-111111111111"
NEW: JsonObject = {"total_count": 1, "unread_count": 1, "unseen_count": 1}
NONE: JsonObject = {"total_count": 0, "unread_count": 0, "unseen_count": 0}


@pytest.fixture
def browser(knock: KnockFake, api: httpx.Client) -> Browser:
    knock.workflows.add("hello", steps=[in_app_feed("Hello"), email("Hello", "you")])
    api.put("/v1/users/jane", json={"name": "Jane"}).raise_for_status()
    return Browser(knock)


def trigger(api: httpx.Client, recipient: str = "jane", **body: Json) -> None:
    api.post("/v1/workflows/hello/trigger", json={"recipients": [recipient], **body}).raise_for_status()


def payload(browser: Browser) -> JsonObject:
    (frame,) = browser.frames()
    assert isinstance(frame, list)
    assert isinstance(frame[4], dict)
    return frame[4]


def test_a_new_item_is_told_to_every_client_with_its_own_counts(browser: Browser, api: httpx.Client) -> None:
    trigger(api)
    browser.join(JANES_FEED, {"client_a": {"archived": "exclude", "mode": "compact"}, "client_b": {"source": "other"}})
    trigger(api)
    assert browser.frames() == [
        [
            "1",
            None,
            JANES_FEED,
            "new-message",
            {
                "event": "new-message",
                "attn": ["client_a"],
                "data": {
                    "client_a": {"metadata": {"total_count": 2, "unread_count": 2, "unseen_count": 2}},
                    "client_b": {"metadata": NONE},
                },
                "metadata": {"total_count": 2, "unread_count": 2, "unseen_count": 2},
            },
        ]
    ]


@pytest.mark.parametrize(
    ("options", "is_meant", "counts"),
    [
        ({}, True, NEW),
        ({"status": "unread"}, True, NEW),
        ({"status": "read"}, False, NEW),
        ({"archived": "only"}, False, NONE),
        ({"archived": "include"}, True, NEW),
        ({"source": "hello"}, True, NEW),
        ({"source": "bye"}, False, NONE),
        ({"tenant": "acme"}, True, NEW),
        ({"tenant": "acme", "has_tenant": True}, True, NEW),
        ({"tenant": "other"}, False, NONE),
        ({"has_tenant": False}, False, NONE),
        ({"workflow_categories": ["news"]}, False, NONE),
        ({"trigger_data": {"project": "p1"}}, True, NEW),
        ({"trigger_data": {"project": "p2"}}, False, NONE),
        ({"trigger_data": '{"project": "p2"}'}, False, NONE),
        ({"inserted_at.gte": "2026-01-01T00:00:00Z", "inserted_at.lt": "2026-01-02T00:00:00Z"}, True, NEW),
        ({"inserted_at.gt": "2026-01-01T00:00:00Z"}, False, NONE),
        ({"inserted_at": {"gt": "2026-01-01T00:00:00Z"}}, False, NONE),
        ({"source": None, "page_size": "many", "__experimentalCrossBrowserUpdates": True, "mode": "x"}, True, NEW),
    ],
)
def test_a_client_hears_of_what_fits_its_filters(
    browser: Browser, api: httpx.Client, options: JsonObject, is_meant: bool, counts: JsonObject
) -> None:
    browser.join(JANES_FEED, {"client_a": options})
    trigger(api, tenant="acme", data={"project": "p1"})
    told = payload(browser)
    assert (told["attn"], told["data"], told["metadata"]) == (
        ["client_a"] if is_meant else [],
        {"client_a": {"metadata": counts}},
        NEW,
    )


@pytest.mark.parametrize("params", [{}, {"status": "read", "archived": "exclude"}, None, [], "x"])
def test_clients_of_old_read_the_counts_of_the_default_feed(browser: Browser, api: httpx.Client, params: Json) -> None:
    browser.join(JANES_FEED, params)
    trigger(api)
    assert payload(browser) == {"event": "new-message", "attn": [], "data": {}, "metadata": NEW}


def test_the_item_can_be_read_when_the_event_goes_out(knock: KnockFake, api: httpx.Client) -> None:
    read: list[object] = []

    def read_feed() -> None:
        answer = knock.client().get(f"/v1/users/jane/feeds/{FEED}", cast_to=object)
        assert isinstance(answer, dict)
        read.append(answer["meta"]["total_count"])

    knock.workflows.add("hello", steps=[in_app_feed("Hello")])
    browser = Browser(knock)
    browser.join(JANES_FEED, {})
    browser._wake = read_feed  # type: ignore[method-assign]
    browser.socket._wake = read_feed  # type: ignore[attr-defined]
    api.put("/v1/users/jane", json={}).raise_for_status()
    trigger(api)
    assert read == [1]


def test_nothing_is_told_of_other_users_channels_and_types_of_channels(
    knock: KnockFake, browser: Browser, api: httpx.Client
) -> None:
    other = knock.channels.add("other-feed", type="in_app_feed", provider="knock")
    browser.join(f"feeds:{other.id}:jane", {}, "1")
    browser.join(f"feeds:{FEED}:joe", {}, "2")
    trigger(api)
    assert browser.frames() == []


def test_an_item_is_told_when_it_is_delivered_and_not_before(
    knock: KnockFake, browser: Browser, api: httpx.Client
) -> None:
    browser.join(JANES_FEED, {})
    knock.delivery.plan(channel="in-app-feed", statuses=["queued", ("delivered", "5s")])
    trigger(api)
    knock.clock.advance("4s")
    assert browser.frames() == []
    knock.clock.advance("1s")
    assert payload(browser)["metadata"] == NEW


def test_marks_and_the_end_of_a_subscription_are_silent(browser: Browser, api: httpx.Client) -> None:
    browser.join(JANES_FEED, {"client_a": {}})
    trigger(api)
    payload(browser)
    item = api.get(f"/v1/users/jane/feeds/{FEED}").json()["entries"][0]
    api.put(f"/v1/messages/{item['id']}/read").raise_for_status()
    assert browser.frames() == []
    assert len(browser.send("1", "2", JANES_FEED, "phx_leave", {})) == 2
    trigger(api)
    assert browser.frames() == []


def test_a_users_id_may_hold_colons(knock: KnockFake, browser: Browser, api: httpx.Client) -> None:
    topic = f"feeds:{FEED}:org:1:jane@x"
    browser.join(topic, {})
    api.put("/v1/users/org:1:jane@x", json={}).raise_for_status()
    trigger(api, "org:1:jane@x")
    assert payload(browser)["metadata"] == NEW


@pytest.mark.parametrize(
    ("topic", "params", "reason"),
    [
        ("feeds:nope:jane", {}, f"the in-app feed channel 'in-app-feed' has the id {FEED}"),
        (
            "feeds:11111111-1111-4111-8111-111111111111:jane",
            {},
            f"the in-app feed channel 'in-app-feed' has the id {FEED}",
        ),
        (f"feeds:{FEED}:", {}, "the topic of a feed is feeds:{channel_id}:{user_id}"),
        (JANES_FEED, {"client_a": {"has_tenant": 7}}, "has_tenant must be a boolean"),
        (JANES_FEED, {"client_a": {"trigger_data": {"a": {}}}}, "trigger_data.a "),
        (JANES_FEED, {"client_a": {"inserted_at.near": "x"}}, "inserted_at.near must be one of gt, gte, lt, lte"),
        (JANES_FEED, {"client_a": {"inserted_at.gt": "x"}}, "inserted_at.gt must be an ISO-8601 timestamp"),
    ],
)
def test_what_cannot_be_joined_is_refused_with_a_reason(
    browser: Browser, topic: str, params: Json, reason: str
) -> None:
    (answer,) = browser.send("1", "1", topic, "phx_join", params)
    assert isinstance(answer, list)
    assert isinstance(answer[4], dict)
    said = answer[4]["response"]
    assert isinstance(said, dict)
    assert str(said["reason"]).startswith(reason)
    assert answer == error("1", "1", topic, str(said["reason"]))


def test_parameters_nested_without_end_are_refused(browser: Browser) -> None:
    params: Json = {}
    for _ in range(200):
        params = {"a": params}
    reason = "the parameters of a join are nested too deeply"
    assert browser.send("1", "1", JANES_FEED, "phx_join", params) == [error("1", "1", JANES_FEED, reason)]


def test_a_token_narrowed_to_tenants_hears_of_those(knock: KnockFake, api: httpx.Client, browser: Browser) -> None:
    knock.security.enhance()
    grants = {"tenants/acme": ["user/feed_read"]}
    token = knock.security.sign_user_token("jane", grants=grants)
    narrowed = Browser(knock, f"user_token={token}&{QUERY}")
    narrowed.join(JANES_FEED, {"client_a": {}})
    trigger(api)
    assert narrowed.frames() == []
    trigger(api, tenant="acme")
    told = payload(narrowed)
    assert (told["attn"], told["data"], told["metadata"]) == (["client_a"], {"client_a": {"metadata": NEW}}, NEW)


def test_a_token_that_grants_nothing_joins_nothing(knock: KnockFake) -> None:
    token = knock.security
    token.enhance()
    signed = token.sign_user_token("jane", explicit_grants=True)
    reason = "the user token does not grant user/feed_read on users/jane"
    browser = Browser(knock, f"user_token={signed}&{QUERY}")
    assert browser.send("1", "1", JANES_FEED, "phx_join", {}) == [error("1", "1", JANES_FEED, reason)]


def test_connections_survive_restore_and_reset_and_are_not_saved(
    knock: KnockFake, browser: Browser, api: httpx.Client
) -> None:
    snapshot = knock.snapshot()
    browser.join(JANES_FEED, {"client_a": {}})
    trigger(api)
    payload(browser)
    knock.restore(snapshot)
    trigger(api)
    assert payload(browser)["metadata"] == NEW
    assert KnockFake().realtime.connections == []
    saved = knock.to_json()
    knock.reset()
    knock.become(saved)
    trigger(api)
    assert payload(browser)["metadata"] == {"total_count": 2, "unread_count": 2, "unseen_count": 2}
    (connection,) = knock.realtime.connections
    assert connection.topics == (JANES_FEED,)


@pytest.mark.parametrize(
    ("clients", "scopes"),
    [
        ({}, 1),
        ({"client_a": {}}, 1),
        ({"client_a": {"archived": "exclude", "status": "unseen", "page_size": 10}, "client_b": {"status": "all"}}, 1),
        ({"client_a": {"tenant": None, "has_tenant": False}, "client_b": {"has_tenant": False, "status": "read"}}, 2),
        ({"client_a": {"archived": "include"}, "client_b": {"archived": "only"}}, 3),
        ({"client_a": {"inserted_at.gt": "2026-01-01", "source": "hello"}, "client_b": {"source": "hello"}}, 3),
    ],
)
def test_a_feed_is_counted_once_for_all_who_count_the_same(
    browser: Browser,
    knock: KnockFake,
    api: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    clients: JsonObject,
    scopes: int,
) -> None:
    counted = []

    def count(items: Sequence[Message], scoped: Keep | None) -> JsonObject:
        counted.append(scoped)
        return counts(items, scoped)

    monkeypatch.setattr("knock_fake.realtime.feed_topics.counts", count)
    browser.join(JANES_FEED, clients)
    Browser(knock).join(JANES_FEED, clients)
    watcher = knock.realtime.feed("jane")
    trigger(api)
    assert len(counted) == scopes
    trigger(api)
    assert [event.total_count for event in watcher.events] == [1, 2]

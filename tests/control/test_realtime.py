from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.control.plane import ControlledServer
from knock_fake.control.worlds import OneWorld
from knock_fake.gateway.call import Reply
from knock_fake.schema_checks import field_errors
from knock_fake.steps import in_app_feed
from tests.control.test_plane import answer, entries, send
from tests.realtime.sockets import ALL_GUIDES, JANES_FEED, Browser, error, upgrade

if TYPE_CHECKING:
    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject


@pytest.fixture
def server(knock: KnockFake) -> ControlledServer:
    knock.workflows.add("hello", steps=[in_app_feed("Hello")])
    return ControlledServer(OneWorld(knock))


def trigger(server: ControlledServer, tenant: str | None = None) -> None:
    answer(server, "POST", "/v1/workflows/hello/trigger", {"recipients": [{"id": "jane"}], "tenant": tenant})


def do(server: ControlledServer, path: str, body: Json = None, method: str = "POST") -> None:
    reply = send(server, method, f"/_fake/realtime{path}", {} if body is None and method == "POST" else body)
    assert reply.status == 204, reply.body


def test_connections_topics_and_watchers_are_listed(server: ControlledServer, knock: KnockFake) -> None:
    browser = Browser(knock)
    browser.join(JANES_FEED, {})
    Browser(knock)
    made = answer(server, "POST", "/_fake/realtime/feeds", {"user": "jane"})
    assert made == {"number": 3, "topic": JANES_FEED}
    listed = answer(server, "GET", "/_fake/realtime")
    assert listed == {
        "connections": [
            {"number": 1, "user_id": None, "topics": [JANES_FEED]},
            {"number": 2, "user_id": None, "topics": []},
        ],
        "watchers": [made],
        "failures": [],
    }
    assert field_errors("control/realtime", listed) == ()


def test_a_watcher_sees_what_is_pushed_until_it_is_taken_away(server: ControlledServer, knock: KnockFake) -> None:
    asked: JsonObject = {"user": "jane", "channel": "in-app-feed", "filters": {"tenant": "acme"}}
    answer(server, "POST", "/_fake/realtime/feeds", asked)
    trigger(server, "acme")
    seen = answer(server, "GET", "/_fake/realtime/watchers/1")
    assert field_errors("control/watcher_with_events", seen) == ()
    (event,) = entries(seen, "events")
    assert (event["event"], event["message_id"]) == ("new-message", knock.messages.one().id)
    assert (event["matches"], event["total_count"], event["unread_count"], event["unseen_count"]) == (True, 1, 1, 1)
    assert (event["guide"], event["eligible"]) == (None, None)
    assert isinstance(event["payload"], dict)
    assert event["payload"]["attn"] == ["client_watcher"]
    do(server, "/watchers/1", method="DELETE")
    assert send(server, "GET", "/_fake/realtime/watchers/1").status == 404
    assert answer(server, "GET", "/_fake/realtime")["watchers"] == []


def test_guides_are_watched(server: ControlledServer) -> None:
    asked: JsonObject = {"user": "jane", "channel": "in-app-guide", "tenant": "acme", "data": {"page": "home"}}
    assert answer(server, "POST", "/_fake/realtime/guides", asked)["topic"] == ALL_GUIDES
    steps: JsonObject = {"steps": [{"ref": "step_1", "values": {"at": "{{ data.page }}"}}]}
    assert send(server, "PUT", "/_fake/guides/tour", steps).status in (200, 204)
    seen = entries(answer(server, "GET", "/_fake/realtime/watchers/1"), "events")
    assert [event["event"] for event in seen] == ["guide.added", "guide_group.updated"]
    assert "'content': {'at': 'home'}" in str(seen[0]["payload"])


def test_every_connection_is_dropped(server: ControlledServer, knock: KnockFake) -> None:
    first = Browser(knock)
    do(server, "/drop")
    second = Browser(knock)
    do(server, "/drop", {"code": 4000})
    assert (first.socket.close_code, second.socket.close_code) == (1012, 4000)
    refused = send(server, "POST", "/_fake/realtime/drop", {"code": 1006})
    assert (refused.status, b"no close frame can have the code 1006" in refused.body) == (422, True)


def test_connections_and_joins_are_refused(server: ControlledServer, knock: KnockFake) -> None:
    do(server, "/refuse-connections", {"times": 2})
    assert [isinstance(knock.connect(upgrade(), print), Reply) for _ in range(3)] == [True, True, False]
    browser = Browser(knock)
    do(server, "/refuse-joins", {"topic": "feeds:*", "reason": "busy", "times": None})
    do(server, "/refuse-joins")
    refusals = [browser.send("1", "1", JANES_FEED, "phx_join", {}) for _ in range(2)]
    assert refusals == [[error("1", "1", JANES_FEED, "busy")]] * 2
    params: JsonObject = {"user_id": "jane"}
    assert browser.send("2", "2", ALL_GUIDES, "phx_join", params) == [error("2", "2", ALL_GUIDES, "refused on purpose")]
    browser.join(ALL_GUIDES, params, "3")
    do(server, "/failures", method="DELETE")
    browser.join(JANES_FEED, {}, "4")


def test_events_get_lost_and_are_late(server: ControlledServer, knock: KnockFake) -> None:
    feed = knock.realtime.feed("jane")
    do(server, "/swallow", {"topic": "guides:*"})
    do(server, "/swallow")
    do(server, "/delay", {"by": "2s", "topic": "feeds:*", "times": 2})
    listed = answer(server, "GET", "/_fake/realtime")
    assert field_errors("control/realtime", listed) == ()
    assert listed["failures"] == [
        {"kind": "swallow", "topic": "guides:*", "left": 1},
        {"kind": "swallow", "topic": "*", "left": 1},
        {"kind": "delay", "topic": "feeds:*", "by": "2s", "left": 2},
    ]
    for count in (0, 0, 0, 1):
        trigger(server)
        assert len(feed.events) == count
    answer(server, "POST", "/_fake/clock/advance", {"duration": "2s"})
    assert len(feed.events) == 3


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/swallow", {"topik": "*"}, b"topik"),
        ("/swallow", {"times": 0}, b"times"),
        ("/delay", {}, b"by"),
        ("/swallow", {"topic": "feed:*"}, b"did you mean 'feeds:*'?"),
        ("/delay", {"by": "soon"}, b"soon"),
        ("/feeds", {"user": "jane", "filters": {"tennant": "x"}}, b"did you mean 'tenant'?"),
        ("/feeds", {}, b"user"),
        ("/guides", {"user": "jane", "channel": "sms"}, b"is of type 'sms'"),
    ],
)
def test_mistakes_are_told(server: ControlledServer, path: str, body: JsonObject, said: bytes) -> None:
    refused = send(server, "POST", f"/_fake/realtime{path}", body)
    assert (refused.status, said in refused.body) == (422, True), refused.body

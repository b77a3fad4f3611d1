from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake import KnockFake
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.realtime.connection import MOST_UNSENT
from knock_fake.steps import in_app_feed
from tests.realtime.sockets import ALL_GUIDES, FEED, JANES_FEED, Browser, closed, error, ok

if TYPE_CHECKING:
    from knock_fake.json_types import Json

T = JANES_FEED
JOIN: Json = ["7", "7", T, "phx_join", {}]
UNMATCHED = "unmatched topic"

EXCHANGES: dict[str, tuple[list[Json], list[Json]]] = {
    "heartbeat": ([[None, "3", "phoenix", "heartbeat", {}]], [ok(None, "3", "phoenix")]),
    "join": ([JOIN], [ok("7", "7", T)]),
    "join with a sixth member": ([["7", "7", T, "phx_join", {}, "more"]], [ok("7", "7", T)]),
    "join of an unrouted topic": (
        [["1", "1", "rooms:lobby", "phx_join", {}]],
        [error(None, "1", "rooms:lobby", UNMATCHED)],
    ),
    "join of a kind alone": ([["1", "1", "feeds", "phx_join", {}]], [error(None, "1", "feeds", UNMATCHED)]),
    "event on a topic that is not joined": ([["1", "2", T, "hello", {}]], [error(None, "2", T, UNMATCHED)]),
    "event of the protocol on no topic": ([[None, "2", "phoenix", "hi", {}]], [error(None, "2", "phoenix", UNMATCHED)]),
    "event that nobody takes": (
        [JOIN, ["7", "8", T, "hello", {}]],
        [ok("7", "7", T), error("7", "8", T, "nobody here takes the event 'hello'")],
    ),
    "leave": (
        [JOIN, ["7", "8", T, "phx_leave", {}]],
        [ok("7", "7", T), ok("7", "8", T), closed("7", T)],
    ),
    "leave without a join_ref": (
        [JOIN, [None, "8", T, "phx_leave", {}]],
        [ok("7", "7", T), ok("7", "8", T), closed("7", T)],
    ),
    "leave of a topic that is not joined": ([["7", "8", T, "phx_leave", {}]], [ok("7", "8", T)]),
    "leave of an earlier join": (
        [JOIN, ["7", "8", T, "phx_leave", {}], ["9", "9", T, "phx_join", {}], ["7", "10", T, "phx_leave", {}]],
        [ok("7", "7", T), ok("7", "8", T), closed("7", T), ok("9", "9", T)],
    ),
    "join of a topic that is joined": (
        [JOIN, ["9", "9", T, "phx_join", {}]],
        [ok("7", "7", T), closed("7", T), ok("9", "9", T)],
    ),
    "refused join": (
        [["7", "7", "feeds:nope", "phx_join", {}]],
        [error("7", "7", "feeds:nope", "the topic of a feed is feeds:{channel_id}:{user_id}")],
    ),
    "refused join of a topic that is joined": (
        [JOIN, ["9", "9", T, "phx_join", {"client_a": {"status": "new"}}]],
        [
            ok("7", "7", T),
            closed("7", T),
            error("9", "9", T, "status must be one of unread, read, unseen, seen, all"),
        ],
    ),
}


@pytest.mark.parametrize(("sent", "answers"), EXCHANGES.values(), ids=EXCHANGES)
def test_frames_are_answered_as_phoenix_answers_them(knock: KnockFake, sent: list[Json], answers: list[Json]) -> None:
    browser = Browser(knock)
    came = [answer for frame in sent if isinstance(frame, list) for answer in browser.send(*frame)]
    assert came == answers
    assert (browser.socket.close_code, browser.wakes) == (None, len(answers))


def test_a_topic_that_was_left_and_joined_in_one_breath_stays_joined(knock: KnockFake) -> None:
    browser = Browser(knock)
    browser.join(T, {"client_a": {}}, "1")
    assert browser.send("1", "2", T, "phx_join", {"client_a": {}, "client_b": {}}) == [closed("1", T), ok("1", "2", T)]
    (connection,) = knock.realtime.connections
    assert (connection.topics, connection.user_id) == ((T,), None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "{}",
        "[]",
        '["1","1","t","e"]',
        "[1,2,3,4,5]",
        '[null,null,"t",null,{}]',
        '[null,["1"],"phoenix","heartbeat",{}]',
        '[null,{},"phoenix","heartbeat",{}]',
        '[[],"1","phoenix","heartbeat",{}]',
        f'[null,{"[" * 300}{"]" * 300},"phoenix","heartbeat",{{}}]',
        '"\\ud800"',
        "\ud800",
        "[" * 2000,
    ],
)
def test_what_is_no_frame_ends_the_connection(knock: KnockFake, text: str) -> None:
    browser = Browser(knock)
    browser.join(T, {})
    browser.socket.receive(text)
    assert (browser.socket.close_code, browser.frames()) == (1011, [])
    assert knock.realtime.connections == []
    assert browser.send(None, "1", "phoenix", "heartbeat", {}) == []


def nested(levels: int) -> Json:
    value: Json = "deep"
    for _ in range(levels):
        value = [value]
    return value


numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.text()
json = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
topics = st.sampled_from([T, ALL_GUIDES, "phoenix", "feeds:", "guides:", f"feeds:{FEED}:a:b:c", "x"]) | st.text()
events = st.sampled_from(["phx_join", "phx_leave", "heartbeat", "phx_close", "new-message"]) | st.text()
options = st.dictionaries(st.sampled_from(["client_a", "user_id", "data", "tenant"]) | st.text(), json)
refs = json | st.integers(1, 900).map(nested)
frames = st.tuples(refs, refs, topics, events, options | json).map(dumps)


@given(st.lists(st.text() | frames))
def test_no_text_breaks_a_connection(texts: list[str]) -> None:
    browser = Browser(KnockFake())
    for text in texts:
        browser.socket.receive(text)
    assert all(isinstance(frame, list) and len(frame) == 5 for frame in browser.frames())


@given(join_ref=scalars, ref=scalars, topic=topics)
def test_refs_come_back_as_they_went(join_ref: Json, ref: Json, topic: str) -> None:
    browser = Browser(KnockFake())
    (answer,) = browser.send(join_ref, ref, topic, "phx_join", {"user_id": "jane"})
    assert isinstance(answer, list)
    assert same(answer[1], ref)
    assert answer[0] is None or same(answer[0], join_ref)
    assert answer[2] == topic
    assert browser.send(join_ref, ref, "phoenix", "heartbeat", {}) == [ok(None, ref, "phoenix")]


def same(one: Json, other: Json) -> bool:
    return type(one) is type(other) and one == other


@pytest.mark.parametrize("code", [999, 1004, 1005, 1006, 1015, 2999, 5000])
def test_a_code_that_no_close_frame_has_is_refused(knock: KnockFake, code: int) -> None:
    Browser(knock)
    (connection,) = knock.realtime.connections
    with pytest.raises(UsageError, match=f"no close frame can have the code {code}: take one of 1000 to 1003"):
        connection.close(code)
    with pytest.raises(UsageTypeError, match="a close code is a number such as 1012, not '1012'"):
        connection.close("1012")  # type: ignore[arg-type]
    assert connection.close_code is None


def test_a_closed_connection_gets_nothing_more_and_keeps_its_first_code(knock: KnockFake) -> None:
    browser = Browser(knock)
    browser.join(T, {})
    (connection,) = knock.realtime.connections
    connection.close(4001)
    connection.close(1000)
    assert (browser.socket.close_code, browser.wakes, connection.topics) == (4001, 2, ())
    assert repr(connection) == "<Connection 1, topics: none>"


def test_a_client_that_stops_reading_is_let_go(knock: KnockFake) -> None:
    reader, sleeper = Browser(knock), Browser(knock)
    knock.workflows.add("hello", steps=[in_app_feed("Hello")])
    knock.client().users.update("jane")
    for browser in (reader, sleeper):
        browser.join(T, {})
        for _ in range(MOST_UNSENT - 1):
            browser.socket.receive('[null,"1","phoenix","heartbeat",{}]')
    assert len(reader.frames()) == MOST_UNSENT - 1
    for _ in range(2):
        knock.client().workflows.trigger("hello", recipients=["jane"])
    assert (sleeper.socket.close_code, sleeper.socket.take()) == (1008, [])
    sleeper.socket.receive('[null,"1","phoenix","heartbeat",{}]')
    assert sleeper.socket.take() == []
    assert (reader.socket.close_code, len(reader.frames())) == (None, 2)
    assert len(knock.realtime.connections) == 1


def test_a_client_that_asks_without_reading_the_answers_is_let_go(knock: KnockFake) -> None:
    browser = Browser(knock)
    for _ in range(MOST_UNSENT):
        browser.socket.receive('["7","7","feeds:nope","phx_join",{}]')
    assert len(knock.realtime.connections) == 1
    browser.socket.receive('["7","7","feeds:nope","phx_join",{}]')
    assert (browser.socket.close_code, browser.socket.take()) == (1008, [])

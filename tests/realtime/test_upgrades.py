from __future__ import annotations

import orjson
import pytest

from knock_fake import KnockFake
from knock_fake.gateway.call import Call, Reply
from knock_fake.gateway.upgrades import is_websocket_path, upgrade_call
from tests.realtime.sockets import JANES_FEED, QUERY, Browser, error, upgrade


def ignore() -> None:
    pass


def refused(world: KnockFake, query: str) -> Reply:
    answer = world.connect(upgrade(query), ignore)
    assert isinstance(answer, Reply)
    assert answer.status == 403
    assert world.realtime.connections == []
    return answer


@pytest.mark.parametrize(
    "query",
    [
        QUERY,
        "&api_key=pk_test_x&&vsn=2.0.0",
        "user_token=&api_key=pk_test_x&branch_slug=mine&vsn=2.0.1",
        "user_token=not.a.token&api_key=pk_test_x&vsn=2.0.0",
    ],
)
def test_a_publishable_key_is_let_in(knock: KnockFake, query: str) -> None:
    Browser(knock, query)
    (entry,) = knock.journal
    assert (entry.operation, entry.reply.status, entry.call.query) == ("realtime.connect", 101, query)
    assert "x-request-id" in entry.reply.headers


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("api_key=pk_test_x", "the websocket speaks Phoenix's protocol 2.0.0: connect with vsn=2.0.0"),
        ("api_key=pk_test_x&vsn=1.0.0", "the websocket speaks Phoenix's protocol 2.0.0: connect with vsn=2.0.0"),
        (
            "api_key=sk_test_x&vsn=2.0.0",
            "browsers connect with a publishable key (pk_...), this came with a secret one",
        ),
        ("vsn=2.0.0", "a websocket has its key in its query: connect with api_key=pk_test_..."),
        ("api_key=x&vsn=2.0.0", "keys begin with sk_ or pk_, unless the world is given its own; a websocket has "),
        (
            "api_key=pk_a&api_key=pk_b&vsn=2.0.0",
            "a websocket has its key in its query: connect with api_key=pk_test_...",
        ),
        ("a=1&a[b]=2&api_key=pk_test_x&vsn=2.0.0", "a is given both as a map and as a value or a list"),
    ],
)
def test_others_are_refused_with_403_and_told_why(knock: KnockFake, query: str, hint: str) -> None:
    answer = refused(knock, query)
    assert answer.headers["x-knock-fake-hint"].startswith(hint)
    (entry,) = knock.journal
    assert entry.hint is not None
    assert entry.hint.startswith(hint)


def test_a_refusal_has_the_body_of_a_refused_call() -> None:
    answer = refused(KnockFake(public_keys=["pk_mine"]), QUERY)
    assert orjson.loads(answer.body) == {
        "code": "api_key_missing",
        "message": "A valid API key is required to make this request.",
        "status": 403,
        "type": "authentication_error",
    }


def test_enhanced_security_needs_a_token_and_holds_the_topics_to_its_user(knock: KnockFake) -> None:
    knock.security.enhance()
    assert b'"missing_user_token"' in refused(knock, QUERY).body
    assert b'"invalid_user_token"' in refused(knock, f"user_token=nonsense&{QUERY}").body
    browser = Browser(knock, f"user_token={knock.security.sign_user_token('joe')}&{QUERY}")
    (connection,) = knock.realtime.connections
    assert connection.user_id == "joe"
    assert repr(connection) == "<Connection 1 of joe, topics: none>"
    reason = "the user token speaks for 'joe', and the topic is 'jane''s"
    assert browser.send("1", "1", JANES_FEED, "phx_join", {}) == [error("1", "1", JANES_FEED, reason)]
    browser.join(JANES_FEED.replace("jane", "joe"), {})


def test_an_expired_token_is_refused(knock: KnockFake) -> None:
    knock.security.enhance()
    token = knock.security.sign_user_token("jane", expires_in="1h")
    knock.clock.advance("1h")
    assert (
        "it expired at 2026-01-01T01:00:00Z"
        in refused(knock, f"user_token={token}&{QUERY}").headers["x-knock-fake-hint"]
    )


def test_headers_of_an_upgrade_count_for_nothing(knock: KnockFake) -> None:
    call = Call("GET", "/ws/v1/websocket", "vsn=2.0.0", {"authorization": "Bearer pk_test_x", "cookie": "a"})
    assert upgrade_call(call).headers == {"cookie": "a"}


@pytest.mark.parametrize(
    ("path", "is_one"),
    [("/ws/v1/websocket", True), ("//ws/v1/websocket", True), ("/ws/v1/websocket/", False), ("/ws", False)],
)
def test_the_path_may_have_the_slash_of_the_host(path: str, is_one: bool) -> None:
    assert is_websocket_path(path) is is_one


def test_connections_are_refused_on_demand(knock: KnockFake) -> None:
    knock.realtime.refuse_connections(2)
    hints = [refused(knock, QUERY).headers["x-knock-fake-hint"] for _ in range(2)]
    assert hints == ["realtime.refuse_connections() refuses it on purpose"] * 2
    Browser(knock)
    knock.realtime.refuse_connections(None)
    assert isinstance(knock.connect(upgrade(), ignore), Reply)
    knock.realtime.clear()
    Browser(knock)
    assert len(knock.realtime.connections) == 2

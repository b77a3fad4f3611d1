from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from knock_fake.clock import VirtualClock
from knock_fake.errors import ApiError
from knock_fake.gateway.call import Call, Reply
from knock_fake.gateway.idempotency import IdempotencyStore, Recorded, fingerprint, replay

PATH = "/v1/workflows/welcome/trigger"
CALL = Call("POST", PATH, "a=1", {"authorization": "Bearer sk_test"}, b'{"x": [1], "y": 2}')
PRINT = fingerprint(CALL, {"x": [1], "y": 2})
OTHER_PRINT = fingerprint(CALL, {})


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def store(clock: VirtualClock) -> IdempotencyStore:
    return IdempotencyStore(clock)


def accepted() -> Reply:
    return Reply(200, b'{"workflow_run_id":"1"}', {"content-type": "application/json"})


def test_an_unknown_key_has_no_answer(store: IdempotencyStore) -> None:
    assert store.find(PATH, "key", PRINT) is None


def test_a_known_key_has_its_first_answer(clock: VirtualClock, store: IdempotencyStore) -> None:
    store.remember(PATH, "key", PRINT, accepted(), "first-request")
    assert store.find(PATH, "key", PRINT) == Recorded(clock.now, PRINT, accepted(), "first-request")


def test_another_path_is_another_scope(store: IdempotencyStore) -> None:
    store.remember(PATH, "key", PRINT, accepted(), "first-request")
    assert store.find("/v1/workflows/goodbye/trigger", "key", OTHER_PRINT) is None


def test_a_key_with_a_different_request_is_refused(store: IdempotencyStore) -> None:
    store.remember(PATH, "key", PRINT, accepted(), "first-request")
    with pytest.raises(ApiError) as error:
        store.find(PATH, "key", OTHER_PRINT)
    assert error.value.status == 400
    assert error.value.body == {"error": "This idempotency key was used with a different request."}
    assert error.value.hint == (
        "the idempotency key 'key' came first with request first-request to /v1/workflows/welcome/trigger "
        "with another body, query or host: use a new key for a new request"
    )


def test_a_key_of_255_characters_is_the_longest(store: IdempotencyStore) -> None:
    assert store.find(PATH, "k" * 255, PRINT) is None
    with pytest.raises(ApiError) as error:
        store.find(PATH, "k" * 256, PRINT)
    assert (error.value.status, error.value.body) == (400, {"error": "idempotency_key_too_long"})
    assert error.value.hint == "the idempotency key has 256 characters, 255 are allowed"


@pytest.mark.parametrize(("status", "kept"), [(199, 0), (200, 1), (204, 1), (299, 1), (300, 0), (422, 0), (500, 0)])
def test_only_successes_are_remembered(store: IdempotencyStore, status: int, kept: int) -> None:
    store.remember(PATH, "key", PRINT, Reply(status), "first-request")
    assert len(store) == kept


def test_an_answer_is_forgotten_after_a_day(clock: VirtualClock, store: IdempotencyStore) -> None:
    store.remember(PATH, "key", PRINT, accepted(), "first-request")
    clock.advance(seconds=86_399.999_999)
    assert store.find(PATH, "key", PRINT) is not None
    clock.advance("1s")
    assert store.find(PATH, "key", OTHER_PRINT) is None


def test_an_answer_is_forgotten_to_the_microsecond(clock: VirtualClock, store: IdempotencyStore) -> None:
    store.remember(PATH, "key", PRINT, accepted(), "first-request")
    clock.advance("24h")
    assert store.find(PATH, "key", PRINT) is None


def test_expired_answers_do_not_pile_up(clock: VirtualClock, store: IdempotencyStore) -> None:
    for hour in range(100):
        store.remember(PATH, f"key {hour}", PRINT, accepted(), "request")
        clock.advance("1h")
    store.find(PATH, "unknown", PRINT)
    assert len(store) == 23


def test_an_answer_remembered_again_counts_from_then(clock: VirtualClock, store: IdempotencyStore) -> None:
    store.remember(PATH, "key", PRINT, accepted(), "first-request")
    clock.advance("1h")
    store.remember(PATH, "later", PRINT, accepted(), "later-request")
    clock.advance("1h")
    store.remember(PATH, "key", PRINT, accepted(), "second-request")
    clock.advance("23h")
    found = store.find(PATH, "key", PRINT)
    assert found is not None
    assert found.request_id == "second-request"
    assert len(store) == 1


def test_remembering_waits_for_nothing_on_the_clock(clock: VirtualClock, store: IdempotencyStore) -> None:
    store.remember(PATH, "key", PRINT, accepted(), "first-request")
    assert clock.pending() == ()


def test_a_replay_is_the_first_answer_marked_as_such(store: IdempotencyStore) -> None:
    reply = accepted()
    reply.headers["x-request-id"] = "first-request"
    store.remember(PATH, "key", PRINT, reply, "first-request")
    reply.headers["x-later"] = "not seen"
    recorded = store.find(PATH, "key", PRINT)
    assert recorded is not None
    expected = Reply(
        200,
        b'{"workflow_run_id":"1"}',
        {
            "content-type": "application/json",
            "idempotent-replayed": "true",
            "original-x-request-id": "first-request",
        },
    )
    again = replay(recorded)
    assert again == expected
    again.headers["x-request-id"] = "second-request"
    assert replay(recorded) == expected


@pytest.mark.parametrize(
    "call",
    [
        replace(CALL, method="PUT"),
        replace(CALL, origin="http://localhost:4001"),
        replace(CALL, path=PATH + "/"),
        replace(CALL, query="a=2"),
        replace(CALL, query=""),
    ],
)
def test_another_request_line_is_another_request(call: Call) -> None:
    assert fingerprint(call, {"x": [1], "y": 2}) != PRINT


@pytest.mark.parametrize("body", [None, {}, {"x": [1]}, {"x": [1], "y": "2"}, {"x": [1, 2], "y": 2}, [{"x": 1}]])
def test_another_body_is_another_request(body: dict[str, object]) -> None:
    assert fingerprint(CALL, orjson.loads(orjson.dumps(body))) != PRINT


def test_headers_white_space_and_key_order_do_not_matter() -> None:
    other = replace(CALL, headers={"user-agent": "knockapi"}, body=b'{ "y":2, "x":[ 1 ] }')
    assert fingerprint(other, orjson.loads(other.body)) == PRINT


def test_parts_of_a_request_do_not_run_together() -> None:
    one = fingerprint(replace(CALL, path="/a", query="b"), None)
    other = fingerprint(replace(CALL, path="/ab", query=""), None)
    assert one != other


def test_a_body_nested_too_deep_to_be_written_is_told_apart_by_its_bytes() -> None:
    deep = [replace(CALL, body=b"[" * 500 + inner + b"]" * 500) for inner in (b"", b"", b"1")]
    one, same, other = (fingerprint(call, orjson.loads(call.body)) for call in deep)
    assert one == same
    assert one != other

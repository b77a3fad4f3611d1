from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

import orjson
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from knock_fake.clock import VirtualClock
from knock_fake.gateway.call import Call, Reply
from knock_fake.gateway.idempotency import REMEMBERED_FOR, IdempotencyStore, Recorded, fingerprint, replay

if TYPE_CHECKING:
    from knock_fake.json_types import Json

CALL = Call("POST", "/v1/workflows/welcome/trigger")

scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5)
bodies = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


def turned(body: Json) -> Json:
    """Return the same body with the keys of every object in the opposite order."""
    if isinstance(body, dict):
        return {key: turned(body[key]) for key in reversed(body)}
    if isinstance(body, list):
        return [turned(item) for item in body]
    return body


@given(bodies)
def test_the_order_of_keys_does_not_matter(body: Json) -> None:
    assert fingerprint(CALL, body) == fingerprint(CALL, turned(body))


@given(bodies, bodies)
def test_fingerprints_tell_bodies_apart(one: Json, other: Json) -> None:
    is_same = orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS)
    assert (fingerprint(CALL, one) == fingerprint(CALL, other)) == is_same


parts = st.tuples(*[st.text("ab/?", max_size=3)] * 4)


@given(parts, parts)
def test_fingerprints_tell_request_lines_apart(
    one: tuple[str, str, str, str], other: tuple[str, str, str, str]
) -> None:
    prints = [
        fingerprint(replace(CALL, origin=origin, method=method, path=path, query=query), None)
        for origin, method, path, query in (one, other)
    ]
    assert (prints[0] == prints[1]) == (one == other)


headers = st.dictionaries(st.sampled_from(["content-type", "x-request-id", "x-other"]), st.text("ab", max_size=3))


@given(st.integers(200, 299), st.binary(max_size=20), headers)
def test_a_replay_differs_from_the_first_answer_only_by_its_marks(
    status: int, body: bytes, headers: dict[str, str]
) -> None:
    store = IdempotencyStore(VirtualClock())
    store.remember("/path", "key", b"print", Reply(status, body, headers), "first")
    again = replay(cast("Recorded", store.find("/path", "key", b"print")))
    marks = {"idempotent-replayed": "true", "original-x-request-id": "first"}
    kept = {name: value for name, value in headers.items() if name != "x-request-id"}
    assert again == Reply(status, body, kept | marks)


class StoreAgainstADict(RuleBasedStateMachine):
    """A store beside a dict that forgets nothing and is asked with the time in mind."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = VirtualClock()
        self.store = IdempotencyStore(self.clock)
        self.remembered: dict[tuple[str, str], tuple[datetime, str]] = {}
        self.requests = 0

    @rule(hours=st.integers(0, 30))
    def advance(self, hours: int) -> None:
        self.clock.advance(hours=hours)

    @rule(scope=st.sampled_from("ab"), key=st.sampled_from("xyz"), status=st.sampled_from([200, 201, 404, 500]))
    def remember(self, scope: str, key: str, status: int) -> None:
        self.requests += 1
        request_id = str(self.requests)
        self.store.remember(scope, key, b"print", Reply(status), request_id)
        if status < 300:
            self.remembered[scope, key] = (self.clock.now, request_id)

    @rule(scope=st.sampled_from("ab"), key=st.sampled_from("xyz"))
    def find(self, scope: str, key: str) -> None:
        found = self.store.find(scope, key, b"print")
        at, request_id = self.remembered.get((scope, key), (None, None))
        if at is None or self.clock.now - at >= REMEMBERED_FOR:
            assert found is None
        else:
            assert found is not None
            assert (found.at, found.request_id) == (at, request_id)

    @invariant()
    def no_more_is_kept_than_a_day_and_what_expired_since_the_last_look(self) -> None:
        self.store.find("unknown", "unknown", b"print")
        recent = [at for at, _ in self.remembered.values() if self.clock.now - at < timedelta(days=1)]
        assert len(self.store) == len(recent)


test_a_store_agrees_with_its_model = StoreAgainstADict.TestCase

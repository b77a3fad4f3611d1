"""One call after another: whatever the first ones did, the next are answered well, and in every world alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from knock_fake.api import OPERATIONS
from tests.contract.answers import BY_NAME, Sent, check_call
from tests.contract.calls import calls
from tests.worlds import full_world

if TYPE_CHECKING:
    from collections.abc import Sequence

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]
SEQUENCES = st.lists(st.sampled_from(OPERATIONS).flatmap(calls), min_size=1, max_size=5)
IDENTIFY, LIST_USERS = BY_NAME["users.update"], BY_NAME["users.list"]


@settings(max_examples=40, suppress_health_check=SLOW)
@given(SEQUENCES)
@example(
    [
        Sent(IDENTIFY, "/v1/users/jane", body={"__cursor": 5, "__typename": 1, "collection": "x"}),
        Sent(LIST_USERS, "/v1/users"),
    ]
)
@example(
    [
        Sent(IDENTIFY, "/v1/users/jane", body={"preferences": {"acme": {"id": None}, "default": {"id": "x"}}}),
        Sent(LIST_USERS, "/v1/users", "include[]=preferences"),
    ]
)
def test_one_call_after_another_is_answered_well(sequence: Sequence[Sent]) -> None:
    world = full_world()
    for sent in sequence:
        check_call(world, sent)


@settings(max_examples=30, suppress_health_check=SLOW)
@given(SEQUENCES)
def test_two_worlds_answer_the_same_calls_byte_for_byte_alike(sequence: Sequence[Sent]) -> None:
    worlds = full_world(), full_world()
    for sent in sequence:
        one, other = (sent.to(world) for world in worlds)
        assert one == other

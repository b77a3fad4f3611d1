"""Whatever arrives is answered, never with a fault of the fake's own, and leaves a world that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import HealthCheck, given, settings

from knock_fake.api import OPERATIONS
from knock_fake.gateway.call import Call
from tests.contract.answers import digest
from tests.contract.calls import known_path
from tests.contract.hostile import bodies, hostile_calls
from tests.worlds import HEADERS, full_world

if TYPE_CHECKING:
    from knock_fake import KnockFake
    from knock_fake.gateway.operations import Operation

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]
WITH_BODY = [operation for operation in OPERATIONS if operation.body_schema]
READS = [Call("GET", known_path(operation), "", HEADERS) for operation in OPERATIONS if operation.method == "GET"]


def check(world: KnockFake, call: Call) -> int:
    before = digest(world)
    reply = world.handle(call)
    (*_, entry) = world.journal
    if entry.error is not None:
        raise entry.error
    assert reply.status < 500
    assert all(value.isascii() and value.isprintable() for value in reply.headers.values())
    if reply.status != 204:
        orjson.loads(reply.body)
    if reply.status >= 400:
        assert digest(world) == before
    return reply.status


def check_readable(world: KnockFake) -> None:
    for read in READS:
        world.handle(read)
    for entry in world.journal:
        if entry.error is not None:
            raise entry.error


def test_no_call_whatever_is_answered_by_a_server_error() -> None:
    world = full_world()
    before = world.snapshot()

    @settings(max_examples=400, suppress_health_check=SLOW)
    @given(hostile_calls())
    def answer_one(call: Call) -> None:
        world.restore(before)
        check(world, call)

    answer_one()


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda operation: operation.name)
def test_a_body_with_something_odd_in_it_does_no_harm_now_or_later(operation: Operation) -> None:
    world = full_world()
    before = world.snapshot()

    @settings(max_examples=12, suppress_health_check=SLOW)
    @given(bodies(operation))
    def answer_one(body: bytes) -> None:
        world.restore(before)
        status = check(world, Call(operation.method, known_path(operation), "", HEADERS, body))
        if status < 400:
            world.clock.advance("26h")
            check_readable(world)

    answer_one()

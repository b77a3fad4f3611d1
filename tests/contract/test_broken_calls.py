"""One thing wrong: a 422 names it, and the world is as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from knock_fake.api import OPERATIONS
from tests.contract.answers import Sent, check_refusal, digest
from tests.contract.broken import broken
from tests.contract.calls import known_path
from tests.contract.queries import is_writable, queries, write
from tests.contract.valid import fullest
from tests.worlds import full_world

if TYPE_CHECKING:
    from knock_fake import KnockFake
    from knock_fake.gateway.operations import Operation
    from knock_fake.json_types import Json
    from tests.contract.broken import Broken, Path

ONCE = settings(
    max_examples=3, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
WITH_BODY = [operation for operation in OPERATIONS if operation.body_schema]
WITH_QUERY = [operation for operation in OPERATIONS if operation.query_schema]


def complaint(world: KnockFake, sent: Sent, wrong: Broken, before: str) -> str | None:
    """Send something broken; return what is not as it should be about the answer."""
    reply = sent.to(world)
    told = f"{wrong.place}: {wrong.what}: {sent} -> {reply.status} {reply.body.decode()}"
    if reply.status != 422:
        return f"not refused: {told}"
    errors = check_refusal(reply)["errors"]
    assert isinstance(errors, list)
    found = [(str(error["field"]), str(error["message"])) for error in errors if isinstance(error, dict)]
    if not any(wrong.is_named_by(*error) for error in found):
        return f"not named: {told}"
    return None if digest(world) == before else f"something changed: {told}"


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda operation: operation.name)
def test_a_body_with_one_thing_wrong_is_refused_by_name_and_changes_nothing(operation: Operation) -> None:
    name = str(operation.body_schema)
    world = full_world()
    before = digest(world)
    known: set[tuple[Path, str]] = set()
    complaints: list[str | None] = []

    @ONCE
    @given(fullest(name))
    def break_one(body: Json) -> None:
        complaints.extend(
            complaint(world, Sent(operation, known_path(operation), body=wrong.value), wrong, before)
            for wrong in broken(name, body, known)
        )

    break_one()
    assert complaints
    assert [*filter(None, complaints)] == []


@pytest.mark.parametrize("operation", WITH_QUERY, ids=lambda operation: operation.name)
def test_a_query_with_one_thing_wrong_is_refused_by_name_and_changes_nothing(operation: Operation) -> None:
    name = str(operation.query_schema)
    world = full_world()
    before = digest(world)
    known: set[tuple[Path, str]] = set()
    complaints: list[str | None] = []

    @ONCE
    @given(queries(name, full=True))
    def break_one(query: Json) -> None:
        complaints.extend(
            complaint(world, Sent(operation, known_path(operation), write(name, wrong.value)), wrong, before)
            for wrong in broken(name, query, known)
            if is_writable(wrong.value)
        )

    break_one()
    assert complaints
    assert [*filter(None, complaints)] == []

from __future__ import annotations

import gc
from dataclasses import is_dataclass
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.snapshots import _NEVER_CHANGED, Snapshot
from knock_fake.steps import delay, in_app_feed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knockapi import Knock


def test_restore_goes_back_to_what_was(knock: KnockFake, knock_client: Knock) -> None:
    knock.workflows.add("digest", steps=[delay("1h"), in_app_feed("Hi")])
    knock_client.users.update("jane", name="Jane")
    knock_client.workflows.trigger("digest", recipients=["jane"])
    before = knock.clock.now
    snapshot = knock.snapshot()
    knock_client.users.update("jane", name="Janet")
    knock_client.users.delete("joe")
    knock.workflows.add("other", steps=[in_app_feed("Hi")])
    knock.rate_limits.enforce()
    knock.clock.advance("1h")
    assert len([*knock_client.messages.list()]) == 1
    knock.restore(snapshot)
    assert (knock.clock.now, knock_client.users.get("jane").name) == (before, "Jane")
    assert ("other" in knock.workflows, knock.rate_limits.enforced) == (False, False)
    assert [*knock_client.messages.list()] == []
    knock.clock.advance("1h")
    assert [message.status for message in knock_client.messages.list()] == ["delivered"]


def test_records_that_are_held_go_back_too(knock: KnockFake, knock_client: Knock) -> None:
    knock.workflows.add("digest", steps=[in_app_feed("Hi")])
    knock_client.workflows.trigger("digest", recipients=[{"id": "jane"}])
    (message,) = knock.state.messages
    snapshot = knock.snapshot()
    events = message.events
    knock_client.messages.mark_as_read(message.id)
    assert len(message.events) > len(events)
    knock.restore(snapshot)
    assert (message.engagements, message.events) == (frozenset(), events)


def test_a_branch_leaves_no_trace_even_when_it_fails(knock: KnockFake, knock_client: Knock) -> None:
    def fail_in_a_branch() -> None:
        with knock.branch() as future:
            assert future is knock
            knock_client.users.update("joe")
            knock.clock.advance("1d")
            raise ZeroDivisionError

    knock_client.users.update("jane")
    with pytest.raises(ZeroDivisionError):
        fail_in_a_branch()
    assert [one.id for one in knock_client.users.list()] == ["jane"]
    assert knock.clock.pending() == ()


def test_branches_nest(knock: KnockFake, knock_client: Knock) -> None:
    with knock.branch():
        knock_client.users.update("jane")
        with knock.branch():
            knock_client.users.update("joe")
        assert [one.id for one in knock_client.users.list()] == ["jane"]
    assert [*knock_client.users.list()] == []


def test_a_snapshot_outlives_a_reset(knock: KnockFake, knock_client: Knock) -> None:
    knock_client.users.update("jane")
    snapshot = knock.snapshot()
    knock.reset()
    assert [*knock_client.users.list()] == []
    knock.restore(snapshot)
    assert [one.id for one in knock_client.users.list()] == ["jane"]


def test_only_a_snapshot_of_this_world_is_taken() -> None:
    one, other = KnockFake(), KnockFake()
    with pytest.raises(UsageError, match="another world's"):
        one.restore(other.snapshot())
    with pytest.raises(UsageTypeError, match="restore\\(\\) takes what snapshot\\(\\) returned, not 'today'"):
        one.restore("today")  # type: ignore[arg-type]


def test_a_moving_clock_has_no_snapshot(knock: KnockFake) -> None:
    def take_one() -> None:
        knock.snapshot()

    knock.clock.call_at(knock.clock.now, take_one, "too early")
    with pytest.raises(UsageError, match="while the clock is moving"):
        knock.clock.settle()


def can_change(value: object) -> bool:
    """Whether a value is a record or a part of a world, and not written once."""
    cls: type = type(value)
    if not cls.__module__.startswith("knock_fake.") or isinstance(value, (*_NEVER_CHANGED, Snapshot, tuple)):
        return False
    return not (is_dataclass(cls) and cls.__dataclass_params__.frozen)  # type: ignore[attr-defined]


def reachable(*roots: object) -> Iterator[object]:
    """Yield everything that a world leads to, whatever holds it, but not what functions and classes hold."""
    seen: set[int] = set()
    waiting: list[object] = [*roots]
    while waiting:
        value = waiting.pop()
        if id(value) not in seen and not isinstance(value, FunctionType | ModuleType | type):
            seen.add(id(value))
            yield value
            waiting.extend(gc.get_referents(value))


def test_a_snapshot_keeps_everything_that_can_change(knock: KnockFake, knock_client: Knock) -> None:
    steps = [in_app_feed("Hi"), delay("1h"), in_app_feed("Hi again")]
    knock.workflows.add("digest", steps=steps)
    knock.rate_limits.enforce()
    knock_client.workflows.trigger("digest", recipients=[{"id": "jane"}], idempotency_key="k")
    snapshot = knock.snapshot()
    kept = {id(value) for _, value, _ in snapshot._cells}
    forgotten = [value for value in reachable(*snapshot.parts) if can_change(value) and id(value) not in kept]
    assert forgotten == []

"""Whatever is triggered, cancelled and waited for: each trigger is told of once, unless it was cancelled in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from knock_fake import KnockFake
from knock_fake.steps import batch, in_app_feed
from tests.property.deeds import request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from knock_fake.json_types import JsonObject
    from knock_fake.state.messages import Message


@dataclass(frozen=True)
class Triggered:
    """A trigger for one person, in a group of the batch key, under a cancellation key."""

    person: str
    group: str
    key: str


@dataclass(frozen=True)
class Cancelled:
    key: str


@dataclass(frozen=True)
class Republished:
    """A new version of the workflow, with the same steps."""


Deed: TypeAlias = Triggered | Cancelled | Republished | timedelta

people, groups, keys = st.sampled_from(["jane", "john"]), st.sampled_from(["a", "b"]), st.sampled_from(["x", "y", "z"])
deeds: st.SearchStrategy[Deed] = st.one_of(
    st.builds(Triggered, people, groups, keys),
    st.builds(Triggered, people, groups, keys),
    st.builds(Cancelled, keys),
    st.builds(Republished),
    st.builds(lambda minutes: timedelta(minutes=minutes), st.integers(0, 8)),
)
minutes = st.integers(1, 15).map(lambda count: f"{count}m")
steps = st.one_of(
    st.builds(
        batch,
        minutes,
        key=st.sampled_from([None, "group"]),
        sliding=st.just(value=True),
        extension_limit=st.none() | minutes,
        max_items=st.none() | st.integers(2, 5),
        render_limit=st.just(100),
        flush_leading=st.booleans(),
        version_mode=st.sampled_from(["latest", "pinned"]),
    ),
    st.builds(
        batch,
        minutes,
        key=st.sampled_from([None, "group"]),
        max_items=st.none() | st.integers(2, 5),
        render_limit=st.just(100),
        flush_leading=st.booleans(),
    ),
)


def live(step: JsonObject, history: list[Deed]) -> Iterator[tuple[KnockFake, dict[int, Triggered], set[int]]]:
    """Do deeds; yield the world, all triggers by number and those that were told of or cancelled, after each deed."""
    world = KnockFake()
    for person in ("jane", "john"):
        request("PUT", f"/v1/users/{person}", {})(world)
    world.workflows.add("digest", steps=[step, in_app_feed("Hi")])
    triggers: dict[int, Triggered] = {}
    cancelled: set[int] = set()
    for deed in history:
        if isinstance(deed, timedelta):
            world.clock.advance(deed)
        elif isinstance(deed, Republished):
            world.workflows.add("digest", steps=[step, in_app_feed("Hi")])
        elif isinstance(deed, Triggered):
            number = len(triggers)
            triggers[number] = deed
            data: JsonObject = {"number": number, "group": deed.group}
            body: JsonObject = {"recipients": [deed.person], "cancellation_key": deed.key, "data": data}
            request("POST", "/v1/workflows/digest/trigger", body)(world)
        else:
            waiting = triggers.keys() - set(numbers(world.state.messages)) - cancelled
            cancelled |= {number for number in waiting if triggers[number].key == deed.key}
            request("POST", "/v1/workflows/digest/cancel", {"cancellation_key": deed.key})(world)
        yield world, triggers, cancelled
    world.clock.run_until_idle()
    yield world, triggers, cancelled


def numbers(messages: Iterable[Message]) -> list[int]:
    return [int(str(activity.data["number"])) for message in messages for activity in message.activities]


@given(steps, st.lists(deeds, max_size=30))
def test_every_trigger_is_told_of_once_unless_it_was_cancelled(step: JsonObject, history: list[Deed]) -> None:
    *_, (world, triggers, cancelled) = live(step, history)
    assert sorted(numbers(world.state.messages)) == sorted(triggers.keys() - cancelled)
    assert [batch.holder for batch in world.state.batches if batch.holder is not None] == []
    assert world.clock.pending() == ()


@given(steps, st.lists(deeds, max_size=30))
def test_nothing_that_was_cancelled_is_told_of_at_any_time(step: JsonObject, history: list[Deed]) -> None:
    for world, triggers, cancelled in live(step, history):
        told = numbers(world.state.messages)
        assert cancelled.isdisjoint(told)
        assert len(told) == len(set(told)) <= len(triggers)


@given(steps, st.lists(deeds, max_size=30))
def test_totals_add_up_and_batches_hold_what_belongs_together(step: JsonObject, history: list[Deed]) -> None:
    *_, (world, triggers, cancelled) = live(step, history)
    messages: list[Message] = [*world.state.messages]
    assert sum(message.total_activities for message in messages) == len(triggers) - len(cancelled)
    settings = step["settings"]
    assert isinstance(settings, dict)
    for message in messages:
        held = [triggers[number] for number in numbers([message])]
        assert {one.person for one in held} == {message.recipient.id}
        assert len({one.group for one in held}) == 1 or settings.get("batch_key") is None
        assert 1 <= len(held) <= int(str(settings.get("batch_items_max_limit") or 100))


@given(steps, st.lists(deeds, max_size=30))
def test_one_step_at_a_time_or_all_at_once_is_the_same(step: JsonObject, history: list[Deed]) -> None:
    """Moving the clock in minutes or in one go tells the same at the same times."""
    small = [part for deed in history for part in (_in_minutes(deed) if isinstance(deed, timedelta) else [deed])]
    seen = []
    for one in (history, small):
        *_, (world, _, _) = live(step, one)
        seen.append([(message.id, message.inserted_at, numbers([message])) for message in world.state.messages])
    assert seen[0] == seen[1]


def _in_minutes(length: timedelta) -> list[Deed]:
    return [timedelta(minutes=1)] * (length // timedelta(minutes=1))

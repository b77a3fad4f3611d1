"""Whatever is planned and whatever a test does: statuses follow one another only as they can, and time only goes on."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knock_fake import KnockFake, UsageError
from knock_fake.delivery.transitions import CHANNEL_TYPES, misstep, route, successors
from knock_fake.state.messages import DELIVERY_STATUSES
from tests.delivery.sending import STEPS, trigger

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.asking.message import Message
    from knock_fake.state.messages import DeliveryStatus

Deed: TypeAlias = "Callable[[KnockFake], object]"

statuses = st.sampled_from(DELIVERY_STATUSES)
channels = st.one_of(st.none(), st.sampled_from(["email", "sms", "push", "chat", "webhook", "in-app-feed"]))
verbs = st.sampled_from(["deliver", "bounce", "undeliver", "see", "read", "interact", "archive"])


def attempt(deed: Deed) -> Deed:
    """Return a deed that may be refused, which then changes nothing."""

    def do(world: KnockFake) -> None:
        before = told(world)
        try:
            deed(world)
        except UsageError:
            assert told(world) == before

    return do


def told(world: KnockFake) -> list[tuple[str, int]]:
    return [(message.status, len(message.events)) for message in world.messages]


def plan(entries: list[tuple[DeliveryStatus, int]], channel: str | None) -> Deed:
    return lambda world: world.delivery.plan(statuses=entries, channel=channel)


def fail(attempts: int, then: str, channel: str | None) -> Deed:
    end = next(one for one in ("sent", "undelivered", "bounced") if one == then)
    return lambda world: world.delivery.fail(attempts=attempts, then=end, channel=channel)


def act(which: int, verb: str) -> Deed:
    def do(world: KnockFake) -> None:
        messages = world.messages.all()
        if messages:
            getattr(messages[which % len(messages)], verb)()

    return do


deeds: st.SearchStrategy[Deed] = st.one_of(
    st.just(lambda world: trigger(world, "all")),
    st.builds(lambda minutes: lambda world: world.clock.advance(minutes=minutes), st.integers(0, 40)),
    st.builds(plan, st.lists(st.tuples(statuses, st.integers(0, 90)), min_size=1, max_size=5), channels).map(attempt),
    st.builds(fail, st.integers(1, 8), st.sampled_from(["sent", "undelivered", "bounced"]), channels).map(attempt),
    st.builds(act, st.integers(0, 40), verbs).map(attempt),
    st.builds(lambda channel: lambda world: world.delivery.hold(channel=channel), channels),
    st.just(lambda world: world.delivery.release()),
    st.just(lambda world: world.delivery.clear()),
)


def delivery_statuses(message: Message) -> list[DeliveryStatus]:
    return [one for event in message.events for one in DELIVERY_STATUSES if one == event.type]


@settings(max_examples=120)
@given(st.lists(deeds, max_size=12))
def test_statuses_move_as_they_can(history: list[Deed]) -> None:
    world = KnockFake()
    world.workflows.add("all", steps=[*STEPS.values()])
    for deed in history:
        deed(world)
    world.delivery.release()
    world.clock.run_until_idle()
    for message in world.messages:
        taken = delivery_statuses(message)
        assert misstep(message.channel.type, taken) is None
        assert taken[:1] == ["queued"]
        assert taken[-1] == message.status
        assert all(one.at <= other.at and one.sequence < other.sequence for one, other in pairwise(message.events))
        attempts = taken.count("delivery_attempted") + (message.metadata is not None)
        assert len(message.delivery_logs) in (attempts, attempts + 1)
        assert world.state.deliveries.of(message.id) is None


@given(st.sampled_from(CHANNEL_TYPES), statuses, statuses)
def test_a_route_is_a_shortest_way(channel_type: str, start: DeliveryStatus, goal: DeliveryStatus) -> None:
    way = route(channel_type, start, goal)
    within = {0: {start}}
    for length in range(1, 8):
        within[length] = {after for status in within[length - 1] for after in successors(channel_type, status)}
    shortest = next((length for length in range(1, 8) if goal in within[length]), None)
    if way is None or goal == start:
        assert shortest is None or goal == start
    else:
        assert (len(way), way[-1], misstep(channel_type, [start, *way])) == (shortest, goal, None)


@pytest.mark.parametrize("channel_type", CHANNEL_TYPES)
def test_every_status_has_its_place(channel_type: str) -> None:
    reachable = {status for status in DELIVERY_STATUSES if route(channel_type, "queued", status) is not None}
    assert (reachable == set()) is (channel_type == "in_app_guide")
    assert all(not successors(channel_type, status) for status in ("delivered", "bounced", "undelivered", "not_sent"))

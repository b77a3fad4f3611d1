from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from knock_fake.clock import DEFAULT_START, VirtualClock
from knock_fake.errors import ClockError
from knock_fake.timeline import Happening, Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.timers import Timer

# Few distinct lengths, so that timers often meet at one instant.
lengths = st.integers(0, 20).map(lambda seconds: timedelta(seconds=seconds))


@dataclass(frozen=True)
class Plan:
    """A timer to set: how long it waits, and what it sets in turn when it fires."""

    delay: timedelta
    children: tuple[Plan, ...] = field(default=())


def _plans(inner: st.SearchStrategy[Plan]) -> st.SearchStrategy[Plan]:
    return st.builds(Plan, lengths, st.lists(inner, max_size=3).map(tuple))


plans = st.lists(st.recursive(st.builds(Plan, lengths), _plans, max_leaves=8), max_size=8)

Firings: TypeAlias = list[tuple[datetime, int]]


class Scripted:
    """A clock with plans on it; every firing is written down with the instant it saw."""

    def __init__(self, script: list[Plan], *, source: Callable[[], datetime] | None = None) -> None:
        self.clock = VirtualClock(source=source)
        self.timers: list[Timer] = []
        self.fired: Firings = []
        for plan in script:
            self.set(plan)

    def set(self, plan: Plan) -> None:
        number = len(self.timers)
        self.timers.append(self.clock.call_later(plan.delay, partial(self._fire, plan, number), f"timer {number}"))

    def _fire(self, plan: Plan, number: int) -> None:
        self.fired.append((self.clock.now, number))
        for child in plan.children:
            self.set(child)

    def state(self) -> tuple[datetime, Firings, list[tuple[datetime, str]]]:
        pending = [(timer.due, timer.label) for timer in self.clock.pending()]
        return self.clock.now, self.fired, pending


@given(plans, lengths, lengths)
def test_two_advances_are_one_of_their_sum(script: list[Plan], one: timedelta, other: timedelta) -> None:
    halting, straight = Scripted(script), Scripted(script)
    halves = [*halting.clock.advance(one), *halting.clock.advance(other)]
    assert halves == list(straight.clock.advance(one + other))
    assert halting.state() == straight.state()


@given(plans, st.lists(lengths, max_size=5))
def test_one_script_has_one_timeline(script: list[Plan], moves: list[timedelta]) -> None:
    one, other = Scripted(script), Scripted(script)
    assert [one.clock.advance(move) for move in moves] == [other.clock.advance(move) for move in moves]
    assert one.clock.run_until_idle() == other.clock.run_until_idle()


@given(plans)
def test_running_until_idle_fires_everything_once_in_order(script: list[Plan]) -> None:
    scripted = Scripted(script)
    timeline = scripted.clock.run_until_idle()
    assert scripted.clock.pending() == ()
    assert all(timer.fired for timer in scripted.timers)
    in_order = sorted((timer.due, number) for number, timer in enumerate(scripted.timers))
    assert scripted.fired == in_order
    happenings = tuple(Happening(due, f"timer {number}") for due, number in in_order)
    ended = in_order[-1][0] if in_order else DEFAULT_START
    assert timeline == Timeline(DEFAULT_START, ended, happenings)


@given(plans, st.lists(lengths, max_size=5))
def test_following_a_source_is_advancing_by_hand(script: list[Plan], ticks: list[timedelta]) -> None:
    time = DEFAULT_START
    following, manual = Scripted(script, source=lambda: time), Scripted(script)
    for tick in ticks:
        time += tick
        following.clock.catch_up()
        manual.clock.advance(tick)
    assert following.state() == manual.state()


@given(plans, st.lists(st.tuples(st.booleans(), lengths), max_size=8))
def test_jumps_and_ticks_of_a_following_clock_add_up(script: list[Plan], steps: list[tuple[bool, timedelta]]) -> None:
    time = DEFAULT_START
    scripted = Scripted(script, source=lambda: time)
    for is_jump, length in steps:
        if is_jump:
            scripted.clock.advance(length)
        else:
            time += length
    scripted.clock.catch_up()
    assert scripted.clock.now == DEFAULT_START + sum((length for _, length in steps), timedelta())


@given(st.lists(lengths, min_size=1, max_size=200), st.data())
def test_cancelled_timers_never_fire_and_the_others_do(delays: list[timedelta], data: st.DataObject) -> None:
    scripted = Scripted([Plan(delay) for delay in delays])
    called_off = data.draw(st.sets(st.sampled_from(range(len(delays)))))
    for number in called_off:
        scripted.timers[number].cancel()
    kept = sorted((delay, number) for number, delay in enumerate(delays) if number not in called_off)
    assert [timer.label for timer in scripted.clock.pending()] == [f"timer {number}" for _, number in kept]
    scripted.clock.run_until_idle()
    assert scripted.fired == [(DEFAULT_START + delay, number) for delay, number in kept]


class ClockAgainstAList(RuleBasedStateMachine):
    """A clock beside the plainest model of one: a list of timers that is searched for the next."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = VirtualClock()
        self.fired: list[int] = []
        self.timers: list[Timer] = []
        self.now = DEFAULT_START
        self.waiting: dict[int, datetime] = {}
        self.expected: list[int] = []

    @rule(delay=lengths)
    def set_timer(self, delay: timedelta) -> None:
        number = len(self.timers)
        self.timers.append(self.clock.call_later(delay, partial(self.fired.append, number), ""))
        self.waiting[number] = self.now + delay

    @rule(past=lengths)
    def set_timer_in_the_past(self, past: timedelta) -> None:
        number = len(self.timers)
        self.timers.append(self.clock.call_at(self.now - past, partial(self.fired.append, number), ""))
        self.waiting[number] = self.now

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        if self.timers:
            number = data.draw(st.sampled_from(range(len(self.timers))))
            self.timers[number].cancel()
            self.waiting.pop(number, None)

    @rule(length=lengths)
    def advance(self, length: timedelta) -> None:
        self.clock.advance(length)
        self._live_up_to(self.now + length)

    @rule(length=lengths)
    def travel(self, length: timedelta) -> None:
        self.clock.travel(self.now + length)
        self._live_up_to(self.now + length)

    @rule()
    def settle(self) -> None:
        self.clock.settle()
        self._live_up_to(self.now)

    @rule()
    def run_until_idle(self) -> None:
        self.clock.run_until_idle()
        self._live_up_to(max([self.now, *self.waiting.values()]))

    @rule(length=lengths)
    def go_back(self, length: timedelta) -> None:
        with pytest.raises(ClockError, match="time cannot go back"):
            self.clock.travel(self.now - length - timedelta(microseconds=1))

    def _live_up_to(self, target: datetime) -> None:
        due = sorted((at, number) for number, at in self.waiting.items() if at <= target)
        self.expected += [number for _, number in due]
        for _, number in due:
            del self.waiting[number]
        self.now = target

    @invariant()
    def both_agree(self) -> None:
        assert self.clock.now == self.now
        assert self.fired == self.expected
        in_order = sorted((at, number) for number, at in self.waiting.items())
        assert self.clock.pending() == tuple(self.timers[number] for _, number in in_order)
        assert self.clock.next_due == (in_order[0][0] if in_order else None)

    @invariant()
    def cancelled_timers_are_counted(self) -> None:
        queue = self.clock._queue
        assert queue._cancelled == sum(timer.cancelled for _, _, timer in queue._heap)


test_a_clock_agrees_with_its_model = ClockAgainstAList.TestCase

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING

import pytest

from knock_fake import timers as timers_module
from knock_fake.clock import CHAIN_LIMIT, DEFAULT_START, VirtualClock
from knock_fake.errors import ClockError, UsageError, UsageTypeError
from knock_fake.timeline import Happening, Timeline
from knock_fake.timers import Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.json_types import Json

MINUTE = timedelta(minutes=1)


def at(minutes: float) -> datetime:
    return DEFAULT_START + timedelta(minutes=minutes)


def nothing() -> None:
    pass


class Source:
    """A clock to follow that a test moves by hand."""

    def __init__(self) -> None:
        self.time = DEFAULT_START

    def __call__(self) -> datetime:
        return self.time


@pytest.mark.parametrize(
    ("start", "now"),
    [
        (None, datetime(2026, 1, 1, tzinfo=UTC)),
        ("2024-02-29T12:00:00+02:00", datetime(2024, 2, 29, 10, tzinfo=UTC)),
        (datetime(2025, 5, 5, 5), datetime(2025, 5, 5, 5, tzinfo=UTC)),  # noqa: DTZ001 - naive means UTC
        (datetime(2025, 5, 5, tzinfo=timezone(timedelta(hours=-5))), datetime(2025, 5, 5, 5, tzinfo=UTC)),
    ],
)
def test_a_clock_starts_where_it_is_told(start: datetime | str | None, now: datetime) -> None:
    clock = VirtualClock(start)
    assert clock.now == now
    assert clock.now.tzinfo is UTC
    assert clock.is_manual


def test_a_start_that_is_no_instant_is_refused() -> None:
    with pytest.raises(UsageError) as error:
        VirtualClock("tomorrow")
    assert str(error.value) == (
        "the start of the clock: 'tomorrow' is not an ISO-8601 instant such as '2026-01-01T09:00:00Z'"
    )


@pytest.mark.parametrize(
    ("move", "minutes"),
    [
        (lambda clock: clock.advance("5m"), 5),
        (lambda clock: clock.advance("1h30m"), 90),
        (lambda clock: clock.advance(timedelta(days=1)), 1440),
        (lambda clock: clock.advance(seconds=90), 1.5),
        (lambda clock: clock.advance("1m", seconds=30, minutes=1, hours=1, days=1), 1502.5),
        (lambda clock: clock.advance("1m", seconds=-30), 0.5),
        (lambda clock: clock.advance(minutes=0), 0),
        (lambda clock: clock.advance("0s"), 0),
        (lambda clock: clock.travel("2026-01-01T00:10:00Z"), 10),
        (lambda clock: clock.travel(DEFAULT_START), 0),
        (lambda clock: clock.run_until_idle(), 0),
    ],
)
def test_a_move_ends_where_it_should(move: Callable[[VirtualClock], Timeline], minutes: float) -> None:
    clock = VirtualClock()
    timeline = move(clock)
    assert clock.now == at(minutes)
    assert timeline == Timeline(DEFAULT_START, at(minutes))


@pytest.mark.parametrize(
    ("move", "message"),
    [
        (lambda clock: clock.advance(), "advance() needs a length: write advance('2h') or advance(minutes=5)"),
        (lambda clock: clock.advance(seconds=-1), "time cannot go back: advance() was asked for -1 seconds"),
        (
            lambda clock: clock.advance("1m", seconds=-61.5),
            "time cannot go back: advance() was asked for -1.5 seconds",
        ),
        (
            lambda clock: clock.travel("2025-12-31T23:59:59Z"),
            "time cannot go back: it is 2026-01-01T00:00:00Z, travel() was asked for 2025-12-31T23:59:59Z",
        ),
        (
            lambda clock: clock.advance("soon"),
            "'soon' is not a duration: write numbers with ms, s, m, h, d or w, such as '1h30m'",
        ),
        (
            lambda clock: clock.advance(days=4_000_000),
            "4000000 days, 0:00:00 after 2026-01-01T00:00:00Z is beyond the calendar's last year",
        ),
        (
            lambda clock: clock.advance(seconds=float("inf")),
            "advance(): seconds=inf is no length of time that a calendar can hold",
        ),
        (
            lambda clock: clock.advance(hours=float("nan")),
            "advance(): hours=nan is no length of time that a calendar can hold",
        ),
    ],
)
def test_an_impossible_move_is_refused_and_changes_nothing(
    move: Callable[[VirtualClock], Timeline], message: str
) -> None:
    clock = VirtualClock()
    timer = clock.call_at(clock.now, nothing, "due now")
    with pytest.raises(ClockError) as error:
        move(clock)
    assert str(error.value) == message
    assert clock.now == DEFAULT_START
    assert clock.pending() == (timer,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"minutes": "5"}, "advance(): minutes must be a number, not str '5'"),
        ({"days": True}, "advance(): days must be a number, not bool True"),
        (
            {"duration": 5},
            ("a duration cannot be int 5: write text such as '5m', a timedelta, or a keyword such as seconds=300"),
        ),
    ],
)
def test_advance_refuses_other_types(arguments: dict[str, float], message: str) -> None:
    with pytest.raises(UsageTypeError) as error:
        VirtualClock().advance(**arguments)  # type: ignore[arg-type]
    assert str(error.value) == message


def test_timers_fire_by_due_time_then_by_creation_with_the_clock_at_their_time() -> None:
    clock = VirtualClock()
    seen: list[tuple[str, datetime]] = []

    def see(label: str) -> None:
        seen.append((label, clock.now))

    for minutes, label in [(2, "later"), (1, "first"), (1, "second"), (-5, "overdue")]:
        clock.call_at(at(minutes), partial(see, label), label)
    timeline = clock.advance(minutes=3)
    assert seen == [("overdue", at(0)), ("first", at(1)), ("second", at(1)), ("later", at(2))]
    assert [(one.text, one.at) for one in timeline] == seen
    assert clock.now == at(3)


def test_a_timer_due_at_the_end_of_a_move_fires_and_one_just_after_it_does_not() -> None:
    clock = VirtualClock()
    on_time = clock.call_later(MINUTE, nothing, "")
    late = clock.call_later(MINUTE + timedelta(microseconds=1), nothing, "")
    clock.advance(MINUTE)
    assert (on_time.fired, late.fired) == (True, False)


def test_a_due_time_is_kept_in_utc() -> None:
    clock = VirtualClock()
    clock.call_at(datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=1))), nothing, "abroad")
    clock.call_at(datetime(2026, 1, 1, 0, 30), nothing, "naive")  # noqa: DTZ001 - naive means UTC
    assert str(clock.run_until_idle()) == "2026-01-01T00:30:00Z  naive\n2026-01-01T01:00:00Z  abroad"


def test_a_delay_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(ClockError) as error:
        VirtualClock().call_later(timedelta.max, nothing, "never")
    assert str(error.value) == (
        "999999999 days, 23:59:59.999999 after 2026-01-01T00:00:00Z is beyond the calendar's last year"
    )


def test_pending_lists_live_timers_in_firing_order() -> None:
    clock = VirtualClock()
    last = clock.call_later(2 * MINUTE, nothing, "last")
    called_off = clock.call_later(timedelta(0), nothing, "called off")
    first = clock.call_later(MINUTE, nothing, "first")
    called_off.cancel()
    assert clock.pending() == (first, last)
    assert clock.next_due == at(1)
    assert repr(clock) == "<VirtualClock at 2026-01-01T00:00:00Z, pending timers: 2>"


def test_nothing_is_due_on_an_idle_clock() -> None:
    clock = VirtualClock()
    clock.call_later(MINUTE, nothing, "called off").cancel()
    assert clock.next_due is None
    assert clock.pending() == ()


def test_a_cancelled_timer_does_not_fire_even_when_another_one_cancels_it_at_its_instant() -> None:
    clock = VirtualClock()
    fired: list[str] = []
    clock.call_later(MINUTE, lambda: victim.cancel(), "judge")
    victim = clock.call_later(MINUTE, lambda: fired.append("victim"), "victim")
    assert [one.text for one in clock.advance(MINUTE)] == ["judge"]
    assert (fired, victim.cancelled, victim.fired) == ([], True, False)


def test_cancelling_a_fired_timer_leaves_it_fired() -> None:
    clock = VirtualClock()
    timer = clock.call_later(MINUTE, nothing, "")
    clock.advance(MINUTE)
    timer.cancel()
    assert (timer.fired, timer.cancelled) == (True, False)


def test_cancelled_timers_do_not_pile_up() -> None:
    clock = VirtualClock()
    kept = clock.call_later(timedelta(days=2), nothing, "kept")
    for _ in range(1000):
        clock.call_later(timedelta(days=1), nothing, "called off").cancel()
    left = [timer for _, _, timer in clock._queue._heap]
    assert len(left) < 2 * timers_module._COMPACT_FROM
    assert clock._queue._cancelled == sum(timer.cancelled for timer in left)
    assert clock.pending() == (kept,)
    assert [one.text for one in clock.run_until_idle()] == ["kept"]


def test_settle_fires_what_is_due_now_and_what_that_sets_off() -> None:
    clock = VirtualClock()
    fired: list[str] = []

    def parent() -> None:
        fired.append("parent")
        clock.call_later(timedelta(0), lambda: fired.append("child"), "child")
        clock.call_later(MINUTE, lambda: fired.append("later"), "later")

    clock.call_later(timedelta(0), parent, "parent")
    clock.settle()
    assert fired == ["parent", "child"]
    assert clock.now == DEFAULT_START
    assert [timer.label for timer in clock.pending()] == ["later"]


@pytest.mark.parametrize(
    "move",
    [
        VirtualClock.settle,
        partial(VirtualClock.advance, seconds=0),
        partial(VirtualClock.run_until_idle, limit=2 * CHAIN_LIMIT),
    ],
)
def test_an_endless_chain_at_one_instant_is_broken(move: Callable[[VirtualClock], object]) -> None:
    clock = VirtualClock()

    fired: list[None] = []

    def again() -> None:
        fired.append(None)
        clock.call_later(timedelta(0), again, "again")

    clock.call_later(timedelta(0), again, "again")
    with pytest.raises(ClockError) as error:
        move(clock)
    assert str(error.value) == (
        "10,000 timers have set one another off at 2026-01-01T00:00:00Z, 'again' would be the next: "
        "give it a delay, so that time moves on"
    )
    assert len(fired) == CHAIN_LIMIT
    assert clock.pending() == ()


def test_many_timers_at_one_instant_are_no_chain() -> None:
    clock = VirtualClock()
    fired: list[None] = []

    def crowd() -> None:
        for _ in range(CHAIN_LIMIT + 1):
            clock.call_later(timedelta(0), lambda: fired.append(None), "")

    clock.call_later(timedelta(0), crowd, "")
    clock.settle()
    assert len(fired) == CHAIN_LIMIT + 1


def test_timers_that_are_set_from_outside_are_no_chain() -> None:
    clock = VirtualClock()
    for _ in range(CHAIN_LIMIT + 1):
        last = clock.call_later(timedelta(0), nothing, "")
        clock.settle()
        assert last.fired


def test_run_until_idle_stops_at_its_limit_and_says_what_is_left() -> None:
    clock = VirtualClock()

    def recur() -> None:
        clock.call_later(MINUTE, recur, "digest schedule")

    recur()
    clock.call_later(timedelta(days=1), nothing, "retry")
    with pytest.raises(ClockError) as error:
        clock.run_until_idle(limit=3)
    assert str(error.value) == (
        "3 timers have fired and 2 are pending (timer 'digest schedule' at 2026-01-01T00:04:00Z; "
        "timer 'retry' at 2026-01-02T00:00:00Z): advance() by a length instead, "
        "or allow more with run_until_idle(limit=30)"
    )
    assert clock.now == at(3)


def test_run_until_idle_may_fire_exactly_its_limit() -> None:
    clock = VirtualClock()
    for minutes in (1, 2, 3):
        clock.call_later(minutes * MINUTE, nothing, str(minutes))
    timeline = clock.run_until_idle(limit=3)
    assert timeline == Timeline(at(0), at(3), tuple(Happening(at(n), str(n)) for n in (1, 2, 3)))


def test_an_exception_leaves_the_clock_where_it_was_raised_and_the_rest_pending() -> None:
    clock = VirtualClock()

    def fail() -> None:
        raise LookupError("no such template")

    failed = clock.call_later(MINUTE, fail, "fails")
    rest = clock.call_later(2 * MINUTE, nothing, "rest")
    with pytest.raises(LookupError, match="no such template"):
        clock.advance("1h")
    assert clock.now == at(1)
    assert failed.fired
    assert clock.pending() == (rest,)
    assert clock.advance("1m") == Timeline(at(1), at(2), (Happening(at(2), "rest"),))


@pytest.mark.parametrize(
    ("verb", "move"),
    [
        ("advance", lambda clock: clock.advance("1m")),
        ("travel", lambda clock: clock.travel("2027-01-01")),
        ("run_until_idle", lambda clock: clock.run_until_idle()),
    ],
)
def test_a_timer_cannot_move_the_clock(verb: str, move: Callable[[VirtualClock], Timeline]) -> None:
    clock = VirtualClock()
    reached: list[Timeline] = []
    clock.call_later(MINUTE, lambda: reached.append(move(clock)), "webhook")
    with pytest.raises(ClockError) as error:
        clock.advance("5m")
    assert str(error.value) == (
        f"{verb}() was called by timer 'webhook' at 2026-01-01T00:01:00Z while the clock is moving: "
        "set a timer with call_later() instead, or move the clock afterwards"
    )
    assert clock.now == at(1)
    assert reached == []


@pytest.mark.parametrize("source", [None, Source()])
def test_settling_inside_a_timer_leaves_the_work_to_the_move_in_progress(source: Source | None) -> None:
    clock = VirtualClock(source=source)
    order: list[str] = []

    def outer() -> None:
        clock.call_later(timedelta(0), lambda: order.append("inner"), "inner")
        clock.settle()
        clock.catch_up()
        order.append("outer")

    clock.call_later(MINUTE, outer, "outer")
    timeline = clock.advance("1m")
    assert order == ["outer", "inner"]
    assert [one.text for one in timeline] == ["outer", "inner"]


def test_notes_join_the_timeline_of_the_move_in_progress() -> None:
    clock = VirtualClock()
    clock.note("nobody is listening")

    def resume() -> None:
        clock.note("message sent: email to jane")

    clock.call_later(5 * MINUTE, resume, "run resumed: comment-created for jane")
    clock.call_later(6 * MINUTE, nothing, "")
    timeline = clock.advance("10m")
    assert str(timeline) == (
        "2026-01-01T00:05:00Z  run resumed: comment-created for jane\n2026-01-01T00:05:00Z  message sent: email to jane"
    )


def test_an_empty_timeline_says_so() -> None:
    timeline = VirtualClock().advance(seconds=0.5)
    assert str(timeline) == "(nothing happened from 2026-01-01T00:00:00Z to 2026-01-01T00:00:00.500000Z)"
    assert not timeline


def test_a_timeline_is_a_sequence() -> None:
    one, two = Happening(at(1), "one"), Happening(at(2), "two")
    timeline = Timeline(at(0), at(3), (one, two))
    assert (len(timeline), timeline[0], timeline[-1], timeline[:1]) == (2, one, two, (one,))
    assert list(timeline) == [one, two]
    assert two in timeline
    assert timeline != Timeline(at(0), at(4), (one, two))
    assert timeline != Timeline(at(0), at(3), (two, one))


def test_a_clock_with_a_source_follows_it_when_caught_up() -> None:
    source = Source()
    clock = VirtualClock(source=source)
    timer = clock.call_later(MINUTE, nothing, "")
    source.time += 2 * MINUTE
    assert (clock.now, timer.fired) == (at(0), False)
    clock.catch_up()
    assert (clock.now, timer.fired) == (at(2), True)
    assert not clock.is_manual


def test_catching_up_fires_timers_at_their_own_time() -> None:
    source = Source()
    clock = VirtualClock(source=source)
    seen: list[datetime] = []
    for minutes in (3, 1):
        clock.call_later(minutes * MINUTE, lambda: seen.append(clock.now), "")
    source.time += 5 * MINUTE
    clock.catch_up()
    assert seen == [at(1), at(3)]


def test_a_clock_is_behind_when_its_source_has_passed_a_timer() -> None:
    source = Source()
    clock = VirtualClock(source=source)
    clock.call_later(2 * MINUTE, nothing, "")
    clock.call_later(MINUTE, nothing, "").cancel()
    seen = []
    for minutes in (1, 2):
        source.time = at(minutes)
        seen.append(clock.is_behind)
    clock.catch_up()
    assert (*seen, clock.is_behind) == (False, True, False)


def test_a_manual_clock_has_nothing_to_catch_up_with() -> None:
    clock = VirtualClock()
    timer = clock.call_later(timedelta(0), nothing, "")
    clock.catch_up()
    assert (clock.now, timer.fired) == (DEFAULT_START, False)


def test_a_following_clock_with_a_start_keeps_its_distance_from_the_source() -> None:
    source = Source()
    clock = VirtualClock("2030-06-01", source=source)
    source.time += MINUTE
    clock.catch_up()
    assert clock.now == datetime(2030, 6, 1, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "jump",
    [
        lambda clock: clock.advance("1h"),
        lambda clock: clock.travel(at(62)),
        lambda clock: clock.run_until_idle(),
    ],
)
def test_a_following_clock_jumps_ahead_of_its_source_and_goes_on_from_there(
    jump: Callable[[VirtualClock], Timeline],
) -> None:
    source = Source()
    clock = VirtualClock(source=source)
    clock.call_at(at(62), nothing, "")
    source.time += 2 * MINUTE
    jump(clock)
    assert clock.now == at(62)
    source.time += MINUTE
    clock.catch_up()
    assert clock.now == at(63)


def test_a_following_clock_cannot_travel_behind_its_source() -> None:
    source = Source()
    clock = VirtualClock(source=source)
    source.time += 2 * MINUTE
    with pytest.raises(ClockError) as error:
        clock.travel(at(1))
    assert str(error.value) == (
        "time cannot go back: it is 2026-01-01T00:02:00Z, travel() was asked for 2026-01-01T00:01:00Z"
    )
    assert clock.now == at(0)
    clock.catch_up()
    assert clock.now == at(2)


def test_a_following_clock_that_was_stopped_by_an_exception_catches_up_with_its_source() -> None:
    source = Source()
    clock = VirtualClock(source=source)

    def fail() -> None:
        raise LookupError("no such template")

    clock.call_later(MINUTE, fail, "")
    source.time = at(3)
    with pytest.raises(LookupError):
        clock.catch_up()
    assert clock.now == at(1)
    clock.catch_up()
    assert clock.now == at(3)


def test_a_following_clock_that_runs_until_idle_is_at_least_where_its_source_is() -> None:
    source = Source()
    clock = VirtualClock(source=source)
    clock.call_later(MINUTE, nothing, "")
    source.time = at(2)
    timeline = clock.run_until_idle()
    assert (timeline.started, timeline.ended, clock.now) == (at(0), at(2), at(2))


def test_a_following_clock_stands_still_while_its_source_is_behind() -> None:
    source = Source()
    clock = VirtualClock(source=source)
    source.time = at(5)
    clock.catch_up()
    source.time = at(3)
    clock.catch_up()
    assert clock.now == at(5)
    source.time = at(6)
    clock.catch_up()
    assert clock.now == at(6)


@pytest.mark.parametrize(
    "move",
    [
        lambda clock: clock.advance("0s"),
        lambda clock: clock.travel(at(0)),
        VirtualClock.run_until_idle,
        VirtualClock.settle,
        VirtualClock.catch_up,
    ],
)
def test_whatever_moves_the_clock_holds_the_lock(move: Callable[[VirtualClock], object]) -> None:
    lock = threading.RLock()
    clock = VirtualClock(lock=lock, source=Source())
    free: list[bool] = []

    def try_lock() -> None:
        thread = threading.Thread(target=lambda: free.append(lock.acquire(blocking=False)))
        thread.start()
        thread.join()

    clock.call_later(timedelta(0), try_lock, "")
    move(clock)
    assert free == [False]


# -- tasks -------------------------------------------------------------------------------------------------


def test_a_task_calls_the_handler_of_its_kind_with_its_argument() -> None:
    clock = VirtualClock()
    heard: list[Json] = []
    clock.on("mail", heard.append)
    timer = clock.call_later(timedelta(hours=1), Task("mail", {"to": "jane"}), "mail")
    clock.advance("1h")
    assert (heard, timer.fired) == ([{"to": "jane"}], True)


def test_a_task_needs_one_handler() -> None:
    clock = VirtualClock()
    with pytest.raises(UsageError, match="nothing handles tasks of kind 'mail': name its handler with on"):
        clock.call_at(clock.now, Task("mail"), "mail")
    assert clock.pending() == ()
    clock.on("mail", lambda _: None)
    with pytest.raises(UsageError, match="tasks of kind 'mail' have a handler already"):
        clock.on("mail", lambda _: None)


def test_a_clock_that_begins_to_follow_another_stands_where_it_is_and_moves_as_the_other_does() -> None:
    clock, source = VirtualClock("2030-01-01"), Source()
    clock.follow(source)
    clock.catch_up()
    assert (clock.now, clock.is_manual) == (datetime(2030, 1, 1, tzinfo=UTC), False)
    source.time += MINUTE
    clock.catch_up()
    assert clock.now == datetime(2030, 1, 1, 0, 1, tzinfo=UTC)
    clock.call_at(clock.now, lambda: clock.follow(source), "too early")
    with pytest.raises(ClockError, match="while the clock is moving"):
        clock.settle()


def test_requests_let_time_tick() -> None:
    clock = VirtualClock()
    fired: list[datetime] = []
    clock.call_later(timedelta(milliseconds=15), lambda: fired.append(clock.now), "timer")
    clock.tick_per_request("10ms")
    for _ in range(2):
        clock.meet_request()
    assert (clock.now, fired) == (
        DEFAULT_START + timedelta(milliseconds=20),
        [DEFAULT_START + timedelta(milliseconds=15)],
    )
    clock.tick_per_request(None)
    clock.meet_request()
    assert clock.now == DEFAULT_START + timedelta(milliseconds=20)


def test_a_request_that_a_timer_makes_lets_no_time_tick() -> None:
    clock = VirtualClock()
    clock.tick_per_request("1h")
    clock.call_later(timedelta(minutes=1), clock.meet_request, "request")
    clock.advance("1m")
    assert clock.now == DEFAULT_START + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("length", "kind", "message"),
    [
        ("0s", ClockError, "tick_per_request(): the length must be more than nothing, not '0s'; None ends it"),
        (
            timedelta(seconds=-1),
            ClockError,
            f"tick_per_request(): the length must be more than nothing, not {timedelta(seconds=-1)!r}; None ends it",
        ),
        ("often", ClockError, "'often' is not a duration: write numbers with ms, s, m, h, d or w, such as '1h30m'"),
        (
            5,
            UsageTypeError,
            "a duration cannot be int 5: write text such as '5m', a timedelta, or a keyword such as seconds=300",
        ),
    ],
)
def test_a_tick_that_cannot_be_is_refused(length: str, kind: type[Exception], message: str) -> None:
    clock = VirtualClock()
    with pytest.raises(kind) as error:
        clock.tick_per_request(length)
    assert str(error.value) == message
    clock.meet_request()
    assert clock.now == DEFAULT_START


def test_a_clock_that_follows_another_does_not_tick() -> None:
    source = Source()
    clock = VirtualClock(source=source)
    with pytest.raises(ClockError) as error:
        clock.tick_per_request("1s")
    assert str(error.value) == ("tick_per_request() is for clocks that are moved by hand: this one follows another one")


def test_a_clock_keeps_in_step_with_another_time() -> None:
    clock, led = VirtualClock(), [DEFAULT_START]
    told: list[datetime] = []
    clock.call_later(timedelta(minutes=1), lambda: None, "timer")
    clock.share(lambda: led[0], told.append)
    clock.catch_up()
    assert (clock.now, told) == (DEFAULT_START, [])
    led[0] += timedelta(hours=1)
    clock.catch_up()
    assert (clock.now, told) == (
        DEFAULT_START + timedelta(hours=1),
        [DEFAULT_START + timedelta(minutes=1), DEFAULT_START + timedelta(hours=1)],
    )
    led[0] -= timedelta(hours=1)
    clock.catch_up()
    clock.advance("1h")
    assert (clock.now, told[2:]) == (DEFAULT_START + timedelta(hours=2), [DEFAULT_START + timedelta(hours=2)])
    clock.share(None, None)
    clock.advance("1h")
    assert (clock.is_manual, len(told)) == (True, 3)

"""The world's clock: virtual time, the timers that wait on it, and what happened while it moved."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from knock_fake.durations import parse_duration, read_length
from knock_fake.errors import ClockError, UsageError
from knock_fake.moves import Move, instant_after
from knock_fake.timeline import Happening, Timeline, brief
from knock_fake.timers import Task, Timer, TimerQueue
from knock_fake.timestamps import as_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from knock_fake.json_types import Json

DEFAULT_START = datetime(2026, 1, 1, tzinfo=UTC)
"""Where a clock stands that nobody has told the time."""

CHAIN_LIMIT = 10_000
"""How many timers may set one another off, one after the other, without time moving on."""


class VirtualClock:
    """The time of one world; it stands still until somebody moves it.

    Everything in a world that waits is a timer on this clock. Timers fire in the order of due time, then of
    creation, with ``now`` at their due time. An exception in a timer's action ends the move where it stands;
    what was still to come stays pending.

    Args:
        start: the first instant, a datetime (naive means UTC) or ISO-8601 text. Without it, what ``source``
            says, or 2026-01-01T00:00:00Z.
        lock: held during every move, settle and catch-up. It must be re-entrant (``threading.RLock``).
        source: for a clock that follows another one: returns that one's time, already scaled.

    Raises:
        UsageError: ``start`` is no instant. UsageTypeError: ``start`` is neither datetime nor text.
    """

    __slots__ = (
        "_created",
        "_firing",
        "_handlers",
        "_leader",
        "_lock",
        "_move",
        "_now",
        "_offset",
        "_queue",
        "_source",
        "_tick",
        "_watch",
    )

    def __init__(
        self,
        start: datetime | str | None = None,
        *,
        lock: AbstractContextManager[object] | None = None,
        source: Callable[[], datetime] | None = None,
    ) -> None:
        origin = DEFAULT_START if source is None else as_utc(source(), "the time of the clock's source")
        self._now = origin if start is None else as_utc(start, "the start of the clock")
        self._source = source
        self._offset = self._now - origin
        self._lock = nullcontext() if lock is None else lock
        self._queue = TimerQueue()
        self._handlers: dict[str, Callable[[Json], None]] = {}
        self._leader: Callable[[], datetime] | None = None
        self._watch: Callable[[datetime], None] | None = None
        self._tick = timedelta()
        self._created = 0
        self._firing: Timer | None = None
        self._move: Move | None = None

    def __repr__(self) -> str:
        return f"<VirtualClock at {brief(self._now)}, pending timers: {len(self.pending())}>"

    @property
    def now(self) -> datetime:
        """The instant (UTC) that the world has lived up to.

        A clock that follows a source moves on by ``catch_up``, not by being looked at: what was due
        before ``now`` has fired.
        """
        return self._now

    @property
    def is_manual(self) -> bool:
        """Whether the clock moves only when told to, that is, follows no source."""
        return self._source is None

    @property
    def is_moving(self) -> bool:
        """Whether a move is in progress, so that whoever asks is a timer's action."""
        return self._move is not None

    @property
    def shown_move(self) -> str:
        """What the clock is at while a move is in progress, for messages; empty without one."""
        return "" if self._move is None else str(self._move)

    def aim(self, purpose: str | None) -> None:
        """Say what for the move in progress is held up, such as ``to tell jane``; ``None`` when it goes on."""
        if self._move is not None:
            self._move.aim = purpose

    def follow(self, source: Callable[[], datetime]) -> None:
        """Go with another clock from now on: this one stands where it is, and moves as the other does.

        Args:
            source: returns the other one's time, already scaled.

        Raises:
            ClockError: the clock is moving.
        """
        with self._lock, self._moving("follow"):
            self._source = source
            self._offset = self._now - as_utc(source(), "the time of the clock's source")

    @property
    def next_due(self) -> datetime | None:
        """The instant (UTC) at which the next timer fires, or ``None`` when none is pending."""
        with self._lock:
            timer = self._queue.first()
            return None if timer is None else timer.due

    @property
    def is_behind(self) -> bool:
        """Whether a timer should have fired by now, because the source that the clock follows has gone on."""
        with self._lock:
            timer = self._queue.first()
            return timer is not None and timer.due <= self._present()

    @property
    def timers_set(self) -> int:
        """How many timers were ever set."""
        return self._created

    def pending(self) -> tuple[Timer, ...]:
        """Return the timers that have neither fired nor been cancelled, in the order they will fire."""
        return self._queue.live()

    def on(self, kind: str, handler: Callable[[Json], None]) -> None:
        """Say what tasks of a kind do: ``handler`` is called with the argument of each.

        Raises:
            UsageError: the kind has a handler already.
        """
        if kind in self._handlers:
            raise UsageError(f"tasks of kind {kind!r} have a handler already: choose another name")
        self._handlers[kind] = handler

    def call_at(self, due: datetime, action: Task | Callable[[], None], label: str) -> Timer:
        """Let ``action`` happen at an instant; one in the past counts as now.

        Args:
            due: the instant; naive means UTC.
            action: done once, with the clock at the due time. A :class:`Task` can be saved with the world, a function
                of your own cannot.
            label: the line it leaves in the timeline; an empty one leaves none.

        Returns:
            The timer, to be cancelled when plans change.

        Raises:
            UsageError: nothing handles tasks of this kind; see :meth:`on`.
            ClockError: 10,000 timers have set one another off at this instant, so time would never move on.
        """
        if isinstance(action, Task) and action.kind not in self._handlers:
            raise UsageError(f"nothing handles tasks of kind {action.kind!r}: name its handler with on() first")
        if due.tzinfo is not UTC:
            due = as_utc(due, "the due time of a timer")
        chain = 1 if due > self._now else self._next_link(label)
        self._created += 1
        timer = Timer(max(due, self._now), self._created, label, action, chain, self._queue)
        self._queue.push(timer)
        return timer

    def call_later(self, delay: timedelta, action: Task | Callable[[], None], label: str) -> Timer:
        """Let ``action`` happen after ``delay``; see :meth:`call_at`.

        Raises:
            ClockError: the delay reaches beyond the year 9999, or as for :meth:`call_at`.
        """
        # What happens at once shares the instant of now: a message has many instants, and most are one.
        return self.call_at(instant_after(self._now, delay) if delay else self._now, action, label)

    def note(self, text: str) -> None:
        """Add a line to the timeline of the move in progress; without one, do nothing."""
        if self._move is not None:
            self._move.happenings.append(Happening(self._now, text))

    def advance(
        self,
        duration: str | timedelta | None = None,
        *,
        seconds: float | None = None,
        minutes: float | None = None,
        hours: float | None = None,
        days: float | None = None,
    ) -> Timeline:
        """Move time on by a length, letting happen what falls due on the way.

        Args:
            duration: a length such as ``"5m"``, ``"1h30m"`` or a timedelta; the keywords add to it.
            seconds: seconds to add.
            minutes: minutes to add.
            hours: hours to add.
            days: days of 24 hours to add.

        Returns:
            What happened, in order.

        Raises:
            ClockError: no length is given, the sum is negative or too long, the text is no duration, or the clock
                is moving.
            UsageTypeError: an argument is of another type.
        """
        length = read_length(duration, seconds=seconds, minutes=minutes, hours=hours, days=days)
        if length < timedelta():
            raise ClockError(f"time cannot go back: advance() was asked for {length.total_seconds():g} seconds")
        with self._lock, self._moving("advance") as move:
            return self._fire_until(instant_after(move.present, length), move)

    def travel(self, to: datetime | str) -> Timeline:
        """Move time on to an instant, letting happen what falls due on the way.

        Args:
            to: the instant, a datetime (naive means UTC) or ISO-8601 text.

        Returns:
            What happened, in order.

        Raises:
            ClockError: the instant is past, or the clock is moving.
            UsageError: the text is no instant. UsageTypeError: the value is neither datetime nor text.
        """
        target = as_utc(to, "the instant to travel to")
        with self._lock, self._moving("travel") as move:
            if target < move.present:
                stands, asked = brief(move.present), brief(target)
                raise ClockError(f"time cannot go back: it is {stands}, travel() was asked for {asked}")
            return self._fire_until(target, move)

    def run_until_idle(self, limit: int = 10_000) -> Timeline:
        """Fire timer after timer until none is left, moving time to each.

        Args:
            limit: how many timers may fire; what recurs, such as a schedule, never runs out.

        Returns:
            What happened, in order.

        Raises:
            ClockError: timers are left after ``limit``, or the clock is moving.
        """
        with self._lock, self._moving("run_until_idle") as move:
            for _ in range(limit):
                if (timer := self._queue.first()) is None:
                    break
                self._fire(timer)
            if self._queue.first() is not None:
                raise ClockError(self._still_busy(limit))
            return self._fire_until(max(self._now, move.present), move)

    def settle(self) -> None:
        """Fire what is due now, and what that sets off at once; time stands still.

        Inside a timer's action it does nothing: the move in progress gets there by itself.

        Raises:
            ClockError: timers set one another off without end.
        """
        with self._lock:
            timer = self._queue.first()
            if timer is not None and timer.due <= self._now and self._move is None:
                with self._moving("settle") as move:
                    self._fire_until(self._now, move)

    def catch_up(self) -> None:
        """Move a clock that follows a source to where the source is, letting happen what falls due.

        It never moves back: when the source does, the clock stands still until the source has passed it. A
        manual clock that shares nobody's time, and one that is moving, stays as it is.
        """
        with self._lock:
            if self._move is not None or (self._source is None and self._leader is None):
                return
            with self._moving("catch_up") as move:
                led = move.present if self._leader is None else self._leader()
                self._fire_until(max(move.present, led), move)

    def meet_request(self) -> None:
        """Let time come to where it is when a request arrives: see :meth:`catch_up` and :meth:`tick_per_request`."""
        self.catch_up()
        if self._tick and self._source is None and self._move is None:
            with self._lock, self._moving("tick_per_request") as move:
                self._fire_until(instant_after(self._now, self._tick), move)

    def tick_per_request(self, length: str | timedelta | None) -> None:
        """Let every call of the world move time on by a length, before it is answered.

        A call that a timer makes does not, because the clock is moving then.

        Args:
            length: such as ``"10ms"``; ``None`` lets time stand still again.

        Raises:
            ClockError: the clock follows another one, the length is not more than nothing, or the text is no duration.
            UsageTypeError: it is of another type.
        """
        if self._source is not None:
            raise ClockError("tick_per_request() is for clocks that are moved by hand: this one follows another one")
        tick = timedelta() if length is None else parse_duration(length)
        if length is not None and tick <= timedelta():
            raise ClockError(f"tick_per_request(): the length must be more than nothing, not {length!r}; None ends it")
        self._tick = tick

    def share(self, leader: Callable[[], datetime] | None, watch: Callable[[datetime], None] | None) -> None:
        """Keep in step with somebody else's time, which is moved by hand as this one is.

        Args:
            leader: returns that time (UTC); :meth:`catch_up` moves this clock on to it.
            watch: told every instant that this clock comes to.
        """
        self._leader = leader
        self._watch = watch

    def _present(self) -> datetime:
        if self._source is None:
            return self._now
        return max(self._now, as_utc(self._source(), "the time of the clock's source") + self._offset)

    @contextmanager
    def _moving(self, verb: str) -> Iterator[Move]:
        if self._move is not None:
            remedy = "set a timer with call_later() instead, or move the clock afterwards"
            caller = f" by {self._firing}" if self._move.aim is None else ""
            raise ClockError(f"{verb}() was called{caller} while {self._move}: {remedy}")
        self._move = move = Move(self._now, self._present())
        try:
            yield move
        finally:
            self._move = None
            # Whoever jumps ahead of the source stays ahead of it by that much.
            self._offset += max(self._now - move.present, timedelta())

    def _fire_until(self, target: datetime, move: Move) -> Timeline:
        while (timer := self._queue.first()) is not None and timer.due <= target:
            self._fire(timer)
        self._reach(target)
        return Timeline(move.started, target, tuple(move.happenings))

    def _reach(self, instant: datetime) -> None:
        has_moved = instant != self._now
        self._now = instant
        if has_moved and self._watch is not None:
            self._watch(instant)

    def _fire(self, timer: Timer) -> None:
        self._queue.drop_first()
        self._reach(timer.due)
        timer.fired = True
        if timer.label:
            self.note(timer.label)
        self._firing = timer
        try:
            action = timer.action
            if isinstance(action, Task):
                self._handlers[action.kind](action.argument)
            else:
                action()
        finally:
            self._firing = None

    def _next_link(self, label: str) -> int:
        if self._firing is None:
            return 1
        if self._firing.chain >= CHAIN_LIMIT:
            chain = f"{CHAIN_LIMIT:,} timers have set one another off at {brief(self._now)}"
            raise ClockError(f"{chain}, {label!r} would be the next: give it a delay, so that time moves on")
        return self._firing.chain + 1

    def _still_busy(self, limit: int) -> str:
        pending = self.pending()
        shown = "; ".join(map(str, pending[:3])) + ("; ..." if len(pending) > 3 else "")
        remedy = f"advance() by a length instead, or allow more with run_until_idle(limit={limit * 10})"
        return f"{limit} timers have fired and {len(pending)} are pending ({shown}): {remedy}"

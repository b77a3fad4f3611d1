"""freezegun's time and that of worlds as one timeline: whichever is moved, the other moves with it.

freezegun has a stack of what it calls factories, of which the last says what time it is. A :class:`SharedTime` sits on
one of them: it is told when the factory is moved and moves the worlds that share its time, and it moves the factory
when one of them moves. The rest of freezegun is left alone.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar
from weakref import ref

from knock_fake.errors import ClockError, MissingDependencyError, UsageError
from knock_fake.timeline import brief

try:
    from freezegun import api, freeze_time
except ImportError as error:
    raise MissingDependencyError(
        "knock.freeze() needs the package freezegun, which is not installed: "
        "pip install '/path/to/knock_fake[freezegun]'"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType
    from typing import Self, TypeAlias

    from knock_fake.clock import VirtualClock

    Factory: TypeAlias = api.FrozenDateTimeFactory | api.TickingDateTimeFactory | api.StepTickTimeFactory

_P = ParamSpec("_P")
_R = TypeVar("_R")
_ATTRIBUTE = "knock_fake_shared_time"
# It compares classes by identity: with freezegun's in the place of datetime, its answers would have text for instants.
_SDK = "knockapi"


class TimedWorld(Protocol):
    """A world, as far as its time goes."""

    @property
    def clock(self) -> VirtualClock:
        """Its clock."""
        ...

    def share_time(self) -> None:
        """Share the time that is frozen at present, if it is to."""
        ...


class SharedTime:
    """One of freezegun's factories and the worlds that share its time.

    Worlds are not kept alive by it. While a world's clock moves it leads: what its timers see by ``datetime.now()`` is
    their due time.
    """

    def __init__(self, factory: Factory) -> None:
        self._factory = factory
        self._worlds: list[ref[TimedWorld]] = []
        self._is_inside = False
        for verb in ("tick", "move_to"):
            setattr(factory, verb, self._leading(getattr(factory, verb)))
        setattr(factory, _ATTRIBUTE, self)

    @classmethod
    def of(cls, factory: Factory) -> SharedTime:
        """Return what sits on a factory; it is put there when it is first asked for."""
        shared: SharedTime | None = getattr(factory, _ATTRIBUTE, None)
        return shared or cls(factory)

    @classmethod
    def active(cls) -> SharedTime | None:
        """Return the time that freezegun holds at present; ``None`` when it holds none."""
        return cls.of(api.freeze_factories[-1]) if api.freeze_factories else None

    @property
    def is_active(self) -> bool:
        """Whether it is still among those that freezegun holds."""
        return any(one is self._factory for one in api.freeze_factories)

    def now(self) -> datetime:
        """Return the instant (UTC)."""
        factory = self._factory
        # Asking one that goes on by itself at every look would move it.
        naive = factory() if isinstance(factory, api.TickingDateTimeFactory) else factory.time_to_freeze
        return api.real_datetime(*naive.timetuple()[:6], naive.microsecond, UTC)

    def join(self, world: TimedWorld) -> None:
        """Let a world share the time from now on; it is the world's time that both have then."""
        if not any(one() is world for one in self._worlds):
            self._worlds.append(ref(world))
        world.clock.share(self.now, self._led)
        self._led(world.clock.now)

    def leave(self, world: TimedWorld) -> None:
        """Let a world have its own time again."""
        self._worlds = [one for one in self._worlds if one() is not world]
        world.clock.share(None, None)

    @property
    def worlds(self) -> Iterator[TimedWorld]:
        """The worlds that share it and are still there."""
        return (world for world in [one() for one in self._worlds] if world is not None)

    def _set(self, at: datetime) -> None:
        factory = self._factory
        factory.time_to_freeze = at.replace(tzinfo=None)
        if isinstance(factory, api.TickingDateTimeFactory):
            factory.start = api.real_datetime.now()

    def _led(self, at: datetime) -> None:
        """Follow a world that is at an instant now, and let the others follow too."""
        self._set(at)
        self._push(at)

    def _leading(self, original: Callable[_P, _R]) -> Callable[_P, _R]:
        """Return a verb of the factory's that moves the worlds, too."""

        @wraps(original)
        def move(*args: _P.args, **options: _P.kwargs) -> _R:
            if self._is_inside:
                return original(*args, **options)
            before = self.now()
            self._is_inside = True
            try:
                result = original(*args, **options)
            finally:
                self._is_inside = False
            target = self.now()
            self._set(before)
            self._refuse_past(target)
            self._push(target)
            self._set(target)
            return result

        return move

    def _push(self, at: datetime) -> None:
        for world in self.worlds:
            # One that is moving gets there by itself, or catches up at its next call.
            if world.clock.now < at and not world.clock.is_moving:
                world.clock.travel(at)

    def _refuse_past(self, target: datetime) -> None:
        latest = max((world.clock.now for world in self.worlds), default=target)
        if target < latest:
            problem = f"time cannot go back: frozen time was asked to move to {brief(target)}"
            raise ClockError(f"{problem}, and a world that shares it is at {brief(latest)}; reset() gives a fresh one")


class FrozenTime:
    """freezegun's clock, held at a world's time. As a context manager it lets go when the block is left.

    Args:
        world: whose time it is.
        tz_offset: hours, or a timedelta, by which local time is ahead of UTC.
        ignore: modules, by the beginning of their names, that see the real time.
    """

    def __init__(self, world: TimedWorld, *, tz_offset: float | timedelta = 0, ignore: Sequence[str] = ()) -> None:
        offset = tz_offset if isinstance(tz_offset, timedelta) else timedelta(hours=tz_offset)
        self._world = world
        # Event loops go on by real time: a coroutine that sleeps would never wake otherwise.
        self._freezer = freeze_time(world.clock.now, tz_offset=offset, ignore=[_SDK, *ignore], real_asyncio=True)
        self._shared: SharedTime | None = None

    @property
    def shared(self) -> SharedTime:
        """The time that is shared.

        Raises:
            UsageError: it is not frozen any more.
        """
        if self._shared is None:
            raise UsageError("this time is frozen no more: call knock.freeze() again")
        return self._shared

    @property
    def now(self) -> datetime:
        """The instant (UTC)."""
        return self.shared.now()

    @property
    def is_frozen(self) -> bool:
        """Whether it has not let go."""
        return self._shared is not None

    def start(self) -> Self:
        """Freeze."""
        with suppress(ImportError):
            import_module(f"{_SDK}.resources")  # all of it: what is imported later would be made of freezegun's classes
        self._shared = SharedTime.of(self._freezer.start())
        return self

    def stop(self) -> None:
        """Let go; one that has let go already stays so. The world keeps its time."""
        if self._shared is not None:
            self._shared = None
            self._freezer.stop()
            self._world.share_time()

    def tick(self, delta: float | timedelta = 1) -> None:
        """Move time on, by seconds or by a timedelta; what falls due in the world happens.

        Raises:
            ClockError: time would go back, or the clock is moving.
        """
        self._world.clock.advance(delta if isinstance(delta, timedelta) else timedelta(seconds=delta))

    def move_to(self, target: datetime | str) -> None:
        """Move time on to an instant: a datetime (naive means UTC) or ISO-8601 text.

        Raises:
            ClockError: it is past, or the clock is moving. UsageError: the text is no instant.
        """
        self._world.clock.travel(target)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

"""The part of a world that shares its time with the process, where freezegun holds that."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from knock_fake.clock import VirtualClock
    from knock_fake.skins.frozen_time import FrozenTime, SharedTime


def frozen_time() -> SharedTime | None:
    """Return the time that freezegun holds at present; ``None`` when it holds none, or is not even there."""
    if "freezegun" not in sys.modules:
        return None
    from knock_fake.skins.frozen_time import SharedTime

    return SharedTime.active()


class SharingTime:
    """The part of a world that shares its time."""

    _freezes: tuple[FrozenTime, ...] = ()
    _followed: SharedTime | None = None
    _shared: SharedTime | None = None

    if TYPE_CHECKING:

        @property
        def clock(self) -> VirtualClock:
            """The world's time."""

    def freeze(self, *, tz_offset: float | timedelta = 0, ignore: Sequence[str] = ()) -> FrozenTime:
        """Hold the time of the process at the world's time, by freezegun, until the block is left or ``stop()``.

        ``datetime.now()`` and its like, in the code under test, are the world's time then, and both move together: by
        the world's clock, or by ``tick()`` and ``move_to()`` of what this returns. Closing the world ends it, too.

        Args:
            tz_offset: hours, or a timedelta, by which local time is ahead of UTC.
            ignore: modules, by the beginning of their names, that see the real time.

        Raises:
            MissingDependencyError: freezegun is not installed.
            UsageError: the world's clock follows another one.
        """
        from knock_fake.skins.frozen_time import FrozenTime

        if not self.clock.is_manual:
            raise UsageError("freeze() needs a clock that is moved by hand: make the world without time_source")
        frozen = FrozenTime(self, tz_offset=tz_offset, ignore=ignore).start()
        self._freezes = (*self._freezes, frozen)
        self.share_time()
        return frozen

    def thaw(self) -> None:
        """End every :meth:`freeze` of this world."""
        for frozen in reversed(self._freezes):
            frozen.stop()

    def share_time(self) -> None:
        """Share the time that is frozen at present: by this world, or by others when it was made."""
        self._freezes = tuple(one for one in self._freezes if one.is_frozen)
        followed = self._followed if self._followed is not None and self._followed.is_active else None
        chosen = self._freezes[-1].shared if self._freezes else followed
        if self._shared is not None and self._shared is not chosen:
            self._shared.leave(self)
        self._shared = chosen
        if chosen is not None:
            chosen.join(self)

    def _first_instant(self, start: datetime | str | None, *, is_manual: bool) -> datetime | str | None:
        """Return where a clock begins that is made now; one that nobody has told the time follows a frozen one."""
        if start is not None or not is_manual or self._freezes:
            self._followed = None
            return start
        self._followed = frozen_time()
        return None if self._followed is None else self._followed.now()

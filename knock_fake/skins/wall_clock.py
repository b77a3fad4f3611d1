"""The machine's time, as a world that runs in real time follows it: the one place that reads it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError
from knock_fake.timestamps import as_utc

if TYPE_CHECKING:
    from collections.abc import Callable

_END_OF_CALENDAR = datetime.max.replace(tzinfo=UTC)


def wall_clock(start: datetime | None, speed: float) -> Callable[[], datetime]:
    """Return a time source for ``KnockFake(time_source=...)``: it goes on by itself, from this call on.

    Corrections of the machine's time do not touch it: it reads that once and counts elapsed time from there.

    Args:
        start: what it says at first (naive means UTC); the machine's present time when ``None``.
        speed: seconds that pass on it in one second of real time; positive.

    Returns:
        A function that returns the instant in UTC. At the calendar's last one it stays.

    Raises:
        UsageError: the speed is not positive, or the start is beyond the calendar in UTC.
    """
    if not speed > 0:
        raise UsageError(f"the speed of a wall clock must be greater than 0, not {speed!r}")
    origin = as_utc(machine_time() if start is None else start, "the start of the wall clock")
    began = _elapsed_seconds()

    def present() -> datetime:
        try:
            return origin + timedelta(seconds=(_elapsed_seconds() - began) * speed)
        except OverflowError:
            return _END_OF_CALENDAR

    return present


def machine_time() -> datetime:
    """Return the machine's present time in UTC."""
    return datetime.now(UTC)


def _elapsed_seconds() -> float:
    return time.monotonic()

"""Token buckets on the world's clock, counted exactly."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime

    from knock_fake.clock import VirtualClock

_SECOND = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)
# Levels are counted in millionths of a token, so that a microsecond adds exactly `rate` of them.
_TOKEN = 1_000_000


class BucketKey(NamedTuple):
    """What shares one bucket: somebody's part (``None``: everybody's) of what is counted."""

    what: Hashable
    whose: Hashable = None


class TokenBuckets:
    """Token buckets by key. One that has rested for a second is full, and so need not be remembered."""

    __slots__ = ("_buckets", "_clock", "_emptied")

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._buckets: OrderedDict[BucketKey, tuple[int, datetime]] = OrderedDict()
        self._emptied: dict[Hashable, datetime] = {}

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: BucketKey, rate: int) -> int:
        """Take a token, or return the microseconds until there is one.

        Args:
            key: which bucket.
            rate: tokens per second that it gets, and how many it holds.
        """
        now = self._clock.now
        self._forget_full(now)
        level = self._level(key, rate, now)
        wait = 0
        if level >= _TOKEN:
            level -= _TOKEN
        else:
            wait = -((level - _TOKEN) // rate)
        self._buckets[key] = (level, now)
        self._buckets.move_to_end(key)
        return wait

    def empty(self, what: Hashable) -> None:
        """Take all tokens out of everybody's bucket of a kind, those that nobody has taken from yet included."""
        self._emptied[what] = self._clock.now
        for key in [key for key in self._buckets if key.what == what]:
            del self._buckets[key]

    def _level(self, key: BucketKey, rate: int, now: datetime) -> int:
        full = rate * _TOKEN
        if key in self._buckets:
            level, at = self._buckets[key]
        elif key.what in self._emptied:
            level, at = 0, self._emptied[key.what]
        else:
            return full
        return min(full, level + (now - at) // _MICROSECOND * rate)

    def _forget_full(self, now: datetime) -> None:
        while self._buckets:
            _, at = next(iter(self._buckets.values()))
            if now - at < _SECOND:
                break
            self._buckets.popitem(last=False)
        for what in [what for what, at in self._emptied.items() if now - at >= _SECOND]:
            del self._emptied[what]

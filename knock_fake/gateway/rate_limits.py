"""Rate limits on the world's clock: token buckets, counted exactly and only when asked for."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime

    from knock_fake.clock import VirtualClock

TIERS = {1: 1, 2: 5, 3: 60, 4: 200, 5: 1000}
"""Requests per second of each rate tier, from Knock's API reference."""

ENTITY_RATE = 1
"""Updates per second of one entity in batch tier 1, from Knock's API reference."""

_SECOND = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)
# Levels are counted in millionths of a token, so that a microsecond adds exactly `rate` of them.
_TOKEN = 1_000_000


class _Buckets:
    """Token buckets by key. One that has rested for a second is full, and so need not be remembered."""

    __slots__ = ("_buckets", "_clock")

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._buckets: OrderedDict[Hashable, tuple[int, datetime]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: Hashable, rate: int) -> int:
        """Take a token, or return the microseconds until there is one."""
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

    def _level(self, key: Hashable, rate: int, now: datetime) -> int:
        full = rate * _TOKEN
        if key not in self._buckets:
            return full
        level, at = self._buckets[key]
        return min(full, level + (now - at) // _MICROSECOND * rate)

    def _forget_full(self, now: datetime) -> None:
        while self._buckets:
            _, at = next(iter(self._buckets.values()))
            if now - at < _SECOND:
                return
            self._buckets.popitem(last=False)


class RateLimits:
    """Knock's rate limits, off until a test asks for them.

    Each bucket holds as many tokens as its tier allows requests per second, and refills at that rate on the
    world's clock: after a second of rest a whole second's requests pass at once. Knock documents the rates;
    the way of counting is undocumented by Knock: our choice.

    Args:
        clock: the world's clock, which alone refills the buckets.
    """

    __slots__ = ("_batch", "_buckets", "_clock", "_entities", "_tiers")

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.relax()

    @property
    def enforced(self) -> bool:
        """Whether any limit is enforced."""
        return self._tiers or self._batch

    def enforce(self, *, tiers: bool = True, batch: bool = True) -> None:
        """Count requests from now on, every bucket full, until :meth:`relax`.

        Above a limit requests are answered with 429. On a clock that stands still, no bucket refills: advance
        it to let requests pass again.

        Args:
            tiers: enforce the requests per second of each endpoint's tier.
            batch: enforce one update per second and message in batch status changes. Above it the call
                succeeds, leaves those messages as they are and names them in a header.
        """
        self._tiers = tiers
        self._batch = batch
        self._buckets = _Buckets(self._clock)
        self._entities = _Buckets(self._clock)

    def relax(self) -> None:
        """Let every request pass again, and forget what was counted."""
        self.enforce(tiers=False, batch=False)

    def take(self, bucket: Hashable, tier: int) -> float | None:
        """Count one request against a bucket.

        Args:
            bucket: what shares one limit, such as an endpoint, or an endpoint and a user.
            tier: the endpoint's rate tier, 1 to 5.

        Returns:
            ``None`` when the request may pass, otherwise the seconds, to the microsecond, until the next may.

        Raises:
            UsageError: there is no such tier.
        """
        if tier not in TIERS:
            raise UsageError(f"there is no rate tier {tier!r}: Knock has the tiers 1 to 5")
        if not self._tiers:
            return None
        wait = self._buckets.take((bucket, tier), TIERS[tier])
        return wait / 1_000_000 if wait else None

    def take_entity(self, bucket: Hashable) -> bool:
        """Count one batch update of an entity (batch tier 1: one per second) and tell whether it may happen.

        Args:
            bucket: the entity and what is done to it, such as a message id and a status.
        """
        return not self._batch or self._entities.take(bucket, ENTITY_RATE) == 0

"""Rate limits on the world's clock: counted exactly, and only when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.gateway.token_buckets import BucketKey, TokenBuckets
from knock_fake.json_types import is_whole

if TYPE_CHECKING:
    from collections.abc import Hashable

    from knock_fake.clock import VirtualClock
    from knock_fake.gateway.batch_limits import BatchLimits
    from knock_fake.gateway.operation_names import OperationNames

TIERS = {1: 1, 2: 5, 3: 60, 4: 200, 5: 1000}
"""Requests per second of each rate tier, from Knock's API reference."""


class RateLimits:
    """Knock's rate limits, off until a test asks for them.

    Each bucket holds as many tokens as its operation allows requests per second, and refills at that rate on the
    world's clock: after a second of rest a whole second's requests pass at once. Knock documents the rates;
    the way of counting is undocumented by Knock: our choice.

    Args:
        clock: the world's clock, which alone refills the buckets.
        names: the operations that can be limited.
        batch: the limit of batch status changes, which is enforced together with these.
    """

    __slots__ = ("_batch", "_buckets", "_clock", "_names", "_rates", "_tiers")

    def __init__(self, clock: VirtualClock, names: OperationNames, batch: BatchLimits) -> None:
        self._clock = clock
        self._names = names
        self._batch = batch
        self.relax()

    def __repr__(self) -> str:
        limits = (["tiers"] if self._tiers else []) + (["batch"] if self._batch.enforced else [])
        limits += [f"{name} {rate}/s" for name, rate in self._rates.items()]
        return f"<RateLimits: {', '.join(limits) or 'none'}>"

    @property
    def batch(self) -> BatchLimits:
        """The limit of batch status changes."""
        return self._batch

    @property
    def enforced(self) -> bool:
        """Whether any limit is enforced."""
        return self._tiers or bool(self._rates) or self._batch.enforced

    def enforce(self, *, tiers: bool = True, batch: bool = True, overrides: Mapping[str, int] | None = None) -> None:
        """Count requests from now on, every bucket full, until :meth:`relax`.

        Above a limit requests are answered with 429. On a clock that stands still, no bucket refills: advance
        it to let requests pass again.

        Args:
            tiers: enforce the requests per second of each operation's tier.
            batch: enforce one update per second and message in batch status changes. Above it the call
                succeeds, leaves those messages as they are and names them in a header.
            overrides: requests per second of single operations, instead of their tiers', see :meth:`limit`.

        Raises:
            UsageError, UsageTypeError: as for :meth:`limit`.
        """
        rates = self._read_overrides(overrides)
        self._tiers = tiers
        if batch:
            self._batch.enforce()
        else:
            self._batch.relax()
        self._rates = rates
        self._buckets = TokenBuckets(self._clock)

    def relax(self) -> None:
        """Let every request pass again, and forget what was counted."""
        self.enforce(tiers=False, batch=False)

    def limit(self, operation: str, *, per_second: int) -> None:
        """Enforce a limit of your own on one operation, or on several of one name, until :meth:`relax`.

        Args:
            operation: such as ``users.update``; ``users.*`` for each of those; names of older SDKs are understood.
            per_second: requests per second, a whole number from 1 on.

        Raises:
            UsageError: there is no such operation, or the number is too small. UsageTypeError: it is no whole number.
        """
        self._rates.update(self._read_overrides({operation: per_second}))

    def exhaust(self, operation: str) -> None:
        """Put an operation at its limit now, for everybody: its next request passes when its bucket has refilled.

        It is limited from now on, at the rate that :meth:`limit` gave it or its tier has, even if others are not.

        Raises:
            UsageError: there is no such operation.
        """
        for found in self._names.resolve(operation, "rate_limits.exhaust()"):
            self._rates.setdefault(found.name, TIERS[found.tier])
            self._buckets.empty(found.name)

    def rate_of(self, operation: str, tier: int) -> int | None:
        """Return the requests per second that are enforced on an operation, ``None`` when none are.

        Raises:
            UsageError: there is no such tier.
        """
        if tier not in TIERS:
            raise UsageError(f"there is no rate tier {tier!r}: Knock has the tiers 1 to 5")
        return self._rates.get(operation, TIERS[tier] if self._tiers else None)

    def take(self, operation: str, tier: int, whose: Hashable = None) -> float | None:
        """Count one request of an operation.

        Args:
            operation: its name.
            tier: its rate tier, 1 to 5.
            whose: the user that it is counted for; ``None`` where all share one limit.

        Returns:
            ``None`` when the request may pass, otherwise the seconds, to the microsecond, until the next may.

        Raises:
            UsageError: there is no such tier.
        """
        rate = self.rate_of(operation, tier)
        if rate is None:
            return None
        wait = self._buckets.take(BucketKey(operation, whose), rate)
        return wait / 1_000_000 if wait else None

    def _read_overrides(self, overrides: Mapping[str, int] | None) -> dict[str, int]:
        if overrides is not None and not isinstance(overrides, Mapping):
            raise UsageTypeError(f"overrides must be a mapping such as {{'users.update': 2}}, not {overrides!r}")
        rates: dict[str, int] = {}
        for name, rate in (overrides or {}).items():
            _check_rate(name, rate)
            rates |= {operation.name: rate for operation in self._names.resolve(name, "rate_limits")}
        return rates


def _check_rate(name: str, rate: object) -> None:
    if not is_whole(rate):
        raise UsageTypeError(f"rate_limits: {name} takes a whole number of requests per second, not {rate!r}")
    if rate < 1:
        remedy = "knock.faults.rate_limit() refuses every request"
        raise UsageError(f"rate_limits: {name} must take 1 request per second or more, not {rate}; {remedy}")

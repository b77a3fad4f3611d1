"""The part of a world that makes bad days: what does not happen by itself, and is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from knock_fake.api.bulk_control import BulkOperations
    from knock_fake.core import Core
    from knock_fake.gateway.batch_limits import BatchLimits
    from knock_fake.gateway.faults.registry import Faults
    from knock_fake.gateway.pipeline import Gateway
    from knock_fake.gateway.rate_limits import RateLimits


class OnDemand:
    """The part of a world that makes bad days."""

    _core: Core
    _gateway: Gateway
    _lock: AbstractContextManager[object]

    @property
    def faults(self) -> Faults:
        """Scripted failures; ``faults.fail("users.update", status=503, times=2)`` adds one."""
        return self._gateway.faults

    @property
    def rate_limits(self) -> RateLimits:
        """Rate limits, off until ``rate_limits.enforce()``; ``exhaust("users.update")`` puts one at its limit now."""
        return self._gateway.rate_limits

    @property
    def batch_limits(self) -> BatchLimits:
        """Batch status changes; ``batch_limits.reject(message_ids=[...])`` lets messages be over the limit."""
        return self._gateway.batch_limits

    @property
    def bulk_operations(self) -> BulkOperations:
        """Bulk operations; ``bulk_operations.mode("per_poll", rows=10)`` says how they are worked off."""
        from knock_fake.api.bulk_control import BulkOperations

        return BulkOperations(self._core, self._gateway.names, self._lock)

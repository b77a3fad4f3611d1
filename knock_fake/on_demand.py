"""The part of a world that makes bad days: what does not happen by itself, and is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knock_fake.gateway.faults.registry import Faults
    from knock_fake.gateway.pipeline import Gateway
    from knock_fake.gateway.rate_limits import RateLimits


class OnDemand:
    """The part of a world that makes bad days."""

    _gateway: Gateway

    @property
    def faults(self) -> Faults:
        """Scripted failures; ``faults.fail("users.update", status=503, times=2)`` adds one."""
        return self._gateway.faults

    @property
    def rate_limits(self) -> RateLimits:
        """Rate limits, off until ``rate_limits.enforce()``."""
        return self._gateway.rate_limits

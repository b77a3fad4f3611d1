"""How the world of a scenario behaves: its rate limits, and who answers when workflows ask somebody outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knock_fake.scenarios.laying import Laying


def lay_behaviour(laying: Laying) -> None:
    """Ask for what is not as on a good day."""
    for _, limits in laying.sections("rate_limits"):
        if limits is True:
            laying.rate_limits.enforce()
    for spot, responder in laying.entries("responders"):
        with laying.reporting(spot):
            laying.core.responders.add(responder)

"""What keeps an answer from arriving in time or whole: plain data that every skin acts out in its own way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Failure: TypeAlias = Literal[
    "connection_refused",
    "connect_timeout",
    "read_timeout",
    "connection_reset",
    "disconnected",
    "incomplete_body",
]
"""How a client fails to get an answer.

``connection_refused`` and ``connect_timeout``: there is no connection. ``read_timeout``: the server says nothing for as
long as the client waits. ``connection_reset``: the connection is torn down (TCP RST) before the answer.
``disconnected``: the server closes the connection without a word. ``incomplete_body``: it closes it after the headers
and the first half of the body.
"""

FAILURES: tuple[Failure, ...] = get_args(Failure)
"""Every failure by name."""

TIMEOUTS = frozenset({"connect_timeout", "read_timeout"})
"""The failures that are the end of somebody's patience."""


@dataclass(frozen=True, slots=True)
class Disruption:
    """What becomes of one answer on its way to the client.

    Attributes:
        failure: how it fails to arrive, or ``None`` when it arrives.
        latency: seconds until it does.
        is_virtual: whether those seconds have passed on the world's clock, so that a skin in the same process need not
            wait. One with a socket in front of its client always waits: the client's patience is real there.
        processed: whether the call has done its work.
    """

    failure: Failure | None = None
    latency: float = 0.0
    is_virtual: bool = True
    processed: bool = True

    def outlasts(self, timeout: float | None) -> bool:
        """Whether a client that waits ``timeout`` seconds (``None``: for ever) gives up before the answer comes."""
        return self.failure is None and timeout is not None and self.latency > timeout

    def pause(self, timeout: float | None) -> float:
        """Return the seconds that a skin in the same process has to wait for a client of such patience."""
        if self.is_virtual:
            return 0.0
        return self.latency if timeout is None else min(self.latency, timeout)

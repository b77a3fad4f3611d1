"""A request and its answer, without any server or client around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.gateway.disruption import Disruption


@dataclass(slots=True)
class Call:
    """One HTTP request as a skin hands it to the gateway.

    ``path`` is the raw path, percent-encoded as it came; ``query`` the raw query string without ``?``;
    ``headers`` has lower-case names; ``origin`` is scheme, host and port, such as ``https://api.knock.app``; ``mount``
    is what the application is mounted under, such as ``/knock``.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    origin: str = "https://api.knock.app"
    mount: str = ""

    @property
    def base_url(self) -> str:
        """The URL that the paths of the API stand below."""
        return self.origin + self.mount


@dataclass(slots=True)
class Reply:
    """One HTTP response. ``body`` is empty exactly when the status has none (204).

    ``disruption`` is what keeps it from arriving in time or whole. Whoever cannot act that out hands on the rest, in
    which a failure is a 502 or 504.
    """

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    disruption: Disruption | None = None


class Handler(Protocol):
    """Whatever answers calls: a world, or something in front of one."""

    def handle(self, call: Call) -> Reply:
        """Answer one call. Never raises for anything that a client may send."""
        ...

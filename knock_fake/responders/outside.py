"""The way out: which real endpoints a world may ask, and what asks them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from knock_fake.errors import UsageTypeError
from knock_fake.responders.urls import read_pattern

if TYPE_CHECKING:
    from knock_fake.responders.answers import Answer
    from knock_fake.responders.requests import HttpRequest
    from knock_fake.responders.urls import UrlPattern

Caller: TypeAlias = "Callable[[HttpRequest], Answer]"
"""Makes a real HTTP request; nothing that goes wrong on the way is an exception."""

Sending: TypeAlias = "tuple[HttpRequest, Callable[[Answer], None]]"
"""A request that is to be sent now, and who is told the answer."""

Letter: TypeAlias = "Callable[[], Sending | None]"
"""What is to be sent when its turn comes, ``None`` when nobody wants it any more; called while the world is locked."""

Poster: TypeAlias = "Callable[[str, Letter], None]"
"""Has a letter sent to a URL meanwhile, and its answer told while the world is locked."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Real endpoints that may be asked, by patterns of their URLs.

    ``poster`` is for those who need not wait for the answer; without one they wait as well.
    """

    allowed: tuple[UrlPattern, ...]
    caller: Caller
    poster: Poster | None = None

    def allows(self, url: str) -> bool:
        """Whether an endpoint may be asked."""
        return any(pattern.matches(url) for pattern in self.allowed)


def read_outside(allowed: object, caller: Caller, poster: Poster | None = None) -> Outside | None:
    """Read which endpoints a world was told to allow.

    Args:
        allowed: True for every URL, False for none, or a list of patterns of URLs.
        caller: what asks them.
        poster: what asks them without waiting for the answer.

    Raises:
        UsageError: a pattern is no URL. UsageTypeError: it is something else.
    """
    if isinstance(allowed, bool):
        return Outside((read_pattern("*", "allow_http"),), caller, poster) if allowed else None
    if isinstance(allowed, str) or not isinstance(allowed, Iterable):
        remedy = "write True, or a list such as ['https://api.example.com/*']"
        raise UsageTypeError(f"allow_http cannot be {allowed!r}: {remedy}")
    return Outside(tuple(read_pattern(one, "allow_http") for one in allowed), caller, poster)

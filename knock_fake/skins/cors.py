"""What lets a web page call the fake: the answers to preflights, and a header on every other answer.

Knock's browser clients send ``Authorization`` and a JSON content type, so a browser asks before each call.
They never send credentials of the browser's own, which is why any origin may be allowed by a star.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.gateway.call import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_REQUEST_HEADERS = (
    "authorization",
    "content-type",
    "x-knock-client",
    "x-knock-user-token",
    "x-knock-branch",
    "idempotency-key",
)
_EXPOSED_HEADERS = (
    "Retry-After",
    "x-request-id",
    "x-knock-fake-hint",
    "x-ratelimited-message_ids",
    "idempotent-replayed",
    "original-x-request-id",
)
# Two hours: the longest that Chromium honours.
_MAX_AGE_SECONDS = "7200"

CORS_HEADERS: Mapping[str, str] = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": ", ".join(_EXPOSED_HEADERS),
}
"""The headers of every answer that is not a preflight's, refusals and crashes included."""

CORS_HEADER_LIST = [(name.encode(), value.encode()) for name, value in CORS_HEADERS.items()]
"""The same as bytes."""


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    """Return whether a request is a browser's question before a call, not a call.

    Args:
        method: of the request.
        headers: with lower-case names.

    """
    return method == "OPTIONS" and "access-control-request-method" in headers


def preflight_reply(headers: Mapping[str, str]) -> Reply:
    """Return the answer to a preflight: every method, and every header that is asked for.

    Args:
        headers: of the preflight, with lower-case names. Requested headers are added to those that Knock's
            clients use, each by name, because a star does not cover ``Authorization``.

    Returns:
        A 204 with the headers that the Fetch standard asks for.

    """
    asked = (name.strip().lower() for name in headers.get("access-control-request-headers", "").split(","))
    allowed = dict.fromkeys((*_REQUEST_HEADERS, *filter(None, asked)))
    return Reply(
        204,
        headers={
            "access-control-allow-methods": _METHODS,
            "access-control-allow-headers": ", ".join(allowed),
            "access-control-max-age": _MAX_AGE_SECONDS,
        },
    )

"""Signatures of requests that Knock sends to others."""

from __future__ import annotations

import hmac
from base64 import b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def sign(body: str, key: str, at: datetime) -> str:
    """Return a signature header: the time in milliseconds and the HMAC-SHA256 of time and body, in base64.

    Knock's docs give form and encoding for outbound webhooks; that those of webhook channels are the same is our
    choice.

    Args:
        body: the request's body.
        key: the signing key.
        at: when the request is sent.
    """
    moment = int(at.timestamp() * 1000)
    digest = hmac.digest(key.encode(), f"{moment}.{body}".encode(), "sha256")
    return f"t={moment},s={b64encode(digest).decode()}"

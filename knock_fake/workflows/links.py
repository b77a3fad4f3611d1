"""Addresses of the preference center.

They end in a token that is signed with a fixed secret, so that a test can verify it and two worlds make the same.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGNING_SECRET = "knock_fake: tokens of the preference center, for tests only"  # noqa: S105 - public on purpose
"""What tokens are signed with by HS256."""

HOST = "https://p.knock.app"
"""Where Knock serves the page (Knock's API reference). The fake does not serve it."""

_HEADER = {"alg": "HS256"}


def preference_center_url(token: str) -> str:
    """Return the address of somebody's preference center."""
    return f"{HOST}/p/{token}"


def sign(claims: Mapping[str, object]) -> str:
    """Return a JSON Web Token with these claims: by hand, since every scope of a run has one."""
    unsigned = f"{_encode(_json(_HEADER))}.{_encode(_json(claims))}"
    return f"{unsigned}.{_encode(hmac.new(SIGNING_SECRET.encode(), unsigned.encode(), hashlib.sha256).digest())}"


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()

"""Addresses of the preference center.

They end in a token that is signed with a fixed secret, so that a test can verify it and two worlds make the same.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGNING_SECRET = "knock_fake: tokens of the preference center, for tests only"  # noqa: S105 - public on purpose
"""What tokens are signed with by HS256."""

HOST = "https://p.knock.app"
"""Where Knock serves the page (Knock's API reference). The fake does not serve it."""


def preference_center_url(token: str) -> str:
    """Return the address of somebody's preference center."""
    return f"{HOST}/p/{token}"


def sign(claims: Mapping[str, object]) -> str:
    """Return a JSON Web Token with these claims: by hand, since every scope of a run has one."""
    unsigned = b"%b.%b" % (_HEADER, _encode(orjson.dumps(claims)))
    signature = _encode(hmac.digest(_SECRET, unsigned, "sha256"))
    return f"{unsigned.decode()}.{signature.decode()}"


def _encode(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


_SECRET, _HEADER = SIGNING_SECRET.encode(), _encode(b'{"alg":"HS256"}')

"""Signed user tokens: JWTs by which a browser proves for which user it speaks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from knock_fake.errors import ApiError, invalid_user_token
from knock_fake.gateway.grants import Grants, read_grants
from knock_fake.json_types import is_number
from knock_fake.timestamps import show_instant

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

    from knock_fake.json_types import Json, JsonObject

ALGORITHM = "RS256"
"""The one algorithm that Knock takes (Knock's docs on security)."""


@dataclass(frozen=True, slots=True)
class UserToken:
    """A token that was verified: whom it speaks for, and what it grants."""

    user_id: str
    grants: Grants


def read_user_token(text: str, key: RSAPublicKey, now: datetime) -> UserToken:
    """Verify a token: its signature, whom it is for, and that it is valid at an instant.

    ``exp``, ``iat`` and ``nbf`` may be missing; Knock's docs recommend the first two. That a token from the future is
    refused is undocumented by Knock: our choice.

    Args:
        text: the token as it came.
        key: the public half of the environment's signing key.
        now: the instant, which is the world's own, not the machine's.

    Raises:
        ApiError: 401 ``invalid_user_token``.
    """
    claims = _verified_claims(text, key)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise invalid_user_token("its sub must be the id of a user, as text")
    _check_times(claims, now)
    return UserToken(subject, read_grants(claims.get("grants"), is_explicit=claims.get("explicit_grants") is True))


def sign_user_token(claims: JsonObject, key: RSAPrivateKey) -> str:
    """Return a signed token. The signature of RS256 holds no chance, so the same claims give the same token."""
    import jwt

    return jwt.PyJWS().encode(orjson.dumps(claims), key, algorithm=ALGORITHM)


def _verified_claims(text: str, key: RSAPublicKey) -> JsonObject:
    import jwt  # cryptography comes with it: 60 ms that a world without tokens need not spend

    try:
        payload = jwt.PyJWS().decode(text, key, algorithms=[ALGORITHM])
        claims: Json = orjson.loads(payload)
    except jwt.InvalidSignatureError:
        raise invalid_user_token("it was signed with another key than the one that this world holds") from None
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise invalid_user_token(f"it is no JWT signed with {ALGORITHM} ({error})") from None
    if not isinstance(claims, dict):
        raise invalid_user_token("its claims must be a JSON object")
    return claims


def _check_times(claims: JsonObject, now: datetime) -> None:
    expires = _moment(claims, "exp")
    if expires is not None and expires <= now:
        raise _untimely(f"it expired at {_shown(expires)}", now)
    for name in ("iat", "nbf"):
        begins = _moment(claims, name)
        if begins is not None and begins > now:
            raise _untimely(f"its {name}, {_shown(begins)}, is yet to come", now)


def _moment(claims: JsonObject, name: str) -> datetime | None:
    value = claims.get(name)
    if value is None:
        return None
    if not is_number(value):
        raise invalid_user_token(f"its {name} must be a number of seconds since 1970")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise invalid_user_token(f"its {name}, {value}, is beyond any calendar") from None


def _untimely(reason: str, now: datetime) -> ApiError:
    remedy = "sign it with security.sign_user_token(), or start the world at the time of whoever signs"
    return invalid_user_token(f"{reason}, and the world's clock shows {_shown(now)}: {remedy}")


def _shown(at: datetime) -> str:
    return f"{show_instant(at)[:19]}Z"

"""Enhanced security mode, the key that user tokens are signed with, and tokens for tests."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from datetime import timedelta
from typing import TYPE_CHECKING

from knock_fake.durations import parse_duration
from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.gateway.grants import ABILITIES, ABILITY_ALIASES, RESOURCE_ORIGIN
from knock_fake.gateway.signing_key_for_tests import TEST_SIGNING_KEY
from knock_fake.gateway.user_tokens import sign_user_token

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

    from knock_fake.clock import VirtualClock
    from knock_fake.json_types import JsonObject

_RESOURCE_KINDS = ("users/", "objects/", "tenants/")


class Security:
    """How calls with a publishable key prove for which user they speak: not at all, until a test asks for it.

    With enhanced security mode off, a publishable key alone may act for any user. A token that comes along is
    verified all the same once there is a signing key. Calls with a secret key never need a token.

    Args:
        clock: the world's clock, by which tokens begin and expire.
    """

    __slots__ = ("_clock", "_is_enhanced", "_private_key", "_public_key")

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._is_enhanced = False
        self._public_key: RSAPublicKey | None = None
        self._private_key: RSAPrivateKey | None = None

    @property
    def is_enhanced(self) -> bool:
        """Whether enhanced security mode is on."""
        return self._is_enhanced

    @property
    def verification_key(self) -> RSAPublicKey | None:
        """The public half of the signing key, or ``None`` while there is no signing key."""
        return self._public_key

    @property
    def test_signing_key(self) -> str:
        """The private key, in PEM, that :meth:`use_signing_key` takes when none is named.

        It ships with the package and protects nothing. Code under test can sign with it: put it in
        ``KNOCK_SIGNING_KEY``.
        """
        return TEST_SIGNING_KEY

    def enhance(self, *, signing_key: str | None = None) -> None:
        """Turn enhanced security mode on: a publishable key needs a user token with every call.

        Args:
            signing_key: as :meth:`use_signing_key` takes it. Left out, the key stays that the world has; one that has
                none gets the test key.

        Raises:
            UsageError, UsageTypeError: the key cannot be read.
        """
        if signing_key is not None or self._public_key is None:
            self.use_signing_key(signing_key)
        self._is_enhanced = True

    def relax(self) -> None:
        """Turn enhanced security mode off; the signing key stays."""
        self._is_enhanced = False

    def use_signing_key(self, signing_key: str | None = None) -> None:
        """Verify user tokens by a key from now on, whether or not they are required.

        Args:
            signing_key: PEM of an RSA key, private or public, or base64 of it as Knock's dashboard shows it too; the
                test key that ships with the package when left out.

        Raises:
            UsageError, UsageTypeError: the key cannot be read.
        """
        if not isinstance(signing_key, str | None):
            raise UsageTypeError(f"a signing key is a text in PEM, not {type(signing_key).__name__}")
        self._public_key, self._private_key = _read_key(TEST_SIGNING_KEY if signing_key is None else signing_key)

    def remove_signing_key(self) -> None:
        """Have no signing key, as an environment that never made one: Knock then cannot verify any token."""
        self._public_key = self._private_key = None

    def sign_user_token(
        self,
        user_id: str,
        *,
        grants: Mapping[str, Iterable[str]] | None = None,
        explicit_grants: bool = False,
        expires_in: str | timedelta | None = timedelta(hours=1),
    ) -> str:
        """Return a token for the header ``X-Knock-User-Token``, issued now by the world's clock.

        Args:
            user_id: whom the token speaks for.
            grants: abilities by resource: ``{"tenants/acme": ["slack/channels_read"]}``. A resource is
                ``users/<id>``, ``tenants/<id>`` or ``objects/<collection>/<id>``, with or without the URL before it.
            explicit_grants: grant nothing else.
            expires_in: ``"1h"`` or a timedelta of whole seconds after which the token is refused; ``None`` for never.

        Raises:
            UsageError: this world cannot sign, or knows no such resource or ability. UsageTypeError: the user is
                no text. ClockError: ``expires_in`` is no duration.
        """
        issued = int(self._clock.now.timestamp())
        claims: JsonObject = {"sub": _user_id(user_id), "iat": issued}
        if expires_in is not None:
            claims["exp"] = issued + int(parse_duration(expires_in).total_seconds())
        if grants is not None:
            claims["grants"] = {_resource(resource): _abilities(named) for resource, named in grants.items()}
        if explicit_grants:
            claims["explicit_grants"] = True
        return sign_user_token(claims, self._signing_half())

    def _signing_half(self) -> RSAPrivateKey:
        if self._private_key is not None:
            return self._private_key
        if self._public_key is None:
            raise UsageError("this world has no signing key: call security.enhance() or security.use_signing_key()")
        raise UsageError("this world holds only the public half of its signing key: sign where the private half is")


def _user_id(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise UsageTypeError(f"sign_user_token: the user must be a non-empty id, not {value!r}")
    return value


def _resource(resource: str) -> str:
    path = resource.removeprefix(RESOURCE_ORIGIN)
    if not path.startswith(_RESOURCE_KINDS) or path.endswith("/"):
        forms = "users/<id>, tenants/<id> or objects/<collection>/<id>"
        raise UsageError(f"sign_user_token: a grant names {forms}, not {resource!r}")
    return RESOURCE_ORIGIN + path


def _abilities(named: Iterable[str]) -> JsonObject:
    if isinstance(named, str):
        raise UsageTypeError(f"sign_user_token: abilities must be a list, not the text {named!r}")
    known = [*ABILITIES, *ABILITY_ALIASES]
    for ability in (named := list(named)):
        if ability not in known:
            raise UsageError(f"sign_user_token: there is no ability {ability!r}; {nearest(ability, known)}")
    return {ability: [] for ability in named}


def _read_key(text: str) -> tuple[RSAPublicKey, RSAPrivateKey | None]:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

    pem = _as_pem(text)
    try:
        key = load_pem_private_key(pem, None) if b"PRIVATE KEY" in pem else load_pem_public_key(pem)
    except (ValueError, TypeError) as error:
        raise UsageError(f"the signing key cannot be read: {error}") from error
    if isinstance(key, RSAPrivateKey):
        return key.public_key(), key
    if isinstance(key, RSAPublicKey):
        return key, None
    raise UsageError("the signing key must be an RSA key: Knock's user tokens are signed with RS256")


def _as_pem(text: str) -> bytes:
    stripped = text.strip()
    if stripped.startswith("-----BEGIN"):
        return stripped.encode()
    try:
        decoded = b64decode(stripped, validate=True)
    except (Base64Error, ValueError):
        decoded = b""
    if not decoded.startswith(b"-----BEGIN"):
        raise UsageError("a signing key is PEM, which begins with -----BEGIN, or base64 of PEM")
    return decoded

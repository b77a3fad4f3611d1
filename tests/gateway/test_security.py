from __future__ import annotations

import re
from base64 import b64encode
from datetime import timedelta
from typing import TYPE_CHECKING

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from knock_fake import KnockFake
from knock_fake.clock import VirtualClock
from knock_fake.errors import ClockError, UsageError, UsageTypeError
from knock_fake.gateway.security import Security

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

START = 1_767_225_600


@pytest.fixture
def security() -> Security:
    return Security(VirtualClock())


def pem(key: PrivateKeyTypes) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: PrivateKeyTypes) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def claims(token: str) -> object:
    return jwt.decode(token, options={"verify_signature": False})


def test_nothing_is_enhanced_until_it_is_asked_for(security: Security) -> None:
    assert (security.is_enhanced, security.verification_key) == (False, None)
    security.enhance()
    assert security.is_enhanced
    assert security.verification_key is not None
    security.relax()
    assert not security.is_enhanced
    assert security.verification_key is not None
    security.remove_signing_key()
    assert security.verification_key is None


def test_a_token_says_who_since_when_and_until_when(security: Security) -> None:
    security.use_signing_key()
    assert claims(security.sign_user_token("jane")) == {"sub": "jane", "iat": START, "exp": START + 3600}


def test_a_token_carries_its_grants_as_knocks_sdks_write_them(security: Security) -> None:
    security.use_signing_key()
    grants = {
        "tenants/acme": ["slack/channels_read", "user_feed/read"],
        "https://api.knock.app/v1/users/jane": ("user/read",),
    }
    token = security.sign_user_token("jane", grants=grants, explicit_grants=True, expires_in=None)
    assert claims(token) == {
        "sub": "jane",
        "iat": START,
        "grants": {
            "https://api.knock.app/v1/tenants/acme": {"slack/channels_read": [], "user_feed/read": []},
            "https://api.knock.app/v1/users/jane": {"user/read": []},
        },
        "explicit_grants": True,
    }


@pytest.mark.parametrize(("length", "seconds"), [("5m", 300), (timedelta(days=1), 86_400)])
def test_a_token_lasts_as_long_as_it_is_told(security: Security, length: str | timedelta, seconds: int) -> None:
    security.use_signing_key()
    token = security.sign_user_token("jane", expires_in=length)
    assert claims(token) == {"sub": "jane", "iat": START, "exp": START + seconds}


def test_two_worlds_sign_alike() -> None:
    worlds = KnockFake(), KnockFake(seed=7)
    for world in worlds:
        world.security.enhance()
    one, other = (world.security.sign_user_token("jane") for world in worlds)
    assert one == other


def test_code_under_test_can_sign_with_the_test_key(security: Security) -> None:
    security.enhance()
    ours = security.sign_user_token("jane")
    theirs = jwt.encode({"sub": "jane", "iat": START, "exp": START + 3600}, security.test_signing_key, "RS256")
    key = security.verification_key
    assert key is not None
    assert jwt.decode(theirs, key, ["RS256"], options={"verify_exp": False, "verify_iat": False}) == claims(ours)


def test_a_key_is_taken_in_every_form_that_knock_hands_out(security: Security) -> None:
    key = rsa.generate_private_key(65537, 2048)
    traditional = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    for text in (pem(key), f"\n{pem(key)}\n", b64encode(pem(key).encode()).decode(), traditional, public_pem(key)):
        security.enhance(signing_key=text)
        assert security.verification_key == key.public_key()


def test_enhancing_again_keeps_the_key_that_is_there(security: Security) -> None:
    key = rsa.generate_private_key(65537, 2048)
    security.use_signing_key(public_pem(key))
    security.enhance()
    assert security.verification_key == key.public_key()


@pytest.mark.parametrize(
    ("key", "error", "message"),
    [
        ("", UsageError, "a signing key is PEM, which begins with -----BEGIN, or base64 of PEM"),
        ("sk_test_x", UsageError, "a signing key is PEM, which begins with -----BEGIN, or base64 of PEM"),
        ("c2s=", UsageError, "a signing key is PEM, which begins with -----BEGIN, or base64 of PEM"),
        ("ключ", UsageError, "a signing key is PEM, which begins with -----BEGIN, or base64 of PEM"),
        (b"-----BEGIN", UsageTypeError, "a signing key is a text in PEM, not bytes"),
        (
            pem(ec.generate_private_key(ec.SECP256R1())),
            UsageError,
            "the signing key must be an RSA key: Knock's user tokens are signed with RS256",
        ),
    ],
)
def test_what_is_no_signing_key_is_refused(security: Security, key: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        security.enhance(signing_key=key)
    assert not security.is_enhanced


@pytest.mark.parametrize("kind", ["PUBLIC", "PRIVATE", "RSA PRIVATE"])
def test_a_broken_key_is_refused_with_the_reason(security: Security, kind: str) -> None:
    with pytest.raises(UsageError, match=r"^the signing key cannot be read: \S"):
        security.use_signing_key(f"-----BEGIN {kind} KEY-----\nAAAA\n-----END {kind} KEY-----")


def test_a_world_without_the_private_half_cannot_sign(security: Security) -> None:
    with pytest.raises(UsageError, match=r"^this world has no signing key: call security\.enhance\(\) or "):
        security.sign_user_token("jane")
    security.use_signing_key(public_pem(load_pem_private_key(security.test_signing_key.encode(), None)))
    with pytest.raises(UsageError, match=r"^this world holds only the public half of its signing key: sign where "):
        security.sign_user_token("jane")


@pytest.mark.parametrize(
    ("user", "grants", "error", "message"),
    [
        ("", None, UsageTypeError, "sign_user_token: the user must be a non-empty id, not ''"),
        (7, None, UsageTypeError, "sign_user_token: the user must be a non-empty id, not 7"),
        (
            "jane",
            {"acme": ["user/read"]},
            UsageError,
            "sign_user_token: a grant names users/<id>, tenants/<id> or objects/<collection>/<id>, not 'acme'",
        ),
        (
            "jane",
            {"tenants/": ["user/read"]},
            UsageError,
            "sign_user_token: a grant names users/<id>, tenants/<id> or objects/<collection>/<id>, not 'tenants/'",
        ),
        (
            "jane",
            {"users/jane": "user/read"},
            UsageTypeError,
            "sign_user_token: abilities must be a list, not the text 'user/read'",
        ),
        (
            "jane",
            {"users/jane": ["users/read"]},
            UsageError,
            "sign_user_token: there is no ability 'users/read'; did you mean 'user/read'?",
        ),
    ],
)
def test_what_cannot_be_signed_is_refused(
    security: Security, user: str, grants: Mapping[str, Iterable[str]], error: type[Exception], message: str
) -> None:
    security.use_signing_key()
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        security.sign_user_token(user, grants=grants)


def test_a_lifetime_that_is_no_duration_is_refused(security: Security) -> None:
    security.use_signing_key()
    with pytest.raises(ClockError, match=r"^'soon' is not a duration: "):
        security.sign_user_token("jane", expires_in="soon")


def test_a_reset_world_forgets_mode_and_key(knock: KnockFake) -> None:
    knock.security.enhance()
    knock.reset()
    assert (knock.security.is_enhanced, knock.security.verification_key) == (False, None)

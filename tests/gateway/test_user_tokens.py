from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import example, given
from hypothesis import strategies as st

from knock_fake.errors import ApiError
from knock_fake.gateway.grants import Grants
from knock_fake.gateway.signing_key_for_tests import TEST_SIGNING_KEY
from knock_fake.gateway.user_tokens import UserToken, read_user_token, sign_user_token

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NOON = int(NOW.timestamp())
PREFIX = "the token in X-Knock-User-Token is refused: "
REMEDY = (
    ", and the world's clock shows 2026-01-01T00:00:00Z: "
    "sign it with security.sign_user_token(), or start the world at the time of whoever signs"
)


def private_key() -> rsa.RSAPrivateKey:
    key = load_pem_private_key(TEST_SIGNING_KEY.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


KEY = private_key()


def read(claims: JsonObject) -> UserToken:
    return read_user_token(sign_user_token(claims, KEY), KEY.public_key(), NOW)


def refusal(text: str) -> str:
    with pytest.raises(ApiError) as refused:
        read_user_token(text, KEY.public_key(), NOW)
    body = refused.value.body
    assert isinstance(body, dict)
    assert (refused.value.status, body["code"], body["type"]) == (401, "invalid_user_token", "authentication_error")
    return str(refused.value.hint).removeprefix(PREFIX)


def test_a_token_names_its_user_and_grants() -> None:
    resource = "https://api.knock.app/v1/objects/$tenants/acme"
    claims: JsonObject = {"sub": "jane", "grants": {resource: {"slack/channels_read": [{}]}}, "explicit_grants": True}
    grants = Grants({"objects/$tenants/acme": frozenset({"slack/channels_read"})}, is_explicit=True)
    assert read(claims) == UserToken("jane", grants)


def test_a_user_is_all_that_a_token_has_to_say() -> None:
    assert read({"sub": "jane"}) == UserToken("jane", Grants())


def test_a_token_of_another_library_is_read() -> None:
    text = jwt.encode({"sub": "jane", "iat": NOON, "exp": NOON + 60, "aud": "anyone"}, KEY, algorithm="RS256")
    assert read_user_token(text, KEY.public_key(), NOW).user_id == "jane"


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": NOON + 1},
        {"exp": NOON + 0.5},
        {"iat": NOON},
        {"nbf": NOON, "iat": NOON - 3600.25},
        {"exp": None, "iat": None, "nbf": None},
    ],
)
def test_a_token_is_taken_between_its_times(claims: JsonObject) -> None:
    assert read({"sub": "jane", **claims}).user_id == "jane"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": NOON}, f"it expired at 2026-01-01T00:00:00Z{REMEDY}"),
        ({"exp": NOON - 1}, f"it expired at 2025-12-31T23:59:59Z{REMEDY}"),
        ({"iat": NOON + 1}, f"its iat, 2026-01-01T00:00:01Z, is yet to come{REMEDY}"),
        ({"nbf": NOON + 60}, f"its nbf, 2026-01-01T00:01:00Z, is yet to come{REMEDY}"),
        ({"exp": "soon"}, "its exp must be a number of seconds since 1970"),
        ({"iat": True}, "its iat must be a number of seconds since 1970"),
        ({"exp": 10**15}, "its exp, 1000000000000000, is beyond any calendar"),
        ({"exp": 1e300}, "its exp, 1e+300, is beyond any calendar"),
        ({"sub": ""}, "its sub must be the id of a user, as text"),
        ({"sub": 5}, "its sub must be the id of a user, as text"),
        ({"sub": None}, "its sub must be the id of a user, as text"),
    ],
)
def test_a_token_whose_claims_do_not_hold_is_refused(claims: JsonObject, reason: str) -> None:
    assert refusal(sign_user_token({"sub": "jane", **claims}, KEY)) == reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b.c",
        jwt.encode({"sub": "jane"}, "a secret of at least 32 characters", algorithm="HS256"),
        jwt.encode({"sub": "jane"}, "", algorithm="none"),
        jwt.PyJWS().encode(b"{", KEY, algorithm="RS256"),
    ],
)
def test_what_is_no_token_is_refused(text: str) -> None:
    assert refusal(text).startswith("it is no JWT signed with RS256 (")


def test_a_token_of_another_key_is_refused() -> None:
    foreign = sign_user_token({"sub": "jane"}, rsa.generate_private_key(65537, 2048))
    assert refusal(foreign) == "it was signed with another key than the one that this world holds"


def test_claims_are_an_object() -> None:
    assert refusal(jwt.PyJWS().encode(b"[]", KEY, algorithm="RS256")) == "its claims must be a JSON object"


def test_the_same_claims_give_the_same_token() -> None:
    assert sign_user_token({"sub": "jane"}, KEY) == sign_user_token({"sub": "jane"}, KEY)


SIGNED = sign_user_token({"sub": "jane"}, KEY)


@given(
    st.text(max_size=40) | st.integers(0, len(SIGNED) - 2).map(lambda place: SIGNED[:place] + "\x00" + SIGNED[place:])
)
@example("\ud800.a.b")
@example(SIGNED + ".x")
def test_no_text_does_more_harm_than_being_refused(text: str) -> None:
    assert refusal(text)


JUNK: st.SearchStrategy[Json] = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text() | st.just([{}])


@given(st.dictionaries(st.sampled_from(["sub", "exp", "iat", "nbf", "grants", "explicit_grants"]), JUNK))
def test_whatever_is_claimed_is_read_or_refused(claims: JsonObject) -> None:
    status = 200
    try:
        token = read(claims)
    except ApiError as refused:
        status = refused.status
    else:
        assert token.user_id == claims["sub"]
    assert status in (200, 401)

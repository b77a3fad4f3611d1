from __future__ import annotations

import hmac
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake import ExpectationError
from knock_fake.webhooks import sign, verify

AT = datetime(2026, 1, 1, tzinfo=UTC)
instants = st.datetimes(timezones=st.just(UTC))


def test_a_signature_is_that_of_the_docs() -> None:
    digest = hmac.digest(b"some-secret", b'1767225600001.{"a": "\xc3\xa9"}', "sha256")
    header = f"t=1767225600001,s={b64encode(digest).decode()}"
    at = AT + timedelta(milliseconds=1, microseconds=999)
    assert sign('{"a": "é"}', "some-secret", at) == sign('{"a": "é"}'.encode(), "some-secret", at) == header
    assert sign('{"a": "é"}', "some-secret", at.replace(tzinfo=None)) == header


@given(st.text() | st.binary(), st.text(min_size=1), instants)
def test_what_was_signed_is_verified(body: str | bytes, key: str, at: datetime) -> None:
    verify(body, sign(body, key, at), key, at=at)


@given(st.binary(), st.text(min_size=1), instants, st.data())
def test_nothing_may_change_on_the_way(body: bytes, key: str, at: datetime, data: st.DataObject) -> None:
    header = sign(body, key, at)
    place = data.draw(st.integers(0, len(header) - 1))
    other = data.draw(st.sampled_from([chr(one) for one in range(32, 127) if chr(one) != header[place]]))
    with pytest.raises(ExpectationError):
        verify(body, header[:place] + other + header[place + 1 :], key)
    with pytest.raises(ExpectationError):
        verify(body + b"x", header, key)
    with pytest.raises(ExpectationError):
        verify(body, header, f"{key}x")


@given(st.integers(-600_000, 600_000))
def test_a_signature_ages(milliseconds: int) -> None:
    header, then = sign("{}", "key", AT), AT + timedelta(milliseconds=milliseconds)
    if abs(milliseconds) <= 300_000:
        verify("{}", header, "key", at=then)
    else:
        with pytest.raises(ExpectationError, match="seconds from the present, and 300 are allowed"):
            verify("{}", header, "key", at=then)


@pytest.mark.parametrize("header", [None, "", "t=1", "s=x,t=1", "t=x,s=y", "v1=1"])
def test_a_header_of_another_form_is_refused(header: str | None) -> None:
    with pytest.raises(ExpectationError) as refused:
        verify("{}", header, "key")
    assert str(refused.value) == f"the signature must be like t=1767225600000,s=..., not {header!r}"


def test_a_signature_of_another_key_says_what_to_look_at() -> None:
    with pytest.raises(ExpectationError) as refused:
        verify('{"a":1}', sign('{"a": 1}', "key", AT), "key")
    assert str(refused.value) == (
        "the signature is not that of this body and key: compare the key, and take the body as it came: "
        "decoded and encoded again it is another text"
    )


def test_a_signature_of_another_age_says_how_many_days_that_is() -> None:
    with pytest.raises(ExpectationError) as refused:
        verify("{}", sign("{}", "key", AT), "key", at=AT + timedelta(days=330, hours=5))
    assert str(refused.value) == (
        "the signature is 330 days from the present, and 300 seconds are allowed: "
        "does whoever checks it live by another clock?"
    )


def test_how_far_time_may_be_apart_can_be_said() -> None:
    verify("{}", sign("{}", "key", AT), "key", at=AT + timedelta(hours=1), within="1h")
    with pytest.raises(ExpectationError) as refused:
        verify("{}", sign("{}", "key", AT), "key", at=AT + timedelta(seconds=2), within=timedelta(seconds=1))
    assert str(refused.value) == (
        "the signature is 2 seconds from the present, and 1 are allowed: does whoever checks it live by another clock?"
    )

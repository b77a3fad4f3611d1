"""Signatures of requests that Knock sends to others."""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta

from knock_fake.durations import parse_duration
from knock_fake.errors import ExpectationError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_FORM = re.compile(r"t=(-?[0-9]{1,18}),s=(.+)")


def sign(body: str | bytes, key: str, at: datetime) -> str:
    """Return a signature header: the time in milliseconds and the HMAC-SHA256 of time and body, in base64.

    Knock's docs give form and encoding for outbound webhooks; that those of webhook channels are the same is our
    choice.

    Args:
        body: the request's body, exactly as it is sent.
        key: the signing key.
        at: when the request is sent; naive means UTC.
    """
    moment = str((_aware(at) - _EPOCH) // _MILLISECOND)
    return f"t={moment},s={_signature(moment, body, key)}"


def verify(
    body: str | bytes, header: str | None, key: str, *, at: datetime | None = None, within: str | timedelta = "5m"
) -> None:
    """Check the header ``x-knock-signature`` of a request, as Knock's docs advise whoever receives one.

    Args:
        body: the request's body, exactly as it came.
        header: the header, ``None`` when it is missing.
        key: the signing key.
        at: the present time, naive means UTC; when left out the age of the signature is of no account.
        within: how far the time of the signature may be from that.

    Raises:
        ExpectationError: the signature does not hold; the message says why.
    """
    parsed = _FORM.fullmatch(header or "")
    if parsed is None:
        raise ExpectationError(f"the signature must be like t=1767225600000,s=..., not {header!r}")
    moment, given = parsed.groups()
    if not hmac.compare_digest(given.encode(), _signature(moment, body, key).encode()):
        remedy = "compare the key, and take the body as it came: decoded and encoded again it is another text"
        raise ExpectationError(f"the signature is not that of this body and key: {remedy}")
    if at is not None:
        _check_age(int(moment), _aware(at), parse_duration(within))


def _check_age(moment: int, at: datetime, within: timedelta) -> None:
    age = abs((at - _EPOCH) // _MILLISECOND - moment) * _MILLISECOND
    if age > within:
        allowed = f"{within.total_seconds():g}"
        days = f"{age.days} days from the present, and {allowed} seconds are allowed"
        seconds = f"{age.total_seconds():g} seconds from the present, and {allowed} are allowed"
        told = days if age.days > 1 else seconds
        raise ExpectationError(f"the signature is {told}: does whoever checks it live by another clock?")


def _signature(moment: str, body: str | bytes, key: str) -> str:
    content = body if isinstance(body, bytes) else body.encode()
    return b64encode(hmac.digest(key.encode(), moment.encode() + b"." + content, "sha256")).decode()


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at

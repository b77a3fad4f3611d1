"""What every skin does the same: headers into a call, a reply into headers and body."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import orjson

from knock_fake.errors import framework_error
from knock_fake.gateway.call import Reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from knock_fake.gateway.call import Call

_BODILESS = frozenset({204, 304})
# A hint may quote what a client sent. Left alone, a line break in it would end the header.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]+")


def header_map(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers as a call carries them.

    Args:
        raw: names and values as bytes, in the order of the request.

    Returns:
        Values by lower-case name. A name that came several times has its values joined by ``", "``, which
        RFC 9110 makes equal to one header.

    """
    headers: dict[str, str] = {}
    for name, value in raw:
        key = _lower_name(name)
        text = value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


@lru_cache(maxsize=256)
def _lower_name(name: bytes) -> str:
    # Clients send the same few names with every request.
    return name.decode("latin-1").lower()


def header_list(reply: Reply) -> list[tuple[bytes, bytes]]:
    """Return the headers of a reply as bytes, with the length of its body.

    Args:
        reply: the answer. A ``content-length`` of its own is kept.

    Returns:
        Names and values, safe to put on a wire: control characters in a value become one space. Values that
        ASCII cannot hold are UTF-8. A status without a body (204, 304) gets no length.

    """
    headers = [(name.encode("latin-1"), _value(text)) for name, text in reply.headers.items()]
    if reply.status not in _BODILESS and "content-length" not in reply.headers:
        headers.append((b"content-length", b"%d" % len(reply.body)))
    return headers


def _value(text: str) -> bytes:
    if not text.isprintable():
        text = _UNPRINTABLE.sub(" ", text)
    return text.encode("utf-8", "replace")


def sent_body(call: Call, reply: Reply) -> bytes:
    """Return the bytes that follow the headers: none for ``HEAD``, whatever the reply holds."""
    return b"" if call.method == "HEAD" else reply.body


def half_of(body: bytes) -> bytes:
    """Return what arrives of a body when the connection breaks in the middle of it."""
    return body[: len(body) // 2]


def failure(error: Exception) -> Reply:
    """Return the 500 for an exception that escaped the handler, which is a fault of the fake's own.

    Args:
        error: what was raised.

    Returns:
        A reply in the shape that Knock's web framework gives a crash. Its hint names the exception.

    """
    refusal = framework_error(500, "Internal Server Error", f"knock_fake itself failed: {error!r}")
    headers = {"content-type": "application/json; charset=utf-8", "x-knock-fake-hint": refusal.hint or ""}
    return Reply(refusal.status, orjson.dumps(refusal.body), headers)

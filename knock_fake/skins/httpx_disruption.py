"""Answers that do not arrive, as httpx tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from knock_fake.skins.wire import half_of, sent_body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from knock_fake.gateway.call import Call, Reply
    from knock_fake.gateway.disruption import Disruption, Failure

_ERRORS: Mapping[Failure, tuple[type[httpx.RequestError], str]] = {
    "connection_refused": (httpx.ConnectError, "[Errno 111] Connection refused"),
    "connect_timeout": (httpx.ConnectTimeout, "timed out"),
    "read_timeout": (httpx.ReadTimeout, "The read operation timed out"),
    "connection_reset": (httpx.ReadError, "[Errno 104] Connection reset by peer"),
    "disconnected": (httpx.RemoteProtocolError, "Server disconnected without sending a response."),
}


def read_timeout(request: httpx.Request) -> float | None:
    """Return how many seconds the client waits for an answer; ``None`` for as long as it takes."""
    seconds: float | None = request.extensions.get("timeout", {}).get("read")
    return seconds


def raise_failure(disruption: Disruption, request: httpx.Request) -> None:
    """Raise what httpx raises for an answer that does not come; do nothing for one that does, or half of it."""
    failure = "read_timeout" if disruption.outlasts(read_timeout(request)) else disruption.failure
    if failure is not None and failure in _ERRORS:
        kind, message = _ERRORS[failure]
        raise kind(message, request=request)


class BrokenStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body of which half arrives before the server closes the connection."""

    def __init__(self, call: Call, reply: Reply) -> None:
        self._body = sent_body(call, reply)

    def __iter__(self) -> Iterator[bytes]:
        yield half_of(self._body)
        raise self._error()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield half_of(self._body)
        raise self._error()

    def _error(self) -> httpx.RemoteProtocolError:
        got, expected = len(half_of(self._body)), len(self._body)
        missing = f"(received {got} bytes, expected {expected})"
        return httpx.RemoteProtocolError(f"peer closed connection without sending complete message body {missing}")

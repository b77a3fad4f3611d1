"""A handler's answer as the requests library would have built it from a socket."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPMessage, HTTPResponse, responses
from io import BytesIO
from time import sleep
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import urllib3

from knock_fake.gateway.call import Call
from knock_fake.skins.requests_disruption import exchange, failure_of, read_timeout
from knock_fake.skins.wire import half_of, header_list, sent_body

if TYPE_CHECKING:
    from collections.abc import Iterable

    import requests
    from requests.adapters import HTTPAdapter

    from knock_fake.gateway.call import Handler, Reply


def answer(
    handler: Handler, adapter: HTTPAdapter, request: requests.PreparedRequest, timeout: object = None
) -> requests.Response:
    """Return the handler's answer to a request, built by the adapter itself.

    Args:
        handler: what answers.
        adapter: the adapter that the request came through; it becomes the response's connection.
        request: as the session prepared it. A body that is a file or a generator is read to its end.
        timeout: how long the caller waits, as the adapter was told.

    Returns:
        A response whose body is still to be read, which is what the session expects of an adapter.

    Raises:
        requests.RequestException: a fault keeps the answer from arriving, and the retries of the adapter, which are
            honoured, are used up.

    """
    call, patience = _call(request), read_timeout(timeout)

    def attempt() -> urllib3.HTTPResponse:
        reply = handler.handle(call)
        if reply.disruption is not None:
            if pause := reply.disruption.pause(patience):
                sleep(pause)
            if (failure := failure_of(reply.disruption, request, patience)) is not None:
                raise failure
        return _raw_response(call, reply)

    return adapter.build_response(request, exchange(attempt, request, adapter.max_retries))


def _call(request: requests.PreparedRequest) -> Call:
    url = urlsplit(request.url or "")
    host = url.netloc.rpartition("@")[2]
    # The host header is added below requests, by the standard library.
    headers = {"host": host} | {name.lower(): _text(value) for name, value in request.headers.items()}
    method = request.method or "GET"
    return Call(method, url.path or "/", url.query, headers, _body(request.body), f"{url.scheme}://{host}")


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _body(body: object) -> bytes:
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    if hasattr(body, "read"):
        return _body(body.read())
    return b"".join(map(_body, cast("Iterable[object]", body)))


@dataclass(slots=True)
class _Original:
    """The part of the standard library's response from which requests takes cookies."""

    msg: HTTPMessage

    def isclosed(self) -> bool:
        """Return True: no connection stands behind it."""
        return True

    def close(self) -> None:
        """Do nothing: there is nothing to close."""


def _raw_response(call: Call, reply: Reply) -> urllib3.HTTPResponse:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in header_list(reply)]
    message = HTTPMessage()
    for name, value in headers:
        message[name] = value
    body = sent_body(call, reply)
    is_cut = reply.disruption is not None and reply.disruption.failure == "incomplete_body"
    return urllib3.HTTPResponse(
        body=BytesIO(half_of(body) if is_cut else body),
        headers=dict(headers),
        status=reply.status,
        version=11,
        reason=responses.get(reply.status),
        preload_content=False,
        decode_content=False,
        original_response=cast("HTTPResponse", _Original(message)),
        request_method=call.method,
    )

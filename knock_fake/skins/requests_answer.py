"""A handler's answer as the requests library would have built it from a socket."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPMessage, HTTPResponse, responses
from io import BytesIO
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import urllib3

from knock_fake.gateway.call import Call
from knock_fake.skins.wire import header_list, sent_body

if TYPE_CHECKING:
    from collections.abc import Iterable

    import requests
    from requests.adapters import HTTPAdapter

    from knock_fake.gateway.call import Handler, Reply


def answer(handler: Handler, adapter: HTTPAdapter, request: requests.PreparedRequest) -> requests.Response:
    """Return the handler's answer to a request, built by the adapter itself.

    Args:
        handler: what answers.
        adapter: the adapter that the request came through; it becomes the response's connection.
        request: as the session prepared it. A body that is a file or a generator is read to its end.

    Returns:
        A response whose body is still to be read, which is what the session expects of an adapter.

    """
    call = _call(request)
    return adapter.build_response(request, _raw_response(call, handler.handle(call)))


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
    return urllib3.HTTPResponse(
        body=BytesIO(sent_body(call, reply)),
        headers=dict(headers),
        status=reply.status,
        version=11,
        reason=responses.get(reply.status),
        preload_content=False,
        decode_content=False,
        original_response=cast("HTTPResponse", _Original(message)),
        request_method=call.method,
    )

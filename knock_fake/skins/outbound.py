"""Real HTTP requests of workflows, for worlds that were told to allow them.

The standard library's client is used: interception does not see it, so a request never comes back to the world that
makes it.
"""

from __future__ import annotations

import time
from contextlib import closing, suppress
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR, gaierror
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from knock_fake.responders.answers import Answer
from knock_fake.skins.network import is_knock, is_loopback
from knock_fake.version import __version__

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from socket import socket

    from knock_fake.responders.requests import HttpRequest

MAX_BYTES = 10_000_000
"""The longest body that is taken from an answer."""

_URL_SAFE = "/?#[]@!$&'()*+,;=:%~"


def ask(request: HttpRequest, *, block_network: bool = False) -> Answer:
    """Ask a real endpoint: without proxies, without following redirects, and no longer than Knock would wait.

    Who asks for a workflow holds the world meanwhile: an endpoint that calls it before it answers waits in vain. Who
    tells an endpoint of an event does not. Knock's own host is never asked.

    Args:
        request: what to ask.
        block_network: refuse every host but this machine.

    Returns:
        The answer, or why there is none. Nothing is raised.
    """
    host = (urlsplit(request.url).hostname or "").lower()
    if is_knock(host):
        return _failed(f"{host} is never called for real: give the request a responder")
    if block_network and not is_loopback(host):
        return _failed(f"block_network=True keeps requests on this machine: give {host} a responder")
    began = time.monotonic()
    exchange = _Exchange(request)
    thread = Thread(target=exchange.run, name="knock_fake outbound request", daemon=True)
    thread.start()
    thread.join(request.timeout)
    answer, elapsed = exchange.answer, timedelta(seconds=time.monotonic() - began)
    if answer is None:
        exchange.abandon()
        return Answer(fail="timeout", reason=_advice(request, host), elapsed=elapsed)
    return answer.after(elapsed)


class _Exchange:
    """One request and its answer, had in a thread of its own so that nothing can make it last longer than allowed."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._socket: socket | None = None
        self.answer: Answer | None = None

    def run(self) -> None:
        """Have it."""
        try:
            self.answer = self._have()
        except TimeoutError:
            return  # whoever waits has given up by now, or does at once
        except gaierror as error:
            self.answer = Answer(fail="unknown_host", reason=error.strerror)
        except (OSError, HTTPException, ValueError) as error:
            self.answer = _failed(f"{type(error).__name__}: {error}")

    def abandon(self) -> None:
        """Break it off: what the other thread waits for ends at once."""
        if self._socket is not None:
            with suppress(OSError):  # it may have ended just now
                self._socket.shutdown(SHUT_RDWR)

    def _have(self) -> Answer:
        request, parts = self._request, urlsplit(self._request.url)
        host = (parts.hostname or "").encode("idna").decode()
        make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        path = parts._replace(scheme="", netloc="", path=parts.path or "/", fragment="").geturl()
        headers = {"user-agent": f"knock-fake/{__version__}", **request.headers}
        body = None if request.body is None else request.body.encode()
        with closing(make(host, parts.port, timeout=request.timeout)) as connection:
            connection.connect()
            self._socket = connection.sock
            connection.request(request.method, quote(path, safe=_URL_SAFE), body, headers)
            with connection.getresponse() as response:
                return _read(response)


def _read(response: HTTPResponse) -> Answer:
    body = response.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        return _failed(f"the answer is longer than {MAX_BYTES:,} bytes")
    text = body.decode(response.headers.get_content_charset("utf-8"), "replace")
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        known = headers.get(name.lower())
        headers[name.lower()] = value if known is None else f"{known}, {value}"
    return Answer(status=response.status, text=text or None, headers=headers)


def _failed(reason: str) -> Answer:
    return Answer(fail="connection", reason=reason)


def _advice(request: HttpRequest, host: str) -> str | None:
    if request.kind == "endpoint" or not is_loopback(host):
        return None
    return "if it calls this world while it answers, it waits for the world, which waits for it"

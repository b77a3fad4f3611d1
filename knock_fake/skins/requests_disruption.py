"""Answers that do not arrive, as requests tells of them, and the retries that its adapter is configured for."""

from __future__ import annotations

from http.client import RemoteDisconnected
from typing import TYPE_CHECKING

import requests
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import connection_from_url
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    ResponseError,
)
from urllib3.util import Timeout

if TYPE_CHECKING:
    from collections.abc import Callable

    from urllib3 import HTTPConnectionPool, HTTPResponse
    from urllib3.util import Retry

    from knock_fake.gateway.disruption import Disruption


def exchange(attempt: Callable[[], HTTPResponse], request: requests.PreparedRequest, retries: Retry) -> HTTPResponse:
    """Make one attempt after the other, as urllib3 would with such retries, and return the answer that counts.

    Args:
        attempt: makes one, raises what urllib3 raises for one that fails.
        request: what is attempted.
        retries: of the adapter; it sleeps between attempts in real time, if it is told to.

    Raises:
        requests.RequestException: what requests raises when the attempts are used up.
    """
    try:
        return _exchange(attempt, request, retries)
    except MaxRetryError as error:
        if isinstance(error.reason, ConnectTimeoutError) and not isinstance(error.reason, NewConnectionError):
            raise requests.ConnectTimeout(error, request=request) from error
        if isinstance(error.reason, ResponseError):
            raise requests.exceptions.RetryError(error, request=request) from error
        raise requests.ConnectionError(error, request=request) from error
    except ProtocolError as error:
        raise requests.ConnectionError(error, request=request) from error
    except ReadTimeoutError as error:
        raise requests.ReadTimeout(error, request=request) from error


def _exchange(attempt: Callable[[], HTTPResponse], request: requests.PreparedRequest, retries: Retry) -> HTTPResponse:
    method, url = request.method or "GET", request.path_url
    while True:
        try:
            response = attempt()
        except HTTPError as error:
            retries = retries.increment(method, url, error=error, _pool=_pool(request))
            retries.sleep()
            continue
        if not retries.is_retry(method, response.status, "retry-after" in response.headers):
            return response
        try:
            retries = retries.increment(method, url, response=response, _pool=_pool(request))
        except MaxRetryError:
            if retries.raise_on_status:
                raise
            return response
        retries.sleep(response)


def read_timeout(timeout: object) -> float | None:
    """Return how many seconds a caller waits for an answer, from any of the forms that requests takes."""
    if isinstance(timeout, Timeout):
        read = timeout.read_timeout
        return read if isinstance(read, int | float) else None
    seconds = timeout[1] if isinstance(timeout, tuple) else timeout
    return seconds if isinstance(seconds, int | float) else None


def failure_of(disruption: Disruption, request: requests.PreparedRequest, timeout: float | None) -> HTTPError | None:
    """Return what urllib3 raises for an answer that does not come; ``None`` for one that does, or half of it.

    Args:
        disruption: what becomes of the answer.
        request: what it would have answered.
        timeout: how many seconds the caller waits for it; ``None`` for as long as it takes.
    """
    failure = "read_timeout" if disruption.outlasts(timeout) else disruption.failure
    pool = _pool(request)
    if failure == "connection_refused":
        return NewConnectionError(
            _connection(pool), "Failed to establish a new connection: [Errno 111] Connection refused"
        )
    if failure == "connect_timeout":
        return ConnectTimeoutError(_connection(pool), f"Connection to {pool.host} timed out.")
    if failure == "read_timeout":
        return ReadTimeoutError(pool, request.path_url, f"Read timed out. (read timeout={timeout})")
    if failure == "connection_reset":
        return ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer"))
    if failure == "disconnected":
        return ProtocolError("Connection aborted.", RemoteDisconnected("Remote end closed connection without response"))
    return None


def _connection(pool: HTTPConnectionPool) -> HTTPConnection:
    kind = HTTPSConnection if pool.scheme == "https" else HTTPConnection
    return kind(pool.host, pool.port)


def _pool(request: requests.PreparedRequest) -> HTTPConnectionPool:
    """Return a pool that connects to nothing; errors name host and port by it."""
    return connection_from_url(request.url or "")

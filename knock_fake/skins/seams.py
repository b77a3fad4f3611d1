"""The functions through which HTTP libraries send, and what stands in for them while a world is open.

Only libraries that are imported already are touched: nothing here imports one by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from knock_fake.skins.network import escaped, is_knock

if TYPE_CHECKING:
    from types import ModuleType

    import httpx
    import requests
    from requests.adapters import HTTPAdapter

    from knock_fake.gateway.call import Handler

Function: TypeAlias = Callable[..., Any]
Route: TypeAlias = "Callable[[str, str], Handler | None]"
"""From method and host to what answers; None lets the call pass, an exception refuses it."""


@dataclass(frozen=True, slots=True)
class Seam:
    """One function of a library: where it is, and how its replacement is made from it."""

    owner: type | ModuleType
    name: str
    replacing: Callable[[Function], Function]


def httpx_seams(route: Route) -> list[Seam]:
    """Return where httpx sends, synchronously and asynchronously. Every client without a transport of its own
    ends there, whenever it was built.
    """
    import httpx

    from knock_fake.skins.httpx_answer import answer, answer_async

    def sync(original: Function) -> Function:
        @wraps(original)
        def handle_request(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
            handler = route(request.method, request.url.host)
            response: httpx.Response = original(self, request) if handler is None else answer(handler, request)
            return response

        return handle_request

    def asynchronous(original: Function) -> Function:
        @wraps(original)
        async def handle_async_request(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
            handler = route(request.method, request.url.host)
            if handler is not None:
                return await answer_async(handler, request)
            response: httpx.Response = await original(self, request)
            return response

        return handle_async_request

    return [
        Seam(httpx.HTTPTransport, "handle_request", sync),
        Seam(httpx.AsyncHTTPTransport, "handle_async_request", asynchronous),
    ]


def requests_seams(route: Route) -> list[Seam]:
    """Return where requests sends: its adapter, which every session mounts for http and https."""
    from requests.adapters import HTTPAdapter

    from knock_fake.skins.requests_answer import answer

    def sending(original: Function) -> Function:
        # Certificates and proxies are of no meaning to an answer that no network brings, and ``stream`` is
        # honoured by the session, which reads the body of the response or leaves it.
        @wraps(original)
        def send(
            self: HTTPAdapter,
            request: requests.PreparedRequest,
            stream: object = False,
            timeout: object = None,
            *args: object,
            **options: object,
        ) -> requests.Response:
            handler = route(request.method or "GET", urlsplit(request.url or "").hostname or "")
            if handler is not None:
                return answer(handler, self, request, timeout)
            response: requests.Response = original(self, request, stream, timeout, *args, **options)
            return response

        return send

    return [Seam(HTTPAdapter, "send", sending)]


def socket_seams(_: Route) -> list[Seam]:
    """Return where this process looks up addresses: what comes there for one of Knock's has passed every world."""
    import socket

    def looking_up(original: Function) -> Function:
        @wraps(original)
        def getaddrinfo(host: object, *args: object, **options: object) -> object:
            name = host.decode("latin-1") if isinstance(host, bytes) else host
            if isinstance(name, str) and is_knock(name):
                raise escaped("a connection", name)
            return original(host, *args, **options)

        return getaddrinfo

    return [Seam(socket, "getaddrinfo", looking_up)]


LIBRARIES: Mapping[str, Callable[[Route], list[Seam]]] = {
    "httpx": httpx_seams,
    "requests.adapters": requests_seams,
    "socket": socket_seams,
}
"""The seams of each library, by the module that must be imported for them to exist."""

"""The fake as an ASGI application, for any ASGI server and for mounting in an application under test."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from starlette.applications import Starlette
from starlette.routing import Mount

from knock_fake.gateway.call import Call
from knock_fake.gateway.upgrades import is_websocket_path
from knock_fake.skins.asgi_disruption import act_out, response_start
from knock_fake.skins.asgi_socket import serve_socket, upgrade_required
from knock_fake.skins.cors import is_preflight, preflight_reply
from knock_fake.skins.keeping_time import live
from knock_fake.skins.pages import PAGES
from knock_fake.skins.wire import failure, header_map, sent_body

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from knock_fake.gateway.call import Handler, Reply

_PATH_SAFE = "/:@!$&'()*+,;=~-._"


def asgi_app(handler: Handler) -> ASGIApp:
    """Return the API alone, every path of it the handler's, to be mounted under any prefix.

    Args:
        handler: what answers, such as a world. It is called within the current step of the event loop.

    """
    return KnockASGI(handler)


def create_app(handler: Handler) -> Starlette:
    """Return the whole server: the API, the inspector at ``/`` and ``/_health``.

    Args:
        handler: what answers everything that is not one of those pages.

    """
    return _Application(KnockASGI(handler))


class KnockASGI:
    """The API as one ASGI function. It answers preflights itself and lets every origin read every answer.

    Args:
        handler: what answers. An exception from it becomes a 500 for the client and is then raised again, so
            that the server logs it.

    """

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one websocket, or take part in the server's lifespan."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "websocket":
            await serve_socket(self.handler, _call(scope, b""), scope, receive, send)
        elif scope["type"] == "lifespan":
            await live(self.handler, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read_body(receive)
        if body is None:
            return
        call = _call(scope, body)
        if is_preflight(call.method, call.headers):
            await _send_reply(send, call, preflight_reply(call.headers))
            return
        if is_websocket_path(call.path):
            await _send_reply(send, call, upgrade_required())
            return
        try:
            reply = self.handler.handle(call)
        except Exception as error:
            await _send_reply(send, call, failure(error))
            raise
        if reply.disruption is None or not await act_out(call, reply, scope, receive, send):
            await _send_reply(send, call, reply)


class _Application(Starlette):
    """Starlette for pages. The API goes past its router, which takes longer, and so do websockets and lifespan."""

    def __init__(self, api: KnockASGI) -> None:
        super().__init__(routes=[*PAGES, Mount("/", app=api)])
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the API directly, everything else by its route."""
        # A preflight is answered before anything else, whatever its path.
        if scope["type"] != "http" or scope["path"].startswith("/v1/") or scope["method"] == "OPTIONS":
            await self._api(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


async def _read_body(receive: Receive) -> bytes | None:
    """Return the whole body, or None when the client went away in the middle of it."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _call(scope: Scope, body: bytes) -> Call:
    headers = header_map(scope["headers"])
    query: str = scope.get("query_string", b"").decode("latin-1")
    mount: str = scope.get("root_path", "").rstrip("/")
    return Call(scope.get("method", "GET"), _path(scope), query, headers, body, _origin(scope, headers), mount)


def _path(scope: Scope) -> str:
    """Return the path as it was sent, without the prefix that the application is mounted under."""
    raw: bytes | None = scope.get("raw_path")
    path = raw.decode("latin-1") if raw is not None else quote(scope["path"], safe=_PATH_SAFE)
    prefix: str = scope.get("root_path", "").rstrip("/")
    if not prefix:
        return path
    # The prefix is decoded and the path is not: compare as many segments as the prefix has.
    depth = prefix.count("/") + 1
    segments = path.split("/")
    if unquote("/".join(segments[:depth])) != prefix:
        return path
    return "/" + "/".join(segments[depth:])


def _origin(scope: Scope, headers: dict[str, str]) -> str:
    host = headers.get("host")
    if host is None:
        name, port = scope.get("server") or ("localhost", None)
        host = f"{name}:{port}" if port is not None else name
    return f"{scope.get('scheme', 'http')}://{host}"


async def _send_reply(send: Send, call: Call, reply: Reply) -> None:
    await send(response_start(reply))
    await send({"type": "http.response.body", "body": sent_body(call, reply)})

"""The connection under an ASGI request, where it is this project's own server: so that it can be broken on purpose."""

from __future__ import annotations

import asyncio
import socket
import struct
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from starlette.types import Message, Scope

_STATE_KEY = "knock_fake.connection"
_NO_LINGER = struct.pack("ii", 1, 0)


class Connection:
    """The connection that a request came through.

    Args:
        transport: asyncio's end of it.
    """

    __slots__ = ("_transport",)

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def close(self) -> None:
        """Close it, after what was written already has been sent."""
        self._transport.close()

    def reset(self) -> None:
        """Tear it down: the client gets a TCP reset, and nothing that has not been sent yet."""
        end = self._transport.get_extra_info("socket")
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._transport.abort()


def connection_of(scope: Scope) -> Connection | None:
    """Return the connection of a request; ``None`` where the server is somebody else's."""
    connection: Connection | None = scope.get("state", {}).get(_STATE_KEY)
    return connection


class Reachable(asyncio.Protocol):
    """Mixed into a protocol of uvicorn, lets requests know their connection.

    uvicorn hands each request a copy of the server's lifespan state; here that holds the connection as well.
    """

    app_state: dict[str, object]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take note of a new connection."""
        self.app_state = {**self.app_state, _STATE_KEY: Connection(cast("asyncio.Transport", transport))}
        super().connection_made(transport)


class _Answering:
    """Mixed into uvicorn's websockets, lets an upgrade be refused with an answer, which uvicorn logs as none at all."""

    handshake_complete: bool

    async def send(self, message: Message) -> None:
        """Take a message; the last part of an answer completes the handshake as well as an acceptance does."""
        await super().send(message)  # type: ignore[misc]  # it is mixed in
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            self.handshake_complete = True


def websocket_protocol() -> type[asyncio.Protocol] | Literal["none"]:
    """Return uvicorn's websockets; without the package ``websockets`` it has none."""
    if not find_spec("websockets"):
        return "none"
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

    return type("AnsweringWebSockets", (_Answering, WebSocketsSansIOProtocol), {})


def http_protocol() -> type[asyncio.Protocol]:
    """Return the faster one of uvicorn's protocols that can be had here, made reachable."""
    if find_spec("httptools"):
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

        return type("ReachableHttpTools", (Reachable, HttpToolsProtocol), {})
    from uvicorn.protocols.http.h11_impl import H11Protocol

    return type("ReachableH11", (Reachable, H11Protocol), {})

"""Websockets over ASGI: frames from the client to a connection, and what the world pushes back to the client."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from knock_fake.errors import framework_error
from knock_fake.gateway.call import Reply
from knock_fake.gateway.pipeline import refusal
from knock_fake.gateway.upgrades import Connecting, is_websocket_path, upgrade_call
from knock_fake.skins.asgi_disruption import response_start

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Message, Receive, Scope, Send

    from knock_fake.gateway.call import Call, Handler
    from knock_fake.gateway.upgrades import Socket

SILENCE_SECONDS = 60.0
"""How long a client may say nothing: Phoenix drops it then, and clients send a heartbeat every 30 seconds."""

_GOING_AWAY = 1001
_UNSUPPORTED_DATA = 1003
_INTERNAL_ERROR = 1011


async def serve_socket(
    handler: Handler, call: Call, scope: Scope, receive: Receive, send: Send, silence: float = SILENCE_SECONDS
) -> None:
    """Serve one websocket from its upgrade to its end.

    Args:
        handler: what it is connected to; one that takes no connections refuses it.
        call: the upgrade.
        scope: of the websocket.
        receive: from the client.
        send: to the client.
        silence: seconds of real time after which a client that says nothing is dropped.

    """
    await receive()  # the request to connect
    wake = asyncio.Event()
    if not isinstance(handler, Connecting) or not is_websocket_path(call.path):
        await send({"type": "websocket.close"})  # before it is accepted: a plain 403
        return
    answer = handler.connect(upgrade_call(call), _waking(wake))
    if isinstance(answer, Reply):
        await _refuse(answer, scope, send)
        return
    await _Pump(answer, wake, receive, send).run(silence)


def upgrade_required() -> Reply:
    """Return the answer to a call of the websocket's path that is no upgrade, or one that the server cannot take."""
    remedy = "pip install '/path/to/knock_fake[server]'"
    hint = f"this path is for websockets; a server without them needs the extra: {remedy}"
    return refusal(framework_error(426, "Upgrade Required", hint, {"upgrade": "websocket"}))


def _waking(wake: asyncio.Event) -> Callable[[], None]:
    """Return what wakes the writer from whichever thread something happens in."""
    loop = asyncio.get_running_loop()

    def call() -> None:
        with suppress(RuntimeError):  # the loop has ended, and with it the socket
            loop.call_soon_threadsafe(wake.set)

    return call


async def _refuse(reply: Reply, scope: Scope, send: Send) -> None:
    """Answer the upgrade with a reply where the server can; others send a bare 403 by themselves."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    start = response_start(reply)
    await send({**start, "type": "websocket.http.response.start"})
    await send({"type": "websocket.http.response.body", "body": reply.body})


class _Pump:
    """Carries frames both ways, until the client is gone or the connection is closed from this side."""

    def __init__(self, socket: Socket, wake: asyncio.Event, receive: Receive, send: Send) -> None:
        self._socket = socket
        self._wake = wake
        self._receive = receive
        self._send = send
        self._is_client_gone = False

    async def run(self, silence: float) -> None:
        try:
            await self._say({"type": "websocket.accept"})
            await self._carry(silence)
        finally:
            self._socket.close(_GOING_AWAY)

    async def _carry(self, silence: float) -> None:
        reading = asyncio.create_task(self._read(silence))
        try:
            await self._write()
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading

    async def _read(self, silence: float) -> None:
        """Hand over what the client says until it is gone or has fallen silent."""
        code = _GOING_AWAY
        try:
            while (text := await self._next_text(silence)) is not None:
                self._socket.receive(text)
            code = _UNSUPPORTED_DATA  # Phoenix has binary frames too, Knock's clients send none
        except TimeoutError:
            pass
        except BaseException:
            code = _INTERNAL_ERROR
            raise
        finally:
            self._socket.close(code)

    async def _next_text(self, silence: float) -> str | None:
        message = await asyncio.wait_for(self._receive(), silence)
        self._is_client_gone = message["type"] == "websocket.disconnect"
        text: str | None = message.get("text")
        return text

    async def _write(self) -> None:
        """Send what there is to send until the connection is to be closed, then close it."""
        while not self._is_client_gone:
            self._wake.clear()
            code = self._socket.close_code  # asked for first: what was pushed before the end is sent before it
            for frame in self._socket.take():
                await self._say({"type": "websocket.send", "text": frame})
            if code is not None:
                await self._say({"type": "websocket.close", "code": code})
                return
            await self._wake.wait()

    async def _say(self, message: Message) -> None:
        if not self._is_client_gone:
            with suppress(OSError):  # how servers say that the client went away meanwhile
                await self._send(message)

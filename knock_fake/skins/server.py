"""uvicorn, made to stop when it is told."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import uvicorn

from knock_fake.errors import KnockFakeError
from knock_fake.skins.connection import http_protocol, websocket_protocol

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp

# Longer than clients keep idle connections: it must never be the server that drops one just as it is reused.
_KEEP_ALIVE_SECONDS = 75
# Turns of the event loop that closed connections get to run their farewells. A handful is enough.
_FAREWELL_TURNS = 20


class Server(uvicorn.Server):
    """A server that is over within milliseconds of being asked to stop.

    uvicorn's own looks every 100 ms whether it is to stop, sleeps as long again and then waits for clients to
    let go of idle connections. This one is woken, and lets go of them itself.

    Args:
        app: what it serves.
        on_ready: called in the server's thread once connections are accepted.

    """

    def __init__(self, app: ASGIApp, on_ready: Callable[[], None]) -> None:
        super().__init__(_config(app))
        self._on_ready = on_ready
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()

    def run_on(self, listener: socket.socket) -> None:
        """Serve a bound socket in this thread until a stop is requested."""
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            self._loop = runner.get_loop()
            runner.run(self.serve(sockets=[listener]))

    def request_stop(self) -> None:
        """Ask for the end, from any thread or from a signal handler."""
        self.should_exit = True
        if self._loop is not None:
            # A loop that is closed already has nothing left to stop.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._wake.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to accept connections, then say so."""
        try:
            await super().startup(sockets)
        except SystemExit as error:
            # uvicorn's way of saying so; it would end the process of the tests.
            raise KnockFakeError("the application failed to start: uvicorn logged the reason") from error
        self._on_ready()

    async def main_loop(self) -> None:
        """Wait until a stop is requested, and do not look at the time for a date header as uvicorn does every second.

        Frozen time that goes on at each look would go on by itself, and with it the worlds that share it.
        """
        if not self.should_exit:
            await self._wake.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the socket, then every connection: politely where that is immediate, else by dropping it."""
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        for connection in list(self.server_state.connections):
            # Says goodbye to websockets (close code 1012), so that their clients know to come back.
            connection.shutdown()
        await asyncio.sleep(0)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for _ in range(_FAREWELL_TURNS):
            if not self.server_state.connections and not self.server_state.tasks:
                break
            await asyncio.sleep(0)
        await self.lifespan.shutdown()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: a thread gets none, and the foreground has its own way with them."""
        yield


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=http_protocol(),
        ws=websocket_protocol(),
        lifespan="on",
        # The journal records calls; logging belongs to the application under test.
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        # Phoenix sends no pings; it is the clients' heartbeats that keep a connection alive.
        ws_ping_interval=None,
    )


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop

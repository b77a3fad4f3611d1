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
# Turns without any, after which there are none: from accepting a connection to telling its protocol takes three.
_QUIET_TURNS = 5


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
        await self._stop_accepting()
        for listener in sockets or ():
            listener.close()
        for connection in list(self.server_state.connections):
            # Says goodbye to websockets (close code 1012), so that their clients know to come back.
            connection.shutdown()
        await asyncio.sleep(0)
        await self._drop_connections()
        await self.lifespan.shutdown()

    async def _stop_accepting(self) -> None:
        """Close what listens, once what was accepted already has become a connection.

        asyncio forgets sockets that it has accepted when their server is closed before they are its own.
        """
        loop = asyncio.get_running_loop()
        if isinstance(loop, asyncio.SelectorEventLoop):
            for listener in (one for server in self.servers for one in server.sockets):
                loop.remove_reader(listener.fileno())
            for _ in range(_QUIET_TURNS):
                await asyncio.sleep(0)
        for server in self.servers:
            server.close()

    async def _drop_connections(self) -> None:
        """Drop what is connected, and what turns up late: a connection that was just accepted takes some turns to."""
        quiet_turns = 0
        for _ in range(_FAREWELL_TURNS):
            left = list(self.server_state.connections)
            for connection in left:
                connection.transport.abort()
            quiet_turns = 0 if left or self.server_state.tasks else quiet_turns + 1
            if quiet_turns == _QUIET_TURNS:
                break
            await asyncio.sleep(0)

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

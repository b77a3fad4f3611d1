"""The fake as a server on this machine: in a thread beside tests, or in the foreground for a command line."""

from __future__ import annotations

import signal
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, Thread
from typing import TYPE_CHECKING, Self
from weakref import WeakSet

from knock_fake.errors import UsageError, framework_error
from knock_fake.gateway.call import Reply
from knock_fake.gateway.pipeline import refusal
from knock_fake.gateway.upgrades import Connecting, KeepingTime
from knock_fake.skins.asgi import create_app
from knock_fake.skins.listening import base_url, listen
from knock_fake.skins.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from socket import socket
    from types import FrameType, TracebackType

    from starlette.types import ASGIApp

    from knock_fake.gateway.call import Call, Handler
    from knock_fake.gateway.upgrades import Socket

_STOP_SECONDS = 5.0
_SERVICE_RESTART = 1012  # browser clients take it as a reason to come back


class LiveServer:
    """A server in a thread of its own, usable as a context manager.

    Args:
        handler: what answers, such as a world. Assign :attr:`handler` to have another one answer from the
            next request on.
        host: name or address to listen on.
        port: to listen on; 0 takes any free one.

    """

    def __init__(self, handler: Handler, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._relay = _Relay(handler)
        self._address = (host, port)
        self._running: _Running | None = None

    @property
    def handler(self) -> Handler:
        """What answers."""
        return self._relay.handler

    @handler.setter
    def handler(self, handler: Handler) -> None:
        self._relay.handler = handler

    @property
    def port(self) -> int:
        """The port that it listens on. Raises :class:`UsageError` unless started."""
        return self._require_running().port

    @property
    def url(self) -> str:
        """The base URL to give to SDKs, without a final slash. Raises :class:`UsageError` unless started."""
        return base_url(self._address[0], self.port)

    def start(self) -> Self:
        """Start, and return once connections are accepted.

        Raises:
            UsageError: it is started already, the port is taken or the host is none of this machine's.

        """
        if self._running is not None:
            raise UsageError(f"the server is started already, at {self.url}: call stop() first")
        self._running = _Running.begin(create_app(self._relay), *self._address)
        return self

    def stop(self) -> None:
        """Stop at once, dropping connections; return when the port is free. Does nothing if not started."""
        running, self._running = self._running, None
        if running is not None:
            running.end()

    def __enter__(self) -> Self:
        """Start, unless started already, as the server that ``KnockFake.serve()`` returns is."""
        return self if self._running is not None else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _require_running(self) -> _Running:
        if self._running is None:
            raise UsageError("the server is not started: call start(), or use it in a with statement")
        return self._running


def serve_forever(handler: Handler, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve in the foreground until SIGTERM or Ctrl-C, either of which ends it at once and in peace.

    To be called from the main thread, the only one that Python delivers signals to.

    Args:
        handler: what answers, such as a world.
        host: name or address to listen on.
        port: to listen on; 0 takes any free one.
        on_ready: called with the base URL once connections are accepted.

    Raises:
        UsageError: the port is taken or the host is none of this machine's.

    """
    with listen(host, port) as listener:
        url = base_url(host, listener.getsockname()[1])
        server = Server(create_app(handler), lambda: on_ready(url))
        with _signals_to(server.request_stop):
            server.run_on(listener)


class _Relay:
    """A handler whose place another one can take while the server runs."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._keeper = _keeper(handler)
        self._sockets: WeakSet[Socket] = WeakSet()
        self._lock = Lock()

    @property
    def handler(self) -> Handler:
        """The handler of this moment."""
        return self._handler

    @handler.setter
    def handler(self, handler: Handler) -> None:
        """Let another handler answer; websockets that the one before it had are closed, to come back to this one."""
        with self._lock:
            self._handler, self._keeper = handler, _keeper(handler)
            left, self._sockets = self._sockets, WeakSet()
        for socket in left:
            socket.close(_SERVICE_RESTART)

    def handle(self, call: Call) -> Reply:
        """Answer one call by the handler of this moment."""
        return self._handler.handle(call)

    def connect(self, call: Call, wake: Callable[[], None]) -> Socket | Reply:
        """Let a websocket in to the handler of this moment."""
        with self._lock:
            if not isinstance(self._handler, Connecting):
                return refusal(framework_error(403, "Forbidden", "what answers here takes no websockets"))
            answer = self._handler.connect(call, wake)
            if not isinstance(answer, Reply):
                self._sockets.add(answer)
            return answer

    def keep_time(self) -> bool:
        """Let happen what is due by now, and tell whether the handler of this moment keeps time."""
        return self._keeper is not None and self._keeper.keep_time()


def _keeper(handler: Handler) -> KeepingTime | None:
    """Return a handler that keeps time; asked once, because it is not cheap to ask."""
    return handler if isinstance(handler, KeepingTime) else None


@dataclass(frozen=True, slots=True)
class _Running:
    """A server, the thread it runs in, and the port it has."""

    server: Server
    thread: Thread
    port: int

    @classmethod
    def begin(cls, app: ASGIApp, host: str, port: int) -> _Running:
        """Start a server in a thread; return when it accepts connections, or raise what kept it from it."""
        listener = listen(host, port)
        port = listener.getsockname()[1]
        ready: Future[None] = Future()
        server = Server(app, lambda: ready.set_result(None))
        name = f"knock_fake server on port {port}"
        thread = Thread(target=_serve, args=(server, listener, ready), name=name, daemon=True)
        thread.start()
        ready.result()
        return cls(server, thread, port)

    def end(self) -> None:
        """Stop the server and wait for its thread."""
        self.server.request_stop()
        self.thread.join(_STOP_SECONDS)


def _serve(server: Server, listener: socket, ready: Future[None]) -> None:
    try:
        with listener:
            server.run_on(listener)
    except BaseException as error:
        if ready.done():
            raise
        ready.set_exception(error)


@contextmanager
def _signals_to(stop: Callable[[], None]) -> Iterator[None]:
    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a signal handler
        stop()

    previous = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)

"""The part of a world that is reached: by transports and clients, as an application, by intercepted calls."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Self

from knock_fake.skins.reaching import Reaching

if TYPE_CHECKING:
    from types import TracebackType
    from wsgiref.types import WSGIApplication

    from knockapi import AsyncKnock, Knock
    from starlette.types import ASGIApp

    from knock_fake.gateway.call import Call, Reply
    from knock_fake.skins.interception import Interception
    from knock_fake.skins.transport import AsyncKnockTransport, KnockTransport


class Reached(Reaching, ABC):
    """The part of a world that is reached: by transports and clients, as an application, by intercepted calls."""

    _block_network: bool
    _interceptions: list[Interception]

    @property
    @abstractmethod
    def secret_key(self) -> str:
        """A secret key that this world takes."""

    @abstractmethod
    def handle(self, call: Call) -> Reply:
        """Answer one request."""

    @abstractmethod
    def thaw(self) -> None:
        """Let go of frozen time."""

    def transport(self) -> KnockTransport:
        """Return an httpx transport that calls this world directly: no socket, thread or event loop.

        Raises:
            MissingDependencyError: httpx is not installed.
        """
        from knock_fake.skins.transport import KnockTransport

        return KnockTransport(self)

    def async_transport(self) -> AsyncKnockTransport:
        """Return the same for ``httpx.AsyncClient``.

        Raises:
            MissingDependencyError: httpx is not installed.
        """
        from knock_fake.skins.transport import AsyncKnockTransport

        return AsyncKnockTransport(self)

    def client(self, api_key: str | None = None, *, max_retries: int = 0) -> Knock:
        """Return a ``knockapi`` client that calls this world.

        Args:
            api_key: the key that it sends; the world's own when left out.
            max_retries: how often it tries again. Nothing is flaky here, unless faults make it so, and before it tries
                again the SDK sleeps, in real time.

        Raises:
            MissingDependencyError: knockapi is not installed.
        """
        from knock_fake.skins.clients import make_client

        return make_client(self, api_key or self.secret_key, max_retries)

    def async_client(self, api_key: str | None = None, *, max_retries: int = 0) -> AsyncKnock:
        """Return an ``AsyncKnock`` client that calls this world; see :meth:`client`.

        Raises:
            MissingDependencyError: knockapi is not installed.
        """
        from knock_fake.skins.clients import make_async_client

        return make_async_client(self, api_key or self.secret_key, max_retries)

    def asgi_app(self) -> ASGIApp:
        """Return an ASGI application: Knock's API with CORS for browsers, its websocket, and a page at ``/``."""
        from knock_fake.skins.asgi import create_app

        return create_app(self)

    def wsgi_app(self) -> WSGIApplication:
        """Return a WSGI application, mountable in a Flask or Django development server."""
        from knock_fake.skins.wsgi import wsgi_app

        return wsgi_app(self)

    def open(self) -> Self:
        """Begin to intercept calls to Knock in this process; ``with KnockFake():`` does it for a block."""
        from knock_fake.skins.interception import Interception

        interception = Interception()
        interception.open(self, block_network=self._block_network)
        self._interceptions.append(interception)
        return self

    def close(self) -> None:
        """Stop intercepting, and let go of frozen time; a world that is not open stays as it is."""
        self.thaw()
        if self._interceptions:
            self._interceptions.pop().close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

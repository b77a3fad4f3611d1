"""httpx transports that hand requests to a world in the same process: no socket, no thread, no event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import MissingDependencyError

try:
    import httpx
except ImportError as error:
    raise MissingDependencyError(
        "the httpx transports need the package httpx, which is not installed: pip install httpx"
    ) from error

from knock_fake.skins.httpx_answer import answer, answer_async

if TYPE_CHECKING:
    from knock_fake.gateway.call import Handler


class KnockTransport(httpx.BaseTransport):
    """A transport for ``httpx.Client`` that a handler answers.

    Args:
        handler: what answers, such as a world. Any host is answered: give the transport to clients of Knock
            only.

    """

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request. Raises nothing for anything that a client may send."""
        return answer(self.handler, request)


class AsyncKnockTransport(httpx.AsyncBaseTransport):
    """A transport for ``httpx.AsyncClient`` that a handler answers within one step of the event loop.

    Args:
        handler: what answers, such as a world.

    """

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request. Raises nothing for anything that a client may send."""
        return await answer_async(self.handler, request)

"""A handler's answers as httpx has them.

Apart from the transports, so that it can be loaded at the moment httpx itself is first imported, even when it
is the transports that import it.
"""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING

import anyio
import httpx

from knock_fake.gateway.call import Call
from knock_fake.skins.httpx_disruption import BrokenStream, raise_failure, read_timeout
from knock_fake.skins.wire import header_list, header_map, sent_body

if TYPE_CHECKING:
    from knock_fake.gateway.call import Handler, Reply


def answer(handler: Handler, request: httpx.Request) -> httpx.Response:
    """Return the handler's answer to a request of a synchronous client.

    Raises:
        httpx.TransportError: a fault keeps the answer from arriving; which error says how.
    """
    call = _call(request, request.read())
    reply = handler.handle(call)
    if reply.disruption is not None:
        if pause := reply.disruption.pause(read_timeout(request)):
            sleep(pause)
        raise_failure(reply.disruption, request)
    return _response(call, reply)


async def answer_async(handler: Handler, request: httpx.Request) -> httpx.Response:
    """Return the handler's answer to a request of an asynchronous client; see :func:`answer`."""
    call = _call(request, await request.aread())
    reply = handler.handle(call)
    if reply.disruption is not None:
        if pause := reply.disruption.pause(read_timeout(request)):
            await anyio.sleep(pause)
        raise_failure(reply.disruption, request)
    return _response(call, reply)


def _call(request: httpx.Request, body: bytes) -> Call:
    url = request.url
    path, _, query = url.raw_path.decode("ascii").partition("?")
    origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
    return Call(request.method, path, query, header_map(request.headers.raw), body, origin)


def _response(call: Call, reply: Reply) -> httpx.Response:
    if reply.disruption is not None and reply.disruption.failure == "incomplete_body":
        return httpx.Response(reply.status, headers=header_list(reply), stream=BrokenStream(call, reply))
    # A stream, as a real transport has it, is cheaper than content: httpx adds no headers and reads it once.
    stream = httpx.ByteStream(sent_body(call, reply))
    return httpx.Response(reply.status, headers=header_list(reply), stream=stream)

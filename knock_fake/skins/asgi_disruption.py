"""Answers that do not arrive in time or whole, over ASGI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from knock_fake.gateway.disruption import TIMEOUTS, Disruption
from knock_fake.skins.connection import connection_of
from knock_fake.skins.cors import CORS_HEADER_LIST
from knock_fake.skins.wire import half_of, header_list, sent_body

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

    from knock_fake.gateway.call import Call, Reply
    from knock_fake.skins.connection import Connection


class AnswerCutOffError(ConnectionResetError):
    """Raised on purpose in the middle of an answer, so that the server ends the connection there."""


def response_start(reply: Reply) -> Message:
    """Return the message that begins an answer, which web pages may read, wherever they are from."""
    return {"type": "http.response.start", "status": reply.status, "headers": header_list(reply) + CORS_HEADER_LIST}


async def act_out(call: Call, reply: Reply, scope: Scope, receive: Receive, send: Send) -> bool:
    """Let happen to an answer what its disruption says, and tell whether that was all; if not, it is still to be sent.

    The latency is waited for in real time. This project's own server breaks the connection; as it has accepted it by
    then, a refusal becomes a reset, and a connect timeout one while reading. ASGI itself has no way to send nothing:
    under any other server the reply, which stands in for none, is sent. Half a body ends in an exception there, at
    which servers close the connection.
    """
    disruption = reply.disruption or Disruption()
    if disruption.latency:
        await anyio.sleep(disruption.latency)
    connection = connection_of(scope)
    if disruption.failure == "incomplete_body":
        await send(response_start(reply))
        await send({"type": "http.response.body", "body": half_of(sent_body(call, reply)), "more_body": True})
        if connection is None:
            raise AnswerCutOffError("knock_fake cuts this answer off on purpose")
    if disruption.failure is None or connection is None:
        return False
    _break(connection, disruption)
    while (await receive())["type"] != "http.disconnect":
        pass  # the server would complain of an answer without an end while the connection is there
    return True


def _break(connection: Connection, disruption: Disruption) -> None:
    if disruption.failure in ("connection_reset", "connection_refused"):
        connection.reset()
    elif disruption.failure not in TIMEOUTS:
        connection.close()

"""A server's lifespan: while it lasts, worlds that follow the machine's time are woken when something is due."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from knock_fake.gateway.upgrades import KeepingTime

if TYPE_CHECKING:
    from starlette.types import Receive, Send

    from knock_fake.gateway.call import Handler

_LOOK_SECONDS = 0.05
_IDLE_SECONDS = 1.0


async def live(handler: Handler, receive: Receive, send: Send) -> None:
    """Take part in a server's lifespan.

    Args:
        handler: what answers; one that keeps no time needs no waking.
        receive: what the server says.
        send: that it was heard.

    """
    await receive()
    keeping = asyncio.create_task(_keep_time(handler)) if isinstance(handler, KeepingTime) else None
    await send({"type": "lifespan.startup.complete"})
    await receive()
    if keeping is not None:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
    await send({"type": "lifespan.shutdown.complete"})


async def _keep_time(handler: KeepingTime) -> None:
    """Wake worlds that follow the machine's time, for as long as it is not cancelled.

    To look twenty times a second takes a fraction of a percent of one core, and sees timers wherever they were set: by
    a call, by another thread. Worlds whose time is moved by hand are let alone.
    """
    loop = asyncio.get_running_loop()
    while True:
        is_real = False
        try:
            is_real = handler.keep_time()
        except Exception as error:
            # The next call meets it as well, and has somebody to tell; the server goes on.
            loop.call_exception_handler({"message": "knock_fake: what was due has failed", "exception": error})
        await asyncio.sleep(_LOOK_SECONDS if is_real else _IDLE_SECONDS)

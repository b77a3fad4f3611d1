"""The part of a world that reaches out of it: to real endpoints, applications of this process, the machine's time."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from knock_fake.core import Machine

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from knock_fake.core import Core
    from knock_fake.responders import Answer, HttpRequest
    from knock_fake.responders.outside import Letter, Sending
    from knock_fake.responders.turns import HttpAnswering
    from knock_fake.skins.posting import Post


class Reaching:
    """The part of a world that reaches out of it; what it can do is handed to the core, which does no I/O."""

    _core: Core
    _lock: AbstractContextManager[object]
    _block_network: bool

    @cached_property
    def _post(self) -> Post:
        from knock_fake.skins.outbound import ask
        from knock_fake.skins.posting import Post

        ask_real = partial(ask, block_network=self._block_network)
        return Post(self._lock, ask_real, lambda: self._core.clock.catch_up())

    def _post_outside(self, url: str, letter: Letter) -> None:
        """Have a real endpoint asked meanwhile, for as long as this world is not reset."""
        self._post.send(url, partial(self._write, self._core, letter))

    def _write(self, core: Core, letter: Letter) -> Sending | None:
        sending = letter() if self._core is core else None
        if sending is None:
            return None
        request, receive = sending
        return request, lambda answer: receive(answer) if self._core is core else None

    def _ask_outside(self, request: HttpRequest) -> Answer:
        """Ask a real endpoint and wait. One that is told of an event may call this world before it answers."""
        from knock_fake.skins.lending import lent
        from knock_fake.skins.outbound import ask

        asking = partial(ask, request, block_network=self._block_network)
        return lent(self._lock, asking) if request.kind == "endpoint" else asking()

    def _machine(self) -> Machine:
        lock = self._lock  # and not this world: a snapshot follows what the core holds

        def let_answer(app: object) -> HttpAnswering:
            from knock_fake.skins.receiving import answering

            return answering(app, lock)

        return Machine(_machine_time, let_answer)


def _machine_time() -> datetime:
    from knock_fake.skins.wall_clock import machine_time

    return machine_time()

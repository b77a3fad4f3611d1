"""The part of a world that tells applications of what happens."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from knock_fake.asking.collection import Collection
    from knock_fake.core import Core
    from knock_fake.responders import Answer, HttpRequest
    from knock_fake.responders.outside import Letter, Sending
    from knock_fake.skins.posting import Post
    from knock_fake.state.webhooks import WebhookDelivery
    from knock_fake.webhooks.deliveries import Delivery
    from knock_fake.webhooks.registry import Webhooks


class Telling:
    """The part of a world that tells applications of what happens."""

    _core: Core
    _lock: AbstractContextManager[object]
    _block_network: bool

    def _resume(self) -> None:
        """Let a world that was loaded, or went back, go on to tell its endpoints."""
        from knock_fake.webhooks.courier import ask_again
        from knock_fake.webhooks.listening import listen

        if self._core.state.webhooks.is_used:
            listen(self._core)
            ask_again(self._core)

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

    @property
    def webhooks(self) -> Webhooks:
        """Outbound webhooks; ``webhooks.add("https://app.test/hooks", ["message.sent"])`` lets an endpoint be told."""
        from knock_fake.webhooks.registry import Webhooks

        return Webhooks(self._core, self._lock)

    @property
    def webhook_deliveries(self) -> Collection[WebhookDelivery, Delivery]:
        """What was sent to endpoints, or is about to be; the same as ``webhooks.deliveries``."""
        return self.webhooks.deliveries

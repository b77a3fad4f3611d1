"""The part of a world that tells applications of what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from knock_fake.asking.collection import Collection
    from knock_fake.core import Core
    from knock_fake.state.webhooks import WebhookDelivery
    from knock_fake.webhooks.deliveries import Delivery
    from knock_fake.webhooks.registry import Webhooks


class Telling:
    """The part of a world that tells applications of what happens."""

    _core: Core
    _lock: AbstractContextManager[object]

    def _resume(self) -> None:
        """Let a world that was loaded, or went back, go on to tell its endpoints."""
        from knock_fake.webhooks.courier import ask_again
        from knock_fake.webhooks.listening import listen

        if self._core.state.webhooks.is_used:
            listen(self._core)
            ask_again(self._core)

    @property
    def webhooks(self) -> Webhooks:
        """Outbound webhooks; ``webhooks.add("https://app.test/hooks", ["message.sent"])`` lets an endpoint be told."""
        from knock_fake.webhooks.registry import Webhooks

        return Webhooks(self._core, self._lock)

    @property
    def webhook_deliveries(self) -> Collection[WebhookDelivery, Delivery]:
        """What was sent to endpoints, or is about to be; the same as ``webhooks.deliveries``."""
        return self.webhooks.deliveries

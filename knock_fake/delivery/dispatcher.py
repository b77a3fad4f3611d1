"""Carries enqueued messages through their delivery statuses, each change a timer on the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knock_fake.clock import VirtualClock
    from knock_fake.identifiers import Identifiers
    from knock_fake.state.messages import DeliveryStatus, Message, MessageStore

GOOD_DAY: dict[str, tuple[DeliveryStatus, ...]] = {
    "email": ("queued", "sent", "delivered"),
    "sms": ("queued", "sent", "delivered"),
    "push": ("queued", "sent"),
    "chat": ("queued", "sent"),
    "in_app_feed": ("queued", "delivered"),
    "http": ("queued", "delivered"),
}
"""The statuses that a message passes by channel type when nothing goes wrong.

Push and chat stop at ``sent``, in-app feeds skip it (Knock's docs on message statuses); that email and SMS providers
confirm delivery at once is our choice.
"""

SANDBOXED: tuple[DeliveryStatus, ...] = ("queued", "not_sent")
"""The statuses of a message that is generated but not handed to any provider."""

_NOW = timedelta(0)
_REACHED_PROVIDER = frozenset({"sent", "delivered"})


class Dispatcher:
    """Delivers messages according to the default plan of their channel."""

    def __init__(self, clock: VirtualClock, identifiers: Identifiers, messages: MessageStore) -> None:
        self._clock = clock
        self._identifiers = identifiers
        self._messages = messages

    def enqueue(self, message: Message, *, sandbox: bool) -> None:
        """Start a new message on its way; in-app feeds have no provider and therefore no sandbox."""
        in_sandbox = (sandbox or message.channel.is_sandbox) and not message.is_feed_item
        self._plan(message, SANDBOXED if in_sandbox else GOOD_DAY[message.channel.type])

    def _plan(self, message: Message, statuses: tuple[DeliveryStatus, ...]) -> None:
        status, *rest = statuses
        label = f"message {status}: {message.source.key}/{message.source.step_ref} to {message.recipient}"

        def change() -> None:
            self._change(message, status)
            if rest:
                self._plan(message, tuple(rest))

        self._clock.call_later(_NOW, change, label)

    def _change(self, message: Message, status: DeliveryStatus) -> None:
        if self._messages.get(message.id) is not message:
            return  # its recipient was deleted meanwhile
        if status in _REACHED_PROVIDER and not message.delivery_logs and not message.is_feed_item:
            self._messages.log_delivery(message, 200)
            message.metadata = {"external_id": self._identifiers.uuid(message.sequence, b"external")}
        self._messages.set_status(message, status)

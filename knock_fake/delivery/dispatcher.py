"""Carries enqueued messages through their delivery statuses, each change a timer on the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from knock_fake.delivery.providers import fatal_url_problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.clock import VirtualClock
    from knock_fake.json_types import JsonObject
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

MAX_ATTEMPTS = 8
"""How often a provider is tried (Knock's docs on delivering notifications)."""

_NOW = timedelta(0)
_REACHED_PROVIDER = frozenset({"sent", "delivered"})


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One delivery status that a message will take, with the data of its event."""

    status: DeliveryStatus
    data: JsonObject | None = None


class Dispatcher:
    """Delivers messages according to the default plan of their channel."""

    def __init__(self, clock: VirtualClock, messages: MessageStore) -> None:
        self._clock = clock
        self._messages = messages

    def enqueue(self, message: Message, *, sandbox: bool) -> None:
        """Start a new message on its way; in-app feeds have no provider and therefore no sandbox."""
        in_sandbox = (sandbox or message.channel.is_sandbox) and not message.is_feed_item
        self._plan(message, _statuses(message, in_sandbox=in_sandbox))

    def _plan(self, message: Message, changes: Sequence[StatusChange]) -> None:
        change, *rest = changes
        label = f"message {change.status}: {message.source.key}/{message.source.step_ref} to {message.recipient}"

        def happen() -> None:
            self._change(message, change)
            if rest:
                self._plan(message, rest)

        self._clock.call_later(_NOW, happen, label)

    def _change(self, message: Message, change: StatusChange) -> None:
        if self._messages.get(message.id) is not message:
            return  # its recipient was deleted meanwhile
        if change.status in _REACHED_PROVIDER and not message.delivery_logs and not message.is_feed_item:
            self._messages.accept(message, 200)
        self._messages.set_status(message, change.status, change.data)


def _statuses(message: Message, *, in_sandbox: bool) -> Sequence[StatusChange]:
    if in_sandbox:
        return _plain(SANDBOXED)
    problem = fatal_url_problem(str(message.content["url"])) if message.channel.type == "http" else None
    if problem is None:
        return _plain(GOOD_DAY[message.channel.type])
    return (
        StatusChange("queued"),
        StatusChange("delivery_attempted", {"attempt": 1, "max_attempts": MAX_ATTEMPTS, "retryable": False}),
        StatusChange("undelivered", {"failure_reason": "fatal_error", "failure_details": problem}),
    )


@cache
def _plain(statuses: tuple[DeliveryStatus, ...]) -> tuple[StatusChange, ...]:
    return tuple(StatusChange(status) for status in statuses)

"""What recipients do with messages: seen, read, interacted, archived, and taking it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.state.message_store import MessageStore
    from knock_fake.state.messages import Engagement, Message

_READ_BY_CLICK = ("sms", "chat")


def engage(messages: MessageStore, message: Message, engagement: Engagement, data: JsonObject | None) -> None:
    """Mark a message. Interacting also reads it (Knock's browser client and samples); nothing else implies more."""
    messages.mark(message, engagement, data)
    if engagement == "interacted" and message.read_at is None:
        messages.mark(message, "read")


def follow_link(messages: MessageStore, message: Message, url: str) -> None:
    """Record a click on a tracked link; on SMS and chat it reads the message, too (Knock's docs on tracking)."""
    messages.mark(message, "link_clicked", {"url": url})
    if message.channel.type in _READ_BY_CLICK and message.read_at is None:
        messages.mark(message, "read")


def disengage(messages: MessageStore, message: Message, engagement: Engagement) -> None:
    """Take a mark back; taking back what is not there changes nothing and records no event (our choice)."""
    if message.engaged_at(engagement) is not None:
        messages.unmark(message, engagement)

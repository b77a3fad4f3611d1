"""Messages, as a test asks about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.asking.collection import Collection, Kind
from knock_fake.asking.message import Message
from knock_fake.asking.unsent import why_unsent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from knock_fake.core import Core
    from knock_fake.fitting import Filters
    from knock_fake.state import messages as records

_FACTS: dict[str, Callable[[records.Message], object]] = {
    "id": lambda message: message.id,
    "channel": lambda message: message.channel.key,
    "channel_type": lambda message: message.channel.type,
    "recipient": lambda message: message.recipient,
    "actors": lambda message: message.actors,
    "tenant": lambda message: message.tenant,
    "workflow": lambda message: message.source.key if message.source.type == "workflow" else None,
    "step_ref": lambda message: message.source.step_ref,
    "workflow_run_id": lambda message: message.workflow_run_id,
    "workflow_recipient_run_id": lambda message: message.workflow_recipient_run_id,
    "data": lambda message: message.data,
    "content": lambda message: message.content,
    "status": lambda message: message.status,
    "engagements": lambda message: message.engagements,
    "events": lambda message: tuple(event.type for event in message.events),
    "metadata": lambda message: message.metadata,
    "inserted_at": lambda message: message.inserted_at,
    "scheduled_at": lambda message: message.scheduled_at,
}
"""What a message can be asked for; ``events`` by their types, ``channel`` by its key."""


class Messages(Collection["records.Message", Message]):
    """The messages of a world.

    Args:
        kind: what can be asked of them.
        find: returns the record with an id.
    """

    def __init__(self, kind: Kind[records.Message, Message], find: Callable[[str], records.Message | None]) -> None:
        super().__init__(kind)
        self._find = find

    def get(self, message_id: str) -> Message | None:
        """Return the message with this id."""
        record = self._find(message_id)
        return None if record is None else self._kind.show(record)


def ask_messages(core: Core, lock: AbstractContextManager[object] | None = None) -> Messages:
    """Return the messages of a world; the lock is held by their verbs."""

    def show(record: records.Message) -> Message:
        return Message(core, record, lock)

    def why(filters: Filters) -> Sequence[str]:
        return why_unsent(core.state.runs, filters)

    kind = Kind("message", lambda: [*core.state.messages], _FACTS, show, lambda one: repr(show(one)), why)
    return Messages(kind, core.state.messages.get)

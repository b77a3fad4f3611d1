"""The store of messages: the one place where they are written to."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import timedelta
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING

from knock_fake.signals import MessageEventRecorded
from knock_fake.state.index import Index, by_sequence
from knock_fake.state.interner import Interner
from knock_fake.state.messages import Attempted, Happened
from knock_fake.state.packed import pack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from knock_fake.clock import VirtualClock
    from knock_fake.identifiers import Identifiers
    from knock_fake.json_types import JsonObject
    from knock_fake.signals import Signals
    from knock_fake.state.messages import DeliveryStatus, Engagement, Message
    from knock_fake.state.references import Reference

_FEED_STEP = timedelta(milliseconds=1)
_by_insertion = attrgetter("inserted_at")


class MessageStore:
    """All messages of a world, in order of creation, with an index for everything that lists name."""

    def __init__(self, clock: VirtualClock, identifiers: Identifiers, signals: Signals) -> None:
        self._clock = clock
        self._identifiers = identifiers
        self._signals = signals
        self._interner = Interner()
        self._by_id: dict[str, Message] = {}
        self._all: list[Message] = []
        self._by_recipient: Index[Reference, Message] = Index()
        self._by_feed: Index[tuple[Reference, str], Message] = Index()
        self._by_channel: Index[str, Message] = Index()
        self._by_workflow: Index[str, Message] = Index()
        self._by_tenant: Index[str | None, Message] = Index()

    def __iter__(self) -> Iterator[Message]:
        return iter([*self._all])  # of this moment: another thread may trigger meanwhile

    def __len__(self) -> int:
        return len(self._all)

    def get(self, message_id: str) -> Message | None:
        """Return the message with this id."""
        return self._by_id.get(message_id)

    def all(self) -> Sequence[Message]:
        """Return every message in order of creation."""
        return self._all

    def last_before(self, instant: datetime) -> int | None:
        """Return the place of the last message made at or before an instant, ``None`` when there is none."""
        count = bisect_right(self._all, instant, key=_by_insertion)
        return self._all[count - 1].sequence if count else None

    def of_recipient(self, reference: Reference) -> Sequence[Message]:
        """Return a recipient's messages in order of creation."""
        return self._by_recipient.of(reference)

    def of_feed(self, reference: Reference, channel_id: str) -> Sequence[Message]:
        """Return the items of one recipient's feed on one channel in order of creation."""
        return self._by_feed.of((reference, channel_id))

    def of_channel(self, channel_id: str) -> Sequence[Message]:
        """Return a channel's messages in order of creation."""
        return self._by_channel.of(channel_id)

    def of_workflow(self, key: str) -> Sequence[Message]:
        """Return a workflow's messages in order of creation."""
        return self._by_workflow.of(key)

    def of_tenant(self, tenant: str | None) -> Sequence[Message]:
        """Return a tenant's messages, or with ``None`` those without one, in order of creation."""
        return self._by_tenant.of(tenant)

    def insert(self, message: Message) -> None:
        """Remember a new message and record its creation; an item joins its feed when it is delivered."""
        message.source = self._interner.intern(message.source)
        message.packed_snapshot = self._interner.intern(message.packed_snapshot)
        self._by_id[message.id] = message
        self._all.append(message)
        self._by_recipient.append(message.recipient, message)
        self._by_channel.append(message.channel.id, message)
        self._by_workflow.append(message.source.key, message)
        self._by_tenant.append(message.tenant, message)
        self.record(message, "created")

    def record(self, message: Message, type_: str, data: JsonObject | None = None) -> None:
        """Append an event to the message's history."""
        now = self._clock.now
        happened = Happened(type_, now - message.inserted_at, pack(data))
        message.history = self._interner.intern_history((*message.history, happened))
        self._signals.send(MessageEventRecorded(now, message.id, type_, data))

    def set_status(self, message: Message, status: DeliveryStatus, data: JsonObject | None = None) -> None:
        """Give the message a delivery status and record the event; an item that is delivered shows in its feed."""
        showed = message.shows_in_feed
        message.status = status
        if message.shows_in_feed and not showed:
            self._join_feed(message)
        self._touch(message)
        self.record(message, status, data)

    def _join_feed(self, item: Message) -> None:
        """Let an item show in its feed, at its place by creation.

        Knock's browser client sorts a feed by milliseconds only, so items of one feed must not share one: where a feed
        shows them, an item made no later than its predecessor is put one millisecond after it.
        """
        self._by_feed.insert((item.recipient, item.channel.id), item)
        feed = self.of_feed(item.recipient, item.channel.id)
        _spread(feed[-2:] if feed[-1] is item else feed)

    def log_attempt(self, message: Message, response_status: int, body: JsonObject | str | None = None) -> None:
        """Record an attempt to hand the message to its provider."""
        attempted = Attempted(response_status, self._clock.now - message.inserted_at, pack(body))
        message.attempts = self._interner.intern_history((*message.attempts, attempted))

    def accept(self, message: Message) -> None:
        """Record that the provider took the message, and the id that it has there."""
        message.is_accepted = True

    def mark(self, message: Message, engagement: Engagement, data: JsonObject | None = None) -> None:
        """Record that the recipient saw, read, ... the message; again moves the instant (our choice)."""
        message.marks = message.marks._replace(**{engagement: self._clock.now})
        self._touch(message)
        self.record(message, engagement, data)

    def unmark(self, message: Message, engagement: Engagement) -> None:
        """Take a mark back. ``interacted`` has no event for it in Knock's vocabulary."""
        message.marks = message.marks._replace(**{engagement: None})
        self._touch(message)
        if engagement != "interacted":
            self.record(message, f"un{engagement}")

    def _touch(self, message: Message) -> None:
        message.updated_at = self._clock.now

    def delete_of(self, reference: Reference) -> None:
        """Forget every message of a recipient."""
        for message in [*self.of_recipient(reference)]:
            self.delete(message)

    def delete(self, message: Message) -> None:
        """Forget one message."""
        self._leave(message)
        del self._by_id[message.id]
        del self._all[bisect_left(self._all, message.sequence, key=by_sequence)]
        self._by_channel.remove(message.channel.id, message)
        self._by_workflow.remove(message.source.key, message)
        self._by_tenant.remove(message.tenant, message)

    def move(self, source: Reference, target: Reference, since: datetime) -> None:
        """Give the messages of ``source`` made at or after ``since`` to ``target``, in their old order.

        The items of a feed that got some are spread anew, since two feeds may have shared a millisecond.
        """
        moved = [message for message in self.of_recipient(source) if message.inserted_at >= since]
        for message in moved:
            self._leave(message)
            message.recipient = target
            message.told = None if message.told is None else message.told.given_to(target)
            self._by_recipient.insert(target, message)
            if message.shows_in_feed:
                self._by_feed.insert((target, message.channel.id), message)
        for channel_id in {message.channel.id for message in moved}:
            _spread(self.of_feed(target, channel_id))

    def _leave(self, message: Message) -> None:
        """Take a message out of what is its recipient's."""
        self._by_recipient.remove(message.recipient, message)
        if message.shows_in_feed:
            self._by_feed.remove((message.recipient, message.channel.id), message)


def _spread(feed: Sequence[Message]) -> None:
    """Put every item that was made no later than its predecessor one millisecond after it."""
    for earlier, item in pairwise(feed):
        item.feed_at = max(item.inserted_at, (earlier.feed_at or earlier.inserted_at) + _FEED_STEP)

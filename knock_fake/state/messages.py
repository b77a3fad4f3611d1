"""Messages: what a channel step made for one recipient, and all that became of it."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from knock_fake.clock import VirtualClock
    from knock_fake.identifiers import Identifiers
    from knock_fake.json_types import JsonObject
    from knock_fake.state.channels import Channel
    from knock_fake.state.references import Reference

Engagement = Literal["seen", "read", "interacted", "link_clicked", "archived"]
DeliveryStatus = Literal["queued", "sent", "delivered", "delivery_attempted", "undelivered", "bounced", "not_sent"]

ENGAGEMENTS: tuple[Engagement, ...] = ("seen", "read", "interacted", "link_clicked", "archived")
"""The engagement statuses in the order in which Knock lists them."""

_FEED_STEP = timedelta(milliseconds=1)
_by_sequence = attrgetter("sequence")


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """One thing that happened to a message; ``type`` is without the ``message.`` that Knock puts before it."""

    sequence: int
    type: str
    data: JsonObject | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Activity:
    """One trigger as a message tells of it; a message has several after a batch."""

    sequence: int
    actor: Reference | None
    recipient: Reference
    data: JsonObject
    at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryLog:
    """One attempt to hand a message to its provider, with the status that the provider answered."""

    sequence: int
    attempt: int
    response_status: int
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageSource:
    """What made a message: workflow, version, step and run."""

    key: str
    version_id: str
    categories: tuple[str, ...]
    step_ref: str
    workflow_run_id: str
    workflow_recipient_run_id: str


@dataclass(slots=True)
class Message:
    """One message.

    ``content`` is the rendered content by channel type, ``data`` the trigger data of its time, ``created`` the
    clock's instant of creation; ``inserted_at`` is the same, except that items of one feed made in the same
    millisecond are spread one millisecond apart (see :meth:`MessageStore.insert`).
    """

    id: str
    sequence: int
    channel: Channel
    recipient: Reference
    tenant: str | None
    actors: tuple[Reference, ...]
    source: MessageSource
    data: JsonObject
    content: JsonObject
    activities: tuple[Activity, ...]
    created: datetime
    inserted_at: datetime
    updated_at: datetime
    recipient_snapshot: JsonObject | None = None
    metadata: JsonObject | None = None
    scheduled_at: datetime | None = None
    status: DeliveryStatus = "queued"
    seen_at: datetime | None = None
    read_at: datetime | None = None
    interacted_at: datetime | None = None
    link_clicked_at: datetime | None = None
    archived_at: datetime | None = None
    events: list[MessageEvent] = field(default_factory=list)
    delivery_logs: list[DeliveryLog] = field(default_factory=list)

    def engaged_at(self, engagement: Engagement) -> datetime | None:
        """Return when the recipient last did this, or ``None``."""
        at: datetime | None = getattr(self, f"{engagement}_at")
        return at

    @property
    def engagements(self) -> frozenset[Engagement]:
        """Return everything that the recipient has done with the message and not taken back."""
        return frozenset(one for one in ENGAGEMENTS if self.engaged_at(one) is not None)

    @property
    def is_feed_item(self) -> bool:
        """Whether the message shows in an in-app feed."""
        return self.channel.type == "in_app_feed"


class MessageStore:
    """All messages of a world, in order of creation, with an index for everything that lists name."""

    def __init__(self, clock: VirtualClock, identifiers: Identifiers) -> None:
        self._clock = clock
        self._identifiers = identifiers
        self._by_id: dict[str, Message] = {}
        self._all: list[Message] = []
        self._by_recipient: dict[Reference, list[Message]] = {}
        self._by_feed: dict[tuple[Reference, str], list[Message]] = {}
        self._by_channel: dict[str, list[Message]] = {}
        self._by_workflow: dict[str, list[Message]] = {}
        self._by_tenant: dict[str | None, list[Message]] = {}

    def __iter__(self) -> Iterator[Message]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def get(self, message_id: str) -> Message | None:
        """Return the message with this id."""
        return self._by_id.get(message_id)

    def all(self) -> Sequence[Message]:
        """Return every message in order of creation."""
        return self._all

    def of_recipient(self, reference: Reference) -> Sequence[Message]:
        """Return a recipient's messages in order of creation."""
        return self._by_recipient.get(reference, ())

    def of_feed(self, reference: Reference, channel_id: str) -> Sequence[Message]:
        """Return the items of one recipient's feed on one channel in order of creation."""
        return self._by_feed.get((reference, channel_id), ())

    def of_channel(self, channel_id: str) -> Sequence[Message]:
        """Return a channel's messages in order of creation."""
        return self._by_channel.get(channel_id, ())

    def of_workflow(self, key: str) -> Sequence[Message]:
        """Return a workflow's messages in order of creation."""
        return self._by_workflow.get(key, ())

    def of_tenant(self, tenant: str | None) -> Sequence[Message]:
        """Return a tenant's messages, or with ``None`` those without one, in order of creation."""
        return self._by_tenant.get(tenant, ())

    def insert(self, message: Message) -> None:
        """Remember a new message and record its creation.

        Knock's browser client sorts a feed by milliseconds only, so items of one feed must not share one: an item
        made no later than its predecessor is put one millisecond after it.
        """
        if message.is_feed_item:
            feed = self._by_feed.setdefault((message.recipient, message.channel.id), [])
            if feed and message.inserted_at < feed[-1].inserted_at + _FEED_STEP:
                message.inserted_at = message.updated_at = feed[-1].inserted_at + _FEED_STEP
            feed.append(message)
        self._by_id[message.id] = message
        for index in self._indexes(message):
            index.append(message)
        self.record(message, "created")

    def _indexes(self, message: Message) -> tuple[list[Message], ...]:
        return (
            self._all,
            self._by_recipient.setdefault(message.recipient, []),
            self._by_channel.setdefault(message.channel.id, []),
            self._by_workflow.setdefault(message.source.key, []),
            self._by_tenant.setdefault(message.tenant, []),
        )

    def record(self, message: Message, type_: str, data: JsonObject | None = None) -> None:
        """Append an event to the message's history."""
        event = MessageEvent(self._identifiers.next_sequence(), type_, data, self._clock.now)
        message.events.append(event)

    def set_status(self, message: Message, status: DeliveryStatus, data: JsonObject | None = None) -> None:
        """Give the message a delivery status and record the event."""
        message.status = status
        self._touch(message)
        self.record(message, status, data)

    def log_delivery(self, message: Message, response_status: int) -> None:
        """Record one attempt to hand the message to its provider."""
        sequence = self._identifiers.next_sequence()
        attempt = len(message.delivery_logs) + 1
        message.delivery_logs.append(DeliveryLog(sequence, attempt, response_status, self._clock.now))

    def mark(self, message: Message, engagement: Engagement, data: JsonObject | None = None) -> None:
        """Record that the recipient saw, read, ... the message; again moves the instant (our choice)."""
        setattr(message, f"{engagement}_at", self._clock.now)
        self._touch(message)
        self.record(message, engagement, data)

    def unmark(self, message: Message, engagement: Engagement) -> None:
        """Take a mark back. ``interacted`` has no event for it in Knock's vocabulary."""
        setattr(message, f"{engagement}_at", None)
        self._touch(message)
        if engagement != "interacted":
            self.record(message, f"un{engagement}")

    def _touch(self, message: Message) -> None:
        message.updated_at = max(self._clock.now, message.inserted_at)

    def delete_of(self, reference: Reference) -> None:
        """Forget every message of a recipient."""
        for message in [*self.of_recipient(reference)]:
            self._remove(message)

    def move(self, source: Reference, target: Reference, since: datetime) -> None:
        """Give the messages of ``source`` made at or after ``since`` to ``target``, in their old order."""
        for message in [*self.of_recipient(source)]:
            if message.created >= since:
                self._remove(message)
                message.recipient = target
                message.activities = tuple(replace(one, recipient=target) for one in message.activities)
                self._reinsert(message)

    def _remove(self, message: Message) -> None:
        del self._by_id[message.id]
        feed = self._by_feed.get((message.recipient, message.channel.id), [])
        for index in (*self._indexes(message), *([feed] if message.is_feed_item else [])):
            del index[bisect_left(index, message.sequence, key=_by_sequence)]

    def _reinsert(self, message: Message) -> None:
        self._by_id[message.id] = message
        indexes = self._indexes(message)
        if message.is_feed_item:
            indexes += (self._by_feed.setdefault((message.recipient, message.channel.id), []),)
        for index in indexes:
            index.insert(bisect_left(index, message.sequence, key=_by_sequence), message)

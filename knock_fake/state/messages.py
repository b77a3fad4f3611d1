"""Messages: what a channel step made for one recipient, and all that became of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, Literal, get_args

from knock_fake.signals import MessageEventRecorded
from knock_fake.state.delivery_options import DEFAULT_OPTIONS
from knock_fake.state.index import Index, by_sequence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from knock_fake.clock import VirtualClock
    from knock_fake.identifiers import Identifiers
    from knock_fake.json_types import JsonObject
    from knock_fake.signals import Signals
    from knock_fake.state.activities import Activity
    from knock_fake.state.channels import Channel
    from knock_fake.state.delivery_options import DeliveryOptions
    from knock_fake.state.references import Reference

Engagement = Literal["seen", "read", "interacted", "link_clicked", "archived"]
SourceType = Literal["workflow", "broadcast", "guide"]
DeliveryStatus = Literal["queued", "sent", "delivered", "delivery_attempted", "undelivered", "bounced", "not_sent"]

DELIVERY_STATUSES: tuple[DeliveryStatus, ...] = get_args(DeliveryStatus)
"""The delivery statuses."""

ENGAGEMENTS: tuple[Engagement, ...] = ("seen", "read", "interacted", "link_clicked", "archived")
"""The engagement statuses in the order in which Knock lists them."""

_FEED_STEP = timedelta(milliseconds=1)
_by_insertion = attrgetter("inserted_at")


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """One thing that happened to a message; ``type`` is without the ``message.`` that Knock puts before it."""

    sequence: int
    type: str
    data: JsonObject | None
    at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryLog:
    """One attempt to hand a message to its provider, with what the provider answered.

    ``response_status`` is 0 when nobody answered (our choice). ``response_body`` is ``None`` for an answer that only
    says whether all went well.
    """

    sequence: int
    attempt: int
    response_status: int
    at: datetime
    response_body: JsonObject | str | None = None


@dataclass(frozen=True, slots=True)
class MessageSource:
    """What made a message: a workflow or a guide, its version, its step, and the run that only workflows have."""

    key: str
    version_id: str
    categories: tuple[str, ...]
    step_ref: str
    workflow_run_id: str | None
    workflow_recipient_run_id: str | None
    type: SourceType = "workflow"


@dataclass(slots=True)
class Message:
    """One message.

    ``content`` is the rendered content by channel type, ``data`` the trigger data of its time. ``activities`` are the
    triggers that it tells of, after a batch the rendered ones only, while the totals count all of them. ``feed_at`` is
    the instant that an item's feed shows for ``inserted_at`` (see :meth:`MessageStore.set_status`). ``variables`` are
    those that an item was rendered with, kept where its texts are translated, so that a feed can show it in another
    locale.
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
    inserted_at: datetime
    updated_at: datetime
    total_activities: int = 0
    total_actors: int = 0
    feed_at: datetime | None = None
    recipient_snapshot: JsonObject | None = None
    metadata: JsonObject | None = None
    scheduled_at: datetime | None = None
    status: DeliveryStatus = "queued"
    seen_at: datetime | None = None
    read_at: datetime | None = None
    interacted_at: datetime | None = None
    link_clicked_at: datetime | None = None
    archived_at: datetime | None = None
    options: DeliveryOptions = DEFAULT_OPTIONS
    variables: JsonObject | None = None
    events: tuple[MessageEvent, ...] = ()
    delivery_logs: tuple[DeliveryLog, ...] = ()

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
        """Whether the message is one of an in-app feed."""
        return self.channel.type == "in_app_feed"

    @property
    def shows_in_feed(self) -> bool:
        """Whether the message is one of an in-app feed and has been delivered, so that it shows there."""
        return self.is_feed_item and self.status == "delivered"


class MessageStore:
    """All messages of a world, in order of creation, with an index for everything that lists name."""

    def __init__(self, clock: VirtualClock, identifiers: Identifiers, signals: Signals) -> None:
        self._clock = clock
        self._identifiers = identifiers
        self._signals = signals
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
        self._by_id[message.id] = message
        self._all.append(message)
        self._by_recipient.append(message.recipient, message)
        self._by_channel.append(message.channel.id, message)
        self._by_workflow.append(message.source.key, message)
        self._by_tenant.append(message.tenant, message)
        self.record(message, "created")

    def record(self, message: Message, type_: str, data: JsonObject | None = None) -> None:
        """Append an event to the message's history."""
        event = MessageEvent(self._identifiers.next_sequence(), type_, data, self._clock.now)
        message.events = (*message.events, event)
        self._signals.send(MessageEventRecorded(event.at, message.id, type_, data))

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
        sequence = self._identifiers.next_sequence()
        log = DeliveryLog(sequence, len(message.delivery_logs) + 1, response_status, self._clock.now, body)
        message.delivery_logs = (*message.delivery_logs, log)

    def accept(self, message: Message) -> None:
        """Record that the provider took the message, and the id that it has there."""
        message.metadata = {"external_id": self._identifiers.uuid(message.sequence, b"external")}

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
            message.activities = tuple(replace(one, recipient=target) for one in message.activities)
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

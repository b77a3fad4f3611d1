"""Messages: what a channel step made for one recipient, and all that became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from knock_fake.state.delivery_options import DEFAULT_OPTIONS
from knock_fake.state.packed import unpack, unpack_any, unpack_optional

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.activities import Activity, Digest
    from knock_fake.state.channels import Channel
    from knock_fake.state.delivery_options import DeliveryOptions
    from knock_fake.state.packed import Packed
    from knock_fake.state.references import Reference
    from knock_fake.state.runs import Run

Engagement = Literal["seen", "read", "interacted", "link_clicked", "archived"]
SourceType = Literal["workflow", "broadcast", "guide"]
DeliveryStatus = Literal["queued", "sent", "delivered", "delivery_attempted", "undelivered", "bounced", "not_sent"]

DELIVERY_STATUSES: tuple[DeliveryStatus, ...] = get_args(DeliveryStatus)
"""The delivery statuses."""

ENGAGEMENTS: tuple[Engagement, ...] = ("seen", "read", "interacted", "link_clicked", "archived")
"""The engagement statuses in the order in which Knock lists them."""

MAX_ACTORS = 10
"""A message names at most this many actors (Knock's API reference)."""


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """One thing that happened to a message; ``type`` is without the ``message.`` that Knock puts before it.

    ``sequence`` is its place among the events of the message, from 1.
    """

    sequence: int
    type: str
    data: JsonObject | None
    at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryLog:
    """One attempt to hand a message to its provider, with what the provider answered.

    ``attempt`` counts from 1. ``response_status`` is 0 when nobody answered (our choice). ``response_body`` is
    ``None`` for an answer that only says whether all went well.
    """

    attempt: int
    response_status: int
    at: datetime
    response_body: Json = None

    @property
    def sequence(self) -> int:
        """Its place among the attempts of the message."""
        return self.attempt


@dataclass(frozen=True, slots=True)
class MessageSource:
    """What made a message: a workflow or a guide, its version and its step."""

    key: str
    version_id: str
    categories: tuple[str, ...]
    step_ref: str
    type: SourceType = "workflow"


class Happened(NamedTuple):
    """An event as a message keeps it, ``after`` so long in its life: so the histories of many messages are equal."""

    type: str
    after: timedelta
    packed_data: Packed | None


class Attempted(NamedTuple):
    """A delivery log as a message keeps it."""

    response_status: int
    after: timedelta
    packed_body: Packed | None


class Marks(NamedTuple):
    """When the recipient last saw a message, read it, ..., ``None`` for what was not done or was taken back."""

    seen: datetime | None = None
    read: datetime | None = None
    interacted: datetime | None = None
    link_clicked: datetime | None = None
    archived: datetime | None = None


_UNMARKED = Marks()
"""The marks of a message that nobody has seen; shared, since most are new."""


@dataclass(slots=True, eq=False)  # a run and its messages lead to one another
class Message:
    """One message.

    ``run`` is the run that made it, which guides have none of. ``told`` is what it tells of where that is not just the
    trigger of its run. ``packed_content`` is the rendered content by channel type, ``packed_data`` the trigger data of
    its time. ``feed_at`` is the instant that an item's feed shows for ``inserted_at``. ``is_accepted`` says that its
    provider took it. ``variables`` are those that an item was rendered with, kept where its texts are translated, so
    that a feed can show it in another locale.
    """

    id: str
    sequence: int
    channel: Channel
    recipient: Reference
    tenant: str | None
    source: MessageSource
    packed_data: Packed = field(repr=False)
    packed_content: Packed = field(repr=False)
    inserted_at: datetime
    updated_at: datetime
    run: Run | None = field(default=None, repr=False)
    told: Digest | None = field(default=None, repr=False)
    feed_at: datetime | None = None
    packed_snapshot: Packed | None = None
    is_accepted: bool = False
    scheduled_at: datetime | None = None
    status: DeliveryStatus = "queued"
    marks: Marks = _UNMARKED
    options: DeliveryOptions = DEFAULT_OPTIONS
    variables: JsonObject | None = None
    history: tuple[Happened, ...] = field(default=(), repr=False)
    attempts: tuple[Attempted, ...] = field(default=(), repr=False)

    @property
    def data(self) -> JsonObject:
        """The trigger data of its time."""
        return unpack(self.packed_data)

    @property
    def content(self) -> JsonObject:
        """The rendered content by channel type."""
        return unpack(self.packed_content)

    @property
    def recipient_snapshot(self) -> JsonObject | None:
        """The recipient's address as it was then."""
        return unpack_optional(self.packed_snapshot)

    @property
    def metadata(self) -> JsonObject | None:
        """What the provider calls it, once it has taken it (the form of that id is our choice)."""
        return {"external_id": f"{self.channel.provider_name}-{self.id}"} if self.is_accepted else None

    @property
    def workflow_run_id(self) -> str | None:
        """The id that the runs of its trigger share."""
        return None if self.run is None else self.run.workflow_run_id

    @property
    def workflow_recipient_run_id(self) -> str | None:
        """The id of the run that made it."""
        return None if self.run is None else self.run.id

    @property
    def activities(self) -> tuple[Activity, ...]:
        """The triggers that it tells of, after a batch the rendered ones only."""
        if self.told is not None:
            return self.told.activities
        return () if self.run is None else (self.run.activity,)

    @property
    def total_activities(self) -> int:
        """How many triggers it tells of, rendered or not."""
        return self.told.total_activities if self.told is not None else int(self.run is not None)

    @property
    def actors(self) -> tuple[Reference, ...]:
        """Who did what it tells of, at most ten of those that are rendered."""
        if self.told is not None:
            return self.told.actors_within(MAX_ACTORS)
        return () if self.run is None or self.run.actor is None else (self.run.actor,)

    @property
    def total_actors(self) -> int:
        """How many did what it tells of, rendered or not."""
        return self.told.total_actors if self.told is not None else len(self.actors)

    @property
    def events(self) -> tuple[MessageEvent, ...]:
        """Everything that happened to it, oldest first."""
        return tuple(
            MessageEvent(place, one.type, unpack_optional(one.packed_data), self.inserted_at + one.after)
            for place, one in enumerate(self.history, 1)
        )

    @property
    def delivery_logs(self) -> tuple[DeliveryLog, ...]:
        """Every attempt to hand it to its provider, oldest first."""
        return tuple(
            DeliveryLog(place, one.response_status, self.inserted_at + one.after, unpack_any(one.packed_body))
            for place, one in enumerate(self.attempts, 1)
        )

    def count(self, event: str) -> int:
        """Return how many times an event happened to it."""
        return sum(one.type == event for one in self.history)

    def engaged_at(self, engagement: Engagement) -> datetime | None:
        """Return when the recipient last did this, or ``None``."""
        at: datetime | None = getattr(self.marks, engagement)
        return at

    @property
    def seen_at(self) -> datetime | None:
        """When the recipient last saw it."""
        return self.marks.seen

    @property
    def read_at(self) -> datetime | None:
        """When the recipient last read it."""
        return self.marks.read

    @property
    def interacted_at(self) -> datetime | None:
        """When the recipient last interacted with it."""
        return self.marks.interacted

    @property
    def link_clicked_at(self) -> datetime | None:
        """When the recipient last clicked on a link in it."""
        return self.marks.link_clicked

    @property
    def archived_at(self) -> datetime | None:
        """When the recipient last archived it."""
        return self.marks.archived

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

"""Recipient runs: one workflow walked for one recipient, with everything that was decided on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from knock_fake.state.activities import Activity, Digest, single
from knock_fake.state.packed import unpack, unpack_optional

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from knock_fake.errors import FieldError
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.messages import Message
    from knock_fake.state.packed import Packed
    from knock_fake.state.references import Reference
    from knock_fake.timers import Timer

QUEUED, PROCESSING, PAUSED, COMPLETED, CANCELLED = "queued", "processing", "paused", "completed", "cancelled"

MESSAGE_ENQUEUED = "message_enqueued"
"""The event that a channel step made a message."""


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One decision of a run: what, at which step, in which attempt, by which facts.

    ``sequence`` is its place among the events of the run, from 1.
    """

    sequence: int
    event: str
    status: str
    attempt: int
    step_ref: str | None
    step_type: str | None
    data: JsonObject | None
    at: datetime


class Decided(NamedTuple):
    """An event as a run keeps it, ``after`` so long in its life: so the histories of many runs are equal.

    What a ``message_enqueued`` says is not kept: it is said of the run's messages, in their order.
    """

    event: str
    status: str
    attempt: int
    step_ref: str | None
    step_type: str | None
    packed_data: Packed | None
    after: timedelta


@dataclass(frozen=True, slots=True)
class TriggerSource:
    """What started a run: ``type`` is ``api`` for a call, ``schedule`` or ``audience`` for what these set off."""

    type: str
    cancellation_key: str | None = None
    schedule_id: str | None = None
    audience_key: str | None = None


@dataclass(frozen=True, slots=True)
class RunSettings:
    """The trigger's ``settings``."""

    sandbox_mode: bool = False
    skip_delay: bool = False


DEFAULT_SETTINGS = RunSettings()
"""The settings of a trigger that names none; shared, since most triggers do not."""


@dataclass(frozen=True, slots=True)
class SubscriptionPath:
    """The subscription that led a trigger to a recipient, as it was then: the object and the properties."""

    object: Reference
    properties: JsonObject | None


@dataclass(frozen=True, slots=True)
class Origin:
    """What led to a run, beside the trigger and its source.

    ``subscription`` is what led here from an object, ``None`` for a recipient that the trigger listed, ``schedule``
    the schedule that set the run off, as it was then, ``problems`` what is wrong with data that was stored before
    anybody could check it, ``depth`` how many runs led here that set one another off at one instant.
    """

    subscription: SubscriptionPath | None = None
    schedule: JsonObject | None = None
    problems: tuple[FieldError, ...] = ()
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Walk:
    """Where a run stands, and what it takes along.

    ``position`` is the index of the step that runs now or is waited in, ``attempt`` the attempt at it, ``timer`` the
    one that will resume a paused run, ``held`` what a step that was left in the midst of an attempt goes on with,
    ``refs`` what steps left for later ones by their ref, ``batched`` what a batch collected that the run went on from.
    """

    position: int = 0
    attempt: int = 1
    timer: Timer | None = None
    held: Json = None
    refs: JsonObject | None = None
    batched: Digest | None = None


PLAIN_ORIGIN, NOWHERE = Origin(), Walk()
"""Most runs share these: they come straight from a trigger, and once they are over stand nowhere any more."""


@dataclass(slots=True, eq=False)  # a run and its messages lead to one another
class Run:
    """One recipient run.

    ``packed_trigger_data`` is the data that the trigger came with, ``packed_data`` the same as later steps see it,
    ``made`` the messages that its steps have made, one of them without a tuple.
    """

    id: str
    sequence: int
    workflow_run_id: str
    workflow: str
    version_id: str
    recipient: Reference
    actor: Reference | None
    tenant: str | None
    packed_trigger_data: Packed = field(repr=False)
    packed_data: Packed = field(repr=False)
    source: TriggerSource
    settings: RunSettings
    inserted_at: datetime
    origin: Origin = PLAIN_ORIGIN
    status: str = QUEUED
    passed_trigger: bool = False
    walk: Walk = NOWHERE
    history: tuple[Decided, ...] = field(default=(), repr=False)
    made: Message | tuple[Message, ...] = field(default=(), repr=False)

    @property
    def data(self) -> JsonObject:
        """The trigger data as later steps see it."""
        return unpack(self.packed_data)

    @property
    def trigger_data(self) -> JsonObject:
        """The data that the run's own trigger came with."""
        return unpack(self.packed_trigger_data)

    @property
    def activity(self) -> Activity:
        """The run's own trigger."""
        return Activity(self.sequence, self.actor, self.recipient, self.packed_trigger_data, self.inserted_at)

    @property
    def subscription(self) -> SubscriptionPath | None:
        """What led here from an object; ``None`` for a recipient that the trigger listed."""
        return self.origin.subscription

    @property
    def position(self) -> int:
        """The index of the step that runs now or is waited in."""
        return self.walk.position

    @property
    def attempt(self) -> int:
        """The attempt at the step that runs now, from 1."""
        return self.walk.attempt

    @property
    def timer(self) -> Timer | None:
        """What will resume a run that waits."""
        return self.walk.timer

    @property
    def updated_at(self) -> datetime:
        """When something was decided last."""
        after = self.history[-1].after if self.history else None
        return self.inserted_at + after if after else self.inserted_at

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages that its steps have made, oldest first."""
        return self.made if isinstance(self.made, tuple) else (self.made,)

    @property
    def digest(self) -> Digest:
        """The triggers that the run's messages tell of: its own, or those that a batch collected."""
        return self.walk.batched or single(self.activity)

    @property
    def events(self) -> tuple[RunEvent, ...]:
        """Everything that was decided in it, oldest first."""
        history = self.history  # looked at first: another thread may add a message, and then the event that tells of it
        made = iter(self.messages)
        return tuple(
            RunEvent(
                place,
                *one[:5],
                _told_of(next(made)) if one.event == MESSAGE_ENQUEUED else unpack_optional(one.packed_data),
                self.inserted_at + one.after,
            )
            for place, one in enumerate(history, 1)
        )

    @property
    def error_count(self) -> int:
        """How many of its events are errors."""
        return sum(one.status == "error" for one in self.history)

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen in this run any more."""
        return self.status in (COMPLETED, CANCELLED)


def _told_of(message: Message) -> JsonObject:
    return {"channel_type": message.channel.type, "message_id": message.id}

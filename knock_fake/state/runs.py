"""Recipient runs: one workflow walked for one recipient, with everything that was decided on the way."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.signals import RunEnded, RunErred, RunStarted
from knock_fake.state.activities import Digest, single
from knock_fake.state.index import Index, by_sequence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from knock_fake.clock import VirtualClock
    from knock_fake.errors import FieldError
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.signals import Signals
    from knock_fake.state.activities import Activity
    from knock_fake.state.messages import Message
    from knock_fake.state.references import Reference
    from knock_fake.timers import Timer

QUEUED, PROCESSING, PAUSED, COMPLETED, CANCELLED = "queued", "processing", "paused", "completed", "cancelled"


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One decision of a run: what, at which step, in which attempt, by which facts."""

    sequence: int
    event: str
    status: str
    attempt: int
    step_ref: str | None
    step_type: str | None
    data: JsonObject | None
    at: datetime


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


@dataclass(slots=True)
class Run:
    """One recipient run.

    ``position`` is the index of the step that runs now or is waited in, ``timer`` the one that will resume a
    paused run, ``activity`` the run's own trigger, ``batched`` what a batch collected that it went on from, ``data``
    the trigger data as later steps see it, ``refs`` what steps left for later ones by their ref,
    ``messages`` what its channel steps made, ``subscription`` what led here from an object, ``None`` for a recipient
    that the trigger listed, ``schedule`` the schedule that set the run off, as it was then, ``problems`` what is
    wrong with data that was stored before anybody could check it, ``held`` what a step that was left in the midst of
    an attempt goes on with, ``depth`` how many runs led here that set one another off at one instant.
    """

    id: str
    sequence: int
    workflow_run_id: str
    workflow: str
    version_id: str
    recipient: Reference
    actor: Reference | None
    tenant: str | None
    data: JsonObject
    source: TriggerSource
    settings: RunSettings
    activity: Activity
    inserted_at: datetime
    updated_at: datetime
    subscription: SubscriptionPath | None = None
    schedule: JsonObject | None = None
    problems: tuple[FieldError, ...] = ()
    depth: int = 0
    status: str = QUEUED
    position: int = 0
    attempt: int = 1
    error_count: int = 0
    timer: Timer | None = None
    passed_trigger: bool = False
    refs: JsonObject | None = None
    batched: Digest | None = None
    held: Json = None
    events: tuple[RunEvent, ...] = ()
    messages: tuple[Message, ...] = ()

    @property
    def trigger_data(self) -> JsonObject:
        """The data that the run's own trigger came with."""
        return self.activity.data

    @property
    def digest(self) -> Digest:
        """The triggers that the run's messages tell of: its own, or those that a batch collected."""
        return self.batched or single(self.activity)

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen in this run any more."""
        return self.status in (COMPLETED, CANCELLED)


class RunStore:
    """All runs of a world in order of creation, with an index for everything that lists and cancellations name.

    ``walking`` is the run whose steps are being executed, if any are.
    """

    def __init__(self, clock: VirtualClock, signals: Signals) -> None:
        self._clock = clock
        self._signals = signals
        self.walking: Run | None = None
        self._by_id: dict[str, Run] = {}
        self._all: list[Run] = []
        self._by_workflow_run: Index[str, Run] = Index()
        self._by_recipient: Index[Reference, Run] = Index()
        self._by_workflow: Index[str, Run] = Index()
        self._by_tenant: Index[str, Run] = Index()
        self._by_cancellation: Index[tuple[str, str], Run] = Index()

    def __iter__(self) -> Iterator[Run]:
        return iter([*self._all])  # of this moment: another thread may trigger meanwhile

    def __len__(self) -> int:
        return len(self._all)

    def all(self) -> Sequence[Run]:
        """Return every run in order of creation."""
        return self._all

    def of_workflow(self, key: str) -> Sequence[Run]:
        """Return a workflow's runs in order of creation."""
        return self._by_workflow.of(key)

    def of_tenant(self, tenant: str) -> Sequence[Run]:
        """Return a tenant's runs in order of creation."""
        return self._by_tenant.of(tenant)

    def get(self, run_id: str) -> Run | None:
        """Return the run with this id."""
        return self._by_id.get(run_id)

    def of_workflow_run(self, workflow_run_id: str) -> Sequence[Run]:
        """Return the runs of one trigger call in order of creation."""
        return self._by_workflow_run.of(workflow_run_id)

    def of_recipient(self, reference: Reference) -> Sequence[Run]:
        """Return the runs of a recipient in order of creation."""
        return self._by_recipient.of(reference)

    def cancellable(self, workflow: str, cancellation_key: str) -> Sequence[Run]:
        """Return the runs that a cancel call with this key names, whatever their state."""
        return self._by_cancellation.of((workflow, cancellation_key))

    def insert(self, run: Run) -> None:
        """Remember a new run."""
        self._by_id[run.id] = run
        self._all.append(run)
        self._by_workflow_run.append(run.workflow_run_id, run)
        self._by_recipient.append(run.recipient, run)
        self._by_workflow.append(run.workflow, run)
        if run.tenant is not None:
            self._by_tenant.append(run.tenant, run)
        if run.source.cancellation_key is not None:
            self._by_cancellation.append((run.workflow, run.source.cancellation_key), run)

    def wait(self, run: Run, timer: Timer, status: str = PAUSED) -> None:
        """Let a run wait for the timer that will go on with it, queued or paused."""
        run.status, run.timer = status, timer
        self._stop_walking(run)

    def go_on(self, run: Run) -> None:
        """Begin or go on with a run that has waited."""
        is_new = run.status == QUEUED
        run.status, run.timer = PROCESSING, None
        self.walking = run
        if is_new:
            self._signals.send(RunStarted(self._clock.now, run.id))

    def _stop_walking(self, run: Run) -> None:
        if self.walking is run:
            self.walking = None

    def pass_trigger(self, run: Run) -> None:
        """Note that a run got past its trigger, which is what trigger frequencies count."""
        run.passed_trigger = True

    def try_step(self, run: Run, attempt: int) -> None:
        """Note which attempt at its step a run makes."""
        run.attempt = attempt

    def go_to(self, run: Run, position: int) -> None:
        """Move a run on to another step."""
        run.position = position
        run.attempt = 1
        run.held = None

    def hold(self, run: Run, value: Json) -> None:
        """Keep what the step goes on with that a run was left in."""
        run.held = value

    def adopt(self, run: Run, version_id: str) -> None:
        """Let a run go on in another version of its workflow."""
        run.version_id = version_id

    def set_data(self, run: Run, data: JsonObject) -> None:
        """Give the steps that follow other trigger data; whoever holds the former keeps it as it was."""
        run.data = data

    def collect(self, run: Run, digest: Digest, data: JsonObject) -> None:
        """Let a run tell of all that its batch collected, with the data of it combined."""
        run.batched = digest
        run.data = data

    def note_ref(self, run: Run, ref: str, value: JsonObject) -> None:
        """Keep what a step leaves for later ones, which see it as ``refs.<ref>``."""
        run.refs = {**(run.refs or {}), ref: value}

    def end(self, run: Run, status: str) -> None:
        """End a run, completed or cancelled."""
        run.status = status
        self._stop_walking(run)
        self._signals.send(RunEnded(self._clock.now, run.id, status))

    def record(self, run: Run, event: RunEvent) -> None:
        """Append a decision to a run's history."""
        run.events = (*run.events, event)
        run.updated_at = event.at
        if event.status == "error":
            run.error_count += 1
            self._signals.send(RunErred(event.at, run.id))

    def add_message(self, run: Run, message: Message) -> None:
        """Note that a step of the run made a message."""
        run.messages = (*run.messages, message)

    def move(self, source: Reference, target: Reference) -> None:
        """Give the runs of ``source`` to ``target``."""
        for run in [*self.of_recipient(source)]:
            self._by_recipient.remove(source, run)
            run.recipient = target
            self._by_recipient.insert(target, run)

    def delete_of(self, reference: Reference) -> None:
        """Forget the runs of a recipient."""
        for run in [*self.of_recipient(reference)]:
            del self._by_id[run.id]
            del self._all[bisect_left(self._all, run.sequence, key=by_sequence)]
            self._by_workflow_run.remove(run.workflow_run_id, run)
            self._by_recipient.remove(reference, run)
            self._by_workflow.remove(run.workflow, run)
            if run.tenant is not None:
                self._by_tenant.remove(run.tenant, run)
            if run.source.cancellation_key is not None:
                self._by_cancellation.remove((run.workflow, run.source.cancellation_key), run)

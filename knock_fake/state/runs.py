"""Recipient runs: one workflow walked for one recipient, with everything that was decided on the way."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from knock_fake.json_types import JsonObject
    from knock_fake.state.messages import Activity, Message
    from knock_fake.state.references import Reference
    from knock_fake.timers import Timer

_Key = TypeVar("_Key")
_by_sequence = attrgetter("sequence")

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


@dataclass(frozen=True, slots=True)
class SubscriptionPath:
    """The subscription that led a trigger to a recipient, as it was then: the object and the properties."""

    object: Reference
    properties: JsonObject | None


@dataclass(slots=True)
class Run:
    """One recipient run.

    ``position`` is the index of the step that runs now or is waited in, ``timer`` the one that will resume a
    paused run, ``data`` the trigger data as later steps see it, ``messages`` what its channel steps made,
    ``subscription`` what led here from an object, ``None`` for a recipient that the trigger listed, ``schedule``
    the schedule that set the run off, as it was then.
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
    activities: list[Activity]
    inserted_at: datetime
    updated_at: datetime
    subscription: SubscriptionPath | None = None
    schedule: JsonObject | None = None
    status: str = QUEUED
    position: int = 0
    attempt: int = 1
    error_count: int = 0
    timer: Timer | None = None
    passed_trigger: bool = False
    events: list[RunEvent] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen in this run any more."""
        return self.status in (COMPLETED, CANCELLED)


class RunStore:
    """All runs of a world in order of creation, with an index for everything that lists and cancellations name."""

    def __init__(self) -> None:
        self._by_id: dict[str, Run] = {}
        self._all: list[Run] = []
        self._by_workflow_run: dict[str, list[Run]] = {}
        self._by_recipient: dict[Reference, list[Run]] = {}
        self._by_workflow: dict[str, list[Run]] = {}
        self._by_tenant: dict[str, list[Run]] = {}
        self._by_cancellation: dict[tuple[str, str], list[Run]] = {}

    def __iter__(self) -> Iterator[Run]:
        return iter([*self._all])  # of this moment: another thread may trigger meanwhile

    def __len__(self) -> int:
        return len(self._all)

    def insert(self, run: Run) -> None:
        """Remember a new run."""
        self._by_id[run.id] = run
        self._by_workflow_run.setdefault(run.workflow_run_id, []).append(run)
        self._by_recipient.setdefault(run.recipient, []).append(run)
        for index in self._listed(run):
            index.append(run)
        if run.source.cancellation_key is not None:
            self._by_cancellation.setdefault((run.workflow, run.source.cancellation_key), []).append(run)

    def _listed(self, run: Run) -> tuple[list[Run], ...]:
        """Return the long lists that hold a run; it never changes its workflow or tenant."""
        of_tenant = () if run.tenant is None else (self._by_tenant.setdefault(run.tenant, []),)
        return (self._all, self._by_workflow.setdefault(run.workflow, []), *of_tenant)

    def all(self) -> Sequence[Run]:
        """Return every run in order of creation."""
        return self._all

    def of_workflow(self, key: str) -> Sequence[Run]:
        """Return a workflow's runs in order of creation."""
        return self._by_workflow.get(key, ())

    def of_tenant(self, tenant: str) -> Sequence[Run]:
        """Return a tenant's runs in order of creation."""
        return self._by_tenant.get(tenant, ())

    def get(self, run_id: str) -> Run | None:
        """Return the run with this id."""
        return self._by_id.get(run_id)

    def of_workflow_run(self, workflow_run_id: str) -> Sequence[Run]:
        """Return the runs of one trigger call in order of creation."""
        return self._by_workflow_run.get(workflow_run_id, ())

    def of_recipient(self, reference: Reference) -> Sequence[Run]:
        """Return the runs of a recipient in order of creation."""
        return self._by_recipient.get(reference, ())

    def cancellable(self, workflow: str, cancellation_key: str) -> Sequence[Run]:
        """Return the runs that a cancel call with this key names, whatever their state."""
        return self._by_cancellation.get((workflow, cancellation_key), ())

    def move(self, source: Reference, target: Reference) -> None:
        """Give the runs of ``source`` to ``target``."""
        moved = self._by_recipient.pop(source, [])
        for run in moved:
            run.recipient = target
        joined = sorted([*self.of_recipient(target), *moved], key=lambda run: run.sequence)
        self._by_recipient[target] = joined

    def delete_of(self, reference: Reference) -> None:
        """Forget the runs of a recipient."""
        for run in self._by_recipient.pop(reference, []):
            del self._by_id[run.id]
            for index in self._listed(run):
                del index[bisect_left(index, run.sequence, key=_by_sequence)]
            _discard(self._by_workflow_run, run.workflow_run_id, run)
            if run.source.cancellation_key is not None:
                _discard(self._by_cancellation, (run.workflow, run.source.cancellation_key), run)


def _discard(index: dict[_Key, list[Run]], key: _Key, run: Run) -> None:
    runs = [other for other in index[key] if other is not run]
    if runs:
        index[key] = runs
    else:
        del index[key]

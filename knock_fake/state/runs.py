"""Recipient runs: one workflow walked for one recipient, with everything that was decided on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from knock_fake.timers import Timer
    from knock_fake.json_types import JsonObject
    from knock_fake.state.messages import Activity, Message
    from knock_fake.state.references import Reference

_Key = TypeVar("_Key")

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
    """What started a run: ``type`` is ``api`` for a call."""

    type: str
    cancellation_key: str | None = None


@dataclass(frozen=True, slots=True)
class RunSettings:
    """The trigger's ``settings``."""

    sandbox_mode: bool = False
    skip_delay: bool = False


@dataclass(slots=True)
class Run:
    """One recipient run.

    ``position`` is the index of the step that runs now or is waited in, ``timer`` the one that will resume a
    paused run, ``data`` the trigger data as later steps see it, ``messages`` what its channel steps made.
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
    """All runs of a world: by id, by workflow run, by recipient, by cancellation key."""

    def __init__(self) -> None:
        self._by_id: dict[str, Run] = {}
        self._by_workflow_run: dict[str, list[Run]] = {}
        self._by_recipient: dict[Reference, list[Run]] = {}
        self._by_cancellation: dict[tuple[str, str], list[Run]] = {}

    def __iter__(self) -> Iterator[Run]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def insert(self, run: Run) -> None:
        """Remember a new run."""
        self._by_id[run.id] = run
        self._by_workflow_run.setdefault(run.workflow_run_id, []).append(run)
        self._by_recipient.setdefault(run.recipient, []).append(run)
        if run.source.cancellation_key is not None:
            self._by_cancellation.setdefault((run.workflow, run.source.cancellation_key), []).append(run)

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
            _discard(self._by_workflow_run, run.workflow_run_id, run)
            if run.source.cancellation_key is not None:
                _discard(self._by_cancellation, (run.workflow, run.source.cancellation_key), run)


def _discard(index: dict[_Key, list[Run]], key: _Key, run: Run) -> None:
    runs = [other for other in index[key] if other is not run]
    if runs:
        index[key] = runs
    else:
        del index[key]

"""Batches: windows in which the triggers of one recipient are collected for one run to go on with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from knock_fake.state.index import Index

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from knock_fake.identifiers import Identifiers
    from knock_fake.state.activities import Activity
    from knock_fake.state.references import Reference


@dataclass(frozen=True, slots=True)
class BatchIdentity:
    """What triggers have in common that are collected together.

    ``key`` is the value of the step's batch key as JSON, empty without one. A batch belongs to one version of its
    workflow; or else, through all versions, to one step, and then ``version_id`` is that of the first version.
    """

    workflow: str
    recipient: Reference
    key: str
    version_id: str
    step_ref: str | None


@dataclass(slots=True)
class Batch:
    """One window.

    ``holder`` is the id of the run that goes on when it closes, ``None`` as long as nothing was collected;
    ``activities`` are the triggers collected and not cancelled, by the id of the run that brought them;
    ``closed_because`` says why nothing more can join.
    """

    sequence: int
    identity: BatchIdentity
    opened_at: datetime
    closes_at: datetime
    holder: str | None = None
    closed_because: str | None = None
    activities: dict[str, Activity] = field(default_factory=dict)


class BatchStore:
    """The open batches of a world, and the closed ones whose run has not gone on yet.

    One that nobody waits in stays among the open ones when its time is over, until it is looked up.
    """

    def __init__(self, identifiers: Identifiers) -> None:
        self._identifiers = identifiers
        self._open: dict[BatchIdentity, Batch] = {}
        self._by_run: dict[str, Batch] = {}
        self._by_holder: dict[str, Batch] = {}
        self._by_recipient: Index[Reference, Batch] = Index()

    def __iter__(self) -> Iterator[Batch]:
        return iter([*self._open.values()])

    def __len__(self) -> int:
        return len(self._open)

    def find(self, identity: BatchIdentity, now: datetime) -> Batch | None:
        """Return the open batch of this identity.

        One that nobody waits for is over when its time is: it has no timer, for nothing happens then.
        """
        batch = self._open.get(identity)
        if batch is not None and batch.holder is None and batch.closes_at <= now:
            self._forget(batch)
            return None
        return batch

    def held_by(self, run_id: str) -> Batch | None:
        """Return the batch with which a run will go on, or with which it can go on now."""
        return self._by_holder.get(run_id)

    def open_one_with(self, run_id: str) -> Batch | None:
        """Return the open batch that a run opened or joined."""
        batch = self._by_run.get(run_id) or self._by_holder.get(run_id)
        return batch if batch is not None and self.is_open(batch) else None

    def is_open(self, batch: Batch) -> bool:
        """Whether triggers can still join or leave a batch."""
        return self._open.get(batch.identity) is batch

    def open(self, identity: BatchIdentity, now: datetime, closes_at: datetime) -> Batch:
        """Open a batch; there is no open one of this identity."""
        batch = Batch(self._identifiers.next_sequence(), identity, now, closes_at)
        self._open[identity] = batch
        self._by_recipient.append(identity.recipient, batch)
        return batch

    def add(self, batch: Batch, run_id: str, activity: Activity) -> None:
        """Collect what a run tells of; the run that brings the first thing is the one to go on."""
        batch.activities[run_id] = activity
        self._by_run[run_id] = batch
        if batch.holder is None:
            batch.holder = run_id
            self._by_holder[run_id] = batch

    def remove(self, batch: Batch, run_id: str) -> bool:
        """Take out what a run brought. Returns whether it was there."""
        self._by_run.pop(run_id, None)
        return batch.activities.pop(run_id, None) is not None

    def move_end(self, batch: Batch, closes_at: datetime) -> None:
        """Let a batch close at another time."""
        batch.closes_at = closes_at

    def close(self, batch: Batch, because: str) -> None:
        """Let nothing more join or leave a batch; its holder can go on with it."""
        batch.closed_because = because
        self._leave_open_ones(batch)

    def _leave_open_ones(self, batch: Batch) -> None:
        del self._open[batch.identity]
        for run_id in batch.activities:
            del self._by_run[run_id]

    def let_go_of(self, run_id: str) -> None:
        """Forget the batch that a run holds, open or closed: the run goes on with it, or is over."""
        batch = self._by_holder.get(run_id)
        if batch is not None:
            self._forget(batch)

    def _forget(self, batch: Batch) -> None:
        if self.is_open(batch):
            self._leave_open_ones(batch)
        self._by_recipient.remove(batch.identity.recipient, batch)
        if batch.holder is not None:
            del self._by_holder[batch.holder]

    def delete_of(self, recipient: Reference) -> None:
        """Forget the batches of a recipient."""
        for batch in [*self._by_recipient.of(recipient)]:
            self._forget(batch)

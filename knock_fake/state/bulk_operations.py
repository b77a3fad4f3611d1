"""Bulk operations: work on many rows that is answered at once and done afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from knock_fake.clock import VirtualClock
    from knock_fake.identifiers import Identifiers
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.references import Reference
    from knock_fake.timers import Timer

QUEUED, PROCESSING, COMPLETED, FAILED = "queued", "processing", "completed", "failed"

Mode: TypeAlias = Literal["immediate", "per_poll", "over_time", "by_hand"]
"""What moves an operation on: nothing but the call that asked for it, being looked at, time, or a test's hand."""

MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True, slots=True)
class BulkWork:
    """What an operation is to do: which applier does the rows, the rows, what each names, what they have in common."""

    kind: str = ""
    rows: tuple[Json, ...] = ()
    items: tuple[Reference, ...] = ()
    common: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BulkPace:
    """How operations are worked off.

    Attributes:
        mode: what moves them on.
        rows: how many rows a poll or a span of time does.
        every: how long such a span is.
        failing: the ids of rows that fail.
    """

    mode: Mode = "immediate"
    rows: int = 1
    every: timedelta = timedelta()
    failing: frozenset[str] = frozenset()


@dataclass(slots=True)
class BulkOperation:
    """One bulk operation and how far it is.

    ``operation`` is the operation of the API that asked for it; ``error_items`` are the rows that failed, ``failing``
    the places of rows that will. One without work was not asked for in this world, and nothing moves it on.
    """

    id: str
    sequence: int
    name: str
    estimated_total_rows: int
    inserted_at: datetime
    updated_at: datetime
    status: str = QUEUED
    success_count: int = 0
    error_items: list[Reference] = field(default_factory=list)
    started_at: datetime | None = None
    completed_at: datetime | None = None
    failed_at: datetime | None = None
    operation: str = ""
    work: BulkWork = BulkWork()
    pace: BulkPace = BulkPace()
    failing: frozenset[int] = frozenset()
    timer: Timer | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is neither completed nor failed."""
        return self.status in (QUEUED, PROCESSING)

    @property
    def processed_rows(self) -> int:
        """Rows done so far, whether they succeeded or failed."""
        return self.success_count + len(self.error_items)


class BulkOperationStore:
    """The bulk operations of a world, by id."""

    def __init__(self, clock: VirtualClock, identifiers: Identifiers) -> None:
        self._clock = clock
        self._identifiers = identifiers
        self._by_id: dict[str, BulkOperation] = {}
        self._paces: dict[str, BulkPace] = {}

    def get(self, operation_id: str) -> BulkOperation | None:
        """Return the operation with this id."""
        return self._by_id.get(operation_id)

    def all(self) -> tuple[BulkOperation, ...]:
        """Return every operation, oldest first."""
        return tuple(self._by_id.values())

    def set_pace(self, pace: BulkPace, operations: Iterable[str] | None = None) -> None:
        """Say how operations are worked off that are asked for from now on.

        Args:
            pace: how.
            operations: those of the API that it is for; ``None`` for all, whatever was said of single ones before.
        """
        if operations is None:
            self._paces = {"": pace}
        else:
            self._paces.update(dict.fromkeys(operations, pace))

    def create(self, name: str, operation: str, work: BulkWork) -> BulkOperation:
        """Queue an operation.

        Args:
            name: what Knock calls it.
            operation: the operation of the API that asks for it.
            work: what it is to do.
        """
        sequence = self._identifiers.next_sequence()
        now = self._clock.now
        pace = self._paces.get(operation) or self._paces.get("") or BulkPace()
        created = BulkOperation(
            id=self._identifiers.uuid(sequence),
            sequence=sequence,
            name=name,
            estimated_total_rows=len(work.rows),
            inserted_at=now,
            updated_at=now,
            operation=operation,
            work=work,
            pace=pace,
            failing=frozenset(place for place, item in enumerate(work.items) if item.id in pace.failing),
        )
        self.insert(created)
        return created

    def insert(self, operation: BulkOperation) -> None:
        """Remember an operation as it is."""
        self._by_id[operation.id] = operation

    def expect(self, operation: BulkOperation, timer: Timer) -> None:
        """Take note of the timer that will move an operation on."""
        operation.timer = timer

    def start(self, operation: BulkOperation) -> None:
        """Begin to process, if that has not begun."""
        if operation.status == QUEUED:
            operation.status = PROCESSING
            operation.started_at = operation.updated_at = self._clock.now

    def doom(self, operation: BulkOperation, places: Iterable[int]) -> None:
        """Let rows fail when it is their turn."""
        operation.failing |= frozenset(places)

    def succeed_row(self, operation: BulkOperation) -> None:
        """Count one row as done."""
        operation.success_count += 1
        operation.updated_at = self._clock.now

    def fail_row(self, operation: BulkOperation, item: Reference) -> None:
        """Count one row as failed; ``item`` is what it names."""
        operation.error_items.append(item)
        operation.updated_at = self._clock.now

    def complete(self, operation: BulkOperation) -> None:
        """End the operation: every row has been processed."""
        self._end(operation, COMPLETED)
        operation.completed_at = self._clock.now

    def fail(self, operation: BulkOperation) -> None:
        """End the operation: what has not been processed will not be."""
        self._end(operation, FAILED)
        operation.failed_at = self._clock.now

    def _end(self, operation: BulkOperation, status: str) -> None:
        operation.status = status
        operation.updated_at = self._clock.now
        if operation.timer is not None:
            operation.timer.cancel()
            operation.timer = None

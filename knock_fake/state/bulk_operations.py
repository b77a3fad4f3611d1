"""Bulk operations: work on many rows that is answered at once and done afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from knock_fake.clock import VirtualClock
    from knock_fake.identifiers import Identifiers
    from knock_fake.state.references import Reference

QUEUED, PROCESSING, COMPLETED, FAILED = "queued", "processing", "completed", "failed"


@dataclass(slots=True)
class BulkOperation:
    """One bulk operation and how far it is. ``error_items`` are the rows that failed."""

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

    def get(self, operation_id: str) -> BulkOperation | None:
        """Return the operation with this id."""
        return self._by_id.get(operation_id)

    def create(self, name: str, rows: int) -> BulkOperation:
        """Queue an operation on ``rows`` rows."""
        sequence = self._identifiers.next_sequence()
        now = self._clock.now
        operation = BulkOperation(self._identifiers.uuid(sequence), sequence, name, rows, now, now)
        self.insert(operation)
        return operation

    def insert(self, operation: BulkOperation) -> None:
        """Remember an operation as it is."""
        self._by_id[operation.id] = operation

    def start(self, operation: BulkOperation) -> None:
        """Begin to process."""
        operation.status = PROCESSING
        operation.started_at = operation.updated_at = self._clock.now

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
        operation.status = COMPLETED
        operation.completed_at = operation.updated_at = self._clock.now

"""Bulk operations that a scenario tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import invalid_field
from knock_fake.json_types import as_list
from knock_fake.state.bulk_operations import COMPLETED, FAILED, QUEUED, BulkOperation
from knock_fake.state.references import read_reference

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.json_types import Json, JsonObject


def recall_bulk_operation(core: Core, entry: JsonObject) -> BulkOperation:
    """Put a bulk operation into the world as it would be now; nothing will process what is left of its rows.

    Raises:
        ApiError: the id is taken, or more rows are done than there are.
    """
    sequence, now = core.identifiers.next_sequence(), core.clock.now
    identifier = str(entry.get("id") or core.identifiers.uuid(sequence))
    if core.state.bulk_operations.get(identifier) is not None:
        raise invalid_field("id", f"is taken: there is a bulk operation {identifier!r} already", "taken")
    status = str(entry.get("status", COMPLETED))
    errors = [read_reference(one) for one in as_list(entry.get("error_items"))]
    total = _count(entry.get("estimated_total_rows"))
    successes = _count(entry.get("success_count", total - len(errors) if status == COMPLETED else 0))
    if successes + len(errors) > total:
        raise invalid_field("success_count", f"is more than the {total} rows that there are", "range")
    operation = BulkOperation(
        id=identifier,
        sequence=sequence,
        name=str(entry["name"]),
        estimated_total_rows=total,
        inserted_at=now,
        updated_at=now,
        status=status,
        success_count=successes,
        error_items=errors,
        started_at=now if status != QUEUED else None,
        completed_at=now if status == COMPLETED else None,
        failed_at=now if status == FAILED else None,
    )
    core.state.bulk_operations.insert(operation)
    return operation


def _count(value: Json) -> int:
    return value if isinstance(value, int) else 0

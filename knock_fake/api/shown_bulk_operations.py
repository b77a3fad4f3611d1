"""How bulk operations are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.timestamps import show_instant, show_optional_instant

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.state.bulk_operations import BulkOperation


def show_bulk_operation(operation: BulkOperation) -> JsonObject:
    """Return a bulk operation and how far it is."""
    return {
        "__typename": "BulkOperation",
        "id": operation.id,
        "name": operation.name,
        "status": operation.status,
        "estimated_total_rows": operation.estimated_total_rows,
        "processed_rows": operation.processed_rows,
        "success_count": operation.success_count,
        "error_count": len(operation.error_items),
        "error_items": [
            {"id": item.id, "collection": None if item.is_user else item.collection} for item in operation.error_items
        ],
        "progress_path": f"/v1/bulk_operations/{operation.id}",
        "started_at": show_optional_instant(operation.started_at),
        "completed_at": show_optional_instant(operation.completed_at),
        "failed_at": show_optional_instant(operation.failed_at),
        "inserted_at": show_instant(operation.inserted_at),
        "updated_at": show_instant(operation.updated_at),
    }

"""``/_fake/bulk-operations``: at what pace bulk operations are worked off, which rows fail, when one is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from knock_fake.control.operations import ControlResource
from knock_fake.json_types import as_text
from knock_fake.state.bulk_operations import Mode

if TYPE_CHECKING:
    from knock_fake.api.bulk_handle import BulkHandle
    from knock_fake.control.operations import ControlRequest
    from knock_fake.json_types import Json, JsonObject

bulk_operations = ControlResource("bulk_operations")


@bulk_operations.operation("list", "GET", "/bulk-operations", response="bulk_operations")
def list_bulk_operations(request: ControlRequest) -> Json:
    """Return every bulk operation, oldest first."""
    return {"bulk_operations": [_show(one) for one in request.world.bulk_operations]}


@bulk_operations.operation("mode", "PUT", "/bulk-operations/mode", status=204, body="bulk_mode_request")
def set_mode(request: ControlRequest) -> Json:
    """Say how operations are worked off that are asked for from now on."""
    body = request.body
    rows, every, failing, operation = (body.get(name) for name in ("rows", "every", "fail_rows", "operation"))
    mode: Mode = next(one for one in get_args(Mode) if one == body["mode"])
    request.world.bulk_operations.mode(
        mode,
        rows=rows if isinstance(rows, int) else 1,
        every=as_text(every),
        fail_rows=[str(one) for one in failing] if isinstance(failing, list) else (),
        operation=as_text(operation),
    )
    return None


@bulk_operations.operation(
    "progress", "POST", "/bulk-operations/{id}/progress", body="bulk_progress_request", response="bulk_operation"
)
def progress(request: ControlRequest) -> Json:
    """Move an operation on by so many rows, or to its end."""
    found, rows = request.world.bulk_operations.get(request.params["id"]), request.body.get("rows")
    found.progress(rows if isinstance(rows, int) else None)
    return _show(found)


@bulk_operations.operation(
    "fail_rows", "POST", "/bulk-operations/{id}/fail-rows", body="bulk_fail_rows_request", response="bulk_operation"
)
def fail_rows(request: ControlRequest) -> Json:
    """Let rows fail that are not done yet, by the ids that they name or their places from 0."""
    found, rows = request.world.bulk_operations.get(request.params["id"]), request.body["rows"]
    found.fail_rows([one for one in rows if isinstance(one, str | int)] if isinstance(rows, list) else [])
    return _show(found)


@bulk_operations.operation("fail", "POST", "/bulk-operations/{id}/fail", response="bulk_operation")
def fail(request: ControlRequest) -> Json:
    """End an operation as failed; the rows that are left are not done."""
    found = request.world.bulk_operations.get(request.params["id"])
    found.fail()
    return _show(found)


def _show(operation: BulkHandle) -> JsonObject:
    return {
        "id": operation.id,
        "name": operation.name,
        "status": operation.status,
        "total_rows": operation.total_rows,
        "processed_rows": operation.processed_rows,
        "error_items": [item.shown() for item in operation.error_items],
    }

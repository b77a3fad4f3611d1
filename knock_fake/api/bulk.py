"""Bulk operations: answered as queued, worked off by timers, by polls or by hand.

What an operation is to do is data: the name of an applier, and its rows as the request had them. So it can wait, be
kept in a snapshot, and be worked off row by row.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from knock_fake.errors import ApiError
from knock_fake.state.bulk_operations import BulkWork
from knock_fake.timers import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.bulk_operations import BulkOperation
    from knock_fake.state.references import Reference

WORK = "bulk_operation.work"
"""The task of a bulk operation that waits for its time, with its id."""

Applier: TypeAlias = "Callable[[Core, JsonObject, Json], None]"
"""Does one row of an operation, given what all of its rows have in common and the row."""

_APPLIERS: dict[str, Applier] = {}


class RowFailedError(Exception):
    """One row of a bulk operation cannot be done; what it names is listed among the operation's error items."""


def applier(kind: str) -> Callable[[Applier], Applier]:
    """Declare the decorated function as what does the rows of operations of a kind.

    It raises :class:`RowFailedError`, or an :class:`ApiError`, for a row that cannot be done; the others go on.
    """

    def declare(apply: Applier) -> Applier:
        _APPLIERS[kind] = apply
        return apply

    return declare


def start_bulk_operation(
    request: Request, name: str, kind: str, rows: Iterable[tuple[Reference, Json]], common: JsonObject | None = None
) -> BulkOperation:
    """Queue an operation, whose rows are applied in order and at the pace that the world is set to.

    Args:
        request: the call that asks for it.
        name: what Knock calls it.
        kind: which applier does its rows.
        rows: what each row names, and the row.
        common: what all rows have in common.
    """
    core = request.core
    listed = [*rows]
    work = BulkWork(kind, tuple(row for _, row in listed), tuple(item for item, _ in listed), common or {})
    operation = core.state.bulk_operations.create(name, request.operation.name, work)
    pace = operation.pace
    if pace.mode in ("immediate", "over_time"):
        _wait(core, operation)
    return operation


def register_tasks(core: Core) -> None:
    """Tell the world's clock what bulk operations do when it is time."""
    core.clock.on(WORK, partial(_work, core))


def poll(core: Core, operation: BulkOperation) -> None:
    """Take note that somebody asks how far an operation is; there is a pace at which that moves it on."""
    if operation.pace.mode == "per_poll" and operation.is_open:
        work_off(core, operation, operation.pace.rows)


def work_off(core: Core, operation: BulkOperation, rows: int | None = None) -> None:
    """Do the next rows of an operation that is not over: so many, or all that are left; with the last it completes."""
    operations, work = core.state.bulk_operations, operation.work
    operations.start(operation)
    first = operation.processed_rows
    last = len(work.rows) if rows is None else min(first + rows, len(work.rows))
    for place in range(first, last):
        if place in operation.failing or not _is_done(core, work, place):
            operations.fail_row(operation, work.items[place])
        else:
            operations.succeed_row(operation)
    if last == len(work.rows):
        operations.complete(operation)


def _is_done(core: Core, work: BulkWork, place: int) -> bool:
    try:
        _APPLIERS[work.kind](core, work.common, work.rows[place])
    except (RowFailedError, ApiError):
        return False
    return True


def _work(core: Core, operation_id: Json) -> None:
    operation = core.state.bulk_operations.get(str(operation_id))
    if operation is None or not operation.is_open:
        return
    work_off(core, operation, None if operation.pace.mode == "immediate" else operation.pace.rows)
    if operation.is_open:
        _wait(core, operation)


def _wait(core: Core, operation: BulkOperation) -> None:
    label = f"bulk operation: {operation.name}"
    timer = core.clock.call_later(operation.pace.every, Task(WORK, operation.id), label)
    core.state.bulk_operations.expect(operation, timer)

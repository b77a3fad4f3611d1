"""Bulk operations: answered as queued, done by a timer that is due at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from knock_fake.core import Core
    from knock_fake.state.bulk_operations import BulkOperation

_Row = TypeVar("_Row")


def start_bulk_operation(core: Core, name: str, rows: Sequence[_Row], apply: Callable[[_Row], object]) -> BulkOperation:
    """Queue an operation whose rows are applied, in order, when the clock settles."""
    operation = core.state.bulk_operations.create(name, len(rows))
    core.clock.call_at(core.clock.now, partial(_process, core, operation, rows, apply), f"bulk operation: {name}")
    return operation


def _process(core: Core, operation: BulkOperation, rows: Sequence[_Row], apply: Callable[[_Row], object]) -> None:
    operations = core.state.bulk_operations
    operations.start(operation)
    for row in rows:
        apply(row)
        operations.succeed_row(operation)
    operations.complete(operation)

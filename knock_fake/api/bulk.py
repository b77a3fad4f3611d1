"""Bulk operations: answered as queued, done by a timer that is due at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from knock_fake.core import Core
    from knock_fake.state.bulk_operations import BulkOperation
    from knock_fake.state.references import Reference

_Row = TypeVar("_Row")


class RowFailedError(Exception):
    """One row of a bulk operation cannot be done; what it names is listed among the operation's error items."""

    def __init__(self, item: Reference) -> None:
        super().__init__(str(item))
        self.item = item


def start_bulk_operation(core: Core, name: str, rows: Sequence[_Row], apply: Callable[[_Row], object]) -> BulkOperation:
    """Queue an operation whose rows are applied, in order, when the clock settles.

    ``apply`` does one row; it raises :class:`RowFailedError` for one that cannot be done, and the others go on.
    """
    operation = core.state.bulk_operations.create(name, len(rows))
    core.clock.call_at(core.clock.now, partial(_process, core, operation, rows, apply), f"bulk operation: {name}")
    return operation


def _process(core: Core, operation: BulkOperation, rows: Sequence[_Row], apply: Callable[[_Row], object]) -> None:
    operations = core.state.bulk_operations
    operations.start(operation)
    for row in rows:
        try:
            apply(row)
        except RowFailedError as failure:
            operations.fail_row(operation, failure.item)
        else:
            operations.succeed_row(operation)
    operations.complete(operation)

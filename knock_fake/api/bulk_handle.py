"""One bulk operation in a test's hand: moved on, row by row, or let fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from knock_fake.api.bulk import work_off
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.json_types import is_whole

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from knock_fake.core import Core
    from knock_fake.state.bulk_operations import BulkOperation
    from knock_fake.state.references import Reference


class BulkHandle:
    """One bulk operation.

    Args:
        core: the parts of its world.
        operation: what is remembered of it.
        lock: held while it is moved on; it must be re-entrant.
    """

    def __init__(self, core: Core, operation: BulkOperation, lock: AbstractContextManager[object]) -> None:
        self._core = core
        self._operation = operation
        self._lock = lock

    @property
    def id(self) -> str:
        """Its id."""
        return self._operation.id

    @property
    def name(self) -> str:
        """What Knock calls it, such as ``users.identify``."""
        return self._operation.name

    @property
    def status(self) -> str:
        """``queued``, ``processing``, ``completed`` or ``failed``."""
        return self._operation.status

    @property
    def total_rows(self) -> int:
        """How many rows it has."""
        return self._operation.estimated_total_rows

    @property
    def processed_rows(self) -> int:
        """How many of them are done, well or badly."""
        return self._operation.processed_rows

    @property
    def error_items(self) -> tuple[Reference, ...]:
        """What the rows name that failed."""
        return tuple(self._operation.error_items)

    def progress(self, rows: int | None = None) -> None:
        """Do the next rows: so many, or all that are left. With the last one it is completed.

        Raises:
            UsageError: it is over, or has fewer rows left. UsageTypeError: ``rows`` is no whole number.
        """
        with self._lock:
            left = self._require_open("progress") - self.processed_rows
            if rows is not None:
                check_count("progress()", "rows", rows)
                if rows > left:
                    raise UsageError(f"progress(): {self} has {left} rows left, not {rows}; progress() does them all")
            work_off(self._core, self._operation, rows)
            self._core.clock.settle()

    def fail_rows(self, rows: Sequence[str | int]) -> None:
        """Let rows fail when it is their turn.

        Args:
            rows: the ids that they name, such as those of users, or their places, the first being 0.

        Raises:
            UsageError: it is over, or a row is done already or not one of its own. UsageTypeError: it is no list.
        """
        with self._lock:
            self._require_open("fail_rows")
            if isinstance(rows, str) or not isinstance(rows, Sequence):
                raise UsageTypeError(f"fail_rows() takes a list of ids or places, not {rows!r}")
            places = [place for row in rows for place in self._places(row)]
            self._core.state.bulk_operations.doom(self._operation, places)

    def fail(self) -> None:
        """Let the whole operation fail now; rows that are not done will not be.

        Raises:
            UsageError: it is over.
        """
        with self._lock:
            self._require_open("fail")
            self._core.state.bulk_operations.fail(self._operation)

    def __str__(self) -> str:
        return f"{self.name}: {self.status}, {self.processed_rows} of {self.total_rows} rows"

    def __repr__(self) -> str:
        return f"<BulkHandle {self}>"

    def _require_open(self, verb: str) -> int:
        """Return how many rows there are to be done."""
        if not self._operation.is_open:
            remedy = "choose bulk_operations.mode('by_hand') before it is asked for"
            raise UsageError(f"{verb}(): {self.name} is {self.status} already; {remedy}")
        rows = len(self._operation.work.rows)
        if rows != self.total_rows:
            raise UsageError(f"{verb}(): {self.name} is remembered without its rows, so nothing can move it on")
        return rows

    def _places(self, row: str | int) -> list[int]:
        items = self._operation.work.items
        found = [place for place, item in enumerate(items) if row in (item.id, place)]
        if not found:
            listed = ", ".join(repr(item.id) for item in items[:10])
            raise UsageError(f"fail_rows(): {self.name} has no row {row!r}; its rows: {listed}")
        if found[-1] < self.processed_rows:
            raise UsageError(f"fail_rows(): the row {row!r} of {self.name} is done already")
        return found


def check_count(place: str, name: str, value: object) -> None:
    """Make sure that a value is a whole number from 1 on.

    Raises:
        UsageError, UsageTypeError: it is not; the message names place and argument.
    """
    if not is_whole(value):
        raise UsageTypeError(f"{place}: {name} must be a whole number, not {value!r}")
    if value < 1:
        raise UsageError(f"{place}: {name} must be 1 or more, not {value}")

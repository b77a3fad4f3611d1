"""Bulk operations in a test's hand: at what pace they are worked off, which rows fail, when one is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from knock_fake.api.bulk_handle import BulkHandle, check_count
from knock_fake.durations import parse_duration
from knock_fake.errors import UnknownNameError, UsageError, UsageTypeError, nearest
from knock_fake.state.bulk_operations import MODES, BulkPace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from knock_fake.core import Core
    from knock_fake.gateway.operation_names import OperationNames
    from knock_fake.state.bulk_operations import BulkOperation, Mode

_SCHEMA = "bulk_operations/bulk_operation"


class BulkOperations:
    """The bulk operations of a world, oldest first, and how they are worked off.

    Args:
        core: the parts of the world.
        names: the operations of the API.
        lock: held while one is moved on; it must be re-entrant.
    """

    def __init__(self, core: Core, names: OperationNames, lock: AbstractContextManager[object]) -> None:
        self._core = core
        self._names = names
        self._lock = lock

    def __iter__(self) -> Iterator[BulkHandle]:
        return iter([self._handle(one) for one in self._core.state.bulk_operations.all()])

    def __len__(self) -> int:
        return len(self._core.state.bulk_operations.all())

    def __repr__(self) -> str:
        return f"<BulkOperations: {'; '.join(map(str, self)) or 'none'}>"

    @property
    def last(self) -> BulkHandle:
        """The newest operation.

        Raises:
            UnknownNameError: there is none.
        """
        found = self._core.state.bulk_operations.all()
        if not found:
            raise UnknownNameError("there are no bulk operations in this world yet")
        return self._handle(found[-1])

    def get(self, operation_id: str) -> BulkHandle:
        """Return the operation with an id.

        Raises:
            UnknownNameError: there is none.
        """
        found = self._core.state.bulk_operations.get(operation_id)
        if found is None:
            known = [one.id for one in self._core.state.bulk_operations.all()]
            raise UnknownNameError(f"there is no bulk operation {operation_id!r}; {nearest(str(operation_id), known)}")
        return self._handle(found)

    def mode(
        self,
        mode: Mode,
        *,
        rows: int = 1,
        every: str | timedelta | None = None,
        fail_rows: Sequence[str] = (),
        operation: str | None = None,
    ) -> None:
        """Say how operations are worked off that are asked for from now on.

        Args:
            mode: ``immediate``: by the time the call that asks for one is over, as without any of this.
                ``per_poll``: each GET of one moves it on by ``rows`` rows, and shows how far it is then.
                ``over_time``: ``rows`` rows every so often on the world's clock.
                ``by_hand``: not at all until a test moves it on, see
                :class:`~knock_fake.api.bulk_handle.BulkHandle`.
            rows: how many rows at once.
            every: how often, such as ``"1s"``.
            fail_rows: the ids of rows that fail, such as those of users.
            operation: the operation of the API that it is for, such as ``users.bulk.identify``; without it all, and
                what was said of single ones is forgotten.

        Raises:
            UsageError: an argument does not go with the mode, has an impossible value, or names no bulk operation.
            UsageTypeError: one is of another type.
        """
        if mode not in MODES:
            raise UsageError(f"bulk_operations.mode(): there is no mode {mode!r}; {nearest(str(mode), MODES)}")
        pace = BulkPace(mode, _read_rows(mode, rows), _read_every(mode, every), _read_ids(fail_rows))
        self._core.state.bulk_operations.set_pace(pace, None if operation is None else self._read_operation(operation))

    def _read_operation(self, name: str) -> list[str]:
        place = "bulk_operations.mode()"
        found = [one.name for one in self._names.resolve(name, place) if one.response_schema == _SCHEMA]
        found = [one for one in found if one != "bulk_operations.get"]
        if not found:
            raise UsageError(f"{place}: {name} starts no bulk operation; users.bulk.identify does")
        return found

    def _handle(self, operation: BulkOperation) -> BulkHandle:
        return BulkHandle(self._core, operation, self._lock)


def _read_rows(mode: Mode, rows: int) -> int:
    check_count("bulk_operations.mode()", "rows", rows)
    if rows != 1 and mode not in ("per_poll", "over_time"):
        raise UsageError(f"bulk_operations.mode(): rows goes with per_poll and over_time, not with {mode}")
    return rows


def _read_every(mode: Mode, every: str | timedelta | None) -> timedelta:
    if (every is not None) != (mode == "over_time"):
        problem = (
            "over_time needs every, such as '1s'" if every is None else f"every goes with over_time, not with {mode}"
        )
        raise UsageError(f"bulk_operations.mode(): {problem}")
    length = timedelta() if every is None else parse_duration(every)
    if every is not None and length <= timedelta():
        raise UsageError(f"bulk_operations.mode(): every must be more than nothing, not {every!r}")
    return length


def _read_ids(fail_rows: Sequence[str]) -> frozenset[str]:
    if isinstance(fail_rows, str) or not isinstance(fail_rows, Sequence):
        raise UsageTypeError(f"bulk_operations.mode(): fail_rows must be a list of ids, not {fail_rows!r}")
    return frozenset(fail_rows)

"""The batch deduplication limit: one update per second and message in batch status changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.gateway.token_buckets import BucketKey, TokenBuckets
from knock_fake.json_types import is_whole

if TYPE_CHECKING:
    from knock_fake.clock import VirtualClock
    from knock_fake.gateway.operation_names import OperationNames
    from knock_fake.state.message_store import MessageStore

ENTITY_RATE = 1
"""Updates per second of one entity in batch tier 1, from Knock's API reference."""


@dataclass(slots=True)
class _Rejection:
    """What is rejected on demand.

    Attributes:
        operations: in calls of these.
        message_ids: these messages; ``None`` for all.
        count: so many of a call, the last ones; ``None`` for all.
        calls_left: in so many calls more; ``None`` until it is cleared.
    """

    operations: frozenset[str]
    message_ids: frozenset[str] | None
    count: int | None
    calls_left: int | None

    def chosen(self, message_ids: Sequence[str]) -> Sequence[str]:
        """Return which messages of a call are rejected."""
        chosen = [one for one in message_ids if self.message_ids is None or one in self.message_ids]
        return chosen if self.count is None else chosen[-self.count :]


class BatchLimits:
    """The limit of batch status changes, and messages over it on demand.

    Over the limit a call still answers 200 with every message, the rejected ones as they were, and names those in the
    header ``x-ratelimited-message_ids`` (Knock's API reference). The limit itself is enforced by
    ``rate_limits.enforce()``.

    Args:
        clock: the world's clock.
        names: the operations there are.
        messages: the messages of the world.
    """

    __slots__ = ("_clock", "_entities", "_messages", "_names", "_rejections", "enforced")

    def __init__(self, clock: VirtualClock, names: OperationNames, messages: MessageStore) -> None:
        self._clock = clock
        self._names = names
        self._messages = messages
        self._rejections: list[_Rejection] = []
        self.relax()

    def enforce(self) -> None:
        """Count updates from now on."""
        self.enforced = True
        self._entities = TokenBuckets(self._clock)

    def relax(self) -> None:
        """Count no more; what is rejected on demand stays so."""
        self.enforced = False
        self._entities = TokenBuckets(self._clock)

    def reject(
        self,
        message_ids: Sequence[str] | None = None,
        *,
        count: int | None = None,
        times: int | None = None,
        operation: str = "messages.batch.*",
    ) -> None:
        """Let messages of batch status changes be over the limit, until :meth:`clear`.

        Args:
            message_ids: which messages; all of every call when left out.
            count: so many of each call at most, the last ones (which Knock rejects is undocumented: our choice).
            times: in the next so many batch status changes alone.
            operation: such as ``messages.batch.mark_as_read``; all of them when left out.

        Raises:
            UsageError: there is no such message or operation, or a number is less than 1.
            UsageTypeError: an argument is of another type.
        """
        limited = {one.name for one in self._names.resolve(operation, "batch_limits.reject()") if one.batch_tier}
        if not limited:
            raise UsageError(f"batch_limits.reject(): {operation} has no batch limit; messages.batch.* have one")
        for name, number in (("count", count), ("times", times)):
            _check_number(name, number)
        chosen = None if message_ids is None else self._read_ids(message_ids)
        self._rejections.append(_Rejection(frozenset(limited), chosen, count, times))

    def clear(self) -> None:
        """Reject nothing on demand any more."""
        self._rejections.clear()

    def over(self, operation: str, status: str, message_ids: Sequence[str]) -> frozenset[str]:
        """Count one batch status change, and return which of its messages are over the limit.

        Args:
            operation: its name.
            status: what is done to each message: the limit is one for each message and status.
            message_ids: the messages that it is for, each once.
        """
        rejected: set[str] = set()
        for rejection in [one for one in self._rejections if operation in one.operations]:
            rejected.update(rejection.chosen(message_ids))
            self._use(rejection)
        return frozenset(one for one in message_ids if one in rejected or not self._take(status, one))

    def _take(self, status: str, message_id: str) -> bool:
        return not self.enforced or self._entities.take(BucketKey(status, message_id), ENTITY_RATE) == 0

    def _use(self, rejection: _Rejection) -> None:
        if rejection.calls_left is not None:
            rejection.calls_left -= 1
            if rejection.calls_left == 0:
                self._rejections.remove(rejection)

    def _read_ids(self, message_ids: Sequence[str]) -> frozenset[str]:
        if isinstance(message_ids, str) or not isinstance(message_ids, Sequence):
            raise UsageTypeError(f"batch_limits.reject(): message_ids must be a list of ids, not {message_ids!r}")
        if not message_ids:
            raise UsageError("batch_limits.reject(): the list is empty; leave it out to reject all messages")
        for identifier in message_ids:
            if self._messages.get(identifier) is None:
                raise UsageError(f"batch_limits.reject(): there is no message {identifier!r} in this world")
        return frozenset(message_ids)


def _check_number(name: str, number: int | None) -> None:
    if number is None:
        return
    if not is_whole(number):
        raise UsageTypeError(f"batch_limits.reject(): {name} must be a whole number, not {number!r}")
    if number < 1:
        raise UsageError(f"batch_limits.reject(): {name} must be 1 or more, not {number}")

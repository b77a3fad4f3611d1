"""A fault that was added to a world: what it has seen, and whether it strikes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError
from knock_fake.gateway.faults.effects import GarbledAnswer, NetworkFailure

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from knock_fake.gateway.faults.attempt import Attempt
    from knock_fake.gateway.faults.fault import Fault
    from knock_fake.gateway.operations import Operation
    from knock_fake.identifiers import Identifiers
    from knock_fake.json_types import Json


class ConditionError(UsageError):
    """A function of the user's, by which a fault judges calls, raised an exception."""


@dataclass(frozen=True, slots=True)
class Draw:
    """Where a rule's chance comes from: ``seed`` (``None``: the world's) and its place among those of that seed."""

    seed: int | None
    place: int


@dataclass(slots=True)
class RuleRecord:
    """One rule of a world.

    Attributes:
        number: its place among all that were ever added, from 1.
        fault: what it does and when.
        starts, ends: the instants (UTC) between which it is in force; ``None`` leaves that side open.
        draw: where its chance comes from.
        reached: calls that it is for, while it was in force.
        matched: those of them for which everything held that its fault asks of a call.
        hits: those of them that it struck.
    """

    number: int
    fault: Fault
    starts: datetime | None
    ends: datetime | None
    draw: Draw
    reached: int = 0
    matched: int = 0
    hits: int = 0

    def __str__(self) -> str:
        return f"fault {self.number}: {self.fault}"

    def is_in_force(self, at: datetime) -> bool:
        """Whether an instant is within its window."""
        return (self.starts is None or self.starts <= at) and (self.ends is None or at < self.ends)

    def is_spent(self, at: datetime) -> bool:
        """Whether it can never strike again."""
        fault = self.fault
        is_used_up = fault.times is not None and self.hits >= fault.times
        is_past = bool(fault.nth) and self.matched >= fault.nth[-1]
        return is_used_up or is_past or (self.ends is not None and at >= self.ends)

    def is_due(self, chance: Identifiers) -> bool:
        """Whether the call that was counted last is one of those it strikes."""
        fault = self.fault
        if fault.nth and self.matched not in fault.nth:
            return False
        if self.matched <= fault.after or (fault.times is not None and self.hits >= fault.times):
            return False
        return fault.probability == 1 or self._drawn(chance) < fault.probability

    def _drawn(self, chance: Identifiers) -> float:
        return chance.fraction((self.draw.place << 32) | (self.matched & 0xFFFFFFFF), b"fault")


class FaultLedger:
    """Everything that a world remembers of its faults: plain data, to be kept and put back with it.

    Attributes:
        rules: the rules by number.
        active: their numbers, oldest first. Replaced, never changed, so that calls in other threads can read it.
        last: the number that was given last.
        storms: how many storms there were.
        told: the code of the newest of them, for reports.
    """

    __slots__ = ("active", "last", "rules", "storms", "told")

    def __init__(self) -> None:
        self.rules: dict[int, RuleRecord] = {}
        self.active: tuple[int, ...] = ()
        self.last = 0
        self.storms = 0
        self.told: tuple[str, ...] = ()


def can_strike(fault: Fault, operation: Operation | None) -> bool:
    """Whether an operation's answers can be struck: one without a body can be neither spoilt nor cut off."""
    needs_body = isinstance(fault.effect, GarbledAnswer) or (
        isinstance(fault.effect, NetworkFailure) and fault.effect.failure == "incomplete_body"
    )
    return not needs_body or operation is None or operation.status != 204


def holds(fault: Fault, attempt: Attempt) -> bool:
    """Whether a call has everything that a fault asks for.

    Raises:
        ConditionError: a function of the user's raised an exception.
    """
    if fault.api_key is not None and attempt.api_key != fault.api_key:
        return False
    if fault.workflow is not None and fault.workflow not in attempt.workflows:
        return False
    if fault.recipient is not None and fault.recipient not in attempt.recipients:
        return False
    return _body_holds(fault, attempt) and (fault.when is None or _judge(fault, "when", attempt))


def _body_holds(fault: Fault, attempt: Attempt) -> bool:
    if fault.body is None:
        return True
    if isinstance(fault.body, dict):
        return contains(attempt.body, fault.body)
    return _judge(fault, "body", attempt)


def _judge(fault: Fault, name: str, attempt: Attempt) -> bool:
    try:
        if name == "body" and callable(fault.body):
            return bool(fault.body(attempt.body))
        return fault.when is not None and bool(fault.when(attempt))
    except Exception as error:
        problem = f"the function {name} of the fault {fault} raised {type(error).__name__}: {error}"
        raise ConditionError(f"{problem}; it has to say True or False for every call that it is for") from error


def contains(value: Json, part: Mapping[str, Json]) -> bool:
    """Whether a value holds what a part asks for: objects may hold more, everything else has to be equal."""
    if not isinstance(value, dict):
        return False
    return all(
        name in value and (contains(value[name], asked) if isinstance(asked, dict) else value[name] == asked)
        for name, asked in part.items()
    )

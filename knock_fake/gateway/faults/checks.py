"""Faults that can never strike, found when they are added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import UsageError
from knock_fake.gateway.faults.attempt import carries_body, carries_recipient, carries_workflow
from knock_fake.gateway.faults.rule import can_strike
from knock_fake.timeline import brief

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from knock_fake.gateway.faults.fault import Fault
    from knock_fake.gateway.faults.targets import Target


def check_possible(fault: Fault, targets: Sequence[Target]) -> None:
    """Make sure that there are calls which a fault can strike.

    Raises:
        UsageError: there are none; the message says what is in the way.
    """
    operations = [operation for target in targets for operation in target.operations]
    asked = (
        (True, can_strike, "is answered without a body (204), so there is nothing to spoil: drop() loses the answer"),
        (fault.workflow is not None, lambda _, one: carries_workflow(one), "names no workflow: leave out workflow="),
        (
            fault.recipient is not None,
            lambda _, one: carries_recipient(one),
            "names no recipient: leave out recipient=",
        ),
        (fault.body is not None, lambda _, one: carries_body(one), "has no body: leave out body="),
    )
    for is_asked, is_possible, problem in asked:
        if is_asked and not any(is_possible(fault, operation) for operation in operations):
            listed = ", ".join(fault.targets)
            raise UsageError(f"the fault on {listed} would never strike: {operations[0].name} {problem}")


def read_window(fault: Fault, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Return the instants (UTC) between which a fault that is added now is in force.

    Raises:
        UsageError: it would be over already, or end beyond the calendar.
    """
    ends = fault.until
    if fault.lasting is not None:
        begins = max(fault.since, now) if fault.since is not None else now
        try:
            ends = begins + fault.lasting
        except OverflowError as error:
            raise UsageError(f"lasting: {fault.lasting} after {brief(begins)} is beyond the calendar") from error
    if ends is not None and ends <= now:
        remedy = "give it an end to come, or add it before time moves on"
        raise UsageError(f"the fault would never strike: it ends at {brief(ends)} and it is {brief(now)}; {remedy}")
    return fault.since, ends

"""What a failing test's report says of its world: the newest calls, what the runs decided, what is still to come."""

from __future__ import annotations

from itertools import groupby, islice
from typing import TYPE_CHECKING, TypeVar

from knock_fake.timeline import brief
from knock_fake.workflows.reasons import describe_run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import timedelta

    from knock_fake.clock import VirtualClock
    from knock_fake.gateway.faults.registry import Faults
    from knock_fake.state.webhooks import WebhookDelivery
    from knock_fake.world import KnockFake

MAX_CALLS = 15
MAX_RUNS = 10
MAX_RAISED = 3

_Item = TypeVar("_Item")

_MISSING = "webhook that has not arrived"
_PLURALS = {_MISSING: "webhooks that have not arrived"}

_UNITS = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))


class UnbuiltOperationWarning(UserWarning):
    """A test called operations of Knock's API that this version of knock_fake does not answer."""


class WebhookReceiverWarning(UserWarning):
    """A function or application that webhooks are sent to raised an error, which the caller does not see."""


def describe_raised(lines: Sequence[str]) -> str:
    """Return one line that tells at which webhooks whoever was to answer raised an error."""
    told, more = [line.partition("\n")[0] for line in lines[:MAX_RAISED]], len(lines) - MAX_RAISED
    listed = "; ".join(told) + (f"; and {more} more" if more > 0 else "")
    return f"a receiver of webhooks raised an error: {listed}"


def describe_unbuilt(unbuilt: Mapping[str, int]) -> str:
    """Return one line that names the operations and how often each was called."""
    listed = ", ".join(f"{name} ({count}x)" for name, count in sorted(unbuilt.items()))
    return f"this version of knock_fake answers 501 to: {listed}"


def describe_world(world: KnockFake) -> str:
    """Return clock, newest calls and newest runs of a world, short enough to stand in a test report.

    What repeats itself is told once, with how often.
    """
    lines = [f"now {brief(world.clock.now)}, seed {world.seed}"]
    lines += _newest("call", [*world.journal], lambda entry: [str(entry)], MAX_CALLS)
    lines += _faults(world.faults)
    lines += _newest("run", [*world.state.runs], describe_run, MAX_RUNS)
    lines += _webhooks(world.state.webhooks.deliveries())
    return "\n".join([*lines, *_to_come(world.clock)])


def _faults(faults: Faults) -> list[str]:
    """Tell which failures were asked for, how often each struck, and how a storm is repeated."""
    lines = [f"  {rule}  ({rule.hits}x)" for rule in faults]
    told = [_heading("fault", len(lines), len(lines)), *lines] if lines else []
    return [*told, *(f"repeat with knock.faults.{code}" for code in faults.ledger.told if code)]


def _webhooks(deliveries: Sequence[WebhookDelivery]) -> list[str]:
    """Tell which webhooks have not arrived; a world without endpoints says nothing of them."""
    missing = [one for one in deliveries if one.status != "delivered"]
    return _newest(_MISSING, missing, lambda one: [str(one)], MAX_CALLS) if missing else []


def _newest(noun: str, items: Sequence[_Item], describe: Callable[[_Item], list[str]], limit: int) -> list[str]:
    groups = islice(groupby(map(describe, reversed(items))), limit)
    folded = [(lines, sum(1 for _ in equal)) for lines, equal in groups]
    told = [_heading(noun, len(items), sum(count for _, count in folded))]
    for (head, *rest), count in reversed(folded):
        told.append(f"  {head}" + (f"  ({count}x)" if count > 1 else ""))
        told.extend(f"  {line}" for line in rest)
    return told


def _heading(noun: str, count: int, shown: int) -> str:
    plural = noun if count == 1 else _PLURALS.get(noun, f"{noun}s")
    return f"{count} {plural}" + (f", the last {shown}:" if count > shown else ":" if count else "")


def _to_come(clock: VirtualClock) -> list[str]:
    pending = clock.pending()
    if not pending:
        return []
    due = pending[0].due
    timers = "1 timer" if len(pending) == 1 else f"{len(pending)} timers"
    return [f"{timers} pending, the next at {brief(due)}: knock.clock.advance({_argument(due - clock.now)})"]


def _argument(length: timedelta) -> str:
    """Return a length of time as ``advance`` takes it: in the largest whole unit."""
    seconds = length.total_seconds()
    whole = next(((unit, size) for unit, size in _UNITS if seconds % size == 0), None)
    return f"seconds={seconds}" if whole is None else f'"{seconds / whole[1]:.0f}{whole[0]}"'

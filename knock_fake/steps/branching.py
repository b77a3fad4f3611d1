"""Builders of steps that split a workflow: by conditions, or by chance that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.steps._arguments import condition_group, flag, given, json_objects, refuse, text
from knock_fake.steps._options import ForkOptions, read_options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from knock_fake.json_types import Json, JsonObject

__all__ = ["branch", "cohort", "experiment", "otherwise", "when"]


def when(
    conditions: JsonObject, steps: Sequence[JsonObject], *, name: str | None = None, terminates: bool = False
) -> JsonObject:
    """Return one branch of :func:`branch`: what runs when conditions are true.

    Args:
        conditions: a condition group, see :mod:`knock_fake.conditions`; one condition alone stands for a group of it.
        steps: the steps of the branch; there may be none.
        name: what the branch is called in a run's events.
        terminates: whether the workflow ends behind the branch.

    Raises:
        UsageTypeError: an argument is of a wrong type.
    """
    if not isinstance(conditions, dict):
        refuse("when", "conditions", "a condition or a group of them", conditions)
    return _branch("when", steps, name, terminates, {"conditions": condition_group(conditions)})


def otherwise(steps: Sequence[JsonObject], *, name: str | None = None, terminates: bool = False) -> JsonObject:
    """Return the default of :func:`branch`: what runs when no other branch does; it stands last.

    Args:
        steps: the steps of the branch; there may be none.
        name: what the branch is called in a run's events.
        terminates: whether the workflow ends behind the branch.

    Raises:
        UsageTypeError: an argument is of a wrong type.
    """
    return _branch("otherwise", steps, name or "Default", terminates, {"conditions": None})


def branch(*branches: JsonObject, **options: Unpack[ForkOptions]) -> JsonObject:
    """Return a step that runs the first branch whose conditions are true.

        >>> from knock_fake.conditions import equal_to
        >>> from knock_fake.steps import branch, email, otherwise, sms, when
        >>> step = branch(when(equal_to("recipient.plan", "pro"), [sms("Hi")]), otherwise([email("Hi", "Hi")]))

    Args:
        branches: what :func:`when` returns, and at the end what :func:`otherwise` does. Without the latter, nothing
            happens when no conditions are true.
        options: ``ref`` and ``name``; the step has no conditions of its own.

    Raises:
        UsageError: there is no branch, or the default is not the last.
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    read = read_options("branch", options, ForkOptions)
    _check_parts("branch", branches, "conditions", "what when() and otherwise() return")
    defaults = [one["conditions"] is None for one in branches]
    if not branches or True in defaults[:-1]:
        raise UsageError("branch() needs what when() returns, and at most one otherwise(), which stands last")
    listed = branches if defaults[-1] else (*branches, otherwise([]))
    return given({"type": "branch", **read, "branches": [*listed]})


def cohort(
    percentage: float | Decimal | str,
    steps: Sequence[JsonObject],
    *,
    name: str | None = None,
    terminates: bool = False,
) -> JsonObject:
    """Return one cohort of :func:`experiment`.

    Args:
        percentage: its share: 0 to 100 with at most one decimal.
        steps: the steps that run for it; there may be none.
        name: what it is called in a run's events, and for ``knock.cohorts.force``.
        terminates: whether the workflow ends behind them.

    Raises:
        UsageTypeError: an argument is of a wrong type.
    """
    from decimal import Decimal

    if isinstance(percentage, bool) or not isinstance(percentage, int | float | Decimal | str):
        refuse("cohort", "percentage", "a number", percentage)
    share: Json = str(percentage) if isinstance(percentage, Decimal) else percentage
    return _branch("cohort", steps, name, terminates, {"percentage": share})


def experiment(*cohorts: JsonObject, key: str | None = None, **options: Unpack[ForkOptions]) -> JsonObject:
    """Return a step that gives every recipient one of several cohorts, the same one in every run.

    Args:
        cohorts: 2 to 10 of what :func:`cohort` returns; their percentages make 100.
        key: what decides about the cohort, a path such as ``"tenant.id"`` or Liquid; the recipient's id when left
            out.
        options: ``ref`` and ``name``; the step has no conditions of its own.

    Raises:
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    read = read_options("experiment", options, ForkOptions)
    _check_parts("experiment", cohorts, "percentage", "what cohort() returns")
    step: JsonObject = {
        "type": "random_cohort",
        **read,
        "cohort_key": text("experiment", "key", key),
        "cohort_branches": [*cohorts],
    }
    return given(step)


def _branch(
    builder: str, steps: Sequence[JsonObject], name: str | None, terminates: bool, more: Mapping[str, Json]
) -> JsonObject:
    named: JsonObject = given({"name": text(builder, "name", name)})
    inside = json_objects(builder, "steps", steps) or []
    ends: JsonObject = {"terminates": True} if flag(builder, "terminates", terminates) else {}
    return {**named, **more, "steps": inside, **ends}


def _check_parts(builder: str, parts: Sequence[object], key: str, wanted: str) -> None:
    for part in parts:
        if not isinstance(part, dict) or key not in part:
            raise UsageTypeError(f"{builder}() takes {wanted}, not {type(part).__name__} {part!r}")

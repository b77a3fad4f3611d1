"""Builders of steps that branch."""

from __future__ import annotations

import doctest
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from knock_fake.conditions import all_of, equal_to
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.steps import branch, branching, cohort, delay, experiment, otherwise, sms, when

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.json_types import JsonObject

PRO = equal_to("data.plan", "pro")
HI = sms("Hi")


def test_branch() -> None:
    assert branch(when(PRO, [HI])) == {
        "type": "branch",
        "branches": [
            {"conditions": {"all": [PRO]}, "steps": [HI]},
            {"name": "Default", "conditions": None, "steps": []},
        ],
    }


def test_branch_with_everything() -> None:
    step = branch(
        when(all_of(PRO), [HI], name="Pro", terminates=True),
        when(PRO, []),
        otherwise((HI,), name="Rest", terminates=True),
        ref="plans",
        name="Plans",
    )
    assert step == {
        "type": "branch",
        "ref": "plans",
        "name": "Plans",
        "branches": [
            {"name": "Pro", "conditions": {"all": [PRO]}, "steps": [HI], "terminates": True},
            {"conditions": {"all": [PRO]}, "steps": []},
            {"name": "Rest", "conditions": None, "steps": [HI], "terminates": True},
        ],
    }


def test_experiment() -> None:
    step = experiment(
        cohort(33.3, [HI], name="A", terminates=True), cohort("33.3", []), cohort(Decimal("33.4"), []), key="tenant.id"
    )
    assert step == {
        "type": "random_cohort",
        "cohort_key": "tenant.id",
        "cohort_branches": [
            {"name": "A", "percentage": 33.3, "steps": [HI], "terminates": True},
            {"percentage": "33.3", "steps": []},
            {"percentage": "33.4", "steps": []},
        ],
    }


def test_one_condition_stands_for_a_group_in_every_step() -> None:
    assert sms("Hi", conditions=PRO)["conditions"] == {"all": [PRO]}
    assert delay("1h", conditions=all_of(PRO))["conditions"] == {"all": [PRO]}


untyped: Any = branching


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (
            lambda: branch(),
            UsageError,
            "branch() needs what when() returns, and at most one otherwise(), which stands last",
        ),
        (
            lambda: branch(otherwise([]), when(PRO, [])),
            UsageError,
            "branch() needs what when() returns, and at most one otherwise(), which stands last",
        ),
        (
            lambda: branch(HI),
            UsageTypeError,
            f"branch() takes what when() and otherwise() return, not dict {HI!r}",
        ),
        (
            lambda: untyped.branch(when(PRO, []), conditions=PRO),
            UsageTypeError,
            (
                "branch() has no argument 'conditions'; "
                "a branch step has none: put them into when(...), or on the steps inside"
            ),
        ),
        (
            lambda: untyped.branch(branches=[when(PRO, [])]),
            UsageTypeError,
            "branch() has no argument 'branches'; write branch(when(...), when(...), otherwise(...))",
        ),
        (
            lambda: untyped.when("pro", []),
            UsageTypeError,
            "when(conditions=...) must be a condition or a group of them, not str 'pro'",
        ),
        (lambda: untyped.when(PRO, HI), UsageTypeError, f"when(steps=...) must be a list of dicts, not dict {HI!r}"),
        (
            lambda: untyped.when(PRO, ["x"]),
            UsageTypeError,
            "when(steps[0]=...) must be a dict with texts as keys, not str 'x'",
        ),
        (lambda: untyped.otherwise([], name=1), UsageTypeError, "otherwise(name=...) must be text, not int 1"),
        (
            lambda: untyped.otherwise([], terminates=1),
            UsageTypeError,
            "otherwise(terminates=...) must be True or False, not int 1",
        ),
        (lambda: untyped.cohort(True, []), UsageTypeError, "cohort(percentage=...) must be a number, not bool True"),
        (
            lambda: untyped.cohort(None, []),
            UsageTypeError,
            "cohort(percentage=...) must be a number, not NoneType None",
        ),
        (
            lambda: experiment(when(PRO, [])),
            UsageTypeError,
            f"experiment() takes what cohort() returns, not dict {when(PRO, [])!r}",
        ),
        (lambda: untyped.experiment(key=1), UsageTypeError, "experiment(key=...) must be text, not int 1"),
        (
            lambda: untyped.experiment(cohorts=[]),
            UsageTypeError,
            "experiment() has no argument 'cohorts'; write experiment(cohort(50, [...]), cohort(50, [...]))",
        ),
    ],
)
def test_what_makes_no_step_is_refused(build: Callable[[], JsonObject], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as refusal:
        build()
    assert str(refusal.value) == message


def test_the_example_holds() -> None:
    assert doctest.testmod(branching).failed == 0

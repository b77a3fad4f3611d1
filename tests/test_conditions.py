"""Builders of conditions, and what the engine makes of them."""

from __future__ import annotations

import doctest
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

import pytest

from knock_fake import conditions
from knock_fake.conditions import MessageCase, all_of, any_of, equal_to, message_is, message_is_not
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.workflows.condition_checks import check_conditions
from knock_fake.workflows.condition_operators import OPERATORS
from knock_fake.workflows.conditions import ConditionScope, MessageStatus, evaluate

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.json_types import Json, JsonObject

NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)
DATA: JsonObject = {"data": {"plan": "pro", "count": 3, "tags": ["a", "b"], "at": "2026-01-10T11:00:00Z", "none": None}}


def passes(condition: JsonObject) -> bool:
    check_conditions(condition, "conditions")
    scope = ConditionScope(DATA, NOW, is_audience_member=lambda key: key == "beta")
    evaluation = evaluate(condition, scope)
    assert [one.error for one in evaluation.results] == [None] * len(evaluation.results)
    return evaluation.passed


PAIRS: list[tuple[JsonObject, JsonObject]] = [
    (equal_to("data.plan", "pro"), conditions.not_equal_to("data.plan", "pro")),
    (equal_to("data.none", None), conditions.not_equal_to("data.none", None)),
    (conditions.greater_than("data.count", 2), conditions.less_than_or_equal_to("data.count", 2)),
    (conditions.greater_than_or_equal_to("data.count", 3), conditions.less_than("data.count", 3)),
    (conditions.contains("data.tags", "a"), conditions.not_contains("data.tags", "a")),
    (conditions.contains("data.plan", ["pro", "team"]), conditions.not_contains("data.plan", ["pro", "team"])),
    (conditions.contains_all("data.tags", ("b", "a")), conditions.not_contains_all("data.tags", ("b", "a"))),
    (conditions.empty("data.x"), conditions.not_empty("data.x")),
    (conditions.exists("data.plan"), conditions.not_exists("data.plan")),
    (conditions.is_timestamp("data.at"), conditions.is_not_timestamp("data.at")),
    (conditions.is_timestamp_before_now("data.at"), conditions.is_timestamp_on_or_after_now("data.at")),
    (
        conditions.is_timestamp_before("data.at", "30_days_from_now"),
        conditions.is_timestamp_on_or_after("data.at", "30_days_from_now"),
    ),
    (
        conditions.is_timestamp_before("data.at", datetime(2026, 1, 11)),  # noqa: DTZ001 - naive means UTC
        conditions.is_timestamp_on_or_after("data.at", datetime(2026, 1, 11, tzinfo=UTC)),
    ),
    (
        conditions.is_timestamp_before_date("data.at", "2026-01-11"),
        conditions.is_timestamp_on_or_after_date("data.at", "2026-01-11"),
    ),
    (conditions.is_audience_member("beta"), conditions.is_not_audience_member("beta")),
    (any_of(equal_to("data.count", 4), all_of(equal_to("data.count", 3))), any_of(equal_to("data.count", "4"))),
    (conditions.is_between("data.count", 1, 3), conditions.is_between("data.count", 4, 5)),
    (
        conditions.is_timestamp_between("data.at", "2026-01-10", NOW),
        conditions.is_timestamp_between("data.at", NOW, "2026-01-11"),
    ),
]


@pytest.mark.parametrize(("true", "false"), PAIRS)
def test_conditions_mean_what_they_say(true: JsonObject, false: JsonObject) -> None:
    assert (passes(true), passes(false)) == (True, False)


def test_every_operator_of_steps_has_a_builder_of_its_name() -> None:
    # A share of recipients is chosen by channel groups alone; steps have experiments for it.
    assert {name for name in OPERATORS if not hasattr(conditions, name)} == {"is_in_random_cohort"}
    assert {one["operator"] for pair in PAIRS for one in pair if "operator" in one} == {*OPERATORS} - {
        "is_in_random_cohort"
    }


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        ("pro", "pro"),
        ("data.other", "data.other"),
        (None, None),
        (3, "3"),
        (True, "true"),
        (0.5, "0.5"),
        (["a", 1], '["a",1]'),
        (("a",), '["a"]'),
        ({"a": [None]}, '{"a":[null]}'),
        (NOW, "2026-01-10T12:00:00.000000Z"),
    ],
)
def test_an_argument_is_written_as_knock_writes_it(argument: Json, text: str | None) -> None:
    assert equal_to("data.x", argument) == {"variable": "data.x", "operator": "equal_to", "argument": text}


def statuses(delivery: str, *engagements: str) -> ConditionScope:
    status = MessageStatus(delivery, frozenset(engagements))
    return ConditionScope({}, NOW, message_statuses=lambda _: [status])


@pytest.mark.parametrize("case", get_args(MessageCase))
def test_every_message_case_can_be_asked_and_denied(case: MessageCase) -> None:
    check_conditions([message_is("email_1", case), message_is_not("email_1", case)], "conditions", refs=["email_1"])
    happened = {
        "seen_not_read": statuses("delivered", "seen"),
        "read_not_link_clicked": statuses("delivered", "read"),
    }.get(case, statuses(case if case in ("undelivered", "bounced", "sent", "delivered", "skipped") else "sent", case))
    other = statuses("queued")
    assert [evaluate(message_is("email_1", case), scope).passed for scope in (happened, other)] == [True, False]
    assert [evaluate(message_is_not("email_1", case), scope).passed for scope in (happened, other)] == [False, True]


def test_a_delivered_message_is_sent_and_one_of_a_sandbox_is_not() -> None:
    assert evaluate(message_is("email_1", "sent"), statuses("delivered")).passed
    assert not evaluate(message_is("email_1", "sent"), statuses("not_sent")).passed


untyped: Any = conditions


@pytest.mark.parametrize(
    ("build", "error", "problem"),
    [
        (lambda: untyped.equal_to(3, "pro"), UsageTypeError, "a variable is a path such as 'data.plan', not 3"),
        (lambda: untyped.equal_to("data.x", {1}), UsageTypeError, "JSON cannot hold set"),
        (lambda: untyped.all_of("pro"), UsageTypeError, r"all_of\(\) takes conditions and groups of them, not 'pro'"),
        (lambda: untyped.any_of([]), UsageTypeError, r"any_of\(\) takes conditions"),
        (lambda: untyped.message_is("email_1", "red"), UsageError, "a message cannot be 'red'; did you mean 'read'"),
    ],
)
def test_what_is_no_condition_is_refused(build: Callable[[], object], error: type[Exception], problem: str) -> None:
    with pytest.raises(error, match=problem):
        build()


def test_the_examples_hold() -> None:
    assert doctest.testmod(conditions).failed == 0

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.timestamps import show_instant
from knock_fake.workflows.condition_checks import check_conditions
from knock_fake.workflows.condition_operators import MESSAGE_CASES, OPERATORS, UNARY_OPERATORS
from knock_fake.workflows.conditions import (
    MISSING,
    ConditionResult,
    ConditionScope,
    Evaluation,
    MessageStatus,
    evaluate,
)
from knock_fake.workflows.paths import look_up, split_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import Json, JsonObject

NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)

VARIABLES: JsonObject = {
    "data": {
        "plan": "free",
        "count": 3,
        "ratio": 0.5,
        "limit": 5,
        "zip": "12345",
        "quoted": '"free"',
        "is_paid": True,
        "paid_text": "true",
        "nothing": None,
        "blank": "",
        "no_items": [],
        "no_keys": {},
        "tags": ["a", "b", 5],
        "codes": ["5", "6"],
        "items": [{"name": "first"}, {"name": "second"}],
        "wanted_tags": ["b", "c"],
        "at": "2026-01-10T11:00:00Z",
        "today": "2026-01-10",
        "text": "a true story",
    },
    "recipient": {"id": "jane", "__typename": "User", "plan": "free"},
    "actor": {"id": "jane"},
    "tenant": None,
    "vars": {"flag": True},
    "run": {"total_activities": 2},
    "refs": {"wait_1": {"matched": True, "signal_variables": {}}},
    "page_name": "Home",
}
SCOPE = ConditionScope(VARIABLES, NOW, is_audience_member=lambda key: key in {"beta", "123"})


def condition(variable: Json, operator: Json, argument: Json = None) -> JsonObject:
    return {"variable": variable, "operator": operator, "argument": argument}


def passes(variable: Json, operator: str, argument: Json = None, scope: ConditionScope = SCOPE) -> bool:
    return evaluate([condition(variable, operator, argument)], scope).passed


TRUE: JsonObject = condition("data.count", "equal_to", "3")
FALSE: JsonObject = condition("data.count", "equal_to", "4")


# -- structure -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nothing", [None, {}, [], {"all": []}, {"any": []}, {"all": None}, {"any": {}}])
def test_nothing_passes(nothing: Json) -> None:
    assert evaluate(nothing, SCOPE) == Evaluation(True)


@pytest.mark.parametrize(
    ("group", "passed"),
    [
        ({"all": [TRUE, TRUE]}, True),
        ({"all": [TRUE, FALSE]}, False),
        ({"any": [FALSE, TRUE]}, True),
        ({"any": [FALSE, FALSE]}, False),
        ({"any": [FALSE, {"all": [TRUE, TRUE]}]}, True),
        ({"any": [FALSE, {"all": [TRUE, FALSE]}]}, False),
        ({"all": [TRUE, {"any": [FALSE, {"all": [TRUE]}]}]}, True),
        ({"all": [TRUE], "any": [FALSE]}, False),
        ({"all": [TRUE], "any": [FALSE, TRUE]}, True),
        ([TRUE, FALSE], False),
        ([TRUE, TRUE], True),
        (TRUE, True),
    ],
)
def test_groups_combine_their_members(group: Json, passed: bool) -> None:
    assert evaluate(group, SCOPE).passed is passed


def test_what_follows_the_deciding_condition_is_not_evaluated() -> None:
    evaluation = evaluate({"all": [TRUE, FALSE, TRUE, {"any": [FALSE, TRUE]}]}, SCOPE)
    assert [result.passed for result in evaluation.results] == [True, False, None, None, None]
    assert evaluation.results[2] == ConditionResult("data.count", "equal_to", "3")


@pytest.mark.parametrize(
    ("group", "error"),
    [
        ("pro", "a condition must be an object, not a string"),
        (True, "a condition must be an object, not a boolean"),
        ([None, 7], "a condition must be an object, not a number"),
        ({"all": "x"}, "'all' must be a list of conditions, not a string"),
        ({"any": [], "all": 0}, "'all' must be a list of conditions, not a number"),
        ({"argument": "x"}, "a condition needs 'variable' and 'operator'"),
        ({"variable": "data.plan"}, "a condition needs 'operator'"),
    ],
)
def test_a_malformed_group_is_false_and_says_why(group: Json, error: str) -> None:
    evaluation = evaluate(group, SCOPE)
    assert (evaluation.passed, evaluation.results[-1].error, evaluation.reason()) == (False, error, error)


def test_endless_nesting_is_false() -> None:
    group: Json = TRUE
    for _ in range(500):
        group = {"all": [group]}
    assert evaluate(group, SCOPE).reason() == "conditions are nested more than 32 levels deep"
    with pytest.raises(WorkflowDefinitionError, match="conditions are nested more than 32 levels deep"):
        check_conditions(group, "workflow 'x': conditions")


def test_values_nested_beyond_comparison_are_false() -> None:
    deep: Json = 1
    other: Json = 1
    for _ in range(5000):
        deep, other = [deep], [other]
    scope = ConditionScope({"data": {"deep": deep}}, NOW)
    evaluation = evaluate(condition("data.deep", "equal_to", other), scope)
    assert not evaluation.passed
    assert evaluation.reason() == "data.deep equal_to a list: the values are nested too deeply to be compared"


def test_integers_beyond_64_bits_are_compared_and_shown() -> None:
    scope = ConditionScope({"data": {"large": 2**70}}, NOW)
    evaluation = evaluate(condition("data.large", "less_than", 5), scope)
    assert evaluation.reason() == f"data.large less_than 5: data.large is {2**70}"


# -- operands --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("data.plan", ("data", "plan")),
        ("data.items.0.name", ("data", "items", "0", "name")),
        ("data.items[0].name", ("data", "items", "0", "name")),
        ("data[0]", ("data", "0")),
        ("data", None),
        ("data.", None),
        ("data..x", None),
        ("data. hello", None),
        ("datum.plan", None),
        ("data.a[x]", None),
    ],
)
def test_a_path_starts_at_a_known_root(text: str, keys: tuple[str, ...] | None) -> None:
    assert split_path(text, {"data"}) == keys


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("data", "items", "1", "name"), "second"),
        (("data", "items", "2", "name"), MISSING),
        (("data", "items", "x"), MISSING),
        (("data", "plan", "length"), MISSING),
        (("data", "nothing"), None),
        (("tenant", "name"), MISSING),
        (("nowhere",), MISSING),
        ((), MISSING),
    ],
)
def test_a_path_leads_to_a_value_or_nowhere(keys: tuple[str, ...], value: object) -> None:
    assert look_up(VARIABLES, keys) == value


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("5", 5),
        ("true", True),
        ("null", None),
        ('["a"]', ["a"]),
        ("pro", "pro"),
        ("NaN", "NaN"),
        ("event", "event"),
        ("page_name", "page_name"),
        ("specimen.dna", "specimen.dna"),
        ("data.plan", "free"),
        ("data.items[1].name", "second"),
        ("data.unset", ""),
        ("refs.wait_1.matched", True),
        ("{{ data.plan }}", "free"),
        ("{{page_name}}", "Home"),
        ("Dear {{ data.plan }}", "Dear {{ data.plan }}"),
        (7, 7),
        ([1], [1]),
    ],
)
def test_a_variable_is_a_path_or_static(variable: Json, value: Json) -> None:
    result = evaluate(condition(variable, "exists"), SCOPE).results[0]
    assert (result.value, result.error) == (value, None)


def test_liquid_beyond_a_path_is_an_error() -> None:
    result = evaluate(condition("data.plan", "equal_to", "{{ data.x | upcase }}"), SCOPE).results[0]
    remedy = "conditions read plain paths such as {{ data.key }}"
    assert (result.passed, result.value) == (False, "free")
    assert result.error == f"{{{{ data.x | upcase }}}} is more than a path: {remedy}"


# -- operators -------------------------------------------------------------------------------------------


OPERATOR_CASES: list[tuple[str, str, Json, bool]] = [
    ("data.plan", "equal_to", "free", True),
    ("data.plan", "equal_to", '"free"', True),
    ("data.quoted", "equal_to", '"free"', False),
    ("data.plan", "equal_to", "recipient.plan", True),
    ("recipient.id", "equal_to", "actor.id", True),
    ("data.count", "equal_to", "3", True),
    ("data.count", "equal_to", 3, True),
    ("data.count", "equal_to", "3.0", True),
    ("data.is_paid", "equal_to", "true", True),
    ("data.is_paid", "equal_to", "1", False),
    ("data.paid_text", "equal_to", "true", True),
    ("data.zip", "equal_to", "12345", True),
    ("data.zip", "equal_to", 12345, True),
    ("data.count", "equal_to", "data.zip", False),
    ("data.nothing", "equal_to", "null", True),
    ("data.nothing", "equal_to", "", False),
    ("data.unset", "equal_to", "", True),
    ("data.unset", "equal_to", "data.unset_too", True),
    ("data.tags", "equal_to", '["a","b",5]', True),
    ("data.no_keys", "equal_to", "{}", True),
    ("vars.flag", "equal_to", "true", True),
    ("data.plan", "not_equal_to", "pro", True),
    ("data.unset", "not_equal_to", "pro", True),
    ("refs.gone.matched", "not_equal_to", "true", True),
    ("data.count", "greater_than", "2", True),
    ("data.count", "greater_than", "3", False),
    ("data.count", "greater_than_or_equal_to", "3", True),
    ("data.ratio", "less_than", "1", True),
    ("data.count", "less_than", "data.limit", True),
    ("data.count", "less_than_or_equal_to", "2", False),
    ("run.total_activities", "greater_than", "1", True),
    ("data.plan", "less_than", "pro", True),
    ("data.plan", "less_than", "5", False),
    ("data.plan", "greater_than_or_equal_to", "5", False),
    ("data.is_paid", "greater_than", "0", False),
    ("data.unset", "less_than", "5", False),
    ("data.text", "contains", "true", True),
    ("data.text", "contains", "false", False),
    ("data.plan", "contains", '["free","pro"]', True),
    ("data.plan", "contains", '["pro"]', False),
    ("data.count", "contains", "[1,2,3]", True),
    ("data.tags", "contains", "a", True),
    ("data.tags", "contains", "5", True),
    ("data.codes", "contains", "5", True),
    ("data.tags", "contains", "c", False),
    ("data.tags", "contains", "data.wanted_tags", True),
    ("data.tags", "contains", '["x"]', False),
    ("data.count", "contains", "3", False),
    ("data.unset", "contains", "x", False),
    ("data.unset", "not_contains", "x", True),
    ("data.tags", "not_contains", "a", False),
    ("data.tags", "contains_all", '["a",5]', True),
    ("data.tags", "contains_all", '["a","c"]', False),
    ("data.tags", "contains_all", "a", True),
    ("data.tags", "contains_all", "[]", True),
    ("data.unset", "contains_all", '["a"]', False),
    ("data.tags", "not_contains_all", '["a","c"]', True),
    ("data.unset", "not_contains_all", '["a"]', True),
    ("data.blank", "empty", None, True),
    ("data.nothing", "empty", None, True),
    ("data.no_items", "empty", None, True),
    ("data.no_keys", "empty", None, True),
    ("data.unset", "empty", None, True),
    ("data.count", "empty", None, False),
    ("0", "empty", None, False),
    ("false", "empty", None, False),
    ("data.tags", "not_empty", None, True),
    ("data.unset", "not_empty", None, False),
    ("data.blank", "exists", None, True),
    ("data.no_items", "exists", None, True),
    ("data.nothing", "exists", None, False),
    ("data.unset", "exists", None, False),
    ("tenant.name", "exists", None, False),
    ("refs.gone.matched", "exists", None, False),
    ("data.unset", "not_exists", None, True),
    ("data.nothing", "not_exists", None, True),
    ("refs.gone.matched", "not_exists", None, True),
    ("data.at", "is_timestamp", None, True),
    ("data.today", "is_timestamp", None, True),
    ("data.plan", "is_timestamp", None, False),
    ("data.count", "is_not_timestamp", None, True),
    ("data.unset", "is_not_timestamp", None, True),
    ("data.at", "is_not_timestamp", None, False),
    ("data.at", "is_timestamp_before", "2026-01-10T11:00:01Z", True),
    ("data.at", "is_timestamp_before", "2026-01-10T12:00:00+01:00", False),
    ("data.at", "is_timestamp_on_or_after", "2026-01-10T12:00:00+01:00", True),
    ("data.at", "is_timestamp_on_or_after", "data.today", True),
    ("data.at", "is_timestamp_on_or_after", "{{ data.today }}", True),
    ("data.today", "is_timestamp_before", "data.at", True),
    ("data.at", "is_timestamp_before", "30_minutes_ago", True),
    ("data.at", "is_timestamp_before", "60 minutes ago", False),
    ("data.at", "is_timestamp_on_or_after", "1_hour_ago", True),
    ("data.at", "is_timestamp_on_or_after", "30_days_ago", True),
    ("data.at", "is_timestamp_before", "7 days from now", True),
    ("data.at", "is_timestamp_before", "1_week_from_now", True),
    ("data.at", "is_timestamp_between", '["2026-01-10T11:00:00Z","2026-01-11"]', True),
    ("data.at", "is_timestamp_between", ["data.today", "{{ data.at }}"], True),
    ("data.at", "is_timestamp_between", '["2026-01-11","2026-01-12"]', False),
    ("data.at", "is_timestamp_before_now", None, True),
    ("2026-01-10T12:00:00Z", "is_timestamp_before_now", None, False),
    ("2026-01-10T12:00:00Z", "is_timestamp_on_or_after_now", None, True),
    ("data.at", "is_timestamp_before_date", "2026-01-10T23:00:00Z", False),
    ("data.at", "is_timestamp_before_date", "2026-01-11", True),
    ("data.at", "is_timestamp_on_or_after_date", "2026-01-10T23:00:00Z", True),
    ("data.count", "is_between", "[1, 3]", True),
    ("data.count", "is_between", ["data.ratio", "data.limit"], True),
    ("data.count", "is_between", "[3, 4]", True),
    ("data.count", "is_between", "[4, 9]", False),
    ("data.plan", "is_between", "[1, 9]", False),
    ("recipient", "is_audience_member", "beta", True),
    ("recipient", "is_audience_member", "123", True),
    ("recipient", "is_audience_member", "gamma", False),
    ("recipient", "is_not_audience_member", "gamma", True),
    ("recipient.id", "is_in_random_cohort", "100", True),
    ("recipient.id", "is_in_random_cohort", "0", False),
]


@pytest.mark.parametrize(("variable", "operator", "argument", "passed"), OPERATOR_CASES)
def test_operators(variable: str, operator: str, argument: Json, passed: bool) -> None:
    result = evaluate(condition(variable, operator, argument), SCOPE).results[0]
    assert (result.passed, result.error) == (passed, None)


def test_every_operator_has_a_worked_case() -> None:
    assert {operator for _variable, operator, _argument, _passed in OPERATOR_CASES} == set(OPERATORS)


@pytest.mark.parametrize(
    ("variable", "operator", "argument", "error"),
    [
        ("data.plan", "is_timestamp_before", "2026-01-01", '"free" is not an ISO-8601 timestamp'),
        ("data.plan", "is_timestamp_on_or_after", "2026-01-01", '"free" is not an ISO-8601 timestamp'),
        ("data.at", "is_timestamp_before", "soon", '"soon" is not an ISO-8601 timestamp'),
        (
            "data.unset",
            "is_timestamp_before_now",
            None,
            "there is no timestamp to compare: a side is not set",
        ),
        (
            "data.unset",
            "is_timestamp_on_or_after_now",
            None,
            "there is no timestamp to compare: a side is not set",
        ),
        (
            "data.at",
            "is_timestamp_before",
            "14_minutes_ago",
            "'14_minutes_ago' is too near: a relative timestamp is at least 15 minutes away",
        ),
        (
            "data.at",
            "is_timestamp_before",
            "999999999_weeks_ago",
            "'999999999_weeks_ago' is out of the calendar's range",
        ),
        (
            "data.at",
            "is_timestamp_between",
            '["2 days ago","2026-02-01"]',
            '"2 days ago" is not an ISO-8601 timestamp',
        ),
        (
            "data.at",
            "is_timestamp_between",
            "[1]",
            "the argument must be a list of two, start and end, not [1]",
        ),
        ("data.count", "is_between", "5", "the argument must be a list of two, start and end, not 5"),
        ("data.plan", "contains_all", '["free"]', '"free" is not a list'),
        ("data.plan", "not_contains_all", '["free"]', '"free" is not a list'),
        ("recipient", "is_audience_member", None, "the argument must be the key of an audience"),
        ("recipient", "is_not_audience_member", None, "the argument must be the key of an audience"),
        (
            "recipient.id",
            "is_in_random_cohort",
            "101",
            "the argument must be a percentage from 0 to 100, not 101",
        ),
        ("data.plan", "equals", "free", "'equals' is no operator: did you mean 'equal_to'?"),
        ("data.plan", 7, "free", "an operator must be a string, not a number"),
        ("refs.gone.matched", "equal_to", "true", "no step 'gone' has left a result in this run"),
    ],
)
def test_what_cannot_be_answered_is_false_and_says_why(
    variable: str, operator: Json, argument: Json, error: str
) -> None:
    result = evaluate(condition(variable, operator, argument), SCOPE).results[0]
    assert (result.passed, result.error) == (False, error)


def test_a_random_cohort_holds_about_its_share_of_recipients() -> None:
    scopes = [ConditionScope({"recipient": {"id": f"user-{n}"}}, NOW) for n in range(2000)]
    inside = sum(passes("recipient.id", "is_in_random_cohort", "12.5", scope) for scope in scopes)
    assert 200 < inside < 300


# -- message status --------------------------------------------------------------------------------------


def message_scope(statuses: Sequence[MessageStatus] | None) -> ConditionScope:
    return ConditionScope({}, NOW, message_statuses=lambda ref: statuses if ref == "email_1" else None)


def message(delivery: str, *engagements: str) -> MessageStatus:
    return MessageStatus(delivery, frozenset(engagements))


MESSAGE_REMEDY = "the variable must be refs.<step_ref>.delivery_status or refs.<step_ref>.engagement_status"
DELIVERY, ENGAGEMENT, STATUS = "delivery_status", "engagement_status", "status"


@pytest.mark.parametrize(
    ("statuses", "kind", "operator", "case", "passed"),
    [
        (None, DELIVERY, "equal_to", "skipped", True),
        ([], DELIVERY, "equal_to", "skipped", True),
        ([message("queued")], DELIVERY, "equal_to", "skipped", False),
        ([message("queued")], DELIVERY, "not_equal_to", "skipped", True),
        ([message("undelivered")], DELIVERY, "equal_to", "undelivered", True),
        ([message("bounced")], DELIVERY, "equal_to", "bounced", True),
        ([message("sent")], DELIVERY, "greater_than_or_equal_to", "sent", True),
        ([message("delivered")], DELIVERY, "greater_than_or_equal_to", "sent", True),
        ([message("not_sent")], DELIVERY, "greater_than_or_equal_to", "sent", False),
        ([message("queued")], DELIVERY, "less_than", "sent", True),
        ([message("queued")], DELIVERY, "greater_than", "bounced", True),
        ([message("sent")], DELIVERY, "greater_than_or_equal_to", "delivered", False),
        ([message("sent")], DELIVERY, "less_than_or_equal_to", "delivered", True),
        (None, DELIVERY, "less_than", "sent", True),
        (None, DELIVERY, "greater_than_or_equal_to", "sent", False),
        ([message("delivered", "seen")], ENGAGEMENT, "contains", "seen", True),
        ([message("delivered")], ENGAGEMENT, "not_contains", "seen", True),
        (None, ENGAGEMENT, "contains", "seen", False),
        (None, ENGAGEMENT, "not_contains", "read", True),
        ([message("delivered", "seen")], ENGAGEMENT, "contains", "seen_not_read", True),
        ([message("delivered", "seen", "read")], ENGAGEMENT, "contains", "seen_not_read", False),
        ([message("delivered", "seen", "read")], ENGAGEMENT, "not_contains", "seen_not_read", True),
        ([message("delivered", "read")], ENGAGEMENT, "contains", "read_not_link_clicked", True),
        (
            [message("delivered", "read", "link_clicked")],
            ENGAGEMENT,
            "contains",
            "read_not_link_clicked",
            False,
        ),
        ([message("delivered", "interacted")], ENGAGEMENT, "contains", "interacted", True),
        ([message("delivered", "link_clicked")], ENGAGEMENT, "contains", "link_clicked", True),
        ([message("delivered", "archived")], ENGAGEMENT, "contains", "archived", True),
        ([message("delivered")], STATUS, "less_than", "seen", True),
        ([message("delivered", "read")], STATUS, "less_than", "seen", False),
        ([message("sent", "read")], STATUS, "greater_than_or_equal_to", "delivered", True),
        ([message("delivered", "interacted")], STATUS, "equal_to", "link_clicked", True),
        ([message("delivered", "seen")], STATUS, "contains", "delivered", True),
        ([message("bounced"), message("sent")], DELIVERY, "equal_to", "sent", True),
        ([message("delivered"), message("sent", "seen")], DELIVERY, "equal_to", "sent", True),
    ],
)
def test_message_status(
    statuses: list[MessageStatus] | None, kind: str, operator: str, case: str, passed: bool
) -> None:
    test = condition(f"refs.email_1.{kind}", operator, f"$message.{case}")
    result = evaluate(test, message_scope(statuses)).results[0]
    assert (result.passed, result.error) == (passed, None)


@pytest.mark.parametrize(
    ("kind", "operator", "value"),
    [
        (DELIVERY, "equal_to", "delivered"),
        (ENGAGEMENT, "contains", ["read", "seen"]),
        (STATUS, "contains", ["delivered", "read", "seen"]),
    ],
)
def test_a_message_condition_shows_what_the_message_was(kind: str, operator: str, value: Json) -> None:
    scope = message_scope([message("delivered", "seen", "read")])
    case = "$message.delivered" if kind == DELIVERY else "$message.seen"
    result = evaluate(condition(f"refs.email_1.{kind}", operator, case), scope).results[0]
    assert (result.value, result.passed) == (value, True)


@pytest.mark.parametrize(
    ("operator", "case"), [("equal_to", "skipped"), ("not_equal_to", "sent"), ("less_than", "sent")]
)
def test_a_scope_without_messages_fails_every_condition(operator: str, case: str) -> None:
    evaluation = evaluate(condition("refs.email_1.delivery_status", operator, f"$message.{case}"), SCOPE)
    assert (evaluation.passed, evaluation.results[0].error) == (
        False,
        "the status of a message can only be tested by steps, branches and waits",
    )


@pytest.mark.parametrize("operator", ["contains", "not_contains"])
def test_an_expired_message_fails_every_condition(operator: str) -> None:
    scope = message_scope([MessageStatus("delivered", frozenset({"seen"}), expired=True)])
    evaluation = evaluate(condition("refs.email_1.engagement_status", operator, "$message.seen"), scope)
    assert (evaluation.passed, evaluation.results[0].error) == (
        False,
        "the message has expired from retention",
    )


@pytest.mark.parametrize(
    ("variable", "operator", "argument", "error"),
    [
        (
            "data.plan",
            "equal_to",
            "$message.seen",
            f'"$message.seen" tests a message: {MESSAGE_REMEDY}',
        ),
        (
            "refs.email_1.delivery_status",
            "equal_to",
            "$message.delvered",
            "\"$message.delvered\" is no message status: did you mean '$message.delivered'?",
        ),
        (
            "refs.email_1.delivery_status",
            "equal_to",
            "sent",
            '"sent" is no message status: write $message.<case>',
        ),
        (
            "refs.email_1.delivery_status",
            "contains",
            "$message.sent",
            "contains does not go with delivery_status, which takes equality and order",
        ),
        (
            "refs.email_1.engagement_status",
            "less_than",
            "$message.seen",
            "less_than does not go with engagement_status, which takes contains and not_contains",
        ),
        (
            "refs.email_1.delivery_status",
            "equal_to",
            "$message.seen",
            "$message.seen is no delivery status",
        ),
    ],
)
def test_an_impossible_message_condition_is_false_and_says_why(
    variable: str, operator: str, argument: str, error: str
) -> None:
    result = evaluate(condition(variable, operator, argument), message_scope([message("sent")])).results[0]
    assert (result.passed, result.error) == (False, error)


# -- what an evaluation tells ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "reason"),
    [
        (None, "there are no conditions"),
        ([condition("data.plan", "equal_to", "pro")], 'data.plan equal_to "pro": data.plan is "free"'),
        ([condition("data.unset", "exists")], "data.unset exists: data.unset is not set"),
        (
            [condition("data.count", "greater_than", "data.limit")],
            'data.count greater_than "data.limit": data.count is 3, data.limit is 5',
        ),
        ({"all": [{"any": [FALSE, TRUE]}, FALSE]}, 'data.count equal_to "4": data.count is 3'),
        (
            {"any": [FALSE, condition("data.plan", "contains", "x")]},
            'data.count equal_to "4": data.count is 3; data.plan contains "x": data.plan is "free"',
        ),
        ({"any": [FALSE, TRUE, FALSE]}, 'data.count equal_to "3": data.count is 3'),
        (
            [condition("data.plan", "equals", "x")],
            "data.plan equals \"x\": 'equals' is no operator: did you mean 'equal_to'?",
        ),
    ],
)
def test_the_reason_names_what_decided(group: Json, reason: str) -> None:
    assert evaluate(group, SCOPE).reason() == reason


def test_an_evaluation_is_shown_as_plain_data() -> None:
    group: Json = [
        condition("data.count", "less_than", "data.limit"),
        condition("data.plan", "is_timestamp_before_now"),
        TRUE,
    ]
    assert evaluate(group, SCOPE).shown() == {
        "passed": False,
        "conditions": [
            {
                "variable": "data.count",
                "operator": "less_than",
                "argument": "data.limit",
                "value": 3,
                "passed": True,
                "argument_value": 5,
            },
            {
                "variable": "data.plan",
                "operator": "is_timestamp_before_now",
                "argument": None,
                "value": "free",
                "passed": False,
                "error": '"free" is not an ISO-8601 timestamp',
            },
            {
                "variable": "data.count",
                "operator": "equal_to",
                "argument": "3",
                "value": None,
                "passed": None,
            },
        ],
    }


def test_long_values_are_cut_in_reasons() -> None:
    scope = ConditionScope({"data": {"text": "x" * 500}}, NOW)
    reason = evaluate([condition("data.text", "equal_to", "y")], scope).reason()
    assert reason == f'data.text equal_to "y": data.text is "{"x" * 116}...'


# -- definitions -----------------------------------------------------------------------------------------

PLACE = "workflow 'x': steps[0].conditions"


@pytest.mark.parametrize(
    "group",
    [
        None,
        {},
        [],
        {"all": None},
        {"all": [TRUE, condition("data.plan", "exists")]},
        {"any": [TRUE, {"all": [FALSE]}]},
        [TRUE],
        {"all": [condition("refs.email_1.engagement_status", "not_contains", "$message.read")]},
        [{"variable": "data.plan", "operator": "exists"}],
        [condition("example.com", "equal_to", "dta.plan")],
        [condition("{{ dta.plan }}", "exists")],
        [condition("dta", "exists")],
    ],
)
def test_sound_conditions_are_accepted(group: Json) -> None:
    check_conditions(group, PLACE)


@pytest.mark.parametrize(
    ("group", "message"),
    [
        ("x", f"{PLACE}: must be a condition or a group of them, not a string"),
        ({"all": {}}, f"{PLACE}.all: must be a list of conditions, not an object"),
        ({"any": [None]}, f"{PLACE}.any[0]: must be a condition or a group of them, not null"),
        ([TRUE, []], f"{PLACE}[1]: must be a condition or a group of them, not a list"),
        (
            {"all": [TRUE, condition("data.plan", "equals", "x")]},
            f"{PLACE}.all[1].operator: 'equals' is no operator: did you mean 'equal_to'?",
        ),
        (
            {"any": [{"all": [condition("data.plan", None, "x")]}]},
            f"{PLACE}.any[0].all[0].operator: an operator must be a string, not null",
        ),
        ({"al": [TRUE]}, f"{PLACE}: unknown key 'al'; did you mean 'all'?"),
        ({"all": [TRUE], "anny": [FALSE]}, f"{PLACE}: unknown key 'anny'; did you mean 'any'?"),
        ([{**TRUE, "arguments": "x"}], f"{PLACE}[0]: unknown key 'arguments'; did you mean 'argument'?"),
        (
            [{"variable": "data.plan", "operator": "equal_to"}],
            f"{PLACE}[0].argument: is missing; equal_to compares the variable with it",
        ),
        ([condition("dta.plan", "exists")], f"{PLACE}[0].variable: unknown root 'dta'; did you mean 'data'?"),
        (
            {"any": [condition("recipeint.plan[0]", "exists")]},
            f"{PLACE}.any[0].variable: unknown root 'recipeint'; did you mean 'recipient'?",
        ),
        (
            [{"variable": "data.plan"}],
            f"{PLACE}[0].operator: is missing; a condition needs 'variable' and 'operator', it has 'variable'",
        ),
        ([{}], f"{PLACE}[0].variable: is missing; a condition needs 'variable' and 'operator', it is empty"),
        ([condition(5, "exists")], f"{PLACE}[0].variable: must be a string, not a number"),
        ({**TRUE, "all": []}, f"{PLACE}: is a group and a condition at once: give each its own object"),
        (
            [condition("refs.a.delivery_status", "equal_to", "$message.send")],
            f"{PLACE}[0]: \"$message.send\" is no message status: did you mean '$message.sent'?",
        ),
    ],
)
def test_unsound_conditions_are_refused_by_place(group: Json, message: str) -> None:
    with pytest.raises(WorkflowDefinitionError) as refusal:
        check_conditions(group, PLACE)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (
            condition("refs.emial_1.matched", "exists"),
            ".variable: no earlier step is called 'emial_1'; did you mean 'email_1'?",
        ),
        (
            condition("data.n", "equal_to", "{{ refs.wait_2.n }}"),
            ".argument: no earlier step is called 'wait_2'; did you mean 'wait_1'?",
        ),
        (
            condition("refs.emial_1.delivery_status", "equal_to", "$message.sent"),
            ".variable: no earlier step is called 'emial_1'; did you mean 'email_1'?",
        ),
    ],
)
def test_only_earlier_steps_can_be_named(node: JsonObject, message: str) -> None:
    with pytest.raises(WorkflowDefinitionError) as refusal:
        check_conditions([node], PLACE, refs=["email_1", "wait_1"])
    assert str(refusal.value) == f"{PLACE}[0]{message}"


def test_earlier_steps_can_be_named() -> None:
    known: Json = [
        condition("refs.email_1.delivery_status", "equal_to", "$message.sent"),
        condition("refs.wait_1.n", "exists"),
    ]
    check_conditions(known, PLACE, refs=["email_1", "wait_1"])


def test_a_message_status_is_refused_where_no_message_can_be() -> None:
    group: Json = [condition("refs.a.delivery_status", "equal_to", "$message.sent")]
    with pytest.raises(WorkflowDefinitionError) as refusal:
        check_conditions(group, "workflow 'x': conditions", allow_message_status=False)
    where = "only conditions of steps, branches and waits can do"
    assert str(refusal.value) == f"workflow 'x': conditions[0]: tests the status of a message, which {where}"


# -- laws ------------------------------------------------------------------------------------------------

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
PATHS = st.sampled_from(["data.plan", "data.tags", "data.unset", "data.at", "30_days_ago", "refs.a.b", "data.x"])
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS | PATHS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
CONDITIONS = st.builds(condition, PATHS | VALUES, st.sampled_from(sorted(OPERATORS)), VALUES)
BITS = st.lists(st.booleans(), min_size=1, max_size=6)
KEYWORDS = st.sampled_from(["all", "any", "variable", "operator", "argument"])
JUNK: st.SearchStrategy[Json] = st.recursive(
    VALUES | CONDITIONS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYWORDS, inner, max_size=3),
    max_leaves=8,
)

NEGATIONS = [
    ("equal_to", "not_equal_to"),
    ("contains", "not_contains"),
    ("contains_all", "not_contains_all"),
    ("empty", "not_empty"),
    ("exists", "not_exists"),
    ("is_timestamp", "is_not_timestamp"),
    ("is_timestamp_before", "is_timestamp_on_or_after"),
    ("is_timestamp_before_date", "is_timestamp_on_or_after_date"),
    ("is_timestamp_before_now", "is_timestamp_on_or_after_now"),
    ("is_audience_member", "is_not_audience_member"),
]


@given(value=VALUES, argument=VALUES, pair=st.sampled_from(NEGATIONS))
def test_a_negation_is_the_opposite_unless_both_are_errors(value: Json, argument: Json, pair: tuple[str, str]) -> None:
    scope = ConditionScope({"data": {"x": value}}, NOW)
    plain, negated = (evaluate(condition("data.x", one, argument), scope).results[0] for one in pair)
    assert plain.error == negated.error
    assert plain.passed is (not negated.passed if plain.error is None else False)


STATUSES = st.none() | st.lists(
    st.builds(
        MessageStatus,
        st.sampled_from(["queued", "sent", "delivered", "bounced", "not_sent", "undelivered", "delivery_attempted"]),
        st.frozensets(st.sampled_from(["seen", "read", "interacted", "link_clicked", "archived"])),
        st.booleans(),
    ),
    max_size=3,
)
MESSAGE_NEGATIONS = [
    ("equal_to", "not_equal_to"),
    ("contains", "not_contains"),
    ("less_than", "greater_than_or_equal_to"),
    ("greater_than", "less_than_or_equal_to"),
]


@given(
    statuses=STATUSES,
    kind=st.sampled_from([DELIVERY, ENGAGEMENT, STATUS]),
    case=st.sampled_from(MESSAGE_CASES) | VALUES,
    pair=st.sampled_from(MESSAGE_NEGATIONS),
)
def test_a_denied_message_status_is_the_opposite_unless_both_are_errors(
    statuses: list[MessageStatus] | None, kind: str, case: Json, pair: tuple[str, str]
) -> None:
    scope = message_scope(statuses)
    variable = f"refs.email_1.{kind}"
    plain, denied = (evaluate(condition(variable, one, case), scope).results[0] for one in pair)
    assert (plain.error is None) is (denied.error is None)
    assert plain.passed is (not denied.passed if plain.error is None else False)


@given(bits=BITS)
def test_all_and_any_agree_with_python(bits: list[bool]) -> None:
    members: list[Json] = [TRUE if bit else FALSE for bit in bits]
    assert evaluate({"all": members}, SCOPE).passed is all(bits)
    assert evaluate({"any": members}, SCOPE).passed is any(bits)


@given(bits=BITS)
def test_evaluation_stops_at_the_first_condition_that_decides(bits: list[bool]) -> None:
    members: list[Json] = [TRUE if bit else FALSE for bit in bits]
    for quantifier, deciding in (("all", False), ("any", True)):
        results = evaluate({quantifier: members}, SCOPE).results
        stop = bits.index(deciding) + 1 if deciding in bits else len(bits)
        assert [result.passed for result in results] == [*bits[:stop], *[None] * (len(bits) - stop)]


@given(group=JUNK, data=VALUES)
def test_evaluation_never_raises_and_repeats_itself(group: Json, data: Json) -> None:
    scope = ConditionScope({"data": {"x": data, "tags": ["a"]}, "refs": data}, NOW)
    first, second = evaluate(group, scope), evaluate(group, scope)
    assert first == second
    assert (first.shown(), first.reason()) == (second.shown(), second.reason())


@given(group=JUNK)
def test_conditions_that_pass_the_check_are_never_malformed(group: Json) -> None:
    try:
        check_conditions(group, PLACE)
    except WorkflowDefinitionError:
        return
    assert all(result.variable is not None for result in evaluate(group, SCOPE).results)


@given(value=SCALARS | VALUES)
def test_a_value_equals_itself(value: Json) -> None:
    scope = ConditionScope({"data": {"x": value, "y": value}}, NOW)
    assert passes("data.x", "equal_to", "data.y", scope)


@given(
    minutes=st.integers(min_value=15, max_value=10**6),
    unit=st.sampled_from(["minute", "hour", "day", "week"]),
)
def test_a_relative_timestamp_is_exact_arithmetic(minutes: int, unit: str) -> None:
    count = minutes // {"minute": 1, "hour": 60, "day": 1440, "week": 10080}[unit] or 1
    exact = NOW - timedelta(**{f"{unit}s": count})
    scope = ConditionScope({"data": {"at": show_instant(exact)}}, NOW)
    argument = f"{count}_{unit}s_ago"
    assert passes("data.at", "is_timestamp_on_or_after", argument, scope)
    earlier = show_instant(exact - timedelta(microseconds=1))
    assert passes("data.at", "is_timestamp_before", argument, ConditionScope({"data": {"at": earlier}}, NOW))


def test_unary_operators_are_operators() -> None:
    assert set(OPERATORS) >= UNARY_OPERATORS

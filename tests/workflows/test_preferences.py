from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.workflows.conditions import ConditionScope
from knock_fake.workflows.preferences import (
    Verdict,
    decide,
    deep_merge_preferences,
    merge_preference_sets,
    strip_persistence_strategy,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import Json, JsonObject

SCOPE = ConditionScope({"data": {"plan": "free"}, "recipient": {"country": "US"}}, datetime(2026, 1, 1, tzinfo=UTC))
HOLDS: JsonObject = {"conditions": [{"variable": "recipient.country", "operator": "equal_to", "argument": "US"}]}
FAILS: JsonObject = {"conditions": [{"variable": "recipient.country", "operator": "equal_to", "argument": "DE"}]}


def ask(
    preferences: JsonObject,
    *,
    channel_type: str = "email",
    categories: Sequence[str] = ("news",),
    is_commercial: bool = False,
    override: bool = False,
) -> Verdict:
    return decide(
        preferences,
        channel_id="postmark",
        channel_type=channel_type,
        workflow="digest",
        categories=categories,
        scope=SCOPE,
        is_commercial=is_commercial,
        override=override,
    )


# -- merging ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lower", "higher", "merged"),
    [
        (None, None, {}),
        ({"channel_types": {"email": False}}, None, {"channel_types": {"email": False}}),
        (None, {"channel_types": {"email": False}}, {"channel_types": {"email": False}}),
        (
            {"channel_types": {"email": False, "sms": False}},
            {"channel_types": {"email": True}},
            {"channel_types": {"email": True, "sms": False}},
        ),
        (
            {"workflows": {"a": {"channel_types": {"email": False}}}},
            {"workflows": {"a": {"channel_types": {"sms": True}}, "b": True}},
            {"workflows": {"a": {"channel_types": {"email": False, "sms": True}}, "b": True}},
        ),
        ({"workflows": {"a": False}}, {"workflows": None}, {"workflows": {"a": False}}),
        ({"workflows": None}, {"workflows": {"a": False}}, {"workflows": {"a": False}}),
        (
            {"workflows": {"a": {"channels": {"x": True}}}},
            {"workflows": {"a": False}},
            {"workflows": {"a": False}},
        ),
        (
            {"workflows": {"a": False}},
            {"workflows": {"a": {"channels": {}}}},
            {"workflows": {"a": {"channels": {}}}},
        ),
        ({"workflows": {"a": HOLDS}}, {"workflows": {"a": FAILS}}, {"workflows": {"a": FAILS}}),
        ({"commercial_subscribed": False}, {"commercial_subscribed": True}, {"commercial_subscribed": True}),
    ],
)
def test_the_higher_set_wins_at_every_leaf(
    lower: JsonObject | None, higher: JsonObject | None, merged: JsonObject
) -> None:
    assert merge_preference_sets(lower, higher) == merged


@pytest.mark.parametrize("section", ["channel_types", "channels"])
def test_a_replacing_top_level_node_stands_against_the_higher_set(section: str) -> None:
    lower: JsonObject = {section: {"__strategy__": "replace", "email": False}}
    assert merge_preference_sets(lower, {section: {"email": True, "sms": True}}) == lower


@pytest.mark.parametrize("section", ["workflows", "categories"])
def test_a_replacing_workflow_or_category_stands_against_the_higher_set(section: str) -> None:
    kept: Json = {"__strategy__": "replace", "channel_types": {"email": False}}
    lower: JsonObject = {section: {"a": kept, "b": False}}
    higher: JsonObject = {section: {"a": True, "b": True}}
    assert merge_preference_sets(lower, higher) == {section: {"a": kept, "b": True}}


@pytest.mark.parametrize(
    ("lower", "higher", "merged"),
    [
        (
            {"__strategy__": "replace", "channel_types": {"email": False}},
            {"channel_types": {"email": True}},
            {"__strategy__": "replace", "channel_types": {"email": True}},
        ),
        (
            {"workflows": {"__strategy__": "replace", "a": False}},
            {"workflows": {"a": True}},
            {"workflows": {"__strategy__": "replace", "a": True}},
        ),
        (
            {"workflows": {"a": {"channel_types": {"__strategy__": "replace", "email": False}}}},
            {"workflows": {"a": {"channel_types": {"email": True}}}},
            {"workflows": {"a": {"channel_types": {"__strategy__": "replace", "email": True}}}},
        ),
        (
            {"channel_types": {"__strategy__": "merge", "email": False}},
            {"channel_types": {"email": True}},
            {"channel_types": {"__strategy__": "merge", "email": True}},
        ),
    ],
)
def test_replace_has_no_power_elsewhere(lower: JsonObject, higher: JsonObject, merged: JsonObject) -> None:
    assert merge_preference_sets(lower, higher) == merged


@pytest.mark.parametrize(
    ("existing", "update", "stored"),
    [
        (None, {"channel_types": {"email": False}}, {"channel_types": {"email": False}}),
        (
            {"id": "default", "channel_types": {"email": False}, "workflows": {"a": True}},
            {"channel_types": {"sms": False}, "workflows": None},
            {"id": "default", "channel_types": {"email": False, "sms": False}, "workflows": {"a": True}},
        ),
        ({"workflows": {"a": HOLDS}}, {"workflows": {"a": FAILS}}, {"workflows": {"a": FAILS}}),
        (
            {"channel_types": {"__strategy__": "replace", "email": False}},
            {"channel_types": {"__strategy__": "merge", "email": True}},
            {"channel_types": {"__strategy__": "merge", "email": True}},
        ),
        (
            {"channel_types": {"email": False}},
            {"__persistence_strategy__": "merge", "channels": {"x": True}},
            {"channel_types": {"email": False}, "channels": {"x": True}},
        ),
    ],
)
def test_an_inline_write_changes_and_never_removes(
    existing: JsonObject | None, update: JsonObject, stored: JsonObject
) -> None:
    assert deep_merge_preferences(existing, update) == stored


def test_the_persistence_strategy_is_not_stored() -> None:
    written: JsonObject = {
        "__persistence_strategy__": "replace",
        "channel_types": {"__strategy__": "replace"},
    }
    assert strip_persistence_strategy(written) == {"channel_types": {"__strategy__": "replace"}}


def test_merging_changes_neither_set() -> None:
    lower: JsonObject = {"channel_types": {"email": False}}
    higher: JsonObject = {"channel_types": {"sms": False}}
    merge_preference_sets(lower, higher)
    assert (lower, higher) == ({"channel_types": {"email": False}}, {"channel_types": {"sms": False}})


# -- verdicts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("preferences", "verdict"),
    [
        ({}, Verdict(True, None, None)),
        ({"workflows": None, "categories": None, "channel_types": None}, Verdict(True, None, None)),
        ({"workflows": {"other": False}, "categories": {"other": False}}, Verdict(True, None, None)),
        ({"channel_types": {"sms": False}, "channels": {"twilio": False}}, Verdict(True, None, None)),
        ({"workflows": {"digest": {}}}, Verdict(True, None, None)),
        ({"workflows": {"digest": "no"}}, Verdict(True, None, None)),
        ({"workflows": {"digest": False}}, Verdict(False, "workflows.digest", False)),
        ({"workflows": {"digest": True}}, Verdict(True, "workflows.digest", True)),
        ({"categories": {"news": False}}, Verdict(False, "categories.news", False)),
        ({"channel_types": {"email": False}}, Verdict(False, "channel_types.email", False)),
        ({"channels": {"postmark": False}}, Verdict(False, "channels.postmark", False)),
        (
            {"workflows": {"digest": {"channel_types": {"email": False}}}},
            Verdict(False, "workflows.digest.channel_types.email", False),
        ),
        # A category blocks although the workflow asks for the channel type, and so does the set itself.
        (
            {"categories": {"news": False}, "workflows": {"digest": {"channel_types": {"email": True}}}},
            Verdict(False, "categories.news", False),
        ),
        (
            {"channel_types": {"email": False}, "workflows": {"digest": {"channel_types": {"email": True}}}},
            Verdict(False, "channel_types.email", False),
        ),
        # Inside one node a channel beats its type; across nodes it does not.
        (
            {"channels": {"postmark": True}, "channel_types": {"email": False}},
            Verdict(True, "channels.postmark", True),
        ),
        (
            {"channels": {"postmark": False}, "channel_types": {"email": True}},
            Verdict(False, "channels.postmark", False),
        ),
        (
            {"channels": {"postmark": {}}, "channel_types": {"email": False}},
            Verdict(True, "channels.postmark", {}),
        ),
        (
            {"workflows": {"digest": {"channels": {"postmark": True}}}, "channel_types": {"email": False}},
            Verdict(False, "channel_types.email", False),
        ),
        (
            {"channels": {"sendgrid": True}, "channel_types": {"email": False}},
            Verdict(False, "channel_types.email", False),
        ),
        # Of several refusals the most specific is named.
        (
            {
                "channel_types": {"email": False},
                "categories": {"news": False},
                "workflows": {"digest": False},
            },
            Verdict(False, "workflows.digest", False),
        ),
        ({"commercial_subscribed": False}, Verdict(True, None, None)),
    ],
)
def test_what_a_set_says_about_a_step(preferences: JsonObject, verdict: Verdict) -> None:
    assert ask(preferences) == verdict


def test_one_refused_category_of_several_blocks() -> None:
    preferences: JsonObject = {"categories": {"news": True, "sport": False}}
    assert ask(preferences, categories=["news", "sport"]) == Verdict(False, "categories.sport", False)
    assert ask(preferences, categories=["news"]) == Verdict(True, "categories.news", True)


@pytest.mark.parametrize(
    ("preferences", "allowed", "rule"),
    [
        ({"workflows": {"digest": HOLDS}}, True, "workflows.digest.conditions"),
        ({"workflows": {"digest": FAILS}}, False, "workflows.digest.conditions"),
        ({"categories": {"news": FAILS}}, False, "categories.news.conditions"),
        ({"channel_types": {"email": FAILS}}, False, "channel_types.email.conditions"),
        ({"channels": {"postmark": HOLDS}}, True, "channels.postmark.conditions"),
        (
            {"workflows": {"digest": {"channel_types": {"email": FAILS}}}},
            False,
            "workflows.digest.channel_types.email.conditions",
        ),
        (
            {"channels": {"postmark": FAILS}, "channel_types": {"email": True}},
            False,
            "channels.postmark.conditions",
        ),
    ],
)
def test_conditions_decide(preferences: JsonObject, allowed: bool, rule: str) -> None:
    verdict = ask(preferences)
    assert (verdict.allowed, verdict.rule, verdict.evaluation is not None) == (allowed, rule, True)
    assert verdict.value == (HOLDS if allowed else FAILS)["conditions"]


@pytest.mark.parametrize(
    ("conditions", "entry", "allowed", "rule"),
    [
        (HOLDS, True, True, "workflows.digest.channel_types.email"),
        (HOLDS, False, False, "workflows.digest.channel_types.email"),
        (FAILS, True, False, "workflows.digest.conditions"),
    ],
)
def test_a_node_needs_its_conditions_and_its_entry(
    conditions: JsonObject, entry: bool, allowed: bool, rule: str
) -> None:
    verdict = ask({"workflows": {"digest": {**conditions, "channel_types": {"email": entry}}}})
    assert (verdict.allowed, verdict.rule) == (allowed, rule)


def test_a_condition_that_cannot_be_answered_opts_out() -> None:
    verdict = ask({"channel_types": {"email": {"conditions": [{"variable": "data.plan", "operator": "is"}]}}})
    assert (verdict.allowed, verdict.rule) == (False, "channel_types.email.conditions")


@pytest.mark.parametrize(
    ("subscribed", "is_commercial", "allowed", "rule"),
    [
        (False, True, False, "commercial_subscribed"),
        (False, False, True, None),
        (True, True, True, "commercial_subscribed"),
        (None, True, True, None),
        (HOLDS, True, True, "commercial_subscribed.conditions"),
        (FAILS, True, False, "commercial_subscribed.conditions"),
    ],
)
def test_commercial_workflows_ask_for_a_commercial_subscription(
    subscribed: Json, is_commercial: bool, allowed: bool, rule: str | None
) -> None:
    verdict = ask({"commercial_subscribed": subscribed}, is_commercial=is_commercial)
    assert (verdict.allowed, verdict.rule) == (allowed, rule)


def test_a_commercial_subscription_does_not_open_what_is_refused() -> None:
    preferences: JsonObject = {"commercial_subscribed": True, "workflows": {"digest": False}}
    assert ask(preferences, is_commercial=True) == Verdict(False, "workflows.digest", False)


def test_a_refused_commercial_subscription_is_named_before_other_refusals() -> None:
    preferences: JsonObject = {"commercial_subscribed": False, "workflows": {"digest": False}}
    assert ask(preferences, is_commercial=True) == Verdict(False, "commercial_subscribed", False)


NEWS = "categories.news.conditions"
COUNTRY = "recipient.country"


@pytest.mark.parametrize(
    ("preferences", "override", "reason"),
    [
        ({}, False, "preference set `default` sets nothing for this step, which allows it"),
        ({"workflows": {"digest": False}}, True, "the workflow overrides preferences"),
        (
            {"workflows": {"digest": {"channel_types": {"email": False}}}},
            False,
            "preference set `default`, workflows.digest.channel_types.email is false",
        ),
        (
            {"categories": {"news": FAILS}},
            False,
            f'preference set `default`, {NEWS} do not hold: {COUNTRY} equal_to "DE": {COUNTRY} is "US"',
        ),
        (
            {"categories": {"news": HOLDS}},
            False,
            f'preference set `default`, {NEWS} hold: {COUNTRY} equal_to "US": {COUNTRY} is "US"',
        ),
    ],
)
def test_the_reason_names_set_rule_and_value(preferences: JsonObject, override: bool, reason: str) -> None:
    assert ask(preferences, override=override).reason("preference set `default`") == reason


def test_a_verdict_is_shown_as_plain_data() -> None:
    assert ask({"workflows": {"digest": False}}).shown() == {
        "allowed": False,
        "rule": "workflows.digest",
        "value": False,
    }
    shown = ask({"workflows": {"digest": FAILS}}).shown()
    assert shown["evaluation"] == {
        "passed": False,
        "conditions": [
            {
                "variable": "recipient.country",
                "operator": "equal_to",
                "argument": "DE",
                "value": "US",
                "passed": False,
            }
        ],
    }


# -- laws ------------------------------------------------------------------------------------------------

LEAVES: st.SearchStrategy[Json] = st.none() | st.booleans() | st.sampled_from([HOLDS, FAILS])
CHANNEL_TYPES = st.dictionaries(st.sampled_from(["email", "sms"]), LEAVES, max_size=2)
CHANNELS = st.dictionaries(st.sampled_from(["postmark", "twilio"]), LEAVES, max_size=2)
STRATEGY = st.sampled_from([None, "merge", "replace"])
NODES = st.fixed_dictionaries(
    {},
    optional={
        "conditions": st.sampled_from([HOLDS["conditions"], FAILS["conditions"], []]),
        "channel_types": st.none() | CHANNEL_TYPES,
        "channels": st.none() | CHANNELS,
        "__strategy__": STRATEGY,
    },
)
MAYBE_NODES = st.one_of(st.none(), st.booleans(), NODES)
SETS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["default", "acme"]),
        "workflows": st.none() | st.dictionaries(st.sampled_from(["digest", "other"]), MAYBE_NODES, max_size=2),
        "categories": st.none() | st.dictionaries(st.sampled_from(["news", "sport"]), MAYBE_NODES, max_size=2),
        "channel_types": st.none() | CHANNEL_TYPES,
        "channels": st.none() | CHANNELS,
        "commercial_subscribed": st.none() | st.booleans(),
    },
)

# Where one layer says a boolean and the next an object, the order of merging matters (the boolean ends what
# lies below it), so associativity is a law of sets whose nodes are alike.
BOOLEANS = st.none() | st.booleans()
LIKE_NODES = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "channel_types": st.none() | st.dictionaries(st.sampled_from(["email", "sms"]), BOOLEANS, max_size=2),
        "__strategy__": STRATEGY,
    },
)
LIKE_SETS = st.fixed_dictionaries(
    {},
    optional={
        "workflows": st.none() | st.dictionaries(st.sampled_from(["digest", "other"]), LIKE_NODES, max_size=2),
        "channel_types": st.none()
        | st.fixed_dictionaries({}, optional={"email": BOOLEANS, "sms": BOOLEANS, "__strategy__": STRATEGY}),
        "commercial_subscribed": BOOLEANS,
    },
)


def without_nulls(value: Json) -> Json:
    if not isinstance(value, dict):
        return value
    return {key: without_nulls(item) for key, item in value.items() if item is not None}


@given(first=LIKE_SETS, second=LIKE_SETS, third=LIKE_SETS)
def test_merging_like_sets_is_associative(first: JsonObject, second: JsonObject, third: JsonObject) -> None:
    left = merge_preference_sets(merge_preference_sets(first, second), third)
    right = merge_preference_sets(first, merge_preference_sets(second, third))
    assert without_nulls(left) == without_nulls(right)


@given(preferences=SETS)
def test_merging_a_set_with_itself_or_with_nothing_changes_nothing(preferences: JsonObject) -> None:
    assert merge_preference_sets(preferences, preferences) == preferences
    assert merge_preference_sets(None, preferences) == preferences
    assert merge_preference_sets(preferences, None) == preferences


@given(lower=SETS, higher=SETS)
def test_merging_twice_is_merging_once(lower: JsonObject, higher: JsonObject) -> None:
    once = deep_merge_preferences(lower, higher)
    assert deep_merge_preferences(once, higher) == once


@given(preferences=SETS)
def test_an_unset_workflow_and_channel_is_allowed(preferences: JsonObject) -> None:
    verdict = decide(
        preferences,
        channel_id="unset",
        channel_type="push",
        workflow="unset",
        categories=["unset"],
        scope=SCOPE,
        is_commercial=False,
        override=False,
    )
    assert verdict == Verdict(True, None, None)


@given(
    preferences=SETS,
    refusal=st.sampled_from(
        [
            {"workflows": {"digest": False}},
            {"categories": {"news": False}},
            {"channels": {"postmark": False}},
            {"commercial_subscribed": False},
        ]
    ),
)
def test_one_refusal_blocks_whatever_else_is_set(preferences: JsonObject, refusal: JsonObject) -> None:
    assert not ask(deep_merge_preferences(preferences, refusal), is_commercial=True).allowed


@given(preferences=SETS, is_commercial=st.booleans())
def test_an_overriding_workflow_always_sends(preferences: JsonObject, is_commercial: bool) -> None:
    verdict = ask(preferences, is_commercial=is_commercial, override=True)
    assert verdict == Verdict(True, "override_preferences", True)


def agrees(node: Json) -> bool:
    """What one node of a set says about the step, read off Knock's docs without regard to the rest."""
    if not isinstance(node, dict):
        return node is not False
    if node.get("conditions") == FAILS["conditions"]:
        return False
    for section, key in (("channels", "postmark"), ("channel_types", "email")):
        entries = node.get(section)
        entry = entries.get(key) if isinstance(entries, dict) else None
        if entry is not None:
            return agrees(entry)
    return True


@given(preferences=SETS)
def test_a_step_sends_exactly_if_every_node_agrees(preferences: JsonObject) -> None:
    workflows, categories = preferences.get("workflows") or {}, preferences.get("categories") or {}
    assert isinstance(workflows, dict)
    assert isinstance(categories, dict)
    nodes = [preferences, workflows.get("digest"), categories.get("news"), categories.get("sport")]
    assert ask(preferences, categories=("news", "sport")).allowed is all(map(agrees, nodes))


@given(preferences=SETS)
def test_a_verdict_is_what_stands_at_its_rule(preferences: JsonObject) -> None:
    verdict = ask(preferences, is_commercial=True)
    node: Json = preferences
    for key in verdict.rule.split(".") if verdict.rule is not None else []:
        assert isinstance(node, dict)
        node = node[key]
    assert verdict.rule is None or node == verdict.value

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from knock_fake.errors import KnockFakeError, UnknownNameError, WorkflowDefinitionError
from knock_fake.workflows.guide_registry import GuideRegistry

if TYPE_CHECKING:
    from knock_fake import KnockFake
    from knock_fake.json_types import JsonObject

STEP: JsonObject = {"ref": "step_1", "values": {"title": "Hi"}}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"steps": []}, ".steps: a guide needs at least one step, such as {'ref': 'step_1', 'values': {...}}"),
        ({"steps": None}, ".steps: a guide needs at least one step, such as {'ref': 'step_1', 'values': {...}}"),
        ({"steps": [{}]}, ".steps[0].ref: is required"),
        ({"steps": ["x"]}, ".steps[0]: must be an object, not 'x'"),
        (
            {"steps": [{"ref": "A B"}]},
            ".steps[0].ref: a ref has 3 to 255 characters of a-z, 0-9, '_' and '-', not 'A B'",
        ),
        ({"steps": [STEP, STEP]}, ".steps[1].ref: 'step_1' is taken by another step of this guide"),
        ({"steps": [{**STEP, "value": {}}]}, ".steps[0]: unknown key 'value'; did you mean 'values'?"),
        ({"steps": [{**STEP, "values": []}]}, ".steps[0].values: must be an object, not []"),
        (
            {"steps": [{**STEP, "values": {"title": "{{ a"}}]},
            ".steps[0].values.title, line 1: expected '}}', found end of file, at '{{ a'",
        ),
        (
            {"channel_key": "email"},
            ".channel_key: there is no channel 'email' of type 'in_app_guide'; known: 'in-app-guide'",
        ),
        ({"type": 1}, ".type: must be text, not 1"),
        (
            {"target_property_conditions": {"variable": "data.a", "operator": "equals", "argument": "1"}},
            ".target_property_conditions.operator: 'equals' is no operator: did you mean 'equal_to'?",
        ),
        ({"target_audience_key": ["beta"]}, ".target_audience_key: must be text, not ['beta']"),
        (
            {"activation_url_rules": [{"directive": "permit"}]},
            ".activation_url_rules[0].directive: cannot be 'permit'; known: 'allow', 'block'",
        ),
        (
            {"activation_url_rules": [{"directive": "allow", "variable": "pathname", "operator": "contains"}]},
            ".activation_url_rules[0].argument: is required",
        ),
        (
            {"activation_url_patterns": [{"directive": "allow"}]},
            ".activation_url_patterns[0].pathname: is required where there is no search",
        ),
        (
            {"activation_location_rules": [{"directive": "allow", "search": "a=b"}]},
            ".activation_location_rules[0]: unknown key 'search'; known: 'directive', 'pathname'",
        ),
        (
            {"active_from": "soon"},
            ".active_from: 'soon' is no ISO-8601 instant: write one such as 2026-01-01T09:00:00Z",
        ),
        ({"active_until": 5}, ".active_until: must be text, not 5"),
        ({"bypass_global_group_limit": 1}, ".bypass_global_group_limit: must be true or false, not 1"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_guide_that_cannot_be_honoured_is_refused(knock: KnockFake, change: JsonObject, problem: str) -> None:
    before = knock.guides.add("other", [STEP])
    with pytest.raises(WorkflowDefinitionError) as refused:
        knock.guides.add_json("tour", {"steps": [STEP], **change})
    assert str(refused.value) == f"guide 'tour'{problem}"
    assert (knock.guides.keys(), before.semver) == (["other"], "0.0.1")


@pytest.mark.parametrize("key", ["", "ab", "Tour", "a b c", 5])
def test_a_key_has_knocks_form(knock: KnockFake, key: str) -> None:
    with pytest.raises(WorkflowDefinitionError) as refused:
        knock.guides.add(key, [STEP])
    assert str(refused.value) == f"guide {key!r}: a key has 3 to 255 characters of a-z, 0-9, '_' and '-'"


def test_what_is_given_later_changes_nothing(knock: KnockFake) -> None:
    values: JsonObject = {"title": "Hi"}
    guide = knock.guides.add("tour", [{"ref": "step_1", "values": values}])
    values["title"] = "Changed"
    assert guide.definition.steps[0].content.render({}) == {"title": "Hi"}


def test_a_guide_is_read_from_the_json_of_knocks_own_tools(knock: KnockFake) -> None:
    condition: JsonObject = {"variable": "data.a", "operator": "exists"}
    document: JsonObject = {
        "$schema": "https://schemas.knock.app/cli/guide.json",
        "name": "Welcome tour",
        "description": None,
        "channel_key": "in-app-guide",
        "steps": [
            {
                "ref": "step_1",
                "name": "First",
                "schema_key": "card",
                "schema_semver": "0.0.3",
                "schema_variant_key": "wide",
                "values": {"title": "Hi"},
            }
        ],
        "target_audience_key": None,
        "target_property_conditions": {"all": [condition]},
        "activation_url_patterns": [{"directive": "allow", "pathname": "/app"}],
        "tags": ["onboarding"],
        "goal_attachment": {"goal_key": "signed-up"},
        "__readonly": {"key": "tour", "valid": True, "semver": "0.1.0"},
    }
    guide = knock.guides.add_json("tour", document, active=False)
    definition = guide.definition
    assert (definition.type, definition.channel.key, definition.target_audience_key) == ("card", "in-app-guide", None)
    assert definition.target_property_conditions == {"all": [condition]}
    assert definition.activation_url_patterns == ({"directive": "allow", "pathname": "/app"},)
    (step,) = definition.steps
    assert (step.schema_key, step.schema_semver, step.schema_variant_key) == ("card", "0.0.3", "wide")
    assert ("tour" in knock.guides, knock.guides.is_active("tour"), repr(guide)) == (
        True,
        False,
        "<Guide 'tour', steps: step_1>",
    )


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"steps": [STEP], "channel": "x"}, "guide 'tour': unknown key 'channel'; did you mean 'channel_key'?"),
        ([], "guide 'tour': must be an object, not []"),
        ({"steps": {1}}, "guide 'tour'.steps: JSON cannot hold set {1}"),
    ],
)
def test_json_that_is_no_guide_is_refused(knock: KnockFake, document: JsonObject, problem: str) -> None:
    with pytest.raises(WorkflowDefinitionError) as refused:
        knock.guides.add_json("tour", document)
    assert str(refused.value) == problem


@pytest.mark.parametrize("verb", [GuideRegistry.activate, GuideRegistry.deactivate, GuideRegistry.order])
def test_a_guide_that_nobody_added_is_unknown(knock: KnockFake, verb: object) -> None:
    knock.guides.add("tour", [STEP])
    assert callable(verb)
    with pytest.raises(UnknownNameError) as refused:
        verb(knock.guides, "tuor")
    assert str(refused.value) == "there is no guide 'tuor': did you mean 'tour'?"


@pytest.mark.parametrize(
    ("interval", "seconds"), [("90m", 5400), (timedelta(days=1), 86_400), ("1000ms", 1), (None, None)]
)
def test_the_throttle_is_whole_seconds(knock: KnockFake, interval: str | timedelta | None, seconds: int | None) -> None:
    knock.guides.throttle("5s")
    knock.clock.advance("1h")
    knock.guides.throttle(interval)
    group = knock.guides.group
    assert (group.display_interval, group.updated_at - group.inserted_at) == (seconds, timedelta(hours=1))


@pytest.mark.parametrize(
    ("interval", "problem"),
    [
        ("1500ms", "guides.throttle: the interval must be whole seconds above zero, not '1500ms'"),
        ("0s", "guides.throttle: the interval must be whole seconds above zero, not '0s'"),
        (timedelta(seconds=-5), "guides.throttle: the interval must be whole seconds above zero, not "),
        ("soon", "'soon' is not a duration: write numbers with ms, s, m, h, d or w, such as '1h30m'"),
        (5, "a duration cannot be int 5: write text such as '5m', a timedelta, or a keyword such as seconds=300"),
    ],
)
def test_another_throttle_is_refused(knock: KnockFake, interval: str, problem: str) -> None:
    with pytest.raises(KnockFakeError) as refused:
        knock.guides.throttle(interval)
    assert str(refused.value).startswith(problem)
    assert knock.guides.group.display_interval is None


@pytest.mark.parametrize(
    ("schedule", "active"),
    [
        ({}, [True, True, True]),
        ({"active_from": None, "active_until": None}, [True, True, True]),
        ({"active_from": "2026-01-02T00:00:00Z"}, [False, True, True]),
        ({"active_until": "2026-01-03T00:00:00Z"}, [True, True, False]),
        ({"active_from": "2026-01-02T00:00:00Z", "active_until": "2026-01-03T00:00:00Z"}, [False, True, False]),
    ],
)
def test_a_guide_shows_in_its_time(knock: KnockFake, schedule: JsonObject, active: list[bool]) -> None:
    knock.guides.add_json("tour", {"steps": [STEP], **schedule})
    found = []
    for _ in range(3):
        found.append(knock.guides.is_active("tour"))
        knock.clock.advance("1d")
    assert found == active


def test_a_guide_that_is_switched_off_shows_at_no_time(knock: KnockFake) -> None:
    knock.guides.add_json("tour", {"steps": [STEP], "active_until": "2027-01-01T00:00:00Z"}, active=False)
    assert not knock.guides.is_active("tour")


def test_rules_under_their_older_name_are_url_patterns(knock: KnockFake) -> None:
    rules: JsonObject = {"activation_location_rules": [{"directive": "allow", "pathname": "/home"}]}
    guide = knock.guides.add_json("tour", {"steps": [STEP], **rules})
    assert guide.definition.activation_url_patterns == ({"directive": "allow", "pathname": "/home"},)

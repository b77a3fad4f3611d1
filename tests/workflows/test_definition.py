from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake, UnknownNameError, UsageTypeError, WorkflowDefinitionError
from knock_fake.errors import nearest
from knock_fake.steps import batch, delay, email, in_app_feed, sms, throttle
from knock_fake.workflows.definition import is_workflow_key
from knock_fake.workflows.steps import STEP_TYPES

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

SMS: JsonObject = {"type": "channel", "channel_type": "sms", "template": {"text_body": "Hi"}}
CONDITION: JsonObject = {"variable": "data.plan", "operator": "equal_to", "argument": "pro"}


def refusal_of(**document: Json) -> str:
    with pytest.raises(WorkflowDefinitionError) as refused:
        KnockFake().workflows.add("digest", **{"steps": [SMS], **document})  # type: ignore[arg-type]
    return str(refused.value)


# -- keys --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["abc", "order-shipped_2", "0--", "a" * 255])
def test_a_key_of_3_to_255_small_letters_digits_dashes_and_underscores_is_taken(key: str) -> None:
    knock = KnockFake()
    assert knock.workflows.add(key, steps=[SMS]).key == key
    assert is_workflow_key(key)


@pytest.mark.parametrize("key", ["", "ab", "Digest", "my digest", "digest\n", "a" * 256, "dïgest", "a/b"])
def test_any_other_key_is_refused(key: str) -> None:
    with pytest.raises(WorkflowDefinitionError) as refused:
        KnockFake().workflows.add(key, steps=[SMS])
    assert str(refused.value) == f"workflow {key!r}: a key has 3 to 255 characters of a-z, 0-9, '_' and '-'"
    assert not is_workflow_key(key)


# -- the workflow itself -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"name": 5}, "workflow 'digest': name: must be text, not 5"),
        ({"categories": "news"}, "workflow 'digest': categories: must be a list of texts, not 'news'"),
        ({"categories": ["news", 5]}, "workflow 'digest': categories: must be a list of texts, not ['news', 5]"),
        ({"settings": True}, "workflow 'digest': settings: must be an object, not True"),
        (
            {"settings": {"is_comercial": True}},
            "workflow 'digest': settings: unknown key 'is_comercial'; did you mean 'is_commercial'?",
        ),
        (
            {"settings": {"override_preferences": "yes"}},
            "workflow 'digest': settings.override_preferences: must be true or false, not 'yes'",
        ),
        (
            {"trigger_frequency": "once"},
            (
                "workflow 'digest': trigger_frequency: unknown value 'once'; known: 'every_trigger', "
                "'once_per_recipient', 'once_per_recipient_per_tenant'"
            ),
        ),
        (
            {"trigger_frequency": "once_per_recipent"},
            (
                "workflow 'digest': trigger_frequency: unknown value 'once_per_recipent'; "
                "did you mean 'once_per_recipient'?"
            ),
        ),
        (
            {"trigger_data_json_schema": [1]},
            "workflow 'digest': trigger_data_json_schema: must be a JSON Schema object, not [1]",
        ),
        (
            {"trigger_data_json_schema": {"type": "thing"}},
            (
                "workflow 'digest': trigger_data_json_schema: is no valid JSON Schema: "
                "\"thing\" is not valid under any of the schemas listed in the 'anyOf' keyword"
            ),
        ),
        ({"active": "no"}, "workflow 'digest': active: must be True or False, not 'no'"),
        ({"description": 5}, "workflow 'digest': description: must be text, not 5"),
        ({"tags": "team-a"}, "workflow 'digest': tags: must be a list of texts, not 'team-a'"),
        ({"goal_attachment": "signup"}, "workflow 'digest': goal_attachment: must be an object, not 'signup'"),
        (
            {"conditions": [{**CONDITION, "variable": "refs.sms_1.count"}]},
            "workflow 'digest': conditions[0].variable: no earlier step is called 'sms_1'; there are none",
        ),
        (
            {"conditions": {"all": [{"variable": "data.plan"}]}},
            (
                "workflow 'digest': conditions.all[0].operator: is missing; "
                "a condition needs 'variable' and 'operator', it has 'variable'"
            ),
        ),
        (
            {"conditions": {"all": [{**CONDITION, "variable": "refs.sms_1.delivery_status"}]}},
            (
                "workflow 'digest': conditions.all[0]: tests the status of a message, "
                "which only conditions of steps, branches and waits can do"
            ),
        ),
    ],
)
def test_what_cannot_be_honoured_is_refused_with_its_place_and_remedy(document: dict[str, Json], message: str) -> None:
    assert refusal_of(**document) == message


@pytest.mark.parametrize("steps", [[], (), None, "sms", {}, 5])
def test_a_workflow_needs_steps(steps: Json) -> None:
    assert refusal_of(steps=steps) == (
        "workflow 'digest': steps: must be a list of at least one step; "
        "build them with knock_fake.steps, or write Knock's step JSON"
    )


def test_a_definition_has_knocks_defaults() -> None:
    definition = KnockFake().workflows.add("digest", steps=[SMS])
    assert (definition.name, definition.categories, definition.conditions) == ("digest", (), None)
    assert (definition.is_commercial, definition.override_preferences) == (False, False)
    assert (definition.trigger_frequency, definition.trigger_data_json_schema) == ("every_trigger", None)


def test_a_definition_keeps_what_it_was_given() -> None:
    definition = KnockFake().workflows.add(
        "digest",
        steps=(SMS,),
        name="Daily digest",
        description="For people",
        categories=("news", "Product Updates"),
        tags=["team-a"],
        conditions={"all": [CONDITION]},
        settings={"is_commercial": True, "override_preferences": True},
        trigger_frequency="once_per_recipient",
        trigger_data_json_schema={"type": "object"},
        goal_attachment={"goal_key": "signup"},
    )
    assert (definition.name, definition.categories) == ("Daily digest", ("news", "Product Updates"))
    assert definition.conditions == {"all": [CONDITION]}
    assert (definition.is_commercial, definition.override_preferences) == (True, True)
    assert (definition.trigger_frequency, definition.trigger_data_json_schema) == (
        "once_per_recipient",
        {"type": "object"},
    )


# -- steps -------------------------------------------------------------------------------------------------

STEP = "workflow 'digest': steps[0]"
HOUR: JsonObject = {"unit": "hours", "value": 1}


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("sms", f"{STEP}: a step is an object with a type, not 'sms'"),
        ({}, f"{STEP}.type: is missing; {nearest('', [*STEP_TYPES])}"),
        (
            {"type": "delai"},
            f"{STEP}.type: steps of type 'delai' cannot be run by this version; did you mean 'delay'?",
        ),
        ({"type": "x"}, f"{STEP}.type: steps of type 'x' cannot be run by this version; {nearest('x', [*STEP_TYPES])}"),
        (
            {**SMS, "chanel_key": "sms"},
            f"{STEP}: unknown key 'chanel_key' in a channel step; did you mean 'channel_key'?",
        ),
        ({**SMS, "ref": 5}, f"{STEP}.ref: must be text, not 5"),
        (
            {**SMS, "conditions": {"all": [{**CONDITION, "operator": "equals"}]}},
            f"{STEP}.conditions.all[0].operator: 'equals' is no operator: did you mean 'equal_to'?",
        ),
        (
            {"type": "channel", "template": {"text_body": "Hi"}},
            (
                f"{STEP}.channel_type: is missing; known: 'chat', 'email', 'http', 'in_app_feed', 'in_app_guide', "
                "'push', 'sms'"
            ),
        ),
        (
            {"type": "channel", "channel_key": "smss", "template": {"text_body": "Hi"}},
            (
                f"{STEP}.channel_type: is missing, and there is no channel 'smss' to take it from "
                "(did you mean 'sms'?); known: 'chat', 'email', 'http', 'in_app_feed', 'in_app_guide', 'push', 'sms'"
            ),
        ),
        (
            {**SMS, "channel_key": "email"},
            f"{STEP}.channel_key: 'email' is a channel of type 'email', the step is of type 'sms'; known: 'sms'",
        ),
        (
            {**SMS, "template": {"text_body@": "sms.txt"}},
            (
                f"{STEP}.template: 'text_body@' refers to a file, and files are not read; "
                "put the text itself into 'text_body'"
            ),
        ),
        (
            {
                **SMS,
                "conditions": [{**CONDITION, "variable": "refs.sms_1.delivery_status", "argument": "$message.sent"}],
            },
            f"{STEP}.conditions[0].variable: no earlier step is called 'sms_1'; there are none",
        ),
        ({**SMS, "channel_type": "smss"}, f"{STEP}.channel_type: unknown channel type 'smss'; did you mean 'sms'?"),
        ({**SMS, "channel_key": 5}, f"{STEP}.channel_key: must be text, not 5"),
        (
            {**SMS, "channel_key": "sms", "channel_group_key": "texting"},
            f"{STEP}: give channel_key or channel_group_key, not both",
        ),
        (
            {**SMS, "send_windows": [{"day": "monday", "type": "send"}]},
            (
                f"{STEP}.send_windows: every weekday needs a window, none is given for tuesday, wednesday, thursday, "
                "friday, saturday, sunday"
            ),
        ),
        (
            {**SMS, "template": {"text": "Hi"}},
            f"{STEP}.template: unknown key 'text'; did you mean 'text_body'?",
        ),
        (
            {**SMS, "template": {"text_body": "{{ data.name | shout }}"}},
            (f"{STEP}.template.text_body, line 1: unknown filter 'shout'; did you mean 'sort'?"),
        ),
        (
            {"type": "channel", "channel_type": "sms", "template": {"text_body": "Hi", "settings": {"to_number": 5}}},
            f"{STEP}.template.settings.to_number: must be text, not 5",
        ),
        ({**SMS, "channel_overrides": "x"}, f"{STEP}.channel_overrides: must be an object, not 'x'"),
        (
            {**SMS, "channel_overrides": {"to_address": "x"}},
            f"{STEP}.channel_overrides: unknown key 'to_address' for sms; known: 'link_tracking'",
        ),
        (
            {**SMS, "channel_overrides": {"link_tracking": "yes"}},
            f"{STEP}.channel_overrides.link_tracking: must be true or false, not 'yes'",
        ),
        (
            {**SMS, "channel_overrides": {"open_tracking": True}},
            f"{STEP}.channel_overrides: unknown key 'open_tracking' for sms; did you mean 'link_tracking'?",
        ),
        (
            email("Hi", "<p>Hi</p>", overrides={"to_adress": "a@example.com"}),
            f"{STEP}.channel_overrides: unknown key 'to_adress' for email; did you mean 'to_address'?",
        ),
        (
            email("Hi", "<p>Hi</p>", overrides={"cc_address": ["a@example.com"]}),
            f"{STEP}.channel_overrides.cc_address: must be text, not ['a@example.com']",
        ),
        ({"type": "delay"}, f"{STEP}.settings: give delay_for, delay_until_field_path, or both"),
        (
            {"type": "delay", "settings": {}},
            f"{STEP}.settings: give delay_for, delay_until_field_path, or both",
        ),
        (
            {"type": "delay", "settings": {"delay": 5}},
            f"{STEP}.settings: unknown key 'delay'; did you mean 'delay_for'?",
        ),
        (
            {"type": "delay", "settings": {"delay_for": "2h"}},
            (f'{STEP}.settings.delay_for: a duration is an object, not \'2h\': write {{"unit": "hours", "value": 2}}'),
        ),
        (
            {"type": "delay", "settings": {"delay_for": {"unit": "hour", "value": 2}}},
            f"{STEP}.settings.delay_for: unknown unit 'hour'; did you mean 'hours'?",
        ),
        (
            {"type": "delay", "settings": {"delay_for": {"unit": "hours", "value": 1.5}}},
            (
                f"{STEP}.settings.delay_for: value must be a whole number, not 1.5: "
                'write {"unit": "hours", "value": 2}'
            ),
        ),
        (
            delay(timedelta(days=366)),
            f"{STEP}.settings.delay_for: must be longer than nothing and at most 365 days, not 366 days",
        ),
        (
            delay("0s"),
            f"{STEP}.settings.delay_for: must be longer than nothing and at most 365 days, not 0 seconds",
        ),
        ({"type": "batch"}, f"{STEP}.settings: give batch_window, batch_until_field_path, or both"),
        (
            {"type": "throttle", "settings": {}},
            f"{STEP}.settings: give throttle_window, throttle_window_field_path, or both",
        ),
        (batch("0s"), f"{STEP}.settings.batch_window: must be longer than nothing, not 0 seconds"),
        (
            throttle("32d"),
            f"{STEP}.settings.throttle_window: must be longer than nothing and at most 31 days, not 32 days",
        ),
        (
            batch("1h", sliding=True, extension_limit="0s"),
            f"{STEP}.settings.batch_window_extension_limit: must be longer than nothing, not 0 seconds",
        ),
        (
            batch("1h", max_items=1),
            f"{STEP}.settings.batch_items_max_limit: must be a whole number from 2 to 1000, not 1",
        ),
        (
            batch("1h", render_limit=101),
            f"{STEP}.settings.batch_items_render_limit: must be a whole number from 1 to 100, not 101",
        ),
        (
            {"type": "batch", "settings": {"batch_window": HOUR, "batch_order": "up"}},
            f"{STEP}.settings.batch_order: cannot be 'up'; known: 'asc', 'desc'",
        ),
        (
            {"type": "batch", "settings": {"batch_window": HOUR, "batch_widow_type": "fixed"}},
            f"{STEP}.settings: unknown key 'batch_widow_type'; did you mean 'batch_window_type'?",
        ),
        (
            batch("1h", key="{{ data.a"),
            f"{STEP}.settings.batch_key, line 1: expected '}}}}', found end of file, at '{{{{ data.a'",
        ),
        (
            batch("1h", key=" "),
            (
                f"{STEP}.settings.batch_key: must be a text such as 'page_id' or "
                "'{{ data.page_id }}-{{ actor.id }}', not ' '"
            ),
        ),
        (
            throttle("1h", limit=0),
            f"{STEP}.settings.throttle_limit: must be a whole number of at least 1, not 0",
        ),
        (
            {"type": "delay", "settings": {"delay_until_field_path": "remind_at"}},
            (
                f"{STEP}.settings.delay_until_field_path: 'remind_at' is no field path: write a path such as "
                "'data.remind_at'; it begins with data., recipient., actor., tenant., vars."
            ),
        ),
    ],
)
def test_a_step_that_cannot_be_honoured_is_refused_with_its_place_and_remedy(step: Json, message: str) -> None:
    assert refusal_of(steps=[step]) == message


def test_a_key_that_is_no_text_is_refused() -> None:
    step: dict[object, Json] = {"type": "delay", "settings": {}, 7: "x"}
    with pytest.raises(WorkflowDefinitionError) as refused:
        KnockFake().workflows.add("digest", steps=[step])  # type: ignore[list-item]
    assert str(refused.value) == f"{STEP}: a key must be text, not int 7"


def test_the_place_names_the_step_that_is_wrong() -> None:
    assert refusal_of(steps=[SMS, delay("1h"), {"type": "x"}]).startswith("workflow 'digest': steps[2].type: ")


def test_what_a_document_holds_as_null_or_false_is_honoured() -> None:
    step: JsonObject = {
        **SMS,
        "name": None,
        "description": "For people",
        "ref": None,
        "conditions": None,
        "channel_key": None,
        "channel_group_key": None,
        "send_windows": None,
        "channel_overrides": {"link_tracking": False},
    }
    definition = KnockFake().workflows.add("digest", steps=[step], conditions={}, settings={})
    assert [one.ref for one in definition.steps] == ["sms_1"]


@pytest.mark.parametrize(
    "length",
    [
        {"unit": "days", "value": 365},
        {"unit": "weeks", "value": 52},
        {"unit": "months", "value": 12},
        {"unit": "hours", "value": 8_760},
        {"unit": "minutes", "value": 525_600},
        {"unit": "seconds", "value": 31_536_000},
    ],
)
def test_a_delay_of_up_to_a_year_is_taken_and_a_longer_one_refused(length: dict[str, Json]) -> None:
    value = length["value"]
    assert isinstance(value, int)
    step: JsonObject = {"type": "delay", "settings": {"delay_for": length}}
    KnockFake().workflows.add("digest", steps=[step])
    longer: JsonObject = {"type": "delay", "settings": {"delay_for": {**length, "value": value + 1}}}
    assert refusal_of(steps=[longer]) == (
        "workflow 'digest': steps[0].settings.delay_for: must be longer than nothing and at most 365 days, "
        f"not {value + 1} {length['unit']}"
    )


def test_a_step_may_leave_its_type_to_its_channel() -> None:
    knock = KnockFake()
    knock.channels.add("postmark", type="email")
    templates: list[tuple[str, Json]] = [("sms", {"text_body": "Hi"}), ("postmark", {"subject": "S", "html_body": "B"})]
    steps: list[JsonObject] = [{"type": "channel", "channel_key": key, "template": one} for key, one in templates]
    definition = knock.workflows.add("digest", steps=steps)
    assert [step.ref for step in definition.steps] == ["sms_1", "email_1"]


def test_a_condition_may_name_the_steps_before_its_own() -> None:
    condition: JsonObject = {
        "variable": "refs.in_app_feed_1.delivery_status",
        "operator": "equal_to",
        "argument": "$message.sent",
    }
    earlier: JsonObject = {**SMS, "conditions": {"all": [condition]}}
    KnockFake().workflows.add("digest", steps=[in_app_feed("a"), earlier])
    assert refusal_of(steps=[earlier, in_app_feed("a")]) == (
        f"{STEP}.conditions.all[0].variable: no earlier step is called 'in_app_feed_1'; there are none"
    )
    assert refusal_of(steps=[in_app_feed("a", ref="feed_1"), earlier]) == (
        "workflow 'digest': steps[1].conditions.all[0].variable: no earlier step is called 'in_app_feed_1'; "
        "did you mean 'feed_1'?"
    )


def test_a_definition_shows_itself_in_a_line() -> None:
    definition = KnockFake().workflows.add("digest", steps=[delay("1h"), SMS])
    assert repr(definition) == "<WorkflowDefinition 'digest', steps: delay_1, sms_1>"


# -- what was given stays the caller's -----------------------------------------------------------------------


def test_what_is_changed_after_adding_does_not_reach_the_workflow() -> None:
    condition: JsonObject = {**CONDITION}
    schema: JsonObject = {"type": "object"}
    definition = KnockFake().workflows.add(
        "digest", steps=[SMS], conditions={"all": [condition]}, trigger_data_json_schema=schema
    )
    condition["operator"], schema["type"] = "nonsense", "array"
    assert (definition.conditions, definition.trigger_data_json_schema) == ({"all": [CONDITION]}, {"type": "object"})


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"steps": [{**SMS, "conditions": [{1}]}]}, f"{STEP}.conditions[0]: JSON cannot hold set {{1}}"),
        (
            {"settings": {"is_commercial": b"no"}},
            "workflow 'digest': settings.is_commercial: JSON cannot hold bytes b'no'",
        ),
        (
            {"name": "\ud800"},
            "workflow 'digest': name: '\\ud800' holds half of a surrogate pair, which is no character",
        ),
    ],
)
def test_what_json_cannot_hold_is_refused_by_place(document: dict[str, Json], message: str) -> None:
    assert refusal_of(**document) == message


# -- refs --------------------------------------------------------------------------------------------------


def test_steps_without_ref_are_counted_by_channel_type_or_type() -> None:
    steps = [in_app_feed("a"), delay("1h"), email("s", "b"), in_app_feed("c"), delay("1h"), sms("d")]
    definition = KnockFake().workflows.add("digest", steps=steps)
    refs = ["in_app_feed_1", "delay_1", "email_1", "in_app_feed_2", "delay_2", "sms_1"]
    assert [step.ref for step in definition.steps] == refs


def test_a_step_with_a_ref_counts_too() -> None:
    definition = KnockFake().workflows.add("digest", steps=[sms("a", ref="hello"), sms("b")])
    assert [step.ref for step in definition.steps] == ["hello", "sms_2"]


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([sms("a", ref="hello"), sms("b", ref="hello")], "'hello' names an earlier step already"),
        ([sms("a"), sms("b", ref="sms_1")], "'sms_1' names an earlier step already"),
        ([sms("a", ref="sms_2"), sms("b")], "'sms_2' names an earlier step already"),
    ],
)
def test_a_ref_is_unique_in_its_workflow(steps: list[Json], message: str) -> None:
    assert refusal_of(steps=steps) == f"workflow 'digest': steps[1].ref: {message}"


# -- versions and the registry -----------------------------------------------------------------------------


def test_adding_a_key_again_makes_a_new_version_and_keeps_the_old_one() -> None:
    workflows = KnockFake().workflows
    first, second = workflows.add("digest", steps=[SMS]), workflows.add("digest", steps=[SMS], name="Two")
    assert first.version_id != second.version_id
    assert workflows.get("digest") is second
    assert (workflows.version(first.version_id), workflows.version(second.version_id)) == (first, second)


def test_a_workflow_of_json_is_switched_on_by_true_and_false_alone(knock: KnockFake) -> None:
    with pytest.raises(WorkflowDefinitionError, match=r"^workflow 'digest': active: must be True or False, not 'no'$"):
        knock.workflows.add_json("digest", {"steps": [SMS]}, active="no")  # type: ignore[arg-type]
    assert knock.workflows.keys() == []


def test_a_definition_that_is_refused_leaves_the_one_before_it_in_place() -> None:
    workflows = KnockFake().workflows
    first = workflows.add("digest", steps=[SMS])
    with pytest.raises(WorkflowDefinitionError):
        workflows.add("digest", steps=[])
    assert workflows.get("digest") is first


def test_a_definition_that_is_refused_changes_no_identifier() -> None:
    one, other = KnockFake(), KnockFake()
    with pytest.raises(WorkflowDefinitionError):
        other.workflows.add("digest", steps=[])
    first, second = (world.workflows.add("digest", steps=[SMS]).version_id for world in (one, other))
    assert first == second


def test_keys_come_in_order_of_addition() -> None:
    workflows = KnockFake().workflows
    for key in ("welcome", "digest", "welcome"):
        workflows.add(key, steps=[SMS])
    assert workflows.keys() == ["welcome", "digest"]
    assert "digest" in workflows
    assert "other" not in workflows
    assert workflows.get("other") is None


def test_a_workflow_can_be_switched_off_and_on() -> None:
    workflows = KnockFake().workflows
    workflows.add("digest", steps=[SMS], active=False)
    assert not workflows.is_active("digest")
    workflows.activate("digest")
    assert workflows.is_active("digest")
    workflows.deactivate("digest")
    assert not workflows.is_active("digest")
    workflows.add("digest", steps=[SMS])
    assert workflows.is_active("digest")
    assert not workflows.is_active("other")


def test_switching_an_unknown_workflow_names_the_nearest() -> None:
    workflows = KnockFake().workflows
    with pytest.raises(UnknownNameError) as unknown:
        workflows.deactivate("digest")
    assert str(unknown.value) == "there is no workflow 'digest': none are defined yet"
    workflows.add("digest", steps=[SMS])
    with pytest.raises(UnknownNameError) as unknown:
        workflows.activate("digets")
    assert str(unknown.value) == "there is no workflow 'digets': did you mean 'digest'?"


def test_switching_by_something_that_is_no_key_is_refused() -> None:
    workflows = KnockFake().workflows
    definition = workflows.add("digest", steps=[SMS])
    with pytest.raises(UsageTypeError) as refused:
        workflows.deactivate(definition)  # type: ignore[arg-type]
    assert str(refused.value) == "a workflow key is text, not WorkflowDefinition"

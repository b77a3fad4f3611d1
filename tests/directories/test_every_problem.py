from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.directories.documents import show_place, value_at
from knock_fake.directories.every_problem import every_refusal
from knock_fake.errors import UsageError
from knock_fake.workflows.definition import compile_workflow
from knock_fake.workflows.steps import STEP_TYPES

if TYPE_CHECKING:
    from knock_fake.directories.documents import Place
    from knock_fake.json_types import Json, JsonObject

EMAIL: JsonObject = {"subject": "Hi", "html_body": "<p>Hi</p>", "settings": {}}
_TWO_HOURS: JsonObject = {"unit": "hours", "value": 2}
DELAY: JsonObject = {"type": "delay", "ref": "delay_1", "settings": {"delay_for": _TWO_HOURS}}


def refusals(document: JsonObject, gaps: list[Place] | None = None) -> list[tuple[str, str]]:
    def compiling(content: JsonObject) -> object:
        return compile_workflow("digest", "", content, STEP_TYPES)

    before = deepcopy(document)
    found = every_refusal(compiling, document, "workflow 'digest'", gaps or [])
    assert document == before
    return [(show_place(document, one.place, "workflow"), one.message.split(";")[0]) for one in found]


def channel(ref: str, channel_type: str = "sms", template: Json = None, **others: Json) -> JsonObject:
    template = {"text_body": "Hi"} if template is None else template
    return {"type": "channel", "ref": ref, "channel_type": channel_type, "template": template, **others}


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"steps": [channel("sms_1")]}, []),
        (
            {"name": 5, "trigger_frequency": "evry_trigger", "steps": [DELAY], "settings": {"is_comercial": True}},
            [
                ("settings", "unknown key 'is_comercial'"),
                ("name", "must be text, not 5"),
                ("trigger_frequency", "unknown value 'evry_trigger'"),
            ],
        ),
        (
            {"steps": [channel("a", template={"text_body": 5, "text": "Hi"}), channel("b", template={"body": "Hi"})]},
            [
                ("a.template", "unknown key 'text'"),
                ("a.template.text_body", "must be text, not 5"),
                ("b.template", "unknown key 'body'"),
                ("b.template.text_body", "is required"),
            ],
        ),
        (
            {"steps": [channel("a", "email", {**EMAIL, "subject": "{{ a | b }}", "html_body": "<p>\n{% if %}"})]},
            [
                ("a.template.subject", "unknown filter 'b'"),
                ("a.template.html_body", "missing expression, at 'if'"),
            ],
        ),
        (
            {"steps": [{"type": "dealy", "ref": "d"}, channel("a"), channel("a"), 7, channel("b", template={})]},
            [
                ("d.type", "steps of type 'dealy' cannot be run by this version"),
                ("a.ref", "'a' names an earlier step already"),
                ("steps[3]", "a step is an object with a type, not 7"),
                ("b.template.text_body", "is required"),
            ],
        ),
        (
            {
                "steps": [
                    channel("a", conditions={"all": [{"variable": "refs.z.count", "operator": "equl_to"}]}),
                    {**DELAY, "settings": {"delay_for": {**_TWO_HOURS, "unit": "eons"}}, "extra": 1},
                    channel("c", template={"text_body": "{{ a"}),
                ]
            },
            [
                ("a.conditions.all[0].operator", "'equl_to' is no operator: did you mean 'equal_to'?"),
                ("a.conditions.all[0].argument", "is missing"),
                ("a.conditions.all[0].variable", "no earlier step is called 'z'"),
                ("delay_1", "unknown key 'extra' in a delay step"),
                ("delay_1.settings.delay_for", "unknown unit 'eons'"),
                ("c.template.text_body", "expected '}}', found end of file, at '{{ a'"),
            ],
        ),
        (
            {"steps": [channel("a", "email", {"subject": "Hi"}), channel("b", "telex"), channel("c", "push", {})]},
            [
                ("a.template", "needs exactly one of 'html_body' and 'visual_blocks'"),
                ("b.channel_type", "unknown channel type 'telex'"),
                ("c.template.title", "is required"),
                ("c.template.text_body", "is required"),
            ],
        ),
        ({"steps": []}, [("steps", "must be a list of at least one step")]),
        ({}, [("steps", "must be a list of at least one step")]),
        ({"steps": {"a": 1}}, [("steps", "must be a list of at least one step")]),
    ],
)
def test_every_problem_is_told_once(document: JsonObject, found: list[tuple[str, str]]) -> None:
    assert refusals(document) == found


def test_a_step_without_a_ref_is_told_by_its_place() -> None:
    assert refusals({"steps": [DELAY, {"type": "channel", "channel_type": "sms", "template": {}}]}) == [
        ("steps[1].template.text_body", "is required")
    ]


def test_the_line_of_a_text_is_kept() -> None:
    document: JsonObject = {"steps": [channel("a", template={"text_body": "Hi\n\n{{ a | b }}"})]}
    [refusal] = every_refusal(
        lambda content: compile_workflow("digest", "", content, STEP_TYPES), document, "workflow 'digest'"
    )
    assert (refusal.place, refusal.line) == (("steps", 0, "template", "text_body"), 3)


def test_nothing_is_told_of_what_could_not_be_read() -> None:
    place = ("steps", 0, "template", "visual_blocks")
    document: JsonObject = {"steps": [channel("a", "email", {"subject": 5, "visual_blocks": ""})]}
    assert refusals(document, [place]) == [("a.template.subject", "must be text, not 5")]


@pytest.mark.parametrize("message", ["workflow 'digest' is beyond help", "something else", ""])
def test_what_says_no_place_ends_it(message: str) -> None:
    def compiling(_content: JsonObject) -> object:
        raise UsageError(message)

    [refusal] = every_refusal(compiling, {}, "workflow 'digest'")
    assert (refusal.place, refusal.message) == ((), message.removeprefix("workflow 'digest' "))


# -- laws --------------------------------------------------------------------------------------------------


def _sound() -> JsonObject:
    return {
        "name": "Digest",
        "categories": ["a"],
        "settings": {"is_commercial": False},
        "steps": [
            channel("sms_1"),
            deepcopy(DELAY),
            channel("email_1", "email", deepcopy(EMAIL)),
            channel("push_1", "push", {"title": "a", "text_body": "b"}),
            channel("feed_1", "in_app_feed", {"markdown_body": "a", "action_buttons": [{"label": "a", "action": "b"}]}),
        ],
    }


_PLACES: list[tuple[Place, Json]] = [
    (("name",), 1),
    (("categories",), "a"),
    (("settings", "is_commercial"), "no"),
    (("steps", 0, "template", "text_body"), "{{ a | nope }}"),
    (("steps", 1, "settings", "delay_for"), {"unit": "eons", "value": 1}),
    (("steps", 2, "template", "subject"), {}),
    (("steps", 2, "template", "html_body"), "{% nope %}"),
    (("steps", 2, "template", "settings"), []),
    (("steps", 3, "template", "title"), 1),
    (("steps", 3, "template", "text_body"), 1),
    (("steps", 3, "conditions"), "a"),
    (("steps", 4, "template", "markdown_body"), "{{"),
    (("steps", 4, "template", "action_buttons", 0, "label"), 5),
]


@given(st.lists(st.sampled_from(_PLACES), unique_by=lambda one: str(one[0])))
def test_so_many_fields_are_broken_so_many_problems_are_told(broken: list[tuple[Place, Json]]) -> None:
    document = _sound()
    for place, value in broken:
        match value_at(document, place[:-1]), place[-1]:
            case dict() as holder, str() as key:
                holder[key] = value
    told = [place for place, _ in refusals(document)]
    assert sorted(told) == sorted(show_place(document, place, "workflow") for place, _ in broken)

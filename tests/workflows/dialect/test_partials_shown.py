"""The tag ``render``: partials see what they are given, as text unless their schema says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.workflows.library import Library
from knock_fake.workflows.scopes import Scope
from knock_fake.workflows.templating import TemplateError, compile_template

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

PLACE = "workflow 'x': steps[0].template.html_body"
VARIABLES: JsonObject = {
    "timestamp": "2026-01-02T03:04:05Z",
    "recipient": {"name": "Ann"},
    "vars": {"app": "Acme"},
    "data": {"off": False, "count": 2, "items": [{"q": "a"}, {"q": "b"}], "words": ["a", "b"], "user": {"name": "Joe"}},
}


@pytest.fixture
def library() -> Library:
    return Library()


def render(library: Library, source: str) -> str:
    return compile_template(source, PLACE).render(Scope(VARIABLES, library))


def problem_of(library: Library, source: str) -> str:
    with pytest.raises(TemplateError) as failure:
        render(library, source)
    return str(failure.value)


def test_a_partial_sees_what_it_is_given_and_vars(library: Library) -> None:
    library.partials.add("badge", "[{{ label }}|{{ recipient.name }}{{ data.count }}|{{ vars.app }}]")
    assert render(library, "{% render 'badge', label: recipient.name %}") == "[Ann||Acme]"


def test_what_a_template_assigns_a_partial_does_not_see_nor_the_other_way_round(library: Library) -> None:
    library.partials.add("inner", "{{ mine }}{% assign yours = 'x' %}")
    assert render(library, "{% assign mine = 'x' %}[{% render 'inner' %}{{ yours }}]") == "[]"


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("data.off", "true|false"),
        ("data.count", "true|2"),
        ("data.missing", "true|"),
        ("data.words", "true|ab"),
        ("data.user", 'true|{"name": "Joe"}'),
        ("'text'", "true|text"),
    ],
)
def test_inputs_are_plain_text(library: Library, argument: str, expected: str) -> None:
    library.partials.add("shown", "{% if input %}true{% endif %}|{{ input }}")
    assert render(library, f"{{% render 'shown', input: {argument} %}}") == expected


def test_structured_data_travels_as_json(library: Library) -> None:
    library.partials.add("faq", "{% assign all = input | from_json %}{% for one in all %}{{ one.q }};{% endfor %}")
    assert render(library, "{% assign json = data.items | json %}{% render 'faq', input: json %}") == "a;b;"


FIELDS: list[JsonObject] = [
    {"type": "list", "key": "items", "label": "Items"},
    {"type": "json", "key": "user", "label": "User"},
    {"type": "boolean", "key": "flag", "label": "Flag"},
    {"type": "number", "key": "number", "label": "Number", "settings": {"default": 7}},
    {"type": "text", "key": "title", "label": "Title"},
    {"type": "markdown", "key": "body", "label": "Body"},
    {"type": "multi_select", "key": "icons", "label": "Icons"},
    {"type": "button", "key": "button", "label": "Button"},
]
SHOWN = (
    "{% for i in items %}{{ i.q }};{% endfor %}{{ user.name }}|{% if flag %}on{% else %}off{% endif %}"
    "|{{ number | plus: 1 }}|{% if title == '' %}empty{% else %}{{ title }}{% endif %}|{{ body }}"
    "|{{ icons | join: '+' }}|{{ button.text }}:{{ button.action }}"
)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", "|off|8|empty|||:"),
        ("items: data.items, user: data.user", "a;b;Joe|off|8|empty|||:"),
        ("""items: '[{"q": "c"}]', user: '{"name": "Jim"}'""", "c;Jim|off|8|empty|||:"),
        ("flag: 'true', number: '3', title: 'Hi', body: '**Hi**'", "|on|4|Hi|<p><strong>Hi</strong></p>||:"),
        ("flag: data.off, number: data.count, title: data.count", "|off|3|2|||:"),
        ("flag: '', icons: data.words", "|off|8|empty||a+b|:"),
        ("""button: '{"text": "Go", "action": "/go"}'""", "|off|8|empty|||Go:/go"),
        ("user: 'no JSON', title: data.missing", "|off|8|empty|||:"),
    ],
)
def test_an_input_schema_gives_inputs_their_types_and_defaults(library: Library, arguments: str, expected: str) -> None:
    library.partials.add("fancy", SHOWN, input_schema=FIELDS)
    assert render(library, f"{{% render 'fancy', {arguments} %}}") == expected


@pytest.mark.parametrize(
    ("argument", "problem"),
    [
        ("flag: 'maybe'", "its input 'flag' must be true or false, not 'maybe'"),
        ("number: 'many'", "its input 'number' must be a number, not 'many'"),
        ("number: true", "its input 'number' must be a number, not 'true'"),
        ("items: 'one'", "its input 'items' must be a list, not 'one'"),
        ("button: 'Go'", "its input 'button' must be an object with text, action, not 'Go'"),
    ],
)
def test_an_input_that_does_not_fit_its_field_is_an_error(library: Library, argument: str, problem: str) -> None:
    library.partials.add("fancy", SHOWN, input_schema=FIELDS)
    assert (
        problem_of(library, f"\n{{% render 'fancy', {argument} %}}") == f"{PLACE}, line 2: partial 'fancy': {problem}"
    )


def test_partials_stand_in_one_another_five_deep(library: Library) -> None:
    for depth in range(1, 7):
        inner = f"{{% render 'level-{depth + 1}' %}}" if depth < 6 else ""
        library.partials.add(f"level-{depth}", f"{depth}{inner}")
    assert render(library, "{% render 'level-2' %}") == "23456"
    problem = "partial 'level-6' stands in 5 others already: no more are shown"
    assert problem_of(library, "{% render 'level-1' %}") == f"{PLACE}, line 1: {problem}"


def test_a_partial_that_shows_itself_is_an_error_and_no_endless_loop(library: Library) -> None:
    library.partials.add("mirror", "{% render 'mirror' %}")
    assert "partial 'mirror' stands in 5 others already" in problem_of(library, "{% render 'mirror' %}")


def test_an_unknown_partial_is_an_error_of_the_rendering(library: Library) -> None:
    library.partials.add("footer", "{% render 'lgo' %}")
    library.partials.add("logo", "")
    remedy = "or add it with knock.partials.add"
    assert problem_of(library, "\n\n{% render 'foter' %}") == (
        f"{PLACE}, line 3: there is no partial 'foter'; did you mean 'footer'?, {remedy}"
    )
    assert problem_of(library, "{% render 'footer' %}") == (
        f"{PLACE}, line 1: partial 'footer', line 1: there is no partial 'lgo'; did you mean 'logo'?, {remedy}"
    )


def test_an_error_inside_a_partial_names_both_places(library: Library) -> None:
    library.partials.add("price", "a\n\n{{ amount | currency: 'XXY' }}")
    assert problem_of(library, "\n{% render 'price', amount: 3 %}") == (
        f"{PLACE}, line 2: partial 'price', line 3: filter 'currency': unknown currency 'XXY'; use a code of ISO 4217 "
        "such as 'GBP'"
    )


def test_now_is_the_runs_instant_in_partials_too(library: Library) -> None:
    library.partials.add("year", "{{ 'now' | date: '%Y' }}{{ timestamp }}")
    assert render(library, "{% render 'year' %}") == "2026"


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (
            "{% render 'badge' for data.items %}",
            "'render' has no 'for' at Knock: put it into {% for %}, and pass each item by name",
        ),
        ("{% render 'badge' with data.user as u %}", "'render' has no 'with' at Knock: pass the value by name"),
        ("{% render badge %}", "'render' names its partial by text: {% render 'partial_key' %}"),
    ],
)
def test_what_knocks_render_does_not_have_is_refused(source: str, problem: str) -> None:
    with pytest.raises(WorkflowDefinitionError) as refusal:
        compile_template(source, PLACE)
    assert str(refusal.value) == f"{PLACE}, line 1: {problem}"


@pytest.mark.parametrize("value", [None, True, 3, "x", [1, "a"], {"a": [None]}])
def test_a_partial_without_liquid_is_its_own_text(library: Library, value: Json) -> None:
    library.partials.add("plain", "just text", type="text")
    source = "{% render 'plain', input: value %}"
    assert compile_template(source, PLACE).render(Scope({"value": value}, library)) == "just text"

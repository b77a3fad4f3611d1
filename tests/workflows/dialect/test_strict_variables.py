"""Strict variables: what is missing is an error that names variable, template and line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake
from knock_fake.errors import UsageTypeError
from knock_fake.steps import sms
from knock_fake.workflows.library import Library
from knock_fake.workflows.scopes import Scope
from knock_fake.workflows.templating import TemplateError, compile_template

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject

PLACE = "workflow 'x': steps[0].template.subject"
VARIABLES: JsonObject = {"data": {"name": "Ann", "nothing": None, "items": [1], "user": {}}}


def render(source: str, *, strict: bool = True) -> str:
    library = Library(strict_variables=strict)
    library.partials.add("badge", "{{ label }}")
    library.partials.add("greedy", "\n{{ data.name }}")
    library.translations.add("en", {"hello": "Hello {{ name }}"})
    return compile_template(source, PLACE).render(Scope(VARIABLES, library))


@pytest.mark.parametrize(
    ("source", "line", "path"),
    [
        ("{{ nope }}", 1, "nope"),
        ("\n{{ data.nope }}", 2, "data.nope"),
        ("{{ data.user.address.city }}", 1, "data.user.address.city"),
        ("{{ data.items[3] }}", 1, "data.items[3]"),
        ("{{ data.name.first }}", 1, "data.name.first"),
        ("{{ data.nope | upcase }}", 1, "data.nope"),
        ("{{ data.name | append: data.nope }}", 1, "data.nope"),
        ("{{ data.nope | date: '%Y' }}", 1, "data.nope"),
        ("{% for x in data.nope %}{% endfor %}", 1, "data.nope"),
        ("{% assign x = data.nope %}\n{{ x }}", 1, "data.nope"),
        ("\n\n{% render 'badge', label: data.nope %}", 3, "data.nope"),
        ("{{ 'hello' | t: name: data.nope }}", 1, "data.nope"),
        ("{% t %}\nHello {{ data.nope }}{% endt %}", 2, "data.nope"),
    ],
)
def test_what_shows_a_missing_variable_is_an_error(source: str, line: int, path: str) -> None:
    with pytest.raises(TemplateError) as failure:
        render(source)
    remedy = f"give it, or show something else: {{{{ {path} | default: '...' }}}}"
    assert str(failure.value) == f"{PLACE}, line {line}: the variable {path} is missing; {remedy}"
    assert isinstance(render(source, strict=False), str)


def test_a_partial_and_a_translation_are_strict_too() -> None:
    with pytest.raises(TemplateError) as in_partial:
        render("{% render 'greedy' %}")
    assert "line 1: partial 'greedy', line 2: the variable data.name is missing" in str(in_partial.value)
    with pytest.raises(TemplateError) as in_translation:
        render("{{ 'hello' | t }}")
    assert "line 1: translation 'hello': the variable name is missing" in str(in_translation.value)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[{{ data.nothing }}]", "[]"),
        ("{{ data.nope | default: 'd' }}", "d"),
        ("{% if data.nope %}x{% else %}y{% endif %}", "y"),
        ("{% unless data.nope %}y{% endunless %}", "y"),
        ("{% if data.nope == nil %}y{% endif %}{% if data.nope == blank %}z{% endif %}", "yz"),
        ("{% if data.nope == 'x' or data.nope contains 'x' %}x{% endif %}", ""),
        ("{% case data.nope %}{% when 1 %}x{% else %}y{% endcase %}", "y"),
        ("{{ data.items.size }}{{ data.items.first }}", "11"),
    ],
)
def test_a_missing_variable_can_be_asked_for(source: str, expected: str) -> None:
    assert render(source) == expected


def test_a_world_is_strict_on_demand() -> None:
    for strict, messages in ((False, 1), (True, 0)):
        knock = KnockFake(strict_variables=strict)
        knock.workflows.add("greet", steps=[sms("Hi {{ recipient.nickname }}")])
        knock.client().workflows.trigger("greet", recipients=[{"id": "ann", "phone_number": "+15551234567"}])
        assert len(knock.state.messages) == messages
        if strict:
            (run,) = knock.runs.all()
            assert "steps[0].template.text_body, line 1: the variable recipient.nickname" in str(run.events[-2].data)


@pytest.mark.knock(strict_variables=True)
def test_the_marker_makes_a_strict_world(knock: KnockFake) -> None:
    assert knock._core.library.strict_variables is True


def test_the_switch_is_true_or_false() -> None:
    with pytest.raises(UsageTypeError) as refusal:
        KnockFake(strict_variables=1)  # type: ignore[arg-type]
    assert str(refusal.value) == "strict_variables must be True or False, not 1"

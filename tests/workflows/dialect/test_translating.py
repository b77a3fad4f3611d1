"""The filter and the tag ``t``: what they find, fill in and fall back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.steps import in_app_feed, push
from knock_fake.workflows.library import Library
from knock_fake.workflows.scopes import Scope
from knock_fake.workflows.templating import TemplateError, compile_template

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import JsonObject

PLACE = "workflow 'x': steps[0].template.markdown_body"
VARIABLES: JsonObject = {"recipient": {"name": "Ann", "limit": 3}, "data": {"count": 5, "who": "Joe"}}


@pytest.fixture
def library() -> Library:
    made = Library()
    made.translations.add(
        "en",
        {
            "hello": "Hello",
            "like": "{{ who }} likes {{ what }}{{ recipient.name }}",
            "orders": {"shipping": {"zero": "none", "one": "one order", "other": "{{ count }} orders"}},
            "few": {"other": "{{ count }} of them"},
            "bold": "**{{ n }}** left",
            "broken": "a\n{{ n | divided_by: 0 }}",
        },
    )
    made.translations.add("en", {"canceled": "Shipment cancelled"}, namespace="shipping")
    made.translations.add("fr", {"hello": "Bonjour"})
    made.translations.add("fr", {"hello": "Bonjour d'Acme"}, tenant="acme")
    made.translations.add(
        "fr",
        {
            "Congratulations, {{ recipient.name }}!": "Félicitations, {{ recipient.name }} !",
            "limit {{ recipient.limit }}": "limite {{ recipient.limit }}",
            "Oops": "{{ 1 | divided_by: 0 }}",
        },
        namespace="system",
    )
    return made


def render(library: Library, source: str, locale: str | None = None, tenant: str | None = None) -> str:
    scope = Scope(VARIABLES, library, locale=locale, tenant=tenant)
    return compile_template(source, PLACE).render(scope)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ 'hello' | t }}", "Hello"),
        ("{{ 'hello' | t | upcase }}", "HELLO"),
        ("{{ 'like' | t: who: data.who, what: 'tea' }}", "Joe likes tea"),
        ("{{ 'like' | t }}", " likes "),
        ("{{ 'orders.shipping' | t: count: 0 }}", "none"),
        ("{{ 'orders.shipping' | t: count: 1 }}", "one order"),
        ("{{ 'orders.shipping' | t: count: data.count }}", "5 orders"),
        ("{{ 'few' | t: count: 0 }}{{ 'few' | t: count: 1 }}", "0 of them1 of them"),
        ("[{{ 'orders.shipping' | t }}]", "[]"),
        ("{{ 'shipping:canceled' | t }}", "Shipment cancelled"),
        ("[{{ 'canceled' | t }}]", "[]"),
        ("{{ 'nowhere' | t | default: 'Fallback' }}", "Fallback"),
        ("{{ 'bold' | t: n: 2 | from_markdown }}", "<p><strong>2</strong> left</p>"),
        ("{{ data.missing | t }}", ""),
        ("{{ 'like' | t: who: 'a', what: 'b', context: 'c' }}", "a likes b"),
    ],
)
def test_the_filter(library: Library, source: str, expected: str) -> None:
    assert render(library, source) == expected


@pytest.mark.parametrize(
    ("locale", "tenant", "expected"),
    [(None, None, "Hello"), ("fr-CA", None, "Bonjour"), ("fr", "acme", "Bonjour d'Acme"), ("de", "acme", "Hello")],
)
def test_a_translation_is_for_a_locale_and_a_tenant(
    library: Library, locale: str | None, tenant: str | None, expected: str
) -> None:
    assert render(library, "{{ 'hello' | t }}", locale, tenant) == expected


@pytest.mark.parametrize(
    ("source", "locale", "expected"),
    [
        ("{% t %}Congratulations, {{ recipient.name }}!{% endt %}", "fr", "Félicitations, Ann !"),
        ("{% t %}Congratulations, {{ recipient.name }}!{% endt %}", "en", "Congratulations, Ann!"),
        ("{% t %}Congratulations, {{recipient.name}}!{% endt %}", "fr", "Congratulations, Ann!"),
        ("[{%- t -%}\n limit {{ recipient.limit }} \n{%- endt -%} ]", "fr", "[limite 3]"),
        ("{% t %} limit {{ recipient.limit }}{% endt %}", "fr", " limit 3"),
        ("{% assign x = 'Eve' %}{% t %}{{ x }} {% if true %}yes{% endif %}{% endt %}", "fr", "Eve yes"),
        ("{% for i in (1..2) %}{% t %}{{ i }};{% endt %}{% endfor %}", None, "1;2;"),
    ],
)
def test_the_tag_translates_what_stands_in_it(library: Library, source: str, locale: str | None, expected: str) -> None:
    assert render(library, source, locale) == expected


@given(st.text())
def test_whatever_stands_in_the_tag_is_its_own_key_and_its_own_fallback(text: str) -> None:
    plain = text.replace("{", "(").replace("%", "$")
    library = Library()
    assert render(library, f"{{% t %}}{plain}{{% endt %}}") == plain
    library.translations.add("en", {plain: "translated"}, namespace="system")
    assert render(library, f"{{% t %}}{plain}{{% endt %}}") == "translated"


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("\n{{ 'broken' | t: n: 1 }}", ", line 2: translation 'broken': filter 'divided_by': can't divide by 0"),
        (
            "\n\n{% t %}Oops{% endt %}",
            ", line 3: translation of 'Oops': filter 'divided_by': can't divide by 0",
        ),
        ("{% t %}\n\n{{ 1 | divided_by: 0 }}{% endt %}", ", line 3: filter 'divided_by': can't divide by 0"),
    ],
)
def test_an_error_names_line_and_translation(library: Library, source: str, problem: str) -> None:
    with pytest.raises(TemplateError) as failure:
        render(library, source, "fr")
    assert str(failure.value) == PLACE + problem


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (
            "{% t name %}Hi{% endt %}",
            ", line 1: the tag 't' takes no arguments: write the variable into its text, or use the filter 't'",
        ),
        ("\n{% t %}Hi", ", line 2: the tag 't' needs an end: {% endt %}"),
        ("{% t %}\n{{ x | upcas }}{% endt %}", ", line 2: unknown filter 'upcas'; did you mean 'upcase'?"),
        ("{% endt %}", ", line 1: 'endt' belongs to no tag that is open here"),
    ],
)
def test_a_tag_that_cannot_be_is_refused(source: str, problem: str) -> None:
    with pytest.raises(WorkflowDefinitionError) as refusal:
        compile_template(source, PLACE)
    assert str(refusal.value) == PLACE + problem


def test_a_push_is_translated_for_the_device_else_for_the_recipient_else_for_the_account(
    knock: KnockFake, api: httpx.Client
) -> None:
    knock.translations.add("en", {"hello": "Hello"})
    knock.translations.add("fr", {"hello": "Bonjour"})
    knock.translations.add("de", {"hello": "Hallo"})
    knock.account.set_defaults(locale="de")
    knock.workflows.add("greet", steps=[push("{{ 'hello' | t }}", "x"), in_app_feed("{{ 'hello' | t }}")])
    channel = knock.channels.by_key("push")
    assert channel is not None
    devices = [{"token": "a", "locale": "en-GB"}, {"token": "b"}]
    for user, locale in (("jane", "fr"), ("joe", None)):
        channel_data = {channel.id: {"devices": devices}}
        recipient = {"id": user, "channel_data": channel_data, **({"locale": locale} if locale else {})}
        api.post("/v1/workflows/greet/trigger", json={"recipients": [recipient]}).raise_for_status()
    titles = [message.content["title"] for message in knock.state.messages if message.channel.type == "push"]
    assert titles == ["Hello", "Bonjour", "Hello", "Hallo"]

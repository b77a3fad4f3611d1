"""Emails in layouts: what the layout shows, and what it sees of the template."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.workflows.content import compile_channel_template
from knock_fake.workflows.library import Library
from knock_fake.workflows.scopes import Scope
from knock_fake.workflows.templating import TemplateError

if TYPE_CHECKING:
    from knockapi import Knock

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject

PLACE = "workflow 'x': steps[0].template"
VARIABLES: JsonObject = {"data": {"name": "Ann"}, "vars": {"app": "Acme"}}
FRAME = "<main>{{ content }}</main>"


@pytest.fixture
def library() -> Library:
    return Library()


def render(library: Library, template: Json, **settings: Json) -> JsonObject:
    assert isinstance(template, dict)
    whole: JsonObject = {"subject": "s", **template, "settings": {"layout_key": "frame", **settings}}
    return compile_channel_template("email", whole, PLACE).render(Scope(VARIABLES, library))


def bodies(library: Library, template: Json, **settings: Json) -> tuple[Json, Json]:
    content = render(library, template, **settings)
    return content["html_body"], content["text_body"]


def test_a_layout_stands_around_html_and_text(library: Library) -> None:
    library.layouts.add("frame", FRAME, text_layout="-- {{ content }} --")
    assert bodies(library, {"html_body": "<p>Hi {{ data.name }}</p>"}) == (
        "<main><p>Hi Ann</p></main>",
        "-- Hi Ann --",
    )
    assert bodies(library, {"html_body": "<p>Hi</p>", "text_body": "Hello {{ vars.app }}"}) == (
        "<main><p>Hi</p></main>",
        "-- Hello Acme --",
    )


@given(before=st.text(), body=st.text(), after=st.text())
def test_a_layout_adds_nothing_but_itself(before: str, body: str, after: str) -> None:
    before, body, after = (text.replace("{", "(").replace("%", "$") for text in (before, body, after))
    library = Library()
    library.layouts.add("frame", f"{before}{{{{ content }}}}{after}")
    assert render(library, {"html_body": body})["html_body"] == before + body + after


def test_without_a_text_layout_the_text_stands_alone(library: Library) -> None:
    library.layouts.add("frame", FRAME)
    assert bodies(library, {"html_body": "<p>Hi</p>"}) == ("<main><p>Hi</p></main>", "Hi")


def test_what_the_template_assigns_the_layout_sees_only_after_content(library: Library) -> None:
    frame = "[{{ price }}] {{ content }} [{{ price }}]"
    library.layouts.add("frame", frame, text_layout=frame)
    assert bodies(library, {"html_body": "{% assign price = 5 %}Hi"}) == ("[] Hi [5]", "[] Hi [5]")


def test_what_pre_content_assigns_is_seen_everywhere_in_both_versions(library: Library) -> None:
    library.layouts.add("frame", "[{{ title }}] {{ content }}", text_layout="({{ title }}) {{ content }}")
    pre_content = "never shown {% assign title = data.name | upcase %}"
    assert bodies(library, {"html_body": "<b>{{ title }}</b>"}, pre_content=pre_content) == (
        "[ANN] <b>ANN</b>",
        "(ANN) ANN",
    )


def test_the_body_is_rendered_once_however_often_it_is_shown(library: Library) -> None:
    frame = "{% if content == blank %}empty{% endif %}{{ content | strip | upcase }}{{ content }}"
    library.layouts.add("frame", frame)
    body = "{% increment n %} x "
    assert bodies(library, {"html_body": body})[0] == "0 X0 x "


def test_a_layout_sees_the_variables_of_the_run_and_partials(library: Library) -> None:
    library.partials.add("footer", "by {{ who }}")
    library.layouts.add("frame", "{{ content }} for {{ data.name }} {% render 'footer', who: vars.app %}")
    assert bodies(library, {"html_body": "Hi"})[0] == "Hi for Ann by Acme"


def test_footer_links_print_as_links_and_can_be_walked(library: Library) -> None:
    links: list[JsonObject] = [
        {"text": "Help & more", "url": "https://e.com/?a=1&b=2"},
        {"text": "{{ vars.app }}", "url": "https://e.com/{{ data.name }}"},
    ]
    library.layouts.add(
        "frame",
        "{{ content }}|{{ footer_links }}|{% for link in footer_links %}{{ link.text }};{% endfor %}",
        text_layout="{{ content }}|{{ footer_links }}",
        footer_links=links,
    )
    html, text = bodies(library, {"html_body": "Hi"})
    assert html == (
        'Hi|<a class="footer-link" href="https://e.com/?a=1&amp;b=2">Help &amp; more</a>\n'
        '<a class="footer-link" href="https://e.com/Ann">Acme</a>|Help & more;Acme;'
    )
    assert text == "Hi|Help & more: https://e.com/?a=1&b=2\nAcme: https://e.com/Ann"


@pytest.mark.parametrize(("place", "shown"), [("settings", "Soon, Ann"), ("template", "Soon, Ann"), ("nowhere", "")])
def test_preview_text_has_a_slot(library: Library, place: str, shown: str) -> None:
    library.layouts.add("frame", "<i>{{ preview_text }}</i>{{ content }}")
    given: JsonObject = {"preview_text": "Soon, {{ data.name }}"}
    settings = given if place == "settings" else {}
    template: JsonObject = {"html_body": "Hi", **(given if place == "template" else {})}
    assert bodies(library, template, **settings)[0] == f"<i>{shown}</i>Hi"


def test_the_default_layout_is_there_without_being_added(library: Library) -> None:
    html, text = bodies(library, {"html_body": "<p>Hi</p>"}, layout_key="default")
    assert str(html).startswith("<!DOCTYPE html>\n<html>")
    assert '<div class="email-body">\n<p>Hi</p>\n</div>' in str(html)
    assert text == "Hi"


def test_strict_variables_find_nothing_missing_in_the_default_layout() -> None:
    library = Library(strict_variables=True)
    variables: JsonObject = {"vars": {"app_name": "A", "branding": {"logo_url": None}}}
    template: JsonObject = {"subject": "s", "html_body": "Hi", "settings": {"layout_key": "default"}}
    content = compile_channel_template("email", template, PLACE).render(Scope(variables, library))
    assert content["text_body"] == "Hi"


def problem_of(library: Library, template: Json, **settings: Json) -> str:
    with pytest.raises(TemplateError) as failure:
        render(library, template, **settings)
    return str(failure.value)


def test_an_unknown_layout_is_an_error_of_the_rendering(library: Library) -> None:
    library.layouts.add("framed", FRAME)
    assert problem_of(library, {"html_body": "Hi"}) == (
        f"{PLACE}.settings.layout_key: there is no layout 'frame'; did you mean 'framed'?, or add it with "
        "knock.layouts.add"
    )


def test_errors_name_the_template_that_they_are_in(library: Library) -> None:
    library.layouts.add("frame", "a\n{{ content }}{{ 1 | divided_by: vars.zero }}")
    assert problem_of(library, {"html_body": "\n\n{{ 1 | divided_by: 0 }}"}) == (
        f"{PLACE}.html_body, line 3: filter 'divided_by': can't divide by 0"
    )
    assert problem_of(library, {"html_body": "Hi"}) == (
        "layout 'frame'.html_layout, line 2: filter 'divided_by': can't divide by 0"
    )


MJML = "<mjml><mj-body>{{ content }}</mj-body></mjml>"


def test_mjml_stays_as_it_is_and_gives_a_text_version(library: Library) -> None:
    library.layouts.add("frame", MJML, is_mjml=True)
    body = '<mj-section><mj-text>Hi</mj-text><mj-button href="/go">Go</mj-button></mj-section>'
    assert bodies(library, {"html_body": body, "is_mjml": True}) == (
        f"<mjml><mj-body>{body}</mj-body></mjml>",
        "Hi\n\nGo (/go)",
    )


def test_mjml_does_not_go_into_an_html_layout(library: Library) -> None:
    library.layouts.add("frame", FRAME)
    assert problem_of(library, {"html_body": "<mj-text>Hi</mj-text>", "is_mjml": True}) == (
        f"{PLACE}.is_mjml: an MJML template needs an MJML layout or none, and 'frame' is HTML"
    )


def test_branding_is_the_tenants_over_the_layouts_over_the_accounts(knock: KnockFake, knock_client: Knock) -> None:
    knock.branding.set(primary_color="#aaaaaa", primary_color_contrast="#aaaaaa", logo_url="account.png", accent="teal")
    overrides: JsonObject = {"primary_color": "#bbbbbb", "primary_color_contrast": "#bbbbbb"}
    shown = "{{ b.primary_color }} {{ b.primary_color_contrast }} {{ b.dark_logo_url }} {{ b.accent }}"
    frame = f"{{% assign b = vars.branding %}}{shown} | {{{{ content }}}}"
    knock.layouts.add("frame", frame, branding_overrides=overrides)
    body = "{{ vars.branding.primary_color }}"
    template: JsonObject = {"subject": body, "html_body": body, "settings": {"layout_key": "frame"}}
    step: JsonObject = {"type": "channel", "channel_type": "email", "template": template}
    knock.workflows.add("branded", steps=[step])
    knock_client.tenants.set("acme", settings={"branding": {"primary_color": "#cccccc"}})
    for tenant in (None, "acme"):
        knock_client.workflows.trigger("branded", recipients=[{"id": "ann", "email": "ann@example.com"}], tenant=tenant)
    contents = [message.content for message in knock.state.messages]
    assert [content["html_body"] for content in contents] == [
        "#bbbbbb #bbbbbb account.png teal | #bbbbbb",
        "#cccccc #bbbbbb account.png teal | #cccccc",
    ]
    assert [content["subject_line"] for content in contents] == ["#aaaaaa", "#cccccc"]


@pytest.mark.parametrize("is_commercial", [True, False])
def test_only_commercial_workflows_show_a_way_out(knock: KnockFake, knock_client: Knock, is_commercial: bool) -> None:
    shown = "{% if vars.commercial_unsubscribe_url %}{{ vars.commercial_unsubscribe_url }}{% else %}none{% endif %}"
    template: JsonObject = {"subject": "s", "html_body": shown, "settings": {}}
    step: JsonObject = {"type": "channel", "channel_type": "email", "template": template}
    knock.workflows.add("news", steps=[step], settings={"is_commercial": is_commercial})
    knock_client.workflows.trigger("news", recipients=[{"id": "ann", "email": "ann@example.com"}])
    (message,) = knock.state.messages
    url = "https://api.knock.app/_unsubscribe/$users/ann"
    assert message.content["html_body"] == (url if is_commercial else "none")
    assert (message.options.headers or {}).get("List-Unsubscribe") == (f"<{url}>" if is_commercial else None)


def test_a_step_whose_layout_is_added_later_sends_from_then_on(knock: KnockFake, knock_client: Knock) -> None:
    template: JsonObject = {"subject": "s", "html_body": "Hi", "settings": {"layout_key": "frame"}}
    step: JsonObject = {"type": "channel", "channel_type": "email", "template": template}
    knock.workflows.add("framed", steps=[step])
    knock_client.workflows.trigger("framed", recipients=[{"id": "ann", "email": "ann@example.com"}])
    assert len(knock.state.messages) == 0
    knock.layouts.add("frame", FRAME)
    knock_client.workflows.trigger("framed", recipients=["ann"])
    assert [message.content["html_body"] for message in knock.state.messages] == ["<main>Hi</main>"]

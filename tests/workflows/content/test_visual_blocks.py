"""Visual blocks: partials as blocks, rows of columns, styles of buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.workflows.content import compile_channel_template
from knock_fake.workflows.library import Library
from knock_fake.workflows.scopes import Scope
from knock_fake.workflows.templating import TemplateError

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

PLACE = "workflow 'x': steps[0].template"
VARIABLES: JsonObject = {
    "data": {"name": "Ann", "items": [{"q": 1}, {"q": 2}], "user": {"name": "Joe"}, "flag": False},
    "vars": {"branding": {"primary_color": "#123456", "primary_color_contrast": "#ffffff"}},
}


@pytest.fixture
def library() -> Library:
    return Library()


def html_of(library: Library, *blocks: Json) -> str:
    template: Json = {"subject": "s", "visual_blocks": [*blocks]}
    return str(compile_channel_template("email", template, PLACE).render(Scope(VARIABLES, library))["html_body"])


def test_a_partial_stands_as_a_block(library: Library) -> None:
    library.partials.add("card", "<b>{{ title }}</b>{{ data.name }}", visual_block_enabled=True)
    block: JsonObject = {"type": "partial", "key": "card", "name": "Card", "attrs": {"title": "Hi {{ data.name }}"}}
    assert html_of(library, block) == '<div class="block-row block-row--partial-v1">\n<b>Hi Ann</b>\n</div>'
    assert html_of(library, {"type": "partial", "key": "card"}) == (
        '<div class="block-row block-row--partial-v1">\n<b></b>\n</div>'
    )


def test_attributes_keep_their_structure_where_the_schema_has_one(library: Library) -> None:
    library.partials.add(
        "faq",
        "{% for one in items %}{{ one.q }};{% endfor %}{{ user.name }} {% unless flag %}off{% endunless %} {{ plain }} "
        "{{ image.url }} {{ image.alt }}",
        input_schema=[
            {"type": "list", "key": "items", "label": "Items"},
            {"type": "json", "key": "user", "label": "User"},
            {"type": "boolean", "key": "flag", "label": "Flag"},
            {"type": "image", "key": "image", "label": "Image"},
        ],
    )
    attributes: JsonObject = {
        "items": "{{ data.items }}",
        "user": "{{ data.user }}",
        "flag": "{{ data.flag }}",
        "plain": "{{ data.items }}!",
        "image": {"url": "https://e.com/{{ data.name }}.png", "alt": "{{ data.name }}"},
    }
    html = html_of(library, {"type": "partial", "key": "faq", "attrs": attributes})
    shown = '1;2;Joe off {"q": 1}{"q": 2}! https://e.com/Ann.png Ann'
    assert html == f'<div class="block-row block-row--partial-v1">\n{shown}\n</div>'


@pytest.mark.parametrize("attributes", ['{"title": {{ data.name | json }}}', {"title": "{{ data.name }}"}])
def test_attributes_may_be_json_as_text(library: Library, attributes: Json) -> None:
    library.partials.add("card", "{{ title }}")
    html = html_of(library, {"type": "partial", "key": "card", "attrs": attributes})
    assert "\nAnn\n" in html


def test_attributes_see_what_earlier_blocks_assign(library: Library) -> None:
    library.partials.add("card", "{{ title }}")
    html = html_of(
        library,
        {"type": "html", "content": "{% assign t = 'T' %}"},
        {"type": "row", "columns": [{"blocks": [{"type": "partial", "key": "card", "attrs": {"title": "{{ t }}"}}]}]},
    )
    assert "\nT\n" in html


def test_an_error_in_a_partial_block_names_the_block(library: Library) -> None:
    library.partials.add("card", "{{ 1 | divided_by: zero }}")
    with pytest.raises(TemplateError) as failure:
        html_of(library, {"type": "divider"}, {"type": "partial", "key": "card", "attrs": {"zero": 0}})
    problem = "partial 'card', line 1: filter 'divided_by': can't divide by 0"
    assert str(failure.value) == f"{PLACE}.visual_blocks[1]: {problem}"
    with pytest.raises(TemplateError) as unknown:
        html_of(library, {"type": "partial", "key": "crd"})
    assert str(unknown.value).startswith(f"{PLACE}.visual_blocks[0]: there is no partial 'crd'; did you mean 'card'?")


def test_a_row_has_columns_of_blocks(library: Library) -> None:
    html = html_of(
        library,
        {
            "type": "row",
            "columns": [
                {"blocks": [{"type": "html", "content": "{{ data.name }}"}, {"type": "divider"}]},
                {"id": "2", "layout_attrs": {"width": 50}},
            ],
        },
    )
    assert html == (
        '<div class="block-row block-row--row-v1"><div class="block-column">\n'
        '<div class="block-row block-row--html-v1">Ann</div>\n'
        '<div class="block-row block-row--divider-v1"><hr class="block-divider"></div>\n'
        '</div><div class="block-column">\n\n</div></div>'
    )


def test_buttons_keep_their_style_and_take_colours_from_the_branding(library: Library) -> None:
    button: JsonObject = {
        "type": "button",
        "label": "Go",
        "action": "/go",
        "variant": "outline",
        "size_attrs": {"size": "sm", "is_fullwidth": True},
        "style_attrs": {
            "background_color": "primary_color",
            "text_color": "primary_color_contrast",
            "border_color": "#fff",
            "border_radius": 6,
            "border_width": 1,
            "letter_spacing": 2,
        },
    }
    assert html_of(library, {"type": "button_set", "buttons": [button]}) == (
        '<div class="block-row block-row--button_set-v1">'
        '<a class="block-button block-button--outline block-button--sm block-button--fullwidth" href="/go" '
        'style="background-color: #123456; border-color: #fff; border-radius: 6px; border-width: 1px; '
        'color: #ffffff">Go</a></div>'
    )


def test_markdown_blocks_leave_translations_whole(library: Library) -> None:
    library.translations.add("fr", {"Tom & Jerry *say* {{ data.name }}": "Tom et Jerry"}, namespace="system")
    block: JsonObject = {"type": "markdown", "content": "**{% t %}Tom & Jerry *say* {{ data.name }}{% endt %}**"}
    template: Json = {"subject": "s", "visual_blocks": [block]}
    compiled = compile_channel_template("email", template, PLACE)
    shown = [
        str(compiled.render(Scope(VARIABLES, library, locale=locale))["html_body"]).split("\n")[1]
        for locale in ("fr", "en")
    ]
    assert shown == [
        "<p><strong>Tom et Jerry</strong></p>",
        "<p><strong>Tom & Jerry *say* Ann</strong></p>",
    ]

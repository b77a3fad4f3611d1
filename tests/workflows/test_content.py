"""Content: what the template of each channel type compiles to, renders, and refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.workflows.content import assemble_content, compile_channel_template
from knock_fake.workflows.templating import TemplateError

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

PLACE = "workflow 'x': steps[0].template"
SCOPE: dict[str, object] = {
    "timestamp": "2026-01-02T03:04:05.000000Z",
    "data": {"name": "Ann *x*", "url": "https://e.com/?a=1&b=2", "rows": ["p", "q"], "flag": True, "quote": 'a "b"'},
}


def render(channel_type: str, template: Json) -> JsonObject:
    return compile_channel_template(channel_type, template, PLACE).render(SCOPE)


def blocks_html(*blocks: Json) -> str:
    template: Json = {"subject": "s", "visual_blocks": list(blocks)}
    return str(render("email", template)["html_body"])


def test_sms_renders_its_body() -> None:
    assert render("sms", {"text_body": "Hi {{ data.name }}"}) == {"body": "Hi Ann *x*"}


def test_sms_leaves_a_number_of_its_own_to_the_step() -> None:
    settings: Json = {"to_number": " +{{ '1555' }} ", "payload_overrides": '{"a": {{ data.quote | json }}}'}
    assert render("sms", {"text_body": "Hi", "settings": settings}) == {"body": "Hi"}


def test_push_renders_title_body_and_data() -> None:
    overrides: Json = {"deep": [{"link": "{{ data.url }}", "n": 1, "none": None}], "quote": "{{ data.quote }}"}
    template: Json = {"title": "T {{ data.name }}", "text_body": "B", "settings": {"payload_overrides": overrides}}
    data: Json = {"deep": [{"link": "https://e.com/?a=1&b=2", "n": 1, "none": None}], "quote": 'a "b"'}
    assert render("push", template) == {"title": "T Ann *x*", "body": "B", "data": data}


def test_a_silent_push_has_data_only() -> None:
    settings: Json = {"delivery_type": "silent", "payload_overrides": '{"n": {{ 1 | plus: 1 }}}'}
    assert render("push", {"settings": settings}) == {"title": "", "body": "", "data": {"n": 2}}
    with_text: Json = {"title": "t", "text_body": "b", "settings": {"delivery_type": "silent"}}
    assert render("push", with_text) == {"title": "", "body": "", "data": None}


def test_chat_renders_markdown_as_one_block() -> None:
    template: Json = {"markdown_body": "*Hi* {{ data.name }}", "summary": "s {{ data.flag }}"}
    assert render("chat", template) == {
        "summary": "s true",
        "blocks": [{"name": "body", "type": "markdown", "content": "*Hi* Ann *x*"}],
        "json_content": None,
    }


@pytest.mark.parametrize(
    "json_body", ['{"blocks": [{{ data.quote | json }}]}', {"blocks": ["{{ data.quote }}"]}], ids=["text", "object"]
)
def test_chat_renders_json(json_body: Json) -> None:
    expected = {"summary": None, "blocks": None, "json_content": {"blocks": ['a "b"']}}
    assert render("chat", {"json_body": json_body}) == expected


def test_json_that_rendering_breaks_is_a_template_error() -> None:
    template = compile_channel_template("chat", {"json_body": '{"a": "{{ data.quote }}"}'}, PLACE)
    with pytest.raises(TemplateError) as failure:
        template.render(SCOPE)
    assert str(failure.value) == (
        f'{PLACE}.json_body: rendered to \'{{"a": "a "b""}}\', which is no JSON object; '
        "put values into it with the filter json: {{ data.note | json }}"
    )


def test_a_feed_item_renders_liquid_before_markdown() -> None:
    assert render("in_app_feed", {"markdown_body": "**Hi** {{ data.name }}\nthere"}) == {
        "blocks": [
            {
                "type": "markdown",
                "name": "body",
                "content": "**Hi** {{ data.name }}\nthere",
                "rendered": "<p><strong>Hi</strong> Ann <em>x</em>\nthere</p>",
            }
        ]
    }


def test_a_feed_item_shows_its_action_url_and_its_buttons() -> None:
    buttons: Json = [{"label": "Go {{ data.flag }}", "action": "{{ data.url }}"}, {"label": "No", "action": "#"}]
    template: Json = {"markdown_body": "Hi", "action_url": "{{ data.url }}", "action_buttons": buttons}
    blocks = render("in_app_feed", template)["blocks"]
    assert blocks == [
        {"type": "markdown", "name": "body", "content": "Hi", "rendered": "<p>Hi</p>"},
        {"type": "text", "name": "action_url", "content": "{{ data.url }}", "rendered": "https://e.com/?a=1&b=2"},
        {
            "type": "button_set",
            "name": "actions",
            "buttons": [
                {"name": "primary", "label": "Go true", "action": "https://e.com/?a=1&b=2"},
                {"name": "secondary", "label": "No", "action": "#"},
            ],
        },
    ]


@pytest.mark.parametrize(("action_url", "names"), [(None, ["body"]), ("", ["body", "action_url"])])
def test_only_a_null_action_url_has_no_block(action_url: Json, names: list[str]) -> None:
    blocks = render("in_app_feed", {"markdown_body": "Hi", "action_url": action_url})["blocks"]
    assert isinstance(blocks, list)
    assert [block["name"] for block in blocks if isinstance(block, dict)] == names


def test_a_request_renders_its_parts() -> None:
    template: Json = {
        "method": "put",
        "url": "https://e.com/{{ data.flag }}",
        "headers": [{"key": "x-name", "value": "{{ data.name }}"}],
        "query_params": [{"key": "{{ 'q' }}", "value": "1"}],
        "body": '{"name": {{ data.name | json }}}',
    }
    assert render("http", template) == {
        "method": "PUT",
        "url": "https://e.com/true",
        "headers": {"x-name": "Ann *x*"},
        "query": {"q": "1"},
        "body": '{"name": "Ann *x*"}',
    }
    bare: JsonObject = {"method": "GET", "url": "u", "headers": {}, "query": {}, "body": None}
    assert render("http", {"method": "get", "url": "u"}) == bare


def test_an_email_renders_subject_html_and_text() -> None:
    template: Json = {
        "subject": "Hi {{ data.name }}",
        "html_body": "<p>{{ data.url }}</p>",
        "text_body": "{{ data.name }}",
        "is_mjml": False,
        "settings": {"layout_key": None, "attachment_key": "files"},
    }
    assert render("email", template) == {
        "subject_line": "Hi Ann *x*",
        "html_body": "<p>https://e.com/?a=1&b=2</p>",
        "text_body": "Ann *x*",
    }


def test_what_pre_content_assigns_is_seen_by_both_bodies_and_its_output_by_none() -> None:
    settings: Json = {"pre_content": "seen nowhere {% assign who = data.name | upcase %}\n"}
    template: Json = {"subject": "[{{ who }}]", "html_body": "<b>{{ who }}</b>", "text_body": "{{ who }}!"}
    assert isinstance(template, dict)
    expected = {"subject_line": "[]", "html_body": "<b>ANN *X*</b>", "text_body": "ANN *X*!"}
    assert render("email", {**template, "settings": settings}) == expected


def test_a_text_body_is_made_from_the_html_that_was_rendered() -> None:
    template: Json = {"subject": "s", "html_body": "<h1>Hi {{ data.name }}</h1><p>Go to <a href='u'>it</a>.</p>"}
    assert render("email", template)["text_body"] == "Hi Ann *x*\n\nGo to it (u)."


def test_markdown_blocks_keep_markdown_in_variables_literal() -> None:
    html = blocks_html({"type": "markdown", "variant": "default", "version": 1, "content": "**Hi** {{ data.name }}"})
    assert html == (
        '<div class="block-row block-row--markdown-v1"><div class="block-markdown">\n'
        "<p><strong>Hi</strong> Ann *x*</p>\n</div></div>"
    )


def test_every_simple_block_has_its_class_names() -> None:
    button: Json = {"label": "A & {{ data.flag }}", "action": "{{ data.url }}", "size_attrs": {"size": "lg"}}
    outline: Json = {"label": "B", "action": "u?a=1&b", "variant": "outline"}
    image: Json = {"type": "image", "url": "i", "alt": 'x "y"', "action": "u", "style_attrs": {"width": "10px"}}
    html = blocks_html(
        {"type": "button_set", "id": "1", "layout_attrs": {"padding": 1}, "buttons": [button, outline]},
        {"type": "divider"},
        image,
        {"type": "image", "url": "i"},
        {"type": "html", "content": "<i>{{ data.flag }}</i>"},
    )
    assert html.split("\n") == [
        (
            '<div class="block-row block-row--button_set-v1">'
            '<a class="block-button block-button--solid block-button--lg" '
            'href="https://e.com/?a=1&b=2">A &amp; true</a>'
            '<a class="block-button block-button--outline" href="u?a=1&amp;b">B</a></div>'
        ),
        '<div class="block-row block-row--divider-v1"><hr class="block-divider"></div>',
        (
            '<div class="block-row block-row--image-v1">'
            '<a href="u"><img src="i" alt="x &quot;y&quot;" width="10px"></a></div>'
        ),
        '<div class="block-row block-row--image-v1"><img src="i" alt=""></div>',
        '<div class="block-row block-row--html-v1"><i>true</i></div>',
    ]


def test_blocks_see_what_earlier_blocks_assign() -> None:
    assign: Json = {"type": "html", "content": "{% assign n = 3 %}"}
    html = blocks_html(assign, {"type": "html", "content": "{{ n }}"})
    row = '<div class="block-row block-row--html-v1">'
    assert html == f"{row}</div>\n{row}3</div>"


@pytest.mark.parametrize(
    ("channel_type", "template", "problem"),
    [
        ("sms", None, ": must be an object, not None"),
        ("sms", {}, ".text_body: is required"),
        ("sms", {"text_body": 7}, ".text_body: must be text, not 7"),
        ("sms", {"text_bdy": "x"}, ": unknown key 'text_bdy'; did you mean 'text_body'?"),
        ("sms", {"text_body": "{{ x"}, ".text_body, line 1: expected '}}', found end of file, at '{{ x'"),
        ("sms", {"text_body": "x", "settings": []}, ".settings: must be an object, not []"),
        (
            "sms",
            {"text_body": "x", "settings": {"to": "1"}},
            ".settings: unknown key 'to'; known: 'payload_overrides', 'to_number'",
        ),
        ("push", {"title": "x"}, ".text_body: is required"),
        (
            "push",
            {"settings": {"delivery_type": "silnt"}},
            ".settings.delivery_type: cannot be 'silnt'; did you mean 'silent'?",
        ),
        (
            "push",
            {"title": "x", "text_body": "y", "settings": {"payload_overrides": "[1]"}},
            ".settings.payload_overrides: '[1]' is no JSON object",
        ),
        (
            "push",
            {"title": "x", "text_body": "y", "settings": {"payload_overrides": 1}},
            ".settings.payload_overrides: must be a JSON object or its text, not 1",
        ),
        (
            "push",
            {"title": "{{", "settings": {"delivery_type": "silent"}},
            ".title, line 1: expected '}}', found end of file, at '{{'",
        ),
        ("chat", {}, ": needs exactly one of 'markdown_body' and 'json_body'"),
        ("chat", {"markdown_body": "x", "json_body": "{}"}, ": needs exactly one of 'markdown_body' and 'json_body'"),
        (
            "chat",
            {"json_body": {"a": [{"b": "{{ x | upcas }}"}]}},
            ".json_body.a[0].b, line 1: unknown filter 'upcas'; did you mean 'upcase'?",
        ),
        ("in_app_feed", {"action_url": "x"}, ".markdown_body: is required"),
        ("in_app_feed", {"markdown_body": "x", "action_buttons": {}}, ".action_buttons: must be a list, not {}"),
        (
            "in_app_feed",
            {"markdown_body": "x", "action_buttons": [{"label": "a"}]},
            ".action_buttons[0].action: is required",
        ),
        (
            "in_app_feed",
            {"markdown_body": "x", "action_buttons": [{}, {}, {}]},
            ".action_buttons: a feed item has at most two buttons, not 3",
        ),
        ("http", {"url": "x"}, ".method: is required"),
        ("http", {"method": "psot", "url": "x"}, ".method: cannot be 'psot'; did you mean 'post'?"),
        (
            "http",
            {"method": "get", "url": "x", "headers": [{"key": "a", "value": "1"}] * 2},
            ".headers[0].key: 'a' is given twice; the fake keeps one value for a name",
        ),
        ("email", {"subject": "s"}, ": needs exactly one of 'html_body' and 'visual_blocks'"),
        ("email", {"html_body": "x"}, ".subject: is required"),
        ("email", {"subject": "s", "html_body": "x", "is_mjml": "no"}, ".is_mjml: must be true or false, not 'no'"),
        (
            "email",
            {"subject": "s", "html_body": "x", "settings": {"layout_key": 5}},
            ".settings.layout_key: must be text, not 5",
        ),
        (
            "email",
            {"subject": "s", "visual_blocks": ["x"]},
            ".visual_blocks[0]: a block is an object with a type, not 'x'",
        ),
        (
            "email",
            {"subject": "s", "visual_blocks": [{"type": "divder"}]},
            ".visual_blocks[0].type: unknown block type 'divder'; did you mean 'divider'?",
        ),
        (
            "email",
            {"subject": "s", "visual_blocks": [{"type": "divider"}, {"type": "partial", "attrs": {}}]},
            ".visual_blocks[1].key: is required",
        ),
        (
            "email",
            {"subject": "s", "visual_blocks": [{"type": "partial", "key": "x", "attrs": {"a": "{{ b"}}]},
            ".visual_blocks[0].attrs.a, line 1: expected '}}', found end of file, at '{{ b'",
        ),
        (
            "email",
            {"subject": "s", "visual_blocks": [{"type": "row", "columns": []}]},
            ".visual_blocks[0].columns: needs at least one column, such as {'blocks': [{'type': 'divider'}]}",
        ),
        (
            "email",
            {"subject": "s", "visual_blocks": [{"type": "row", "columns": [{"blocks": [{"type": "divder"}]}]}]},
            ".visual_blocks[0].columns[0].blocks[0].type: unknown block type 'divder'; did you mean 'divider'?",
        ),
        (
            "email",
            {
                "subject": "s",
                "visual_blocks": [{"type": "button_set", "buttons": [{"label": "a", "action": "b", "style_attrs": 1}]}],
            },
            ".visual_blocks[0].buttons[0].style_attrs: must be an object, not 1",
        ),
        (
            "email",
            {"subject": "s", "visual_blocks": [{"type": "divider", "version": 2}]},
            ".visual_blocks[0].version: must be 1, not 2",
        ),
        (
            "email",
            {"subject": "s", "visual_blocks": [{"type": "button_set"}]},
            ".visual_blocks[0].buttons: needs at least one button",
        ),
        (
            "email",
            {"subject": "s", "visual_blocks": [{"type": "markdown", "content": "a\n\n\n{% if %}"}]},
            ".visual_blocks[0].content, line 4: missing expression, at 'if'",
        ),
        ("emal", {}, ": channels of type 'emal' have no template; did you mean 'email'?"),
    ],
)
def test_a_template_that_cannot_be_honoured_is_refused_with_its_place(
    channel_type: str, template: Json, problem: str
) -> None:
    with pytest.raises(WorkflowDefinitionError) as refusal:
        compile_channel_template(channel_type, template, PLACE)
    assert str(refusal.value) == PLACE + problem


def test_what_the_cli_writes_for_itself_is_ignored() -> None:
    assert render("sms", {"text_body": "x", "__readonly": {"a": 1}, "settings": {"__readonly": {}}}) == {"body": "x"}


@pytest.mark.parametrize(
    ("channel_type", "rendered", "address", "content"),
    [
        ("sms", {"body": "b"}, {"to": "1"}, {"__typename": "MessageSmsContent", "to": "1", "body": "b"}),
        (
            "push",
            {"title": "t", "body": "b", "data": {"n": 1}},
            {"token": "k"},
            {
                "__typename": "MessagePushContent",
                "token": "k",
                "title": "t",
                "body": "b",
                "data": {"knock_message_id": "m1", "n": 1},
            },
        ),
        (
            "chat",
            {"summary": None, "blocks": [], "json_content": None},
            {"connection": {"channel_id": "C"}},
            {
                "__typename": "MessageChatContent",
                "connection": {"channel_id": "C"},
                "template": {"summary": None, "blocks": [], "json_content": None},
                "metadata": None,
            },
        ),
        ("in_app_feed", {"blocks": []}, {}, {"__typename": "MessageInAppFeedContent", "blocks": []}),
        ("http", {"method": "GET"}, {}, {"__typename": "MessageHttpContent", "method": "GET"}),
        (
            "email",
            {"subject_line": "s", "html_body": "h", "text_body": "t"},
            {"to": "a@b.c", "from": "d@e.f"},
            {
                "__typename": "MessageEmailContent",
                "to": "a@b.c",
                "from": "d@e.f",
                "subject_line": "s",
                "html_body": "h",
                "text_body": "t",
            },
        ),
    ],
)
def test_content_is_made_of_the_rendered_template_and_the_address(
    channel_type: str, rendered: JsonObject, address: JsonObject, content: JsonObject
) -> None:
    assert assemble_content(channel_type, rendered, address, "m1") == content

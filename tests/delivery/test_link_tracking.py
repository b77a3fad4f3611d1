"""Which addresses of a message are wrapped, by channel type, and where the pixel of an email stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.delivery.link_tracking import track_links, with_open_pixel

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject


def wrap(url: str) -> str:
    return f"[{url}]"


def email(html: str) -> str:
    tracked = track_links("email", {"html_body": html, "text_body": "https://a.example"}, wrap)
    assert tracked["text_body"] == "https://a.example"
    return str(tracked["html_body"])


@pytest.mark.parametrize(
    ("html", "tracked"),
    [
        ('<a href="https://a.example/x">x</a>', '<a href="[https://a.example/x]">x</a>'),
        ("<A HREF='https://a.example'>x</A>", '<a HREF="[https://a.example]">x</A>'),
        (
            '<a class="b" href="https://a.example/?a=1&amp;b=2" id="c">x</a>',
            '<a class="b" href="[https://a.example/?a=1&amp;b=2]" id="c">x</a>',
        ),
        ('<a href="http://a.example">x</a>', '<a href="http://a.example">x</a>'),
        ('<a href="mailto:a@example.com">x</a>', '<a href="mailto:a@example.com">x</a>'),
        ('<a name="top">https://a.example</a>', '<a name="top">https://a.example</a>'),
        ('<a data-knock-no-track href="https://a.example">x</a>', '<a href="https://a.example">x</a>'),
        ('<a href="https://a.example" data-knock-no-track="true">x</a>', '<a href="https://a.example">x</a>'),
        ('<a title="a > b" href="https://a.example">x</a>', '<a title="a > b" href="[https://a.example]">x</a>'),
        (
            '<img src="https://a.example/x.png"> https://a.example',
            '<img src="https://a.example/x.png"> https://a.example',
        ),
        ('<abbr href="https://a.example">x</abbr>', '<abbr href="https://a.example">x</abbr>'),
    ],
)
def test_an_email_has_its_anchors_wrapped(html: str, tracked: str) -> None:
    assert email(html) == tracked


@pytest.mark.parametrize(
    ("text", "tracked"),
    [
        ("Look: https://a.example/x.", "Look: [https://a.example/x]."),
        ("https://a.example, (https://b.example/c?d=e#f)!", "[https://a.example], ([https://b.example/c?d=e#f])!"),
        ("http://a.example and ftp://b.example", "http://a.example and ftp://b.example"),
        ("nothing", "nothing"),
    ],
)
def test_a_text_message_has_its_addresses_wrapped(text: str, tracked: str) -> None:
    assert track_links("sms", {"to": "+1", "body": text}, wrap) == {"to": "+1", "body": tracked}


@pytest.mark.parametrize(
    ("markdown", "tracked"),
    [
        ("[Here](https://a.example/x)", "[Here]([https://a.example/x])"),
        ('[Here](https://a.example "title")', '[Here]([https://a.example] "title")'),
        ("[https://a.example](https://b.example)", "[https://a.example]([https://b.example])"),
        ("See https://a.example!", "See [https://a.example]!"),
        ("<https://a.example>", "<[https://a.example]>"),
        ("`https://a.example` is code", "`https://a.example` is code"),
        ("*https://a.example*", "*[https://a.example]*"),
    ],
)
def test_chat_markdown_has_links_and_bare_addresses_wrapped(markdown: str, tracked: str) -> None:
    block: Json = {"name": "body", "type": "markdown", "content": markdown}
    content: JsonObject = {"connection": {}, "template": {"summary": None, "blocks": [block], "json_content": None}}
    shown = track_links("chat", content, wrap)["template"]
    assert isinstance(shown, dict)
    assert shown["blocks"] == [{"name": "body", "type": "markdown", "content": tracked}]


def test_chat_json_has_every_address_wrapped_but_those_of_pictures() -> None:
    given: Json = {
        "text": "<https://a.example|Look>",
        "blocks": [{"url": "https://b.example"}, {"image_url": "https://c.example/c.png", "count": 1}],
        "icon_url": "https://d.example/d.png",
    }
    content: JsonObject = {"template": {"summary": None, "blocks": None, "json_content": given}}
    shown = track_links("chat", content, wrap)["template"]
    assert isinstance(shown, dict)
    assert shown["json_content"] == {
        "text": "<[https://a.example]|Look>",
        "blocks": [{"url": "[https://b.example]"}, {"image_url": "https://c.example/c.png", "count": 1}],
        "icon_url": "https://d.example/d.png",
    }


@pytest.mark.parametrize(
    ("html", "tracked"),
    [
        ('<p><a href="https://a.example">x</a></p>', '<p><a href="[https://a.example]">x</a></p>'),
        ("<p>See https://a.example/?a=1&amp;b=2.</p>", "<p>See [https://a.example/?a=1&amp;b=2].</p>"),
        (
            '<p><a href="https://a.example">https://a.example</a></p>',
            '<p><a href="[https://a.example]">https://a.example</a></p>',
        ),
        ("<p><code>https://a.example</code></p>", "<p><code>https://a.example</code></p>"),
        ('<p><img src="https://a.example/a.png"></p>', '<p><img src="https://a.example/a.png"></p>'),
    ],
)
def test_a_feed_item_has_the_links_of_its_body_wrapped_and_no_other(html: str, tracked: str) -> None:
    others: list[Json] = [
        {"type": "text", "name": "action_url", "content": "", "rendered": "https://a.example"},
        {"type": "button_set", "name": "actions", "buttons": [{"name": "primary", "action": "https://a.example"}]},
    ]
    body: JsonObject = {"type": "markdown", "name": "body", "content": "source", "rendered": html}
    assert track_links("in_app_feed", {"blocks": [body, *others]}, wrap) == {
        "blocks": [{**body, "rendered": tracked}, *others]
    }


@pytest.mark.parametrize("channel_type", ["push", "http", "in_app_guide"])
def test_other_types_are_not_tracked(channel_type: str) -> None:
    content: JsonObject = {"body": "https://a.example", "url": "https://a.example"}
    assert track_links(channel_type, content, wrap) is content


@pytest.mark.parametrize(
    ("html", "before", "after"),
    [
        ("<p>Hi</p>", "<p>Hi</p>", ""),
        ("<html><body><p>Hi</p></body></html>", "<html><body><p>Hi</p>", "</body></html>"),
        ("<pre>&lt;</body ></pre></BODY>", "<pre>&lt;</body ></pre>", "</BODY>"),
    ],
)
def test_the_pixel_stands_at_the_end_of_the_body(html: str, before: str, after: str) -> None:
    pixel = '<img src="https://api.knock.app/_opens/message-1.gif" alt="" width="1" height="1" style="display:none">'
    assert with_open_pixel({"html_body": html, "subject_line": "Hi"}, "message-1") == {
        "html_body": before + pixel + after,
        "subject_line": "Hi",
    }

"""Partials: what is one, and what is refused."""

from __future__ import annotations

import pytest

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.workflows.library.input_fields import InputField
from knock_fake.workflows.library.partials import PartialRegistry


def test_a_partial_is_read_from_the_json_that_the_command_line_pulls() -> None:
    partial = PartialRegistry().add_json(
        "author",
        {
            "$schema": "https://schemas.knock.app/cli/partial.json",
            "name": "Author",
            "type": "html",
            "content": "<p>{{ author_name }}</p>",
            "icon_name": "User",
            "visual_block_enabled": True,
            "input_schema": [
                {"type": "text", "key": "author_name", "label": "Name", "settings": {"default": "Jane"}},
                {"type": "list", "key": "items", "label": "Items"},
                {
                    "type": "image",
                    "key": "photo",
                    "label": "Photo",
                    "settings": {"required": False},
                    "url": {"type": "url", "key": "url", "label": "URL", "settings": {"default": "jane.png"}},
                },
            ],
            "__readonly": {"key": "author"},
        },
    )
    assert (partial.type, partial.content.source, partial.is_visual_block) == (
        "html",
        "<p>{{ author_name }}</p>",
        True,
    )
    parts = (InputField("url", "url", "jane.png"), InputField("alt", "text", ""), InputField("action", "text", ""))
    assert partial.input_schema == (
        InputField("author_name", "text", "Jane"),
        InputField("items", "list", []),
        InputField("photo", "image", {"url": "jane.png", "alt": "", "action": ""}, parts),
    )


def test_a_partial_is_html_unless_told_otherwise() -> None:
    partials = PartialRegistry()
    assert (partials.add("one", "<b>1</b>").type, partials.add("two", "2", type="text").type) == ("html", "text")
    assert repr(partials.get("two")) == "<Partial 'two', text>"
    assert partials.suggest("tow") == "did you mean 'two'?"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"content": "x"}, "partial 'one'.type: is required"),
        (
            {"type": "xml", "content": "x"},
            "partial 'one'.type: cannot be 'xml'; did you mean 'html'?",
        ),
        ({"type": "html"}, "partial 'one'.content: is required"),
        ({"type": "html", "content": "{% if %}"}, "partial 'one'.content, line 1: missing expression, at 'if'"),
        (
            {"type": "text", "content": "x", "visual_block_enabled": True},
            "partial 'one'.visual_block_enabled: only partials of type 'html' can be blocks, not one of type 'text'",
        ),
        (
            {"type": "text", "content": "x", "input_schema": [{"type": "text", "key": "a", "label": "A"}]},
            "partial 'one'.input_schema: only partials of type 'html' have one, not one of type 'text'",
        ),
        (
            {"type": "html", "content": "x", "input_schema": [{"type": "texxt", "key": "a"}]},
            "partial 'one'.input_schema[0].type: cannot be 'texxt'; did you mean 'text'?",
        ),
        (
            {"type": "html", "content": "x", "input_schema": [{"type": "text", "key": "a"}] * 2},
            "partial 'one'.input_schema[1].key: 'a' is taken by another field",
        ),
        (
            {"type": "html", "content": "x", "input_schema": [{"type": "text", "key": "a", "settings": 1}]},
            "partial 'one'.input_schema[0].settings: must be an object, not 1",
        ),
    ],
)
def test_what_is_no_partial_is_refused(document: object, message: str) -> None:
    partials = PartialRegistry()
    with pytest.raises(WorkflowDefinitionError) as refusal:
        partials.add_json("one", document)
    assert str(refusal.value) == message
    assert partials.keys() == []

"""Message types: the fields that steps of guides have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.workflows.library.message_types import MessageTypeRegistry

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject

TITLE: JsonObject = {"type": "text", "key": "title", "label": "Title"}
BODY: JsonObject = {"type": "markdown", "key": "body", "label": "Body"}


def test_a_message_type_is_read_from_the_json_that_the_command_line_pulls() -> None:
    message_type = MessageTypeRegistry().add_json(
        "banner",
        {
            "$schema": "https://schemas.knock.app/cli/message-type.json",
            "name": "Banner",
            "description": "A banner",
            "icon_name": "Flag",
            "preview": "<div>{{ title }}</div>",
            "variants": [
                {"key": "default", "name": "Default", "fields": [TITLE, BODY]},
                {"key": "single-action", "name": "Single action", "fields": [TITLE]},
            ],
            "__readonly": {"key": "banner", "owner": "system", "semver": "0.0.1"},
        },
    )
    assert repr(message_type) == "<MessageType 'banner', variants: default, single-action>"
    variant = message_type.variant("single-action")
    assert variant is not None
    assert [field.key for field in variant.fields] == ["title"]
    assert message_type.variant("other") is None


def test_what_markdown_fields_hold_is_shown_as_html() -> None:
    variant = MessageTypeRegistry().add("banner", [TITLE, BODY]).variant("default")
    assert variant is not None
    assert variant.shape({"title": "**Hi**", "body": "**Hi**", "more": 1}) == {
        "title": "**Hi**",
        "body": "<p><strong>Hi</strong></p>",
        "more": 1,
    }


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"variants": []}, "message type 'banner'.variants: needs one with the key 'default'"),
        (
            {"variants": [{"key": "x", "fields": []}]},
            "message type 'banner'.variants[0].key: 'x' is no key such as 'single-action'",
        ),
        (
            {"variants": [{"key": "default", "fields": []}] * 2},
            "message type 'banner'.variants[1].key: 'default' is taken by another variant",
        ),
        (
            {"variants": [{"key": "default", "fields": [{"type": "button", "key": "b", "text": 3}]}]},
            "message type 'banner'.variants[0].fields[0].text: must be an object, not 3",
        ),
        ({"variant": []}, "message type 'banner': unknown key 'variant'; did you mean 'variants'?"),
    ],
)
def test_what_is_no_message_type_is_refused(document: object, message: str) -> None:
    message_types = MessageTypeRegistry()
    with pytest.raises(WorkflowDefinitionError) as refusal:
        message_types.add_json("banner", document)
    assert str(refusal.value) == message
    assert message_types.keys() == []


def test_fields_stand_beside_variants_nowhere() -> None:
    with pytest.raises(WorkflowDefinitionError) as refusal:
        MessageTypeRegistry().add("banner", [TITLE], variants=[])
    problem = "fields are those of the default variant: put them into variants, or leave those out"
    assert str(refusal.value) == f"message type 'banner': {problem}"

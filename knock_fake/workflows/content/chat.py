"""Chat messages: Slack, Microsoft Teams, Discord and their kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.workflows.content.channel_template import ChannelTemplate
from knock_fake.workflows.content.fields import read_fields
from knock_fake.workflows.content.json_template import JsonTemplate, read_json_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.templating import Template


@dataclass(frozen=True, slots=True)
class ChatTemplate(ChannelTemplate):
    """A compiled chat template: Markdown or the provider's own JSON."""

    summary: Template | None
    markdown: Template | None
    json: JsonTemplate | None

    def render(self, scope: Mapping[str, object]) -> JsonObject:
        """Return ``summary``, ``blocks`` with the rendered Markdown, and ``json_content``; each may be null.

        Raises:
            TemplateError: a field cannot be rendered with these variables.
        """
        blocks: list[Json] | None = None
        if self.markdown is not None:
            blocks = [{"name": "body", "type": "markdown", "content": self.markdown.render(scope)}]
        return {
            "summary": self.summary.render(scope) if self.summary is not None else None,
            "blocks": blocks,
            "json_content": self.json.render(scope) if self.json is not None else None,
        }


def compile_chat(template: Json, place: str) -> ChatTemplate:
    """Compile a chat template (Knock's docs on chat templates).

    The ``connection`` of its settings is left to the channel step, because it decides whom the step can reach.

    Raises:
        WorkflowDefinitionError: not exactly one of ``markdown_body`` and ``json_body`` is given, or a field
            is unknown or malformed.
    """
    fields = read_fields(template, place, ("markdown_body", "json_body", "summary", "settings"))
    fields.section("settings", ("connection",))
    if fields.has("markdown_body") == fields.has("json_body"):
        raise WorkflowDefinitionError(f"{place}: needs exactly one of 'markdown_body' and 'json_body'")
    return ChatTemplate(
        fields.template("summary"), fields.template("markdown_body"), read_json_template(fields, "json_body")
    )


def assemble_chat(rendered: JsonObject, address: JsonObject, _message_id: str) -> JsonObject:
    """Return the content of a chat message."""
    return {"__typename": "MessageChatContent", **address, "template": rendered, "metadata": None}

"""Push notifications."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.json_types import as_object
from knock_fake.workflows.content.channel_template import ChannelTemplate
from knock_fake.workflows.content.fields import read_fields
from knock_fake.workflows.content.json_template import JsonTemplate, read_json_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.templating import Template

_DELIVERY_TYPES = ("content", "silent")


@dataclass(frozen=True, slots=True)
class PushTemplate(ChannelTemplate):
    """A compiled push template. A silent one has neither title nor body."""

    title: Template | None
    body: Template | None
    payload_overrides: JsonTemplate | None

    def render(self, scope: Mapping[str, object]) -> JsonObject:
        """Return ``title`` and ``body``, empty for a silent push, and ``data`` from the payload overrides.

        Raises:
            TemplateError: a field cannot be rendered with these variables.
        """
        return {
            "title": self.title.render(scope) if self.title is not None else "",
            "body": self.body.render(scope) if self.body is not None else "",
            "data": self.payload_overrides.render(scope) if self.payload_overrides is not None else None,
        }


def compile_push(template: Json, place: str) -> PushTemplate:
    """Compile a push template (Knock's docs on push templates).

    Raises:
        WorkflowDefinitionError: a field is missing, unknown or malformed.
    """
    fields = read_fields(template, place, ("title", "text_body", "settings"))
    settings = fields.section("settings", ("delivery_type", "payload_overrides"))
    overrides = read_json_template(settings, "payload_overrides")
    if settings.choice("delivery_type", _DELIVERY_TYPES, "content") == "silent":
        fields.template("title"), fields.template("text_body")  # compiled only to refuse what is malformed
        return PushTemplate(None, None, overrides)
    return PushTemplate(fields.required_template("title"), fields.required_template("text_body"), overrides)


def assemble_push(rendered: JsonObject, address: JsonObject, message_id: str) -> JsonObject:
    """Return the content of a push; its data names the message, as Knock's payloads do."""
    data: JsonObject = {"knock_message_id": message_id, **as_object(rendered["data"])}
    return {"__typename": "MessagePushContent", **address, **rendered, "data": data}

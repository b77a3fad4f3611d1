"""Text messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.workflows.content.channel_template import ChannelTemplate
from knock_fake.workflows.content.fields import read_fields
from knock_fake.workflows.content.json_template import JsonTemplate, read_json_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.templating import Template


@dataclass(frozen=True, slots=True)
class SmsTemplate(ChannelTemplate):
    """A compiled SMS template."""

    body: Template
    payload_overrides: JsonTemplate | None

    def render(self, scope: Mapping[str, object]) -> JsonObject:
        """Return ``body``.

        Raises:
            TemplateError: the text cannot be rendered with these variables.
        """
        return {"body": self.body.render(scope)}

    def payload(self, scope: Mapping[str, object]) -> JsonObject | None:
        """Return the payload overrides, which are for the provider; no content shows them.

        Raises:
            TemplateError: they cannot be rendered with these variables.
        """
        return self.payload_overrides.render(scope) if self.payload_overrides is not None else None


def compile_sms(template: Json, place: str) -> SmsTemplate:
    """Compile an SMS template (Knock's docs on SMS templates).

    Its ``to_number`` is left to the channel step, because it decides whom the step can reach.

    Raises:
        WorkflowDefinitionError: a field is missing, unknown or malformed.
    """
    fields = read_fields(template, place, ("text_body", "settings"))
    settings = fields.section("settings", ("to_number", "payload_overrides"))
    return SmsTemplate(
        fields.required_template("text_body"),
        read_json_template(settings, "payload_overrides"),
    )


def assemble_sms(rendered: JsonObject, address: JsonObject, _message_id: str) -> JsonObject:
    """Return the content of an SMS."""
    return {"__typename": "MessageSmsContent", **address, **rendered}

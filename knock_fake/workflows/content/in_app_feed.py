"""Items of the in-app feed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.workflows.content.channel_template import ChannelTemplate
from knock_fake.workflows.content.fields import Fields, read_fields
from knock_fake.workflows.markdown import markdown_to_html

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.templating import Template

_BUTTON_NAMES = ("primary", "secondary")


@dataclass(frozen=True, slots=True)
class Button:
    """A compiled button of a feed item."""

    name: str
    label: Template
    action: Template

    def render(self, scope: Mapping[str, object]) -> JsonObject:
        """Return the button as it stands in its block."""
        return {"name": self.name, "label": self.label.render(scope), "action": self.action.render(scope)}


@dataclass(frozen=True, slots=True)
class FeedTemplate(ChannelTemplate):
    """A compiled feed template."""

    body: Template
    action_url: Template | None
    buttons: tuple[Button, ...]

    @property
    def is_translated(self) -> bool:
        """Whether any of its texts may show translations."""
        own = (self.body, *(() if self.action_url is None else (self.action_url,)))
        of_buttons = (text for button in self.buttons for text in (button.label, button.action))
        return any(template.is_translated for template in (*own, *of_buttons))

    def render(self, scope: Mapping[str, object]) -> JsonObject:
        """Return ``blocks``: the body, the action URL and the buttons, with their sources and rendered forms.

        Liquid is rendered before Markdown, so Markdown inside a variable counts, other than in emails. An
        action URL of ``""`` gives a block and one of null gives none: undocumented by Knock, our choice.

        Raises:
            TemplateError: a field cannot be rendered with these variables.
        """
        html = markdown_to_html(self.body.render(scope))
        blocks: list[Json] = [_block("markdown", "body", self.body, html)]
        if self.action_url is not None:
            blocks.append(_block("text", "action_url", self.action_url, self.action_url.render(scope)))
        if self.buttons:
            buttons: list[Json] = [button.render(scope) for button in self.buttons]
            blocks.append({"type": "button_set", "name": "actions", "buttons": buttons})
        return {"blocks": blocks}


def _block(type_: str, name: str, template: Template, rendered: str) -> JsonObject:
    return {"type": type_, "name": name, "content": template.source, "rendered": rendered}


def compile_in_app_feed(template: Json, place: str) -> FeedTemplate:
    """Compile a feed template (Knock's docs on in-app feed templates).

    Raises:
        WorkflowDefinitionError: a field is missing, unknown or malformed, or there are more than two buttons.
    """
    fields = read_fields(template, place, ("markdown_body", "action_url", "action_buttons"))
    buttons = fields.items("action_buttons", ("label", "action"))
    if len(buttons) > len(_BUTTON_NAMES):
        fields.refuse("action_buttons", f"a feed item has at most two buttons, not {len(buttons)}")
    return FeedTemplate(
        fields.required_template("markdown_body"),
        fields.template("action_url"),
        tuple(_button(name, button) for name, button in zip(_BUTTON_NAMES, buttons, strict=False)),
    )


def _button(name: str, fields: Fields) -> Button:
    return Button(name, fields.required_template("label"), fields.required_template("action"))


def assemble_in_app_feed(rendered: JsonObject, address: JsonObject, _message_id: str) -> JsonObject:
    """Return the content of a feed item."""
    return {"__typename": "MessageInAppFeedContent", **address, **rendered}

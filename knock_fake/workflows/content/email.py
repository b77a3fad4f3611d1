"""Emails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.workflows.content.fields import Fields, read_fields
from knock_fake.workflows.content.plain_text import html_to_text
from knock_fake.workflows.content.visual_blocks import compile_visual_blocks
from knock_fake.workflows.templating import Template, render_in_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject

_KEYS = ("subject", "html_body", "visual_blocks", "text_body", "is_mjml", "settings")
_SETTINGS = ("layout_key", "pre_content", "attachment_key")


@dataclass(frozen=True, slots=True)
class EmailTemplate:
    """A compiled email template. The HTML body has several parts when it is made of visual blocks.

    ``pre_content`` runs before either body and only its assignments count; its own output is not shown.
    """

    subject: Template
    html: tuple[Template, ...]
    text: Template | None
    pre_content: Template | None

    def render(self, scope: Mapping[str, object]) -> JsonObject:
        """Return ``subject_line``, ``html_body`` and ``text_body``, which is made from the HTML if need be.

        Raises:
            TemplateError: a field cannot be rendered with these variables.
        """
        html = "\n".join(self._after_pre_content(self.html, scope))
        text = html_to_text(html) if self.text is None else self._after_pre_content((self.text,), scope)[0]
        return {"subject_line": self.subject.render(scope), "html_body": html, "text_body": text}

    def _after_pre_content(self, templates: tuple[Template, ...], scope: Mapping[str, object]) -> list[str]:
        if self.pre_content is None:
            return render_in_order(templates, scope)
        return render_in_order((self.pre_content, *templates), scope)[1:]


def compile_email(template: Json, place: str) -> EmailTemplate:
    """Compile an email template (Knock's docs on email templates). MJML is left as it is.

    Raises:
        WorkflowDefinitionError: not exactly one of ``html_body`` and ``visual_blocks`` is given, a field is
            missing, unknown or malformed, or there is a layout.
    """
    fields = read_fields(template, place, _KEYS)
    if fields.has("html_body") == fields.has("visual_blocks"):
        raise WorkflowDefinitionError(f"{place}: needs exactly one of 'html_body' and 'visual_blocks'")
    fields.flag("is_mjml")
    settings = fields.section("settings", _SETTINGS)
    return EmailTemplate(
        subject=fields.required_template("subject"),
        html=_html(fields),
        text=fields.template("text_body"),
        pre_content=_pre_content(settings),
    )


def _html(fields: Fields) -> tuple[Template, ...]:
    body = fields.template("html_body")
    return compile_visual_blocks(fields) if body is None else (body,)


def _pre_content(settings: Fields) -> Template | None:
    if settings.has("layout_key"):
        settings.refuse("layout_key", "email layouts are not supported by this version; use null")
    settings.text("attachment_key")
    return settings.template("pre_content")


def assemble_email(rendered: JsonObject, address: JsonObject, _message_id: str) -> JsonObject:
    """Return the content of an email."""
    return {"__typename": "MessageEmailContent", **address, **rendered}

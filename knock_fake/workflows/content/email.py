"""Emails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.workflows.content.attachments import Attachments
from knock_fake.workflows.content.channel_template import ChannelTemplate
from knock_fake.workflows.content.email_layout import branded, find_layout, in_layout
from knock_fake.workflows.content.fields import Fields, read_fields
from knock_fake.workflows.content.plain_text import html_to_text
from knock_fake.workflows.content.visual_blocks import Block, Html, compile_visual_blocks
from knock_fake.workflows.scopes import as_scope
from knock_fake.workflows.templating import Rendering, Template, TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.library.layouts import Layout
    from knock_fake.workflows.scopes import Scope

_KEYS = ("subject", "html_body", "visual_blocks", "text_body", "is_mjml", "settings", "preview_text")
_SETTINGS = ("layout_key", "pre_content", "attachment_key", "preview_text")


@dataclass(frozen=True, slots=True)
class EmailTemplate(ChannelTemplate):
    """A compiled email template. The HTML body has several blocks when it is a visual one.

    ``pre_content`` runs before either body, above the layout, and only its assignments count; its own output is not
    shown.
    """

    subject: Template
    html: tuple[Block, ...]
    text: Template | None
    pre_content: Template | None
    preview_text: Template | None
    layout_key: str | None
    is_mjml: bool
    attachments: Attachments
    place: str

    def render(self, scope: Mapping[str, object]) -> JsonObject:
        """Return ``subject_line``, ``html_body`` and ``text_body``, which is made from the HTML if need be.

        Raises:
            TemplateError: a field cannot be rendered with these variables, or the layout does not exist.
        """
        plain = as_scope(scope)
        layout = self._layout(plain)
        framed = branded(layout, plain)
        if layout is None:
            html = self._html(self._begin(framed))
            text = html_to_text(html) if self.text is None else self._text(self._begin(framed))
        else:
            html = self._version(framed, layout, layout.html)
            text = self._version(framed, layout, layout.text)
        return {"subject_line": self.subject.render(plain), "html_body": html, "text_body": text}

    def payload(self, scope: Mapping[str, object]) -> JsonObject | None:
        """Return ``attachments``, if there are any.

        Raises:
            TemplateError: what the data holds are no attachments.
        """
        files = self.attachments.read(scope)
        return {"attachments": files} if files else None

    def _layout(self, scope: Scope) -> Layout | None:
        if self.layout_key is None:
            return None
        layout = find_layout(self.layout_key, scope, f"{self.place}.settings.layout_key")
        if self.is_mjml and not layout.is_mjml:
            problem = f"an MJML template needs an MJML layout or none, and {layout.key!r} is HTML"
            raise TemplateError(f"{self.place}.is_mjml", None, problem)
        return layout

    def _begin(self, scope: Scope) -> Rendering:
        rendering = Rendering(scope)
        if self.pre_content is not None:
            rendering.text(self.pre_content)
        return rendering

    def _version(self, scope: Scope, layout: Layout, frame: Template) -> str:
        rendering = self._begin(scope)
        body = self._html if frame is layout.html else self._text
        return in_layout(rendering, frame, layout, lambda: body(rendering), lambda: self._preview(rendering))

    def _html(self, rendering: Rendering) -> str:
        return "\n".join(block.render(rendering) for block in self.html)

    def _text(self, rendering: Rendering) -> str:
        return html_to_text(self._html(rendering)) if self.text is None else rendering.text(self.text)

    def _preview(self, rendering: Rendering) -> str:
        return rendering.text(self.preview_text) if self.preview_text is not None else ""


def compile_email(template: Json, place: str) -> EmailTemplate:
    """Compile an email template (Knock's docs on email templates). MJML is left as it is.

    Where Knock's JSON has the preview text is undocumented: ``preview_text`` of the template or of its settings, our
    choice.

    Raises:
        WorkflowDefinitionError: not exactly one of ``html_body`` and ``visual_blocks`` is given, or a field is missing,
            unknown or malformed.
    """
    fields = read_fields(template, place, _KEYS)
    if fields.has("html_body") == fields.has("visual_blocks"):
        raise WorkflowDefinitionError(f"{place}: needs exactly one of 'html_body' and 'visual_blocks'")
    settings = fields.section("settings", _SETTINGS)
    return EmailTemplate(
        subject=fields.required_template("subject"),
        html=_html(fields),
        text=fields.template("text_body"),
        pre_content=settings.template("pre_content"),
        preview_text=settings.template("preview_text") or fields.template("preview_text"),
        layout_key=settings.text("layout_key"),
        is_mjml=fields.flag("is_mjml"),
        attachments=Attachments(settings.text("attachment_key"), f"{settings.place}.attachment_key"),
        place=place,
    )


def _html(fields: Fields) -> tuple[Block, ...]:
    body = fields.template("html_body")
    return compile_visual_blocks(fields) if body is None else (Html(body),)


def assemble_email(rendered: JsonObject, address: JsonObject, _message_id: str) -> JsonObject:
    """Return the content of an email."""
    return {"__typename": "MessageEmailContent", **address, **rendered}

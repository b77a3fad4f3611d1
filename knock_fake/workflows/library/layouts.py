"""Email layouts: the frame around the bodies of emails."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from knock_fake.state.branding import COLOURS, IMAGES, is_colour
from knock_fake.workflows.content.fields import Fields, read_fields
from knock_fake.workflows.library.default_layout import DEFAULT_LAYOUT
from knock_fake.workflows.library.registry import ResourceRegistry, check_key
from knock_fake.workflows.templating import Template, compile_template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import Json, JsonObject

DEFAULT_KEY = "default"
"""The layout that every account starts with (Knock's docs on email layouts)."""

_UNREAD = ("$schema", "description", "environment")
_KEYS = ("name", "html_layout", "text_layout", "footer_links", "is_mjml", "branding_overrides")
_OVERRIDES = (*IMAGES, *COLOURS, "primary_text_color", "secondary_text_color")


@dataclass(frozen=True, slots=True)
class FooterLink:
    """One link of ``footer_links``."""

    text: Template
    url: Template


@dataclass(frozen=True, slots=True)
class Layout:
    """One email layout. ``name`` is for people only."""

    key: str
    name: str
    html: Template
    text: Template
    footer_links: tuple[FooterLink, ...]
    is_mjml: bool
    branding_overrides: JsonObject

    def __repr__(self) -> str:
        return f"<Layout {self.key!r}>"


def compile_layout(key: str, document: Json) -> Layout:
    """Check and compile one layout.

    Args:
        key: 3 to 255 characters of ``a-z 0-9 _ -``.
        document: the layout as Knock's management API takes it and ``layout.json`` holds it.

    Raises:
        WorkflowDefinitionError: something cannot be honoured; the message names layout, field and remedy.
    """
    place = f"layout {key!r}"
    check_key(key, place)
    fields = read_fields(document, place, (*_UNREAD, *_KEYS))
    is_mjml = fields.flag("is_mjml")
    if is_mjml and "<mjml" not in fields.required_text("html_layout"):
        fields.refuse("html_layout", "an MJML layout has an element <mjml>")
    return Layout(
        key=key,
        name=fields.text("name") or key,
        html=_frame(fields, "html_layout"),
        text=_frame(fields, "text_layout") if fields.has("text_layout") else _bare(fields),
        footer_links=tuple(map(_footer_link, fields.items("footer_links", ("text", "url")))),
        is_mjml=is_mjml,
        branding_overrides=_branding_overrides(fields),
    )


def _frame(fields: Fields, key: str) -> Template:
    template = fields.required_template(key)
    if "content" not in template.variables():
        fields.refuse(key, "shows no body; put {{ content }} where the body of the email is to stand")
    return template


def _bare(fields: Fields) -> Template:
    return compile_template("{{ content }}", f"{fields.place}.text_layout")


def _footer_link(fields: Fields) -> FooterLink:
    return FooterLink(fields.required_template("text"), fields.required_template("url"))


def _branding_overrides(fields: Fields) -> JsonObject:
    overrides = fields.section("branding_overrides", _OVERRIDES)
    for name in _OVERRIDES:
        value = overrides.text(name)
        if value is not None and name not in IMAGES and not is_colour(value):
            overrides.refuse(name, f"must be a hex value such as '#4F46E5', not {value!r}")
    return {name: value for name, value in overrides.values.items() if value is not None}


@cache
def _default_layout() -> Layout:
    # Compiled when it is first asked for: it has Liquid, whose library no world need import before.
    return compile_layout(DEFAULT_KEY, DEFAULT_LAYOUT)


class LayoutRegistry(ResourceRegistry[Layout]):
    """What ``knock.layouts`` is: email layouts, to begin with the one that is called ``default``."""

    kind = "email_layout"
    _noun = "layout"
    _place = "knock.layouts"
    _compile = staticmethod(compile_layout)

    def add(
        self,
        key: str,
        html_layout: str,
        *,
        text_layout: str | None = None,
        footer_links: Sequence[JsonObject] = (),
        is_mjml: bool = False,
        branding_overrides: JsonObject | None = None,
        name: str | None = None,
    ) -> Layout:
        """Commit a layout, or a new version of one that exists.

        Args:
            key: what ``layout_key`` of an email template names it by: 3 to 255 characters of ``a-z 0-9 _ -``.
            html_layout: Liquid with ``{{ content }}`` where the body is to stand.
            text_layout: the same for the text version; the body alone when left out.
            footer_links: ``{"text": ..., "url": ...}`` each, both Liquid; the layout shows them as ``footer_links``.
            is_mjml: whether it is MJML, which stays as it is (our choice).
            branding_overrides: properties that count in place of the account's ``vars.branding``.
            name: display name.

        Raises:
            WorkflowDefinitionError: something cannot be honoured; the message names layout, field and remedy.
        """
        return self.add_json(
            key,
            {
                "name": name,
                "html_layout": html_layout,
                "text_layout": text_layout,
                "footer_links": footer_links,
                "is_mjml": is_mjml,
                "branding_overrides": branding_overrides,
            },
        )

    def get(self, key: str) -> Layout | None:
        """Return the latest version."""
        found = super().get(key)
        return _default_layout() if found is None and key == DEFAULT_KEY else found

    def keys(self) -> list[str]:
        """Return the keys, ``default`` first, then in order of addition."""
        return [*dict.fromkeys([DEFAULT_KEY, *super().keys()])]

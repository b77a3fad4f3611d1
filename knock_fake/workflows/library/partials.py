"""Partials: pieces of content that templates of every channel can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.workflows.content.fields import Fields, read_fields
from knock_fake.workflows.library.input_fields import InputField, read_input_fields
from knock_fake.workflows.library.registry import ResourceRegistry, check_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.templating import Template

TYPES = ("html", "text", "json", "markdown")
"""The types of partials (Knock's management API)."""

_UNREAD = ("$schema", "description", "icon_name", "environment")
_KEYS = ("name", "type", "content", "input_schema", "visual_block_enabled")


@dataclass(frozen=True, slots=True)
class Partial:
    """One partial. ``input_schema`` says which of its inputs are more than plain text; ``name`` is for people only."""

    key: str
    name: str
    type: str
    content: Template
    input_schema: tuple[InputField, ...]
    is_visual_block: bool

    def __repr__(self) -> str:
        return f"<Partial {self.key!r}, {self.type}>"


def compile_partial(key: str, document: Json) -> Partial:
    """Check and compile one partial.

    Args:
        key: 3 to 255 characters of ``a-z 0-9 _ -``.
        document: the partial as Knock's management API takes it and ``partial.json`` holds it.

    Raises:
        WorkflowDefinitionError: something cannot be honoured; the message names partial, field and remedy.
    """
    place = f"partial {key!r}"
    check_key(key, place)
    fields = read_fields(document, place, (*_UNREAD, *_KEYS))
    type_ = fields.choice("type", TYPES)
    return Partial(
        key=key,
        name=fields.text("name") or key,
        type=type_,
        content=fields.required_template("content"),
        input_schema=_input_schema(fields, type_),
        is_visual_block=_is_visual_block(fields, type_),
    )


def _input_schema(fields: Fields, type_: str) -> tuple[InputField, ...]:
    schema = read_input_fields(fields, "input_schema")
    if schema and type_ != "html":
        fields.refuse("input_schema", f"only partials of type 'html' have one, not one of type {type_!r}")
    return schema


def _is_visual_block(fields: Fields, type_: str) -> bool:
    enabled = fields.flag("visual_block_enabled")
    if enabled and type_ != "html":
        problem = f"only partials of type 'html' can be blocks, not one of type {type_!r}"
        fields.refuse("visual_block_enabled", problem)
    return enabled


class PartialRegistry(ResourceRegistry[Partial]):
    """What ``knock.partials`` is: partials that templates show with ``{% render 'key' %}`` or as visual blocks."""

    kind = "partial"
    _noun = "partial"
    _place = "knock.partials"
    _compile = staticmethod(compile_partial)

    def add(
        self,
        key: str,
        content: str,
        *,
        type: str = "html",  # noqa: A002 - Knock's own name for the field
        input_schema: Sequence[JsonObject] = (),
        visual_block_enabled: bool = False,
        name: str | None = None,
    ) -> Partial:
        """Commit a partial, or a new version of one that exists: templates show the latest one.

        Args:
            key: what templates name it by: 3 to 255 characters of ``a-z 0-9 _ -``.
            content: Liquid that sees what it is given, and ``vars``.
            type: ``html``, ``text``, ``json`` or ``markdown``.
            input_schema: fields as Knock's docs have them, ``{"type": ..., "key": ..., "label": ...}`` each; inputs
                without one are plain text. Only of HTML partials.
            visual_block_enabled: whether it can be a visual block of an email. Only of HTML partials.
            name: display name.

        Raises:
            WorkflowDefinitionError: something cannot be honoured; the message names partial, field and remedy.
        """
        return self.add_json(
            key,
            {
                "name": name,
                "type": type,
                "content": content,
                "input_schema": input_schema,
                "visual_block_enabled": visual_block_enabled,
            },
        )

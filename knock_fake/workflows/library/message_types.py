"""Message types: which fields the steps of guides have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.workflows.content.fields import Fields, read_fields
from knock_fake.workflows.definition import is_workflow_key
from knock_fake.workflows.library.input_fields import InputField, read_input_fields
from knock_fake.workflows.library.registry import ResourceRegistry, check_key
from knock_fake.workflows.markdown import markdown_to_html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import Json, JsonObject

DEFAULT_VARIANT = "default"
"""The variant that every message type has (Knock's docs on message types)."""

_UNREAD = ("$schema", "name", "description", "icon_name", "environment", "owner")
_KEYS = ("variants", "preview", "semver")


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant of a message type."""

    key: str
    fields: tuple[InputField, ...]

    def shape(self, values: JsonObject) -> JsonObject:
        """Return the values of a step as the API shows them: what Markdown fields hold is HTML (Knock's docs)."""
        written = {field.key for field in self.fields if field.type == "markdown"}
        return {
            key: markdown_to_html(value) if key in written and isinstance(value, str) else value
            for key, value in values.items()
        }


@dataclass(frozen=True, slots=True)
class MessageType:
    """One message type."""

    key: str
    semver: str
    variants: tuple[Variant, ...]

    def variant(self, key: str) -> Variant | None:
        """Return the variant with this key."""
        return next((variant for variant in self.variants if variant.key == key), None)

    def __repr__(self) -> str:
        return f"<MessageType {self.key!r}, variants: {', '.join(variant.key for variant in self.variants)}>"


def compile_message_type(key: str, document: Json) -> MessageType:
    """Check one message type.

    Args:
        key: 3 to 255 characters of ``a-z 0-9 _ -``.
        document: the message type as Knock's management API takes it and ``message_type.json`` holds it.

    Raises:
        WorkflowDefinitionError: something cannot be honoured; the message names message type, field and remedy.
    """
    place = f"message type {key!r}"
    check_key(key, place)
    fields = read_fields(document, place, (*_UNREAD, *_KEYS))
    fields.template("preview")
    semver = fields.text("semver") or "0.0.1"
    variants: dict[str, Variant] = {}
    for one in fields.items("variants", ("key", "name", "fields")):
        variant = _variant(one)
        if variant.key in variants:
            one.refuse("key", f"{variant.key!r} is taken by another variant")
        variants[variant.key] = variant
    if DEFAULT_VARIANT not in variants:
        fields.refuse("variants", f"needs one with the key {DEFAULT_VARIANT!r}")
    return MessageType(key, semver, tuple(variants.values()))


def _variant(fields: Fields) -> Variant:
    key = fields.required_text("key")
    if not is_workflow_key(key):
        fields.refuse("key", f"{key!r} is no key such as 'single-action'")
    fields.text("name")
    return Variant(key, read_input_fields(fields, "fields"))


class MessageTypeRegistry(ResourceRegistry[MessageType]):
    """What ``knock.message_types`` is: message types, which steps of guides name by ``schema_key``.

    A step whose message type is not here is shown as it is (our choice), and so it is with those that come with Knock.
    """

    _noun = "message type"
    _place = "knock.message_types"
    _compile = staticmethod(compile_message_type)

    def add(
        self,
        key: str,
        fields: Sequence[JsonObject] = (),
        *,
        variants: Sequence[JsonObject] | None = None,
        preview: str | None = None,
        semver: str | None = None,
        name: str | None = None,
    ) -> MessageType:
        """Commit a message type, or a new version of one that exists.

        Args:
            key: what guides name it by: 3 to 255 characters of ``a-z 0-9 _ -``.
            fields: the fields of the variant ``default``, ``{"type": ..., "key": ..., "label": ...}`` each.
            variants: all variants, ``{"key": ..., "name": ..., "fields": [...]}`` each, in place of ``fields``.
            preview: Liquid for Knock's dashboard; it is checked and never shown.
            semver: the version; ``0.0.1`` when left out.
            name: display name.

        Raises:
            WorkflowDefinitionError: something cannot be honoured; the message names message type, field and remedy.
        """
        if variants is not None and fields:
            problem = "fields are those of the default variant: put them into variants, or leave those out"
            raise WorkflowDefinitionError(f"message type {key!r}: {problem}")
        only = {"key": DEFAULT_VARIANT, "name": "Default", "fields": fields}
        given = [only] if variants is None else variants
        return self.add_json(key, {"name": name, "variants": given, "preview": preview, "semver": semver})

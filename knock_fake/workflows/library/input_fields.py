"""Fields that editors fill in: the input schema of a partial, and the variants of a message type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.workflows.content.fields import Fields, read_fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from knock_fake.json_types import Json

_DEFAULTS: Mapping[str, Json] = {
    "boolean": False,
    "button": None,
    "color": "",
    "image": None,
    "json": None,
    "list": [],
    "markdown": "",
    "multi_select": [],
    "number": None,
    "select": "",
    "text": "",
    "textarea": "",
    "url": "",
}
"""The types of fields (Knock's docs on schemas), each with the value of one that is not filled in.

Empty text is Knock's; the other values are our choice.
"""

_PARTS: Mapping[str, tuple[str, ...]] = {"button": ("text", "action"), "image": ("url", "alt", "action")}
_KEYS = ("type", "key", "label", "settings", "value")


@dataclass(frozen=True, slots=True)
class InputField:
    """One field. A button or an image has fields of its own, its ``parts``."""

    key: str
    type: str
    default: Json
    parts: tuple[InputField, ...] = ()


def read_input_fields(fields: Fields, key: str) -> tuple[InputField, ...]:
    """Return the fields of a list.

    Raises:
        WorkflowDefinitionError: a field is malformed or of an unknown type, or two have one key.
    """
    read: dict[str, InputField] = {}
    for value, place in fields.values_of(key):
        type_ = value.get("type") if isinstance(value, dict) else None
        one = read_fields(value, place, (*_KEYS, *_PARTS.get(str(type_), ())))
        field = _read(one)
        if field.key in read:
            one.refuse("key", f"{field.key!r} is taken by another field")
        read[field.key] = field
    return tuple(read.values())


def _read(fields: Fields) -> InputField:
    type_ = fields.choice("type", [*_DEFAULTS])
    settings = fields.values.get("settings")
    if not isinstance(settings, dict | None):
        fields.refuse("settings", f"must be an object, not {settings!r}")
    fields.text("label")
    key, parts = fields.required_text("key"), _parts(fields, _PARTS.get(type_, ()))
    default = (settings or {}).get("default")
    if default is None:
        default = {part.key: part.default for part in parts} if parts else _DEFAULTS[type_]
    return InputField(key, type_, default, parts)


def _parts(fields: Fields, names: Sequence[str]) -> tuple[InputField, ...]:
    return tuple(_part(fields, name) for name in names)


def _part(fields: Fields, name: str) -> InputField:
    if not fields.has(name):
        return InputField(name, "text", "")
    return _read(fields.section(name, _KEYS))

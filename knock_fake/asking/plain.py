"""Plain data: what was asked for, as JSON that a client in another language can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from knock_fake.state.references import Reference
from knock_fake.timestamps import show_instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from knock_fake.json_types import Json, JsonObject


def plain(value: object) -> Json:
    """Return a value as JSON: instants and recipients as Knock writes them, sets in alphabetical order."""
    if isinstance(value, datetime):
        return show_instant(value)
    if isinstance(value, Reference):
        return value.shown()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, AbstractSet):
        return [plain(one) for one in sorted(value, key=str)]
    if isinstance(value, Sequence):
        return [plain(one) for one in value]
    if hasattr(value, "to_json"):
        shown: Json = value.to_json()
        return shown
    if is_dataclass(value):
        return plain_attributes(value, (field.name for field in fields(value)))
    return str(value)


def plain_attributes(value: object, names: Iterable[str]) -> JsonObject:
    """Return some attributes of an object as JSON."""
    return {name: plain(getattr(value, name)) for name in names}

"""What stands twice in one scenario, where the second would silently take the place of the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from knock_fake.json_types import as_list
from knock_fake.state.references import TENANTS, USERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knock_fake.json_types import Json, JsonObject

_Identity: TypeAlias = tuple[str, ...]

_KEYS = {
    "channels": "key",
    "audiences": "key",
    "schedules": "id",
    "runs": "id",
    "messages": "id",
    "bulk_operations": "id",
}
"""The sections whose entries have an identity of their own, and the key that it stands under."""

_COLLECTIONS = {"tenants": TENANTS, "users": USERS, "objects": None}
"""The sections of recipients, which share their identities: a tenant is an object as well."""


def double_errors(document: JsonObject) -> Iterator[tuple[str, str]]:
    """Yield field and message of every entry that says again what an earlier one says.

    Several files are laid over one another on purpose, so each is looked at by itself.

    Args:
        document: a scenario that fits the schema.
    """
    first: dict[_Identity, str] = {}
    for field, name, identity in _identities(document):
        if identity in first:
            yield field, f"{name!r} stands at {first[identity]} already: leave one out, or put both together"
        else:
            first[identity] = field.rpartition(".")[0]


def _identities(document: JsonObject) -> Iterator[tuple[str, str, _Identity]]:
    """Yield the field, the text and the identity of every entry that has one."""
    for section, key in _KEYS.items():
        for place, entry in _entries(document, section):
            if key in entry:
                yield f"{place}.{key}", str(entry[key]), (section, str(entry[key]))
    for section, collection in _COLLECTIONS.items():
        for place, entry in _entries(document, section):
            identity = ("recipients", collection or str(entry.get("collection")), str(entry["id"]))
            yield f"{place}.id", str(entry["id"]), identity


def _entries(document: JsonObject, section: str) -> Iterator[tuple[str, JsonObject]]:
    listed: Json = document.get(section)
    for index, entry in enumerate(as_list(listed)):
        if isinstance(entry, dict):
            yield f"{section}.{index}", entry

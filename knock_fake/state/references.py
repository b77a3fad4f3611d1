"""What names a recipient: a user, or an object of a collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from knock_fake.errors import UsageTypeError

if TYPE_CHECKING:
    from knock_fake.json_types import Json

USERS = "$users"
"""The collection that users live in inside Knock."""

TENANTS = "$tenants"
"""The collection whose objects are the tenants."""


class Reference(NamedTuple):
    """Names one recipient: ``collection`` is ``$users`` for users."""

    collection: str
    id: str

    @property
    def is_user(self) -> bool:
        """Whether this names a user."""
        return self.collection == USERS

    def shown(self) -> Json:
        """Return the reference as Knock writes it: a user's id, or ``{id, collection}`` of an object."""
        if self.collection == USERS:
            return self.id
        return {"id": self.id, "collection": self.collection}

    def __str__(self) -> str:
        return self.id if self.collection == USERS else f"{self.collection}/{self.id}"


def user(identifier: str) -> Reference:
    """Return the reference of a user."""
    return Reference(USERS, identifier)


def read_reference(value: Json) -> Reference:
    """Read a reference that has passed its schema: a user's id, or ``{id, collection?}``."""
    if isinstance(value, dict):
        return Reference(str(value.get("collection") or USERS), str(value["id"]))
    return Reference(USERS, str(value))


def named_recipient(value: object, place: str) -> Reference:
    """Read whom a user of Python names: a user by its id, an object as ``"collection/id"`` or by its reference.

    Args:
        value: what was given; an object's reference is ``{"collection": ..., "id": ...}``.
        place: how messages name the argument.

    Raises:
        UsageTypeError: it is none of these.
    """
    if isinstance(value, Reference):
        return value
    if isinstance(value, str):
        collection, slash, identifier = value.partition("/")  # which no id of a user may have
        return Reference(collection, identifier) if slash else Reference(USERS, value)
    if isinstance(value, Mapping) and value.keys() == {"collection", "id"}:
        return Reference(str(value["collection"]), str(value["id"]))
    remedy = "give a user's id, or an object as {'collection': ..., 'id': ...}"
    raise UsageTypeError(f"{place}: {value!r} names no recipient: {remedy}")

"""How users, objects and tenants are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.shown_preferences import show_preference_sets
from knock_fake.timestamps import show_instant

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.state import State
    from knock_fake.state.recipients import Recipient
    from knock_fake.state.references import Reference


def show_user(user: Recipient) -> JsonObject:
    """Return a user: every property at the top level; reserved ones only when they were given (our choice)."""
    return {
        **user.properties,
        "__typename": "User",
        "id": user.reference.id,
        "created_at": user.created_at,
        "updated_at": show_instant(user.updated_at),
    }


def show_object(object_: Recipient) -> JsonObject:
    """Return an object: every property under ``properties``."""
    return {
        "__typename": "Object",
        "id": object_.reference.id,
        "collection": object_.reference.collection,
        "properties": object_.properties,
        "created_at": object_.created_at,
        "updated_at": show_instant(object_.updated_at),
    }


def show_recipient(recipient: Recipient) -> JsonObject:
    """Return a user or an object."""
    return show_user(recipient) if recipient.reference.is_user else show_object(recipient)


def show_with_preferences(state: State, recipient: Recipient) -> JsonObject:
    """Return a user or an object with the preference sets that it has stored, by id (the shape is our choice)."""
    return {**show_recipient(recipient), "preferences": show_preference_sets(state.preferences.of(recipient.reference))}


def show_reference_in_full(state: State, reference: Reference) -> JsonObject:
    """Return whom a reference names; one who was deleted, or never identified, shows with the id alone."""
    recipient = state.recipients.get(reference)
    if recipient is not None:
        return show_recipient(recipient)
    if reference.is_user:
        return {"__typename": "User", "id": reference.id, "created_at": None, "updated_at": None}
    return {
        "__typename": "Object",
        "id": reference.id,
        "collection": reference.collection,
        "properties": {},
        "created_at": None,
        "updated_at": None,
    }

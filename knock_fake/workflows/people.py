"""Recipients as templates and conditions see them (Knock's docs on template variables)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.json_types import as_object
from knock_fake.state.references import TENANTS, USERS, Reference
from knock_fake.timestamps import show_instant

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state import State


def recipient_variables(state: State, reference: Reference | None) -> JsonObject | None:
    """Return a recipient as templates see it: properties at the top level, for objects and tenants too."""
    recipient = state.recipients.get(reference) if reference is not None else None
    if recipient is None:
        return None
    shown: JsonObject = {
        **recipient.properties,
        **_kind(recipient.reference.collection),
        "id": recipient.reference.id,
        "created_at": recipient.created_at,
        "updated_at": show_instant(recipient.updated_at),
    }
    if recipient.reference.collection == TENANTS:
        shown["settings"] = _settings(recipient.properties.get("settings"))
    return shown


def _kind(collection: str) -> JsonObject:
    return {"__typename": "User"} if collection == USERS else {"__typename": "Object", "collection": collection}


def _settings(settings: Json) -> JsonObject:
    """Return a tenant's settings with its preferences under both names: templates say ``settings.preferences``."""
    given = as_object(settings)
    preferences = given.get("preference_set")
    return {"branding": None, **given, "preference_set": preferences, "preferences": preferences}


def locale_of(recipient: JsonObject | None) -> str | None:
    """Return the locale of a recipient, ``None`` for one who has none."""
    locale = recipient.get("locale") if recipient is not None else None
    return locale if isinstance(locale, str) and locale else None


class ShownPeople:
    """Recipients as templates see them, each put together once per scope: actor and recipient recur in activities."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._known: dict[Reference, JsonObject | None] = {}

    def show(self, reference: Reference | None) -> JsonObject | None:
        """Return a recipient, ``None`` for nobody and for one that is unknown."""
        if reference is None:
            return None
        if reference not in self._known:
            self._known[reference] = recipient_variables(self._state, reference)
        return self._known[reference]

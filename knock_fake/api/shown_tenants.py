"""How tenants are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.shown_preferences import show_preference_set
from knock_fake.json_types import as_object
from knock_fake.state.preferences import DEFAULT_SET
from knock_fake.timestamps import show_instant
from knock_fake.workflows.preferences import merge_preference_sets

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.state.recipients import Recipient


def show_tenant(tenant: Recipient, environment_default: JsonObject | None = None) -> JsonObject:
    """Return a tenant as Knock's older and current reference have it: properties in a map and at the top level.

    Args:
        tenant: the object of the collection ``$tenants``.
        environment_default: the preference set to be laid under the tenant's own.
    """
    own = {key: value for key, value in tenant.properties.items() if key not in ("settings", "properties")}
    nested = tenant.properties.get("properties")
    return {
        **own,
        "__typename": "Tenant",
        "id": tenant.reference.id,
        "name": own.get("name"),
        # A custom property of that name stands beside those that the map repeats.
        "properties": {**as_object(nested), **own},
        "settings": _show_settings(tenant, environment_default),
        "created_at": tenant.created_at,
        "updated_at": show_instant(tenant.updated_at),
    }


def _show_settings(tenant: Recipient, environment_default: JsonObject | None) -> JsonObject:
    settings = as_object(tenant.properties.get("settings"))
    given = settings.get("preference_set")
    own = given if isinstance(given, dict) else None
    is_set = own is not None or environment_default is not None
    merged = merge_preference_sets(environment_default, own)
    return {
        **settings,
        "branding": settings.get("branding"),
        "preference_set": show_preference_set(DEFAULT_SET, merged) if is_set else None,
    }

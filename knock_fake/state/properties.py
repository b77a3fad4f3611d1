"""How the properties of a recipient merge; those of a tenant have a part with rules of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.json_types import as_object

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject

_STRATEGY = "__persistence_strategy__"
_NOT_STORED = frozenset({_STRATEGY, "__typename"})


def merge_properties(existing: JsonObject, update: JsonObject) -> JsonObject:
    """Merge ``update`` over ``existing``, maps in depth, everything else (lists too) replaced.

    A key is never removed, only set to null (Knock's docs on identifying recipients). Neither argument changes.
    """
    merged = dict(existing)
    for key, value in update.items():
        before = merged.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            merged[key] = merge_properties(before, value)
        else:
            merged[key] = value
    return merged


def merge_tenant_properties(existing: JsonObject, update: JsonObject) -> JsonObject:
    """Merge a tenant as :func:`merge_properties` does, and its default preference set by the set's own rules.

    ``settings.preference_set`` is merged in unless it says ``"__persistence_strategy__": "replace"``; null removes
    it (Knock's docs on per-tenant preferences). ``settings`` that are null change nothing, since older SDKs send
    null for whatever was not given (undocumented by Knock: our choice). Neither argument changes.
    """
    settings = update.get("settings")
    merged = merge_properties(existing, {key: value for key, value in update.items() if key != "settings"})
    if isinstance(settings, dict):
        merged["settings"] = _merge_settings(as_object(existing.get("settings")), settings)
    return merged


def _merge_settings(existing: JsonObject, update: JsonObject) -> JsonObject:
    merged = merge_properties(existing, {key: value for key, value in update.items() if key != "preference_set"})
    if "preference_set" not in update:
        return merged
    given, before = update["preference_set"], existing.get("preference_set")
    if isinstance(given, dict):
        kept = before if isinstance(before, dict) and given.get(_STRATEGY) != "replace" else {}
        stored = {key: value for key, value in given.items() if key not in _NOT_STORED}
        merged["preference_set"] = _merge_set(kept, stored)
    else:
        merged.pop("preference_set", None)
    return merged


def _merge_set(existing: JsonObject, update: JsonObject) -> JsonObject:
    """Merge a preference set: values are set or changed, never removed, so null stands only where nothing was."""
    merged = dict(existing)
    for key, value in update.items():
        before = merged.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            merged[key] = _merge_set(before, value)
        elif value is not None or key not in merged:
            merged[key] = value
    return merged

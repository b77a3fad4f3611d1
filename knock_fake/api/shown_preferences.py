"""How preference sets are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.state.preferences import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject


def show_preference_set(set_id: str, preferences: JsonObject) -> JsonObject:
    """Return one set with every section, ``null`` where it says nothing.

    Older samples of Knock's carry ``__typename``, the current reference leaves it out; we send it.
    """
    sections = {name: preferences.get(name) for name in SECTIONS}
    return {"__typename": "PreferenceSet", "id": set_id, **sections}


def show_preference_sets(stored: Mapping[str, JsonObject]) -> dict[str, Json]:
    """Return stored sets by their ids, as lists of recipients include them."""
    return {set_id: show_preference_set(set_id, preferences) for set_id, preferences in stored.items()}

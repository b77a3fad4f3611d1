"""The preference sets that recipients have stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import JsonObject
    from knock_fake.state.references import Reference


class PreferenceStore:
    """Preference sets by recipient and set id (``default`` or a tenant's id)."""

    def __init__(self) -> None:
        self._sets: dict[Reference, dict[str, JsonObject]] = {}

    def of(self, reference: Reference) -> Mapping[str, JsonObject]:
        """Return the recipient's stored sets by id."""
        return self._sets.get(reference, {})

    def put(self, reference: Reference, set_id: str, preferences: JsonObject) -> None:
        """Store a whole set in place of what was there."""
        self._sets.setdefault(reference, {})[set_id] = preferences

    def adopt_missing(self, target: Reference, source: Reference) -> None:
        """Give ``target`` the sets of ``source`` that it lacks, as merging users does."""
        for set_id, preferences in self.of(source).items():
            self._sets.setdefault(target, {}).setdefault(set_id, preferences)

    def delete_of(self, reference: Reference) -> None:
        """Forget every set of a recipient."""
        self._sets.pop(reference, None)

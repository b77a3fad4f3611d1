"""The preference sets that recipients have stored, and the one that everybody starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.signals import RecipientUpdated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.clock import VirtualClock
    from knock_fake.json_types import JsonObject
    from knock_fake.signals import Signals
    from knock_fake.state.references import Reference

DEFAULT_SET = "default"
"""The id of the set that counts where no tenant has its own."""

SECTIONS = ("workflows", "categories", "channel_types", "channels", "commercial_subscribed")
"""What a set can say something about (Knock's API reference)."""


class PreferenceStore:
    """Preference sets by recipient and set id (``default`` or a tenant's id), and the environment's default set.

    ``environment_default`` is ``None`` until ``knock.preferences.set_default(...)`` gives the environment one.
    """

    def __init__(self, clock: VirtualClock, signals: Signals) -> None:
        self._clock = clock
        self._signals = signals
        self._sets: dict[Reference, dict[str, JsonObject]] = {}
        self.environment_default: JsonObject | None = None

    def of(self, reference: Reference) -> Mapping[str, JsonObject]:
        """Return the recipient's stored sets by id."""
        return self._sets.get(reference, {})

    def put(self, reference: Reference, set_id: str, preferences: JsonObject) -> None:
        """Store a whole set in place of what was there."""
        sets = self._sets.setdefault(reference, {})
        before = sets.get(set_id)
        sets[set_id] = preferences
        if preferences != before:
            self._tell(reference)

    def delete(self, reference: Reference, set_id: str) -> None:
        """Forget one set; one that was never stored is gone already."""
        sets = self._sets.get(reference, {})
        before = sets.pop(set_id, None)
        if not sets:
            self._sets.pop(reference, None)
        if before is not None:
            self._tell(reference)

    def _tell(self, reference: Reference) -> None:
        self._signals.send(RecipientUpdated(self._clock.now, *reference))

    def adopt_missing(self, target: Reference, source: Reference) -> None:
        """Give ``target`` the sets of ``source`` that it lacks, as merging users does."""
        for set_id, preferences in self.of(source).items():
            if set_id not in self.of(target):
                self.put(target, set_id, preferences)

    def delete_of(self, reference: Reference) -> None:
        """Forget every set of a recipient."""
        self._sets.pop(reference, None)

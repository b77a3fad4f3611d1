"""``knock.preferences``: the environment's default preference set, which Knock keeps in its dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import UsageError
from knock_fake.gateway.arguments import read_argument
from knock_fake.state.preferences import SECTIONS
from knock_fake.state.unread_preferences import unread_keys

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.state.preferences import PreferenceStore


class PreferenceDefaults:
    """What everybody's preferences start from; see :meth:`set_default`."""

    def __init__(self, store: PreferenceStore) -> None:
        self._store = store

    @property
    def default(self) -> JsonObject | None:
        """The environment's default preference set, or ``None`` when there is none."""
        return self._store.environment_default

    def set_default(self, preferences: JsonObject | None) -> None:
        """Give the environment a default preference set in place of the one it has.

        It lies under what tenants and recipients set, both when sets are read and when a run asks whether it may
        send (Knock's docs on preferences). Opted out here means opted out for everybody who has not opted in.

        Args:
            preferences: any of ``workflows``, ``categories``, ``channel_types``, ``channels`` and
                ``commercial_subscribed``, as in a request to Knock; ``None`` removes the default.

        Raises:
            UsageTypeError: it is no dictionary of JSON.
            UsageError: it is no preference set, or nothing reads a key of it; the message names every offending field.
        """
        if preferences is None:
            self._store.environment_default = None
            return
        checked = read_argument(
            "preferences/preference_set_request", preferences, "preferences.set_default", known=SECTIONS
        )
        unread = [*unread_keys(checked)]
        if unread:
            raise UsageError(f"preferences.set_default: {'; '.join(unread)}")
        self._store.environment_default = {name: value for name, value in checked.items() if value is not None}

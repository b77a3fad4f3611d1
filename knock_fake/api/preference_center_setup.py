"""``knock.preference_center``: what the hosted preference center shows, which Knock keeps in its dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.gateway.arguments import read_argument
from knock_fake.json_types import as_object
from knock_fake.state.preference_center import PreferenceCenterSettings
from knock_fake.workflows.links import SIGNING_SECRET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import JsonObject
    from knock_fake.state.preference_center import PreferenceCenterStore

_DEFAULTS = PreferenceCenterSettings()


class PreferenceCenter:
    """The preference center of a world; it is switched on and has rows from the workflows until configured."""

    def __init__(self, store: PreferenceCenterStore) -> None:
        self._store = store

    @property
    def signing_secret(self) -> str:
        """The HS256 secret that tokens of signed URLs are made with: fixed, the same in every world, for tests only."""
        return SIGNING_SECRET

    def configure(
        self,
        *,
        enabled: bool = _DEFAULTS.enabled,
        title: str = _DEFAULTS.title,
        body: str = _DEFAULTS.body,
        show_account_name: bool = _DEFAULTS.show_account_name,
        rows: Sequence[JsonObject] | None = None,
        branding: JsonObject | None = None,
        account_name: str | None = None,
        knock_branding_required: bool = _DEFAULTS.knock_branding_required,
    ) -> None:
        """Configure the preference center anew: what is left out has its default, whatever was configured before.

        Args:
            enabled: whether it is switched on.
            title: the headline.
            body: the text between headline and rows.
            show_account_name: whether the page shows the account's name.
            rows: objects with ``type``, ``name`` and, by type, ``identifier``, ``channel_types``, ``description``, as
                Knock's API reference has them; derived from the workflows when left out.
            branding: any of ``logo_url``, ``icon_url``, ``primary_color``, ``primary_color_contrast``, and the same
                under ``dark``; what is left out comes from the public variable ``branding``.
            account_name: the account's name.
            knock_branding_required: whether the page must show Knock's name.

        Raises:
            UsageTypeError, UsageError: an argument does not fit; the message names every offending field.
        """
        given = {
            "enabled": enabled,
            "title": title,
            "body": body,
            "show_account_name": show_account_name,
            "rows": [*rows] if isinstance(rows, tuple) else rows,
            "branding": {} if branding is None else branding,
            "account_name": account_name,
            "knock_branding_required": knock_branding_required,
        }
        checked = read_argument("preference_center/settings", given, "preference_center.configure", known=[*given])
        listed, marks = checked["rows"], checked["branding"]
        settings = PreferenceCenterSettings(
            enabled=enabled,
            title=title,
            body=body,
            show_account_name=show_account_name,
            rows=tuple(row for row in listed if isinstance(row, dict)) if isinstance(listed, list) else None,
            branding=as_object(marks),
            account_name=account_name,
            knock_branding_required=knock_branding_required,
        )
        self._store.configure(settings)

"""How the environment's preference center is configured, which Knock keeps in its dashboard."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class PreferenceCenterSettings:
    """One configuration. ``rows`` of ``None`` are derived from the workflows, see ``api/preference_center.py``."""

    enabled: bool = True
    title: str = "Notification preferences"
    body: str = "Choose what you want to hear about, and where."
    show_account_name: bool = True
    rows: tuple[JsonObject, ...] | None = None
    branding: JsonObject = field(default_factory=dict)
    account_name: str | None = None
    knock_branding_required: bool = False


class PreferenceCenterStore:
    """The one configuration of an environment."""

    def __init__(self) -> None:
        self.settings = PreferenceCenterSettings()

    def configure(self, settings: PreferenceCenterSettings) -> None:
        """Take a configuration in place of the one that was there."""
        self.settings = settings

"""What an environment is configured with: directories, channels, variables, workflows and what belongs to them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from knock_fake.api.preference_defaults import PreferenceDefaults
from knock_fake.json_types import as_list, as_object
from knock_fake.scenarios.environment import DEFINITIONS, define_channel, set_account, set_branding, set_variable

if TYPE_CHECKING:
    from knock_fake.scenarios.laying import Laying


def lay_definitions(laying: Laying) -> None:
    """Configure the environment, in the order in which one thing needs another."""
    core = laying.core
    for spot, entry in laying.entries("channels"):
        with laying.reporting(spot):
            define_channel(core, str(entry["key"]), entry)
    _load_directories(laying)
    for section, is_public in (("variables", True), ("secret_variables", False)):
        for spot, name, value in laying.named(section):
            with laying.reporting(spot):
                set_variable(core, name, value, public=is_public)
    for section, set_section in (("branding", set_branding), ("account", set_account)):
        for spot, value in laying.sections(section):
            with laying.reporting(spot):
                set_section(core, as_object(value))
    for section, define in DEFINITIONS.items():
        for spot, key, value in laying.named(section):
            with laying.reporting(spot):
                define(core, key, as_object(value))
    for spot, preferences in laying.sections("preferences"):
        with laying.reporting(spot):
            PreferenceDefaults(core.state.preferences).set_default(as_object(preferences))


def _load_directories(laying: Laying) -> None:
    for spot, directories in laying.sections("directories"):
        with laying.reporting(spot):
            beside = Path(spot.source.file).parent
            laying.core.load(*(beside / str(one) for one in as_list(directories)))

"""What an environment is configured with: channels, variables, workflows, guides, default preferences."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from knock_fake.api.preference_defaults import PreferenceDefaults
from knock_fake.scenarios.laying import Laying, without

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject


def lay_definitions(laying: Laying) -> None:
    """Configure the environment, in the order in which one thing needs another."""
    for spot, directories in laying.sections("directories"):
        with laying.reporting(spot):
            beside = Path(spot.source.file).parent
            laying.core.load(*(beside / str(one) for one in (directories if isinstance(directories, list) else [])))
    for spot, entry in laying.entries("channels"):
        with laying.reporting(spot):
            _add_channel(laying, entry)
    for spot, name, value in laying.named("variables"):
        with laying.reporting(spot):
            laying.core.state.variables.set(name, value)
    for spot, name, value in laying.named("secret_variables"):
        with laying.reporting(spot):
            laying.core.state.variables.set(name, value, public=False)
    for spot, key, value in laying.named("workflows"):
        with laying.reporting(spot):
            laying.core.workflows.add_json(key, without(_object(value), "active"), active=_is_active(value))
    for spot, key, value in laying.named("guides"):
        with laying.reporting(spot):
            laying.core.guides.add_json(key, without(_object(value), "active"), active=_is_active(value))
    for spot, preferences in laying.sections("preferences"):
        with laying.reporting(spot):
            PreferenceDefaults(laying.core.state.preferences).set_default(_object(preferences))


def _add_channel(laying: Laying, entry: JsonObject) -> None:
    settings = entry.get("settings")
    laying.core.state.channels.add(
        str(entry["key"]),
        type=str(entry["type"]),
        id=_text(entry, "id"),
        provider=_text(entry, "provider"),
        name=_text(entry, "name"),
        sandbox=entry.get("sandbox") is True,
        settings=settings if isinstance(settings, dict) else None,
    )


def _text(entry: JsonObject, name: str) -> str | None:
    value = entry.get(name)
    return value if isinstance(value, str) else None


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _is_active(value: Json) -> bool:
    return _object(value).get("active", True) is True

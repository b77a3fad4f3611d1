"""What a preference set says that nothing reads: Knock documents no refusal of it, so it is told on the side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import nearest
from knock_fake.state.channels import DEFAULT_PROVIDERS
from knock_fake.state.preferences import DEFAULT_SET, SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from knock_fake.json_types import Json, JsonObject

_STRATEGY = "__strategy__"
_BESIDE_SECTIONS = frozenset({"id", "__persistence_strategy__", "__typename"})
_NODE = ("channel_types", "channels", "conditions")
_SETTING = ("conditions",)


def unread_keys(preferences: JsonObject) -> Iterator[str]:
    """Say of each key in a set that nothing reads it, and what it may have meant.

    Args:
        preferences: the set as it was sent, having passed its schema.
    """
    yield from _unknown(preferences, "", SECTIONS, _BESIDE_SECTIONS)
    yield from _unread_in_channels(preferences, "")
    yield from _unread_in_setting(preferences.get("commercial_subscribed"), "commercial_subscribed")
    for section in ("workflows", "categories"):
        for key, node in _entries(preferences.get(section)):
            place = f"{section}.{key}"
            yield from _unknown(node, f"{place}.", _NODE)
            yield from _unread_in_channels(node, f"{place}.")


def unread_sets(sets: JsonObject) -> Iterator[str]:
    """Say what nothing reads in inline preferences, which are sets by their id.

    Args:
        sets: the sets as they were sent, having passed their schema.
    """
    for set_id, preferences in sets.items():
        place = f"preference set {set_id!r}"
        if set_id in SECTIONS:
            yield f"{place}: this is a section, not the id of a set; put it below one, such as {DEFAULT_SET!r}"
        elif isinstance(preferences, dict):
            yield from (f"{place}: {said}" for said in unread_keys(preferences))


def _unread_in_channels(node: Json, prefix: str) -> Iterator[str]:
    if not isinstance(node, dict):
        return
    yield from _unknown(node.get("channel_types"), f"{prefix}channel_types.", [*DEFAULT_PROVIDERS])
    for section in ("channel_types", "channels"):
        for key, setting in _entries(node.get(section)):
            yield from _unread_in_setting(setting, f"{prefix}{section}.{key}")


def _unread_in_setting(setting: Json, place: str) -> Iterator[str]:
    yield from _unknown(setting, f"{place}.", _SETTING)


def _entries(section: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(section, dict):
        yield from ((key, value) for key, value in section.items() if key != _STRATEGY)


def _unknown(node: Json, prefix: str, known: Sequence[str], beside: frozenset[str] = frozenset()) -> Iterator[str]:
    for key, _ in _entries(node):
        if key not in known and key not in beside:
            yield f"{prefix}{key} is read by nothing; {nearest(key, known)}"

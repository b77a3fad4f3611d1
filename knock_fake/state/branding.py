"""The account's branding: colours, images and whatever else its templates see as ``vars.branding``."""

from __future__ import annotations

import re
from contextlib import nullcontext
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError, UsageTypeError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from knock_fake.json_types import Json, JsonObject

IMAGES = ("logo_url", "icon_url", "dark_logo_url", "dark_icon_url")
"""The properties that hold the address of an image."""

COLOURS = ("primary_color", "primary_color_contrast", "dark_primary_color", "dark_primary_color_contrast")
"""The properties that hold a colour."""

_DEFAULTS: Mapping[str, str] = {
    "primary_color": "#000000",
    "primary_color_contrast": "#FFFFFF",
    "dark_primary_color": "#FFFFFF",
    "dark_primary_color_contrast": "#000000",
}
_HEX = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")


class BrandingStore:
    """What ``knock.branding`` is: the account's own branding, which that of tenants goes before.

    Args:
        lock: held during every write.
    """

    def __init__(self, lock: AbstractContextManager[object] | None = None) -> None:
        self._lock = nullcontext() if lock is None else lock
        self._properties: JsonObject = {}

    def set(self, /, **properties: str | None) -> None:
        """Set properties of the branding; the others stay.

        Args:
            properties: the properties that Knock knows (:data:`IMAGES`, :data:`COLOURS` as hex values) and any of
                your own, which templates see beside them. ``None`` takes one away.

        Raises:
            UsageError: a colour that Knock knows is no hex value such as ``#4F46E5``.
            UsageTypeError: a value is no text.
        """
        for name, value in properties.items():
            if value is not None and not isinstance(value, str):
                raise UsageTypeError(f"branding.set: {name} must be text or None, not {value!r}")
            if name in COLOURS and value is not None and not is_colour(value):
                raise UsageError(f"branding.set: {name} must be a hex value such as '#4F46E5', not {value!r}")
        with self._lock:
            changed: JsonObject = {**self._properties, **properties}
            self._properties = {name: value for name, value in changed.items() if value is not None}

    def get(self) -> JsonObject:
        """Return what was set, without defaults."""
        return dict(self._properties)


def is_colour(text: str) -> bool:
    """Whether a text is a colour as hex value."""
    return _HEX.fullmatch(text) is not None


def resolve_branding(*layers: Json) -> JsonObject:
    """Return the branding that templates see (Knock's docs on branding).

    Args:
        layers: properties by name, the weakest layer first; what is no object counts for nothing, and so does a
            property that is null.

    Returns:
        Every property of the layers, the strongest value of each, and the defaults of those that Knock knows: black on
        white, the other way round in dark surroundings, where the images are the same.
    """
    resolved: JsonObject = {}
    for layer in layers:
        if isinstance(layer, dict):
            resolved |= {name: value for name, value in layer.items() if value is not None}
    bright = {name: resolved.get(name) for name in ("logo_url", "icon_url")}
    dark = {f"dark_{name}": value for name, value in bright.items()}
    return {**_DEFAULTS, **bright, **dark, **resolved}

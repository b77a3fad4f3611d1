"""The account's branding, and what templates see of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.state.branding import BrandingStore, resolve_branding

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject

DEFAULTS = {
    "logo_url": None,
    "icon_url": None,
    "dark_logo_url": None,
    "dark_icon_url": None,
    "primary_color": "#000000",
    "primary_color_contrast": "#FFFFFF",
    "dark_primary_color": "#FFFFFF",
    "dark_primary_color_contrast": "#000000",
}


def test_branding_that_nobody_set_is_black_on_white() -> None:
    assert resolve_branding(BrandingStore().get()) == DEFAULTS


def test_properties_are_set_one_by_one_and_taken_away() -> None:
    branding = BrandingStore()
    branding.set(logo_url="https://example.com/logo.png", accent_color="teal")
    branding.set(primary_color="#4F46E5", accent_color=None)
    assert branding.get() == {"logo_url": "https://example.com/logo.png", "primary_color": "#4F46E5"}


def test_dark_images_are_the_bright_ones_until_they_are_set() -> None:
    resolved = resolve_branding({"logo_url": "bright.png", "icon_url": "icon.png", "dark_icon_url": "dark.png"})
    assert resolved == DEFAULTS | {
        "logo_url": "bright.png",
        "dark_logo_url": "bright.png",
        "icon_url": "icon.png",
        "dark_icon_url": "dark.png",
    }


def test_the_stronger_layer_wins_property_by_property() -> None:
    account: JsonObject = {"primary_color": "#111111", "primary_color_contrast": "#EEEEEE", "font": "Inter"}
    tenant: JsonObject = {"primary_color": "#222222", "primary_color_contrast": None}
    assert resolve_branding(account, None, tenant) == DEFAULTS | {
        "primary_color": "#222222",
        "primary_color_contrast": "#EEEEEE",
        "font": "Inter",
    }


@pytest.mark.parametrize(
    ("properties", "error", "message"),
    [
        (
            {"primary_color": "indigo"},
            UsageError,
            "branding.set: primary_color must be a hex value such as '#4F46E5', not 'indigo'",
        ),
        ({"logo_url": 7}, UsageTypeError, "branding.set: logo_url must be text or None, not 7"),
    ],
)
def test_values_that_cannot_be_are_refused(properties: dict[str, str], error: type[Exception], message: str) -> None:
    branding = BrandingStore()
    with pytest.raises(error) as refusal:
        branding.set(**properties)
    assert str(refusal.value) == message
    assert branding.get() == {}

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.state.properties import merge_properties, merge_tenant_properties

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

STORED: JsonObject = {
    "name": "Acme",
    "settings": {"branding": {"icon_url": "a"}, "preference_set": {"workflows": {"hello": False}, "id": "default"}},
}


def preference_set(**changed: Json) -> JsonObject:
    return {"preference_set": {"workflows": {"hello": False}, "id": "default", **changed}}


LEAVES: st.SearchStrategy[Json] = (
    st.none() | st.booleans() | st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=2)
)
TREES: st.SearchStrategy[Json] = st.recursive(
    LEAVES, lambda inner: st.dictionaries(st.sampled_from("ab"), inner, max_size=2), max_leaves=6
)
PROPERTIES = st.dictionaries(st.sampled_from(("name", "plan", "a")), TREES, max_size=3)


@pytest.mark.parametrize(
    ("update", "changed"),
    [
        ({"plan": "pro"}, {}),
        ({"settings": None}, {}),
        ({"settings": {"branding": {"logo_url": "b"}}}, {"branding": {"icon_url": "a", "logo_url": "b"}}),
        ({"settings": {"branding": None}}, {"branding": None}),
        ({"settings": {"other": 1}}, {"other": 1}),
        ({"settings": {"preference_set": {"workflows": {"hello": True}}}}, preference_set(workflows={"hello": True})),
        ({"settings": {"preference_set": {"workflows": None}}}, {}),
        ({"settings": {"preference_set": {"channels": None}}}, preference_set(channels=None)),
        (
            {"settings": {"preference_set": {"__persistence_strategy__": "merge", "categories": {"a": True}}}},
            preference_set(categories={"a": True}),
        ),
        ({"settings": {"preference_set": {"__typename": "PreferenceSet"}}}, {}),
    ],
)
def test_settings_merge(update: JsonObject, changed: JsonObject) -> None:
    settings = STORED["settings"]
    assert isinstance(settings, dict)
    assert merge_tenant_properties(STORED, update)["settings"] == {**settings, **changed}


def test_a_set_is_replaced_or_removed_on_request() -> None:
    replaced = merge_tenant_properties(
        STORED, {"settings": {"preference_set": {"__persistence_strategy__": "replace", "channels": {"x": True}}}}
    )
    removed = merge_tenant_properties(STORED, {"settings": {"preference_set": None}})
    branding = {"icon_url": "a"}
    assert replaced["settings"] == {"branding": branding, "preference_set": {"channels": {"x": True}}}
    assert removed["settings"] == {"branding": branding}


@given(PROPERTIES, PROPERTIES)
def test_all_but_the_settings_merge_as_with_any_recipient(existing: JsonObject, update: JsonObject) -> None:
    assert merge_tenant_properties(existing, update) == merge_properties(existing, update)

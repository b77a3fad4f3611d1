from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.workflows.preference_layers import layers_of_run, layers_of_set
from knock_fake.workflows.preferences import merge_preference_sets

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

OWN: JsonObject = {"id": "default", "channel_types": {"sms": False}}
OWN_ACME: JsonObject = {"id": "acme", "channel_types": {"push": False}}
TENANT: JsonObject = {"channel_types": {"chat": False}}
ENVIRONMENT: JsonObject = {"channel_types": {"email": False}}


@pytest.mark.parametrize(
    ("sets", "tenant", "tenant_default", "environment", "set_id", "refused"),
    [
        ({}, None, None, None, "default", None),
        ({"default": OWN}, None, None, ENVIRONMENT, "default", {"sms", "email"}),
        ({"default": OWN, "acme": OWN_ACME}, None, None, None, "default", {"sms"}),
        ({"default": OWN}, "acme", None, ENVIRONMENT, "default", {"sms", "email"}),
        ({"default": OWN, "acme": OWN_ACME}, "acme", None, ENVIRONMENT, "acme", {"push", "email"}),
        ({"default": OWN}, "acme", TENANT, ENVIRONMENT, "acme", {"chat", "email"}),
        ({"default": OWN, "acme": OWN_ACME}, "acme", TENANT, ENVIRONMENT, "acme", {"push", "chat", "email"}),
        ({"default": OWN, "other": OWN_ACME}, "acme", None, None, "default", {"sms"}),
    ],
)
def test_the_sets_that_apply_to_a_run(
    sets: dict[str, JsonObject],
    tenant: str | None,
    tenant_default: JsonObject | None,
    environment: JsonObject | None,
    set_id: str,
    refused: set[str] | None,
) -> None:
    expected: JsonObject = {"id": set_id}
    if refused is not None:
        expected["channel_types"] = dict.fromkeys(refused, False)
    assert layers_of_run(sets, tenant, tenant_default, environment).merged() == expected


@pytest.mark.parametrize(
    ("default", "acme", "tenant_default", "environment", "commercial"),
    [
        (False, True, None, True, False),
        (True, False, None, False, True),
        (None, False, True, True, False),
        (None, None, False, True, False),
        (None, None, None, False, False),
        (None, None, None, None, None),
    ],
)
def test_commercial_subscription_is_that_of_the_default_set_first(
    default: bool | None,
    acme: bool | None,
    tenant_default: bool | None,
    environment: bool | None,
    commercial: bool | None,
) -> None:
    layers: list[JsonObject] = [
        {"commercial_subscribed": value} for value in (default, acme, tenant_default, environment)
    ]
    applying = layers_of_run({"default": layers[0], "acme": layers[1]}, "acme", layers[2], layers[3])
    assert applying.merged() == {"id": "acme", "commercial_subscribed": commercial}


@pytest.mark.parametrize(
    ("own", "tenant_default", "environment", "merged"),
    [
        (None, None, None, {}),
        (OWN_ACME, None, None, {"channel_types": {"push": False}}),
        (None, TENANT, ENVIRONMENT, {"channel_types": {"email": False, "chat": False}}),
        ({"channel_types": {"chat": True}}, TENANT, None, {"channel_types": {"chat": True}}),
        (None, {"channel_types": {"email": True}}, ENVIRONMENT, {"channel_types": {"email": True}}),
    ],
)
def test_a_set_is_read_over_the_defaults_of_its_tenant_and_of_the_environment(
    own: JsonObject | None, tenant_default: JsonObject | None, environment: JsonObject | None, merged: JsonObject
) -> None:
    assert layers_of_set("acme", own, "acme", tenant_default, environment).merged() == {**merged, "id": "acme"}


# -- who said it -----------------------------------------------------------------------------------------

ENVIRONMENT_NAME = "default preference set of the environment"
TENANT_NAME = "default preference set of tenant `acme`"
OWN_NAME = "preference set `acme`"
HOLDS: list[Json] = [{"variable": "data.a", "operator": "exists", "argument": None}]


@pytest.mark.parametrize(
    ("own", "tenant_default", "environment", "rule", "value", "source"),
    [
        (OWN_ACME, TENANT, ENVIRONMENT, "channel_types.push", False, OWN_NAME),
        (OWN_ACME, TENANT, ENVIRONMENT, "channel_types.chat", False, TENANT_NAME),
        (OWN_ACME, TENANT, ENVIRONMENT, "channel_types.email", False, ENVIRONMENT_NAME),
        (ENVIRONMENT, ENVIRONMENT, ENVIRONMENT, "channel_types.email", False, OWN_NAME),
        (None, {"categories": {"v1.2": False}}, None, "categories.v1.2", False, TENANT_NAME),
        (None, {"categories": {"v1": True, "v1.2": False}}, None, "categories.v1.2", False, TENANT_NAME),
        (None, None, {"workflows": {"a": {"conditions": HOLDS}}}, "workflows.a.conditions", HOLDS, ENVIRONMENT_NAME),
        (
            {"channel_types": {"email": True}},
            {"channel_types": {"__strategy__": "replace", "email": False}},
            None,
            "channel_types.email",
            False,
            TENANT_NAME,
        ),
        (
            {"workflows": {"a": {"channels": {}}}},
            {"workflows": {"a": {"channel_types": {}}}},
            None,
            "workflows.a",
            {"channel_types": {}, "channels": {}},
            OWN_NAME,
        ),
        (None, TENANT, None, None, None, OWN_NAME),
    ],
)
def test_the_source_is_the_most_specific_set_that_says_it(
    own: JsonObject | None,
    tenant_default: JsonObject | None,
    environment: JsonObject | None,
    rule: str | None,
    value: Json,
    source: str,
) -> None:
    assert layers_of_set("acme", own, "acme", tenant_default, environment).source_of(rule, value) == source


def test_the_commercial_choice_of_the_default_set_is_named_after_it() -> None:
    sets: dict[str, JsonObject] = {"default": {"commercial_subscribed": False}, "acme": {"commercial_subscribed": True}}
    applying = layers_of_run(sets, "acme", None, None)
    assert applying.source_of("commercial_subscribed", False) == "preference set `default`"


TYPES = st.dictionaries(st.sampled_from(["email", "sms", "push"]), st.booleans(), max_size=3)
SETS = st.none() | st.fixed_dictionaries({"channel_types": TYPES})


@given(own=SETS, tenant_default=SETS, environment=SETS)
def test_every_entry_of_a_merged_set_has_a_source_that_says_the_same(
    own: JsonObject | None, tenant_default: JsonObject | None, environment: JsonObject | None
) -> None:
    layers = layers_of_set("acme", own, "acme", tenant_default, environment)
    by_source = {layer.source: layer.preferences for layer in layers.layers}
    merged = layers.merged().get("channel_types")
    for channel_type, value in (merged if isinstance(merged, dict) else {}).items():
        said = by_source[layers.source_of(f"channel_types.{channel_type}", value)]["channel_types"]
        assert isinstance(said, dict)
        assert said[channel_type] == value


@given(own=SETS, tenant_default=SETS, environment=SETS)
def test_layers_merge_as_sets_do_one_after_the_other(
    own: JsonObject | None, tenant_default: JsonObject | None, environment: JsonObject | None
) -> None:
    merged = merge_preference_sets(merge_preference_sets(environment, tenant_default), own)
    assert layers_of_set("acme", own, "acme", tenant_default, environment).merged() == {**merged, "id": "acme"}

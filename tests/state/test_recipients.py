from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.clock import VirtualClock
from knock_fake.identifiers import Identifiers
from knock_fake.signals import Signals
from knock_fake.state.properties import merge_properties
from knock_fake.state.recipients import RecipientStore
from knock_fake.state.references import TENANTS, Reference, read_reference, user

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

JANE = user("jane")

keys = st.sampled_from(["a", "b", "c", ""])
leaves = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "x"]) | st.just([1, {"a": 1}])
objects = st.recursive(
    st.dictionaries(keys, leaves, max_size=3),
    lambda inner: st.dictionaries(keys, leaves | inner, max_size=3),
    max_leaves=12,
)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def recipients(clock: VirtualClock) -> RecipientStore:
    return RecipientStore(clock, Identifiers(0), Signals())


# -- merging -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("existing", "update", "merged"),
    [
        ({}, {"name": "Jane"}, {"name": "Jane"}),
        ({"name": "Jane"}, {}, {"name": "Jane"}),
        ({"name": "Jane", "age": 3}, {"name": "Ann"}, {"name": "Ann", "age": 3}),
        ({"name": "Jane"}, {"name": None}, {"name": None}),
        ({"a": {"b": {"c": 1, "d": 2}}}, {"a": {"b": {"c": 3}}}, {"a": {"b": {"c": 3, "d": 2}}}),
        ({"tags": ["x", "y"]}, {"tags": ["z"]}, {"tags": ["z"]}),
        ({"tags": [{"a": 1}]}, {"tags": [{"b": 2}]}, {"tags": [{"b": 2}]}),
        ({"a": {"b": 1}}, {"a": 5}, {"a": 5}),
        ({"a": 5}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"a": {}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"a": None}, {"a": None}),
    ],
)
def test_maps_merge_in_depth_and_everything_else_is_replaced(
    existing: JsonObject, update: JsonObject, merged: JsonObject
) -> None:
    assert merge_properties(existing, update) == merged


def paths(value: Json, prefix: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Return the path of every key, at any depth."""
    if not isinstance(value, dict):
        return set()
    return {(*prefix, key) for key in value}.union(*(paths(inner, (*prefix, key)) for key, inner in value.items()))


@given(objects, objects)
def test_merging_never_removes_a_key(existing: JsonObject, update: JsonObject) -> None:
    merged = merge_properties(existing, update)
    assert set(merged) == set(existing) | set(update)
    assert paths(update) <= paths(merged)


@given(objects, objects)
def test_merging_again_changes_nothing(existing: JsonObject, update: JsonObject) -> None:
    merged = merge_properties(existing, update)
    assert merge_properties(merged, update) == merged


@given(objects, objects)
def test_merging_changes_neither_argument(existing: JsonObject, update: JsonObject) -> None:
    before = deepcopy((existing, update))
    merge_properties(existing, update)
    assert (existing, update) == before


@given(objects)
def test_nothing_is_neutral_on_either_side(properties: JsonObject) -> None:
    assert merge_properties({}, properties) == properties == merge_properties(properties, {})


@given(objects, objects)
def test_every_leaf_of_the_update_stands(existing: JsonObject, update: JsonObject) -> None:
    def check(merged: Json, given: Json) -> None:
        if isinstance(given, dict):
            assert isinstance(merged, dict)
            for key, value in given.items():
                check(merged[key], value)
        else:
            assert merged == given

    check(merge_properties(existing, update), update)


# -- the store ---------------------------------------------------------------------------------------------


def test_an_upsert_creates_then_merges(recipients: RecipientStore, clock: VirtualClock) -> None:
    start = clock.now
    created = recipients.upsert(JANE, {"name": "Jane", "plan": {"tier": 1}})
    assert (created.properties, created.created_at) == ({"name": "Jane", "plan": {"tier": 1}}, None)
    assert (created.inserted_at, created.updated_at) == (start, start)
    clock.advance("1h")
    merged = recipients.upsert(JANE, {"plan": {"seats": 5}}, "2020-02-03T00:00:00Z")
    assert merged is created
    assert merged.properties == {"name": "Jane", "plan": {"tier": 1, "seats": 5}}
    assert (merged.created_at, merged.inserted_at, merged.updated_at) == ("2020-02-03T00:00:00Z", start, clock.now)
    assert recipients.upsert(JANE, {}).created_at == "2020-02-03T00:00:00Z"


def test_whoever_holds_old_properties_keeps_what_it_saw(recipients: RecipientStore) -> None:
    seen = recipients.upsert(JANE, {"plan": {"tier": 1}}).properties
    recipients.upsert(JANE, {"plan": {"tier": 2}, "name": "Jane"})
    assert seen == {"plan": {"tier": 1}}


@given(objects, objects)
def test_what_an_upsert_would_give_is_what_it_gives(first: JsonObject, second: JsonObject) -> None:
    recipients = RecipientStore(VirtualClock(), Identifiers(0), Signals())
    for properties in (first, second):
        foreseen = recipients.merged(JANE, properties)
        assert recipients.upsert(JANE, properties).properties == foreseen


def test_users_objects_and_tenants_of_one_id_are_three(recipients: RecipientStore) -> None:
    references = [JANE, Reference("places", "jane"), Reference(TENANTS, "jane")]
    for reference in references:
        recipients.upsert(reference, {"of": str(reference)})
    found = [recipients.get(reference) for reference in references]
    assert [one.properties["of"] for one in found if one] == ["jane", "places/jane", "$tenants/jane"]
    assert [one.reference for one in recipients.in_collection("places")] == [Reference("places", "jane")]


def test_a_collection_is_in_order_of_creation(recipients: RecipientStore) -> None:
    for name in ("cay", "ann", "bob", "ann"):
        recipients.upsert(user(name), {})
    assert recipients.delete_of(user("ann")) is True
    recipients.upsert(user("ann"), {})
    assert [one.reference.id for one in recipients.in_collection("$users")] == ["cay", "bob", "ann"]
    assert recipients.in_collection("places") == ()


def test_deleting_forgets_and_says_whether_there_was_one(recipients: RecipientStore) -> None:
    recipients.upsert(JANE, {"name": "Jane"})
    assert (recipients.delete_of(JANE), recipients.delete_of(JANE)) == (True, False)
    assert recipients.get(JANE) is None
    assert recipients.upsert(JANE, {}).properties == {}


@pytest.mark.parametrize(("value", "text"), [("x", "x"), ("", None), (None, None), (5, None), (["x"], None)])
def test_a_text_property_is_a_non_empty_text(recipients: RecipientStore, value: Json, text: str | None) -> None:
    recipient = recipients.upsert(JANE, {"email": value})
    assert (recipient.text("email"), recipient.text("other")) == (text, None)


# -- references --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "reference", "shown", "text"),
    [
        ("jane", user("jane"), "jane", "jane"),
        ({"id": "jane"}, user("jane"), "jane", "jane"),
        ({"id": "jane", "collection": None}, user("jane"), "jane", "jane"),
        (
            {"id": "paris", "collection": "places"},
            Reference("places", "paris"),
            {"id": "paris", "collection": "places"},
            "places/paris",
        ),
    ],
)
def test_a_reference_is_read_and_shown(value: Json, reference: Reference, shown: Json, text: str) -> None:
    assert read_reference(value) == reference
    assert (reference.shown(), str(reference)) == (shown, text)
    assert reference.is_user is isinstance(shown, str)

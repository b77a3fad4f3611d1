from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.state.activities import Activity, Order, collected, combined_data, flat_data, single
from knock_fake.state.packed import pack
from knock_fake.state.references import user

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject

NOW = datetime(2026, 1, 1, tzinfo=UTC)
orders: st.SearchStrategy[Order] = st.sampled_from(get_args(Order))


def activity(number: int, actor: str | None = None, data: JsonObject | None = None) -> Activity:
    return Activity(number, user(actor) if actor else None, user("jane"), pack(data or {}), NOW)


def test_one_trigger() -> None:
    one = activity(1, "bob")
    digest = single(one)
    assert (digest.activities, digest.first, digest.total_activities) == ((one,), one, 1)
    assert (digest.actors, digest.total_actors) == ((user("bob"),), 1)
    assert (single(activity(1)).actors, single(activity(1)).total_actors) == ((), 0)


@pytest.mark.parametrize(
    ("order", "numbers", "actors", "named"),
    [("asc", [1, 2], ["bob", "ann"], ["bob"]), ("desc", [3, 4], ["ann", "eve"], ["eve"])],
)
def test_the_first_or_the_last_are_rendered(
    order: Order, numbers: list[int], actors: list[str], named: list[str]
) -> None:
    four = [activity(1, "bob"), activity(2, "ann"), activity(3, "eve"), activity(4, "bob")]
    digest = collected(four, 2, order)
    assert [one.sequence for one in digest.activities] == numbers
    assert ([actor.id for actor in digest.actors], digest.first.sequence) == (actors, 1)
    assert (digest.total_activities, digest.total_actors) == (4, 3)
    assert [actor.id for actor in digest.actors_within(1)] == named


def test_data_are_flattened_and_the_last_value_counts() -> None:
    first: JsonObject = {"a": 1, "b": "x" * 257, "c": {"d": 1}, "e": [1]}
    second: JsonObject = {"a": None, "c": 2.5, "e": [2], "f": False}
    assert flat_data(first) == {"a": 1, "b": "x" * 256}
    assert combined_data([activity(1, data=first), activity(2, data=second)]) == {
        "a": None,
        "b": "x" * 256,
        "c": 2.5,
        "f": False,
    }


@given(st.lists(st.sampled_from(["bob", "ann", "eve", None]), min_size=1), st.integers(1, 100), orders)
def test_totals_do_not_depend_on_what_is_rendered(actors: list[str | None], limit: int, order: Order) -> None:
    activities = [activity(number, actor) for number, actor in enumerate(actors)]
    digest = collected(activities, limit, order)
    assert digest.total_activities == len(actors)
    assert digest.total_actors == len({actor for actor in actors if actor is not None})
    assert len(digest.activities) == min(limit, len(actors))
    assert [one.sequence for one in digest.activities] == sorted(one.sequence for one in digest.activities)
    assert set(digest.actors) <= {one.actor for one in activities}

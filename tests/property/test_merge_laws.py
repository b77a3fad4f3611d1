from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from knock_fake.workflows.steps.http_fetch import merge_response

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

# Few distinct keys, so that both sides often have the same.
keys = st.sampled_from(["a", "b", "c"])
values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.integers(0, 3) | st.text("xy", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
objects: st.SearchStrategy[JsonObject] = st.dictionaries(keys, values, max_size=3)
paths = st.lists(keys, min_size=1, max_size=3)


@given(objects, objects)
def test_the_answer_wins_whole_and_other_keys_are_untouched(data: JsonObject, answer: JsonObject) -> None:
    merged = merge_response(data, answer, ())
    assert merged.keys() == data.keys() | answer.keys()
    for key, value in merged.items():
        assert value is (answer[key] if key in answer else data[key])


@given(objects, objects)
def test_merging_twice_is_merging_once(data: JsonObject, answer: JsonObject) -> None:
    once = merge_response(data, answer, ())
    assert merge_response(once, answer, ()) == once


@given(objects, values, paths)
def test_a_path_leads_to_the_answer_and_nothing_beside_it_changes(
    data: JsonObject, answer: Json, path: list[str]
) -> None:
    merged = merge_response(data, answer, path)
    before: Json = data
    after: Json = merged
    for key in path:
        assert isinstance(after, dict)
        inner: Json = before.get(key) if isinstance(before, dict) else None
        beside = {name: value for name, value in after.items() if name != key}
        assert beside == (
            {name: value for name, value in before.items() if name != key} if isinstance(before, dict) else {}
        )
        before, after = inner, after[key]
    assert after is answer


@given(objects, values, paths)
def test_a_merge_changes_nothing_that_somebody_holds(data: JsonObject, answer: Json, path: list[str]) -> None:
    kept = repr((data, answer))
    merge_response(data, answer, path)
    assert repr((data, answer)) == kept

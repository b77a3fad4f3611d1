"""JSON that is kept as its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.state.packed import pack, unpack, unpack_any, unpack_optional

if TYPE_CHECKING:
    from knock_fake.json_types import Json

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, width=64) | TEXT
JSON: st.SearchStrategy[Json] = st.recursive(
    LEAVES.filter(lambda value: value not in (float("inf"), float("-inf"))),
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)


@given(value=JSON)
def test_whatever_is_packed_comes_out_as_it_was(value: Json) -> None:
    assert repr(unpack_any(pack(value))) == repr(value)


def test_whoever_unpacks_owns_what_comes_out() -> None:
    held = pack({"tags": ["a"]})
    unpack(held)["tags"] = "changed"
    assert (unpack(held), unpack_optional(held)) == ({"tags": ["a"]}, {"tags": ["a"]})


def test_nothing_stays_nothing() -> None:
    assert (pack(None), unpack_any(None), unpack_optional(None)) == (None, None, None)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError):
        pack({"key": object()})  # type: ignore[dict-item]

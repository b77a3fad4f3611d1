"""JSON values that come from Python."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.errors import UsageTypeError, WorkflowDefinitionError
from knock_fake.json_values import MAX_LEVELS, is_deeper_than, json_copy

if TYPE_CHECKING:
    from knock_fake.json_types import Json

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=3)
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)


class Plan(StrEnum):
    PRO = "pro"


class Level(IntEnum):
    HIGH = 3


def nested(levels: int) -> Json:
    value: Json = 1
    for _ in range(levels):
        value = [value]
    return value


@given(value=VALUES)
def test_a_copy_is_the_same_json(value: Json) -> None:
    copied = json_copy(value, "x")
    assert copied == value
    assert orjson.dumps(copied) == orjson.dumps(value)


def test_a_copy_shares_nothing_that_can_change() -> None:
    inner: dict[str, Json] = {"a": [1]}
    value: list[Json] = [inner]
    copied = json_copy(value, "x")
    inner["b"] = 2
    value.append(3)
    assert copied == [{"a": [1]}]


@pytest.mark.parametrize(
    ("value", "copied"),
    [
        ((1, (2,)), [1, [2]]),
        (MappingProxyType({"a": 1}), {"a": 1}),
        ({Plan.PRO: Plan.PRO}, {"pro": "pro"}),
        (Level.HIGH, 3),
    ],
)
def test_what_json_has_under_another_name_becomes_plain(value: object, copied: Json) -> None:
    made = json_copy(value, "x")
    assert made == copied
    assert repr(made) == repr(copied)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": [b"x"]}, "x.a[0]: JSON cannot hold bytes b'x'"),
        ({"a": {5: 1}}, "x.a: a key must be text, not int 5"),
        ([float("nan")], "x[0]: JSON has no nan"),
        (float("inf"), "x: JSON has no inf"),
        (2**64, "x: 18446744073709551616 does not fit into 64 bits; give it as text"),
        (-(2**63) - 1, "x: -9223372036854775809 does not fit into 64 bits; give it as text"),
        ("a\ud800", "x: 'a\\ud800' holds half of a surrogate pair, which is no character"),
        ({"\ud800": 1}, "x: '\\ud800' holds half of a surrogate pair, which is no character"),
    ],
)
def test_what_json_cannot_hold_is_refused_by_place(value: object, message: str) -> None:
    for error in (UsageTypeError, WorkflowDefinitionError):
        with pytest.raises(error) as refused:
            json_copy(value, "x", error)
        assert str(refused.value) == message


def test_levels_are_bounded_so_that_what_holds_itself_is_refused() -> None:
    assert json_copy(nested(MAX_LEVELS), "x") == nested(MAX_LEVELS)
    endless: list[object] = []
    endless.append(endless)
    for value in (nested(MAX_LEVELS + 1), endless):
        with pytest.raises(UsageTypeError) as refused:
            json_copy(value, "x")
        assert str(refused.value) == f"x{'[0]' * MAX_LEVELS} is nested deeper than {MAX_LEVELS} levels"


@pytest.mark.parametrize(
    ("value", "levels", "deeper"),
    [(1, 0, False), ([], 0, True), ([], 1, False), ({"a": [1]}, 1, True), ({"a": [1]}, 2, False), ([[], {}], 2, False)],
)
def test_levels_are_counted(value: Json, levels: int, deeper: bool) -> None:
    assert is_deeper_than(value, levels) is deeper

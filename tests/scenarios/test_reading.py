from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.scenarios.errors import ScenarioError
from knock_fake.scenarios.reading import read_scenario

if TYPE_CHECKING:
    from knock_fake.json_types import Json

TEXT = """\
start: 2026-03-28T09:00:00Z
users:
  - id: jane
    name: "007"
    age: 7
    plan: {tier: pro, seats: 3.5, trial: false, ends: ~}
    locale: no
    at: 12:30
    zip: 007
base: &base
  a: 1
  b: 2
derived:
  <<: *base
  b: 3
"""


def test_yaml_is_read_as_json_would_have_it() -> None:
    source = read_scenario(TEXT, "world.yaml")
    assert source.document == {
        "start": "2026-03-28T09:00:00Z",
        "users": [
            {
                "id": "jane",
                "name": "007",
                "age": 7,
                "plan": {"tier": "pro", "seats": 3.5, "trial": False, "ends": None},
                "locale": "no",
                "at": "12:30",
                "zip": "007",
            }
        ],
        "base": {"a": 1, "b": 2},
        "derived": {"a": 1, "b": 3},
    }


@pytest.mark.parametrize(
    ("place", "line"),
    [((), 1), (("start",), 1), (("users",), 3), (("users", 0, "age"), 5), (("users", 0, "plan", "tier"), 6)],
)
def test_every_value_knows_its_line(place: tuple[str | int, ...], line: int) -> None:
    assert read_scenario(TEXT, "world.yaml").lines[place] == line


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("users.0.name", "world.yaml:4: users.0.name: is odd"),
        ("users.0.email", "world.yaml:3: users.0.email: is odd"),
        ("objects", "world.yaml:1: objects: is odd"),
        ("", "world.yaml:1: is odd"),
    ],
)
def test_a_problem_names_the_nearest_line(field: str, told: str) -> None:
    assert str(read_scenario(TEXT, "world.yaml").problem_at(field, "is odd")) == told


json_values: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["C", "Z"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc<=~ny0", max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text("abcdef", min_size=1), json_values, min_size=1))
def test_json_is_read_as_it_is(document: dict[str, Json]) -> None:
    assert read_scenario(json.dumps(document), "world.json").document == document


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["f.yaml: is empty: a scenario is a mapping, such as 'users: []'"]),
        ("- users", ["f.yaml:1: a scenario is a mapping of its parts, such as 'users: []'"]),
        ("users: [", ["f.yaml:1: is no YAML: expected the node content, but found '<stream end>'"]),
        ("a: 1\nusers: *people", ["f.yaml:2: is no YAML: found undefined alias 'people'"]),
        (
            "a: 1\na: 2\nb: 1\nb: 1",
            ["f.yaml:2: a: stands twice: leave one out", "f.yaml:4: b: stands twice: leave one out"],
        ),
        ("a: .nan", ["f.yaml:1: a: JSON has no .nan"]),
        ("a:\n - .inf", ["f.yaml:2: a.0: JSON has no .inf"]),
        ("? [a]\n: 1", ["f.yaml:1: a key must be text"]),
    ],
)
def test_what_cannot_be_read_is_named_by_file_line_and_field(text: str, told: list[str]) -> None:
    with pytest.raises(ScenarioError) as failure:
        read_scenario(text, "f.yaml")
    assert [str(problem) for problem in failure.value.problems] == told

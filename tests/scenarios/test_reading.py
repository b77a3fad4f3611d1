from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.scenarios import reading
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
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["C", "Z"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc<=~ny0", max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text("abcdef", min_size=1), json_values, min_size=1), st.sampled_from([None, 1, "\t"]))
def test_json_is_read_as_it_is(document: dict[str, Json], indent: int | str | None) -> None:
    for is_ascii in (True, False):
        text = json.dumps(document, indent=indent, ensure_ascii=is_ascii)
        assert read_scenario(text, "world.json").document == document
        assert read_scenario(text, "world.yaml").document == document


@given(st.dictionaries(st.text("abcdef", min_size=1), json_values, min_size=1))
def test_json_and_yaml_agree_on_lines(document: dict[str, Json]) -> None:
    text = json.dumps(document, indent=1)
    assert read_scenario(text, "a.json").lines == read_scenario(f"{text} # no JSON", "a.yaml").lines


def test_json_may_have_long_keys_and_a_colon_on_the_next_line() -> None:
    long = "k" * 5000
    source = read_scenario(f'{{"{long}" \n : \n {{"a\\"}}": [1]}}}}', "world.json")
    assert source.document == {long: {'a"}': [1]}}
    assert source.problem((long, 'a"}', 0), "is odd").line == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "w.json:1: is no JSON: "),
        ('{"a":\noops}', "w.json:2: is no JSON: "),
        ("a: 1", "w.json:1: is no JSON: "),
        ("[1]", "w.json:1: a scenario is a mapping of its parts, such as 'users: []'"),
        ('{"a": 1,\n"a": 2}', "w.json:2: a: stands twice: leave one out"),
        ('{"a":\n18446744073709551616}', "w.json:2: a: is an integer of more than 64 bits: write it as text"),
        (f'{{"a":\n{"[" * 120}{"]" * 120}}}', "w.json:2: a.0.0: is nested deeper than 100 levels"),
    ],
)
def test_json_that_cannot_be_read_is_named_by_file_line_and_field(text: str, told: str) -> None:
    with pytest.raises(ScenarioError) as failure:
        read_scenario(text, "w.json")
    (problem,) = map(str, failure.value.problems)
    # What is no JSON is told in the words of the library that reads it.
    assert problem.startswith(told) if told.endswith(": ") else problem == told


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
        ("a: !!int b", ["f.yaml:1: a: 'b' is no int: leave the tag out"]),
        ("a: !!bool yes", ["f.yaml:1: a: 'yes' is no bool: leave the tag out"]),
        ("a:\n b: !!set {c}", ["f.yaml:2: a.b: has the tag !!set: a scenario is plain data, leave the tag out"]),
        (
            "a: !!python/object/apply:os.system [ls]",
            ["f.yaml:1: a: has the tag !!python/object/apply:os.system: a scenario is plain data, leave the tag out"],
        ),
        ("a: !mine b", ["f.yaml:1: a: has the tag !mine: a scenario is plain data, leave the tag out"]),
        ("a: 18446744073709551616", ["f.yaml:1: a: is an integer of more than 64 bits: write it as text"]),
        (f"a: {'9' * 5000}", ["f.yaml:1: a: is an integer of more than 64 bits: write it as text"]),
        ("a: {<<: 3}", ["f.yaml:1: a.<<: must name a mapping, or a list of mappings"]),
        (f"a: {'[' * 3000}{']' * 3000}", ["f.yaml: is nested deeper than 100 levels"]),
    ],
)
def test_what_cannot_be_read_is_named_by_file_line_and_field(text: str, told: list[str]) -> None:
    with pytest.raises(ScenarioError) as failure:
        read_scenario(text, "f.yaml")
    assert [str(problem) for problem in failure.value.problems] == told


def test_characters_that_yaml_has_not_are_refused() -> None:
    with pytest.raises(ScenarioError, match="is no YAML: unacceptable character #x0001"):
        read_scenario("a: \x01", "f.yaml")


def test_an_anchor_that_merges_can_be_named_again() -> None:
    text = "a: &a {x: 1}\nb: &b {<<: *a, x: 2}\nc: *b\nd: {<<: [*b, *a]}\n"
    assert read_scenario(text, "f.yaml").document == {"a": {"x": 1}, "b": {"x": 2}, "c": {"x": 2}, "d": {"x": 2}}


def test_mappings_merge_through_several_and_in_themselves() -> None:
    text = "a: {<<: &a {<<: &b {x: 1, y: 1, z: 1}, x: 2, y: 2}, x: 3}\nb: &c {<<: *c, x: 1}\n"
    assert read_scenario(text, "f.yaml").document == {"a": {"x": 3, "y": 2, "z": 1}, "b": {"x": 1}}


def test_anchors_that_stand_for_too_much_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_MAX_REPEATED", 100)
    with pytest.raises(ScenarioError) as failure:
        read_scenario("a: &a [*a, *a]", "f.yaml")
    assert "f.yaml:1: a.0.0: holds more than 100 values that anchors stand for" in str(failure.value)


def test_json_may_be_indented_with_tabs_and_hold_any_character() -> None:
    document = {"users": [{"id": "jane", "name": "a\x7fb\x85c\u2028d\te"}]}
    text = json.dumps(document, indent="\t", ensure_ascii=False)
    assert read_scenario(text, "world.json").document == document


def test_a_key_of_digits_that_are_no_number_is_named() -> None:
    assert read_scenario("a:\n  ²: 1\n", "f.yaml").problem_at("a.²", "is wrong").line == 2

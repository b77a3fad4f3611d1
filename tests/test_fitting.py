from __future__ import annotations

import re

import pytest

from knock_fake.fitting import fits, show_filters
from knock_fake.state.references import Reference, user


@pytest.mark.parametrize(
    ("wanted", "value", "verdict"),
    [
        ("jane", "jane", True),
        ("jane", "joe", False),
        (None, None, True),
        (None, "jane", False),
        (1, True, False),
        (True, True, True),
        (lambda count: count > 2, 3, True),
        (lambda count: count > 2, 2, False),
        (re.compile("ja"), "jane", True),
        (re.compile("^an"), "jane", False),
        (re.compile("1"), 1, False),
        ({"plan": "pro"}, {"plan": "pro", "seats": 3}, True),
        ({"plan": {"tier": re.compile("p")}}, {"plan": {"tier": "pro", "seats": 3}}, True),
        ({"plan": "pro"}, {"seats": 3}, False),
        ({"plan": None}, {}, False),
        ("seen", frozenset({"seen", "read"}), True),
        ("archived", frozenset({"seen", "read"}), False),
        ({"seen"}, frozenset({"seen", "read"}), False),
        (["read", "seen"], frozenset({"seen", "read"}), True),
        ([1, {"a": 1}], (1, {"a": 1, "b": 2}), True),
        ([1], (1, 2), False),
        ("jane", user("jane"), True),
        ("projects/p1", Reference("projects", "p1"), True),
        ({"collection": "projects", "id": "p1"}, Reference("projects", "p1"), True),
        ("p1", Reference("projects", "p1"), False),
        (lambda name: name.startswith("ja"), user("jane"), True),
        ("jane", (user("jane"), user("joe")), True),
    ],
)
def test_a_value_fits_what_is_wanted(wanted: object, value: object, verdict: bool) -> None:
    assert fits(wanted, value) is verdict


def test_filters_are_shown_as_they_were_written() -> None:
    def is_large(count: int) -> bool:
        return count > 2

    shown = show_filters(
        {"recipient": user("jane"), "count": is_large, "name": re.compile("ja"), "data": {"a": "x" * 200}}
    )
    assert shown == f"recipient='jane', count=is_large, name=re.compile('ja'), data={{'a': '{'x' * 110}..."


@pytest.mark.parametrize(
    ("wanted", "value", "is_fitting"),
    [
        (True, 1, False),
        (1, True, False),
        (0, False, False),
        ({"a": True}, {"a": 1}, False),
        ([[]], {1}, False),
        ([{}], frozenset({"a"}), False),
        (["a", "b", "a"], {"a", "b"}, True),
        (["a"], {"a", "b"}, False),
        (["a", "c"], {"a"}, False),
        (re.compile("^ja"), user("jane"), True),
        (re.compile("^jo"), user("jane"), False),
    ],
)
def test_truth_is_no_number_and_sets_and_recipients_take_any_filter(
    wanted: object, value: object, *, is_fitting: bool
) -> None:
    assert fits(wanted, value) is is_fitting

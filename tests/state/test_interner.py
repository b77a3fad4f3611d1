"""Values that are kept once."""

from __future__ import annotations

from knock_fake.state import interner
from knock_fake.state.interner import LONG, Interner


def _text(word: str) -> str:
    return "".join([*word])  # never the very text that another one is


def test_the_first_of_equal_values_stands_for_all() -> None:
    known, first, again = Interner(), _text("jane doe"), _text("jane doe")
    assert first is not again
    assert known.intern(first) is first
    assert known.intern(again) is first
    assert known.intern("john") == "john"


def test_it_forgets_before_it_grows_without_end() -> None:
    known, first, again = Interner(), _text("jane doe"), _text("jane doe")
    known.intern(first)
    for number in range(interner.LIMIT):
        known.intern(number)
    assert known.intern(again) is again


def test_long_histories_are_left_alone() -> None:
    known = Interner()
    short, again = tuple(map(str, range(LONG))), tuple(map(str, range(LONG)))
    assert known.intern_history(short) is short
    assert known.intern_history(again) is short
    assert known.intern_history((*short, "more")) is not known.intern_history((*again, "more"))

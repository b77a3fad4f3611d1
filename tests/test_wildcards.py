from __future__ import annotations

import pytest

from knock_fake.wildcards import wild


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("message.*", "message.sent", True),
        ("message.*", "messages", False),
        ("*", "", True),
        ("*", "two\nlines", True),
        ("a*c", "a\nc", True),
        ("a*c*e", "abcde", True),
        ("a+", "aa", False),
        ("sent", "message.sent", False),
    ],
)
def test_a_star_stands_for_any_text_and_everything_else_for_itself(pattern: str, text: str, fits: bool) -> None:
    assert (wild(pattern).fullmatch(text) is not None) is fits

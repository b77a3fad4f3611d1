from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.durations import parse_duration, show_duration
from knock_fake.errors import ClockError, UsageTypeError


@pytest.mark.parametrize(
    ("value", "length"),
    [
        ("250ms", timedelta(milliseconds=250)),
        ("0s", timedelta()),
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("1.5h", timedelta(minutes=90)),
        ("2d", timedelta(days=2)),
        ("1w", timedelta(weeks=1)),
        ("1h30m", timedelta(minutes=90)),
        ("  1d 2h  3 m ", timedelta(days=1, hours=2, minutes=3)),
        ("30m1h", timedelta(minutes=90)),
        (timedelta(seconds=-3), timedelta(seconds=-3)),
    ],
)
def test_a_duration_is_read(value: str | timedelta, length: timedelta) -> None:
    assert parse_duration(value) == length


@pytest.mark.parametrize(
    "text", ["", " ", "5", "m", "5 minutes", "-5m", "5M", "1h, 30m", "1.m", ".5m", "1.2.3s", "1e3s", "5m5"]
)
def test_text_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ClockError) as error:
        parse_duration(text)
    assert str(error.value) == (f"{text!r} is not a duration: write numbers with ms, s, m, h, d or w, such as '1h30m'")


@pytest.mark.parametrize("text", ["99999999999d", "9" * 400 + "s", "999999999d 1d"])
def test_a_duration_beyond_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ClockError) as error:
        parse_duration(text)
    assert str(error.value) == f"{text!r} is longer than a calendar can hold"


@pytest.mark.parametrize(("value", "shown"), [(5, "int 5"), (None, "NoneType None"), (b"5m", "bytes b'5m'")])
def test_a_value_of_another_type_is_refused(value: object, shown: str) -> None:
    with pytest.raises(UsageTypeError) as error:
        parse_duration(value)  # type: ignore[arg-type]
    remedy = "write text such as '5m', a timedelta, or a keyword such as seconds=300"
    assert str(error.value) == f"a duration cannot be {shown}: {remedy}"


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.integers(0, 999))
def test_parts_add_up(days: int, hours: int, minutes: int, milliseconds: int) -> None:
    text = f"{days}d{hours}h{minutes}m{milliseconds}ms"
    expected = timedelta(days=days, hours=hours, minutes=minutes, milliseconds=milliseconds)
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(), "0s"),
        (timedelta(microseconds=1), "0.000001s"),
        (timedelta(seconds=1.5), "1.5s"),
        (timedelta(minutes=90), "1h30m"),
        (timedelta(days=2, seconds=10), "2d10s"),
        (timedelta(hours=100), "4d4h"),
    ],
)
def test_a_length_is_shown_in_whole_units(length: timedelta, text: str) -> None:
    assert show_duration(length) == text


@given(st.timedeltas(timedelta(), timedelta(days=365)))
def test_a_length_that_is_shown_can_be_read(length: timedelta) -> None:
    assert parse_duration(show_duration(length)) == length

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.timestamps import as_utc, parse_instant, show_instant, show_optional_instant


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00.000000Z"),
        (datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "2026-12-31T23:59:59.999999Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000000Z"),
    ],
)
def test_an_instant_is_shown_with_microseconds_and_z(at: datetime, shown: str) -> None:
    assert show_instant(at) == shown
    assert show_optional_instant(at) == shown


def test_an_instant_that_has_not_come_is_shown_as_none() -> None:
    assert show_optional_instant(None) is None


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-01-01T09:00:00Z", datetime(2026, 1, 1, 9, tzinfo=UTC)),
        ("2026-01-01T09:00:00.123456Z", datetime(2026, 1, 1, 9, 0, 0, 123_456, tzinfo=UTC)),
        ("2026-01-01T09:00:00+02:00", datetime(2026, 1, 1, 7, tzinfo=UTC)),
        ("2026-01-01 09:00:00", datetime(2026, 1, 1, 9, tzinfo=UTC)),
        ("2026-01-01", datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_into_utc(text: str, at: datetime) -> None:
    read = parse_instant(text)
    assert (read, read.tzinfo) == (at, UTC)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("soon", "Invalid isoformat string: 'soon'"),
        ("2026-13-01", "month must be in 1..12"),
        ("0001-01-01T00:00:00+02:00", "'0001-01-01T00:00:00+02:00' is out of the calendar's range"),
    ],
)
def test_text_that_is_no_instant_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError) as error:
        parse_instant(text)
    assert str(error.value) == message


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-01T09:00:00Z",
        datetime(2026, 1, 1, 9),  # noqa: DTZ001 - naive means UTC
        datetime(2026, 1, 1, 10, tzinfo=timezone(timedelta(hours=1))),
    ],
)
def test_a_users_instant_becomes_utc(value: datetime | str) -> None:
    read = as_utc(value, "the start")
    assert (read, read.tzinfo) == (datetime(2026, 1, 1, 9, tzinfo=UTC), UTC)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("noon", "the start: 'noon' is not an ISO-8601 instant such as '2026-01-01T09:00:00Z'"),
        (
            datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-2))),
            "the start: 9999-12-31 23:00:00-02:00 is beyond the calendar in UTC",
        ),
    ],
)
def test_a_users_mistaken_instant_is_refused(value: datetime | str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        as_utc(value, "the start")
    assert str(error.value) == message


def test_a_users_instant_of_another_type_is_refused() -> None:
    with pytest.raises(UsageTypeError) as error:
        as_utc(1_767_225_600, "the start")  # type: ignore[arg-type]
    assert str(error.value) == "the start must be a datetime or ISO-8601 text, not int"


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_shown_reads_back(at: datetime) -> None:
    assert parse_instant(show_instant(at)) == at


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_shown_instants_sort_as_the_instants_do(one: datetime, other: datetime) -> None:
    assert (show_instant(one) < show_instant(other)) == (one < other)

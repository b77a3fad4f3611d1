from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.errors import UsageError, WorkflowDefinitionError
from knock_fake.workflows.spans import UNITS, add_span, check_span, nominal_length, show_span

if TYPE_CHECKING:
    from knock_fake.json_types import Json

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
NEW_YORK, UTC_ZONE = ZoneInfo("America/New_York"), ZoneInfo("Etc/UTC")

instants = st.integers(-2_000_000_000, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
zones = st.sampled_from(["Etc/UTC", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"]).map(ZoneInfo)
counts = st.integers(-1_000, 1_000)


def span(unit: str, value: int) -> Json:
    return {"unit": unit, "value": value}


@pytest.mark.parametrize(
    ("unit", "value", "expected"),
    [
        ("seconds", 90, "2026-01-31T12:01:30+00:00"),
        ("minutes", 90, "2026-01-31T13:30:00+00:00"),
        ("hours", 36, "2026-02-02T00:00:00+00:00"),
        ("days", 1, "2026-02-01T12:00:00+00:00"),
        ("weeks", 2, "2026-02-14T12:00:00+00:00"),
        ("months", 1, "2026-02-28T12:00:00+00:00"),
        ("months", 25, "2028-02-29T12:00:00+00:00"),
        ("months", 12, "2027-01-31T12:00:00+00:00"),
        ("months", -2, "2025-11-30T12:00:00+00:00"),
        ("days", -31, "2025-12-31T12:00:00+00:00"),
        ("hours", 0, "2026-01-31T12:00:00+00:00"),
    ],
)
def test_a_duration_is_added_to_an_instant(unit: str, value: int, expected: str) -> None:
    assert add_span(NOON, span(unit, value), UTC_ZONE).isoformat() == expected


@pytest.mark.parametrize(
    ("unit", "value", "length"),
    [
        ("minutes", 90, timedelta(minutes=90)),
        ("weeks", -1, timedelta(days=-7)),
        ("months", 12, timedelta(days=365)),
        ("months", 1, timedelta(days=30, hours=10)),
    ],
)
def test_how_long_a_duration_is_wherever_it_begins(unit: str, value: int, length: timedelta) -> None:
    assert (nominal_length(span(unit, value)), show_span(span(unit, value))) == (length, f"{value} {unit}")


def test_a_duration_beyond_the_calendar_has_no_length() -> None:
    with pytest.raises(UsageError, match="lead out of the calendar"):
        nominal_length(span("weeks", 10**12))


def test_a_day_has_24_hours_whatever_the_clocks_of_the_zone_do() -> None:
    before_change = datetime(2026, 3, 7, 17, tzinfo=UTC)  # noon in New York, whose clocks change in the night
    assert add_span(before_change, span("days", 1), NEW_YORK) == before_change + timedelta(hours=24)


def test_a_month_keeps_the_local_time_of_day() -> None:
    noon_in_winter = datetime(2026, 2, 15, 17, tzinfo=UTC)
    assert add_span(noon_in_winter, span("months", 1), NEW_YORK) == datetime(2026, 3, 15, 16, tzinfo=UTC)


def test_a_month_is_counted_from_the_local_date() -> None:
    evening = datetime(2026, 3, 1, 3, tzinfo=UTC)  # still the 28th of February in New York
    assert add_span(evening, span("months", 1), NEW_YORK) == datetime(2026, 3, 29, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, 'a duration is an object, not None: write {"unit": "hours", "value": 2}'),
        ("2h", 'a duration is an object, not \'2h\': write {"unit": "hours", "value": 2}'),
        ({}, "unknown unit None; known: 'days', 'hours', 'minutes', 'months', 'seconds', 'weeks'"),
        ({"unit": "hour", "value": 1}, "unknown unit 'hour'; did you mean 'hours'?"),
        ({"unit": ["hours"], "value": 1}, "unknown unit ['hours']; did you mean 'hours'?"),
        ({"unit": "hours"}, 'value must be a whole number, not None: write {"unit": "hours", "value": 2}'),
        (
            {"unit": "hours", "value": True},
            'value must be a whole number, not True: write {"unit": "hours", "value": 2}',
        ),
        (
            {"unit": "hours", "value": "2"},
            'value must be a whole number, not \'2\': write {"unit": "hours", "value": 2}',
        ),
    ],
)
def test_what_is_no_duration_is_refused(value: Json, problem: str) -> None:
    with pytest.raises(UsageError) as refused:
        add_span(NOON, value, UTC_ZONE)
    assert str(refused.value) == problem
    with pytest.raises(WorkflowDefinitionError) as in_definition:
        check_span(value, "workflow 'x': steps[0]")
    assert str(in_definition.value) == f"workflow 'x': steps[0]: {problem}"


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("value", [10**12, -(10**12), 10**40])
def test_what_leads_out_of_the_calendar_is_refused(unit: str, value: int) -> None:
    with pytest.raises(UsageError) as refused:
        add_span(NOON, span(unit, value), NEW_YORK)
    assert str(refused.value) == f"{value} {unit} lead out of the calendar"


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_passes_the_check(unit: str) -> None:
    check_span(span(unit, 1), "here")


@given(instants, st.sampled_from(UNITS), zones)
def test_nothing_added_changes_nothing(at: datetime, unit: str, zone: ZoneInfo) -> None:
    assert add_span(at, span(unit, 0), zone) == at


@given(instants, st.sampled_from(UNITS[:-1]), counts, zones)
def test_what_is_added_can_be_taken_back_except_months(at: datetime, unit: str, count: int, zone: ZoneInfo) -> None:
    assert add_span(add_span(at, span(unit, count), zone), span(unit, -count), zone) == at


@given(instants, st.sampled_from(UNITS), st.integers(1, 1_000), zones)
def test_a_positive_duration_leads_forward_and_a_negative_one_back(
    at: datetime, unit: str, count: int, zone: ZoneInfo
) -> None:
    assert add_span(at, span(unit, -count), zone) < at < add_span(at, span(unit, count), zone)


@given(instants, st.integers(-500, 500))
def test_twelve_months_are_a_year(at: datetime, years: int) -> None:
    moved = add_span(at, span("months", 12 * years), UTC_ZONE)
    leap_day = (at.month, at.day) == (2, 29)
    assert (moved.year, moved.month) == (at.year + years, at.month)
    assert moved.day == at.day or (leap_day and moved.day == 28)
    assert moved.timetz() == at.timetz()


@given(instants, counts, zones)
def test_months_keep_the_local_day_or_end_the_month(at: datetime, count: int, zone: ZoneInfo) -> None:
    before, after = at.astimezone(zone), add_span(at, span("months", count), zone).astimezone(zone)
    months = 12 * (after.year - before.year) + after.month - before.month
    is_last_day = (after + timedelta(days=1)).month != after.month
    skipped_day = after.day == before.day + 1  # Apia left out a whole day in 2011
    assert months in (count, count + 1)
    assert after.day == before.day or (is_last_day and after.day < before.day) or skipped_day

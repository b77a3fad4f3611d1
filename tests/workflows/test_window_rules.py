from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.errors import UsageError
from knock_fake.workflows.window_rules import (
    WindowRule,
    next_match,
    next_occurrence,
    read_window_rule,
)

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

NEW_YORK = ZoneInfo("America/New_York")
ETC = ZoneInfo("Etc/UTC")


def at(text: str, zone: ZoneInfo = ETC) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


# 2026-01-07 is a Wednesday.
@pytest.mark.parametrize(
    ("rule", "after", "match"),
    [
        ({"frequency": "hourly"}, "2026-01-07T10:20", "2026-01-07T11:00"),
        ({"frequency": "hourly", "minutes": 30}, "2026-01-07T10:20", "2026-01-07T10:30"),
        ({"frequency": "hourly", "minutes": 30, "hours": 3}, "2026-01-07T10:30", "2026-01-07T11:30"),
        ({"frequency": "hourly", "days": ["sat"]}, "2026-01-07T10:20", "2026-01-10T00:00"),
        ({"frequency": "daily"}, "2026-01-07T10:20", "2026-01-08T00:00"),
        ({"frequency": "daily", "hours": 12}, "2026-01-07T10:20", "2026-01-07T12:00"),
        ({"frequency": "daily", "hours": 9}, "2026-01-07T09:00", "2026-01-08T09:00"),
        ({"frequency": "daily", "hours": 9}, "2026-01-07T08:59:59.999999", "2026-01-07T09:00"),
        ({"frequency": "daily", "hours": 9, "days": "weekends"}, "2026-01-07T10:20", "2026-01-10T09:00"),
        ({"frequency": "weekly", "days": ["mon"], "hours": 9}, "2026-01-07T10:20", "2026-01-12T09:00"),
        ({"frequency": "weekly", "days": ["fri", "mon"]}, "2026-01-07T10:20", "2026-01-09T00:00"),
        (
            {"frequency": "weekly", "days": "weekdays", "hours": 10, "minutes": 30},
            "2026-01-09T10:30",
            "2026-01-12T10:30",
        ),
        ({"frequency": "weekly", "hours": 12}, "2026-01-07T10:20", "2026-01-07T12:00"),
        ({"frequency": "weekly", "hours": 9}, "2026-01-07T10:20", "2026-01-14T09:00"),
        ({"frequency": "weekly", "days": [], "hours": None}, "2026-01-07T10:20", "2026-01-14T00:00"),
        ({"frequency": "monthly", "day_of_month": 15}, "2026-01-07T10:20", "2026-01-15T00:00"),
        ({"frequency": "monthly", "day_of_month": 7, "hours": 9}, "2026-01-07T10:20", "2026-02-07T09:00"),
        ({"frequency": "monthly", "day_of_month": 31}, "2026-02-01T00:00", "2026-02-28T00:00"),
        ({"frequency": "monthly", "day_of_month": 31}, "2028-02-01T00:00", "2028-02-29T00:00"),
        ({"frequency": "monthly"}, "2026-01-31T10:20", "2026-02-28T00:00"),
        ({"frequency": "monthly", "days": ["mon"]}, "2026-01-07T10:20", "2026-02-02T00:00"),
        ({"frequency": "monthly", "days": "weekends"}, "2026-01-31T10:20", "2026-02-01T00:00"),
        (
            {"frequency": "monthly", "days": ["mon"], "day_of_month": 15},
            "2026-01-07T10:20",
            "2026-01-15T00:00",
        ),
    ],
)
def test_the_next_match(rule: JsonObject, after: str, match: str) -> None:
    assert next_match(rule, at(after), ETC) == at(match)


@pytest.mark.parametrize(
    ("rule", "after", "match"),
    [
        # 2026-03-08 02:00 jumps to 03:00: what is skipped happens an hour later on the clock.
        (
            {"frequency": "daily", "hours": 2, "minutes": 30},
            "2026-03-08T00:00-05:00",
            "2026-03-08T03:30-04:00",
        ),
        (
            {"frequency": "daily", "hours": 2, "minutes": 30},
            "2026-03-08T03:10-04:00",
            "2026-03-08T03:30-04:00",
        ),
        (
            {"frequency": "daily", "hours": 2, "minutes": 30},
            "2026-03-08T03:30-04:00",
            "2026-03-09T02:30-04:00",
        ),
        ({"frequency": "hourly", "minutes": 30}, "2026-03-08T01:30-05:00", "2026-03-08T03:30-04:00"),
        ({"frequency": "hourly", "minutes": 30}, "2026-03-08T03:30-04:00", "2026-03-08T04:30-04:00"),
        # 2026-11-01 02:00 falls back to 01:00: what occurs twice counts the first time.
        (
            {"frequency": "daily", "hours": 1, "minutes": 30},
            "2026-11-01T00:00-04:00",
            "2026-11-01T01:30-04:00",
        ),
        (
            {"frequency": "daily", "hours": 1, "minutes": 30},
            "2026-11-01T01:30-04:00",
            "2026-11-02T01:30-05:00",
        ),
        ({"frequency": "hourly", "minutes": 30}, "2026-11-01T01:30-04:00", "2026-11-01T02:30-05:00"),
        ({"frequency": "hourly", "minutes": 30}, "2026-11-01T01:10-05:00", "2026-11-01T02:30-05:00"),
        ({"frequency": "daily", "hours": 9}, "2026-03-07T12:00-05:00", "2026-03-08T09:00-04:00"),
    ],
)
def test_clock_changes(rule: JsonObject, after: str, match: str) -> None:
    found = next_match(rule, datetime.fromisoformat(after), NEW_YORK)
    assert (found, found.tzinfo) == (datetime.fromisoformat(match), UTC)


def test_a_skipped_day_moves_to_the_next() -> None:
    # Apia had no 30 December 2011.
    apia = ZoneInfo("Pacific/Apia")
    rule: JsonObject = {"frequency": "weekly", "days": ["fri"], "hours": 9}
    assert next_match(rule, at("2011-12-29T12:00", apia), apia) == at("2011-12-31T09:00", apia)


def hourly_matches(minute: int, after: datetime, zone: ZoneInfo) -> list[str]:
    found = [after]
    for _ in range(4):
        found.append(next_match({"frequency": "hourly", "minutes": minute}, found[-1], zone))
    return [match.astimezone(zone).strftime("%H:%M") for match in found[1:]]


def test_times_moved_out_of_a_gap_come_once() -> None:
    # Troll skips two hours at 01:00: 01:30 and 02:30 fall on 03:30 and 04:30, which match anyway.
    troll = ZoneInfo("Antarctica/Troll")
    assert hourly_matches(30, at("2026-03-29T00:30", troll), troll) == ["03:30", "04:30", "05:30", "06:30"]


def test_a_time_moved_out_of_a_gap_may_be_overtaken() -> None:
    # Montevideo skipped an hour and a half at midnight: 00:15 fell on 01:45, 01:15 on 02:45, after 02:15.
    montevideo = ZoneInfo("America/Montevideo")
    eve = at("1974-01-12T23:15", montevideo)
    assert hourly_matches(15, eve, montevideo) == ["01:45", "02:15", "02:45", "03:15"]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        (WindowRule("daily", interval=3, hour=9), [4, 7, 10, 13]),
        (WindowRule("daily", interval=2, days=frozenset({0, 2})), [5, 7, 19, 21]),
        (WindowRule("weekly", interval=2, days=frozenset({0, 1, 4}), hour=18), [2, 12, 13, 16, 26]),
        (WindowRule("weekly", interval=1), [8, 15, 22]),
        (WindowRule("hourly", interval=48), [3, 5, 7]),
    ],
)
def test_intervals_count_from_the_anchor(rule: WindowRule, days: list[int]) -> None:
    anchor = at("2026-01-01T12:00")
    assert anchor.strftime("%a") == "Thu"
    found, after = [], anchor
    for _ in days:
        match = next_occurrence(rule, anchor, after, ETC)
        assert match is not None
        found.append(match.day)
        after = match
    assert found == days


def test_months_count_from_the_anchor_and_keep_its_day() -> None:
    anchor = at("2026-01-31T09:00")
    rule = WindowRule("monthly", interval=3, hour=9)
    assert next_occurrence(rule, anchor, anchor, ETC) == at("2026-04-30T09:00")
    assert next_occurrence(rule, anchor, at("2026-04-30T09:00"), ETC) == at("2026-07-31T09:00")
    yearly = WindowRule("monthly", interval=12, hour=9)
    assert next_occurrence(yearly, anchor, anchor, ETC) == at("2027-01-31T09:00")


def test_the_anchor_itself_may_match_and_nothing_before_it() -> None:
    anchor = at("2026-01-07T09:00")
    rule = WindowRule("daily", hour=9)
    assert next_occurrence(rule, anchor, anchor - timedelta(microseconds=1), ETC) == anchor
    assert next_occurrence(rule, anchor, anchor - timedelta(days=30), ETC) == anchor


@pytest.mark.parametrize(
    ("rule", "anchor"),
    [
        (WindowRule("daily", interval=14, days=frozenset({1})), "2026-01-05T00:00"),
        (WindowRule("hourly", interval=168, days=frozenset({1})), "2026-01-05T00:00"),
        (WindowRule("monthly", interval=10_000, hour=0), "9999-01-05T12:00"),
        (WindowRule("weekly", interval=10_000, hour=0), "9999-12-30T12:00"),
    ],
)
def test_a_rule_without_a_match_ends(rule: WindowRule, anchor: str) -> None:
    assert next_occurrence(rule, at(anchor), at(anchor), ETC) is None


def test_the_end_of_the_calendar_is_an_error_for_a_window() -> None:
    with pytest.raises(UsageError) as refusal:
        next_match({"frequency": "daily"}, at("9999-12-31T12:00"), ETC)
    where = "has no match after 9999-12-31T12:00:00+00:00 in the calendar"
    assert str(refusal.value) == f"window rule: {{'frequency': 'daily'}} {where}"


def test_naive_instants_are_refused() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(UsageError) as refusal:
        next_match({"frequency": "daily"}, naive, ETC)
    remedy = "give them a tzinfo such as datetime.UTC"
    assert str(refusal.value) == f"window rule: instants must be aware: {remedy}"


# -- reading ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "read"),
    [
        ({"frequency": "daily"}, WindowRule("daily")),
        ({"frequency": "daily", "hours": None, "minutes": None, "days": None}, WindowRule("daily")),
        ({"frequency": "weekly", "days": "weekends"}, WindowRule("weekly", days=frozenset({5, 6}))),
        (
            {"__typename": "ScheduleRepeat", "frequency": "weekly", "interval": 2, "days": ["tue", "mon"]},
            WindowRule("weekly", interval=2, days=frozenset({0, 1})),
        ),
        (
            {"frequency": "monthly", "day_of_month": 31, "hours": 23, "minutes": 55},
            WindowRule("monthly", day_of_month=31, hour=23, minute=55),
        ),
    ],
)
def test_a_rule_is_read_with_its_defaults(rule: JsonObject, read: WindowRule) -> None:
    assert read_window_rule(rule, "rule") == read


DAYS_REMEDY = "write 'weekdays', 'weekends' or a list such as ['mon']"


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("daily", "rule must be an object such as {'frequency': 'daily', 'hours': 9}, not 'daily'"),
        ({}, "rule.frequency cannot be None: write one of hourly, daily, weekly, monthly"),
        ({"frequency": "weekyl"}, "rule.frequency cannot be 'weekyl': did you mean 'weekly'?"),
        ({"frequency": "daily", "hour": 9}, "rule.hour is no field of a window rule: did you mean 'hours'?"),
        ({"frequency": "daily", "hours": 24}, "rule.hours cannot be 24: write a whole number from 0 to 23"),
        (
            {"frequency": "daily", "hours": True},
            "rule.hours cannot be True: write a whole number from 0 to 23",
        ),
        (
            {"frequency": "daily", "minutes": 7},
            "rule.minutes cannot be 7: write a whole number from 0 to 55 in steps of 5",
        ),
        (
            {"frequency": "monthly", "day_of_month": 0},
            "rule.day_of_month cannot be 0: write a whole number from 1 to 31",
        ),
        ({"frequency": "weekly", "days": "mondays"}, f"rule.days cannot be 'mondays': {DAYS_REMEDY}"),
        ({"frequency": "weekly", "days": 1}, f"rule.days cannot be 1: {DAYS_REMEDY}"),
        (
            {"frequency": "weekly", "days": ["mon", "tues"]},
            "rule.days[1] cannot be 'tues': did you mean 'tue'?",
        ),
        (
            {"frequency": "daily", "interval": 0},
            "rule.interval cannot be 0: write a whole number from 1 to 10000",
        ),
        (
            {"frequency": "daily", "interval": 2},
            "rule.interval: a window comes once, only schedules repeat at an interval",
        ),
    ],
)
def test_a_malformed_rule_is_refused_by_place(rule: Json, message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        next_match(rule, at("2026-01-01"), ETC)
    assert str(refusal.value) == message.replace("rule", "window rule", 1)


# -- laws ------------------------------------------------------------------------------------------------

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ZONES = st.sampled_from(
    [
        ETC,
        NEW_YORK,
        ZoneInfo("Europe/Berlin"),
        ZoneInfo("Asia/Kathmandu"),
        ZoneInfo("Australia/Lord_Howe"),
        ZoneInfo("Antarctica/Troll"),
        ZoneInfo("America/Nuuk"),
        ZoneInfo("America/Montevideo"),
    ]
)
# Close to clock changes, where the laws are at stake, and anywhere else.
CHANGES = st.sampled_from(
    [at(f"2026-{day}T00:00") for day in ("03-08", "03-29", "04-05", "10-04", "10-25", "11-01")]
    + [at("1974-01-13T00:00")]
)
INSTANTS = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes),
    CHANGES | st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(-1500, 1500),
)
TIMES: dict[str, st.SearchStrategy[Json]] = {
    "hours": st.none() | st.integers(0, 23),
    "minutes": st.none() | st.integers(0, 11).map(lambda step: step * 5),
    "days": st.none() | st.sampled_from(["weekdays", "weekends"]) | st.lists(st.sampled_from(DAYS), unique=True),
}
RULES = st.fixed_dictionaries(
    {"frequency": st.sampled_from(["hourly", "daily", "weekly", "monthly"])},
    optional={**TIMES, "day_of_month": st.none() | st.integers(1, 31)},
)
SHORT_RULES = st.fixed_dictionaries({"frequency": st.sampled_from(["hourly", "daily", "weekly"])}, optional=TIMES)


def matches(rule: WindowRule, after: datetime, local: datetime) -> bool:
    """Say by fields, without any arithmetic of the module, whether a rule holds at a local time."""
    if local.minute != rule.minute or (rule.frequency != "hourly" and local.hour != rule.hour):
        return False
    weekdays = rule.days or ({after.weekday()} if rule.frequency == "weekly" else set(range(7)))
    if rule.frequency != "monthly":
        return local.weekday() in weekdays
    if rule.day_of_month is None and rule.days:
        return local.weekday() in rule.days and all(
            (local - timedelta(days=back)).weekday() not in rule.days for back in range(1, local.day)
        )
    return local.day == min(rule.day_of_month or after.day, monthrange(local.year, local.month)[1])


@given(rule=RULES, after=INSTANTS, zone=ZONES)
def test_a_match_is_later_and_fits_unless_moved_out_of_a_gap(rule: JsonObject, after: datetime, zone: ZoneInfo) -> None:
    found = next_match(rule, after, zone)
    assert found > after
    read, local_after = read_window_rule(rule, "rule"), after.astimezone(zone)
    local = found.astimezone(zone).replace(tzinfo=None)
    candidates = [local - timedelta(minutes=back) for back in (0, 30, 60, 90, 120)]
    written = [
        candidate
        for candidate in candidates
        if candidate.replace(tzinfo=zone).astimezone(UTC) == found and matches(read, local_after, candidate)
    ]
    assert written


@given(rule=SHORT_RULES, after=INSTANTS, zone=ZONES)
def test_no_earlier_moment_matches(rule: JsonObject, after: datetime, zone: ZoneInfo) -> None:
    found = next_match(rule, after, zone)
    read, local_after = read_window_rule(rule, "rule"), after.astimezone(zone)
    start = local_after.replace(tzinfo=None, second=0, microsecond=0) - timedelta(days=1)
    start -= timedelta(minutes=start.minute % 5)
    grid = (start + timedelta(minutes=5 * step) for step in range(9 * 24 * 12))
    instants = (local.replace(tzinfo=zone).astimezone(UTC) for local in grid if matches(read, local_after, local))
    assert found == min(instant for instant in instants if instant > after)


@given(rule=RULES, after=INSTANTS, zone=ZONES)
def test_a_match_is_stable_until_it_comes(rule: JsonObject, after: datetime, zone: ZoneInfo) -> None:
    read = read_window_rule(rule, "rule")
    found = next_occurrence(read, after, after, zone)
    assert found is not None
    assert next_occurrence(read, after, found - timedelta(microseconds=1), zone) == found

"""Send windows: when they are open, what waits for them, and in whose time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake import WorkflowDefinitionError
from knock_fake.steps import delay, email, in_app_feed, push
from knock_fake.workflows.send_windows import DAYS, Hours, SendWindows, compile_send_windows
from tests.delivery.sending import JANE, PUSH_ID, history, trigger

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject

FEED_ID = "55555555-5555-4555-8555-555555555555"


def week(**hours: JsonObject) -> list[Json]:
    """Return the windows of a week: open as given, closed on every other day."""
    return [{"day": day, **hours.get(day, {"type": "do_not_send"})} for day in DAYS]


def every_day(start: str | int, end: str | int) -> list[Json]:
    return [{"day": day, "type": "send", "from": start, "until": end} for day in DAYS]


def at(step: JsonObject, windows: list[Json]) -> JsonObject:
    return {**step, "send_windows": windows}


# -- in a run ----------------------------------------------------------------------------------------------


def test_outside_of_its_window_a_message_waits_and_the_run_goes_on(knock: KnockFake, api: httpx.Client) -> None:
    start = knock.clock.now  # midnight, a Thursday
    knock.workflows.add("digest", steps=[at(email("S", "B"), every_day("09:00:00", "17:00")), in_app_feed("Next")])
    letter, item = trigger(knock, "digest")
    assert history(letter, start) == [("created", 0), ("queued", 0)]
    assert (letter.scheduled_at, item.status) == (start + timedelta(hours=9), "delivered")
    assert knock.runs.one().status == "completed"
    assert api.get(f"/v1/messages/{letter.id}").json()["scheduled_at"] == "2026-01-01T09:00:00.000000Z"
    assert [str(timer) for timer in knock.clock.pending()] == [
        "timer 'send window opens: digest/email_1 to jane' at 2026-01-01T09:00:00Z"
    ]
    knock.clock.run_until_idle()
    assert history(letter, start)[2:] == [("sent", 9 * 3600), ("delivered", 9 * 3600)]


@pytest.mark.parametrize(("hour", "waits"), [(8, True), (9, False), (16, False), (17, True)])
def test_the_end_of_a_window_is_outside_of_it(knock: KnockFake, hour: int, waits: bool) -> None:
    knock.workflows.add("digest", steps=[at(email("S", "B"), every_day("09:00", "17:00"))])
    knock.clock.advance(hours=hour)
    (letter,) = trigger(knock, "digest")
    assert (letter.status == "queued", letter.scheduled_at is not None) == (waits, waits)


def test_an_item_of_a_feed_shows_when_its_window_opens(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[at(in_app_feed("B"), every_day(540, 1020)), in_app_feed("C")])
    (early, _) = trigger(knock, "digest")
    feed = f"/v1/users/jane/feeds/{FEED_ID}"
    before = api.get(feed).json()
    assert (len(before["entries"]), before["meta"]["total_count"], early.status) == (1, 1, "queued")
    knock.clock.advance("9h")
    after = api.get(feed).json()
    assert [item["id"] for item in after["entries"]][-1] == early.id
    assert (after["meta"]["unread_count"], early.status) == (2, "delivered")


def test_a_message_waits_in_the_recipients_time_zone_and_a_push_in_its_devices(knock: KnockFake) -> None:
    steps = [at(email("S", "B"), every_day("09:00", "17:00")), at(push("T", "B"), every_day("09:00", "17:00"))]
    knock.workflows.add("digest", steps=steps)
    devices: list[Json] = [
        {"token": "a", "timezone": "Asia/Tokyo"},
        {"token": "b", "timezone": None},
        {"token": "c"},
    ]
    jane: JsonObject = {**JANE, "timezone": "America/New_York", "channel_data": {PUSH_ID: {"devices": devices}}}
    scheduled = [message.scheduled_at for message in trigger(knock, "digest", jane)]
    morning = datetime(2026, 1, 1, 14, tzinfo=UTC)
    assert scheduled == [morning, None, morning, morning]  # in Tokyo it is 9 o'clock


def test_a_week_without_windows_keeps_a_message_in_the_queue_for_ever(knock: KnockFake) -> None:
    knock.workflows.add("digest", steps=[at(email("S", "B"), week())])
    (letter,) = trigger(knock, "digest")
    knock.clock.advance("30d")
    assert (letter.status, letter.scheduled_at, knock.clock.pending()) == ("queued", None, ())
    assert letter.deliver().status == "delivered"


def test_a_message_that_waits_is_not_withdrawn_by_a_cancellation(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[at(email("S", "B"), every_day("09:00", "17:00")), delay("1d")])
    (letter,) = trigger(knock, "digest", cancellation_key="c")
    api.post("/v1/workflows/digest/cancel", json={"cancellation_key": "c"}).raise_for_status()
    knock.clock.run_until_idle()
    assert (knock.runs.one().status, letter.status) == ("cancelled", "delivered")


def test_in_a_sandbox_a_message_waits_all_the_same(knock: KnockFake) -> None:
    knock.workflows.add("digest", steps=[at(email("S", "B"), every_day("09:00", "17:00"))])
    (letter,) = trigger(knock, "digest", settings={"sandbox_mode": True})
    statuses = [letter.status]
    knock.clock.advance("9h")
    assert [*statuses, letter.status] == ["queued", "not_sent"]


def test_a_hold_counts_when_the_window_opens(knock: KnockFake) -> None:
    knock.workflows.add("digest", steps=[at(email("S", "B"), every_day("09:00", "17:00"))])
    (letter,) = trigger(knock, "digest")
    knock.delivery.hold()
    knock.clock.advance("10h")
    statuses = [letter.status]
    knock.delivery.release()
    assert [*statuses, letter.status] == ["queued", "delivered"]


# -- the calendar ------------------------------------------------------------------------------------------

THURSDAY: JsonObject = {"type": "send", "from": "02:30", "until": "04:00"}


@pytest.mark.parametrize(
    ("windows", "zone", "now", "opening"),
    [
        (every_day("09:00", "17:00"), "UTC", "2026-01-01T08:59:59", "2026-01-01T09:00:00"),
        (every_day("09:00", "17:00"), "UTC", "2026-01-01T17:00:00", "2026-01-02T09:00:00"),
        (every_day("09:00", "17:00"), "UTC", "2026-01-01T12:34:56", "2026-01-01T12:34:56"),
        (week(monday={"type": "send"}), "UTC", "2026-01-01T00:00:00", "2026-01-05T00:00:00"),
        (week(thursday={"type": "send", "until": "01:00"}), "UTC", "2026-01-01T01:00:00", "2026-01-08T00:00:00"),
        (week(monday={"type": "send", "from": "23:00"}), "Asia/Tokyo", "2026-01-01T00:00:00", "2026-01-05T14:00:00"),
        # Clocks go forward from 2 to 3 o'clock: half past two has come at three.
        (every_day("02:30", "04:00"), "Europe/Berlin", "2026-03-29T00:00:00", "2026-03-29T01:00:00"),
        # They go back from 3 to 2 o'clock: the hour after two comes twice, and the window closes and opens again.
        (every_day("02:15", "02:45"), "Europe/Berlin", "2026-10-25T00:50:00", "2026-10-25T01:15:00"),
        (every_day("01:30", "02:30"), "Europe/Berlin", "2026-10-25T00:45:00", "2026-10-25T01:00:00"),
        # Samoa left out the whole of Friday, the 30th of December 2011.
        (week(friday={"type": "send"}), "Pacific/Apia", "2011-12-30T09:00:00", "2012-01-05T10:00:00"),
    ],
)
def test_the_next_opening(windows: Json, zone: str, now: str, opening: str) -> None:
    compiled = compile_send_windows(windows, "windows")
    assert compiled is not None
    found = compiled.next_opening(datetime.fromisoformat(now).replace(tzinfo=UTC), ZoneInfo(zone))
    assert found == datetime.fromisoformat(opening).replace(tzinfo=UTC)


open_hours = st.tuples(st.integers(0, 95), st.integers(1, 96)).map(sorted).filter(lambda pair: pair[0] < pair[1])
weeks = st.lists(
    st.one_of(st.none(), open_hours.map(lambda pair: Hours(pair[0] * 900, pair[1] * 900))), min_size=7, max_size=7
)


@given(
    weeks,
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    st.sampled_from(["2026-03-07", "2026-03-28", "2026-04-04", "2026-10-03", "2026-10-24", "2026-10-31", "2026-07-01"]),
    st.integers(0, 200),
)
def test_nothing_opens_before_the_next_opening_and_it_is_open_then(
    days: list[Hours | None], zone_name: str, day: str, quarter: int
) -> None:
    windows, zone = SendWindows((*days,)), ZoneInfo(zone_name)
    now = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(minutes=15 * quarter)
    found = windows.next_opening(now, zone)
    moments = (now + timedelta(minutes=15 * count) for count in range(9 * 96))
    first = next((moment for moment in moments if windows.is_open(moment, zone)), None)
    assert found == first


# -- what is refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("windows", "problem"),
    [
        ("always", "must be a list with a window for each weekday, not 'always'"),
        (week()[1:], "every weekday needs a window, none is given for monday"),
        ([*week(), {"day": "monday", "type": "send"}], "[7].day: 'monday' has a window already"),
        (["monday"], "[0]: must be an object with day and type, not 'monday'"),
        ([{"day": "mon", "type": "send"}], "[0].day: cannot be 'mon'; did you mean 'monday'?"),
        ([{"day": "monday", "type": "sent"}], "[0].type: cannot be 'sent'; did you mean 'send'?"),
        ([{"day": "monday", "type": "send", "till": "9:00"}], "[0]: unknown key 'till'; did you mean 'until'?"),
        (
            [{"day": "monday", "type": "do_not_send", "from": "09:00"}],
            "[0]: from and until go with the type 'send' only",
        ),
        (every_day("17:00", "09:00"), "[0]: until must come after from; a night needs a window on both days"),
        (every_day("09:00", "09:00"), "[0]: until must come after from; a night needs a window on both days"),
        (every_day("nine", "17:00"), "[0].from: must be a time such as '09:00' or minutes since midnight, not 'nine'"),
        (every_day("09:00", 1441), "[0].until: must be a time such as '09:00' or minutes since midnight, not 1441"),
        (every_day("09:00Z", 1440), "[0].from: must be a time such as '09:00' or minutes since midnight, not '09:00Z'"),
    ],
)
def test_windows_that_cannot_be_are_refused(windows: Json, problem: str) -> None:
    with pytest.raises(WorkflowDefinitionError) as refused:
        compile_send_windows(windows, "place.send_windows")
    assert str(refused.value).removeprefix("place.send_windows").removeprefix(": ") == problem


@pytest.mark.parametrize("nothing", [None, []])
def test_a_step_may_have_no_windows(nothing: Json) -> None:
    assert compile_send_windows(nothing, "place") is None

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from knock_fake.state.references import user
from knock_fake.steps import delay, in_app_feed
from knock_fake.timestamps import show_instant
from knock_fake.workflows.reasons import describe_run

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.runs import Run

# The clock begins on a Thursday at midnight UTC, when it is seven in the evening of Wednesday in New York.
NEW_YORK: JsonObject = {"timezone": "America/New_York"}


def start(knock: KnockFake, api: httpx.Client, step: JsonObject, jane: JsonObject | None = None, **body: Json) -> Run:
    """Trigger a workflow of this step and an in-app item for Jane; return the run."""
    knock.workflows.add("digest", steps=[step, in_app_feed("Hello")])
    recipients: list[Json] = [{"id": "jane", **(jane or {})}]
    api.post("/v1/workflows/digest/trigger", json={"recipients": recipients, **body}).raise_for_status()
    return knock.state.runs.of_recipient(user("jane"))[-1]


def resumes_at(run: Run) -> str:
    assert run.status == "paused"
    assert run.timer is not None
    assert run.events[-1].data == {"until": show_instant(run.timer.due)}
    return run.timer.due.isoformat().replace("+00:00", "Z")


def skipped(run: Run) -> JsonObject:
    """Return why the delay was skipped; the step after it has run."""
    assert [event.event for event in run.events] == [
        "run_started",
        "step_skipped",
        "message_enqueued",
        "run_completed",
    ]
    return run.events[1].data or {}


# -- a length ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "until"),
    [
        ({"unit": "seconds", "value": 1}, "2026-01-01T00:00:01Z"),
        ({"unit": "minutes", "value": 90}, "2026-01-01T01:30:00Z"),
        ({"unit": "hours", "value": 2}, "2026-01-01T02:00:00Z"),
        ({"unit": "days", "value": 365}, "2027-01-01T00:00:00Z"),
        ({"unit": "weeks", "value": 1}, "2026-01-08T00:00:00Z"),
        ({"unit": "months", "value": 1}, "2026-02-01T00:00:00Z"),
    ],
)
def test_a_run_waits_for_a_length_of_time(knock: KnockFake, api: httpx.Client, length: JsonObject, until: str) -> None:
    run = start(knock, api, {"type": "delay", "settings": {"delay_for": length}})
    assert resumes_at(run) == until
    knock.clock.travel(until)
    assert (run.status, [event.event for event in run.events][2:]) == (
        "completed",
        ["delay_completed", "message_enqueued", "run_completed"],
    )
    assert run.messages[0].inserted_at == knock.clock.now


def test_a_waiting_run_says_until_when(knock: KnockFake, api: httpx.Client) -> None:
    assert describe_run(start(knock, api, delay("2h"))) == [
        "digest for jane: paused",
        "  delay_1 waits until 2026-01-01T02:00:00.000000Z",
    ]


@pytest.mark.knock(start="2026-03-01T03:00:00Z")  # still the 28th of February in New York
def test_a_month_is_one_of_the_recipients_calendar(knock: KnockFake, api: httpx.Client) -> None:
    step: JsonObject = {"type": "delay", "settings": {"delay_for": {"unit": "months", "value": 1}}}
    assert resumes_at(start(knock, api, step, NEW_YORK)) == "2026-03-29T02:00:00Z"


# -- a moment that data decides ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-01-05T09:00:00Z", "2026-01-05T09:00:00Z"),
        ("2026-01-05T09:00:00.250Z", "2026-01-05T09:00:00.250000Z"),
        ("2026-01-05T09:00:00+02:00", "2026-01-05T07:00:00Z"),
        ("2026-01-05T09:00:00", "2026-01-05T09:00:00Z"),
        ("2026-01-05", "2026-01-05T00:00:00Z"),
        ({"unit": "minutes", "value": 10}, "2026-01-01T00:10:00Z"),
        ({"frequency": "daily", "hours": 9}, "2026-01-01T09:00:00Z"),
        ({"frequency": "weekly", "days": ["mon"], "hours": 8, "minutes": 30}, "2026-01-05T08:30:00Z"),
        ({"frequency": "weekly", "days": "weekends"}, "2026-01-03T00:00:00Z"),
        ({"frequency": "monthly", "day_of_month": 1}, "2026-02-01T00:00:00Z"),
    ],
)
def test_a_path_leads_to_a_timestamp_a_duration_or_a_window_rule(
    knock: KnockFake, api: httpx.Client, moment: Json, until: str
) -> None:
    run = start(knock, api, delay(until="data.remind.at"), data={"remind": {"at": moment}})
    assert resumes_at(run) == until


@pytest.mark.parametrize("path", ["recipient.at", "actor.at", "tenant.at", "vars.at", "data.at"])
def test_a_path_may_begin_with_any_scope(knock: KnockFake, api: httpx.Client, path: str) -> None:
    scope = path.partition(".")[0]
    at: JsonObject = {"at": "2026-01-05T09:00:00Z"}
    bodies: dict[str, JsonObject] = {
        "actor": {"actor": {"id": "bob", **at}},
        "tenant": {"tenant": {"id": "acme", **at}},
        "data": {"data": at},
    }
    if scope == "vars":
        knock.variables.set("at", at["at"])
    run = start(knock, api, delay(until=path), at if scope == "recipient" else None, **bodies.get(scope, {}))
    assert resumes_at(run) == "2026-01-05T09:00:00Z"


@pytest.mark.parametrize(
    ("rule", "until"),
    [
        ({"frequency": "daily", "hours": 9}, "2026-01-01T14:00:00Z"),
        ({"frequency": "daily", "hours": 20}, "2026-01-01T01:00:00Z"),
        ({"frequency": "weekly", "days": ["wed"], "hours": 20}, "2026-01-01T01:00:00Z"),
        ({"frequency": "monthly", "day_of_month": 31}, "2026-01-31T05:00:00Z"),
    ],
)
def test_a_window_rule_is_read_in_the_recipients_time_zone(
    knock: KnockFake, api: httpx.Client, rule: JsonObject, until: str
) -> None:
    assert resumes_at(start(knock, api, delay(until="data.at"), NEW_YORK, data={"at": rule})) == until


@pytest.mark.parametrize(
    ("offset", "until"),
    [
        (timedelta(hours=-2), "2026-01-05T07:00:00Z"),
        (timedelta(days=1), "2026-01-06T09:00:00Z"),
        (timedelta(0), "2026-01-05T09:00:00Z"),
    ],
)
def test_a_length_beside_a_path_shifts_its_moment(
    knock: KnockFake, api: httpx.Client, offset: timedelta, until: str
) -> None:
    run = start(knock, api, delay(offset, until="data.at"), data={"at": "2026-01-05T09:00:00Z"})
    assert resumes_at(run) == until


def test_a_past_moment_may_be_shifted_into_the_future(knock: KnockFake, api: httpx.Client) -> None:
    run = start(knock, api, delay("3h", until="data.at"), data={"at": "2025-12-31T23:00:00Z"})
    assert resumes_at(run) == "2026-01-01T02:00:00Z"


# -- skipped -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "decided_by"),
    [
        ({}, "data.at is not set, which is no timestamp, duration or window rule"),
        ({"at": None}, "data.at is null, which is no timestamp, duration or window rule"),
        ({"at": 1767600000}, "data.at is 1767600000, which is no timestamp, duration or window rule"),
        ({"at": "tomorrow"}, "data.at is 'tomorrow', which is no ISO-8601 timestamp"),
        ({"at": ""}, "data.at is '', which is no ISO-8601 timestamp"),
        ({"at": "2025-12-31T23:59:59Z"}, "2025-12-31T23:59:59.000000Z is in the past"),
        ({"at": "2026-01-01T00:00:00Z"}, "2026-01-01T00:00:00.000000Z is in the past"),
        ({"at": "2027-01-01T00:00:01Z"}, "2027-01-01T00:00:01.000000Z is more than 365 days ahead"),
        ({"at": "9999-12-31T23:59:59Z"}, "9999-12-31T23:59:59.000000Z is more than 365 days ahead"),
        ({"at": {"unit": "days", "value": 366}}, "2027-01-02T00:00:00.000000Z is more than 365 days ahead"),
        ({"at": {"unit": "hours", "value": -1}}, "2025-12-31T23:00:00.000000Z is in the past"),
        ({"at": {"unit": "hour", "value": 1}}, "unknown unit 'hour'; did you mean 'hours'?"),
        ({"at": {"frequency": "dayly"}}, "window rule.frequency cannot be 'dayly': did you mean 'daily'?"),
    ],
)
def test_a_moment_that_is_missing_malformed_past_or_too_far_skips_the_step_with_an_error(
    knock: KnockFake, api: httpx.Client, data: JsonObject, decided_by: str
) -> None:
    run = start(knock, api, delay(until="data.at"), data=data)
    assert skipped(run) == {"reason": "invalid_window", "decided_by": decided_by}
    assert (run.error_count, run.events[1].status, len(run.messages)) == (1, "error", 1)
    assert describe_run(run)[1] == f"  delay_1 skipped: the window is invalid: {decided_by}"


def test_a_shift_into_the_past_skips_the_step(knock: KnockFake, api: httpx.Client) -> None:
    step = delay(timedelta(hours=-2), until="data.at")
    run = start(knock, api, step, data={"at": "2026-01-01T01:00:00Z"})
    assert skipped(run)["decided_by"] == "2025-12-31T23:00:00.000000Z is in the past"


def test_a_shift_out_of_the_calendar_skips_the_step(knock: KnockFake, api: httpx.Client) -> None:
    step = delay(timedelta(days=1), until="data.at")
    run = start(knock, api, step, data={"at": "9999-12-31T23:00:00Z"})
    assert skipped(run)["decided_by"] == "1 days lead out of the calendar"


@pytest.mark.parametrize("step", [delay("2h"), delay(until="data.at")])
def test_skip_delay_skips_every_delay_of_the_run(knock: KnockFake, api: httpx.Client, step: JsonObject) -> None:
    run = start(knock, api, step, settings={"skip_delay": True}, data={"at": "2026-01-05T09:00:00Z"})
    assert skipped(run) == {"reason": "skip_delay", "decided_by": "settings.skip_delay of the trigger"}
    assert (run.error_count, describe_run(run)[1]) == (
        0,
        "  delay_1 skipped: settings.skip_delay of the trigger",
    )


def test_conditions_of_a_delay_are_asked_before_it_waits(knock: KnockFake, api: httpx.Client) -> None:
    conditions: JsonObject = {"all": [{"variable": "data.plan", "operator": "equal_to", "argument": "pro"}]}
    run = start(knock, api, delay("2h", conditions=conditions))
    assert (run.status, run.events[2].data) == (
        "completed",
        {"reason": "conditions", "decided_by": 'data.plan equal_to "pro": data.plan is not set'},
    )


# -- together ----------------------------------------------------------------------------------------------


def test_runs_resume_in_the_order_of_their_moments(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[delay(until="data.at"), in_app_feed("Hello")])
    hours = {"ann": 3, "bob": 1, "cay": 2, "dan": 1}
    recipients = [
        {"id": name, "$trigger_data": {"at": {"unit": "hours", "value": hour}}} for name, hour in hours.items()
    ]
    api.post("/v1/workflows/digest/trigger", json={"recipients": recipients}).raise_for_status()
    knock.clock.advance("3h")
    assert [str(message.recipient) for message in knock.state.messages] == ["bob", "dan", "cay", "ann"]


def test_delays_follow_one_another(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[delay("1h"), delay("1h"), in_app_feed("Hello")])
    api.post("/v1/workflows/digest/trigger", json={"recipients": [{"id": "jane"}]}).raise_for_status()
    knock.clock.advance("1h59m")
    (run,) = knock.state.runs
    assert (run.status, run.position) == ("paused", 1)
    knock.clock.advance("1m")
    assert run.messages[0].inserted_at == knock.clock.now


@pytest.mark.knock(start="9999-06-01T00:00:00Z")
def test_a_world_near_the_end_of_the_calendar_can_wait_too(knock: KnockFake, api: httpx.Client) -> None:
    assert resumes_at(start(knock, api, delay("1h"))) == "9999-06-01T01:00:00Z"

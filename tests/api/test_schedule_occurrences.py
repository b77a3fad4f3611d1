"""Schedules set off runs as the clock passes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake
from knock_fake.errors import ClockError
from knock_fake.steps import delay, in_app_feed

if TYPE_CHECKING:
    import httpx
    from knockapi.types import ScheduleRepeatRuleParam

    from knock_fake.json_types import JsonObject

DAILY = {"frequency": "daily", "hours": 9}


@pytest.fixture(autouse=True)
def workflows(knock: KnockFake) -> None:
    knock.workflows.add("digest", steps=[in_app_feed("{{ recipient.schedule.last_occurrence_at }}")])


def schedule(api: httpx.Client, recipient: object = "jane", workflow: str = "digest", **plan: object) -> str:
    body = {"recipients": [recipient], "workflow": workflow, **plan}
    (created,) = api.post("/v1/schedules", json=body).json()
    return str(created["id"])


def show(api: httpx.Client, workflow: str = "digest") -> tuple[str | None, str | None]:
    """Return the last and the next occurrence of the only schedule."""
    (found,) = api.get(f"/v1/schedules?workflow={workflow}").json()["entries"]
    return found["last_occurrence_at"], found["next_occurrence_at"]


def starts(knock: KnockFake) -> list[str]:
    return [run.inserted_at.isoformat()[:16] for run in knock.state.runs]


def test_a_recurring_schedule_runs_at_each_occurrence(api: httpx.Client, knock: KnockFake) -> None:
    identifier = schedule(api, {"id": "jane"}, repeats=[DAILY], data={"a": 1}, actor={"id": "joe"}, tenant="acme")
    timeline = knock.clock.advance(days=2)
    assert [str(one) for one in timeline if "due" in str(one) or "started" in str(one)] == [
        "2026-01-01T09:00:00Z  schedule due: digest for jane",
        "2026-01-01T09:00:00Z  run started: digest for jane",
        "2026-01-02T09:00:00Z  schedule due: digest for jane",
        "2026-01-02T09:00:00Z  run started: digest for jane",
    ]
    assert show(api) == ("2026-01-02T09:00:00.000000Z", "2026-01-03T09:00:00.000000Z")
    run, _ = knock.state.runs
    assert (run.data, str(run.actor), run.tenant, run.status) == ({"a": 1}, "joe", "acme", "completed")
    assert (run.source.type, run.source.schedule_id, run.source.cancellation_key) == ("schedule", identifier, None)


def test_every_occurrence_is_a_workflow_run_of_its_own(api: httpx.Client, knock: KnockFake) -> None:
    schedule(api, {"id": "jane"}, repeats=[DAILY])
    knock.clock.advance(days=3)
    assert len({run.workflow_run_id for run in knock.state.runs}) == 3


def test_a_run_sees_the_occurrences_around_it(api: httpx.Client, knock: KnockFake) -> None:
    identifier = schedule(api, {"id": "jane"}, repeats=[DAILY])
    knock.clock.advance(days=2)
    assert [run.origin.schedule for run in knock.state.runs] == [
        {"id": identifier, "last_occurrence_at": None, "next_occurrence_at": "2026-01-02T09:00:00.000000Z"},
        {
            "id": identifier,
            "last_occurrence_at": "2026-01-01T09:00:00.000000Z",
            "next_occurrence_at": "2026-01-03T09:00:00.000000Z",
        },
    ]
    contents = [str(message.content) for message in knock.state.messages]
    assert ["2026-01-01T09:00:00.000000Z" in content for content in contents] == [False, True]


def test_the_schedule_stays_as_it_was_for_a_run_that_waits(api: httpx.Client, knock: KnockFake) -> None:
    knock.workflows.add("slow", steps=[delay("3d"), in_app_feed("next: {{ recipient.schedule.next_occurrence_at }}")])
    schedule(api, {"id": "jane"}, "slow", repeats=[DAILY])
    knock.clock.advance(days=4)
    first, *_ = knock.state.messages
    assert "next: 2026-01-02T09:00:00.000000Z" in str(first.content)


def occurrences(start: str, zone: str | None, *, days: int, hours: int, minutes: int = 0) -> list[str]:
    """Return when a daily schedule runs within some days from a start."""
    world = KnockFake(start=start)
    world.workflows.add("digest", steps=[in_app_feed("Hi")])
    client = world.client()
    client.users.update("jane", timezone=zone)
    rule: ScheduleRepeatRuleParam = {"frequency": "daily", "hours": hours, "minutes": minutes}
    client.schedules.create(recipients=["jane"], workflow="digest", repeats=[rule])
    world.clock.advance(days=days)
    return starts(world)


@pytest.mark.parametrize(
    ("zone", "start", "expected"),
    [
        ("Europe/Rome", "2026-03-27T12:00", ["2026-03-28T08:00", "2026-03-29T07:00", "2026-03-30T07:00"]),
        ("Europe/Rome", "2026-10-23T12:00", ["2026-10-24T07:00", "2026-10-25T08:00", "2026-10-26T08:00"]),
        ("America/New_York", "2026-03-06T20:00", ["2026-03-07T14:00", "2026-03-08T13:00", "2026-03-09T13:00"]),
        (None, "2026-03-27T12:00", ["2026-03-28T09:00", "2026-03-29T09:00", "2026-03-30T09:00"]),
    ],
)
def test_the_wall_clock_of_the_recipient_counts(zone: str | None, start: str, expected: list[str]) -> None:
    assert occurrences(start, zone, days=3, hours=9) == expected


def test_a_time_that_is_skipped_moves_forward_and_one_that_comes_twice_counts_once() -> None:
    skipped = occurrences("2026-03-28T12:00", "Europe/Rome", days=2, hours=2, minutes=30)
    twice = occurrences("2026-10-24T12:00", "Europe/Rome", days=2, hours=2, minutes=30)
    assert skipped == ["2026-03-29T01:30", "2026-03-30T00:30"]
    assert twice == ["2026-10-25T00:30", "2026-10-26T01:30"]


def test_several_rules_are_joined(api: httpx.Client, knock: KnockFake) -> None:
    rules = [{"frequency": "weekly", "days": ["sat"], "hours": 10}, {"frequency": "weekly", "days": ["fri"]}]
    schedule(api, {"id": "jane"}, repeats=rules)
    knock.clock.advance(days=9)
    assert starts(knock) == ["2026-01-02T00:00", "2026-01-03T10:00", "2026-01-09T00:00"]


def test_rules_that_meet_make_one_run(api: httpx.Client, knock: KnockFake) -> None:
    schedule(api, {"id": "jane"}, repeats=[DAILY, DAILY])
    knock.clock.advance(days=1)
    assert starts(knock) == ["2026-01-01T09:00"]


def test_intervals_are_counted_from_the_start(api: httpx.Client, knock: KnockFake) -> None:
    rule = {"frequency": "weekly", "interval": 2, "days": ["mon", "fri"]}
    schedule(api, {"id": "jane"}, repeats=[rule], scheduled_at="2026-01-09T00:00:00Z")
    knock.clock.travel("2026-02-07")
    assert starts(knock) == [
        "2026-01-09T00:00",
        "2026-01-19T00:00",
        "2026-01-23T00:00",
        "2026-02-02T00:00",
        "2026-02-06T00:00",
    ]


def test_a_start_that_matches_is_the_first_occurrence(api: httpx.Client, knock: KnockFake) -> None:
    schedule(api, {"id": "jane"}, repeats=[{"frequency": "hourly"}], scheduled_at="2026-01-01T00:00:00Z")
    knock.clock.advance("1h")
    assert starts(knock) == ["2026-01-01T00:00", "2026-01-01T01:00"]


def test_without_a_start_the_first_occurrence_is_after_now(api: httpx.Client, knock: KnockFake) -> None:
    schedule(api, {"id": "jane"}, repeats=[{"frequency": "hourly"}])
    knock.clock.advance("1h")
    assert starts(knock) == ["2026-01-01T01:00"]


def test_a_one_off_runs_once_and_stays_listed(api: httpx.Client, knock: KnockFake) -> None:
    schedule(api, {"id": "jane", "timezone": "Asia/Tokyo"}, scheduled_at="2026-01-02T12:00:00+02:00")
    timeline = knock.clock.run_until_idle()
    assert str(timeline[0]) == "2026-01-02T10:00:00Z  schedule due: digest for jane"
    assert starts(knock) == ["2026-01-02T10:00"]
    assert show(api) == ("2026-01-02T10:00:00.000000Z", None)


def test_a_one_off_may_be_due_at_once(api: httpx.Client, knock: KnockFake) -> None:
    schedule(api, {"id": "jane"}, scheduled_at="2026-01-01T00:00:00Z")
    assert starts(knock) == ["2026-01-01T00:00"]


def test_a_one_off_can_be_set_again(api: httpx.Client, knock: KnockFake) -> None:
    identifier = schedule(api, {"id": "jane"}, scheduled_at="2026-01-01T01:00:00Z")
    knock.clock.advance("1d")
    api.put("/v1/schedules", json={"schedule_ids": [identifier], "data": {"late": True}})
    assert show(api) == ("2026-01-01T01:00:00.000000Z", None)
    api.put("/v1/schedules", json={"schedule_ids": [identifier], "scheduled_at": "2026-01-03T00:00:00Z"})
    knock.clock.run_until_idle()
    assert starts(knock) == ["2026-01-01T01:00", "2026-01-03T00:00"]


def test_nothing_happens_after_the_end(api: httpx.Client, knock: KnockFake) -> None:
    schedule(api, {"id": "jane"}, repeats=[DAILY], ending_at="2026-01-02T09:00:00Z")
    knock.clock.run_until_idle()
    assert starts(knock) == ["2026-01-01T09:00", "2026-01-02T09:00"]
    assert show(api) == ("2026-01-02T09:00:00.000000Z", None)


def test_a_one_off_after_its_end_never_runs(api: httpx.Client, knock: KnockFake) -> None:
    schedule(api, {"id": "jane"}, scheduled_at="2026-01-03", ending_at="2026-01-02")
    assert (show(api), knock.clock.pending()) == ((None, None), ())


def test_an_end_that_moves_while_an_occurrence_is_now_does_not_repeat_it(api: httpx.Client, knock: KnockFake) -> None:
    identifier = schedule(api, {"id": "jane"}, repeats=[DAILY], scheduled_at="2026-01-01T09:00:00Z")
    knock.clock.advance("9h")
    api.put("/v1/schedules", json={"schedule_ids": [identifier], "ending_at": "2027-01-01"})
    assert starts(knock) == ["2026-01-01T09:00"]
    assert show(api) == ("2026-01-01T09:00:00.000000Z", "2026-01-02T09:00:00.000000Z")


def test_a_workflow_that_is_switched_off_misses_its_occurrences(api: httpx.Client, knock: KnockFake) -> None:
    knock.workflows.deactivate("digest")
    schedule(api, {"id": "jane"}, repeats=[DAILY])
    timeline = knock.clock.advance(days=1)
    assert [str(one) for one in timeline] == [
        "2026-01-01T09:00:00Z  schedule due: digest for jane",
        "2026-01-01T09:00:00Z  schedule skipped: workflow digest is switched off",
    ]
    knock.workflows.activate("digest")
    knock.clock.advance(days=1)
    assert starts(knock) == ["2026-01-02T09:00"]


def test_an_archived_workflow_has_no_occurrences(api: httpx.Client, knock: KnockFake) -> None:
    schedule(api, {"id": "jane"}, repeats=[DAILY])
    knock.workflows.archive("digest")
    timeline = knock.clock.advance(days=1)
    assert [one.text for one in timeline][1:] == ["schedule skipped: workflow digest was archived"]
    assert starts(knock) == []


def test_an_occurrence_runs_the_version_of_its_moment(api: httpx.Client, knock: KnockFake) -> None:
    schedule(api, {"id": "jane"}, repeats=[DAILY])
    knock.workflows.add("digest", steps=[in_app_feed("new")])
    knock.clock.advance(days=1)
    (message,) = knock.state.messages
    assert "new" in str(message.content)


def test_an_object_runs_without_its_subscribers(api: httpx.Client, knock: KnockFake) -> None:
    project = {"collection": "projects", "id": "p1", "name": "Apollo"}
    schedule(api, project, repeats=[DAILY])
    api.post("/v1/objects/projects/p1/subscriptions", json={"recipients": [{"id": "jane"}]})
    knock.clock.advance(days=1)
    assert [str(run.recipient) for run in knock.state.runs] == ["projects/p1"]


def test_data_that_does_not_fit_is_stored_and_halts_the_run(api: httpx.Client, knock: KnockFake) -> None:
    schema: JsonObject = {"type": "object", "required": ["name"], "properties": {"age": {"type": "integer"}}}
    knock.workflows.add("strict", steps=[in_app_feed("Hi")], trigger_data_json_schema=schema)
    schedule(api, {"id": "jane"}, "strict", scheduled_at="2026-01-02", data={"age": "old"})
    timeline = knock.clock.run_until_idle()
    reason = "trigger data does not fit: data.age must be an integer, not the string 'old'; data.name is required"
    assert str(timeline[-1]) == f"2026-01-02T00:00:00Z  run ended: strict for jane: {reason}"
    (run,) = knock.state.runs
    assert (run.status, run.error_count, run.messages) == ("completed", 1, ())
    assert [(event.event, event.status) for event in run.events] == [
        ("run_started", "ok"),
        ("trigger_data_invalid", "error"),
        ("run_halted", "ok"),
    ]


def test_a_recipient_whom_nobody_identified_cannot_be_reached(api: httpx.Client, knock: KnockFake) -> None:
    schedule(api, "nobody", scheduled_at="2026-01-02")
    knock.clock.run_until_idle()
    (run,) = knock.state.runs
    assert (run.status, run.error_count) == ("completed", 1)


def test_a_deleted_schedule_leaves_its_runs_alone(api: httpx.Client, knock: KnockFake) -> None:
    knock.workflows.add("slow", steps=[delay("1h"), in_app_feed("Hi")])
    identifier = schedule(api, {"id": "jane"}, "slow", scheduled_at="2026-01-01T00:00:00Z")
    api.request("DELETE", "/v1/schedules", json={"schedule_ids": [identifier]})
    knock.clock.run_until_idle()
    assert len(knock.state.messages) == 1


def test_what_recurs_never_runs_out(api: httpx.Client, knock: KnockFake) -> None:
    schedule(api, {"id": "jane"}, repeats=[DAILY])
    with pytest.raises(ClockError, match=r"^10 timers have fired and . are pending \(timer"):
        knock.clock.run_until_idle(limit=10)


def test_a_server_that_slept_catches_up_with_every_occurrence() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    times = [now]
    world = KnockFake(time_source=lambda: times[-1])
    world.workflows.add("digest", steps=[in_app_feed("Hi")])
    client = world.client()
    client.schedules.create(recipients=[{"id": "jane"}], workflow="digest", repeats=[{"frequency": "daily"}])
    times.append(datetime(2026, 1, 4, 12, tzinfo=UTC))
    (found,) = client.schedules.list(workflow="digest").entries
    assert starts(world) == ["2026-01-02T00:00", "2026-01-03T00:00", "2026-01-04T00:00"]
    assert found.next_occurrence_at == datetime(2026, 1, 5, tzinfo=UTC)

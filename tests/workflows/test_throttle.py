"""The throttle step: so many runs of a recipient pass within a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.conditions import greater_than
from knock_fake.state.references import user
from knock_fake.steps import batch, branch, in_app_feed, otherwise, throttle, when
from knock_fake.workflows.reasons import describe_run
from tests.workflows.batching import (
    add,
    go_to,
    items,
    names,
    runs_of,
    statuses,
    text_of,
    told,
    trigger,
    trigger_at,
)

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject


@pytest.mark.parametrize(
    ("step", "minutes", "passing"),
    [
        (throttle("10m"), [0, 1, 9], [0]),
        (throttle("10m"), [0, 9, 10, 19, 20], [0, 10, 20]),
        (throttle("10m"), [5, 14, 15], [5, 15]),
        (throttle("10m", limit=2), [0, 1, 2, 9, 10, 11, 12], [0, 1, 10, 11]),
        (throttle("10m", limit=3), [0, 9, 10], [0, 9, 10]),
    ],
)
def test_so_many_pass_within_a_window_that_does_not_slide(
    knock: KnockFake, api: httpx.Client, step: JsonObject, minutes: list[int], passing: list[int]
) -> None:
    add(knock, step)
    trigger_at(knock, api, minutes)
    assert [minute for minute, _ in told(knock)] == passing
    assert statuses(knock) == ["completed"] * len(minutes)
    assert knock.clock.pending() == ()


def test_who_passes_and_who_does_not_is_recorded(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, throttle("10m", limit=2))
    trigger_at(knock, api, [0, 1, 2])
    closes_at = "2026-01-01T00:10:00.000000Z"
    passed = [run.events[1] for run in runs_of(knock)[:2]]
    assert [(event.event, event.step_ref, event.data) for event in passed] == [
        ("throttle_passed", "throttle_1", {"limit": 2, "closes_at": closes_at, "passed": number}) for number in (1, 2)
    ]
    held = runs_of(knock)[2]
    reason = f"the limit of 2 is reached until {closes_at}"
    assert names(held) == ["run_started", "throttled"]
    assert (held.events[-1].step_ref, held.events[-1].data) == (
        "throttle_1",
        {"reason": reason, "limit": 2, "closes_at": closes_at},
    )
    assert describe_run(held) == ["digest for jane: completed, 0 messages", f"  throttled: {reason}"]


def test_a_throttled_run_ends_inside_a_branch_too(knock: KnockFake, api: httpx.Client) -> None:
    gate = branch(when(greater_than("data.n", 0), [throttle("10m")]), otherwise([]))
    add(knock, gate)
    trigger_at(knock, api, [0, 1])
    assert told(knock) == [(0, "1: 1")]


def test_every_recipient_workflow_and_step_is_counted_by_itself(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, throttle("10m"), throttle("60m", limit=2))
    knock.workflows.add("other", steps=[throttle("10m"), in_app_feed("Other")])
    trigger(api, ["jane", "john"], data={"n": 1})
    api.post("/v1/workflows/other/trigger", json={"recipients": ["jane"]}).raise_for_status()
    assert [text_of(item) for item in items(knock)] == ["1: 1", "Other"]
    assert told(knock, "john") == [(0, "1: 1")]
    for minute in (10, 20):
        go_to(knock, minute)
        trigger(api, data={"n": minute})
    assert [minute for minute, _ in told(knock)] == [0, 0, 10]
    assert len(list(knock.state.throttles)) == 5


def test_a_window_is_open_for_whom_its_recipient_is_merged_into_unless_one_is_open_already(
    knock: KnockFake, api: httpx.Client
) -> None:
    add(knock, throttle("10m"))
    trigger(api, ["john"], data={"n": 1})
    go_to(knock, 5)
    trigger(api, ["ann"], data={"n": 2})
    for secondary in ("john", "ann"):
        api.put("/v1/users/jane", json={}).raise_for_status()
        api.post("/v1/users/jane/merge", json={"from_user_id": secondary}).raise_for_status()
    for minute in (9, 10):
        go_to(knock, minute)
        trigger(api, data={"n": minute})
    assert [minute for minute, _ in told(knock)] == [0, 5, 10]


def test_a_window_that_is_over_is_not_taken_along_by_merging(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, throttle("10m"))
    trigger(api, ["john"], data={"n": 1})
    go_to(knock, 10)
    api.put("/v1/users/jane", json={}).raise_for_status()
    api.post("/v1/users/jane/merge", json={"from_user_id": "john"}).raise_for_status()
    assert list(knock.state.throttles) == []


def test_versions_of_a_workflow_share_a_throttle(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, throttle("10m"))
    trigger(api, data={"n": 1})
    add(knock, throttle("10m", limit=2))
    trigger(api, data={"n": 2})
    trigger(api, data={"n": 3})
    assert told(knock) == [(0, "1: 1"), (0, "1: 2")]


@pytest.mark.parametrize(
    ("key", "data", "passing"),
    [
        ("alert", [{"alert": "a"}, {"alert": "b"}, {"alert": "a"}], [1, 2]),
        ("data.alert", [{"alert": 1}, {"alert": 1}], [1]),
        ("{{ data.alert }}-{{ actor.id }}", [{"alert": "a"}, {"alert": "a"}], [1]),
        ("recipient.team", [{}, {}], [1]),
        ("alert", [{"alert": "x" * 57}, {"alert": "x" * 57}], [1]),  # 57 and two encoded quotes are 63
        ("alert", [{"alert": "ü" * 9}, {"alert": "ü" * 9}], [1]),  # 9 times 6 and 6 are 60
    ],
)
def test_a_key_groups_runs(
    knock: KnockFake, api: httpx.Client, key: str, data: list[JsonObject], passing: list[int]
) -> None:
    add(knock, throttle("10m", key=key))
    for number, one in enumerate(data, start=1):
        trigger(api, [{"id": "jane", "team": "red"}], actor={"id": "bob"}, data={**one, "n": number})
    assert [text for _, text in told(knock)] == [f"1: {number}" for number in passing]


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("alert", None, "the throttle key leads to nothing"),
        ("alert", "", "the throttle key leads to nothing"),
        ("{{ data.other }}", "a", "the throttle key leads to nothing"),
        ("alert", "x" * 58, f'the throttle key "{"x" * 58}" has 64 characters when encoded: more than 63'),
        ("alert", "ü" * 10, f'the throttle key "{"ü" * 10}" has 66 characters when encoded: more than 63'),
        ("{{ data.n | divided_by: 0 }}", "a", "can't divide by 0"),
    ],
)
def test_a_key_that_cannot_be_used_skips_the_step(
    knock: KnockFake, api: httpx.Client, key: str, value: Json, problem: str
) -> None:
    add(knock, throttle("10m", key=key))
    for number in (1, 2):
        trigger(api, data={"n": number, "alert": value})
    assert told(knock) == [(0, "1: 1"), (0, "1: 2")]
    run = runs_of(knock)[0]
    skip = run.events[1]
    assert (skip.event, skip.status, run.error_count) == ("step_skipped", "error", 1)
    assert (skip.data or {})["reason"] == "invalid_key"
    assert problem in str((skip.data or {})["decided_by"])
    assert describe_run(run)[1].startswith("  throttle_1 skipped: the key is invalid: ")


@pytest.mark.parametrize(
    ("value", "passing"),
    [
        ("2026-01-01T00:05:00Z", [0, 5]),
        ({"unit": "minutes", "value": 5}, [0, 5]),
        ({"frequency": "hourly", "minutes": 5}, [0, 5]),
        ({"unit": "days", "value": 31}, [0]),
        ("soon", [0, 4, 5]),
        ({"unit": "days", "value": 32}, [0, 4, 5]),
        ("2025-12-31T00:00:00Z", [0, 4, 5]),
        (None, [0, 4, 5]),
    ],
)
def test_data_decide_how_long_a_window_is(knock: KnockFake, api: httpx.Client, value: Json, passing: list[int]) -> None:
    add(knock, throttle(until="data.window"))
    for minute in (0, 4, 5):
        go_to(knock, minute)
        trigger(api, data={"n": minute, "window": value})
    assert [minute for minute, _ in told(knock)] == passing


def test_a_window_stays_whatever_later_runs_ask_for(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, throttle(until="data.window"))
    trigger(api, data={"n": 1, "window": {"unit": "minutes", "value": 5}})
    trigger(api, data={"n": 2, "window": "soon"})
    assert told(knock) == [(0, "1: 1")]


def test_a_throttle_is_not_cancelled_with_the_run_that_opened_it(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, throttle("10m"), batch("1m"))
    trigger(api, cancellation_key="a", data={"n": 1})
    api.post("/v1/workflows/digest/cancel", json={"cancellation_key": "a"}).raise_for_status()
    trigger(api, data={"n": 2})
    assert names(runs_of(knock)[1])[-1] == "throttled"


def test_a_recipient_who_is_deleted_is_not_held_back_later(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, throttle("10m"))
    trigger(api, data={"n": 1})
    api.delete("/v1/users/jane").raise_for_status()
    trigger(api, data={"n": 2})
    assert told(knock) == [(0, "1: 2")]
    assert [one.identity.recipient for one in knock.state.throttles] == [user("jane")]


def test_conditions_skip_a_throttle(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, throttle("10m", conditions={"all": [greater_than("data.n", 1)]}))
    trigger_at(knock, api, [0, 1, 2])
    assert told(knock) == [(0, "1: 1"), (1, "1: 2")]

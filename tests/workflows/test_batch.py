"""The batch step: windows, keys, limits, and what becomes of the runs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from knock_fake.conditions import equal_to, greater_than
from knock_fake.state.references import user
from knock_fake.steps import batch, branch, delay, in_app_feed, otherwise, when
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

# -- one window --------------------------------------------------------------------------------------------


def test_what_is_triggered_within_a_window_is_told_of_at_its_end(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"))
    trigger_at(knock, api, [0, 3, 9])
    assert (statuses(knock), told(knock)) == (["paused", "completed", "completed"], [])
    go_to(knock, 10)
    assert (statuses(knock), told(knock)) == (["completed"] * 3, [(10, "3: 1 2 3")])


def test_the_run_that_opened_the_batch_goes_on_and_the_others_end(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"))
    trigger_at(knock, api, [0, 3])
    knock.clock.run_until_idle()
    opener, joined = runs_of(knock)
    closes_at = "2026-01-01T00:10:00.000000Z"
    assert [(event.event, event.step_ref, event.data) for event in opener.events] == [
        ("run_started", None, None),
        ("batch_opened", "batch_1", {"closes_at": closes_at}),
        (
            "batch_closed",
            "batch_1",
            {"decided_by": "its window is over", "total_activities": 2, "total_actors": 0},
        ),
        ("message_enqueued", "in_app_feed_1", {"channel_type": "in_app_feed", "message_id": items(knock)[0].id}),
        ("run_completed", None, None),
    ]
    reason = f"joined the batch that closes at {closes_at}"
    assert [(event.event, event.step_ref, event.data) for event in joined.events] == [
        ("run_started", None, None),
        ("batch_joined", "batch_1", {"reason": reason, "continued_by": opener.id, "closes_at": closes_at}),
    ]
    assert describe_run(opener)[1:3] == [
        f"  batch_1 collects until {closes_at}",
        "  batch_1 closed with total_activities 2: its window is over",
    ]
    assert describe_run(joined) == ["digest for jane: completed, 0 messages", f"  batch joined: {reason}"]


def test_the_timeline_tells_of_batches(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"))
    trigger_at(knock, api, [0, 3])
    assert str(knock.clock.run_until_idle()) == (
        "2026-01-01T00:10:00Z  run resumed: digest for jane\n"
        "2026-01-01T00:10:00Z  batch closed: digest/batch_1 for jane: 2 activities\n"
        "2026-01-01T00:10:00Z  message queued: digest/in_app_feed_1 to jane\n"
        "2026-01-01T00:10:00Z  message delivered: digest/in_app_feed_1 to jane"
    )


def test_a_batch_of_one_tells_of_that_one(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"))
    trigger_at(knock, api, [0, 20])
    knock.clock.run_until_idle()
    assert told(knock) == [(10, "1: 1"), (30, "1: 2")]


def test_a_trigger_at_the_end_of_a_window_opens_the_next_one(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"))
    trigger_at(knock, api, [0, 10])
    knock.clock.run_until_idle()
    assert told(knock) == [(10, "1: 1"), (20, "1: 2")]


def test_a_run_that_comes_just_as_the_window_ends_is_the_last_to_join(knock: KnockFake, api: httpx.Client) -> None:
    """Two timers of one instant fire in the order of their creation: that of the delay is the older one."""
    add(knock, delay(until="data.wait"), batch("10m"))
    for number, minutes in ((1, 1), (2, 11)):
        trigger(api, data={"n": number, "wait": {"unit": "minutes", "value": minutes}})
    knock.clock.run_until_idle()
    assert told(knock) == [(11, "2: 1 2")]
    closed = next(event for event in runs_of(knock)[0].events if event.event == "batch_closed")
    assert (closed.data or {})["decided_by"] == "its window is over"


def test_each_recipient_has_a_batch_of_their_own(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"))
    trigger(api, ["jane", "john"], data={"n": 1})
    go_to(knock, 5)
    trigger(api, ["john", {"id": "paris", "collection": "places", "name": "Paris"}], data={"n": 2})
    assert len(knock.state.batches) == 3
    knock.clock.run_until_idle()
    assert (told(knock, "jane"), told(knock, "john")) == ([(10, "1: 1")], [(10, "2: 1 2")])
    assert len(knock.state.batches) == 0


def test_tenants_share_a_batch_and_the_openers_tenant_is_the_messages(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"))
    trigger(api, tenant="acme", data={"n": 1})
    trigger(api, tenant="other", data={"n": 2})
    knock.clock.run_until_idle()
    (item,) = items(knock)
    assert (item.tenant, text_of(item)) == ("acme", "2: 1 2")


def test_conditions_skip_a_batch(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m", conditions={"all": [greater_than("data.n", 1)]}))
    trigger_at(knock, api, [0, 1, 2])
    knock.clock.run_until_idle()
    assert told(knock) == [(0, "1: 1"), (11, "2: 2 3")]


def test_skip_delay_does_not_skip_a_batch(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"))
    trigger(api, settings={"skip_delay": True}, data={"n": 1})
    knock.clock.run_until_idle()
    assert told(knock) == [(10, "1: 1")]


def test_the_openers_settings_and_actor_are_the_runs(knock: KnockFake, api: httpx.Client) -> None:
    actor = in_app_feed("{{ actor.name }}")
    knock.workflows.add("digest", steps=[batch("10m"), actor])
    trigger(api, actor={"id": "bob", "name": "Bob"})
    trigger(api, actor={"id": "ann", "name": "Ann"})
    knock.clock.run_until_idle()
    assert [text_of(item) for item in items(knock)] == ["Bob"]
    assert items(knock)[0].actors == (user("bob"), user("ann"))


def test_a_recipient_who_is_deleted_gets_nothing_and_opens_a_new_batch_later(
    knock: KnockFake, api: httpx.Client
) -> None:
    add(knock, batch("10m"))
    trigger_at(knock, api, [0, 1])
    opener, joined = runs_of(knock)
    api.delete("/v1/users/jane").raise_for_status()
    assert (opener.status, names(opener)[-1], joined.status) == ("cancelled", "run_cancelled", "completed")
    assert len(knock.state.batches) == 0
    go_to(knock, 5)
    trigger(api, data={"n": 3})
    knock.clock.run_until_idle()
    assert told(knock) == [(15, "1: 3")]


def test_a_batch_of_a_user_who_is_merged_away_is_gone(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"))
    trigger(api, ["jane", "main"], data={"n": 1})
    api.post("/v1/users/main/merge", json={"from_user_id": "jane"}).raise_for_status()
    assert [batch.identity.recipient for batch in knock.state.batches] == [user("main")]
    trigger(api, ["main"], data={"n": 2})
    knock.clock.run_until_idle()
    assert (told(knock), told(knock, "main")) == ([], [(10, "2: 1 2")])


# -- windows that data decide ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "value", "minute"),
    [
        (batch(until="data.window"), "2026-01-01T00:45:00Z", 45),
        (batch(until="data.window"), {"unit": "minutes", "value": 7}, 7),
        (batch(until="data.window"), {"frequency": "hourly", "minutes": 25}, 25),
        (batch(until="data.window"), {"frequency": "daily", "hours": 9}, 9 * 60),
        (batch("5m", until="data.window"), "2026-01-01T00:45:00Z", 50),
        (batch(-timedelta(minutes=5), until="data.window"), "2026-01-01T00:45:00Z", 40),
        (batch("5m", until="data.window"), {"unit": "minutes", "value": 7}, 12),
        (batch("10m", until="data.window"), "2025-12-31T23:55:00Z", 5),
    ],
)
def test_data_decide_when_a_batch_closes(
    knock: KnockFake, api: httpx.Client, step: JsonObject, value: Json, minute: float
) -> None:
    add(knock, step)
    trigger(api, data={"n": 1, "window": value})
    trigger(api, data={"n": 2})
    knock.clock.run_until_idle()
    assert told(knock) == [(minute, "2: 1 2")]


def test_a_window_rule_is_read_in_the_recipients_time_zone(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch(until="recipient.digest"))
    rule: JsonObject = {"frequency": "daily", "hours": 20}
    trigger(api, [{"id": "jane", "timezone": "America/New_York", "digest": rule}], data={"n": 1})
    knock.clock.run_until_idle()
    assert told(knock) == [(60, "1: 1")]


def test_a_month_is_one_of_the_calendar(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, {"type": "batch", "settings": {"batch_window": {"unit": "months", "value": 1}}})
    trigger(api, data={"n": 1})
    knock.clock.run_until_idle()
    assert told(knock) == [(31 * 24 * 60, "1: 1")]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, "data.window is null, which is no timestamp, duration or window rule"),
        (True, "data.window is true, which is no timestamp, duration or window rule"),
        ("soon", "data.window is 'soon', which is no ISO-8601 timestamp"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000000Z is in the past"),
        ({"unit": "minutes", "value": -1}, "2025-12-31T23:59:00.000000Z is in the past"),
        ({"unit": "years", "value": 1}, "unknown unit 'years'"),
        ({"frequency": "yearly"}, "window rule.frequency cannot be 'yearly'"),
    ],
)
def test_a_window_that_cannot_be_read_skips_the_step(
    knock: KnockFake, api: httpx.Client, value: Json, problem: str
) -> None:
    add(knock, batch(until="data.window"))
    trigger(api, data={"n": 1, "window": value})
    (run,) = runs_of(knock)
    assert (names(run), told(knock)) == (
        ["run_started", "step_skipped", "message_enqueued", "run_completed"],
        [(0, "1: 1")],
    )
    skip = run.events[1]
    assert (skip.status, run.error_count, (skip.data or {})["reason"]) == ("error", 1, "invalid_window")
    assert problem in str((skip.data or {})["decided_by"])
    assert len(knock.state.batches) == 0


def test_a_fixed_window_stays_whatever_later_triggers_ask_for(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch(until="data.window"))
    trigger(api, data={"n": 1, "window": {"unit": "minutes", "value": 10}})
    trigger(api, data={"n": 2, "window": {"unit": "minutes", "value": 60}})
    trigger(api, data={"n": 3, "window": "never"})
    knock.clock.run_until_idle()
    assert told(knock) == [(10, "3: 1 2 3")]


# -- sliding windows ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("window", "limit", "minutes", "closing"),
    [
        ("10m", "25m", [0, 8, 17, 24], [(25, "4: 1 2 3 4")]),
        ("10m", "25m", [0, 8, 17, 25], [(25, "3: 1 2 3"), (35, "1: 4")]),
        ("60m", "30m", [0, 40], [(40, "2: 1 2")]),
        ("60m", "30m", [0, 10], [(30, "2: 1 2")]),
        ("60m", "30m", [0, 40, 41], [(40, "2: 1 2"), (101, "1: 3")]),
        ("60m", "1s", [0, 5], [(5, "2: 1 2")]),
        ("10m", None, [0, 9, 18, 27], [(37, "4: 1 2 3 4")]),
        ("1m", "60m", [0], [(1, "1: 1")]),
    ],
)
def test_a_sliding_window_begins_anew_up_to_its_limit(
    knock: KnockFake,
    api: httpx.Client,
    window: str,
    limit: str | None,
    minutes: list[int],
    closing: list[tuple[float, str]],
) -> None:
    add(knock, batch(window, sliding=True, extension_limit=limit))
    trigger_at(knock, api, minutes)
    knock.clock.run_until_idle()
    assert told(knock) == closing


def test_the_documented_example_of_an_extension_limit(knock: KnockFake, api: httpx.Client) -> None:
    """Twelve hours at a time, a day at most: the clock stands at the times of Knock's docs on sliding windows."""
    add(knock, batch("12h", sliding=True, extension_limit="24h"))
    ends = []
    for number, hour in enumerate([0, 6, 13, 16], start=1):
        go_to(knock, hour * 60)
        trigger(api, data={"n": number})
        (open_batch,) = knock.state.batches
        ends.append(str(open_batch.closes_at - open_batch.opened_at))
    assert ends == ["12:00:00", "18:00:00", "1 day, 0:00:00", "1 day, 0:00:00"]
    knock.clock.run_until_idle()
    assert told(knock) == [(24 * 60, "4: 1 2 3 4")]


def test_a_sliding_window_is_read_anew_from_every_trigger(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch(until="data.window", sliding=True, extension_limit="60m"))
    trigger(api, data={"n": 1, "window": {"unit": "minutes", "value": 10}})
    trigger(api, data={"n": 2, "window": "2026-01-01T00:03:00Z"})
    knock.clock.run_until_idle()
    assert told(knock) == [(3, "2: 1 2")]


def test_a_trigger_whose_sliding_window_cannot_be_read_is_not_batched(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch(until="data.window", sliding=True, extension_limit="60m"))
    trigger(api, data={"n": 1, "window": {"unit": "minutes", "value": 10}})
    trigger(api, data={"n": 2, "window": "never"})
    knock.clock.run_until_idle()
    assert told(knock) == [(0, "1: 2"), (10, "1: 1")]


def test_a_batch_closed_by_its_extension_limit_says_so(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("60m", sliding=True, extension_limit="30m"))
    trigger_at(knock, api, [0, 40])
    opener, joined = runs_of(knock)
    closed = next(event for event in opener.events if event.event == "batch_closed")
    assert (closed.data or {})["decided_by"] == "its extension limit was reached at 2026-01-01T00:30:00.000000Z"
    assert (joined.events[-1].data or {})["closes_at"] == "2026-01-01T00:40:00.000000Z"


# -- a limit of activities ---------------------------------------------------------------------------------


def test_a_full_batch_closes_at_once(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m", max_items=3))
    trigger_at(knock, api, [0, 1, 2, 3])
    assert told(knock) == [(2, "3: 1 2 3")]
    closed = next(event for event in runs_of(knock)[0].events if event.event == "batch_closed")
    assert (closed.data or {})["decided_by"] == "its limit of 3 activities was reached"
    knock.clock.run_until_idle()
    assert told(knock) == [(2, "3: 1 2 3"), (13, "1: 4")]


def test_runs_that_reach_a_full_batch_at_one_instant_open_the_next(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, delay("5m"), batch("10m", max_items=2))
    for number in range(1, 6):
        trigger(api, data={"n": number})
    knock.clock.run_until_idle()
    assert told(knock) == [(5, "2: 1 2"), (5, "2: 3 4"), (15, "1: 5")]


def test_a_cancelled_activity_makes_room(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m", max_items=2))
    trigger(api, cancellation_key="gone", data={"n": 1})
    api.post("/v1/workflows/digest/cancel", json={"cancellation_key": "gone"}).raise_for_status()
    trigger(api, data={"n": 2})
    assert told(knock) == []
    trigger(api, data={"n": 3})
    assert told(knock) == [(0, "2: 2 3")]


# -- keys --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "data", "together"),
    [
        ("page", [{"page": "a"}, {"page": "b"}, {"page": "a"}], [[1, 3], [2]]),
        ("data.page", [{"page": "a"}, {"page": "b"}, {"page": "a"}], [[1, 3], [2]]),
        ("{{ data.page }}", [{"page": "a"}, {"page": "b"}, {"page": "a"}], [[1, 3], [2]]),
        ("{{ data.page }}-{{ actor.id }}", [{"page": "a"}, {"page": "a"}], [[1, 2]]),
        ("page.id", [{"page": {"id": 1}}, {"page": {"id": 2}}, {"page": {"id": 1}}], [[1, 3], [2]]),
        ("page", [{"page": {"a": 1, "b": 2}}, {"page": {"b": 2, "a": 1}}], [[1, 2]]),
        ("page", [{"page": 1}, {"page": "1"}, {"page": True}], [[1], [2], [3]]),
        ("page", [{}, {"page": None}, {"page": ""}, {"page": "a"}], [[1, 2, 3], [4]]),
        ("recipient.team", [{}, {}], [[1, 2]]),
        ("recipient", [{"recipient": "x"}, {"recipient": "y"}], [[1], [2]]),
        ("page name", [{"page name": "a"}, {"page name": "b"}], [[1], [2]]),
    ],
)
def test_a_key_groups_triggers(
    knock: KnockFake, api: httpx.Client, key: str, data: list[JsonObject], together: list[list[int]]
) -> None:
    add(knock, batch("10m", key=key))
    for number, one in enumerate(data, start=1):
        trigger(api, [{"id": "jane", "team": "red"}], actor={"id": "bob"}, data={**one, "n": number})
    knock.clock.run_until_idle()
    expected = [(10.0, f"{len(group)}: {' '.join(map(str, group))}") for group in together]
    assert told(knock) == expected


def test_a_key_that_cannot_be_rendered_fails_the_step(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m", key="{{ data.n | divided_by: 0 }}"))
    trigger(api, data={"n": 1})
    (run,) = runs_of(knock)
    assert (names(run), run.error_count) == (["run_started", *["step_failed"] * 3, "run_halted"], 3)


# -- flushing the first ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "minutes", "closing"),
    [
        (batch("10m", flush_leading=True), [0], [(0, "1: 1")]),
        (batch("10m", flush_leading=True), [0, 3], [(0, "1: 1"), (10, "1: 2")]),
        (batch("10m", flush_leading=True), [0, 3, 9], [(0, "1: 1"), (10, "2: 2 3")]),
        (batch("10m", flush_leading=True), [0, 10], [(0, "1: 1"), (10, "1: 2")]),
        (batch("10m", flush_leading=True), [0, 3, 12], [(0, "1: 1"), (10, "1: 2"), (12, "1: 3")]),
        (batch("10m", flush_leading=True, max_items=2), [0, 1, 2, 3], [(0, "1: 1"), (2, "2: 2 3"), (3, "1: 4")]),
        (
            batch("10m", flush_leading=True, sliding=True, extension_limit="25m"),
            [0, 8, 17],
            [(0, "1: 1"), (25, "2: 2 3")],
        ),
        (
            batch("10m", flush_leading=True, sliding=True, extension_limit="5m"),
            [0, 8],
            [(0, "1: 1"), (8, "1: 2")],
        ),
    ],
)
def test_the_leading_trigger_is_told_of_at_once_and_the_others_at_the_end(
    knock: KnockFake, api: httpx.Client, step: JsonObject, minutes: list[int], closing: list[tuple[float, str]]
) -> None:
    add(knock, step)
    trigger_at(knock, api, minutes)
    knock.clock.run_until_idle()
    assert told(knock) == closing


def test_the_run_of_the_second_trigger_is_the_one_to_go_on(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m", flush_leading=True))
    trigger_at(knock, api, [0, 1, 2])
    assert statuses(knock) == ["completed", "paused", "completed"]
    knock.clock.run_until_idle()
    assert [names(run)[1:] for run in runs_of(knock)] == [
        ["batch_flushed", "message_enqueued", "run_completed"],
        ["batch_opened", "batch_closed", "message_enqueued", "run_completed"],
        ["batch_joined"],
    ]


def test_nothing_waits_while_only_the_leading_trigger_has_come(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m", flush_leading=True))
    trigger(api, data={"n": 1})
    assert knock.clock.pending() == ()


def test_the_leading_run_keeps_its_data_whole(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m", flush_leading=True))
    nested: JsonObject = {"n": 1, "page": {"id": 1}, "text": "x" * 300}
    trigger(api, data=nested)
    assert items(knock)[0].data == nested


# -- several batch steps -----------------------------------------------------------------------------------


def in_two_branches(first: JsonObject, second: JsonObject) -> JsonObject:
    """Return a branch step with one batch for data that are even, another for odd ones."""
    return branch(when(equal_to("data.even", "true"), [first]), otherwise([second]))


@pytest.mark.parametrize(
    ("step", "closing"),
    [
        (in_two_branches(batch("10m"), batch("10m")), ["2: 1 3", "1: 2"]),
        (
            in_two_branches(batch("10m", version_mode="pinned"), batch("10m", version_mode="pinned")),
            ["3: 1 2 3"],
        ),
        (
            in_two_branches(
                batch("10m", version_mode="pinned", key="{{ 'even' }}"),
                batch("10m", version_mode="pinned", key="{{ 'odd' }}"),
            ),
            ["2: 1 3", "1: 2"],
        ),
    ],
    ids=["of the latest version", "pinned", "pinned with keys"],
)
def test_batches_in_parallel_branches(
    knock: KnockFake, api: httpx.Client, step: JsonObject, closing: list[str]
) -> None:
    add(knock, step)
    for number in (1, 2, 3):
        trigger(api, data={"n": number, "even": number % 2 == 0})
    knock.clock.run_until_idle()
    assert [text for _, text in told(knock)] == closing


def test_a_second_batch_in_sequence_collects_one_activity(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"), batch("10m"))
    trigger_at(knock, api, [0, 3])
    knock.clock.run_until_idle()
    assert told(knock) == [(20, "1: 2")]


# -- versions ----------------------------------------------------------------------------------------------


def in_versions(
    knock: KnockFake, api: httpx.Client, first: list[JsonObject], second: list[JsonObject]
) -> list[tuple[float, str]]:
    """Trigger a workflow before and after a new version of it is added; return what is told at the end."""
    knock.workflows.add("digest", steps=first)
    trigger(api, data={"n": 1})
    go_to(knock, 5)
    knock.workflows.add("digest", steps=second)
    trigger(api, data={"n": 2})
    knock.clock.run_until_idle()
    return told(knock)


OLD, NEW = in_app_feed("old {{ total_activities }}"), in_app_feed("new {{ total_activities }}")


@pytest.mark.parametrize(
    ("first", "second", "closing"),
    [
        ([batch("10m"), OLD], [batch("10m"), NEW], [(10, "new 2")]),
        ([batch("10m"), OLD], [NEW, batch("60m", order="desc"), NEW], [(5, "new 1"), (10, "new 2")]),
        (
            [batch("10m"), OLD],
            [in_app_feed("before"), branch(when(equal_to("data.n", 2), [batch("10m"), NEW]), otherwise([])), NEW],
            [(5, "before"), (10, "new 2"), (10, "new 2")],
        ),
        ([batch("10m"), OLD], [NEW], [(5, "new 1"), (10, "old 1")]),
        ([batch("10m"), OLD], [batch("10m", ref="other"), NEW], [(10, "old 1"), (15, "new 1")]),
        ([batch("10m"), OLD], [batch("10m", version_mode="pinned"), NEW], [(10, "old 1"), (15, "new 1")]),
        ([batch("10m", version_mode="pinned"), OLD], [batch("10m"), NEW], [(10, "old 1"), (15, "new 1")]),
        (
            [batch("10m", version_mode="pinned"), OLD],
            [batch("10m", version_mode="pinned"), NEW],
            [(10, "old 1"), (15, "new 1")],
        ),
    ],
    ids=[
        "latest goes on in the new version",
        "from where the step stands there",
        "inside a branch too",
        "the step is gone",
        "the step has another ref",
        "the step is pinned now",
        "the step was pinned",
        "pinned throughout",
    ],
)
def test_a_batch_lives_through_versions_unless_it_is_pinned(
    knock: KnockFake,
    api: httpx.Client,
    first: list[JsonObject],
    second: list[JsonObject],
    closing: list[tuple[float, str]],
) -> None:
    assert in_versions(knock, api, first, second) == closing


def test_a_batch_goes_on_in_the_latest_version_that_still_has_it(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[batch("10m"), in_app_feed("first")])
    trigger(api)
    middle = knock.workflows.add("digest", steps=[batch("10m"), in_app_feed("second")])
    knock.workflows.add("digest", steps=[in_app_feed("third")])
    knock.clock.run_until_idle()
    (item,) = items(knock)
    assert (text_of(item), item.source.version_id) == ("second", middle.version_id)
    assert runs_of(knock)[0].version_id == middle.version_id


def test_what_is_rendered_is_up_to_the_version_that_goes_on(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m", render_limit=1))
    trigger_at(knock, api, [0, 1, 2])
    add(knock, batch("10m", render_limit=2, order="desc"))
    knock.clock.run_until_idle()
    assert told(knock) == [(10, "3: 2 3")]


def test_a_step_that_names_no_version_mode_is_pinned(knock: KnockFake, api: httpx.Client) -> None:
    plain: JsonObject = {"type": "batch", "settings": {"batch_window": {"unit": "minutes", "value": 10}}}
    assert in_versions(knock, api, [plain, OLD], [plain, NEW]) == [(10, "old 1"), (15, "new 1")]


# -- switching off -----------------------------------------------------------------------------------------


def test_a_batch_that_closes_while_its_workflow_is_off_sends_nothing(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"))
    trigger_at(knock, api, [0, 1])
    knock.workflows.deactivate("digest")
    knock.clock.run_until_idle()
    opener = runs_of(knock)[0]
    assert (statuses(knock), told(knock)) == (["cancelled", "completed"], [])
    assert opener.events[-1].data == {"reason": "the workflow was switched off"}
    knock.workflows.activate("digest")
    trigger(api, data={"n": 3})
    knock.clock.run_until_idle()
    assert told(knock) == [(20, "1: 3")]


def test_a_workflow_off_and_on_again_leaves_its_batches_alone(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"))
    trigger_at(knock, api, [0])
    knock.workflows.deactivate("digest")
    go_to(knock, 5)
    knock.workflows.activate("digest")
    trigger(api, data={"n": 2})
    knock.clock.run_until_idle()
    assert told(knock) == [(10, "2: 1 2")]


def test_a_batch_of_an_archived_workflow_sends_nothing(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"))
    trigger_at(knock, api, [0])
    knock.workflows.archive("digest")
    add(knock, batch("10m"))
    trigger(api, data={"n": 2})
    knock.clock.run_until_idle()
    assert (statuses(knock), told(knock)) == (["cancelled", "completed"], [(10, "1: 2")])


# -- waking ------------------------------------------------------------------------------------------------


def test_a_run_that_is_woken_before_its_batch_closes_waits_on(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"))
    trigger_at(knock, api, [0])
    knock._core.engine.wake(runs_of(knock)[0])
    knock.clock.settle()
    assert statuses(knock) == ["paused"]
    trigger_at(knock, api, [1])
    knock.clock.run_until_idle()
    assert told(knock) == [(10, "2: 1 1")]

"""Cancelling what is in a batch (Knock's docs on cancelling workflows with batches)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.steps import batch, delay
from tests.workflows.batching import add, go_to, items, names, runs_of, statuses, told, trigger

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json


def trigger_with_keys(knock: KnockFake, api: httpx.Client, *keys: str, recipient: str = "jane") -> None:
    """Trigger once a minute, each time with the next cancellation key; the data name the trigger's number."""
    for number, key in enumerate(keys, start=1):
        trigger(api, [recipient], cancellation_key=key, data={"n": number})
        knock.clock.advance("1m")


def cancel(api: httpx.Client, key: str, **body: Json) -> None:
    api.post("/v1/workflows/digest/cancel", json={"cancellation_key": key, **body}).raise_for_status()


def test_the_key_of_a_joined_activity_takes_it_out_and_leaves_the_window(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"))
    trigger_with_keys(knock, api, "a", "b", "c")
    cancel(api, "b")
    knock.clock.run_until_idle()
    assert told(knock) == [(10, "2: 1 3")]
    assert [(name, event.data) for run in runs_of(knock)[1:2] for event in run.events if (name := event.event)][2:] == [
        ("batch_left", {"reason": "cancelled by its cancellation key", "cancellation_key": "b"})
    ]
    assert statuses(knock) == ["completed", "completed", "completed"]


def test_the_key_of_the_opener_takes_its_activity_out_and_the_run_goes_on_with_the_rest(
    knock: KnockFake, api: httpx.Client
) -> None:
    add(knock, batch("10m"))
    trigger_with_keys(knock, api, "a", "b")
    cancel(api, "a")
    assert statuses(knock) == ["paused", "completed"]
    trigger(api, data={"n": 3})
    knock.clock.run_until_idle()
    assert told(knock) == [(10, "2: 2 3")]
    assert names(runs_of(knock)[0]) == [
        "run_started",
        "batch_opened",
        "batch_left",
        "batch_closed",
        "message_enqueued",
        "run_completed",
    ]


def test_what_comes_after_the_opener_was_taken_out_still_joins(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"))
    trigger_with_keys(knock, api, "a")
    cancel(api, "a")
    trigger(api, data={"n": 2})
    knock.clock.run_until_idle()
    assert told(knock) == [(10, "1: 2")]


def test_nothing_is_sent_when_everything_was_taken_out(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"))
    trigger_with_keys(knock, api, "a", "a", "b")
    for key in ("a", "b", "b"):
        cancel(api, key)
    assert statuses(knock) == ["paused", "completed", "completed"]
    timeline = knock.clock.run_until_idle()
    opener = runs_of(knock)[0]
    assert (told(knock), opener.status) == ([], "completed")
    assert (opener.events[-1].event, opener.events[-1].data) == (
        "batch_closed",
        {
            "reason": "everything in the batch was cancelled",
            "decided_by": "its window is over",
            "total_activities": 0,
            "total_actors": 0,
        },
    )
    assert [one.text for one in timeline] == [
        "run resumed: digest for jane",
        "run ended: digest for jane: everything in the batch was cancelled",
    ]
    assert len(knock.state.batches) == 0


def test_after_the_close_only_the_openers_key_cancels_the_run(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"), delay("1h"))
    trigger_with_keys(knock, api, "a", "b")
    go_to(knock, 10)
    cancel(api, "b")
    assert statuses(knock) == ["paused", "completed"]
    cancel(api, "a")
    assert statuses(knock) == ["cancelled", "completed"]
    knock.clock.run_until_idle()
    assert told(knock) == []


def test_the_openers_key_cancels_the_run_after_it_was_used_for_its_activity(
    knock: KnockFake, api: httpx.Client
) -> None:
    add(knock, batch("10m"), delay("1h"))
    trigger_with_keys(knock, api, "a", "b")
    cancel(api, "a")
    go_to(knock, 10)
    assert statuses(knock) == ["paused", "completed"]
    cancel(api, "a")
    knock.clock.run_until_idle()
    assert (statuses(knock), told(knock)) == (["cancelled", "completed"], [])


def test_after_the_close_a_joined_activity_stays_in_the_message(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"), delay("1h"))
    trigger_with_keys(knock, api, "a", "b")
    go_to(knock, 10)
    cancel(api, "b")
    knock.clock.run_until_idle()
    assert told(knock) == [(70, "2: 1 2")]


def test_a_shared_key_takes_out_everything_of_the_recipients_named(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"))
    for number in (1, 2):
        trigger(api, ["jane", "john"], cancellation_key="a", data={"n": number})
    trigger(api, ["jane", "john"], data={"n": 3})
    cancel(api, "a", recipients=["john"])
    knock.clock.run_until_idle()
    assert (told(knock), told(knock, "john")) == ([(10, "3: 1 2 3")], [(10, "1: 3")])


def test_the_key_of_a_leading_trigger_does_not_reach_into_the_batch(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m", flush_leading=True))
    trigger_with_keys(knock, api, "a", "b", "c")
    cancel(api, "a")
    cancel(api, "b")
    knock.clock.run_until_idle()
    assert told(knock) == [(0, "1: 1"), (10, "1: 3")]


def test_a_sliding_window_is_not_moved_back_by_a_cancellation(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m", sliding=True))
    trigger_with_keys(knock, api, "a", "b", "c")
    cancel(api, "c")
    knock.clock.run_until_idle()
    assert told(knock) == [(12, "2: 1 2")]


def test_a_cancelled_actor_does_not_count(knock: KnockFake, api: httpx.Client) -> None:
    add(knock, batch("10m"))
    for actor in ("bob", "ann"):
        trigger(api, actor={"id": actor}, cancellation_key=actor, data={"n": actor})
    cancel(api, "ann")
    knock.clock.run_until_idle()
    (item,) = items(knock)
    assert ([actor.id for actor in item.actors], item.total_actors) == (["bob"], 1)

"""A month over a thousand runs that wait: the same timeline every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from knock_fake import KnockFake
from knock_fake.gateway.call import Call
from knock_fake.steps import batch, delay, in_app_feed
from tests.workflows.batching import text_of

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.timeline import Timeline

PEOPLE = 250


def month_over_a_thousand_runs() -> tuple[KnockFake, Timeline]:
    """Let 250 people wait in delays of different lengths and in three batches each; return world and timeline."""
    world = KnockFake(seed=5)
    told = in_app_feed("{{ recipient.name }} {{ total_activities }}")
    world.workflows.add("later", steps=[delay(until="data.wait"), told, delay("10d"), told])
    world.workflows.add("digest", steps=[batch("7d", key="page"), told])
    names: list[Json] = [{"id": f"user-{number}", "name": f"User {number}"} for number in range(PEOPLE)]
    waits: list[JsonObject] = [
        {"id": f"user-{number}", "$trigger_data": {"wait": {"unit": "hours", "value": 1 + number * 7 % 100}}}
        for number in range(PEOPLE)
    ]
    trigger(world, "digest", {"recipients": names, "data": {"page": "A"}})
    trigger(world, "later", {"recipients": [*waits]})
    for page in "ABC":
        world.clock.advance("1h")
        trigger(world, "digest", {"recipients": names, "data": {"page": page}, "cancellation_key": page})
    world.clock.advance("1h")
    cancel: JsonObject = {"cancellation_key": "B", "recipients": ["user-3", "user-4"]}
    call(world, "/v1/workflows/digest/cancel", cancel)
    return world, world.clock.advance("30d")


def trigger(world: KnockFake, workflow: str, body: JsonObject) -> None:
    call(world, f"/v1/workflows/{workflow}/trigger", body)


def call(world: KnockFake, path: str, body: JsonObject) -> None:
    headers = {"authorization": "Bearer sk_test_x", "content-type": "application/json"}
    assert world.handle(Call("POST", path, headers=headers, body=orjson.dumps(body))).status < 300


def test_a_month_over_a_thousand_paused_runs_is_the_same_every_time() -> None:
    (world, timeline), (_, again) = month_over_a_thousand_runs(), month_over_a_thousand_runs()
    assert str(timeline) == str(again)
    assert [one.at for one in timeline] == sorted(one.at for one in timeline)
    messages = [*world.state.messages]
    # Two items of each delay, one of each batch, but for the two batches that were cancelled.
    assert len(messages) == PEOPLE * 2 + PEOPLE * 3 - 2
    assert sum(text_of(message).endswith(" 2") for message in messages) == PEOPLE
    assert all(run.is_over for run in world.state.runs)
    assert (world.clock.pending(), len(world.state.batches)) == ((), 0)

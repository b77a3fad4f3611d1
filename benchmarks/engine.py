"""The engine under many runs: a trigger to a thousand people, to ten thousand subscribers, and a month of waiting."""

from __future__ import annotations

import gc
from statistics import median
from time import process_time
from typing import TYPE_CHECKING

import orjson

from knock_fake import KnockFake
from knock_fake.gateway.call import Call
from knock_fake.steps import batch, delay, email, in_app_feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from knock_fake.json_types import Json, JsonObject

RECIPIENTS, SUBSCRIBERS, JOINING = 1_000, 10_000, 2_000
ROUNDS = 5
HEADERS = {"authorization": "Bearer sk_test_bench", "content-type": "application/json"}
ITEM = in_app_feed("{{ actor.name }} wrote, {{ recipient.name }}: {{ total_activities }}")


def call(world: KnockFake, method: str, path: str, body: JsonObject) -> None:
    """Make a call that must succeed."""
    reply = world.handle(Call(method, path, headers=HEADERS, body=orjson.dumps(body)))
    if reply.status >= 300:
        raise RuntimeError(f"{method} {path} answered {reply.status}: {reply.body!r}")


def people(count: int, start: int = 0) -> list[Json]:
    """Return inline identifications of users who can be reached on every channel of these workflows."""
    return [
        {"id": f"user-{number}", "name": f"User {number}", "email": f"user-{number}@example.com"}
        for number in range(start, start + count)
    ]


def with_recipients() -> Callable[[], object]:
    """Return the trigger of a workflow with one item for a thousand people whom the world knows."""
    world = KnockFake()
    world.workflows.add("now", steps=[ITEM])
    call(world, "POST", "/v1/users/bulk/identify", {"users": people(RECIPIENTS)})
    named: list[Json] = [f"user-{number}" for number in range(RECIPIENTS)]
    body: JsonObject = {"recipients": named, "actor": "user-0", "data": {"page": "A"}}
    return lambda: call(world, "POST", "/v1/workflows/now/trigger", body)


def with_subscribers() -> Callable[[], object]:
    """Return the trigger for an object that ten thousand people are subscribed to."""
    world = KnockFake()
    world.workflows.add("now", steps=[ITEM])
    call(world, "PUT", "/v1/objects/projects/apollo", {"name": "Apollo"})
    for start in range(0, SUBSCRIBERS, 100):
        call(world, "POST", "/v1/objects/projects/apollo/subscriptions", {"recipients": people(100, start)})
    body: JsonObject = {"recipients": [{"collection": "projects", "id": "apollo"}], "data": {"page": "A"}}
    return lambda: call(world, "POST", "/v1/workflows/now/trigger", body)


def with_paused_runs() -> Callable[[], object]:
    """Return a month's move of a world with a thousand runs that wait in delays and batches.

    Half of them wait twice and send twice, the others collect four triggers each.
    """
    world = KnockFake()
    later = [delay("1d"), ITEM, delay("10d"), email("News", "Hello {{ recipient.name }}")]
    world.workflows.add("later", steps=later)
    world.workflows.add("digest", steps=[batch("7d", key="page"), ITEM])
    half = people(RECIPIENTS // 2)
    call(world, "POST", "/v1/workflows/later/trigger", {"recipients": half})
    for number in range(4):
        actor: JsonObject = {"id": f"actor-{number}", "name": f"Actor {number}"}
        data: JsonObject = {"page": "A", "number": number}
        call(world, "POST", "/v1/workflows/digest/trigger", {"recipients": half, "actor": actor, "data": data})
    return lambda: world.clock.advance("30d")


def with_open_batch() -> Callable[[], object]:
    """Return many triggers that join one batch, one call each."""
    world = KnockFake()
    world.workflows.add("digest", steps=[batch("1h", sliding=True), ITEM])
    body: JsonObject = {"recipients": people(1), "data": {"page": "A"}}

    def join() -> None:
        for _ in range(JOINING):
            call(world, "POST", "/v1/workflows/digest/trigger", body)

    return join


def seconds(make: Callable[[], Callable[[], object]]) -> float:
    """Return the median processor time of an action, each time done in a world of its own, the garbage collector on."""
    durations = []
    for _ in range(ROUNDS):
        action = make()
        gc.collect()
        start = process_time()
        action()
        durations.append(process_time() - start)
    return median(durations)


def measure() -> Iterator[tuple[str, float, int, str]]:
    """Yield what was done, its time in seconds, how many runs it was done to, and the goal."""
    yield "trigger to 1,000 recipients", seconds(with_recipients), RECIPIENTS, ""
    yield "trigger to an object with 10,000 subscribers", seconds(with_subscribers), SUBSCRIBERS, ""
    yield '`advance("30d")` over 1,000 paused runs', seconds(with_paused_runs), RECIPIENTS, "under 1 s"
    yield "2,000 triggers that join one sliding batch", seconds(with_open_batch), JOINING, ""

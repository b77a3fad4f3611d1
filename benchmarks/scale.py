"""Lists as state grows, and what a message costs in memory: ``python -m benchmarks.scale [MESSAGES]``.

Two worlds, one with 1,000 messages and one with a million (for a tenth as many users), are asked for the same pages.
The messages are made by the engine's own parts, each with its run, activity, content and events; only the HTTP call
around the trigger is left out, which no memory is kept of.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from knock_fake import KnockFake
from knock_fake.gateway.call import Call
from knock_fake.state.packed import pack
from knock_fake.state.references import Reference, user
from knock_fake.state.runs import RunSettings, TriggerSource
from knock_fake.state.schedules import Plan
from knock_fake.steps import email, in_app_feed
from knock_fake.workflows.starting import Trigger, begin_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knock_fake.workflows.definition import WorkflowDefinition

SMALL, LARGE = 1_000, 1_000_000
ROUNDS = 31
WORKFLOWS = 20
TENANTS = 10
PAGE = 50
FEED = "55555555-5555-4555-8555-555555555555"
EMAIL = "11111111-1111-4111-8111-111111111111"
HEADERS = {"authorization": "Bearer sk_test_bench"}

PAGES = (
    ("messages", "/v1/messages", ""),
    ("messages of a channel", "/v1/messages", f"channel_id={EMAIL}"),
    ("messages of a workflow", "/v1/messages", "source=workflow-7"),
    ("messages of a tenant", "/v1/messages", "tenant=tenant-7"),
    ("messages of a workflow and a status", "/v1/messages", "source=workflow-7&status[]=delivered"),
    ("messages of a tenant and an engagement", "/v1/messages", "tenant=tenant-7&engagement_status[]=unread"),
    ("messages of a category and a channel", "/v1/messages", f"channel_id={FEED}&workflow_categories[]=news"),
    ("messages of a user", "/v1/users/user-7/messages", ""),
    ("messages of a user and a workflow", "/v1/users/user-7/messages", "source=workflow-7"),
    ("messages of a user and a tenant", "/v1/users/user-7/messages", "tenant=tenant-7"),
    ("feed of a user", f"/v1/users/user-7/feeds/{FEED}", ""),
    ("unread feed of a user and a workflow", f"/v1/users/user-7/feeds/{FEED}", "status=unread&source=workflow-7"),
    ("feed of a user and a tenant", f"/v1/users/user-7/feeds/{FEED}", "tenant=tenant-7"),
    ("runs of a workflow", "/v1/workflow_recipient_runs", "workflow=workflow-7"),
    ("runs of a tenant", "/v1/workflow_recipient_runs", "tenant=tenant-7"),
    ("runs of a user", "/v1/workflow_recipient_runs", "recipient=user-7"),
    ("schedules of a workflow", "/v1/schedules", "workflow=workflow-7"),
    ("schedules of a user", "/v1/users/user-7/schedules", ""),
    ("subscriptions of an object", "/v1/objects/projects/p1/subscriptions", ""),
    ("subscriptions of a user", "/v1/users/user-7/subscriptions", ""),
    ("members of an audience", "/v1/audiences/regulars/members", ""),
    ("users", "/v1/users", ""),
    ("tenants", "/v1/tenants", ""),
    ("objects of a collection", "/v1/objects/projects", ""),
)
"""The lists, with every filter that names a user, a channel, a workflow or a tenant."""


def world_of(messages: int) -> KnockFake:
    """Return a world with so many messages, and a tenth as many users; the seventh fills a page."""
    world = KnockFake()
    feed, mail = in_app_feed("Hello **{{ recipient.name }}**"), email("News", "Hello")
    workflows = [
        world.workflows.add(f"workflow-{number}", steps=[feed if number % 2 else mail], categories=["news"])
        for number in range(WORKFLOWS)
    ]
    users = max(messages // 10, 1_000)
    for number in range(users):
        properties = {"name": f"User {number}", "email": f"user-{number}@example.com"}
        world.state.recipients.upsert(user(f"user-{number}"), {**properties})
    _gather(world, users)
    for number in range(messages):
        turn, rest = divmod(number, messages // PAGE)
        name = 7 if rest == 0 else (number * 7) % users
        _trigger(world, workflows[7 if rest == 0 and turn % 2 else number % WORKFLOWS], number, f"user-{name}")
        if number % 100 == 99:
            world.clock.advance("1s")
    return world


def _gather(world: KnockFake, users: int) -> None:
    """Let every user follow a project, be in an audience, and every tenth have a schedule."""
    state, project = world.core.state, Reference("projects", "p1")
    for number in range(max(users // 100, 60)):
        state.recipients.upsert(Reference("projects", f"p{number}"), {})
        state.recipients.upsert(Reference("$tenants", f"tenant-{number}"), {})
    state.audiences.add("regulars")
    plan = Plan(repeats=({"frequency": "daily"},))
    for number in range(users):
        name = user(f"user-{number}")
        state.subscriptions.put(project, name, None)
        state.audiences.enter("regulars", name, None)
        if number % 10 == 7:
            state.schedules.create("workflow-7", name, plan)


def _trigger(world: KnockFake, definition: WorkflowDefinition, number: int, name: str) -> None:
    core = world.core  # below the HTTP call
    tenant = f"tenant-{number % TENANTS}" if number % 3 else None
    run_id = core.identifiers.uuid(core.identifiers.next_sequence())
    trigger = Trigger(run_id, None, tenant, TriggerSource("api"), RunSettings())
    begin_run(core.services, definition, trigger, user(name), pack({"number": number}))
    core.clock.settle()


def resident_bytes() -> int:
    """Return the memory of this process (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def page_seconds(world: KnockFake, path: str, query: str) -> float:
    """Return the median time of one page."""
    durations = []
    for _ in range(ROUNDS):
        start = perf_counter()
        reply = world.handle(Call("GET", path, query, HEADERS))
        durations.append(perf_counter() - start)
        if reply.status != 200:
            raise RuntimeError(f"GET {path}?{query} answered {reply.status}: {reply.body!r}")
    return median(durations)


def measure(large: int = LARGE) -> Iterator[str]:
    """Yield the lines of the table as they are measured."""
    small_world = world_of(SMALL)
    gc.collect()
    before = resident_bytes()
    start = perf_counter()
    large_world = world_of(large)
    elapsed = perf_counter() - start
    gc.collect()
    per_message = (resident_bytes() - before) / large
    yield f"{large:,} messages made in {elapsed:.0f} s; {per_message:,.0f} bytes a message with all that belongs to it"
    gc.freeze()
    for name, path, query in PAGES:
        small = page_seconds(small_world, path, query)
        grown = page_seconds(large_world, path, query)
        yield f"{name:36} {small * 1e6:8.0f} us {grown * 1e6:8.0f} us {grown / small:6.2f}x"


def main() -> None:
    """Print the table."""
    for line in measure(int(sys.argv[1]) if len(sys.argv) > 1 else LARGE):
        print(line, flush=True)


if __name__ == "__main__":
    main()

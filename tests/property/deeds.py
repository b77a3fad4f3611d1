"""Deeds: everything that property tests do to a world, and what can be seen of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import orjson
from hypothesis import strategies as st

from knock_fake import KnockFake, UsageError
from knock_fake.conditions import equal_to, exists
from knock_fake.gateway.call import Call
from knock_fake.steps import (
    ai_agent,
    batch,
    branch,
    chat,
    cohort,
    delay,
    email,
    experiment,
    http_fetch,
    in_app_feed,
    message_event,
    otherwise,
    push,
    recipient_event,
    sms,
    source_event,
    throttle,
    trigger_workflow,
    update_audience,
    update_tenant,
    update_user,
    wait_for_event,
    webhook,
    when,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.webhooks import WebhookAttempt

Deed: TypeAlias = "Callable[[KnockFake], str]"
"""Something done to a world; what it returns is all that can be seen of it."""

PUSH_ID, FEED_ID = "33333333-3333-4333-8333-333333333333", "55555555-5555-4555-8555-555555555555"
HELD: JsonObject = {"all": [{"variable": "data.hold", "operator": "equal_to", "argument": "true"}]}
UNREAD: JsonObject = {
    "all": [
        {"variable": "refs.in_app_feed_1.engagement_status", "operator": "not_contains", "argument": "$message.read"}
    ]
}

people = st.sampled_from(["jane", "john", "ann"])
workflows = st.sampled_from(["digest", "unread", "batched", "fetched", "split", "waiting", "loop", "unknown"])


def request(method: str, path: str, body: Json = None, **headers: str) -> Deed:
    """Return the deed of one call; its result is status, headers and body."""
    content = b"" if body is None else orjson.dumps(body)

    def do(world: KnockFake) -> str:
        sent = {"authorization": "Bearer sk_test_x", "content-type": "application/json", **headers}
        reply = world.handle(Call(method, path, headers=sent, body=content))
        return f"{reply.status} {sorted(reply.headers.items())} {reply.body!r}"

    return do


def advance(minutes: int) -> Deed:
    return lambda world: str(world.clock.advance(minutes=minutes))


def mark(which: int, name: str, *, undo: bool) -> Deed:
    """Return the deed of marking the n-th message of the world, if there is one."""

    def do(world: KnockFake) -> str:
        messages = world.state.messages.all()
        if not messages:
            return "no messages"
        path = f"/v1/messages/{messages[which % len(messages)].id}/{name}"
        return request("DELETE" if undo else "PUT", path)(world)

    return do


def script(which: int, channel: str | None) -> Deed:
    """Return the deed of planning what becomes of messages, in one of several ways."""

    def do(world: KnockFake) -> str:
        delivery = world.delivery
        plans: list[Callable[[], object]] = [
            lambda: delivery.plan(statuses=["queued", ("sent", "10m"), ("bounced", "20m")], channel=channel),
            lambda: delivery.fail(attempts=2, channel=channel),
            lambda: delivery.bounce(channel=channel),
            lambda: delivery.hold(channel=channel),
            delivery.release,
            delivery.clear,
        ]
        plans[which % len(plans)]()
        return str(delivery.plans)

    return do


def act(which: int, verb: str) -> Deed:
    """Return the deed of a verb of the n-th message of the world; one that cannot be says why."""

    def do(world: KnockFake) -> str:
        messages = world.messages.all()
        try:
            return repr(getattr(messages[which % len(messages)], verb)()) if messages else "no messages"
        except UsageError as error:
            return str(error)

    return do


def send(user_id: str | None) -> Deed:
    return lambda world: str(world.sources.send("shop", "paid", user_id=user_id, data={"to": "jane"}))


def force(name: str, recipient_id: str | None) -> Deed:
    def do(world: KnockFake) -> str:
        world.cohorts.force("split", "experiment_1", name, recipient=recipient_id)
        return name

    return do


def read_everything(world: KnockFake) -> str:
    """Return every page that shows what has happened, as one text."""
    paths = ["/v1/users", "/v1/messages"]
    paths += [f"/v1/users/{name}/feeds/{FEED_ID}" for name in ("jane", "john", "ann")]
    for message in world.state.messages:
        paths += [f"/v1/messages/{message.id}/{part}" for part in ("events", "content", "activities", "delivery_logs")]
    runs = [f"{run.id} {run.status} {run.events}" for run in world.state.runs]
    told = [
        f"{one!r} {one.body} {[_unsigned(attempt) for attempt in one.attempts]}" for one in world.webhooks.deliveries
    ]
    return "\n".join([*(request("GET", path)(world) for path in paths), *runs, *told, *map(str, world.journal)])


def _unsigned(attempt: WebhookAttempt) -> WebhookAttempt:
    """Return an attempt without its headers: its signature follows from identifiers, and nobody can tell how."""
    return replace(attempt, headers={})


def recipient(name: str, *, inline: bool) -> Json:
    if not inline:
        return name
    data: Json = {PUSH_ID: {"tokens": [f"{name}-1", f"{name}-2"]}}
    return {"id": name, "email": f"{name}@example.com", "phone_number": "+1555", "channel_data": data}


deeds: st.SearchStrategy[Deed] = st.one_of(
    st.builds(
        lambda name, plan: request("PUT", f"/v1/users/{name}", {"plan": plan, "email": f"{name}@example.com"}),
        people,
        st.integers(0, 3),
    ),
    st.builds(lambda name: request("DELETE", f"/v1/users/{name}"), people),
    st.builds(lambda one, other: request("POST", f"/v1/users/{one}/merge", {"from_user_id": other}), people, people),
    st.builds(
        lambda key, names, inline, hold, idempotent: request(
            "POST",
            f"/v1/workflows/{key}/trigger",
            {
                "recipients": [recipient(name, inline=inline) for name in names],
                "data": {"total": len(names), "hold": hold},
                "cancellation_key": "c-1",
            },
            **({"idempotency-key": "i-1"} if idempotent else {}),
        ),
        workflows,
        st.lists(people, min_size=1, max_size=3),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    st.builds(lambda key: request("POST", f"/v1/workflows/{key}/cancel", {"cancellation_key": "c-1"}), workflows),
    st.builds(
        lambda which, name, undo: mark(which, name, undo=undo),
        st.integers(0, 50),
        st.sampled_from(["seen", "read", "archived", "interacted"]),
        st.booleans(),
    ),
    st.builds(script, st.integers(0, 5), st.sampled_from([None, "sms", "push"])),
    st.builds(act, st.integers(0, 50), st.sampled_from(["deliver", "bounce", "undeliver", "read", "click"])),
    st.builds(
        lambda names: request("POST", "/v1/users/bulk/identify", {"users": [{"id": name} for name in names]}),
        st.lists(people, min_size=1, max_size=3),
    ),
    st.builds(
        request, st.sampled_from(["GET", "PUT", "POST"]), st.sampled_from(["/v1/objects/a/b", "/v2", "/v1/users/x"])
    ),
    st.builds(advance, st.integers(0, 90)),
    st.builds(send, st.none() | people),
    st.builds(force, st.sampled_from(["a", "b"]), st.none() | people),
)


histories = st.lists(deeds, max_size=12)


def make_world(seed: int) -> KnockFake:
    """Return a world with workflows that the deeds trigger."""
    world = KnockFake(seed=seed)
    item = in_app_feed("Hi **{{ recipient.id }}**")
    world.workflows.add("unread", steps=[item, delay("1h", conditions=HELD), email("S", "B", conditions=UNREAD)])
    every_type = [
        push("T", "{{ current_message.id }}"),
        sms("B https://example.com/b", overrides={"link_tracking": True}),
        chat("B"),
        webhook("https://hooks.example.com/"),
    ]
    world.workflows.add("digest", steps=[in_app_feed("{{ data.total }}"), *every_type])
    collected = in_app_feed("{{ total_activities }}: {{ activities | map: 'total' | join: ' ' }}")
    gate, window = throttle("20m", limit=2), batch("30m", key="total", sliding=True, max_items=3)
    world.workflows.add("batched", steps=[gate, window, collected])
    add_branching_workflows(world)
    asking = [http_fetch("https://api.example.com/{{ recipient.id }}"), ai_agent("a:b", "{{ data.n }}", ref="agent")]
    told = webhook("https://hooks.example.com/slow", query_params={"n": "{{ data.agent.text }}"})
    world.workflows.add("fetched", steps=[*asking, told])
    world.responders.fetch("https://api.example.com/*", json={"n": 1}, delay="20m")
    world.responders.fetch("https://api.example.com/j*", status=503, times=2).then(json={"n": [2]}, delay="5s")
    world.responders.model(fail="error").then(text="Hi").then(text="Ho", delay="30m")
    world.responders.webhook("*/slow", status=500, delay="40s", times=2).then(status=202)
    world.webhooks.add("https://app.example.com/hooks", ["message.*", "workflow_recipient_run.error"])
    slow = world.responders.endpoint(status=503, times=3).then(status=204, delay="10s", times=2)
    slow.then(fail="timeout", times=4).then(status=302, times=20).then(status=200)
    return world


def add_branching_workflows(world: KnockFake) -> None:
    """Add workflows that split, wait, write, and set one another off."""
    item = in_app_feed("Hi {{ refs | json }}")
    paid = wait_for_event(source_event("shop", "paid"), on_timeout="continue", expires_after="40m")
    looked = wait_for_event(
        message_event("waiting", "read"), match=exists("event.message_id"), on_match="halt", on_timeout="continue"
    )
    changed = wait_for_event(recipient_event(), match=equal_to("event.properties.plan", 2))
    split = experiment(cohort(50, [paid, item], name="a"), cohort(50, [update_user({"plan": 2})], name="b"))
    plans = branch(when(equal_to("recipient.plan", 2), [update_audience("beta")]), otherwise([changed]))
    world.workflows.add("split", steps=[split, plans, update_audience("beta", "remove"), item])
    world.workflows.add("waiting", steps=[item, looked, trigger_workflow("split"), update_tenant({"a": 1})])
    world.workflows.add("loop", steps=[delay("30m", conditions=HELD), trigger_workflow("loop")])
    world.audiences.add("beta", triggers=["digest"])
    world.audiences.add("pro", conditions=equal_to("recipient.plan", 2), triggers=["waiting"])
    world.sources.connect("shop", "paid", workflow="digest", recipients="data.to")

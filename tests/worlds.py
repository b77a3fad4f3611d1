"""A world in which everything has happened once, and calls into it: what tests of the whole API share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from knock_fake import KnockFake
from knock_fake.gateway.call import Call
from knock_fake.steps import chat, delay, email, in_app_feed, push, sms, webhook

if TYPE_CHECKING:
    from knock_fake.gateway.call import Reply
    from knock_fake.json_types import JsonObject

HEADERS = {"authorization": "Bearer sk_test_x", "content-type": "application/json"}
EMAIL = "11111111-1111-4111-8111-111111111111"
PUSH = "33333333-3333-4333-8333-333333333333"
CHAT = "44444444-4444-4444-8444-444444444444"
FEED = "55555555-5555-4555-8555-555555555555"
GUIDES = "77777777-7777-4777-8777-777777777777"
MS_TEAMS = "aaaaaaaa-7777-4777-8777-777777777777"

JANE: JsonObject = {
    "id": "jane",
    "name": "Jane",
    "email": "jane@example.com",
    "phone_number": "+15550100",
    "plan": {"tier": "pro"},
    "preferences": {"default": {"workflows": {"quiet": False}, "channel_types": {"sms": True}}},
    "channel_data": {PUSH: {"tokens": ["token"]}, CHAT: {"connections": [{"channel_id": "C1"}]}},
}
PROJECT: JsonObject = {
    "collection": "projects",
    "id": "p1",
    "name": "Apollo",
    "channel_data": {PUSH: {"tokens": ["token-of-p1"]}},
}
PROJECT_PATH = "/v1/objects/projects/p1"
TEAM: JsonObject = {"collection": "teams", "id": "t1"}
ACME: JsonObject = {
    "name": "Acme",
    "plan": "pro",
    "settings": {
        "branding": {"primary_color": "#123456", "logo_url": None},
        "preference_set": {"channel_types": {"sms": False}, "workflows": {"hello": {"channel_types": {"email": True}}}},
    },
}
ACME_HOLDER: JsonObject = {"object_id": "acme", "collection": "$tenants"}
DATA: JsonObject = {"name": "Jane", "deep": {"a": [1]}}
DAILY: JsonObject = {"repeats": [{"frequency": "daily", "days": "weekdays", "hours": 9}], "actor": {"id": "joe"}}


def send(world: KnockFake, method: str, path: str, query: str = "", body: object = None) -> Reply:
    """Send one call with a secret key; ``None`` is no body."""
    content = b"" if body is None else orjson.dumps(body)
    return world.handle(Call(method, path, query, HEADERS, content))


def full_world() -> KnockFake:
    """Two messages to each channel type, a run that waits, a schedule, audiences, guides, a scripted workspace."""
    world = KnockFake()
    world.variables.set("app_url", "https://example.com")
    _define(world)
    calls: tuple[tuple[str, JsonObject], ...] = (
        ("/v1/workflows/hello/trigger", {"recipients": [JANE], "data": DATA, "actor": PROJECT, "tenant": "acme"}),
        ("/v1/workflows/hello/trigger", {"recipients": [{"id": "jane"}, PROJECT], "actor": {"id": "joe"}}),
        ("/v1/workflows/later/trigger", {"recipients": ["jane", "joe"], "cancellation_key": "k"}),
        (f"{PROJECT_PATH}/subscriptions", {"recipients": ["jane", TEAM], "properties": {"role": "dev"}}),
        ("/v1/audiences/hello/members", {"members": [{"user": {"id": "jane"}, "tenant": "acme"}]}),
        ("/v1/schedules", {"recipients": ["jane", PROJECT], "workflow": "hello", **DAILY}),
        ("/v1/users/bulk/identify", {"users": [{"id": "joe"}]}),
    )
    for path, body in calls:
        send(world, "POST", path, body=body)
    send(world, "PUT", "/v1/tenants/acme", body=ACME)
    for channel, held in ((CHAT, {"token": {"access_token": "xoxb-1"}}), (MS_TEAMS, {"ms_teams_tenant_id": "m1"})):
        send(world, "PUT", f"/v1/objects/$tenants/acme/channel_data/{channel}", body={"data": held})
    return world


def _define(world: KnockFake) -> None:
    everything = [
        in_app_feed("Hi {{ data.name }}", buttons=[("Yes", "/yes"), ("No", "/no")]),
        email("Hi", "<p>Hi</p>"),
        sms("Hi"),
        push("Hi", "there"),
        chat("Hi"),
        webhook("https://example.com/in", headers={"x-a": "b"}, query_params={"a": "b"}, body='{"a": 1}'),
    ]
    world.workflows.add("hello", steps=everything, categories=["social"])
    world.workflows.add("later", steps=[delay("1h"), in_app_feed("Later")])
    world.workflows.add("switched-off", steps=everything)
    world.workflows.deactivate("switched-off")
    world.guides.add("tour", [{"ref": "intro", "values": {"title": "Hi {{ recipient.name }}"}}])
    world.guides.add("for-pros", [{"ref": "intro"}], target_audience_key="pros")
    world.audiences.add("hello", triggers=["later", "unknown"])
    world.channels.add("teams", type="chat", provider="chat_ms_teams", id=MS_TEAMS)
    world.providers.slack.add_channel("general")
    world.providers.ms_teams.add_team("Engineering", id="t1")
    world.providers.ms_teams.add_channel("t1", "General")


# Worlds of one seed are alike: what one of them calls its things, all of them do.
_WORLD = full_world()
SCHEDULES = tuple(schedule.id for schedule in _WORLD.state.schedules)
RUNS = tuple(run.id for run in _WORLD.state.runs)
WORKFLOW_RUN = next(run.workflow_run_id for run in _WORLD.state.runs)
MESSAGES = tuple(message.id for message in _WORLD.state.messages)
GUIDE_ID = next(guide.id for guide in _WORLD.guides)
BULK_OPERATION: str = next(
    orjson.loads(entry.reply.body)["id"] for entry in _WORLD.journal if entry.operation == "users.bulk.identify"
)
GUIDE_STEP: JsonObject = {
    "channel_id": GUIDES,
    "guide_id": GUIDE_ID,
    "guide_key": "tour",
    "guide_step_ref": "intro",
}

"""Every answer against its schema, with another library than the one that the gateway validates with."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeAlias, TypeVar
from urllib.parse import quote, urlencode

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from knock_fake import KnockFake
from knock_fake.api import OPERATIONS
from knock_fake.gateway.call import Call
from knock_fake.schema_files import BASE_URI, read_schema, resolve_definition, schema_names
from knock_fake.steps import chat, delay, email, in_app_feed, push, sms, webhook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from knock_fake.gateway.call import Reply
    from knock_fake.gateway.operations import Operation
    from knock_fake.json_types import Json, JsonObject

BUILT = {operation.name: operation for operation in OPERATIONS if operation.is_built}
HEADERS = {"authorization": "Bearer sk_test_x", "content-type": "application/json"}
PUSH = "33333333-3333-4333-8333-333333333333"
CHAT = "44444444-4444-4444-8444-444444444444"
FEED = "55555555-5555-4555-8555-555555555555"
GUIDES = "77777777-7777-4777-8777-777777777777"
MS_TEAMS = "aaaaaaaa-7777-4777-8777-777777777777"
TOKEN_HOLDER = 'access_token_object={"object_id":"acme","collection":"$tenants"}'
TENANT_HOLDER = 'ms_teams_tenant_object={"object_id":"acme","collection":"$tenants"}'
JANE: JsonObject = {
    "id": "jane",
    "name": "Jane",
    "email": "jane@example.com",
    "phone_number": "+15550100",
    "plan": {"tier": "pro"},
    "preferences": {"default": {"workflows": {"quiet": False}, "channel_types": {"sms": True}}},
    "channel_data": {PUSH: {"tokens": ["token"]}, CHAT: {"connections": [{"channel_id": "C1"}]}},
}
PROJECT: JsonObject = {"collection": "projects", "id": "p1", "name": "Apollo"}
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
DAILY: JsonObject = {"repeats": [{"frequency": "daily", "days": "weekdays", "hours": 9}], "actor": {"id": "joe"}}
PREFERENCES: JsonObject = {
    "workflows": {"quiet": False, "hello": {"conditions": [{"variable": "data.a", "operator": "exists"}]}},
    "categories": {"social": {"channel_types": {"email": False}, "channels": {FEED: True}}},
    "channel_types": {"email": {"conditions": []}, "sms": True},
    "commercial_subscribed": None,
}


@cache
def checker(name: str) -> Draft202012Validator:
    resources = [(f"{BASE_URI}{file}.json", DRAFT202012.create_resource(read_schema(file))) for file in schema_names()]
    registry: Registry[bool | Mapping[str, object]] = Registry().with_resources(resources)
    file, _, entry = name.partition("/")
    return Draft202012Validator({"$ref": f"{BASE_URI}{file}.json#/$defs/{entry}"}, registry=registry)


def send(world: KnockFake, method: str, path: str, query: str = "", body: object = None) -> Reply:
    content = b"" if body is None else orjson.dumps(body)
    return world.handle(Call(method, path, query, HEADERS, content))


def check_success(operation: Operation, reply: Reply) -> None:
    assert reply.status == operation.status
    if operation.response_schema is None:
        assert (reply.status, reply.body) == (204, b"")
    else:
        checker(operation.response_schema).validate(orjson.loads(reply.body))


def check_refusal(reply: Reply) -> None:
    body = orjson.loads(reply.body)
    checker("common/error").validate(body)
    assert body["status"] == reply.status


def make_world() -> KnockFake:
    """A world in which everything has happened once: two messages to each channel type, a run that waits."""
    world = KnockFake()
    world.variables.set("app_url", "https://example.com")
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
    for body in (
        {"recipients": [JANE], "data": {"name": "Jane", "deep": {"a": [1]}}, "actor": PROJECT, "tenant": "acme"},
        {"recipients": [{"id": "jane"}, PROJECT], "actor": {"id": "joe"}},
    ):
        send(world, "POST", "/v1/workflows/hello/trigger", body=body)
    waiting = {"recipients": ["jane", "joe"], "cancellation_key": "k"}
    send(world, "POST", "/v1/workflows/later/trigger", body=waiting)
    send(world, "PUT", "/v1/tenants/acme", body=ACME)
    subscribers = {"recipients": ["jane", TEAM], "properties": {"role": "dev"}}
    send(world, "POST", f"{PROJECT_PATH}/subscriptions", body=subscribers)
    world.channels.add("teams", type="chat", provider="chat_ms_teams", id=MS_TEAMS)
    for channel, held in ((CHAT, {"token": {"access_token": "xoxb-1"}}), (MS_TEAMS, {"ms_teams_tenant_id": "m1"})):
        send(world, "PUT", f"/v1/objects/$tenants/acme/channel_data/{channel}", body={"data": held})
    world.providers.slack.add_channel("general")
    world.providers.ms_teams.add_team("Engineering", id="t1")
    world.providers.ms_teams.add_channel("t1", "General")
    world.audiences.add("hello", triggers=["later", "unknown"])
    send(world, "POST", "/v1/audiences/hello/members", body={"members": [{"user": {"id": "jane"}, "tenant": "acme"}]})
    send(world, "POST", "/v1/schedules", body=DAILY | {"recipients": ["jane", PROJECT], "workflow": "hello"})
    world.guides.add("tour", [{"ref": "intro", "values": {"title": "Hi {{ recipient.name }}"}}])
    world.guides.add("for-pros", [{"ref": "intro"}], target_audience_key="pros")
    return world


SCHEDULES = tuple(schedule.id for schedule in make_world().state.schedules)
RUNS = tuple(run.id for run in make_world().state.runs)
MESSAGES = tuple(message.id for message in make_world().state.messages)
FEED_PATH = f"/v1/users/jane/feeds/{FEED}"
GUIDE_STEP = {
    "channel_id": GUIDES,
    "guide_id": next(iter(make_world().guides)).id,
    "guide_key": "tour",
    "guide_step_ref": "intro",
}

STORY: list[tuple[str, str, str, object]] = [
    ("PUT", "/v1/users/jane", "", JANE),
    ("PUT", "/v1/users/kim", "", None),
    ("GET", "/v1/users/jane", "", None),
    ("GET", "/v1/users", "", None),
    ("GET", "/v1/users", "include[]=preferences&page_size=1", None),
    ("GET", "/v1/messages", "page_size=5", None),
    ("GET", "/v1/users/jane/messages", "", None),
    *(
        call
        for owner in ("/v1/users/jane", PROJECT_PATH)
        for call in (
            ("GET", f"{owner}/preferences", "", None),
            ("GET", f"{owner}/preferences/acme", "tenant=acme", None),
            ("PUT", f"{owner}/preferences/acme", "", PREFERENCES),
            ("PUT", f"{owner}/preferences/acme", "", {**PREFERENCES, "__persistence_strategy__": "merge"}),
            *(("PUT", f"{owner}/preferences/acme/{name}", "", PREFERENCES[name]) for name in list(PREFERENCES)[:3]),
            *(
                ("PUT", f"{owner}/preferences/acme/{name}/email", "", {"subscribed": False})
                for name in list(PREFERENCES)[:3]
            ),
            ("GET", f"{owner}/preferences", "", None),
            ("DELETE", f"{owner}/preferences/acme", "", None),
            ("PUT", f"{owner}/channel_data/{PUSH}", "", {"data": {"devices": [{"token": "a", "locale": "de"}]}}),
            ("GET", f"{owner}/channel_data/{PUSH}", "", None),
            ("DELETE", f"{owner}/channel_data/{PUSH}", "", None),
        )
    ),
    ("POST", "/v1/users/bulk/preferences", "", {"user_ids": ["jane", "joe"], "preferences": PREFERENCES}),
    ("GET", "/v1/users/jane/preference_center/config", "", None),
    ("POST", "/v1/users/jane/preference_center/signed_url", "", None),
    *(("GET", f"/v1/workflow_recipient_runs/{one}", "", None) for one in RUNS),
    *(("GET", f"/v1/messages/{one}{part}", "", None) for one in MESSAGES for part in ("", "/content", "/events")),
    *(("GET", f"/v1/messages/{one}/{part}", "", None) for one in MESSAGES for part in ("activities", "delivery_logs")),
    ("GET", "/v1/messages/batch/content", urlencode([("message_ids[]", one) for one in MESSAGES]), None),
    ("GET", FEED_PATH, "", None),
    ("GET", FEED_PATH, "mode=compact&page_size=1", None),
    ("GET", f"{FEED_PATH}/settings", "", None),
    *(("PUT", f"/v1/messages/{MESSAGES[0]}/{mark}", "", None) for mark in ("seen", "read", "interacted", "archived")),
    ("GET", FEED_PATH, "archived=only", None),
    *(
        ("DELETE", f"/v1/messages/{MESSAGES[0]}/{mark}", "", None)
        for mark in ("seen", "read", "interacted", "archived", "unseen", "unread", "unarchived")
    ),
    *(
        ("POST", f"/v1/messages/batch/{mark}", "", {"message_ids": list(MESSAGES)})
        for mark in ("seen", "read", "interacted", "archived", "unseen", "unread", "unarchived")
    ),
    ("POST", "/v1/workflows/hello/trigger", "", {"recipients": ["jane"]}),
    ("POST", "/v1/workflows/later/cancel", "", {"cancellation_key": "k"}),
    ("POST", "/v1/users/jane/merge", "", {"from_user_id": "joe"}),
    ("GET", f"/v1/messages/{MESSAGES[-1]}/activities", "", None),
    ("POST", "/v1/users/bulk/identify", "", {"users": [{"id": "joe"}, {"id": "kim"}]}),
    ("POST", "/v1/users/bulk/delete", "", {"user_ids": ["joe"]}),
    ("GET", "/v1/objects/projects", "include[]=preferences", None),
    ("PUT", PROJECT_PATH, "", {"name": "Apollo", "preferences": {"default": {"workflows": {"quiet": True}}}}),
    ("GET", PROJECT_PATH, "", None),
    ("GET", "/v1/objects/projects", "include[]=preferences", None),
    ("GET", f"{PROJECT_PATH}/messages", "", None),
    ("GET", f"{PROJECT_PATH}/subscriptions", "recipients[]=jane&include[]=preferences", None),
    (
        "GET",
        "/v1/objects/teams/t1/subscriptions",
        "mode=recipient&objects[][id]=p1&objects[][collection]=projects",
        None,
    ),
    ("GET", "/v1/users/jane/subscriptions", "", None),
    ("POST", f"{PROJECT_PATH}/subscriptions", "", {"recipients": [{"id": "jane"}, TEAM]}),
    ("POST", "/v1/workflows/hello/trigger", "", {"recipients": [PROJECT], "actor": TEAM}),
    ("DELETE", f"{PROJECT_PATH}/subscriptions", "", {"recipients": ["jane", "nobody"]}),
    *(
        ("POST", f"/v1/objects/projects/bulk/subscriptions/{verb}", "", {"subscriptions": [row]})
        for row in ({"id": "p1", "recipients": ["kim", TEAM]}, {"id": "unknown", "recipients": ["kim"]})
        for verb in ("add", "delete")
    ),
    ("POST", "/v1/objects/projects/bulk/set", "", {"objects": [{"id": "p1"}, {"id": "p2", "name": None}]}),
    ("POST", "/v1/objects/projects/bulk/delete", "", {"object_ids": ["p2"]}),
    ("DELETE", PROJECT_PATH, "", None),
    ("GET", "/v1/tenants", "name=Acme&tenant_id=acme", None),
    ("GET", "/v1/tenants/acme", "resolve_full_preference_settings=true", None),
    ("PUT", "/v1/tenants/acme", "", ACME),
    ("POST", "/v1/tenants/bulk/set", "", {"tenants": ["globex", {"id": "acme", "settings": {"preference_set": None}}]}),
    ("GET", "/v1/objects/$tenants/acme", "", None),
    ("POST", "/v1/tenants/bulk/delete", "tenant_ids[]=globex", None),
    *(("GET", f"/v1/providers/slack/{CHAT}/{part}", TOKEN_HOLDER, None) for part in ("auth_check", "channels")),
    ("PUT", f"/v1/providers/slack/{CHAT}/revoke_access", TOKEN_HOLDER, None),
    ("PUT", f"/v1/objects/$tenants/acme/channel_data/{CHAT}", "", {"data": {"token": {"access_token": "xoxb-2"}}}),
    ("GET", f"/v1/providers/slack/{CHAT}/revoke_access", TOKEN_HOLDER, None),
    *(("GET", f"/v1/providers/ms-teams/{MS_TEAMS}/{part}", TENANT_HOLDER, None) for part in ("auth_check", "teams")),
    ("GET", f"/v1/providers/ms-teams/{MS_TEAMS}/channels", f"{TENANT_HOLDER}&team_id=t1", None),
    ("PUT", f"/v1/providers/ms-teams/{MS_TEAMS}/revoke_access", TENANT_HOLDER, None),
    ("GET", f"/v1/users/jane/guides/{GUIDES}", "", None),
    ("PUT", "/v1/users/jane/guides/messages/seen", "", {**GUIDE_STEP, "content": {"title": "Hi"}}),
    ("PUT", "/v1/users/jane/guides/messages/interacted", "", GUIDE_STEP),
    ("PUT", "/v1/users/jane/guides/messages/archived", "", {**GUIDE_STEP, "is_final": True}),
    ("GET", f"/v1/users/jane/guides/{GUIDES}", "force_all_guides=true", None),
    ("DELETE", "/v1/users/jane/guides/messages/archived", "", {"guide_key": "tour"}),
    *(
        call
        for mark in ("seen", "interacted", "archived")
        for call in (
            ("PUT", "/v1/users/jane/guides/engagements/reset", "", {"guide_key": "tour"}),
            ("PUT", f"/v1/users/jane/guides/messages/unknown/{mark}", "", {**GUIDE_STEP, "content": {}}),
        )
    ),
    ("GET", f"/v1/users/jane/guides/{GUIDES}", "", None),
    ("PUT", "/v1/users/jane/guides/engagements/reset", "", {"guide_key": "tour"}),
    ("GET", "/v1/messages", f"channel_id={GUIDES}", None),
    ("POST", f"/v1/channels/{FEED}/messages/bulk/read", "", {"user_ids": ["jane"], "archived": "exclude"}),
    ("GET", "/v1/openapi", "", None),
    ("DELETE", "/v1/tenants/acme", "", None),
    ("GET", "/v1/audiences/hello/members", "", None),
    (
        "POST",
        "/v1/audiences/new/members",
        "create_audience=true",
        {"members": [{"user": {"id": "zoe", "name": "Zoe"}}]},
    ),
    ("DELETE", "/v1/audiences/new/members", "", {"members": [{"user": {"id": "zoe"}}, {"user": {"id": "nobody"}}]}),
    ("POST", "/v1/integrations/census/custom-destination", "", {"id": "1", "jsonrpc": "2.0", "method": "list_objects"}),
    ("POST", "/v1/integrations/hightouch/embedded-destination", "", {"id": "1", "jsonrpc": "2.0", "method": "ad"}),
    ("POST", "/v1/notify", "", {"name": "hello", "actor": "jane", "recipients": ["jane", "nobody"]}),
    ("POST", "/v1/notify/cancel", "", {"name": "later", "cancellation_key": "k"}),
    ("POST", "/v1/schedules", "", DAILY | {"recipients": [PROJECT, "nobody"], "workflow": "hello"}),
    ("GET", "/v1/schedules", "workflow=hello&recipients[]=jane", None),
    ("PUT", "/v1/schedules", "", {"schedule_ids": [*SCHEDULES, "unknown"], "scheduled_at": "2026-02-01T00:00:00Z"}),
    ("GET", "/v1/users/jane/schedules", "", None),
    ("GET", f"{PROJECT_PATH}/schedules", "workflow=hello", None),
    ("DELETE", "/v1/schedules", "", {"schedule_ids": [SCHEDULES[0]]}),
    ("POST", "/v1/schedules/bulk/create", "", {"schedules": [{"recipient": "jane", "workflow": "hello", **DAILY}]}),
    ("GET", "/v1/workflow_recipient_runs", "status[]=paused&status[]=completed&recipient=jane", None),
    ("DELETE", "/v1/users/kim", "", None),
]
"""Calls that succeed one after the other and touch every operation."""


def test_the_story_goes_well_and_fits_the_schemas() -> None:
    world = make_world()
    prepared = len(world.journal)
    for method, path, query, body in STORY:
        send(world, method, path, query, body)
    bulk = orjson.loads(send(world, "POST", "/v1/users/bulk/delete", body={"user_ids": ["joe"]}).body)
    send(world, "GET", bulk["progress_path"])
    told = [*world.journal][prepared:]
    assert {entry.operation for entry in told} == set(BUILT)
    for entry in told:
        assert entry.operation is not None
        check_success(BUILT[entry.operation], entry.reply)


def test_a_feed_of_a_message_whose_people_are_gone_fits_the_schemas() -> None:
    world = make_world()
    send(world, "DELETE", "/v1/users/joe")
    send(world, "GET", FEED_PATH)
    send(world, "GET", f"/v1/messages/{MESSAGES[6]}/activities")
    for entry in [*world.journal][-2:]:
        check_success(BUILT[str(entry.operation)], entry.reply)
        assert b'"id":"joe"' in entry.reply.body


@pytest.mark.parametrize("operation", BUILT.values(), ids=lambda operation: operation.name)
def test_every_operation_declares_schemas_that_exist(operation: Operation) -> None:
    for name in (operation.body_schema, operation.query_schema, operation.response_schema):
        if name is not None:
            checker(name).is_valid({})
    assert (operation.response_schema is None) == (operation.status == 204)
    assert operation.tier in (1, 2, 3, 4, 5)


TEXTS = st.one_of(
    st.sampled_from(
        (
            *("jane", "joe", "nobody", "projects", "acme", "default", "k", "hello", "later", "switched-off"),
            *("a/b", "", "true", "[]", '{"name":"Jane"}', "Europe/Rome", "2026-01-01T00:00:00Z", "AAAAAAAAAAE="),
            *("seen", "read", "delivered", "preferences", "only", "compact", "entries.data", PUSH, CHAT, FEED),
            *MESSAGES[:3],
        )
    ),
    st.text(max_size=6),
)
NAMES = st.sampled_from(
    (
        *("id", "collection", "name", "email", "timezone", "created_at", "preferences", "channel_data", "settings"),
        *("$trigger_data", "__typename", "__cursor", "updated_at", "metadata", "default", "workflows", "data"),
        *(PUSH, CHAT, "tokens", "connections", "channel_id", "conditions", "hello", "", "a.b"),
    )
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
)
JUNK: st.SearchStrategy[Json] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES | TEXTS, inner, max_size=4)),
    max_leaves=8,
)
PLAIN: dict[str, st.SearchStrategy[Json]] = {
    "string": TEXTS,
    "integer": st.integers(-3, 300),
    "boolean": st.booleans(),
    "null": st.none(),
}
USERS: st.SearchStrategy[Json] = st.sampled_from(("jane", "joe", "nobody"))
PEOPLE: st.SearchStrategy[Json] = st.one_of(
    USERS,
    st.fixed_dictionaries(
        {"id": USERS},
        optional={
            "name": st.none() | TEXTS,
            "collection": st.sampled_from((None, "projects")),
            "timezone": st.sampled_from((None, "Europe/Rome", "Nowhere")),
            "$trigger_data": st.dictionaries(NAMES, JUNK, max_size=2),
            "preferences": st.sampled_from((None, {}, {"default": {"channel_types": {"email": False}}})),
            "channel_data": st.sampled_from((None, {PUSH: {"tokens": ["a", "b"]}}, {PUSH: {}})),
            "custom": JUNK,
        },
    ),
)
TENANT_ROWS: st.SearchStrategy[Json] = st.sampled_from(("acme", {"id": "globex", **ACME}))
RULES: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {"frequency": st.sampled_from(("hourly", "daily", "weekly", "monthly"))},
    optional={
        "interval": st.sampled_from((None, 1, 2, 14, 10_000, 1.0)),
        "days": st.sampled_from((None, [], ["mon"], ["sun", "mon"], "weekdays", "weekends")),
        "day_of_month": st.sampled_from((None, 1, 31)),
        "hours": st.sampled_from((None, 0, 23, 9.0)),
        "minutes": st.sampled_from((None, 0, 55)),
    },
)
ROWS: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {"user_id": USERS | SCALARS}, optional={"tenant": SCALARS, "email": SCALARS, "a": USERS, "timezone": TEXTS}
)
SUBSCRIBERS: st.SearchStrategy[Json] = st.lists(PEOPLE, min_size=1, max_size=3).map(list)
SUBSCRIBING: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {"id": st.sampled_from(("p1", "p2")), "recipients": SUBSCRIBERS}, optional={"properties": st.none() | JUNK}
)
SWITCHES: st.SearchStrategy[Json] = st.one_of(
    st.booleans(),
    st.just({"conditions": [{"variable": "data.a", "operator": "exists", "argument": None}]}),
    st.just({"conditions": []}),
)
CHANNEL_SWITCHES: st.SearchStrategy[Json] = st.dictionaries(
    st.sampled_from(("email", "sms", PUSH)), SWITCHES, max_size=2
)
NODES: st.SearchStrategy[Json] = st.dictionaries(
    st.sampled_from(("hello", "social", "email")),
    SWITCHES | st.fixed_dictionaries({}, optional={"channel_types": CHANNEL_SWITCHES, "channels": CHANNEL_SWITCHES}),
    max_size=2,
)
PROVIDER_DATA: st.SearchStrategy[Json] = st.sampled_from(
    (
        {"tokens": ["a", "a", "b"]},
        {"tokens": [], "devices": [{"token": "a", "locale": None, "timezone": "Europe/Rome"}]},
        {"devices": [{"token": "a", "timezone": "Nowhere"}]},
        {"connections": [{"channel_id": "C1"}, {"incoming_webhook": {"url": ""}}], "token": None},
        {"player_ids": ["a"]},
    )
)
GUIDE_NAMES: dict[str, st.SearchStrategy[Json]] = {name: st.just(value) for name, value in GUIDE_STEP.items()}


def just(value: Json) -> st.SearchStrategy[Json]:
    """Always this value, typed as any JSON."""
    return st.just(value)


FITTING: dict[str, st.SearchStrategy[Json]] = {
    **GUIDE_NAMES,
    "recipients": st.lists(PEOPLE, min_size=1, max_size=3).map(list),
    "users": st.lists(PEOPLE, min_size=1, max_size=3).map(list),
    "user_ids": st.lists(USERS, min_size=1, max_size=3).map(list),
    "from_user_id": USERS,
    "objects": st.lists(PEOPLE.filter(lambda one: isinstance(one, dict)), min_size=1, max_size=3).map(list),
    "object_ids": st.lists(st.sampled_from(("p1", "p2")), min_size=1, max_size=3).map(list),
    "tenants": st.lists(TENANT_ROWS, min_size=1, max_size=3).map(list),
    "subscriptions": st.lists(SUBSCRIBING, min_size=1, max_size=2).map(list),
    "actor": PEOPLE,
    "workflow": st.sampled_from(("hello", "later", "switched-off", "unknown")),
    "repeats": st.lists(RULES, max_size=2).map(list),
    "scheduled_at": st.sampled_from((None, "2026-01-01", "2026-06-01T09:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01")),
    "ending_at": st.sampled_from((None, "2026-06-01", "soon")),
    "schedule_ids": st.lists(st.sampled_from((*SCHEDULES, "unknown")), min_size=1, max_size=3).map(list),
    "schedules": st.lists(
        st.fixed_dictionaries(
            {"recipient": PEOPLE, "workflow": st.just("hello"), "repeats": st.lists(RULES, min_size=1).map(list)}
        ),
        min_size=1,
        max_size=2,
    ).map(list),
    "members": st.lists(
        st.fixed_dictionaries(
            {"user": PEOPLE.filter(lambda one: isinstance(one, dict))},
            optional={"tenant": st.sampled_from((None, "acme"))},
        ),
        min_size=1,
        max_size=3,
    ).map(list),
    "access_token_object": st.just({"object_id": "acme", "collection": "$tenants"}),
    "ms_teams_tenant_object": st.just({"object_id": "acme", "collection": "$tenants"}),
    "team_id": st.just("t1"),
    "jsonrpc": st.just("2.0"),
    "method": st.sampled_from(
        ("list_objects", "list_fields", "sync_batch", "get_sync_speed", "behavior", "add", "change", "remove")
    ),
    "params": st.fixed_dictionaries(
        {},
        optional={
            "object": just({"object_api_name": "hello"}) | JUNK,
            "sync_plan": just({"object": {"object_api_name": "hello"}, "operation": "upsert"}) | JUNK,
            "configuration": just({"object": "hello", "identifierMapping": {"from": "a", "to": "user_id"}}) | JUNK,
            "records": st.lists(ROWS, max_size=3).map(list) | JUNK,
            "rows": st.lists(ROWS, max_size=3).map(list) | JUNK,
        },
    ),
    "tenant": st.sampled_from((None, "acme", {"id": "globex", "name": "Globex"})),
    "cancellation_key": st.just("k"),
    "message_ids": st.lists(st.sampled_from((*MESSAGES, "unknown")), min_size=1, max_size=4).map(list),
    "data": st.dictionaries(NAMES, JUNK, max_size=3) | PROVIDER_DATA,
    "workflows": st.none() | NODES,
    "categories": st.none() | NODES,
    "channel_types": st.none() | CHANNEL_SWITCHES,
    "channels": st.none() | CHANNEL_SWITCHES,
    "commercial_subscribed": st.none() | SWITCHES,
}
"""Values that mean something, for the names that would seldom get one by chance."""


_T = TypeVar("_T")


def mostly(usual: st.SearchStrategy[_T], rare: st.SearchStrategy[_T]) -> st.SearchStrategy[_T]:
    return st.sampled_from((*[usual] * 7, rare)).flatmap(lambda chosen: chosen)


def values(schema: JsonObject) -> st.SearchStrategy[Json]:
    """Values that mostly have the types that a resolved schema asks for."""
    types = schema.get("type", "object")
    fitting = [of_type(str(one), schema) for one in (types if isinstance(types, list) else [types])]
    return mostly(st.one_of(fitting), JUNK)


def of_type(type_: str, schema: JsonObject) -> st.SearchStrategy[Json]:
    if type_ == "array":
        items = schema.get("items")
        return st.lists(values(items if isinstance(items, dict) else {}), max_size=4).map(list)
    if type_ == "object":
        return objects(schema)
    return PLAIN.get(type_, SCALARS)


def objects(schema: JsonObject) -> st.SearchStrategy[Json]:
    properties = schema.get("properties")
    known = {
        key: mostly(FITTING[key], values(value)) if key in FITTING else values(value)
        for key, value in (properties.items() if isinstance(properties, dict) else ())
        if isinstance(value, dict)
    }
    required = schema.get("required")
    always = set(map(str, required)) if isinstance(required, list) else set()
    fixed = {key: value for key, value in known.items() if key in always}
    optional = {key: value for key, value in known.items() if key not in always}
    extra = st.dictionaries(NAMES, JUNK, max_size=2)
    named = st.fixed_dictionaries(fixed, optional=optional)
    return st.builds(lambda one, other: {**other, **one}, named, extra)


@cache
def bodies(name: str | None) -> st.SearchStrategy[Json]:
    if name is None:
        return st.none()
    return mostly(objects(resolve_definition(name)), JUNK)


@cache
def queries(name: str | None) -> st.SearchStrategy[str]:
    resolved = {} if name is None else resolve_definition(name)
    properties = resolved.get("properties")
    keys = ["page_size", "a[b]", "[", *(properties if isinstance(properties, dict) else ())]
    spelt = [spelling for key in keys for spelling in (key, f"{key}[]", f"{key}[gt]", f"{key}.lt", f"{key}[0][id]")]
    pairs = mostly(
        st.tuples(st.sampled_from(keys), st.sampled_from(("", "1", "hello", "true", "all", MESSAGES[0]))),
        st.tuples(st.sampled_from(spelt), TEXTS),
    )
    return st.lists(pairs, max_size=3).map(urlencode)


CHANNELS_BY_PATH = {"slack": CHAT, "ms-teams": MS_TEAMS, "guides": GUIDES}


@st.composite
def paths(draw: st.DrawFn, template: str) -> str:
    path = template
    known_id = "acme" if "tenants" in template else "p1" if "objects" in template else FEED
    if "/preferences/" in template:
        known_id = "default"
    known_segments = {
        "user_id": "jane",
        "message_id": "unknown" if "guides" in template else MESSAGES[0],
        "key": "hello",
        "id": known_id,
        "collection": "projects",
        "object_id": "p1",
        "channel_id": next((one for part, one in CHANNELS_BY_PATH.items() if part in template), PUSH),
        "type": "email",
    }
    for name, known in known_segments.items():
        if f"{{{name}}}" in path:
            segment = draw(mostly(st.just(known), TEXTS.filter(bool)))
            path = path.replace(f"{{{name}}}", quote(segment, safe=""))
    return path


SentCall: TypeAlias = "tuple[str, str, str, Json]"
"""Method, path, query and body."""


def calls(operation: Operation) -> st.SearchStrategy[SentCall]:
    return st.tuples(
        st.just(operation.method),
        paths(operation.path),
        queries(operation.query_schema),
        bodies(operation.body_schema),
    )


SEQUENCES = st.lists(st.sampled_from([*BUILT.values()]).flatmap(calls), min_size=1, max_size=4)


def digest(world: KnockFake) -> str:
    """Everything that a world remembers, as text."""
    state = world.state
    remembered = [
        {
            name: value
            for name, value in getattr(store, "__dict__", {}).items()
            if name not in ("_clock", "_identifiers")
        }
        for store in vars(state).values()
    ]
    return repr((remembered, world.clock.now, world.clock.pending(), world.workflows.keys()))


def check_call(world: KnockFake, sent: SentCall) -> None:
    """Send a call: a success fits its schema, a refusal has Knock's body and changes nothing, nothing else happens."""
    before = digest(world)
    reply = send(world, *sent)
    (*_, entry) = world.journal
    if entry.error is not None:
        raise entry.error
    if reply.status in (200, 204):
        if "exclude" not in sent[2]:
            check_success(BUILT[str(entry.operation)], reply)
    else:
        # 403 is for providers alone: the object that is named holds no credentials.
        assert reply.status in ((400, 403, 404, 422) if "/providers/" in sent[1] else (400, 404, 422))
        check_refusal(reply)
        assert digest(world) == before


@pytest.mark.parametrize("name", BUILT)
def test_whatever_is_sent_is_answered_well_and_what_is_refused_changes_nothing(name: str) -> None:
    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(calls(BUILT[name]))
    def answer_one(sent: SentCall) -> None:
        check_call(make_world(), sent)

    answer_one()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SEQUENCES)
@example(
    [
        ("PUT", "/v1/users/jane", "", {"__cursor": 5, "__typename": 1, "collection": "x"}),
        ("GET", "/v1/users", "", None),
    ]
)
@example(
    [
        ("PUT", "/v1/users/jane", "", {"preferences": {"acme": {"id": None}, "default": {"id": "x"}}}),
        ("GET", "/v1/users", "include[]=preferences", None),
    ]
)
def test_one_call_after_another_is_answered_well(sequence: Sequence[SentCall]) -> None:
    world = make_world()
    for sent in sequence:
        check_call(world, sent)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SEQUENCES)
def test_two_worlds_answer_the_same_calls_byte_for_byte_alike(sequence: Sequence[SentCall]) -> None:
    worlds = make_world(), make_world()
    for sent in sequence:
        one, other = (send(world, *sent) for world in worlds)
        assert one == other

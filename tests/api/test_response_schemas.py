"""Every answer against its schema, with another library than the one that the gateway validates with."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
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
from knock_fake.gateway.schema_files import BASE_URI, read_schema, resolve_definition, schema_names
from knock_fake.steps import chat, delay, email, in_app_feed, push, sms, webhook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.gateway.call import Reply
    from knock_fake.gateway.operations import Operation
    from knock_fake.json_types import Json, JsonObject

BUILT = {operation.name: operation for operation in OPERATIONS if operation.is_built}
HEADERS = {"authorization": "Bearer sk_test_x", "content-type": "application/json"}
PUSH = "33333333-3333-4333-8333-333333333333"
CHAT = "44444444-4444-4444-8444-444444444444"
FEED = "55555555-5555-4555-8555-555555555555"
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


@cache
def checker(name: str) -> Draft202012Validator:
    resources = [(f"{BASE_URI}{file}.json", DRAFT202012.create_resource(read_schema(file))) for file in schema_names()]
    registry: Registry[JsonObject] = Registry().with_resources(resources)
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
    return world


MESSAGES = tuple(message.id for message in make_world().state.messages)
FEED_PATH = f"/v1/users/jane/feeds/{FEED}"

STORY: list[tuple[str, str, str, object]] = [
    ("PUT", "/v1/users/jane", "", JANE),
    ("PUT", "/v1/users/kim", "", None),
    ("GET", "/v1/users/jane", "", None),
    ("GET", "/v1/users", "", None),
    ("GET", "/v1/users", "include[]=preferences&page_size=1", None),
    ("GET", "/v1/messages", "page_size=5", None),
    ("GET", "/v1/users/jane/messages", "", None),
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
    ("DELETE", "/v1/users/kim", "", None),
]
"""Calls that succeed one after the other and touch every operation."""


def test_the_story_goes_well_and_fits_the_schemas() -> None:
    world = make_world()
    for method, path, query, body in STORY:
        send(world, method, path, query, body)
    bulk = orjson.loads(send(world, "POST", "/v1/users/bulk/delete", body={"user_ids": ["joe"]}).body)
    send(world, "GET", bulk["progress_path"])
    told = [*world.journal][3:]
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


def values(schema: JsonObject) -> st.SearchStrategy[Json]:
    """Values that mostly have the types that a resolved schema asks for."""
    types = schema.get("type", "object")
    fitting = [of_type(str(one), schema) for one in (types if isinstance(types, list) else [types])]
    return st.one_of(*fitting, *fitting, JUNK)


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
        key: values(value)
        for key, value in (properties.items() if isinstance(properties, dict) else ())
        if isinstance(value, dict)
    }
    required = schema.get("required")
    always = set(map(str, required)) if isinstance(required, list) else set()
    fixed = {key: value for key, value in known.items() if key in always}
    optional = {key: value for key, value in known.items() if key not in always}
    extra = st.dictionaries(NAMES, JUNK, max_size=3) if len(known) < 9 else st.just({})
    named = st.fixed_dictionaries(fixed, optional=optional)
    return st.builds(lambda one, other: {**other, **one}, named, extra)


@cache
def bodies(name: str | None) -> st.SearchStrategy[Json]:
    return st.none() if name is None else st.one_of(objects(resolve_definition(name)), objects(resolve_definition(name)), JUNK)


@cache
def queries(name: str | None) -> st.SearchStrategy[str]:
    resolved = {} if name is None else resolve_definition(name)
    properties = resolved.get("properties")
    keys = ["page_size", "a[b]", "[", *(properties if isinstance(properties, dict) else ())]
    spelt = [spelling for key in keys for spelling in (key, f"{key}[]", f"{key}[gt]", f"{key}.lt", f"{key}[0][id]")]
    return st.lists(st.tuples(st.sampled_from([*keys, *spelt]), TEXTS), max_size=3).map(urlencode)


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, str, str, str, Json]:
    """One call: the operation's name, method, path, query and body."""
    operation = BUILT[draw(st.sampled_from(sorted(BUILT)))]
    path = operation.path
    for name, known in (("user_id", "jane"), ("message_id", MESSAGES[0]), ("key", "hello"), ("id", FEED)):
        if f"{{{name}}}" in path:
            segment = draw(st.one_of(st.just(known), st.just(known), TEXTS.filter(bool)))
            path = path.replace(f"{{{name}}}", quote(segment, safe=""))
    query = draw(queries(operation.query_schema))
    return operation.name, operation.method, path, query, draw(bodies(operation.body_schema))


def digest(world: KnockFake) -> str:
    """Everything that a world remembers, as text."""
    state = world.state
    stores = (state.recipients, state.preferences, state.channel_data, state.messages, state.runs)
    remembered = [
        {name: value for name, value in vars(store).items() if name not in ("_clock", "_identifiers")}
        for store in (*stores, state.bulk_operations, state.channels, state.variables)
    ]
    return repr((remembered, world.clock.now, world.clock.pending(), world.workflows.keys()))


@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(calls(), min_size=1, max_size=4))
@example([("users.update", "PUT", "/v1/users/jane", "", {"__cursor": 5, "__typename": 1, "collection": "x"})])
@example([("users.list", "GET", "/v1/users", "include[]=preferences", None)])
@example(
    [
        ("users.update", "PUT", "/v1/users/jane", "", {"preferences": {"acme": {"id": None}, "default": {"id": "x"}}}),
        ("users.list", "GET", "/v1/users", "include[]=preferences", None),
    ]
)
def test_whatever_is_sent_is_answered_well_and_what_is_refused_changes_nothing(
    sent: Sequence[tuple[str, str, str, str, Json]],
) -> None:
    world = make_world()
    for name, method, path, query, body in sent:
        before = digest(world)
        reply = send(world, method, path, query, body)
        (*_, entry) = world.journal
        if entry.error is not None:
            raise entry.error
        if reply.status in (200, 204):
            if "exclude" not in query:
                check_success(BUILT[str(entry.operation)], reply)
        else:
            assert reply.status in (400, 404, 422), (name, reply)
            check_refusal(reply)
            assert digest(world) == before


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(calls(), min_size=1, max_size=4))
def test_two_worlds_answer_the_same_calls_byte_for_byte_alike(
    sent: Sequence[tuple[str, str, str, str, Json]],
) -> None:
    worlds = make_world(), make_world()
    for _, method, path, query, body in sent:
        one, other = (send(world, method, path, query, body) for world in worlds)
        assert one == other

"""Words that mean something in the full world, for the names under which they would seldom come up by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.worlds import (
    ACME,
    ACME_HOLDER,
    CHAT,
    EMAIL,
    FEED,
    GUIDE_STEP,
    GUIDES,
    JANE,
    MESSAGES,
    PROJECT,
    PUSH,
    RUNS,
    SCHEDULES,
    WORKFLOW_RUN,
)

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

    Values = st.SearchStrategy[Json]

_WORDS = (
    *("jane", "joe", "nobody", "projects", "acme", "default", "k", "hello", "later", "switched-off", "p1", "t1"),
    *("a/b", "", "true", "[]", '{"name":"Jane"}', "Europe/Rome", "2026-01-01T00:00:00Z", "AAAAAAAAAAE="),
    *("seen", "read", "delivered", "preferences", "only", "compact", "entries.data", PUSH, CHAT, FEED),
    *MESSAGES[:3],
)
TEXTS = st.sampled_from(_WORDS) | st.text(max_size=6)
NAMES = st.sampled_from(
    (
        *("id", "collection", "name", "email", "timezone", "created_at", "preferences", "channel_data", "settings"),
        *("$trigger_data", "__typename", "__cursor", "updated_at", "metadata", "default", "workflows", "data"),
        *(PUSH, CHAT, "tokens", "connections", "channel_id", "conditions", "hello", "", "a.b"),
    )
)
NUMBERS: Values = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS: Values = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
ANYTHING: Values = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES | TEXTS, inner, max_size=4)),
    max_leaves=8,
)
"""Any JSON."""


def one_of(*values: Json) -> Values:
    return st.sampled_from(values)


def some(values: Values) -> Values:
    """A list of up to three."""
    return st.lists(values, min_size=1, max_size=3).map(list)


def record(fixed: dict[str, Values], **optional: Values) -> Values:
    return st.fixed_dictionaries(fixed, optional=optional).map(dict)


USERS = one_of("jane", "joe", "nobody")
SETS = one_of(None, {}, {"default": {"channel_types": {"email": False}}}, {"acme": {"workflows": {"hello": True}}})
HELD = one_of(None, {PUSH: {"tokens": ["a", "b"]}}, {CHAT: {"token": {"access_token": "x"}}})
DETAILS = {
    "name": st.none() | TEXTS,
    "timezone": one_of(None, "Europe/Rome"),
    "created_at": one_of(None, "2020-01-01T00:00:00Z"),
    "preferences": SETS,
    "channel_data": HELD,
    "custom": ANYTHING,
    "$trigger_data": one_of(None, {"name": "Kim"}),
}
INLINE_USERS = record({"id": USERS}, **DETAILS)
INLINE_OBJECTS = record({"id": one_of("p1", "p2"), "collection": one_of("projects")}, **DETAILS)
REFERENCES: Values = USERS | one_of({"id": "p1", "collection": "projects"}, {"id": "nobody", "collection": "teams"})
PEOPLE: Values = st.one_of(USERS, INLINE_USERS, INLINE_OBJECTS)
TENANTS = one_of("acme", {"id": "globex", **ACME}, {"id": "acme", "settings": {"preference_set": None}})
RULES = record(
    {"frequency": one_of("hourly", "daily", "weekly", "monthly")},
    interval=one_of(None, 1, 2, 14, 10_000, 1.0),
    days=one_of(None, [], ["mon"], ["sun", "mon"], "weekdays", "weekends"),
    day_of_month=one_of(None, 1, 31),
    hours=one_of(None, 0, 23, 9.0),
    minutes=one_of(None, 0, 55),
)
SCHEDULES_TO_BE = record({"recipient": PEOPLE, "workflow": one_of("hello", "later"), "repeats": some(RULES)})
SUBSCRIBERS = record({"id": one_of("p1", "unknown"), "recipients": some(REFERENCES)})
SWITCHES: Values = st.booleans() | one_of(
    {"conditions": [{"variable": "data.a", "operator": "exists", "argument": None}]}, {"conditions": []}
)
CHANNEL_SWITCHES: Values = st.dictionaries(one_of("email", "sms", PUSH).map(str), SWITCHES, max_size=2).map(dict)
NODES: Values = st.dictionaries(
    st.sampled_from(("hello", "social", "email")),
    SWITCHES | record({}, channel_types=CHANNEL_SWITCHES, channels=CHANNEL_SWITCHES),
    max_size=2,
).map(dict)
HELD_DATA: tuple[JsonObject, ...] = (
    {"tokens": ["a"]},
    {"tokens": ["a", "a", "b"]},
    {"tokens": [], "devices": [{"token": "a", "locale": None, "timezone": "Europe/Rome"}]},
    {"connections": [{"channel_id": "C1"}, {"incoming_webhook": {"url": ""}}], "token": None},
    {"player_ids": ["a"]},
)
ROWS = record({"user_id": USERS | SCALARS}, tenant=SCALARS, email=SCALARS, a=USERS, timezone=TEXTS)
OBJECT: JsonObject = {"object_api_name": "hello"}
IDENTIFIER: JsonObject = {"from": "a", "to": "user_id"}
RPC_PARAMS = record(
    {},
    object=one_of(OBJECT) | ANYTHING,
    sync_plan=one_of({"object": OBJECT, "operation": "upsert"}) | ANYTHING,
    configuration=one_of({"object": "hello", "identifierMapping": IDENTIFIER}) | ANYTHING,
    records=some(ROWS) | ANYTHING,
    rows=some(ROWS) | ANYTHING,
)
RPC_METHODS = ("list_objects", "list_fields", "sync_batch", "get_sync_speed", "behavior", "add", "change", "remove")

KEYS: dict[str, st.SearchStrategy[str]] = {
    "channel_data": st.sampled_from((PUSH, CHAT)),
    "preferences": st.sampled_from(("default", "acme")),
    "trigger_data": st.sampled_from(("name", "unknown")),
    "data": NAMES,
}
"""What the free keys of an object are called, by the name of the object."""

MEANINGFUL: dict[str, Values] = {
    **{name: one_of(value) for name, value in GUIDE_STEP.items()},
    "access_token_object": one_of(ACME_HOLDER),
    "ms_teams_tenant_object": one_of(ACME_HOLDER),
    "team_id": one_of("t1"),
    "actor": one_of(JANE, "jane", PROJECT),
    "after": one_of("AAAAAAAAAAE="),
    "before": one_of("AAAAAAAAAAE="),
    "cancellation_key": one_of("k"),
    "categories": st.none() | NODES,
    "channel_data": HELD,
    "channel_types": st.none() | CHANNEL_SWITCHES,
    "channels": st.none() | CHANNEL_SWITCHES,
    "collection": one_of("projects"),
    "commercial_subscribed": st.none() | SWITCHES,
    "created_at": one_of(None, "2020-01-01T00:00:00Z"),
    "channel_data/set_request.data": one_of(*HELD_DATA),
    "data": st.dictionaries(NAMES, ANYTHING, max_size=3).map(dict),
    "ending_at": one_of(None, "2027-06-01"),
    "exclude": one_of("meta", "entries.data"),
    "from_user_id": one_of("joe"),
    "inserted_at": one_of({"gte": "2026-01-01T00:00:00Z"}, {"gt": "2025-01-01", "lt": "2027-01-01"}),
    "jsonrpc": one_of("2.0"),
    "key": one_of("hello"),
    "messages/list_query.channel_id": one_of(EMAIL, FEED, GUIDES),
    "members": some(record({"user": INLINE_USERS}, tenant=one_of(None, "acme"))),
    "message_ids": some(one_of(*MESSAGES, "unknown")),
    "method": one_of(*RPC_METHODS),
    "name": one_of("hello", "later"),
    "newer_than": one_of(None, "2025-01-01T00:00:00Z"),
    "object_ids": some(one_of("p1", "p2")),
    "objects": some(INLINE_OBJECTS) | some(one_of(PROJECT)),
    "older_than": one_of(None, "2027-01-01T00:00:00Z"),
    "params": RPC_PARAMS,
    "preferences": SETS | record({}, workflows=NODES, channel_types=CHANNEL_SWITCHES),
    "recipient": PEOPLE,
    "recipients": some(PEOPLE) | some(REFERENCES),
    "repeats": some(RULES),
    "schedule_ids": some(one_of(*SCHEDULES, "unknown")),
    "scheduled_at": one_of(None, "2026-01-01", "2026-06-01T09:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01"),
    "schedules": some(SCHEDULES_TO_BE),
    "source": one_of("hello", "later"),
    "starting_at": one_of("2025-01-01T00:00:00Z"),
    "subscriptions": some(SUBSCRIBERS),
    "tenant": one_of(None, "acme", {"id": "globex", "name": "Globex"}),
    "tenant_ids": some(one_of("acme", "globex")),
    "tenants": some(TENANTS) | some(one_of("acme")),
    "timezone": one_of(None, "Europe/Rome"),
    "trigger_data": one_of({"name": "Jane"}, '{"name": "Jane"}'),
    "user_ids": some(USERS),
    "users": some(INLINE_USERS),
    "workflow": one_of("hello", "later"),
    "workflow_recipient_run_id": one_of(RUNS[0]),
    "workflow_run_id": one_of(WORKFLOW_RUN),
    "workflows": st.none() | NODES | some(one_of("hello")),
}
"""Values by the name of the property, or of definition and property."""

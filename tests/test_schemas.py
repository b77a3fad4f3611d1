from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from knock_fake.schema_checks import field_errors
from knock_fake.schema_files import (
    BASE_URI,
    find_definition,
    read_schema,
    resolve_definition,
    schema_directory,
    schema_names,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from knock_fake.json_types import Json, JsonObject

    Schema: TypeAlias = bool | Mapping[str, object]

AT = "2026-01-01T00:00:00.000000Z"
KSUID = "2w3YUpTTOxuDvZFji8OMsKrG176"
UUID = "f5b5b3a0-1d3c-4b6e-8a3e-0123456789ab"
PAGE: JsonObject = {"__typename": "PageInfo", "after": None, "before": None, "page_size": 50}
USER: JsonObject = {"__typename": "User", "id": "jane", "created_at": None, "updated_at": AT, "plan": "pro"}
OBJECT: JsonObject = {
    "__typename": "Object",
    "id": "repo",
    "collection": "repos",
    "properties": {"name": "Repo"},
    "created_at": None,
    "updated_at": None,
}
MESSAGE: JsonObject = {
    "__typename": "Message",
    "id": KSUID,
    "channel_id": UUID,
    "channel": {
        "id": UUID,
        "key": "email",
        "name": None,
        "provider": "sendgrid",
        "type": "email",
        "created_at": AT,
        "updated_at": AT,
    },
    "recipient": "jane",
    "recipient_snapshot": {"email": "jane@example.com", "name": None},
    "actors": [{"id": "repo", "collection": "repos"}],
    "workflow": "digest",
    "tenant": None,
    "status": "delivered",
    "engagement_statuses": ["seen", "read"],
    "seen_at": AT,
    "read_at": AT,
    "interacted_at": None,
    "link_clicked_at": None,
    "clicked_at": None,
    "archived_at": None,
    "scheduled_at": None,
    "inserted_at": AT,
    "updated_at": AT,
    "source": {
        "__typename": "NotificationSource",
        "key": "digest",
        "version_id": UUID,
        "categories": ["news"],
        "type": "workflow",
        "step_ref": "email_1",
        "workflow_run_id": UUID,
        "workflow_recipient_run_id": UUID,
    },
    "data": {"order": 7},
    "metadata": None,
}
EVENT: JsonObject = {
    "__typename": "MessageEvent",
    "__cursor": "c",
    "id": KSUID,
    "environment_id": UUID,
    "recipient": {"id": "repo", "collection": "repos"},
    "type": "message.delivered",
    "data": None,
    "inserted_at": AT,
}
ACTIVITY: JsonObject = {
    "__typename": "Activity",
    "id": KSUID,
    "actor": OBJECT,
    "recipient": USER,
    "data": {},
    "inserted_at": AT,
    "updated_at": AT,
}
EMAIL: JsonObject = {
    "__typename": "MessageEmailContent",
    "to": "jane@example.com",
    "from": "us@example.com",
    "cc": None,
    "bcc": None,
    "reply_to": None,
    "subject_line": "Hello",
    "html_body": "<p>Hello</p>",
    "text_body": "Hello",
}
SMS: JsonObject = {"__typename": "MessageSmsContent", "to": "+4312345", "body": "Hello"}
PUSH: JsonObject = {
    "__typename": "MessagePushContent",
    "token": "t",
    "title": "Hello",
    "body": "",
    "data": {"knock_message_id": KSUID},
}
CHAT: JsonObject = {
    "__typename": "MessageChatContent",
    "connection": {"channel_id": "C1"},
    "template": {
        "summary": None,
        "blocks": [{"name": "body", "type": "markdown", "content": "Hello"}],
        "json_content": None,
    },
    "metadata": None,
}
BLOCKS: list[Json] = [
    {"name": "body", "type": "markdown", "content": "Hello", "rendered": "<p>Hello</p>"},
    {"name": "actions", "type": "button_set", "buttons": [{"name": "primary", "label": "Go", "action": "/"}]},
]
FEED: JsonObject = {"__typename": "MessageInAppFeedContent", "blocks": BLOCKS}
HTTP: JsonObject = {
    "__typename": "MessageHttpContent",
    "method": "POST",
    "url": "https://example.com",
    "headers": {},
    "query": {},
    "body": None,
}
FEED_ITEM: JsonObject = {
    "__typename": "FeedItem",
    "__cursor": "c",
    "id": KSUID,
    "activities": [ACTIVITY],
    "total_activities": 1,
    "actors": [USER, OBJECT],
    "total_actors": 2,
    "blocks": BLOCKS,
    "data": {},
    "source": {"__typename": "Workflow", "key": "digest", "version_id": UUID, "categories": []},
    "tenant": "acme",
    "seen_at": None,
    "read_at": None,
    "interacted_at": None,
    "link_clicked_at": None,
    "clicked_at": None,
    "archived_at": None,
    "inserted_at": AT,
    "updated_at": AT,
}
DELIVERY_LOG: JsonObject = {
    "__typename": "MessageDeliveryLog",
    "__cursor": "c",
    "id": KSUID,
    "environment_id": UUID,
    "service_name": "Twilio",
    "request": {
        "method": "POST",
        "host": "api.twilio.com",
        "path": "/",
        "query": None,
        "headers": {},
        "body": {"to": "+4312345"},
    },
    "response": {"status": 200, "headers": None, "body": "ok"},
    "inserted_at": AT,
}
BULK_OPERATION: JsonObject = {
    "__typename": "BulkOperation",
    "id": UUID,
    "name": "users.identify",
    "status": "completed",
    "estimated_total_rows": 2,
    "processed_rows": 2,
    "success_count": 1,
    "error_count": 1,
    "error_items": [{"id": "jane", "collection": None}],
    "progress_path": f"/v1/bulk_operations/{UUID}",
    "started_at": AT,
    "completed_at": AT,
    "failed_at": None,
    "inserted_at": AT,
    "updated_at": AT,
}
PREFERENCE_SET: JsonObject = {
    "__typename": "PreferenceSet",
    "id": "default",
    "workflows": {"a": {"__strategy__": "replace", "channel_types": {"email": False}}},
    "categories": {"b": {"conditions": [{"variable": "data.a", "operator": "exists", "argument": None}]}},
    "channel_types": {"sms": {"conditions": []}},
    "channels": None,
    "commercial_subscribed": False,
}
MARKS: JsonObject = dict.fromkeys(("logo_url", "icon_url", "primary_color", "primary_color_contrast"))
PREFERENCE_CENTER: JsonObject = {
    "enabled": True,
    "config": {
        "title": "Hello",
        "body": "",
        "show_account_name": True,
        "rows": [{"type": "category", "name": "News", "identifier": "news", "channel_types": ["email"]}],
    },
    "branding": {**MARKS, "dark": MARKS},
    "account_name": None,
    "user_email": "jane@example.com",
    "knock_branding_required": False,
}
ERROR: JsonObject = {"code": "resource_missing", "message": "No.", "status": 404, "type": "api_error"}


def content(data: JsonObject) -> JsonObject:
    return {
        "__typename": "MessageContent",
        "id": KSUID,
        "message_id": KSUID,
        "data": data,
        "inserted_at": AT,
    }


def listed(item: JsonObject) -> JsonObject:
    return {"__cursor": "c", **item}


RESPONSES: list[tuple[str, Json]] = [
    ("users/user", USER),
    ("users/user", {**USER, "name": "Jane", "email": None, "locale": "de"}),
    ("users/user_list", {"entries": [listed(USER)], "page_info": PAGE}),
    (
        "users/user_list",
        {
            "entries": [{**listed(USER), "preferences": {"default": {"id": "default", "workflows": {"a": False}}}}],
            "page_info": {**PAGE, "after": "c", "total_count": 3},
        },
    ),
    ("messages/message", MESSAGE),
    ("messages/message", {**MESSAGE, "recipient_snapshot": None, "workflow": None, "data": None}),
    ("messages/message_list", {"items": [listed(MESSAGE)], "page_info": PAGE}),
    ("messages/message_batch", [MESSAGE, MESSAGE]),
    ("messages/event_list", {"items": [EVENT, {**EVENT, "data": {"url": "/"}}], "page_info": PAGE}),
    ("messages/activity_list", {"items": [listed(ACTIVITY)], "page_info": PAGE}),
    ("messages/activity_list", {"items": [listed({**ACTIVITY, "actor": None})], "page_info": PAGE}),
    *(("messages/content", content(data)) for data in (EMAIL, SMS, PUSH, CHAT, FEED, HTTP)),
    ("messages/content_batch", [content(SMS), content(EMAIL)]),
    ("messages/delivery_log_list", {"items": [DELIVERY_LOG], "page_info": PAGE}),
    (
        "feeds/feed",
        {
            "entries": [FEED_ITEM],
            "meta": {"__typename": "FeedMetadata", "unread_count": 1, "unseen_count": 1, "total_count": 1},
            "page_info": PAGE,
            "vars": {"app": "x"},
        },
    ),
    ("feeds/settings", {"features": {"branding_required": False}}),
    ("bulk_operations/bulk_operation", BULK_OPERATION),
    ("workflows/trigger_response", {"workflow_run_id": UUID}),
    ("preferences/preference_set", PREFERENCE_SET),
    ("preferences/preference_sets", [PREFERENCE_SET, {"id": "acme"}]),
    (
        "channel_data/channel_data",
        {"__typename": "ChannelData", "channel_id": UUID, "provider": "push_fcm", "data": {"tokens": []}},
    ),
    ("preference_center/config_response", PREFERENCE_CENTER),
    ("preference_center/signed_url_response", {"url": "https://example.com/p/t", "token": "t"}),
    ("common/error", ERROR),
    (
        "common/error",
        {**ERROR, "status": 422, "errors": [{"field": "recipients", "message": "is required", "type": None}]},
    ),
    ("common/framework_error", {"errors": {"detail": "404 Not Found"}}),
    ("common/idempotency_error", {"error": "idempotency_key_too_long"}),
]

REQUESTS: list[tuple[str, Json]] = [
    (
        "workflows/trigger_request",
        {
            "recipients": ["jane", {"id": "joe", "email": None}, {"id": "repo", "collection": "repos"}],
            "actor": {"id": "ann", "preferences": {"default": {"workflows": {"digest": {"channels": None}}}}},
            "data": {"order": 7},
            "tenant": {"id": "acme", "settings": {"preference_set": {"categories": {"news": True}}}},
            "cancellation_key": "k",
            "settings": {"skip_delay": True},
        },
    ),
    (
        "workflows/cancel_request",
        {"cancellation_key": "k", "recipients": ["jane", {"id": "a", "collection": "b"}]},
    ),
    ("users/identify_request", {"name": "Jane", "channel_data": {"c": {"tokens": ["t"]}}}),
    ("users/merge_request", {"from_user_id": "joe"}),
    ("users/bulk_identify_request", {"users": [{"id": "jane", "plan": "pro"}]}),
    ("users/bulk_delete_request", {"user_ids": ["jane"]}),
    ("users/list_query", {"page_size": 3, "include": ["preferences"]}),
    (
        "messages/list_query",
        {
            "status": ["sent"],
            "trigger_data": {"a": 1},
            "inserted_at": {"gt": "2026-01-01"},
            "message_ids": ["m"],
        },
    ),
    ("messages/page_query", {"after": "c"}),
    ("messages/activities_query", {"trigger_data": {"a": None}}),
    ("messages/batch_content_query", {"message_ids": ["m"]}),
    ("messages/interacted_request", {"metadata": {"a": 1}}),
    ("messages/batch_request", {"message_ids": ["m"]}),
    ("messages/batch_interacted_request", {"message_ids": ["m"], "metadata": None}),
    ("feeds/list_query", {"status": "unread", "has_tenant": True, "archived": "only", "mode": "compact"}),
    ("preferences/get_query", {"tenant": "acme"}),
    ("preferences/preference_set_request", {"id": None, "__persistence_strategy__": "merge", "workflows": {"a": True}}),
    ("preferences/settings", {"a": False, "b": {"channel_types": {"email": {"conditions": []}}}}),
    ("preferences/channel_settings", {"email": False}),
    ("preferences/setting_request", {"subscribed": True}),
    ("preferences/setting_request", {"subscribed": None, "channels": {"c": True}}),
    ("preferences/channel_setting_request", {"subscribed": False, "conditions": None}),
    ("preferences/bulk_set_request", {"user_ids": ["jane"], "preferences": {"id": "acme", "categories": None}}),
    ("preference_center/settings", {"rows": None, "branding": {"dark": None}, "title": "Hello"}),
    ("channel_data/set_request", {"data": {"tokens": ["t"]}}),
    ("channel_data/push", {"tokens": ["t"], "devices": [{"token": "t"}]}),
    ("channel_data/sns_push", {"target_arns": ["a"]}),
    ("channel_data/one_signal_push", {"player_ids": ["p"]}),
    ("channel_data/slack", {"connections": [{"channel_id": "C1"}, {"incoming_webhook": {"url": "/"}}]}),
    ("channel_data/ms_teams", {"connections": [{"ms_teams_user_id": "u"}]}),
    ("channel_data/discord", {"connections": [{"channel_id": "c"}]}),
]

SAMPLES = [*REQUESTS, *RESPONSES]


@pytest.mark.parametrize("name", schema_names())
def test_every_file_is_a_valid_schema_of_2020_12(name: str) -> None:
    document = read_schema(name)
    Draft202012Validator.check_schema(document)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["$id"] == f"{BASE_URI}{name}.json"
    assert isinstance(document["title"], str)


@pytest.mark.parametrize("name", schema_names())
def test_every_definition_is_described_and_all_it_refers_to_exists(name: str) -> None:
    definitions = read_schema(name)["$defs"]
    assert isinstance(definitions, dict)
    for entry in definitions:
        assert isinstance(find_definition(f"{name}/{entry}")["description"], str)
        assert resolve_definition(f"{name}/{entry}") != {}


@pytest.mark.parametrize("name", schema_names())
def test_every_reference_leads_to_a_definition(name: str) -> None:
    for reference in references(read_schema(name)):
        document, _, pointer = reference.partition("#/$defs/")
        assert find_definition(f"{document.removesuffix('.json') or name}/{pointer}") != {}


def references(value: Json) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from references(one)
    elif isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield str(value["$ref"])
        for one in value.values():
            yield from references(one)


def test_the_files_are_listed_by_name() -> None:
    assert schema_names() == tuple(sorted(path.stem for path in schema_directory().iterdir()))
    assert {"common", "users", "workflows", "messages", "feeds", "bulk_operations"} < set(schema_names())


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_a_sample_fits(name: str, sample: Json) -> None:
    assert field_errors(name, sample) == ()


@pytest.mark.parametrize(
    ("name", "sample", "place"),
    [
        ("messages/message", MESSAGE, ()),
        ("messages/message", MESSAGE, ("channel",)),
        ("messages/message", MESSAGE, ("source",)),
        ("messages/message", MESSAGE, ("actors", 0)),
        ("messages/message_list", {"items": [listed(MESSAGE)], "page_info": PAGE}, ("items", 0)),
        ("messages/event_list", {"items": [EVENT], "page_info": PAGE}, ("items", 0)),
        ("messages/activity_list", {"items": [listed(ACTIVITY)], "page_info": PAGE}, ("items", 0)),
        ("messages/activity_list", {"items": [listed(ACTIVITY)], "page_info": PAGE}, ("items", 0, "actor")),
        ("messages/content", content(EMAIL), ("data",)),
        ("messages/content", content(FEED), ("data", "blocks", 0)),
        ("messages/content", content(FEED), ("data", "blocks", 1)),
        ("messages/delivery_log_list", {"items": [DELIVERY_LOG], "page_info": PAGE}, ("page_info",)),
        ("bulk_operations/bulk_operation", BULK_OPERATION, ("error_items", 0)),
        ("preference_center/config_response", PREFERENCE_CENTER, ()),
        ("preference_center/config_response", PREFERENCE_CENTER, ("config", "rows", 0)),
        ("preference_center/config_response", PREFERENCE_CENTER, ("branding", "dark")),
        ("common/error", ERROR, ()),
    ],
)
def test_a_response_has_no_key_that_is_not_known(name: str, sample: Json, place: tuple[str | int, ...]) -> None:
    changed = clone(sample)
    target = find(changed, place)
    assert isinstance(target, dict)
    target["sent_att"] = None
    path = ".".join(map(str, (*place, "sent_att")))
    assert [(error.field, error.type) for error in field_errors(name, changed)] == [(path, "unknown")]


def test_a_single_message_has_no_cursor_and_a_listed_one_does() -> None:
    assert [error.field for error in field_errors("messages/message", listed(MESSAGE))] == ["__cursor"]
    page: Json = {"items": [MESSAGE], "page_info": PAGE}
    assert [error.field for error in field_errors("messages/message_list", page)] == ["items.0.__cursor"]


def test_content_has_the_shape_that_its_typename_names() -> None:
    swapped = content({**SMS, "__typename": "MessageEmailContent"})
    assert {error.field for error in field_errors("messages/content", swapped)} == {
        "data.body",
        *(f"data.{key}" for key in EMAIL if key not in ("__typename", "to")),
    }


def test_content_without_a_typename_is_told_so_once() -> None:
    errors = field_errors("messages/content", content({"to": "+4312345", "body": "Hello"}))
    assert [(error.field, error.message) for error in errors] == [("data.__typename", "is required")]


JSON_VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["jane", "a/b", "a#b", "x" * 257, AT, KSUID, UUID, "button_set", "empty"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "collection", "type", "conditions", "x", "/"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def clone(value: Json) -> Json:
    copied: Json = orjson.loads(orjson.dumps(value))
    return copied


def find(value: Json, place: tuple[str | int, ...]) -> Json:
    for segment in place:
        if isinstance(value, list) and isinstance(segment, int):
            value = value[segment]
        elif isinstance(value, dict):
            value = value[str(segment)]
    return value


def containers(value: Json) -> list[JsonObject | list[Json]]:
    """Return every object and list in a document."""
    if isinstance(value, dict):
        return [value, *(inner for one in value.values() for inner in containers(one))]
    if isinstance(value, list):
        return [value, *(inner for one in value for inner in containers(one))]
    return []


@st.composite
def almost_valid(draw: st.DrawFn) -> tuple[str, Json]:
    """Draw a sample with a few places replaced, removed or added."""
    name, sample = draw(st.sampled_from(SAMPLES))
    changed = clone(sample)
    for _ in range(draw(st.integers(0, 3))):
        holder = draw(st.sampled_from(containers(changed)))
        if isinstance(holder, list):
            holder.insert(draw(st.integers(0, len(holder))), draw(JSON_VALUES))
            continue
        key = draw(st.sampled_from([*holder, "collection", "x"]))
        if draw(st.booleans()):
            holder[key] = draw(JSON_VALUES)
        else:
            holder.pop(key, None)
    return name, changed


@cache
def other_library(name: str) -> Draft202012Validator:
    resources = [(f"{BASE_URI}{file}.json", resource(file)) for file in schema_names()]
    registry: Registry[Schema] = Registry().with_resources(resources).crawl()
    file, _, entry = name.partition("/")
    return Draft202012Validator({"$ref": f"{BASE_URI}{file}.json#/$defs/{entry}"}, registry=registry)


def resource(file: str) -> Resource[Schema]:
    return DRAFT202012.create_resource(read_schema(file))


@given(almost_valid())
def test_two_libraries_agree_on_every_verdict(named: tuple[str, Json]) -> None:
    name, body = named
    errors = field_errors(name, body)
    assert (errors == ()) is other_library(name).is_valid(body)


@given(almost_valid())
def test_errors_name_places_and_say_what_is_wrong(named: tuple[str, Json]) -> None:
    name, body = named
    errors = field_errors(name, body)
    assert len({(error.field, error.message) for error in errors}) == len(errors)
    assert all(error.field and error.type and "is not valid under" not in error.message for error in errors)

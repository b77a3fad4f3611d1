from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.errors import ApiError, FieldError, UnknownNameError
from knock_fake.gateway.validation import check
from knock_fake.schema_checks import data_errors, field_errors, validator

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject


def nested(depth: int) -> Json:
    value: Json = "end"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("workflows/trigger_request", {"recipients": ["jane"]}),
        ("workflows/trigger_request", {"recipients": [{"id": "jane", "plan": {"seats": 3}}]}),
        ("workflows/trigger_request", {"recipients": [{"id": "a/b#c", "collection": "repos"}]}),
        ("workflows/trigger_request", {"recipients": [{"id": "jane", "collection": None}]}),
        (
            "workflows/trigger_request",
            {
                "recipients": ["jane"],
                "actor": None,
                "data": None,
                "tenant": None,
                "cancellation_key": None,
                "settings": None,
            },
        ),
        (
            "workflows/trigger_request",
            {
                "recipients": [{"id": "jane", "email": None, "preferences": None, "channel_data": None}],
                "actor": {"id": "acme/repo", "collection": "repos", "email": 7, "$trigger_data": {"a": 1}},
                "tenant": {"id": "acme", "name": None, "settings": {"branding": {"logo_url": None}}},
                "settings": {"sandbox_mode": None, "skip_delay": True},
                "name": 7,
            },
        ),
        ("workflows/trigger_request", {"recipients": ["jane"], "data": {"deep": nested(400)}}),
        ("workflows/cancel_request", {"cancellation_key": "k", "recipients": None}),
        (
            "workflows/cancel_request",
            {"cancellation_key": "k", "recipients": ["a", {"id": "b", "collection": "c"}]},
        ),
        ("users/identify_request", {}),
        ("users/identify_request", {"email": "not checked", "timezone": "nowhere", "plan": ["pro"]}),
        (
            "users/identify_request",
            {
                "preferences": {
                    "default": {
                        "workflows": {"digest": False, "news": {"channel_types": {"email": True}}},
                        "categories": {"old": {"sms": False}},
                        "channel_types": {
                            "push": {"conditions": [{"variable": "a", "operator": "empty", "argument": None}]}
                        },
                        "channels": None,
                        "commercial_subscribed": None,
                        "__persistence_strategy__": "replace",
                    }
                },
                "channel_data": {"channel": {"tokens": ["t"]}},
            },
        ),
        ("users/bulk_identify_request", {"users": [{"id": "a"}] * 1000}),
        ("messages/interacted_request", {}),
        ("messages/interacted_request", {"metadata": None}),
        ("messages/interacted_request", {"metadata": {"a": 1, "b": "2", "c": None, "d": True, "e": 1.5}}),
        ("messages/batch_request", {"message_ids": ["m"] * 2000}),
        ("channel_data/push", {"tokens": []}),
        ("channel_data/push", {"devices": [{"token": "t", "locale": None}]}),
        ("channel_data/slack", {"token": {"access_token": "x"}}),
        (
            "channel_data/slack",
            {"connections": [{"user_id": "U1"}, {"channel_id": "C1", "access_token": None}]},
        ),
        ("channel_data/ms_teams", {"ms_teams_tenant_id": "t"}),
        ("channel_data/discord", {"connections": [{"incoming_webhook": {"url": "https://example.com"}}]}),
    ],
)
def test_what_knock_accepts_is_accepted(name: str, body: Json) -> None:
    assert field_errors(name, body) == ()


@pytest.mark.parametrize(
    ("name", "body", "errors"),
    [
        ("workflows/trigger_request", [], [("body", "must be an object, not a list", "type")]),
        ("workflows/trigger_request", None, [("body", "must be an object, not null", "type")]),
        ("workflows/trigger_request", {}, [("recipients", "is required", "required")]),
        (
            "workflows/trigger_request",
            {"recipients": None},
            [("recipients", "must be a list, not null", "type")],
        ),
        (
            "workflows/trigger_request",
            {"recipients": []},
            [("recipients", "must not be empty", "length")],
        ),
        (
            "workflows/trigger_request",
            {"recipients": ["jane"] * 1001},
            [("recipients", "has more than 1000 entries", "length")],
        ),
        (
            "workflows/trigger_request",
            {
                "settings": {"skip_delay": "true"},
                "recipients": [
                    "jane",
                    7,
                    "",
                    "a/b",
                    "x" * 257,
                    {"name": 5},
                    {"id": 5, "collection": "repos"},
                ],
                "tenant": [],
                "actor": {"id": "jane", "preferences": {"default": {"workflows": {"digest": "off"}}}},
                "data": 1,
            },
            [
                ("settings.skip_delay", "must be a boolean or null, not the string 'true'", "type"),
                ("recipients.1", "must be a string or an object, not a number", "type"),
                ("recipients.2", "must not be empty", "length"),
                ("recipients.3", "must not contain '/' or '#'", "format"),
                ("recipients.4", "is longer than 256 characters", "length"),
                ("recipients.5.name", "must be a string or null, not a number", "type"),
                ("recipients.5.id", "is required", "required"),
                ("recipients.6.id", "must be a string, not a number", "type"),
                ("tenant", "must be a string or an object, not a list", "type"),
                (
                    "actor.preferences.default.workflows.digest",
                    "must be a boolean or an object, not the string 'off'",
                    "type",
                ),
                ("data", "must be an object or null, not a number", "type"),
            ],
        ),
        (
            "workflows/trigger_request",
            {"recipients": [nested(400)]},
            [("body", "is nested too deeply", "depth")],
        ),
        ("workflows/cancel_request", {"recipients": []}, [("cancellation_key", "is required", "required")]),
        (
            "workflows/cancel_request",
            {"cancellation_key": "", "recipients": [{"collection": "repos"}]},
            [
                ("cancellation_key", "must not be empty", "length"),
                ("recipients.0.id", "is required", "required"),
            ],
        ),
        (
            "users/identify_request",
            {"email": True, "name": "x" * 41, "channel_data": {"channel": "t" * 41}},
            [
                ("email", "must be a string or null, not a boolean", "type"),
                ("channel_data.channel", "must be an object, not a string", "type"),
            ],
        ),
        (
            "users/identify_request",
            {"preferences": {"default": {"__persistence_strategy__": "overwrite", "categories": []}}},
            [
                (
                    "preferences.default.__persistence_strategy__",
                    "must be one of merge, replace, null",
                    "enum",
                ),
                ("preferences.default.categories", "must be an object or null, not a list", "type"),
            ],
        ),
        (
            "users/merge_request",
            {"from_user_id": None},
            [("from_user_id", "must be a string, not null", "type")],
        ),
        (
            "users/bulk_identify_request",
            {"users": [{"id": "a"}, {"email": "b"}, "c"]},
            [
                ("users.1.id", "is required", "required"),
                ("users.2", "must be an object, not the string 'c'", "type"),
            ],
        ),
        (
            "users/bulk_delete_request",
            {"user_ids": ["a"] * 1001},
            [("user_ids", "has more than 1000 entries", "length")],
        ),
        (
            "messages/interacted_request",
            {"metadata": dict.fromkeys("abcdef")},
            [("metadata", "has more than 5 keys", "length")],
        ),
        (
            "messages/batch_interacted_request",
            {"metadata": {"a": {}}},
            [
                ("metadata.a", "must be a string, a number, a boolean or null, not an object", "type"),
                ("message_ids", "is required", "required"),
            ],
        ),
        ("messages/batch_request", {"message_ids": []}, [("message_ids", "must not be empty", "length")]),
        ("messages/list_query", {"page_size": 1.5}, [("page_size", "must be an integer, not 1.5", "type")]),
        ("messages/list_query", "x", [("query", "must be an object, not the string 'x'", "type")]),
        ("channel_data/push", {"token": "t"}, [("tokens", "is required", "required")]),
        ("channel_data/push", {"devices": [{}]}, [("devices.0.token", "is required", "required")]),
        (
            "channel_data/slack",
            {"connections": [{}]},
            [("connections.0.channel_id", "is required", "required")],
        ),
        (
            "channel_data/slack",
            {"connections": [{"incoming_webhook": {}}]},
            [("connections.0.incoming_webhook.url", "is required", "required")],
        ),
        (
            "common/page_info",
            {"__typename": "Page", "after": None, "before": None, "page_size": 0, "total": 3},
            [
                ("__typename", "must be PageInfo", "enum"),
                ("page_size", "must be at least 1", "range"),
                ("total", "is not a known key; did you mean 'total_count'?", "unknown"),
            ],
        ),
        (
            "control/advance_request",
            {"durations": "1d", "duration": "1d"},
            [("durations", "is not a known key; did you mean 'duration'?", "unknown")],
        ),
        (
            "scenario/scenario",
            {"faults": [{"target": "users.update", "effect": {"type": "error", "status": 503}}]},
            [("faults.0.target", "is not a known key; did you mean 'targets'?", "unknown")],
        ),
    ],
)
def test_everything_wrong_is_named_in_the_order_of_the_document(
    name: str, body: Json, errors: list[tuple[str, str, str]]
) -> None:
    assert field_errors(name, body) == tuple(FieldError(*error) for error in errors)


def test_a_check_refuses_with_422_and_every_field() -> None:
    with pytest.raises(ApiError) as error:
        check("users/bulk_delete_request", {"user_ids": [1, "a#b"]})
    assert error.value.status == 422
    assert error.value.body == {
        "code": "invalid_params",
        "message": "One or more parameters were rejected.",
        "status": 422,
        "type": "invalid_request_error",
        "errors": [
            {"field": "user_ids.0", "message": "must be a string, not a number", "type": "type"},
            {"field": "user_ids.1", "message": "must not contain '/' or '#'", "type": "format"},
        ],
    }


def test_a_check_lets_through_what_fits() -> None:
    body: JsonObject = {"user_ids": ["jane"]}
    check("users/bulk_delete_request", body)
    assert body == {"user_ids": ["jane"]}


def test_a_validator_is_made_once() -> None:
    assert validator("users/list_query") is validator("users/list_query")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("user/list_query", "there is no schema file 'user': did you mean 'users'?"),
        ("users/lst_query", "schemas/users.json defines no 'lst_query': did you mean 'list_query'?"),
    ],
)
def test_an_unknown_name_is_an_error_with_a_remedy(name: str, message: str) -> None:
    with pytest.raises(UnknownNameError) as error:
        validator(name)
    assert str(error.value) == message


def test_a_validators_schema_has_its_references_followed() -> None:
    assert validator("messages/activities_query").schema == {
        "description": "Which activities of a message are asked for.",
        "type": "object",
        "properties": {
            "after": {"type": "string"},
            "before": {"type": "string"},
            "page_size": {"type": "integer"},
            "trigger_data": {"type": "object", "contentMediaType": "application/json"},
        },
    }


ORDER: JsonObject = {
    "type": "object",
    "required": ["plan"],
    "properties": {
        "plan": {"enum": ["free", "pro"]},
        "seats": {"type": "integer", "exclusiveMinimum": 0, "maximum": 10},
        "code": {"type": "string", "pattern": "^[A-Z]+$", "minLength": 2},
        "tags": {"type": "array", "minItems": 2},
    },
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({"plan": "pro", "seats": 10, "code": "AB", "tags": [1, 2]}, []),
        ({}, [("data.plan", "is required", "required")]),
        (7, [("data", "must be an object, not a number", "type")]),
        (
            {"tags": [1], "code": "a", "seats": 0, "plan": 3, "more": 1},
            [
                ("data.tags", "has fewer than 2 entries", "length"),
                ("data.code", "does not have the form ^[A-Z]+$", "format"),
                ("data.code", "is shorter than 2 characters", "length"),
                ("data.seats", "must be more than 0", "range"),
                ("data.plan", "must be one of free, pro", "enum"),
                ("data.more", "is not a known key", "unknown"),
            ],
        ),
    ],
)
def test_trigger_data_is_checked_by_a_schema_of_its_own(data: Json, errors: list[tuple[str, str, str]]) -> None:
    found = data_errors(ORDER, data)
    assert sorted(found, key=str) == sorted((FieldError(*error) for error in errors), key=str)
    assert [one.field for one in found] == [error[0] for error in errors]


def test_a_keyword_without_words_of_ours_speaks_for_itself() -> None:
    assert data_errors({"properties": {"n": {"multipleOf": 5}}}, {"n": 7}) == (
        FieldError("data.n", "7 is not a multiple of 5", "multipleOf"),
    )


def test_a_draft_that_a_schema_names_is_followed() -> None:
    tuples: JsonObject = {"properties": {"pair": {"items": [{"type": "string"}]}}}
    draft_7: JsonObject = {"$schema": "http://json-schema.org/draft-07/schema#", **tuples}
    assert data_errors(draft_7, {"pair": [1]}) == (FieldError("data.pair.0", "must be a string, not a number", "type"),)


@pytest.mark.parametrize("schema", [{"$ref": "https://example.com/a.json"}, {"type": "strin"}])
def test_a_schema_that_is_invalid_or_needs_another_document_is_an_error(schema: JsonObject) -> None:
    with pytest.raises(ValueError):
        data_errors(schema, {})

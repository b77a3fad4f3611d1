from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from knock_fake import KnockFake
from knock_fake.api import OPERATIONS
from knock_fake.errors import UsageError, UsageTypeError

if TYPE_CHECKING:
    from knock_fake.gateway.operations import Operation

KEY_MISSING = {
    "code": "api_key_missing",
    "message": "A valid API key is required to make this request.",
    "status": 401,
    "type": "authentication_error",
}
WRONG_KIND = {
    "code": "incorrect_token_type",
    "message": "This endpoint cannot be called with a public API key.",
    "status": 403,
    "type": "authentication_error",
}
FEED = "55555555-5555-4555-8555-555555555555"
MARKS = ("seen", "read", "interacted", "archived")
UNMARKS = ("unseen", "unread", "unarchived")
DOCUMENTED = {
    "GET /v1/users/{user_id}",
    "PUT /v1/users/{user_id}",
    "GET /v1/users/{user_id}/preferences",
    "GET /v1/users/{user_id}/preferences/{id}",
    "PUT /v1/users/{user_id}/preferences/{id}",
    "GET /v1/users/{user_id}/preference_center/config",
    "GET /v1/users/{user_id}/channel_data/{channel_id}",
    "PUT /v1/users/{user_id}/channel_data/{channel_id}",
    "DELETE /v1/users/{user_id}/channel_data/{channel_id}",
    "GET /v1/users/{user_id}/feeds/{id}",
    "GET /v1/users/{user_id}/guides/{channel_id}",
    *(f"PUT /v1/users/{{user_id}}/guides/messages/{mark}" for mark in MARKS if mark != "read"),
    *(f"PUT /v1/users/{{user_id}}/guides/messages/{{message_id}}/{mark}" for mark in MARKS if mark != "read"),
    *(f"PUT /v1/messages/{{message_id}}/{mark}" for mark in MARKS),
    *(f"DELETE /v1/messages/{{message_id}}/{mark}" for mark in (*MARKS, *UNMARKS)),
    *(f"POST /v1/messages/batch/{mark}" for mark in (*MARKS, *UNMARKS)),
    "POST /v1/channels/{channel_id}/messages/bulk/{action}",
}
"""The operations for which Knock's docs allow publishable keys."""

CALLED_BY_BROWSERS = {
    "GET /v1/messages/{message_id}",
    "GET /v1/users/{user_id}/feeds/{id}/settings",
    "PUT /v1/users/{user_id}/guides/engagements/reset",
    *(f"PUT /v1/users/{{user_id}}/preferences/{{id}}/{part}" for part in ("categories", "channel_types", "workflows")),
    "PUT /v1/users/{user_id}/preferences/{id}/categories/{key}",
    "PUT /v1/users/{user_id}/preferences/{id}/channel_types/{type}",
    "PUT /v1/users/{user_id}/preferences/{id}/workflows/{key}",
}
"""What Knock's browser clients call with a publishable key besides."""

PROVIDERS = "/v1/providers"
GRANTED = {
    "GET /v1/objects/{collection}/{object_id}/channel_data/{channel_id}",
    "PUT /v1/objects/{collection}/{object_id}/channel_data/{channel_id}",
    *(f"GET {PROVIDERS}/slack/{{channel_id}}/{part}" for part in ("auth_check", "channels", "revoke_access")),
    *(f"GET {PROVIDERS}/ms-teams/{{channel_id}}/{part}" for part in ("auth_check", "channels", "teams")),
    *(f"PUT {PROVIDERS}/{provider}/{{channel_id}}/revoke_access" for provider in ("slack", "ms-teams")),
}
"""What a user token can grant to a publishable key."""


def call(world: KnockFake, authorization: str | None, path: str = "/v1/users", method: str = "GET") -> httpx.Response:
    headers = {} if authorization is None else {"authorization": authorization}
    with httpx.Client(transport=world.transport(), base_url="https://api.knock.app") as client:
        return client.request(method, path, headers=headers)


def name(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "sk_test_x",
        "Basic sk_test_x",
        "Token sk_test_x",
        "Bearer knock_st_x",
        "Bearer xk_test_x",
    ],
)
def test_a_call_without_a_key_of_knocks_form_is_refused(authorization: str | None) -> None:
    refused = call(KnockFake(), authorization)
    assert (refused.status_code, refused.json()) == (401, KEY_MISSING)
    assert refused.headers["x-request-id"]


@pytest.mark.parametrize("authorization", ["Bearer sk_test_x", "bearer sk_live_y", "BEARER  sk_", "Bearer sk_test_x "])
def test_any_secret_key_is_taken_by_a_world_that_was_given_none(authorization: str) -> None:
    assert call(KnockFake(), authorization).status_code == 200


def test_a_world_with_keys_of_its_own_takes_those_and_no_others() -> None:
    world = KnockFake(secret_keys=["sk_one", "second"], public_keys=["pk_one"])
    statuses = {
        key: call(world, f"Bearer {key}").status_code for key in ("sk_one", "second", "pk_one", "sk_two", "pk_two")
    }
    assert statuses == {"sk_one": 200, "second": 200, "pk_one": 403, "sk_two": 401, "pk_two": 401}
    assert call(world, "Bearer sk_two").json() == KEY_MISSING
    assert world.secret_key == "sk_one"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"secret_keys": "sk_test"},
            UsageTypeError,
            "secret_keys must be a list of keys, not the text 'sk_test'",
        ),
        (
            {"public_keys": [""]},
            UsageTypeError,
            "public_keys: a key is a non-empty text without spaces around it, not ''",
        ),
        (
            {"secret_keys": ["one"], "public_keys": ["one"]},
            UsageError,
            "the key 'one' cannot be secret and public at once",
        ),
    ],
)
def test_keys_that_cannot_be_taken_are_refused_when_the_world_is_made(
    arguments: dict[str, list[str]], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        KnockFake(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_a_publishable_key_may_do_what_knock_documents_and_its_browser_clients_do(
    operation: Operation,
) -> None:
    path = operation.path.replace("{id}", FEED).replace("{user_id}", "jane")
    answer = call(KnockFake(), "Bearer pk_test_x", re.sub(r"\{\w+\}", "x", path), operation.method)
    if name(operation) in DOCUMENTED | CALLED_BY_BROWSERS:
        assert answer.status_code not in (401, 403)
    elif name(operation) not in GRANTED:
        assert (answer.status_code, answer.json()) == (403, WRONG_KIND)
        assert operation.name in answer.headers["x-knock-fake-hint"]


def test_the_operations_for_publishable_keys_are_declared_as_such() -> None:
    declared = {
        kind: {name(one) for one in OPERATIONS if one.public_key == kind}
        for kind in ("documented", "client_sdk", "grant")
    }
    assert declared == {"documented": DOCUMENTED, "client_sdk": CALLED_BY_BROWSERS, "grant": GRANTED}


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_every_operation_needs_a_key(operation: Operation) -> None:
    path = re.sub(r"\{\w+\}", "x", operation.path)
    refused = call(KnockFake(), None, path, operation.method)
    assert (refused.status_code, refused.json()) == (401, KEY_MISSING)


def test_a_refused_key_is_refused_before_anything_else_is_looked_at() -> None:
    with httpx.Client(transport=KnockFake().transport(), base_url="https://api.knock.app") as client:
        refused = client.put("/v1/users/jane?page_size[=", content=b"{", headers={"content-type": "text/plain"})
    assert refused.status_code == 401

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from knock_fake.api import OPERATIONS
from knock_fake.gateway.call import Call

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.gateway.operations import Operation
    from knock_fake.json_types import JsonObject

BUILT = [operation for operation in OPERATIONS if operation.is_built]


@pytest.fixture(scope="module")
def document() -> JsonObject:
    from knock_fake import KnockFake

    reply = KnockFake().handle(Call("GET", "/v1/openapi", "", {"authorization": "Bearer sk_test_x"}))
    decoded: JsonObject = orjson.loads(reply.body)
    return decoded


def described(document: JsonObject, path: str, method: str) -> JsonObject:
    paths = document["paths"]
    assert isinstance(paths, dict)
    item = paths[path]
    assert isinstance(item, dict)
    operation = item[method]
    assert isinstance(operation, dict)
    return operation


def test_the_document_is_valid_openapi(document: JsonObject) -> None:
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


@pytest.mark.parametrize("operation", BUILT, ids=lambda operation: operation.name)
def test_every_operation_is_described(document: JsonObject, operation: Operation) -> None:
    shown = described(document, operation.path, operation.method.lower())
    assert shown["operationId"] == operation.name
    assert shown["x-ratelimit-tier"] == operation.tier
    assert shown["summary"], f"the endpoint of {operation.name} needs a docstring"
    responses = shown["responses"]
    assert isinstance(responses, dict)
    assert next(iter(responses)) == str(operation.status)
    assert ("requestBody" in shown) == (operation.body_schema is not None and operation.method != "GET")


def test_no_operation_is_described_that_does_not_answer(document: JsonObject) -> None:
    paths = document["paths"]
    assert isinstance(paths, dict)
    items = [item for item in paths.values() if isinstance(item, dict)]
    named = [one["operationId"] for item in items for one in item.values() if isinstance(one, dict)]
    assert sorted(map(str, named)) == sorted(operation.name for operation in BUILT)


def test_parameters_are_written_as_clients_write_them(document: JsonObject) -> None:
    parameters = described(document, "/v1/users/{user_id}/feeds/{id}", "get")["parameters"]
    assert isinstance(parameters, list)
    by_name = {one["name"]: one for one in parameters if isinstance(one, dict)}
    assert by_name["user_id"] == {"name": "user_id", "in": "path", "required": True, "schema": {"type": "string"}}
    assert by_name["page_size"] == {
        "name": "page_size",
        "in": "query",
        "required": False,
        "schema": {"type": "integer"},
    }
    assert by_name["workflow_categories[]"] == {
        "name": "workflow_categories[]",
        "in": "query",
        "required": False,
        "schema": {"type": "array", "items": {"type": "string"}},
        "style": "form",
        "explode": True,
    }
    assert by_name["inserted_at"] == {
        "name": "inserted_at",
        "in": "query",
        "required": False,
        "schema": {"type": "object", "$ref": "#/components/schemas/common.instant_range"},
        "style": "deepObject",
        "explode": True,
    }
    trigger_data = {"contentMediaType": "application/json", "$ref": "#/components/schemas/common.trigger_data_filter"}
    assert by_name["trigger_data"] == {
        "name": "trigger_data",
        "in": "query",
        "required": False,
        "content": {"application/json": {"schema": {"type": "object", **trigger_data}}},
    }


def test_a_trigger_is_described_with_body_key_and_security(document: JsonObject) -> None:
    trigger = described(document, "/v1/workflows/{key}/trigger", "post")
    schema = {"schema": {"$ref": "#/components/schemas/workflows.trigger_request"}}
    assert trigger["requestBody"] == {"required": True, "content": {"application/json": schema}}
    assert trigger["security"] == [{"SecretKey": []}]
    parameters = trigger["parameters"]
    assert isinstance(parameters, list)
    assert parameters[-1] == {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "maxLength": 255},
    }


def test_security_says_which_keys_and_tokens_reach_an_operation(document: JsonObject) -> None:
    user = described(document, "/v1/users/{user_id}", "get")["security"]
    slack = described(document, "/v1/providers/slack/{channel_id}/channels", "get")["security"]
    with_token: JsonObject = {"PublishableKey": [], "UserToken": []}
    assert user == [{"SecretKey": []}, {"PublishableKey": []}, with_token]
    assert slack == [{"SecretKey": []}, with_token]


def test_the_server_is_the_one_that_was_called(knock: KnockFake) -> None:
    headers = {"authorization": "Bearer sk_test_x"}
    replies = [
        orjson.loads(knock.handle(Call("GET", "/v1/openapi", "", headers, origin=origin)).body)
        for origin in ("http://127.0.0.1:8000", "https://api.knock.app")
    ]
    assert [reply["servers"] for reply in replies] == [
        [{"url": "http://127.0.0.1:8000"}],
        [{"url": "https://api.knock.app"}],
    ]


def test_only_a_secret_key_reads_the_document(api: httpx.Client) -> None:
    assert api.get("/v1/openapi").status_code == 200
    assert api.get("/v1/openapi", headers={"authorization": "Bearer pk_test_x"}).status_code == 403

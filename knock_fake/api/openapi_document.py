"""An OpenAPI 3.1 document made from declarations and schemas; nothing in it is written down twice."""

from __future__ import annotations

import re
from inspect import getdoc
from typing import TYPE_CHECKING

from knock_fake.api.openapi_schemas import Components, query_properties
from knock_fake.gateway.schema_files import find_definition
from knock_fake.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from knock_fake.gateway.operations import Operation
    from knock_fake.json_types import Json, JsonObject

_PATH_PARAMETER = re.compile(r"\{(\w+)\}")
_ROLES = re.compile(r":\w+:`[~.]*([^`]+)`|``([^`]+)``")

_SECURITY_SCHEMES: JsonObject = {
    "SecretKey": {"type": "http", "scheme": "bearer", "description": "A key that begins with sk_."},
    "PublishableKey": {"type": "http", "scheme": "bearer", "description": "A key that begins with pk_."},
    "UserToken": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Knock-User-Token",
        "description": "A JWT that says for which user a publishable key speaks.",
    },
}
_IDEMPOTENCY_KEY: JsonObject = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
}
_REFUSALS = {
    "401": "No key or user token that counts.",
    "403": "The key or user token does not reach this far.",
    "404": "What the path names does not exist.",
    "422": "Parameters are wrong; errors names each of them.",
    "429": "Too many requests.",
}


def describe(operations: Iterable[Operation]) -> JsonObject:
    """Return the document of some operations, without servers.

    Args:
        operations: whose declarations are read. ``operationId`` is the operation's name, tags are its resource.
    """
    components = Components()
    paths: dict[str, JsonObject] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, components)
    responses: JsonObject = {status: _refusal(text, components) for status, text in _REFUSALS.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Knock's API, as knock_fake answers it", "version": __version__},
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "paths": {**paths},
        "components": {
            "schemas": components.schemas(),
            "responses": responses,
            "securitySchemes": _SECURITY_SCHEMES,
        },
    }


def _operation(operation: Operation, components: Components) -> JsonObject:
    resource, _, _ = operation.name.rpartition(".")
    parameters = [*_path_parameters(operation.path), *_query_parameters(operation, components)]
    if operation.idempotent:
        parameters.append(_IDEMPOTENCY_KEY)
    described: JsonObject = {
        "operationId": operation.name,
        "summary": _summary(operation),
        "tags": [resource],
        "security": _security(operation),
        "parameters": parameters,
        "responses": _responses(operation, components),
        "x-ratelimit-tier": operation.tier,
    }
    if operation.body_schema is not None and operation.method != "GET":  # for which OpenAPI knows no body
        is_required = "required" in find_definition(operation.body_schema)
        content = _json(components.refer(operation.body_schema))
        described["requestBody"] = {"required": is_required, "content": content}
    return described


def _summary(operation: Operation) -> str:
    """Return the first sentence of the endpoint's docstring; endpoints made by ``partial`` have their function's."""
    documented = getdoc(getattr(operation.endpoint, "func", operation.endpoint)) or ""
    sentence = " ".join(documented.partition("\n\n")[0].split())
    return _ROLES.sub(lambda match: match[1] or match[2], sentence)


def _security(operation: Operation) -> list[Json]:
    ways: list[Json] = [{"SecretKey": []}]
    if operation.public_key in ("documented", "client_sdk"):
        ways.append({"PublishableKey": []})
    if operation.public_key != "no":
        ways.append({"PublishableKey": [], "UserToken": []})
    return ways


def _path_parameters(path: str) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PATH_PARAMETER.findall(path)
    ]


def _query_parameters(operation: Operation, components: Components) -> list[Json]:
    if operation.query_schema is None:
        return []
    properties, required = query_properties(operation.query_schema, components)
    return [_query_parameter(name, schema, is_required=name in required) for name, schema in properties.items()]


def _query_parameter(name: str, schema: JsonObject, *, is_required: bool) -> JsonObject:
    """Return one parameter: a list repeats ``name[]``, an object has ``name[key]``, and JSON is written as text."""
    parameter: JsonObject = {"name": name, "in": "query", "required": is_required}
    if schema.get("contentMediaType") == "application/json":
        parameter["content"] = _json(schema)
        return parameter
    parameter["schema"] = schema
    if schema.get("type") == "array":
        parameter.update({"name": f"{name}[]", "style": "form", "explode": True})
    elif schema.get("type") == "object":
        parameter.update({"style": "deepObject", "explode": True})
    return parameter


def _responses(operation: Operation, components: Components) -> JsonObject:
    success: JsonObject = {"description": "Success."}
    if operation.response_schema is not None:
        success["content"] = _json(components.refer(operation.response_schema))
    takes_input = operation.body_schema is not None or operation.query_schema is not None
    apply = {"401": True, "403": True, "404": "{" in operation.path, "422": takes_input, "429": True}
    refusals: JsonObject = {
        status: {"$ref": f"#/components/responses/{status}"} for status, is_due in apply.items() if is_due
    }
    return {str(operation.status): success, **refusals}


def _refusal(text: str, components: Components) -> JsonObject:
    return {"description": text, "content": _json(components.refer("common/error"))}


def _json(schema: JsonObject) -> JsonObject:
    return {"application/json": {"schema": schema}}

"""``GET /v1/openapi``: what this API is, as a document that tools can read."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from knock_fake.api.openapi_document import About, describe
from knock_fake.gateway.operations import Operation, Resource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject

openapi = Resource("openapi")

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


@openapi.operation("get", "GET", "/v1/openapi", tier=4, reference="ours", response="openapi/document")
def get_openapi(request: Request) -> Json:
    """Return an OpenAPI 3.1 document of what this version answers; its server is the host that was called."""
    return {**_document(), "servers": [{"url": request.call.base_url}]}


@cache
def _document() -> JsonObject:
    from knock_fake.api import OPERATIONS  # which this operation is one of

    return describe([operation for operation in OPERATIONS if operation.is_built], _ABOUT)


def _refused(operation: Operation) -> Iterable[str]:
    takes_input = operation.body_schema is not None or operation.query_schema is not None
    apply = {"401": True, "403": True, "404": "{" in operation.path, "422": takes_input, "429": True}
    return (status for status, is_due in apply.items() if is_due)


def _details(operation: Operation) -> JsonObject:
    return {"security": _security(operation), "x-ratelimit-tier": operation.tier}


def _security(operation: Operation) -> list[Json]:
    ways: list[Json] = [{"SecretKey": []}]
    if operation.public_key in ("documented", "client_sdk"):
        ways.append({"PublishableKey": []})
    if operation.public_key != "no":
        ways.append({"PublishableKey": [], "UserToken": []})
    return ways


_ABOUT: About[Operation] = About(
    title="Knock's API, as knock_fake answers it",
    security_schemes=_SECURITY_SCHEMES,
    refusals=_REFUSALS,
    refused=_refused,
    parameters=lambda operation: [_IDEMPOTENCY_KEY] if operation.idempotent else [],
    details=_details,
)

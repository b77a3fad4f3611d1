"""``GET /v1/openapi``: what this API is, as a document that tools can read."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from knock_fake.api.openapi_document import describe
from knock_fake.gateway.operations import Resource

if TYPE_CHECKING:
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject

openapi = Resource("openapi")


@openapi.operation("get", "GET", "/v1/openapi", tier=4, response="openapi/document")
def get_openapi(request: Request) -> Json:
    """Return an OpenAPI 3.1 document of what this version answers; its server is the host that was called."""
    return {**_document(), "servers": [{"url": request.call.origin}]}


@cache
def _document() -> JsonObject:
    from knock_fake.api import OPERATIONS  # which this operation is one of

    return describe([operation for operation in OPERATIONS if operation.is_built])

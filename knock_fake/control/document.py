"""``/_fake/openapi``: the control plane as a document that tools can read."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from knock_fake.api.openapi_document import About, describe
from knock_fake.control.operations import ControlOperation, ControlResource

if TYPE_CHECKING:
    from knock_fake.control.operations import ControlRequest
    from knock_fake.json_types import Json, JsonObject

document = ControlResource("document")

_ABOUT: About[ControlOperation] = About(
    title="The control plane of knock_fake",
    security_schemes={
        "ControlToken": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Knock-Fake-Token",
            "description": "Needed where the server was started with a control token.",
        }
    },
    refusals={
        "401": "The control token is missing or wrong.",
        "404": "What is named does not exist.",
        "417": "What was expected is not so; the message shows what comes nearest, and why.",
        "422": "The input cannot be taken; the message names the place and the remedy.",
    },
    refused=lambda _operation: ("401", "404", "417", "422"),
    parameters=lambda _operation: (),
    details=lambda _operation: {"security": [{}, {"ControlToken": []}]},
)


@document.operation("get", "GET", "/openapi", needs_key=False)
def get_document(request: ControlRequest) -> Json:
    """Return an OpenAPI 3.1 document of the control plane; its server is the host that was called."""
    return {**_document(), "servers": [{"url": request.call.base_url}]}


@cache
def _document() -> JsonObject:
    from knock_fake.control.table import CONTROL_OPERATIONS  # which this operation is one of

    return describe(CONTROL_OPERATIONS, _ABOUT)

"""Request bodies: from bytes to checked data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from knock_fake.errors import invalid_field, malformed_json, unsupported_media_type
from knock_fake.json_values import is_deeper_than

if TYPE_CHECKING:
    from knock_fake.gateway.call import Call
    from knock_fake.json_types import Json, JsonObject

MAX_DATA_BYTES = 10_000_000
"""A trigger's ``data`` may take 10 MB as JSON (Knock's API reference; decimal megabytes are our reading)."""

MAX_DEPTH = 100
"""Levels that a body may have. Knock documents no bound; the JSON of answers can hold little more than 250."""

_BODYLESS = frozenset({"GET", "HEAD", "OPTIONS"})


def decode_body(call: Call) -> Json:
    """Return the decoded body; an empty one counts as ``{}``, as body-less calls of the SDKs do.

    Raises:
        ApiError: 415 when the body does not call itself JSON, 400 when it is not, 422 when it is nested too deeply.
    """
    if not call.body:
        return {}
    content_type = call.headers.get("content-type")
    if content_type is not None and not _is_json(content_type) and call.method not in _BODYLESS:
        raise unsupported_media_type(content_type)
    try:
        decoded: Json = orjson.loads(call.body)
    except orjson.JSONDecodeError as error:
        raise malformed_json(str(error)) from error
    if call.body.count(b"{") + call.body.count(b"[") > MAX_DEPTH and is_deeper_than(decoded, MAX_DEPTH):
        raise invalid_field("body", f"is nested deeper than {MAX_DEPTH} levels", "depth")
    return decoded


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def check_data_size(body: JsonObject, body_bytes: int) -> None:
    """Refuse ``data`` over the limit; a body that is small as a whole cannot hold it.

    Raises:
        ApiError: 422 for ``data``.
    """
    if body_bytes > MAX_DATA_BYTES and len(orjson.dumps(body.get("data"))) > MAX_DATA_BYTES:
        raise invalid_field("data", "is larger than 10 MB", "length")

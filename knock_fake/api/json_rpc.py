"""JSON-RPC 2.0, which data platforms speak with the destinations that they sync to."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from knock_fake.errors import nearest
from knock_fake.json_types import as_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import JsonObject

    Method: TypeAlias = Callable[[Core, JsonObject], JsonObject]

INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32600, -32601, -32602
"""Codes of the JSON-RPC specification."""


class RpcError(Exception):
    """A call that cannot be honoured: its code and message go into the answer, whose status stays 200."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def answer_rpc(request: Request, methods: Mapping[str, Method]) -> JsonObject:
    """Answer one JSON-RPC call by the methods of a destination; its id comes back with the result or the error."""
    body = request.body
    envelope: JsonObject = {"jsonrpc": "2.0", "id": body["id"]}
    try:
        return {**envelope, "result": _call(request.core, body, methods)}
    except RpcError as error:
        return {**envelope, "error": {"code": error.code, "message": str(error)}}


def _call(core: Core, body: JsonObject, methods: Mapping[str, Method]) -> JsonObject:
    if body["jsonrpc"] != "2.0":
        raise RpcError(INVALID_REQUEST, f"jsonrpc must be '2.0', not {body['jsonrpc']!r}")
    name = str(body["method"])
    if name not in methods:
        raise RpcError(METHOD_NOT_FOUND, f"there is no method {name!r}: {nearest(name, [*methods])}")
    params = body.get("params")
    return methods[name](core, as_object(params))


def object_param(params: JsonObject, name: str) -> JsonObject:
    """Return a parameter that must be an object.

    Raises:
        RpcError: it is missing or something else.
    """
    value = params.get(name)
    if not isinstance(value, dict):
        raise RpcError(INVALID_PARAMS, f"params.{name} must be an object")
    return value


def rows_param(params: JsonObject, name: str) -> list[JsonObject]:
    """Return a parameter that must be a list of objects.

    Raises:
        RpcError: it is missing or something else.
    """
    value = params.get(name)
    rows = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else None
    if rows is None or not isinstance(value, list) or len(rows) != len(value):
        raise RpcError(INVALID_PARAMS, f"params.{name} must be a list of objects")
    return rows

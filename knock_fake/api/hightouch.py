"""``/v1/integrations/hightouch/embedded-destination``: Hightouch syncs rows into static audiences.

The methods are those of Hightouch's Embedded Destination framework, the shape of their results follows its published
examples; that a connection can be tested, and what a rejected row looks like, are our choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.json_rpc import INVALID_PARAMS, RpcError, answer_rpc, object_param, rows_param
from knock_fake.api.memberships import enter
from knock_fake.api.synced_members import FIELDS, IDENTIFIER, RowError, read_row, synced_audience, synced_audiences
from knock_fake.errors import nearest
from knock_fake.gateway.operations import Resource
from knock_fake.json_types import as_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.api.json_rpc import Method
    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.audiences import Audience

hightouch = Resource("integrations.hightouch")

_MODES = {
    "add": "Rows become members and stay members.",
    "remove": "Rows that disappear end memberships.",
    "mirror": "The members are what the rows are.",
}


@hightouch.operation(
    "embedded_destination",
    "POST",
    "/v1/integrations/hightouch/embedded-destination",
    reference="current",
    tier=3,
    body="integrations/rpc_request",
    response="integrations/rpc_response",
)
def embedded_destination(request: Request) -> Json:
    """Answer a call of Hightouch; what cannot be honoured is a JSON-RPC error with status 200."""
    return answer_rpc(request, _METHODS)


def _test_connection(_core: Core, _params: JsonObject) -> JsonObject:
    return {"success": True}


def _list_objects(core: Core, _params: JsonObject) -> JsonObject:
    return {"objects": [{"id": one.key, "label": one.name} for one in synced_audiences(core)]}


def _list_modes(_core: Core, _params: JsonObject) -> JsonObject:
    return {"modes": [{"id": name, "label": name.title(), "description": text} for name, text in _MODES.items()]}


def _list_fields(_core: Core, _params: JsonObject) -> JsonObject:
    fields: list[Json] = [
        {"id": name, "label": label, "type": "STRING", "identifier": name == IDENTIFIER}
        for name, label in FIELDS.items()
    ]
    return {"fields": fields}


def _list_options(_core: Core, _params: JsonObject) -> JsonObject:
    return {"options": None}


def _validate(_core: Core, _params: JsonObject) -> JsonObject:
    return {"errors": []}


def _behavior(_core: Core, params: JsonObject) -> JsonObject:
    """Say which changes of the rows a sync shall send, by its mode."""
    mode = object_param(params, "configuration").get("mode", "mirror")
    if not isinstance(mode, str) or mode not in _MODES:
        remedy = nearest(str(mode), [*_MODES])
        raise RpcError(INVALID_PARAMS, f"params.configuration.mode cannot be {mode!r}: {remedy}")
    adds, removes = mode != "remove", mode != "add"
    return {
        "batchSize": 1000,
        "operations": {"add": adds, "change": adds, "remove": removes},
        "skipInitialRun": False,
    }


def _add(core: Core, params: JsonObject) -> JsonObject:
    return _sync(core, params, is_removal=False)


def _remove(core: Core, params: JsonObject) -> JsonObject:
    return _sync(core, params, is_removal=True)


def _sync(core: Core, params: JsonObject, *, is_removal: bool) -> JsonObject:
    """Let the users of rows enter or leave the audience, one by one; rows that name no user are rejected."""
    configuration = object_param(params, "configuration")
    audience = synced_audience(core, configuration.get("object"))
    rejected: list[Json] = []
    for row in rows_param(params, "rows"):
        try:
            _move(core, audience, _mapped(configuration, row), is_removal=is_removal)
        except RowError as error:
            rejected.append({"row": row, "reason": str(error)})
    return {"rejectedRows": rejected}


def _move(core: Core, audience: Audience, row: JsonObject, *, is_removal: bool) -> None:
    member = read_row(core, row)
    if is_removal:
        core.state.audiences.leave(audience.key, member.user, member.tenant)
    else:
        enter(core, audience, member)


def _mapped(configuration: JsonObject, row: JsonObject) -> JsonObject:
    """Return a row under the names of our fields; without any mapping its columns have them already."""
    mappings = [configuration.get("identifierMapping"), *as_list(configuration.get("mappings"))]
    pairs = [(one.get("from"), one.get("to")) for one in mappings if isinstance(one, dict)]
    if not pairs:
        return row
    return {str(target): row[source] for source, target in pairs if isinstance(source, str) and source in row}


_METHODS: Mapping[str, Method] = {
    "test_connection": _test_connection,
    "list_objects": _list_objects,
    "list_modes": _list_modes,
    "list_fields": _list_fields,
    "list_options": _list_options,
    "validate": _validate,
    "behavior": _behavior,
    "add": _add,
    "change": _add,
    "remove": _remove,
}

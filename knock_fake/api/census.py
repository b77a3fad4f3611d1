"""``/v1/integrations/census/custom-destination``: Census syncs rows into static audiences.

The methods and their results are those of Census's Custom Destination API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.json_rpc import INVALID_PARAMS, RpcError, answer_rpc, object_param, rows_param
from knock_fake.api.memberships import enter
from knock_fake.api.synced_members import FIELDS, IDENTIFIER, RowError, read_row, synced_audience, synced_audiences
from knock_fake.errors import nearest
from knock_fake.gateway.operations import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.api.json_rpc import Method
    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.audiences import Audience

census = Resource("integrations.census")

OPERATIONS = ("upsert", "insert", "update", "delete")
"""What can be done with the members of an audience. Census's docs name all but the last one, which mirroring needs."""


@census.operation(
    "custom_destination",
    "POST",
    "/v1/integrations/census/custom-destination",
    reference="current",
    tier=3,
    body="integrations/rpc_request",
    response="integrations/rpc_response",
)
def custom_destination(request: Request) -> Json:
    """Answer a call of Census; what cannot be honoured is a JSON-RPC error with status 200."""
    return answer_rpc(request, _METHODS)


def _test_connection(_core: Core, _params: JsonObject) -> JsonObject:
    return {"success": True}


def _list_objects(core: Core, _params: JsonObject) -> JsonObject:
    return {"objects": [{"object_api_name": one.key, "label": one.name} for one in synced_audiences(core)]}


def _list_fields(core: Core, params: JsonObject) -> JsonObject:
    _audience(core, params)
    return {"fields": [_field(name, label) for name, label in FIELDS.items()]}


def _field(name: str, label: str) -> JsonObject:
    is_identifier = name == IDENTIFIER
    return {
        "field_api_name": name,
        "label": label,
        "identifier": is_identifier,
        "required": is_identifier,
        "createable": True,
        "updateable": True,
        "type": "string",
        "array": False,
    }


def _supported_operations(core: Core, params: JsonObject) -> JsonObject:
    _audience(core, params)
    return {"operations": [*OPERATIONS]}


def _get_sync_speed(_core: Core, _params: JsonObject) -> JsonObject:
    """Ask for batches as large as the audience endpoints take, at the rate that their tier allows (our choice)."""
    return {"maximum_batch_size": 1000, "maximum_parallel_batches": 1, "maximum_records_per_second": 60_000}


def _audience(core: Core, params: JsonObject) -> Audience:
    return synced_audience(core, object_param(params, "object").get("object_api_name"))


def _sync_batch(core: Core, params: JsonObject) -> JsonObject:
    """Load the records of a batch one by one, and say of each what became of it."""
    plan = object_param(params, "sync_plan")
    audience, operation = _audience(core, plan), plan.get("operation")
    if not isinstance(operation, str) or operation not in OPERATIONS:
        remedy = nearest(str(operation), OPERATIONS)
        raise RpcError(INVALID_PARAMS, f"params.sync_plan.operation cannot be {operation!r}: {remedy}")
    results: list[Json] = [_sync(core, audience, operation, record) for record in rows_param(params, "records")]
    return {"record_results": results}


def _sync(core: Core, audience: Audience, operation: str, record: JsonObject) -> JsonObject:
    identifier = record.get(IDENTIFIER)
    try:
        member = read_row(core, record)
    except RowError as error:
        return {"identifier": identifier, "success": False, "error_message": str(error)}
    audiences = core.state.audiences
    is_member = audiences.is_member(audience.key, member.user, member.tenant)
    if operation == "delete":
        audiences.leave(audience.key, member.user, member.tenant)
    # What an operation does not concern is skipped, and counts as done.
    elif operation == "upsert" or is_member == (operation == "update"):
        enter(core, audience, member)
    return {"identifier": identifier, "success": True}


_METHODS: Mapping[str, Method] = {
    "test_connection": _test_connection,
    "list_objects": _list_objects,
    "list_fields": _list_fields,
    "supported_operations": _supported_operations,
    "get_sync_speed": _get_sync_speed,
    "sync_batch": _sync_batch,
}

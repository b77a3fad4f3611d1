"""Bulk operations on recipients: users, objects and tenants are identified and deleted alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.bulk import applier, start_bulk_operation
from knock_fake.api.user_lifecycle import delete_recipient
from knock_fake.json_types import as_list
from knock_fake.state.references import Reference
from knock_fake.workflows.identification import check_identification, identify, read_identification

if TYPE_CHECKING:
    from collections.abc import Iterable

    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.bulk_operations import BulkOperation
    from knock_fake.workflows.identification import Identification

_IDENTIFY, _DELETE = "recipients.identify", "recipients.delete"


def start_identifying(request: Request, name: str, collection: str, rows: Json, field: str) -> BulkOperation:
    """Queue the identification of many recipients once every row has been checked.

    Args:
        request: the call that asks for it.
        name: what Knock calls the operation.
        collection: where they all live.
        rows: their ids, or objects with ``id`` and what is known of them, having passed their schema.
        field: the place of the rows in the request.

    Raises:
        ApiError: 422 naming every offending field of the first row that cannot be stored.
    """
    bodies: list[JsonObject] = [row if isinstance(row, dict) else {"id": row} for row in _listed(rows)]
    found = [_read(collection, body, f"{field}.{index}") for index, body in enumerate(bodies)]
    for one in found:
        check_identification(request.core.state, one)
    named = [(one.reference, body) for one, body in zip(found, bodies, strict=True)]
    return start_bulk_operation(request, name, _IDENTIFY, named, {"collection": collection})


def start_deleting(request: Request, name: str, collection: str, identifiers: Iterable[Json]) -> BulkOperation:
    """Queue the deletion of many recipients; unknown ones are gone already."""
    rows = [(Reference(collection, str(one)), str(one)) for one in identifiers]
    return start_bulk_operation(request, name, _DELETE, rows, {"collection": collection})


@applier(_IDENTIFY)
def _identify(core: Core, common: JsonObject, row: Json) -> None:
    if isinstance(row, dict):
        identify(core.state, _read(str(common["collection"]), row, "row"))


@applier(_DELETE)
def _delete(core: Core, common: JsonObject, row: Json) -> None:
    delete_recipient(core, Reference(str(common["collection"]), str(row)))


def _read(collection: str, body: JsonObject, field: str) -> Identification:
    return read_identification(body, field, reference=Reference(collection, str(body["id"])))


def _listed(rows: Json) -> list[Json]:
    return as_list(rows)

"""Bulk operations on the subscriptions to many objects of a collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.bulk import RowFailedError, applier, start_bulk_operation
from knock_fake.api.object_paths import collection_of_path
from knock_fake.api.shown_bulk_operations import show_bulk_operation
from knock_fake.api.subscriptions import (
    check_subscribers,
    read_subscribed,
    read_subscribers,
    subscribe,
    unsubscribe,
)
from knock_fake.gateway.operations import Resource
from knock_fake.state.references import Reference

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject

bulk_subscriptions = Resource("objects")


_ADD, _DELETE = "subscriptions.add", "subscriptions.delete"


@bulk_subscriptions.operation(
    "bulk.add_subscriptions",
    "POST",
    "/v1/objects/{collection}/bulk/subscriptions/add",
    tier=1,
    body="subscriptions/bulk_add_request",
    response="bulk_operations/bulk_operation",
)
def bulk_add_subscriptions(request: Request) -> Json:
    """Subscribe up to 50 recipients to each of up to 100 objects.

    The operation is queued once every subscriber has been checked. A row is an object; one that is unknown becomes an
    error item, and the other rows are done (our choice).
    """
    for index, row in enumerate(_rows(request)):
        check_subscribers(request.core, read_subscribers(row["recipients"], f"subscriptions.{index}.recipients"))
    return _start(request, "upsert_subscriptions", _ADD)


@bulk_subscriptions.operation(
    "bulk.delete_subscriptions",
    "POST",
    "/v1/objects/{collection}/bulk/subscriptions/delete",
    reference="current",
    tier=1,
    body="subscriptions/bulk_delete_request",
    response="bulk_operations/bulk_operation",
)
def bulk_delete_subscriptions(request: Request) -> Json:
    """Unsubscribe recipients from each of up to 100 objects; pairs and objects that do not exist are passed over."""
    return _start(request, "delete_subscriptions", _DELETE)


def _start(request: Request, name: str, kind: str) -> Json:
    collection = collection_of_path(request)
    rows = [(Reference(collection, str(row["id"])), row) for row in _rows(request)]
    common: JsonObject = {"collection": collection}
    return show_bulk_operation(start_bulk_operation(request, f"objects.{collection}.{name}", kind, rows, common))


def _rows(request: Request) -> list[JsonObject]:
    rows = request.body["subscriptions"]
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


@applier(_ADD)
def _subscribe(core: Core, common: JsonObject, row: Json) -> None:
    if isinstance(row, dict):
        target = Reference(str(common["collection"]), str(row["id"]))
        if core.state.recipients.get(target) is None:
            raise RowFailedError(str(target))
        subscribe(core, target, read_subscribers(row["recipients"], "recipients"), row.get("properties"))


@applier(_DELETE)
def _unsubscribe(core: Core, common: JsonObject, row: Json) -> None:
    if isinstance(row, dict):
        target = Reference(str(common["collection"]), str(row["id"]))
        unsubscribe(core, target, read_subscribed(row["recipients"]))

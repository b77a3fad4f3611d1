"""Bulk operations on the subscriptions to many objects of a collection."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from knock_fake.api.bulk import RowFailedError, start_bulk_operation
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
    from collections.abc import Iterator

    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.identification import Identification

bulk_subscriptions = Resource("objects")


@dataclass(frozen=True, slots=True)
class _Subscribing:
    """One row: an object, who is to be subscribed to it, and with what."""

    target: Reference
    subscribers: list[Identification]
    properties: Json


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
    collection = collection_of_path(request)
    rows = [
        _Subscribing(
            Reference(collection, str(row["id"])),
            read_subscribers(row["recipients"], f"subscriptions.{index}.recipients"),
            row.get("properties"),
        )
        for index, row in _rows(request)
    ]
    for one in rows:
        check_subscribers(request.core, one.subscribers)
    name = f"objects.{collection}.upsert_subscriptions"
    return show_bulk_operation(start_bulk_operation(request.core, name, rows, partial(_subscribe, request.core)))


@bulk_subscriptions.operation(
    "bulk.delete_subscriptions",
    "POST",
    "/v1/objects/{collection}/bulk/subscriptions/delete",
    tier=1,
    body="subscriptions/bulk_delete_request",
    response="bulk_operations/bulk_operation",
)
def bulk_delete_subscriptions(request: Request) -> Json:
    """Unsubscribe recipients from each of up to 100 objects; pairs and objects that do not exist are passed over."""
    collection = collection_of_path(request)
    rows = [(Reference(collection, str(row["id"])), read_subscribed(row["recipients"])) for _, row in _rows(request)]
    name = f"objects.{collection}.delete_subscriptions"
    return show_bulk_operation(start_bulk_operation(request.core, name, rows, partial(_unsubscribe, request.core)))


def _rows(request: Request) -> Iterator[tuple[int, JsonObject]]:
    rows = request.body["subscriptions"]
    return ((index, row) for index, row in enumerate(rows if isinstance(rows, list) else []) if isinstance(row, dict))


def _subscribe(core: Core, row: _Subscribing) -> None:
    if core.state.recipients.get(row.target) is None:
        raise RowFailedError(row.target)
    subscribe(core, row.target, row.subscribers, row.properties)


def _unsubscribe(core: Core, row: tuple[Reference, list[Reference]]) -> None:
    unsubscribe(core, *row)

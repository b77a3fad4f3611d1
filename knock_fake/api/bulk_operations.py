"""``/v1/bulk_operations``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.bulk import poll
from knock_fake.api.shown_bulk_operations import show_bulk_operation
from knock_fake.errors import resource_missing
from knock_fake.gateway.operations import Resource

if TYPE_CHECKING:
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json

bulk_operations = Resource("bulk_operations")


@bulk_operations.operation("get", "GET", "/v1/bulk_operations/{id}", tier=4, response="bulk_operations/bulk_operation")
def get_bulk_operation(request: Request) -> Json:
    """Return a bulk operation; 404 for an unknown one.

    At the pace ``per_poll`` its next rows are done first, so what is shown is how far it is by then (our choice).
    """
    identifier = request.params["id"]
    operation = request.core.state.bulk_operations.get(identifier)
    if operation is None:
        raise resource_missing("bulk operation", identifier)
    poll(request.core, operation)
    return show_bulk_operation(operation)

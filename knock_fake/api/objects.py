"""``/v1/objects/{collection}``: get, set, list, delete, bulk."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from knock_fake.api.bulk_recipients import start_deleting, start_identifying
from knock_fake.api.listing import show_page
from knock_fake.api.object_paths import collection_of_path, object_of_path, require_object
from knock_fake.api.shown_bulk_operations import show_bulk_operation
from knock_fake.api.shown_recipients import show_object, show_with_preferences
from knock_fake.api.user_lifecycle import delete_recipient
from knock_fake.gateway.operations import Resource
from knock_fake.json_types import as_list
from knock_fake.workflows.identification import check_identification, identify, read_identification

if TYPE_CHECKING:
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json

objects = Resource("objects")


@objects.operation(
    "list", "GET", "/v1/objects/{collection}", tier=4, query="objects/list_query", response="objects/object_list"
)
def list_objects(request: Request) -> Json:
    """Return a page of a collection in order of creation (our choice); empty for one that nobody uses."""
    found = request.core.state.recipients.in_collection(collection_of_path(request))
    show = partial(show_with_preferences, request.core.state) if request.query.get("include") else show_object
    return show_page(request, [found], show, envelope="entries", descending=False)


@objects.operation("get", "GET", "/v1/objects/{collection}/{id}", tier=4, response="objects/object")
def get_object(request: Request) -> Json:
    """Return an object; 404 for one that nobody set."""
    return show_object(require_object(request.core, object_of_path(request, "id")))


@objects.operation(
    "set",
    "PUT",
    "/v1/objects/{collection}/{id}",
    tier=3,
    body="objects/set_request",
    response="objects/object",
)
def set_object(request: Request) -> Json:
    """Create an object, or merge what the body says into it."""
    one = read_identification(request.body, "", reference=object_of_path(request, "id"))
    check_identification(request.core.state, one)
    return show_object(identify(request.core.state, one))


@objects.operation("delete", "DELETE", "/v1/objects/{collection}/{id}", tier=2, status=204)
def delete_object(request: Request) -> Json:
    """Delete an object and everything Knock keeps of it; an unknown one is gone already (our choice)."""
    delete_recipient(request.core, object_of_path(request, "id"))
    return None


@objects.operation(
    "bulk.set",
    "POST",
    "/v1/objects/{collection}/bulk/set",
    tier=1,
    body="objects/bulk_set_request",
    response="bulk_operations/bulk_operation",
)
def bulk_set_objects(request: Request) -> Json:
    """Set up to 1,000 objects of a collection; the operation is queued once every row has been checked."""
    collection = collection_of_path(request)
    name, rows = f"objects.{collection}.set", request.body["objects"]
    return show_bulk_operation(start_identifying(request, name, collection, rows, "objects"))


@objects.operation(
    "bulk.delete",
    "POST",
    "/v1/objects/{collection}/bulk/delete",
    tier=1,
    body="objects/bulk_delete_request",
    response="bulk_operations/bulk_operation",
)
def bulk_delete_objects(request: Request) -> Json:
    """Delete up to 1,000 objects of a collection."""
    collection, identifiers = collection_of_path(request), request.body["object_ids"]
    name, rows = f"objects.{collection}.delete", as_list(identifiers)
    return show_bulk_operation(start_deleting(request, name, collection, rows))

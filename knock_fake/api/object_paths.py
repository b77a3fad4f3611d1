"""The objects that paths name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import invalid_field, resource_missing
from knock_fake.state.references import USERS, Reference

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.state.recipients import Recipient


def collection_of_path(request: Request) -> str:
    """Return the collection that a path names.

    Raises:
        ApiError: 422 for the collection of the users, whose endpoints are others (undocumented by Knock: our choice).
    """
    collection = request.params["collection"]
    if collection == USERS:
        raise invalid_field("collection", f"must not be {USERS}: users are found under /v1/users", "invalid")
    return collection


def object_of_path(request: Request, name: str = "object_id") -> Reference:
    """Return the object that a path names.

    Args:
        request: the call, with ``collection`` among its path parameters.
        name: the path parameter that is the object's id.

    Raises:
        ApiError: 422 for the collection of the users.
    """
    return Reference(collection_of_path(request), request.params[name])


def require_object(core: Core, reference: Reference) -> Recipient:
    """Return an object that exists.

    Raises:
        ApiError: 404.
    """
    recipient = core.state.recipients.get(reference)
    if recipient is None:
        raise resource_missing("object", str(reference))
    return recipient

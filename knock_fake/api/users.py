"""``/v1/users``: identify, get, list, delete, merge, bulk."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from knock_fake.api.bulk_recipients import start_deleting, start_identifying
from knock_fake.api.listing import show_page
from knock_fake.api.shown_bulk_operations import show_bulk_operation
from knock_fake.api.shown_recipients import show_user, show_with_preferences
from knock_fake.api.user_lifecycle import delete_recipient, merge_users
from knock_fake.errors import invalid_field, resource_missing
from knock_fake.gateway.operations import Resource
from knock_fake.json_types import as_list
from knock_fake.state.references import USERS, user
from knock_fake.workflows.identification import check_identification, identify, read_identification

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json
    from knock_fake.state.recipients import Recipient

users = Resource("users")


@users.operation(
    "update",
    "PUT",
    "/v1/users/{user_id}",
    tier=3,
    public_key="documented",
    ability="user/write",
    body="users/identify_request",
    response="users/user",
)
def identify_user(request: Request) -> Json:
    """Identify a user: create it, or merge what the body says into it."""
    one = read_identification(request.body, "", reference=user(request.params["user_id"]))
    check_identification(request.core.state, one)
    return show_user(identify(request.core.state, one))


@users.operation(
    "get",
    "GET",
    "/v1/users/{user_id}",
    tier=4,
    public_key="documented",
    ability="user/read",
    response="users/user",
)
def get_user(request: Request) -> Json:
    """Return a user; 404 for one that nobody identified."""
    return show_user(_require_user(request.core, request.params["user_id"]))


@users.operation("list", "GET", "/v1/users", tier=4, query="users/list_query", response="users/user_list")
def list_users(request: Request) -> Json:
    """Return a page of users in order of creation, oldest first unless ``order`` says ``desc``."""
    found = request.core.state.recipients.in_collection(USERS)
    show = partial(show_with_preferences, request.core.state) if request.query.get("include") else show_user
    return show_page(request, [found], show, envelope="entries", descending=request.query.get("order") == "desc")


@users.operation("delete", "DELETE", "/v1/users/{user_id}", tier=2, status=204)
def delete_user(request: Request) -> Json:
    """Delete a user and everything Knock keeps of it; an unknown one is gone already."""
    delete_recipient(request.core, user(request.params["user_id"]))
    return None


@users.operation(
    "merge",
    "POST",
    "/v1/users/{user_id}/merge",
    tier=2,
    body="users/merge_request",
    response="users/user",
)
def merge_user(request: Request) -> Json:
    """Merge another user into the one of the path; 404 when either is unknown."""
    other = str(request.body["from_user_id"])
    _refuse_same_user(request.params["user_id"], other)
    primary = _require_user(request.core, request.params["user_id"])
    return show_user(merge_users(request.core, primary, _require_user(request.core, other)))


def _require_user(core: Core, user_id: str) -> Recipient:
    """Return a user that exists.

    Raises:
        ApiError: 404.
    """
    recipient = core.state.recipients.get(user(user_id))
    if recipient is None:
        raise resource_missing("user", user_id)
    return recipient


def _refuse_same_user(user_id: str, other: str) -> None:
    """Refuse to merge a user with itself.

    Raises:
        ApiError: 422.
    """
    if user_id == other:
        raise invalid_field("from_user_id", "must name another user than the path", "invalid")


@users.operation(
    "bulk.identify",
    "POST",
    "/v1/users/bulk/identify",
    tier=1,
    body="users/bulk_identify_request",
    response="bulk_operations/bulk_operation",
)
def bulk_identify_users(request: Request) -> Json:
    """Identify up to 1,000 users; the operation is queued once every row has been checked."""
    return show_bulk_operation(start_identifying(request, "users.identify", USERS, request.body["users"], "users"))


@users.operation(
    "bulk.delete",
    "POST",
    "/v1/users/bulk/delete",
    tier=1,
    body="users/bulk_delete_request",
    response="bulk_operations/bulk_operation",
)
def bulk_delete_users(request: Request) -> Json:
    """Delete up to 1,000 users."""
    rows = as_list(request.body["user_ids"])
    return show_bulk_operation(start_deleting(request, "users.delete", USERS, rows))

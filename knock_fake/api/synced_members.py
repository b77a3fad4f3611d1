"""Rows of a data warehouse as members of audiences: what the destinations of data platforms have in common.

Each static audience is an object to sync to, each row a member (Knock names the use, the fields are our choice).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.json_rpc import INVALID_PARAMS, RpcError
from knock_fake.api.memberships import Membership, check_membership, read_membership
from knock_fake.errors import ApiError
from knock_fake.schema_checks import field_errors

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.audiences import Audience

IDENTIFIER = "user_id"
"""The field that says which user a row is about."""

FIELDS = {
    IDENTIFIER: "User ID",
    "tenant": "Tenant",
    "name": "Name",
    "email": "Email",
    "phone_number": "Phone number",
    "avatar": "Avatar",
    "locale": "Locale",
    "timezone": "Time zone",
}
"""The fields of a row with their labels; any other key is a custom property of the user."""


class RowError(Exception):
    """A row that is no member; the message says why. Other rows of the same call are not concerned."""


def synced_audiences(core: Core) -> list[Audience]:
    """Return the audiences that can be synced to: the static ones, in order of addition."""
    return [one for one in core.state.audiences if one.conditions is None]


def synced_audience(core: Core, key: Json) -> Audience:
    """Return the audience that a call syncs to.

    Raises:
        RpcError: there is none with this key, or it is a dynamic one.
    """
    audience = core.state.audiences.get(key) if isinstance(key, str) else None
    if audience is None:
        raise RpcError(INVALID_PARAMS, f"there is no audience {key!r}: {core.state.audiences.suggest(str(key))}")
    if audience.conditions is not None:
        raise RpcError(INVALID_PARAMS, f"{key!r} is a dynamic audience: its members are those that it fits")
    return audience


def read_row(core: Core, row: JsonObject) -> Membership:
    """Read and check a row by the names of :data:`FIELDS`; a number for an id counts as its text.

    Raises:
        RowError: it names no user, or holds what cannot be stored.
    """
    identifier, tenant = row.get(IDENTIFIER), row.get("tenant")
    if isinstance(identifier, bool) or not isinstance(identifier, str | int):
        raise RowError(f"{IDENTIFIER} must be the id of a user")
    if tenant is not None and not (isinstance(tenant, str) and tenant):
        raise RowError("tenant must be the id of a tenant")
    properties = {key: value for key, value in row.items() if key not in (IDENTIFIER, "tenant", "id")}
    person: JsonObject = {"id": str(identifier), **properties}
    errors = field_errors("common/inline_user", person)
    if errors:
        raise RowError("; ".join(f"{error.field} {error.message}" for error in errors))
    membership = read_membership(person, tenant, "")
    try:
        check_membership(core, membership)
    except ApiError as refused:
        raise RowError(refused.hint or str(refused)) from None
    return membership

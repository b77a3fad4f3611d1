"""Whether a call may do what it asks for: by its key, by its user token, and by what that token grants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import (
    access_denied,
    incorrect_token_type,
    invalid_user_token,
    missing_jwt_signing_key,
    missing_user_token,
)
from knock_fake.gateway.grants import is_allowed, is_granted, tenants_allowed
from knock_fake.gateway.user_tokens import UserToken, read_user_token
from knock_fake.state.references import Reference

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from knock_fake.gateway.call import Call
    from knock_fake.gateway.operations import KeyKind, Operation, Request
    from knock_fake.gateway.security import Security
    from knock_fake.json_types import Json

USER_TOKEN_HEADER = "x-knock-user-token"  # noqa: S105 - the name of a header

_DEFAULT_SET = "default"


def authorize(operation: Operation, kind: KeyKind) -> None:
    """Refuse a publishable key on an operation that Knock reserves for secret ones.

    Raises:
        ApiError: 403 ``incorrect_token_type``.
    """
    if kind == "public" and operation.public_key == "no":
        raise incorrect_token_type(operation.name)


def read_token(
    call: Call, operation: Operation, params: Mapping[str, str], security: Security, now: datetime
) -> UserToken | None:
    """Return the verified user token of a call with a publishable key, or ``None`` when it came without and may.

    A token is required in enhanced security mode, and always by the operations that a token has to grant. One that
    nothing can verify, because there is no signing key, counts for nothing where none is required (our choice).

    Args:
        call: the request, for its headers.
        operation: what it asks for.
        params: the decoded path; its ``user_id`` must be the token's.
        security: the mode and the key.
        now: the instant at which the token must be valid.

    Raises:
        ApiError: 401 ``missing_user_token``, ``invalid_user_token`` or ``missing_jwt_signing_key``.
    """
    is_required = security.is_enhanced or operation.public_key == "grant"
    token = verified_token(call, operation.name, security, now, is_required=is_required)
    if token is not None and params.get("user_id", token.user_id) != token.user_id:
        raise invalid_user_token(f"it speaks for {token.user_id!r}, and the path names {params['user_id']!r}")
    return token


def verified_token(call: Call, name: str, security: Security, now: datetime, *, is_required: bool) -> UserToken | None:
    """Return the verified user token of a call, or ``None`` when it came without one that counts, and may.

    Args:
        call: the request, for its headers.
        name: what it asks for, for the error.
        security: the mode and the key.
        now: the instant at which the token must be valid.
        is_required: whether there has to be one.

    Raises:
        ApiError: 401 ``missing_user_token``, ``invalid_user_token`` or ``missing_jwt_signing_key``.
    """
    text = call.headers.get(USER_TOKEN_HEADER, "").strip()
    if not text:
        if is_required:
            raise missing_user_token(name)
        return None
    key = security.verification_key
    if key is None:
        if is_required:
            raise missing_jwt_signing_key()
        return None
    return read_user_token(text, key, now)


def check_grants(request: Request) -> None:
    """Refuse a call that its user token does not cover; a call without a token passes.

    What belongs to a user needs the operation's ability for that user, or for the tenant that is asked for. What
    belongs to an object needs a grant on that object; where the path does not name it, the endpoint asks
    :func:`require_grant`.

    Raises:
        ApiError: 403 ``access_denied``.
    """
    token, operation, params = request.user_token, request.operation, request.params
    if token is None or operation.ability is None:
        return
    if operation.public_key == "grant":
        if "object_id" in params:
            require_grant(request, Reference(params["collection"], params["object_id"]))
        return
    if not is_allowed(token.grants, token.user_id, operation.ability):
        raise access_denied(f"grants {operation.ability} neither on users/{token.user_id} nor on a tenant")
    if operation.ability.startswith("preferences/") and "id" in params:
        for tenant in _tenants_of_set(params["id"], request.query.get("tenant")):
            require_tenant(request, tenant)


def _tenants_of_set(set_id: str, tenant: Json) -> list[str | None]:
    """Return the tenants that a preference set is read or written for; the default set alone has none."""
    named: list[str | None] = [one for one in (set_id, tenant) if isinstance(one, str) and one != _DEFAULT_SET]
    return named or [None]


def require_tenant(request: Request, tenant: str | None) -> None:
    """Refuse a call whose user token is narrowed to tenants that this is none of; ``None`` is what has no tenant.

    Raises:
        ApiError: 403 ``access_denied``.
    """
    token, ability = request.user_token, request.operation.ability
    if token is None or ability is None:
        return
    tenants = tenants_allowed(token.grants, token.user_id, ability)
    if tenants is not None and tenant not in tenants:
        missing = "what has no tenant" if tenant is None else f"tenants/{tenant}"
        raise access_denied(f"grants {ability} on tenants, and not on {missing}")


def require_grant(request: Request, resource: Reference) -> None:
    """Refuse a call whose user token does not grant the operation's ability on a resource.

    Raises:
        ApiError: 403 ``access_denied``.
    """
    token, ability = request.user_token, request.operation.ability
    if token is not None and ability is not None and not is_granted(token.grants, resource, ability):
        raise access_denied(f"does not grant {ability} on {resource}")


def reaches(request: Request, owner: Reference, tenant: str | None) -> bool:
    """Whether a call may touch what belongs to a recipient and a tenant; without a user token it may.

    With one, it must be the token's own user's, of a tenant that the token does not shut out.

    Args:
        request: the call.
        owner: whose it is, such as the recipient of a message.
        tenant: of which tenant it is, or ``None``.
    """
    token, ability = request.user_token, request.operation.ability
    if token is None:
        return True
    if not owner.is_user or owner.id != token.user_id:
        return False
    tenants = None if ability is None else tenants_allowed(token.grants, token.user_id, ability)
    return tenants is None or tenant in tenants

"""``/v1/tenants``: get, set, list, delete, bulk. A tenant is an object of the collection ``$tenants``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.bulk_recipients import start_deleting, start_identifying
from knock_fake.api.listing import show_page
from knock_fake.api.message_filters import text, texts
from knock_fake.api.shown_bulk_operations import show_bulk_operation
from knock_fake.api.shown_tenants import show_tenant
from knock_fake.api.user_lifecycle import delete_recipient
from knock_fake.errors import resource_missing
from knock_fake.gateway.operations import Resource
from knock_fake.state.references import TENANTS, Reference
from knock_fake.workflows.identification import check_identification, identify, read_identification

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.recipients import Recipient

tenants = Resource("tenants")


@tenants.operation("list", "GET", "/v1/tenants", tier=4, query="tenants/list_query", response="tenants/tenant_list")
def list_tenants(request: Request) -> Json:
    """Return a page of tenants in order of creation; ``name`` and ``tenant_id`` match exactly (both are our choice)."""
    found = _find_tenants(request)
    return show_page(request, [found], show_tenant, envelope="entries", descending=False, total_count=len(found))


def _find_tenants(request: Request) -> Sequence[Recipient]:
    recipients = request.core.state.recipients
    tenant_id, name = text(request.query, "tenant_id"), text(request.query, "name")
    if tenant_id is not None:
        found = recipients.get(Reference(TENANTS, tenant_id))
        fits = found is not None and (name is None or found.properties.get("name") == name)
        return [found] if found is not None and fits else []
    return recipients.in_collection(TENANTS) if name is None else recipients.tenants_named(name)


@tenants.operation("get", "GET", "/v1/tenants/{id}", tier=4, query="tenants/get_query", response="tenants/tenant")
def get_tenant(request: Request) -> Json:
    """Return a tenant; 404 for one that nobody set or triggered with."""
    identifier = request.params["id"]
    tenant = request.core.state.recipients.get(Reference(TENANTS, identifier))
    if tenant is None:
        raise resource_missing("tenant", identifier)
    return _show_resolved(request, tenant)


@tenants.operation(
    "set",
    "PUT",
    "/v1/tenants/{id}",
    tier=3,
    query="tenants/get_query",
    body="tenants/set_request",
    response="tenants/tenant",
)
def set_tenant(request: Request) -> Json:
    """Create a tenant, or merge what the body says into it."""
    one = read_identification(request.body, "", reference=Reference(TENANTS, request.params["id"]))
    check_identification(request.core.state, one)
    return _show_resolved(request, identify(request.core.state, one))


def _show_resolved(request: Request, tenant: Recipient) -> JsonObject:
    """Show a tenant, with the environment's default preferences under its own when the query asks for that."""
    resolves = request.query.get("resolve_full_preference_settings") is True
    return show_tenant(tenant, request.core.state.preferences.environment_default if resolves else None)


@tenants.operation("delete", "DELETE", "/v1/tenants/{id}", tier=2, status=204)
def delete_tenant(request: Request) -> Json:
    """Delete a tenant; an unknown one is gone already. Messages that are tagged with it stay (our choice)."""
    delete_recipient(request.core, Reference(TENANTS, request.params["id"]))
    return None


@tenants.operation(
    "bulk.set",
    "POST",
    "/v1/tenants/bulk/set",
    reference="current",
    tier=1,
    body="tenants/bulk_set_request",
    response="bulk_operations/bulk_operation",
)
def bulk_set_tenants(request: Request) -> Json:
    """Set up to 1,000 tenants; a bare id makes a tenant without properties, or leaves the one that exists."""
    return show_bulk_operation(start_identifying(request, "tenants.set", TENANTS, request.body["tenants"], "tenants"))


@tenants.operation(
    "bulk.delete",
    "POST",
    "/v1/tenants/bulk/delete",
    reference="current",
    tier=1,
    query="tenants/bulk_delete_query",
    response="bulk_operations/bulk_operation",
)
def bulk_delete_tenants(request: Request) -> Json:
    """Delete up to 1,000 tenants; unlike in other bulk calls their ids stand in the query."""
    rows = texts(request.query, "tenant_ids")
    return show_bulk_operation(start_deleting(request, "tenants.delete", TENANTS, rows))

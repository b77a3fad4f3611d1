"""``/v1/schedules``, and the schedules of one user or object."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from knock_fake.api.bulk import applier, start_bulk_operation
from knock_fake.api.listing import show_page
from knock_fake.api.message_filters import text, texts
from knock_fake.api.object_paths import object_of_path
from knock_fake.api.schedule_requests import change_schedules, create_schedules, read_draft
from knock_fake.api.shown_bulk_operations import show_bulk_operation
from knock_fake.api.shown_schedules import show_schedule
from knock_fake.gateway.operations import Resource
from knock_fake.json_types import as_list
from knock_fake.state.references import read_reference, user

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.api.schedule_requests import Draft
    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.references import Reference
    from knock_fake.state.schedules import Schedule

_BULK_CREATE = "schedules.create"

schedules = Resource("schedules")
user_schedules = Resource("users")
object_schedules = Resource("objects")


@schedules.operation(
    "list", "GET", "/v1/schedules", tier=4, query="schedules/list_query", response="schedules/schedule_list"
)
def list_schedules(request: Request) -> Json:
    """Return a page of a workflow's schedules, newest first; of an unknown workflow there are none (our choice)."""
    named = request.query.get("recipients")
    recipients = [read_reference(one) for one in named] if isinstance(named, list) else None
    return _show_schedules(request, recipients)


@user_schedules.operation(
    "list_schedules",
    "GET",
    "/v1/users/{user_id}/schedules",
    tier=4,
    query="schedules/recipient_list_query",
    response="schedules/schedule_list",
)
def list_user_schedules(request: Request) -> Json:
    """Return a page of a user's schedules, newest first; of an unknown user there are none (our choice)."""
    return _show_schedules(request, [user(request.params["user_id"])])


@object_schedules.operation(
    "list_schedules",
    "GET",
    "/v1/objects/{collection}/{id}/schedules",
    tier=4,
    query="schedules/recipient_list_query",
    response="schedules/schedule_list",
)
def list_object_schedules(request: Request) -> Json:
    """Return a page of an object's schedules, newest first; of an unknown object there are none (our choice)."""
    return _show_schedules(request, [object_of_path(request, "id")])


def _show_schedules(request: Request, recipients: Sequence[Reference] | None) -> Json:
    """Show a page of the schedules that a query and, if given, recipients name; walk the shortest list for it."""
    store, query = request.core.state.schedules, request.query
    workflow, tenant = text(query, "workflow"), text(query, "tenant")
    wanted = frozenset(recipients) if recipients is not None else None
    candidates: list[list[Sequence[Schedule]]] = []
    if wanted is not None:
        candidates.append([store.of_recipient(one) for one in wanted])
    if workflow is not None:
        candidates.append([store.of_workflow(workflow)])
    if tenant is not None:
        candidates.append([store.of_tenant(tenant)])

    def keep(schedule: Schedule) -> bool:
        return (
            (wanted is None or schedule.recipient in wanted)
            and (workflow is None or schedule.workflow == workflow)
            and (tenant is None or schedule.plan.tenant == tenant)
        )

    sources = min(candidates, key=lambda lists: sum(map(len, lists)))
    show = partial(show_schedule, request.core.state)
    return show_page(request, sources, show, envelope="entries", descending=True, keep=keep)


@schedules.operation(
    "create",
    "POST",
    "/v1/schedules",
    tier=3,
    body="schedules/create_request",
    response="schedules/schedules",
)
def create(request: Request) -> Json:
    """Make one schedule for each distinct recipient; people who are inline are identified first."""
    core, body = request.core, request.body
    recipients = [(f"recipients.{index}", one) for index, one in enumerate(as_list(body["recipients"]))]
    created = create_schedules(core, read_draft(core, body, recipients))
    return [show_schedule(core.state, one) for one in created]


@schedules.operation(
    "update",
    "PUT",
    "/v1/schedules",
    tier=3,
    body="schedules/update_request",
    response="schedules/schedules",
)
def update(request: Request) -> Json:
    """Change schedules alike; ids that nobody knows are skipped (our choice)."""
    found = _named(request)
    change_schedules(request.core, found, request.body)
    return [show_schedule(request.core.state, one) for one in found]


@schedules.operation(
    "delete",
    "DELETE",
    "/v1/schedules",
    tier=3,
    body="schedules/delete_request",
    response="schedules/schedules",
)
def delete(request: Request) -> Json:
    """Delete schedules and return them as they were; ids that nobody knows are skipped (our choice)."""
    found = _named(request)
    shown: list[Json] = [show_schedule(request.core.state, one) for one in found]
    for schedule in found:
        request.core.state.schedules.delete(schedule)
    return shown


def _named(request: Request) -> list[Schedule]:
    store = request.core.state.schedules
    found = (store.get(one) for one in dict.fromkeys(texts(request.body, "schedule_ids")))
    return [schedule for schedule in found if schedule is not None]


@schedules.operation(
    "bulk.create",
    "POST",
    "/v1/schedules/bulk/create",
    reference="current",
    tier=1,
    body="schedules/bulk_create_request",
    response="bulk_operations/bulk_operation",
)
def bulk_create(request: Request) -> Json:
    """Make up to 1,000 schedules; the operation is queued once every row has been checked."""
    core, named = request.core, request.body["schedules"]
    rows: list[JsonObject] = [row for row in named if isinstance(row, dict)] if isinstance(named, list) else []
    for index, row in enumerate(rows):
        _read_row(core, row, f"schedules.{index}.")
    items = [read_reference(row["recipient"]) for row in rows]
    pairs = zip(items, rows, strict=True)
    return show_bulk_operation(start_bulk_operation(request, "schedules.create_schedules", _BULK_CREATE, pairs))


@applier(_BULK_CREATE)
def _create_row(core: Core, _: JsonObject, row: Json) -> None:
    if isinstance(row, dict):
        create_schedules(core, _read_row(core, row, ""))


def _read_row(core: Core, row: JsonObject, prefix: str) -> Draft:
    return read_draft(core, row, [(f"{prefix}recipient", row["recipient"])], prefix)

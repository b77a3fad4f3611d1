"""``/v1/workflow_recipient_runs``: what became of triggers, recipient by recipient."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from knock_fake.api.listing import show_page
from knock_fake.api.message_filters import text, texts
from knock_fake.api.shown_runs import show_run, show_run_with_events
from knock_fake.errors import invalid_field, resource_missing
from knock_fake.gateway.operations import Resource
from knock_fake.state.references import read_reference
from knock_fake.state.retention import is_retained
from knock_fake.timestamps import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.run_store import RunStore
    from knock_fake.state.runs import Run

workflow_recipient_runs = Resource("workflow_recipient_runs")

Keep: TypeAlias = "Callable[[Run], bool]"


@workflow_recipient_runs.operation(
    "list",
    "GET",
    "/v1/workflow_recipient_runs",
    reference="current",
    tier=2,
    retention=True,
    query="workflow_recipient_runs/list_query",
    response="workflow_recipient_runs/run_list",
)
def list_runs(request: Request) -> Json:
    """Return a page of runs, newest first (the order is our choice), narrowed by every filter given."""
    filters = [_is_retained(request.core), *_filters(request.query)]
    sources = [_narrowest(request.core.state.runs, request.query)]
    return show_page(
        request, sources, show_run, envelope="items", descending=True, keep=lambda run: all(one(run) for one in filters)
    )


@workflow_recipient_runs.operation(
    "get",
    "GET",
    "/v1/workflow_recipient_runs/{id}",
    reference="current",
    tier=2,
    retention=True,
    response="workflow_recipient_runs/run_with_events",
)
def get_run(request: Request) -> Json:
    """Return a run with its events; 404 for an unknown one, and for one that is out of retention."""
    identifier = request.params["id"]
    run = request.core.state.runs.get(identifier)
    if run is None or not _is_retained(request.core)(run):
        raise resource_missing("workflow recipient run", identifier)
    return show_run_with_events(request.core.identifiers, run)


def _is_retained(core: Core) -> Keep:
    """Return the filter of data retention, which runs are subject to as messages are (Knock's docs on it)."""
    return lambda run: is_retained(run.inserted_at, core.clock.now)


def _narrowest(runs: RunStore, query: JsonObject) -> Sequence[Run]:
    """Return the shortest list that a query names, so that a page costs the page."""
    candidates = [runs.all()]
    if (workflow := text(query, "workflow")) is not None:
        candidates.append(runs.of_workflow(workflow))
    if (tenant := text(query, "tenant")) is not None:
        candidates.append(runs.of_tenant(tenant))
    if (recipient := query.get("recipient")) is not None:
        candidates.append(runs.of_recipient(read_reference(recipient)))
    return min(candidates, key=len)


def _filters(query: JsonObject) -> list[Keep]:
    """Return the filters that a query asks for; bounds of time are exclusive, as Knock's reference words them.

    Raises:
        ApiError: 422 for a moment that cannot be read.
    """
    filters: list[Keep] = []
    if (workflow := text(query, "workflow")) is not None:
        filters.append(lambda run: run.workflow == workflow)
    if (tenant := text(query, "tenant")) is not None:
        filters.append(lambda run: run.tenant == tenant)
    if (named := query.get("recipient")) is not None:
        recipient = read_reference(named)
        filters.append(lambda run: run.recipient == recipient)
    if statuses := frozenset(texts(query, "status")):
        filters.append(lambda run: run.status in statuses)
    if isinstance(has_errors := query.get("has_errors"), bool):
        filters.append(lambda run: (run.error_count > 0) == has_errors)
    if (start := _read_instant(query, "starting_at")) is not None:
        filters.append(lambda run: run.inserted_at > start)
    if (end := _read_instant(query, "ending_at")) is not None:
        filters.append(lambda run: run.inserted_at < end)
    return filters


def _read_instant(query: JsonObject, name: str) -> datetime | None:
    value = text(query, name)
    if value is None:
        return None
    try:
        return parse_instant(value)
    except ValueError:
        raise invalid_field(name, "must be an ISO-8601 timestamp", "format") from None

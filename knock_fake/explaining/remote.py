"""Explaining the runs of a server, read through Knock's API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from knock_fake.errors import UsageError
from knock_fake.explaining.explanation import Explanation, asked_for
from knock_fake.explaining.reading import explain_run

if TYPE_CHECKING:
    from knock_fake.explaining.explanation import RunExplanation
    from knock_fake.json_types import Json, JsonObject

MAX_RUNS = 10
"""How many runs are explained, the newest."""


class Reader(Protocol):
    """Reads from a server of Knock's API."""

    def get(self, path: str, query: JsonObject | None = None) -> JsonObject | None:
        """Return what a path answers, ``None`` for a 404."""
        ...


def explain_remote(server: Reader, recipient: str | None, workflow: str | None, limit: int = MAX_RUNS) -> Explanation:
    """Explain the newest runs of a server, oldest first.

    Args:
        server: what they are read from.
        recipient: a user's id, ``collection/id`` of an object, or ``None`` for everybody.
        workflow: the key of a workflow, or ``None`` for any.
        limit: how many runs at most.
    """
    query: JsonObject = {"page_size": limit, **_recipient(recipient)}
    if workflow is not None:
        query["workflow"] = workflow
    listed = _objects((server.get("/v1/workflow_recipient_runs", query) or {}).get("items"))
    runs = [_explain(server, str(one["id"])) for one in reversed(listed[:limit])]
    notes = () if runs else _notes(server, recipient, workflow)
    return Explanation(asked_for(recipient, workflow), tuple(runs), notes)


def _explain(server: Reader, run_id: str) -> RunExplanation:
    run = server.get(f"/v1/workflow_recipient_runs/{run_id}") or {}
    made = server.get("/v1/messages", {"workflow_recipient_run_id": run_id}) or {}
    messages = [_with_events(server, one) for one in reversed(_objects(made.get("items")))]
    return explain_run(run, messages)


def _with_events(server: Reader, message: JsonObject) -> JsonObject:
    told = server.get(f"/v1/messages/{message['id']}/events") or {}
    events: list[Json] = [*reversed(_objects(told.get("items")))]
    return {**message, "events": events}


def _notes(server: Reader, recipient: str | None, workflow: str | None) -> tuple[str, ...]:
    """Return what a server of this package knows about runs that there are not; Knock's own knows nothing."""
    named = {"recipient": recipient, "workflow": workflow}
    query: JsonObject = {name: value for name, value in named.items() if value is not None}
    try:
        told = (server.get("/_fake/explain", query) or {}).get("explanation")
    except UsageError:  # control is for those alone who have its token
        return ()
    notes = told.get("notes") if isinstance(told, dict) else None
    return tuple(map(str, notes)) if isinstance(notes, list) else ()


def _recipient(recipient: str | None) -> JsonObject:
    if recipient is None:
        return {}
    collection, separator, identifier = recipient.partition("/")
    if not separator:
        return {"recipient": recipient}
    return {"recipient[collection]": collection, "recipient[id]": identifier}


def _objects(value: Json) -> list[JsonObject]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []

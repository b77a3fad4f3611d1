"""Triggers: whatever started workflow runs, as a test asks about it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

from knock_fake.asking.collection import Collection, Kind
from knock_fake.asking.plain import plain_attributes
from knock_fake.asking.runs import RecipientRun

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state import State
    from knock_fake.state.run_store import RunStore
    from knock_fake.state.runs import Run
    from knock_fake.state.webhooks import WebhookStore

_Runs: TypeAlias = "tuple[Run, ...]"


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger: a call, a schedule's occurrence or whatever else started runs.

    Attributes:
        workflow: the key of the workflow.
        workflow_run_id: the id that its runs share, which the call answered.
        recipients: everybody it reached, as Knock writes them; subscribers of objects included.
        actor, tenant, cancellation_key: what it named, or ``None``.
        data: what it came with for the first recipient.
        source: ``api``, ``schedule``, ``audience``, ``integration`` or ``workflow_step``.
        at: when (UTC).
        runs: the runs that it started.
    """

    workflow: str
    workflow_run_id: str
    recipients: tuple[Json, ...]
    actor: Json
    tenant: str | None
    cancellation_key: str | None
    data: JsonObject
    source: str
    at: datetime
    runs: tuple[RecipientRun, ...]

    def to_json(self) -> JsonObject:
        """Return it as plain data."""
        return plain_attributes(self, (field.name for field in fields(self)))


def _grouped(runs: RunStore) -> list[_Runs]:
    """Return the runs of each trigger; those that one trigger starts stand next to one another."""
    return [tuple(group) for _, group in groupby([*runs], key=attrgetter("workflow_run_id"))]


_FACTS: dict[str, Callable[[_Runs], object]] = {
    "workflow": lambda runs: runs[0].workflow,
    "workflow_run_id": lambda runs: runs[0].workflow_run_id,
    "recipients": lambda runs: tuple(run.recipient for run in runs),
    "actor": lambda runs: runs[0].actor,
    "tenant": lambda runs: runs[0].tenant,
    "cancellation_key": lambda runs: runs[0].source.cancellation_key,
    "data": lambda runs: runs[0].trigger_data,
    "source": lambda runs: runs[0].source.type,
    "at": lambda runs: runs[0].inserted_at,
}


def _show(runs: _Runs, webhooks: WebhookStore) -> Trigger:
    first = runs[0]
    return Trigger(
        workflow=first.workflow,
        workflow_run_id=first.workflow_run_id,
        recipients=tuple(run.recipient.shown() for run in runs),
        actor=first.actor.shown() if first.actor is not None else None,
        tenant=first.tenant,
        cancellation_key=first.source.cancellation_key,
        data=first.trigger_data,
        source=first.source.type,
        at=first.inserted_at,
        runs=tuple(RecipientRun(run, webhooks) for run in runs),
    )


def _describe(runs: _Runs) -> str:
    return f"trigger of {runs[0].workflow} for {', '.join(str(run.recipient) for run in runs[:3])}" + (
        f" and {len(runs) - 3} more" if len(runs) > 3 else ""
    )


def ask_triggers(state: State) -> Collection[_Runs, Trigger]:
    """Return what triggered the runs of a world."""

    def show(runs: _Runs) -> Trigger:
        return _show(runs, state.webhooks)

    return Collection(Kind("trigger", lambda: _grouped(state.runs), _FACTS, show, _describe))

"""Recipient runs, as a test asks about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.asking.collection import Collection, Kind
from knock_fake.asking.plain import plain_attributes
from knock_fake.workflows.reasons import describe_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from knock_fake.explaining.explanation import RunExplanation
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state import State
    from knock_fake.state.messages import Message
    from knock_fake.state.runs import Run, RunEvent
    from knock_fake.state.webhooks import WebhookStore


class RecipientRun:
    """One workflow walked for one recipient. It tells how things are now, not how they were when it was asked for."""

    __slots__ = ("_run", "_webhooks")

    def __init__(self, run: Run, webhooks: WebhookStore) -> None:
        self._run = run
        self._webhooks = webhooks

    def __repr__(self) -> str:
        return f"<RecipientRun {self.id}: {self.workflow} for {self._run.recipient}, {self.status}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RecipientRun) and self._run is other._run

    def __hash__(self) -> int:
        return id(self._run)

    def explain(self) -> RunExplanation:
        """Say what happened, step by step, and why, as far as it has come: print it, or take ``to_json()``."""
        from knock_fake.explaining.records import explain_record

        return explain_record(self._run, self._webhooks)

    @property
    def id(self) -> str:
        """The id of the recipient run."""
        return self._run.id

    @property
    def workflow_run_id(self) -> str:
        """The id that all runs of one trigger share."""
        return self._run.workflow_run_id

    @property
    def workflow(self) -> str:
        """The key of the workflow."""
        return self._run.workflow

    @property
    def recipient(self) -> Json:
        """The recipient as Knock writes it: a user's id, or ``{"id", "collection"}`` of an object."""
        return self._run.recipient.shown()

    @property
    def actor(self) -> Json:
        """The actor as Knock writes it, or ``None``."""
        return self._run.actor.shown() if self._run.actor is not None else None

    @property
    def tenant(self) -> str | None:
        """The id of the tenant, or ``None``."""
        return self._run.tenant

    @property
    def status(self) -> str:
        """``queued``, ``processing``, ``paused``, ``completed`` or ``cancelled``."""
        return self._run.status

    @property
    def error_count(self) -> int:
        """How many of its events are errors."""
        return self._run.error_count

    @property
    def data(self) -> JsonObject:
        """The trigger data as later steps see it."""
        return self._run.data

    @property
    def source(self) -> str:
        """What started it: ``api``, ``schedule``, ``audience``, ``integration`` or ``workflow_step``."""
        return self._run.source.type

    @property
    def cancellation_key(self) -> str | None:
        """The cancellation key of its trigger, or ``None``."""
        return self._run.source.cancellation_key

    @property
    def inserted_at(self) -> datetime:
        """When it was triggered (UTC)."""
        return self._run.inserted_at

    @property
    def updated_at(self) -> datetime:
        """When it last recorded something (UTC)."""
        return self._run.updated_at

    @property
    def events(self) -> tuple[RunEvent, ...]:
        """Everything that was decided in it, in order."""
        return self._run.events

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages that its steps have made."""
        return self._run.messages

    def to_json(self) -> JsonObject:
        """Return it as plain data, with what was decided in it and the ids of its messages."""
        return {**plain_attributes(self, _SHOWN), "messages": [message.id for message in self.messages]}


_SHOWN = (
    "id",
    "workflow_run_id",
    "workflow",
    "recipient",
    "actor",
    "tenant",
    "status",
    "error_count",
    "data",
    "source",
    "cancellation_key",
    "inserted_at",
    "updated_at",
    "events",
)

FACTS: dict[str, Callable[[Run], object]] = {
    "id": lambda run: run.id,
    "workflow_run_id": lambda run: run.workflow_run_id,
    "workflow": lambda run: run.workflow,
    "recipient": lambda run: run.recipient,
    "actor": lambda run: run.actor,
    "tenant": lambda run: run.tenant,
    "status": lambda run: run.status,
    "error_count": lambda run: run.error_count,
    "data": lambda run: run.data,
    "source": lambda run: run.source.type,
    "cancellation_key": lambda run: run.source.cancellation_key,
    "events": lambda run: tuple(event.event for event in run.events),
    "inserted_at": lambda run: run.inserted_at,
}
"""What a run can be asked for; ``events`` by their names."""


def ask_runs(state: State) -> Collection[Run, RecipientRun]:
    """Return the recipient runs of a world."""

    def show(run: Run) -> RecipientRun:
        return RecipientRun(run, state.webhooks)

    return Collection(Kind("run", lambda: [*state.runs], FACTS, show, lambda run: "; ".join(describe_run(run))))

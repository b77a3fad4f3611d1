"""Explanations as values: their text is for people, their JSON for tools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knock_fake.json_types import Json, JsonObject


_ASIDE = " " * 24


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing that a run decided.

    Attributes:
        at: when, as Knock writes instants.
        event: the kind of event that recorded it.
        step_ref, step_type: the step that it happened in; ``None`` for the run itself.
        status: ``ok`` or ``error``.
        attempt: which attempt at the step, from 1.
        text: what happened and why, in one line.
        data: the facts that the line is made of.
    """

    at: str
    event: str
    step_ref: str | None
    step_type: str | None
    status: str
    attempt: int
    text: str
    data: JsonObject | None

    def to_json(self) -> JsonObject:
        """Return the decision as plain data."""
        return {
            "at": self.at,
            "event": self.event,
            "step_ref": self.step_ref,
            "step_type": self.step_type,
            "status": self.status,
            "attempt": self.attempt,
            "text": self.text,
            "data": self.data,
        }


@dataclass(frozen=True, slots=True)
class MessageFate:
    """What became of a message that a run made.

    Attributes:
        id: the id of the message.
        step_ref: the step that made it.
        channel_type: the type of its channel.
        status: its delivery status.
        text: what became of it and why, in one line.
    """

    id: str
    step_ref: str | None
    channel_type: str | None
    status: str
    text: str

    def to_json(self) -> JsonObject:
        """Return the fate as plain data."""
        return {
            "id": self.id,
            "step_ref": self.step_ref,
            "channel_type": self.channel_type,
            "status": self.status,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class WebhookFate:
    """What became of a webhook that tells of a run or of a message of it.

    Attributes:
        event: the type of the event.
        url: where it is sent to.
        message_id: the message that it tells of; ``None`` for the run.
        status: ``pending``, ``delivered`` or ``discarded``.
        text: what became of it and why, in one line.
    """

    event: str
    url: str
    message_id: str | None
    status: str
    text: str

    def to_json(self) -> JsonObject:
        """Return the fate as plain data."""
        return {
            "event": self.event,
            "url": self.url,
            "message_id": self.message_id,
            "status": self.status,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class RunExplanation:
    """What happened in one recipient run and why. ``str()`` is the text.

    Attributes:
        id, workflow_run_id: the ids of the run and of its trigger.
        workflow: the key of the workflow.
        recipient, actor, tenant: as Knock writes them.
        status: the status of the run.
        error_count: how many of its decisions are errors.
        started_by: what triggered it, in words.
        decisions: what it decided, in order.
        messages: what became of the messages that it made.
        webhooks: what became of the webhooks that tell of it and of them; a server of Knock's own tells of none.
    """

    id: str
    workflow_run_id: str
    workflow: str
    recipient: Json
    actor: Json
    tenant: str | None
    status: str
    error_count: int
    started_by: str
    decisions: tuple[Decision, ...]
    messages: tuple[MessageFate, ...]
    webhooks: tuple[WebhookFate, ...] = ()

    def to_json(self) -> JsonObject:
        """Return the explanation as plain data."""
        return {
            "id": self.id,
            "workflow_run_id": self.workflow_run_id,
            "workflow": self.workflow,
            "recipient": self.recipient,
            "actor": self.actor,
            "tenant": self.tenant,
            "status": self.status,
            "error_count": self.error_count,
            "started_by": self.started_by,
            "decisions": [one.to_json() for one in self.decisions],
            "messages": [one.to_json() for one in self.messages],
            "webhooks": [one.to_json() for one in self.webhooks],
        }

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        told = [self.status, _counted(len(self.messages), "message")]
        if self.error_count:
            told.append(_counted(self.error_count, "error"))
        yield f"{self.workflow} for {named(self.recipient)}: {', '.join(told)}"
        yield f"  started by {self.started_by}"
        fates = {one.id: one for one in self.messages}
        for decision in self.decisions:
            if not self._is_repeated(decision):
                yield f"  {_brief(decision.at)}  {decision.text}"
            fate = fates.get(str((decision.data or {}).get("message_id")))
            if fate is not None:
                yield f"{_ASIDE}{fate.text}"
                yield from self._told_of(fate.id)
        yield from self._told_of(None)

    def _told_of(self, message_id: str | None) -> Iterator[str]:
        yield from (f"{_ASIDE}webhook {one.text}" for one in self.webhooks if one.message_id == message_id)

    def _is_repeated(self, decision: Decision) -> bool:
        """Whether a decision is told by the next one as well: conditions that are false, and what follows from it."""
        return decision.event.endswith("conditions_evaluated") and (decision.data or {}).get("passed") is False


@dataclass(frozen=True, slots=True)
class Explanation:
    """What happened for a recipient, in a workflow, or both, and why. ``str()`` is the text.

    Attributes:
        asked_for: what was asked about, in words.
        runs: the runs, oldest first.
        notes: where there is no run: why that may be, a line each.
    """

    asked_for: str
    runs: tuple[RunExplanation, ...]
    notes: tuple[str, ...] = ()

    def to_json(self) -> JsonObject:
        """Return the explanation as plain data."""
        return {
            "asked_for": self.asked_for,
            "runs": [one.to_json() for one in self.runs],
            "notes": [*self.notes],
        }

    def __str__(self) -> str:
        if not self.runs:
            return "\n".join([f"nothing ran {self.asked_for}", *(f"  {note}" for note in self.notes)])
        return "\n\n".join(map(str, self.runs))


def named(recipient: Json) -> str:
    """Return a recipient in words: a user's id, or ``collection/id`` of an object."""
    if isinstance(recipient, dict):
        return f"{recipient.get('collection')}/{recipient.get('id')}"
    return str(recipient)


def asked_for(recipient: str | None, workflow: str | None) -> str:
    """Return in words what is asked about."""
    told = [f"for {recipient}"] * (recipient is not None) + [f"in workflow {workflow}"] * (workflow is not None)
    return " ".join(told) or "in this world"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _brief(at: str) -> str:
    """Return an instant without the fraction of its second where that is nothing."""
    return f"{at[:19]}Z" if at.endswith(".000000Z") else at

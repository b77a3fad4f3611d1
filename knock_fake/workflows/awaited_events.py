"""The events that runs can wait for: how a step names them, and what each of them brings.

What an event brings is what conditions and templates see of it; its fields are those of Knock's docs on the wait for
event function, their values are our choice where these are silent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from knock_fake.state.messages import SourceType
from knock_fake.state.references import USERS, Reference
from knock_fake.state.runs import COMPLETED
from knock_fake.timestamps import show_instant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.signals import (
        AudienceChanged,
        MessageEventRecorded,
        RecipientUpdated,
        RunEnded,
        RunStarted,
        SourceEventReceived,
    )
    from knock_fake.state import State
    from knock_fake.state.runs import Run
    from knock_fake.state.waits import WaitKey
    from knock_fake.workflows.content.fields import Fields

MESSAGE_EVENTS = (
    "created",
    "queued",
    "sent",
    "not_sent",
    "delivered",
    "delivery_attempted",
    "undelivered",
    "bounced",
    "read",
    "unread",
    "seen",
    "unseen",
    "archived",
    "unarchived",
    "interacted",
    "link_clicked",
)
"""What can happen to a message (Knock's docs on the wait for event function)."""

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "integration_source": ("integration_source_key", "event_key"),
    "message": ("source_type", "source_key", "event_key"),
    "workflow": ("source_key", "event_key"),
    "audience": ("audience_key", "event_key"),
    "recipient": ("event_key",),
}
_CHOICES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "message": {"source_type": get_args(SourceType), "event_key": MESSAGE_EVENTS},
    "workflow": {"event_key": ("started", "completed")},
    "audience": {"event_key": ("enter", "exit")},
    "recipient": {"event_key": ("updated",)},
}
_TRAITS = ("name", "email", "phone_number", "avatar", "locale", "timezone", "created_at")
_EXEC_MODES = {
    "api": "trigger",
    "schedule": "scheduled",
    "audience": "audience",
    "integration": "integration",
    "workflow_step": "workflow_step_trigger",
}


@dataclass(frozen=True, slots=True)
class AwaitedEvent:
    """An event that a step waits for: its type, and the values that name it, in the order of the fields."""

    type: str
    values: tuple[str, ...]

    def key(self, recipient: Reference) -> WaitKey:
        """Return what names the event for a run of this recipient.

        Whom a source's event is about is told by each event, and those about nobody are for everybody.
        """
        scope = () if self.type == "integration_source" else recipient
        return (self.type, *scope, *self.values)

    def shown(self) -> JsonObject:
        """Return the event as it stands in step JSON."""
        return {"event_type": self.type, **dict(zip(_FIELDS[self.type], self.values, strict=True))}


def read_awaited_event(settings: Fields) -> AwaitedEvent:
    """Read the ``event`` of a step's settings.

    Raises:
        WorkflowDefinitionError: the type is unknown, or a field that names the event is missing or no choice.
    """
    event = settings.section("event", ("event_type", *dict.fromkeys(key for keys in _FIELDS.values() for key in keys)))
    type_ = event.choice("event_type", [*_FIELDS])
    named = settings.section("event", ("event_type", *_FIELDS[type_]))
    if type_ == "recipient":
        return AwaitedEvent(type_, (named.choice("event_key", ("updated",), "updated"),))
    choices = _CHOICES.get(type_, {})
    values = (named.choice(key, choices[key]) if key in choices else named.required_text(key) for key in _FIELDS[type_])
    return AwaitedEvent(type_, tuple(values))


def message_event(state: State, signal: MessageEventRecorded) -> tuple[WaitKey, JsonObject] | None:
    """Return what waits for an event of a message hear of, and what it brings."""
    message = state.messages.get(signal.message_id)
    if message is None:
        return None
    source, channel, run = message.source, message.channel, message.run
    brought: JsonObject = {
        "message_id": message.id,
        "event_type": f"message.{signal.event}",
        "channel_id": channel.id,
        "channel_type": channel.type,
        "channel_provider": channel.provider_name,
        "tenant_id": message.tenant,
        "exec_mode": _exec_mode(run) if run is not None else source.type,
        "step_ref": source.step_ref,
        "recipient": message.recipient.shown(),
        "inserted_at": show_instant(signal.at),
        "source": {"type": source.type, "key": source.key},
        "data": signal.data or {},
    }
    return ("message", *message.recipient, source.type, source.key, signal.event), brought


def run_event(state: State, signal: RunStarted | RunEnded) -> tuple[WaitKey, JsonObject] | None:
    """Return what waits for the start or the completion of a run hear of, and what it brings; cancelling is neither."""
    run = state.runs.get(signal.run_id)
    if run is None or run.status not in ("processing", COMPLETED):
        return None
    brought: JsonObject = {
        "workflow_key": run.workflow,
        "workflow_run_id": run.workflow_run_id,
        "recipient": run.recipient.shown(),
        "status": run.status,
        "tenant_id": run.tenant,
        "notify_data": run.trigger_data,
        "exec_mode": _exec_mode(run),
        "inserted_at": show_instant(signal.at),
    }
    happened = "completed" if run.status == COMPLETED else "started"
    return ("workflow", *run.recipient, run.workflow, happened), brought


def audience_event(_state: State, signal: AudienceChanged) -> tuple[WaitKey, JsonObject]:
    """Return what waits for somebody who enters or leaves an audience hear of, and what that brings.

    An audience's id is its key, and static audiences are heard of as well (both our choice).
    """
    brought: JsonObject = {
        "audience_id": signal.audience,
        "recipient": signal.user_id,
        "tenant_id": signal.tenant,
        "transition": signal.transition,
        "happened_at": show_instant(signal.at),
    }
    return ("audience", USERS, signal.user_id, signal.audience, signal.transition), brought


def recipient_event(state: State, signal: RecipientUpdated) -> tuple[WaitKey, JsonObject] | None:
    """Return what waits for the update of their recipient hear of, and what it brings."""
    reference = Reference(signal.collection, signal.id)
    recipient = state.recipients.get(reference)
    if recipient is None:
        return None
    known: JsonObject = {**recipient.properties, "created_at": recipient.created_at}
    brought: JsonObject = {
        "recipient": reference.shown(),
        "event_type": "recipient.updated",
        "timestamp": show_instant(signal.at),
        "properties": recipient.properties,
        "preferences": {**state.preferences.of(reference)},
        "knock_traits": {trait: known.get(trait) for trait in _TRAITS},
        "channel_data": {**state.channel_data.of(reference)},
    }
    return ("recipient", *reference, "updated"), brought


def source_event(_state: State, signal: SourceEventReceived) -> tuple[WaitKey, JsonObject]:
    """Return what waits for an event of an integration source hear of, and what it brings."""
    brought: JsonObject = {
        "user_id": signal.user_id,
        "inserted_at": show_instant(signal.at),
        "data": signal.data,
    }
    return ("integration_source", signal.source, signal.event), brought


def is_about(key: WaitKey, brought: Mapping[str, Json], recipient: Reference) -> bool:
    """Whether an event may end the wait of a run of this recipient; those of sources may be about somebody else."""
    user_id = brought.get("user_id") if key[0] == "integration_source" else None
    return user_id is None or recipient == Reference(USERS, str(user_id))


def _exec_mode(run: Run) -> str:
    return _EXEC_MODES.get(run.source.type, run.source.type)

"""Events as endpoints are told of them: the bodies of webhooks, in Knock's shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from knock_fake.api.shown_messages import show_message
from knock_fake.api.shown_runs import show_run
from knock_fake.state.webhooks import WebhookEvent
from knock_fake.timestamps import show_instant

if TYPE_CHECKING:
    from datetime import datetime

    from knock_fake.json_types import JsonObject
    from knock_fake.state.messages import Message
    from knock_fake.state.runs import Run

_WITH_DATA = frozenset(
    {"message.delivery_attempted", "message.undelivered", "message.bounced", "message.interacted"}
    | {"message.link_clicked"}
)
"""The events of messages that carry more than the message (Knock's docs on webhook event types)."""


def message_event(type_: str, at: datetime, message: Message, data: JsonObject | None) -> WebhookEvent:
    """Return what happened to a message, as it is now. ``interacted`` without metadata carries none (our choice)."""
    source = message.source
    return WebhookEvent(
        type=type_,
        at=at,
        body=_body(type_, at, show_message(message), data if type_ in _WITH_DATA else None),
        message_id=message.id,
        run_id=message.workflow_recipient_run_id,
        workflow=source.key,
        step_ref=source.step_ref,
        recipient=message.recipient.shown(),
    )


def run_event(type_: str, at: datetime, run: Run) -> WebhookEvent:
    """Return what happened to a recipient run, as it is now."""
    return WebhookEvent(
        type=type_,
        at=at,
        body=_body(type_, at, show_run(run), None),
        run_id=run.id,
        workflow=run.workflow,
        recipient=run.recipient.shown(),
    )


def resource_event(type_: str, at: datetime, resource: JsonObject, commit_id: str | None) -> WebhookEvent:
    """Return what happened to a resource of the environment."""
    data: JsonObject | None = None if commit_id is None else {"commit_id": commit_id}
    return WebhookEvent(type=type_, at=at, body=_body(type_, at, resource, data))


def _body(type_: str, at: datetime, entity: JsonObject, data: JsonObject | None) -> str:
    payload: JsonObject = {
        "__typename": "Event",
        "type": type_,
        "created_at": show_instant(at),
        "data": entity,
        "event_data": None if data is None else {"__typename": "EventData", **data},
    }
    return orjson.dumps(payload).decode()

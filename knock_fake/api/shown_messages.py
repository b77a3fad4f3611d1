"""How messages, their events, activities, contents and delivery logs are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.shown_recipients import show_reference_in_full
from knock_fake.delivery.entry_urls import at_base_url
from knock_fake.delivery.providers import show_exchange
from knock_fake.state.messages import ENGAGEMENTS
from knock_fake.timestamps import show_instant, show_optional_instant

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.json_types import JsonObject
    from knock_fake.state.activities import Activity
    from knock_fake.state.channels import Channel
    from knock_fake.state.messages import DeliveryLog, Message, MessageEvent


def show_message(message: Message) -> JsonObject:
    """Return a message with the fields of Knock's older and current reference."""
    clicked = show_optional_instant(message.link_clicked_at)
    return {
        "__typename": "Message",
        "id": message.id,
        "channel_id": message.channel.id,
        "channel": show_channel(message.channel),
        "recipient": message.recipient.shown(),
        "recipient_snapshot": message.recipient_snapshot,
        "actors": [actor.shown() for actor in message.actors],
        "workflow": message.source.key if message.source.type == "workflow" else None,
        "tenant": message.tenant,
        "status": message.status,
        "engagement_statuses": [one for one in ENGAGEMENTS if message.engaged_at(one) is not None],
        "seen_at": show_optional_instant(message.seen_at),
        "read_at": show_optional_instant(message.read_at),
        "interacted_at": show_optional_instant(message.interacted_at),
        "link_clicked_at": clicked,
        "clicked_at": clicked,
        "archived_at": show_optional_instant(message.archived_at),
        "scheduled_at": show_optional_instant(message.scheduled_at),
        "inserted_at": show_instant(message.inserted_at),
        "updated_at": show_instant(message.updated_at),
        "source": show_source(message),
        "data": message.data,
        "metadata": message.metadata,
    }


def show_channel(channel: Channel) -> JsonObject:
    """Return the channel as a message carries it."""
    at = show_instant(channel.created_at)
    return {
        "id": channel.id,
        "key": channel.key,
        "name": channel.name,
        "provider": channel.provider,
        "type": channel.type,
        "created_at": at,
        "updated_at": at,
    }


def show_source(message: Message) -> JsonObject:
    """Return what made a message."""
    source = message.source
    return {
        "__typename": "NotificationSource",
        "key": source.key,
        "version_id": source.version_id,
        "categories": list(source.categories),
        "type": source.type,
        "step_ref": source.step_ref,
        "workflow_run_id": message.workflow_run_id,
        "workflow_recipient_run_id": message.workflow_recipient_run_id,
    }


def show_event(core: Core, message: Message, event: MessageEvent) -> JsonObject:
    """Return one event of a message."""
    return {
        "__typename": "MessageEvent",
        "id": core.identifiers.ksuid(message.sequence, event.at, b"event %d" % event.sequence),
        "environment_id": core.environment_id,
        "recipient": message.recipient.shown(),
        "type": f"message.{event.type}",
        "data": event.data,
        "inserted_at": show_instant(event.at),
    }


def show_activity(core: Core, activity: Activity) -> JsonObject:
    """Return one activity, recipient and actor in full."""
    at = show_instant(activity.at)
    actor = activity.actor
    return {
        "__typename": "Activity",
        "id": core.identifiers.ksuid(activity.sequence, activity.at),
        "actor": show_reference_in_full(core.state, actor) if actor is not None else None,
        "recipient": show_reference_in_full(core.state, activity.recipient),
        "data": activity.data,
        "inserted_at": at,
        "updated_at": at,
    }


def show_content(message: Message, base_url: str) -> JsonObject:
    """Return a message's rendered content, under the message's id in both spellings.

    Args:
        message: the message.
        base_url: where the addresses in it that lead to Knock itself are to lead.
    """
    return {
        "__typename": "MessageContent",
        "id": message.id,
        "message_id": message.id,
        "data": at_base_url(message.content, base_url),
        "inserted_at": show_instant(message.inserted_at),
    }


def show_delivery_log(core: Core, message: Message, base_url: str, log: DeliveryLog) -> JsonObject:
    """Return one attempt to hand a message to its provider; for the other arguments see :func:`show_content`."""
    return {
        "__typename": "MessageDeliveryLog",
        "id": core.identifiers.ksuid(message.sequence, log.at, b"attempt %d" % log.attempt),
        "environment_id": core.environment_id,
        "inserted_at": show_instant(log.at),
        **at_base_url(show_exchange(message, log), base_url),
    }

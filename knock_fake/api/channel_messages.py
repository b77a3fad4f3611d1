"""``/v1/channels/{channel_id}/messages/bulk/{action}``: mark or delete the messages of a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.bulk import applier, start_bulk_operation
from knock_fake.api.message_filters import (
    has_engagement,
    instant_filter,
    keep_all,
    text,
    texts,
    trigger_data_filter,
)
from knock_fake.api.message_marks import ARCHIVED, INTERACTED, READ, SEEN, UNARCHIVED, UNREAD, UNSEEN
from knock_fake.api.messages import is_retained
from knock_fake.api.shown_bulk_operations import show_bulk_operation
from knock_fake.errors import channel_invalid, invalid_field, nearest
from knock_fake.gateway.authentication import reaches
from knock_fake.gateway.operations import Resource
from knock_fake.state.references import user

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.api.message_filters import Keep
    from knock_fake.api.message_marks import Mark
    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.messages import Message

channel_messages = Resource("channels.bulk")

DELETE = "delete"
_UPDATE = "messages.update"

_MARKS = {mark.name: mark for mark in (SEEN, READ, INTERACTED, ARCHIVED, UNSEEN, UNREAD, UNARCHIVED)}
_ACTIONS: dict[str, Mark | None] = {**_MARKS, "archive": ARCHIVED, "unarchive": UNARCHIVED, DELETE: None}


@channel_messages.operation(
    "update_message_status",
    "POST",
    "/v1/channels/{channel_id}/messages/bulk/{action}",
    tier=2,
    retention=True,
    public_key="documented",
    ability="user/feed_write",
    body="messages/bulk_update_request",
    response="bulk_operations/bulk_operation",
)
def update_channel_messages(request: Request) -> Json:
    """Change the messages of a channel that the body leaves: all of them when it is empty.

    Messages out of retention are passed over, in-app ones never are. ``delete`` takes them out of every list and feed
    (Knock does not say what it does: our choice). The rows are those that match when the call is made.
    """
    action = request.params["action"]
    if action not in _ACTIONS:
        remedy = nearest(action, [*_ACTIONS])
        raise invalid_field("action", f"must be one of {', '.join(_ACTIONS)}; {remedy}", "enum")
    candidates = _candidates(request)
    keep = keep_all(_filters(request))
    rows = [message for message in candidates if keep is None or keep(message)]
    mark = _ACTIONS[action]
    name = f"messages.{mark.name if mark is not None else DELETE}"
    common: JsonObject = {"action": action, "metadata": request.body.get("metadata") if mark is INTERACTED else None}
    # An error item has an id and, for objects, a collection: a message has no collection, as a user has none.
    named = [(user(message.id), message.id) for message in rows]
    return show_bulk_operation(start_bulk_operation(request, name, _UPDATE, named, common))


def _candidates(request: Request) -> Sequence[Message]:
    """Return the messages of the channel, or of the users that the body names on it."""
    channel_id, store = request.params["channel_id"], request.core.state.messages
    channels = request.core.state.channels
    if channels.get(channel_id) is None:
        known = ", ".join(f"{channel.id} ({channel.key})" for channel in channels)
        raise channel_invalid(channel_id, f"a channel is named by its id: {known}", status=400)
    named = _named_users(request.body)
    if named is None:
        return store.of_channel(channel_id)
    people = dict.fromkeys(named)
    return [one for person in people for one in store.of_recipient(user(person)) if one.channel.id == channel_id]


def _named_users(body: JsonObject) -> list[str] | None:
    """Return the users to whom the body restricts the call; browsers say ``user_ids``, SDKs ``recipient_ids``."""
    restricting = [key for key in ("user_ids", "recipient_ids") if body.get(key) is not None]
    if not restricting:
        return None
    first, *others = (texts(body, key) for key in restricting)
    return [one for one in first if all(one in other for other in others)]


def _filters(request: Request) -> list[Keep]:
    core, body = request.core, request.body
    filters: list[Keep] = [
        lambda message: message.is_feed_item or is_retained(core, message),
        lambda message: reaches(request, message.recipient, message.tenant),
        *_scope_filters(body),
        *_status_filters(body),
    ]
    if (older := body.get("older_than")) is not None:
        filters.append(instant_filter("older_than", "lt", older))
    if (newer := body.get("newer_than")) is not None:
        filters.append(instant_filter("newer_than", "gt", newer))
    if (trigger_data := body.get("trigger_data")) is not None:
        filters.append(trigger_data_filter(trigger_data))
    return filters


def _scope_filters(body: JsonObject) -> list[Keep]:
    filters: list[Keep] = []
    if body.get("tenants") is not None:
        tenants = frozenset(texts(body, "tenants"))
        filters.append(lambda message: message.tenant in tenants)
    if body.get("workflows") is not None:
        workflows = frozenset(texts(body, "workflows"))
        filters.append(lambda message: message.source.key in workflows)
    has_tenant = body.get("has_tenant")
    if isinstance(has_tenant, bool):
        filters.append(lambda message: (message.tenant is not None) == has_tenant)
    archived = text(body, "archived") or "include"
    if archived != "include":
        filters.append(lambda message: (message.archived_at is not None) == (archived == "only"))
    return filters


def _status_filters(body: JsonObject) -> list[Keep]:
    filters: list[Keep] = []
    if (delivery := text(body, "delivery_status")) is not None:
        filters.append(lambda message: message.status == delivery)
    if (engagement := text(body, "engagement_status")) is not None:
        filters.append(lambda message: has_engagement(message, engagement))
    return filters


@applier(_UPDATE)
def _update(core: Core, common: JsonObject, row: Json) -> None:
    """Mark or delete one message; one that is gone by now is passed over."""
    message = core.state.messages.get(str(row))
    if message is None:
        return
    mark, metadata = _ACTIONS[str(common["action"])], common["metadata"]
    if mark is None:
        core.state.messages.delete(message)
    else:
        mark.apply(core, message, metadata if isinstance(metadata, dict) else None)

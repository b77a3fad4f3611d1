"""``/v1/messages``: lists, one message and what belongs to it, and the content of many at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from knock_fake.api.listing import show_page
from knock_fake.api.message_filters import (
    keep_all,
    list_filters,
    narrowest_sources,
    texts,
    trigger_data_filter,
)
from knock_fake.api.object_paths import object_of_path
from knock_fake.api.shown_messages import (
    show_activity,
    show_content,
    show_delivery_log,
    show_event,
    show_message,
)
from knock_fake.errors import resource_missing
from knock_fake.gateway.authentication import reaches
from knock_fake.gateway.operations import Resource
from knock_fake.state import retention
from knock_fake.state.references import user

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json
    from knock_fake.state.messages import Message
    from knock_fake.state.references import Reference

messages = Resource("messages")
user_messages = Resource("users")
object_messages = Resource("objects")


def is_retained(core: Core, message: Message) -> bool:
    """Whether a message is still within data retention."""
    return retention.is_retained(message.inserted_at, core.clock.now)


def find_message(request: Request) -> Message:
    """Return the message of the path.

    Raises:
        ApiError: 404 for an unknown one, for one that is out of retention, and for one that the call's user token
            does not reach (our choice).
    """
    identifier = request.params["message_id"]
    message = request.core.state.messages.get(identifier)
    if (
        message is not None
        and is_retained(request.core, message)
        and reaches(request, message.recipient, message.tenant)
    ):
        return message
    raise resource_missing("message", identifier)


def _show_messages(request: Request, scope: Sequence[Message], owner: Reference | None = None) -> Json:
    """Show a page of ``scope``, newest first."""
    core, query = request.core, request.query
    filters = list_filters(query)
    identifiers = frozenset(texts(query, "message_ids"))
    if identifiers:
        filters.append(lambda message: message.id in identifiers)
    if owner is not None:
        filters.append(lambda message: message.recipient == owner)
    sources = narrowest_sources(core.state, query, scope)
    return show_page(
        request,
        sources,
        show_message,
        envelope="items",
        descending=True,
        keep=keep_all(filters),
        floor=core.state.messages.last_before(core.clock.now - retention.RETENTION),
    )


@messages.operation(
    "list",
    "GET",
    "/v1/messages",
    tier=4,
    retention=True,
    query="messages/list_query",
    response="messages/message_list",
)
def list_messages(request: Request) -> Json:
    """Return a page of messages, newest first, narrowed by every filter given."""
    return _show_messages(request, request.core.state.messages.all())


@user_messages.operation(
    "list_messages",
    "GET",
    "/v1/users/{user_id}/messages",
    tier=4,
    retention=True,
    query="messages/list_query",
    response="messages/message_list",
)
def list_user_messages(request: Request) -> Json:
    """Return a page of a user's messages; of an unknown user there are none (our choice)."""
    owner = user(request.params["user_id"])
    return _show_messages(request, request.core.state.messages.of_recipient(owner), owner)


@object_messages.operation(
    "list_messages",
    "GET",
    "/v1/objects/{collection}/{id}/messages",
    tier=4,
    retention=True,
    query="messages/list_query",
    response="messages/message_list",
)
def list_object_messages(request: Request) -> Json:
    """Return a page of an object's messages; of an unknown object there are none (our choice)."""
    owner = object_of_path(request, "id")
    return _show_messages(request, request.core.state.messages.of_recipient(owner), owner)


@messages.operation(
    "get",
    "GET",
    "/v1/messages/{message_id}",
    tier=4,
    retention=True,
    public_key="client_sdk",
    ability="user/feed_read",
    response="messages/message",
)
def get_message(request: Request) -> Json:
    """Return one message."""
    return show_message(find_message(request))


@messages.operation(
    "list_events",
    "GET",
    "/v1/messages/{message_id}/events",
    tier=4,
    retention=True,
    query="messages/page_query",
    response="messages/event_list",
)
def list_message_events(request: Request) -> Json:
    """Return a page of a message's events, newest first (the order is our choice)."""
    message = find_message(request)
    show = partial(show_event, request.core, message)
    return show_page(request, [message.events], show, envelope="items", descending=True)


@messages.operation(
    "list_activities",
    "GET",
    "/v1/messages/{message_id}/activities",
    tier=4,
    retention=True,
    query="messages/activities_query",
    response="messages/activity_list",
)
def list_message_activities(request: Request) -> Json:
    """Return a page of a message's activities, newest first; ``trigger_data`` narrows by the message's data."""
    message = find_message(request)
    wanted = request.query.get("trigger_data")
    matches = wanted is None or trigger_data_filter(wanted)(message)
    sources = [message.activities] if matches else []
    show = partial(show_activity, request.core)
    return show_page(request, sources, show, envelope="items", descending=True)


@messages.operation(
    "list_delivery_logs",
    "GET",
    "/v1/messages/{message_id}/delivery_logs",
    tier=4,
    retention=True,
    query="messages/page_query",
    response="messages/delivery_log_list",
)
def list_message_delivery_logs(request: Request) -> Json:
    """Return a page of the attempts to hand a message to its provider; none for in-app feeds."""
    message = find_message(request)
    show = partial(show_delivery_log, request.core, message, request.call.base_url)
    return show_page(request, [message.delivery_logs], show, envelope="items", descending=True)


@messages.operation(
    "get_content",
    "GET",
    "/v1/messages/{message_id}/content",
    tier=3,
    retention=True,
    response="messages/content",
)
def get_message_content(request: Request) -> Json:
    """Return a message's rendered content."""
    return show_content(find_message(request), request.call.base_url)


@messages.operation(
    "batch.get_content",
    "GET",
    "/v1/messages/batch/content",
    tier=4,
    retention=True,
    query="messages/batch_content_query",
    response="messages/content_batch",
)
def get_batch_content(request: Request) -> Json:
    """Return the contents of up to 25 messages in the order asked; 404 when one is unknown or out of retention."""
    found: list[Json] = []
    for identifier in texts(request.query, "message_ids"):
        message = request.core.state.messages.get(identifier)
        if message is None or not is_retained(request.core, message):
            raise resource_missing("message", identifier)
        found.append(show_content(message, request.call.base_url))
    return found

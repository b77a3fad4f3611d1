"""Feeds: whose they are, which of their items a client wants, and the counts behind its badge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.message_filters import has_engagement, shared_filters, text
from knock_fake.errors import channel_invalid
from knock_fake.state.references import user

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.api.message_filters import Keep
    from knock_fake.core import Core
    from knock_fake.json_types import JsonObject
    from knock_fake.state.messages import Message

FEED_TYPE = "in_app_feed"


def feed_items(core: Core, user_id: str, channel_id: str) -> Sequence[Message]:
    """Return the items of a user's feed in order of creation; none for a user that nobody identified.

    Raises:
        ApiError: 404 when there is no in-app feed channel with this id.
    """
    channels = core.state.channels
    channel = channels.get(channel_id)
    if channel is None or channel.type != FEED_TYPE:
        feed = channels.default_of(FEED_TYPE)
        remedy = f"the in-app feed channel {feed.key!r} has the id {feed.id}" if feed else "this world has no feed"
        raise channel_invalid(channel_id, remedy)
    return core.state.messages.of_feed(user(user_id), channel_id)


def scoping_filters(query: JsonObject) -> list[Keep]:
    """Return the filters that decide what a feed's counts are over: all that its query asks for but ``status``.

    Raises:
        ApiError: 422 for a ``trigger_data`` or ``inserted_at`` that cannot be read.
    """
    filters = shared_filters(query)
    archived = text(query, "archived") or "exclude"
    if archived != "include":
        filters.append(lambda item: (item.archived_at is not None) == (archived == "only"))
    if (source := text(query, "source")) is not None:
        filters.append(lambda item: item.source.key == source)
    tenant, has_tenant = text(query, "tenant"), query.get("has_tenant")
    if tenant is not None:
        allowed = (tenant,) if has_tenant is True else (tenant, None)
        filters.append(lambda item: item.tenant in allowed)
    elif isinstance(has_tenant, bool):
        filters.append(lambda item: (item.tenant is not None) == has_tenant)
    return filters


def status_filters(query: JsonObject) -> list[Keep]:
    """Return the filter that ``status`` asks for, which the counts of a feed do not follow."""
    status = text(query, "status") or "all"
    return [] if status == "all" else [lambda item: has_engagement(item, status)]


def counts(items: Sequence[Message], scoped: Keep | None) -> JsonObject:
    """Return how many items are in the scope of a feed's filters, and how many of those nobody has read or seen."""
    counted = items if scoped is None else [item for item in items if scoped(item)]
    return {
        "total_count": len(counted),
        "unread_count": sum(item.read_at is None for item in counted),
        "unseen_count": sum(item.seen_at is None for item in counted),
    }

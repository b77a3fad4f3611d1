"""``/v1/users/{user_id}/feeds/{id}``: a user's in-app feed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from knock_fake.api.feed_filters import counts, feed_items, scoping_filters, status_filters
from knock_fake.api.feed_shaping import excluding, filtered, without_attachments
from knock_fake.api.feed_translation import blocks_for
from knock_fake.api.listing import show_page
from knock_fake.api.message_filters import keep_all, text
from knock_fake.api.shown_messages import show_activity
from knock_fake.api.shown_recipients import show_reference_in_full
from knock_fake.delivery.entry_urls import ORIGIN, at_base_url
from knock_fake.gateway.authentication import reaches, require_tenant
from knock_fake.gateway.operations import Resource
from knock_fake.timestamps import show_instant, show_optional_instant

if TYPE_CHECKING:
    from knock_fake.api.message_filters import Keep
    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.activities import Activity
    from knock_fake.state.messages import Message
    from knock_fake.state.response_filters import ResponseFilter

feeds = Resource("users.feeds")

MAX_PAGE = 200


@feeds.operation(
    "list_items",
    "GET",
    "/v1/users/{user_id}/feeds/{id}",
    tier=2,
    public_key="documented",
    ability="user/feed_read",
    per_user=True,
    query="feeds/list_query",
    response="feeds/feed",
)
def list_feed_items(request: Request) -> Json:
    """Return a page of a feed, newest first; empty for a user that nobody identified.

    The channel's response filter decides what of items and variables shows; ``exclude`` cuts what is left. ``meta``
    counts the whole feed as the scoping filters leave it; ``status`` narrows the entries only, so that badges stay
    whole (our choice). ``locale`` shows translated items for another locale than the one they were made for.
    """
    core, query = request.core, request.query
    require_tenant(request, text(query, "tenant"))
    items = feed_items(core, request.params["user_id"], request.params["id"])
    scoped = keep_all([*_token_filters(request), *scoping_filters(query)])
    wanted = keep_all([*([scoped] if scoped else []), *status_filters(query)])
    compact, locale = query.get("mode") == "compact", text(query, "locale")
    show = partial(show_feed_item, core, base_url=request.call.base_url, compact=compact, locale=locale)
    page = show_page(request, [items], show, envelope="entries", descending=True, keep=wanted, maximum=MAX_PAGE)
    shown_vars = filtered(core.state.variables.public(), core.state.response_filters.of(request.params["id"]).vars)
    feed: JsonObject = {
        **page,
        "vars": shown_vars or {},
        "meta": {"__typename": "FeedMetadata", **counts(items, scoped)},
    }
    return excluding(feed, text(query, "exclude"))


@feeds.operation(
    "get_settings",
    "GET",
    "/v1/users/{user_id}/feeds/{id}/settings",
    reference="current",
    tier=4,
    public_key="client_sdk",
    ability="user/feed_read",
    response="feeds/settings",
)
def get_feed_settings(request: Request) -> Json:
    """Return a feed's settings: whether the feed must show Knock's name."""
    feed_items(request.core, request.params["user_id"], request.params["id"])
    return {"features": {"branding_required": False}}


def _token_filters(request: Request) -> list[Keep]:
    """Return what a user token that is narrowed to tenants leaves of a feed; calls without a token see all of it."""
    return [] if request.user_token is None else [lambda item: reaches(request, item.recipient, item.tenant)]


def show_feed_item(
    core: Core, item: Message, *, base_url: str = ORIGIN, compact: bool, locale: str | None = None
) -> JsonObject:
    """Return a feed item as its channel's response filter leaves it; its tracked links lead to ``base_url``.

    ``compact`` leaves out activities, nested data and all actors but one. Attachments never show. Without actors or
    recipients to be shown, ``actors`` is empty and those of activities are null (our choice).
    """
    shows = core.state.response_filters.of(item.channel.id)
    people = (show_reference_in_full(core.state, one) for one in item.actors[: 1 if compact else None])
    actors = [filtered(one, shows.actor) for one in people]
    clicked = show_optional_instant(item.link_clicked_at)
    source = item.source
    shown_at = item.feed_at or item.inserted_at
    shown: JsonObject = {
        "__typename": "FeedItem",
        "id": item.id,
        "actors": [one for one in actors if one is not None],
        "total_actors": item.total_actors,
        "blocks": _blocks(core, item, base_url, locale),
        "data": filtered(_data(item, compact=compact), shows.data),
        "source": {
            "__typename": "Workflow",
            "key": source.key,
            "version_id": source.version_id,
            "categories": list(source.categories),
        },
        "tenant": item.tenant,
        "seen_at": show_optional_instant(item.seen_at),
        "read_at": show_optional_instant(item.read_at),
        "interacted_at": show_optional_instant(item.interacted_at),
        "link_clicked_at": clicked,
        "clicked_at": clicked,
        "archived_at": show_optional_instant(item.archived_at),
        "inserted_at": show_instant(shown_at),
        "updated_at": show_instant(max(shown_at, item.updated_at)),
    }
    if not compact:
        shown["activities"] = [_show_activity(core, activity, shows) for activity in item.activities]
        shown["total_activities"] = item.total_activities
    return shown


def _blocks(core: Core, item: Message, base_url: str, locale: str | None) -> Json:
    blocks = blocks_for(core, item, locale)
    return at_base_url({"blocks": blocks}, base_url)["blocks"] if core.state.tracked_links.of(item.id) else blocks


def _data(item: Message, *, compact: bool) -> JsonObject:
    if compact:
        return {key: value for key, value in item.data.items() if not isinstance(value, dict | list)}
    return without_attachments(item.data)


def _show_activity(core: Core, activity: Activity, shows: ResponseFilter) -> JsonObject:
    shown = show_activity(core, activity)
    actor, recipient, data = shown["actor"], shown["recipient"], shown["data"]
    return {
        **shown,
        "actor": filtered(actor, shows.actor) if isinstance(actor, dict) else None,
        "recipient": filtered(recipient, shows.recipient) if isinstance(recipient, dict) else None,
        "data": filtered(without_attachments(data), shows.data) if isinstance(data, dict) else None,
    }

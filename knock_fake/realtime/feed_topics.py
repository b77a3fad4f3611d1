"""Topics of feeds, ``feeds:{channel_id}:{user_id}``: who may join them, and what a new item is told as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from knock_fake.api.feed_filters import counts, feed_items, scoping_filters, status_filters
from knock_fake.api.message_filters import keep_all
from knock_fake.errors import ApiError
from knock_fake.gateway.grants import is_allowed, tenants_allowed
from knock_fake.gateway.query import coerce_query
from knock_fake.gateway.validation import check
from knock_fake.json_types import as_object
from knock_fake.realtime.connection import JoinRefusedError
from knock_fake.realtime.pushes import Push
from knock_fake.schema_checks import validator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from knock_fake.api.message_filters import Keep
    from knock_fake.core import Core
    from knock_fake.gateway.user_tokens import UserToken
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.messages import Message

NEW_MESSAGE = "new-message"
FILTERS = (
    "archived",
    "status",
    "source",
    "tenant",
    "has_tenant",
    "workflow_categories",
    "trigger_data",
    "inserted_at",
)
"""The options of a feed that decide which items it has; clients send others along, which mean nothing here."""

_QUERY = "feeds/list_query"
_REFERENCE = "client_"


@dataclass(frozen=True, slots=True)
class FeedClient:
    """One feed of a page: what its counts are over, and which items it wants to hear of.

    ``scope`` is the same for those whose counts are over the same items.
    """

    scope: bytes
    scoped: Keep | None
    wanted: Keep | None

    def wants(self, item: Message) -> bool:
        """Whether the client shows an item."""
        return self.wanted is None or self.wanted(item)


class Counting:
    """The counts of a feed's items at one moment, each of them counted once however many want to know.

    Args:
        items: of the feed.
    """

    def __init__(self, items: Sequence[Message]) -> None:
        self._items = items
        self._known: dict[bytes, JsonObject] = {}

    def of(self, client: FeedClient) -> JsonObject:
        """Return the counts of one client."""
        known = self._known.get(client.scope)
        if known is None:
            known = self._known[client.scope] = counts(self._items, client.scoped)
        return {**known}


@dataclass(frozen=True, slots=True)
class FeedView:
    """What one who joined a feed's topic is told: for each of its clients, by reference id.

    ``visible`` is what a user token that is narrowed to tenants leaves; ``default`` has no other filters than a feed
    that names none.
    """

    channel_id: str
    user_id: str
    clients: Mapping[str, FeedClient]
    default: FeedClient
    visible: Keep | None

    def counting(self, core: Core) -> Counting:
        """Return the counts of this moment, for all who have joined the topic."""
        return Counting(feed_items(core, self.user_id, self.channel_id))

    def tell(self, item: Message, counting: Counting) -> Push | None:
        """Return the event for an item that has joined the feed, ``None`` when the token's tenants shut it out."""
        if self.visible is not None and not self.visible(item):
            return None
        payload: JsonObject = {
            "event": NEW_MESSAGE,
            "attn": [reference for reference, client in self.clients.items() if client.wants(item)],
            "data": {reference: {"metadata": counting.of(client)} for reference, client in self.clients.items()},
            "metadata": counting.of(self.default),
        }
        return Push(NEW_MESSAGE, payload, item.id)


def join_feed(core: Core, topic: str, params: Json, token: UserToken | None) -> FeedView:
    """Read a join.

    ``params`` hold the options of each client under its reference id. Clients before 0.14.6 have one feed a topic and
    send its options alone: those then have no reference id, and read the default feed's counts.

    Raises:
        JoinRefusedError: the channel is no feed, the token speaks for another user or does not grant it, or an option
            cannot be read.
    """
    _, _, rest = topic.partition(":")
    channel_id, _, user_id = rest.partition(":")
    if not user_id:
        raise JoinRefusedError("the topic of a feed is feeds:{channel_id}:{user_id}")
    try:
        feed_items(core, user_id, channel_id)
        tenants = _tenants_for(token, user_id)
        clients = {reference: read_client(options, tenants) for reference, options in _clients(params).items()}
        return FeedView(channel_id, user_id, clients, read_client({}, tenants), _visible(tenants))
    except ApiError as error:
        raise refused(error) from error


def _tenants_for(token: UserToken | None, user_id: str) -> frozenset[str | None] | None:
    if token is None:
        return None
    check_user(token, user_id)
    if not is_allowed(token.grants, user_id, "user/feed_read"):
        raise JoinRefusedError(f"the user token does not grant user/feed_read on users/{user_id}")
    return tenants_allowed(token.grants, user_id, "user/feed_read")


def _visible(tenants: frozenset[str | None] | None) -> Keep | None:
    return None if tenants is None else lambda item: item.tenant in tenants


def check_user(token: UserToken | None, user_id: str) -> None:
    """Refuse to tell one user what is another's.

    Raises:
        JoinRefusedError: the token speaks for somebody else.
    """
    if token is not None and token.user_id != user_id:
        raise JoinRefusedError(f"the user token speaks for {token.user_id!r}, and the topic is {user_id!r}'s")


def refused(error: ApiError) -> JoinRefusedError:
    """Return the refusal of a join for the reason for which a call would be refused."""
    return JoinRefusedError(error.hint or str(error.body))


def _clients(params: Json) -> dict[str, JsonObject]:
    given = as_object(params)
    return {key: value for key, value in given.items() if key.startswith(_REFERENCE) and isinstance(value, dict)}


def read_client(options: JsonObject, tenants: frozenset[str | None] | None) -> FeedClient:
    """Read the options of one feed, as its browser client has them.

    Args:
        options: of the feed.
        tenants: those whose items the user may see; ``None`` for all.

    Raises:
        ApiError: 422 naming the options that cannot be read.
    """
    query = coerce_query(_nested(options), validator(_QUERY).schema)
    check(_QUERY, query)
    visible = _visible(tenants)
    scoped = keep_all([*([visible] if visible else []), *scoping_filters(query)])
    wanted = keep_all([*([scoped] if scoped else []), *status_filters(query)])
    return FeedClient(_scope(query, tenants), scoped, wanted)


def _scope(query: JsonObject, tenants: frozenset[str | None] | None) -> bytes:
    """Return a name for what the counts under a feed's query are over, which are not over its ``status``."""
    scoping = {name: value for name, value in query.items() if name != "status"}
    if scoping.get("archived") == "exclude":
        del scoping["archived"]  # what a feed does that does not say
    shown = None if tenants is None else sorted(tenants, key=str)
    return orjson.dumps([scoping, shown], option=orjson.OPT_SORT_KEYS)


def _nested(options: JsonObject) -> JsonObject:
    """Return the filters among options, bounds such as ``inserted_at.gt`` put under one name; null is nothing."""
    found: JsonObject = {}
    for key, value in options.items():
        name, _, bound = key.partition(".")
        if name not in FILTERS or value is None:
            continue
        if bound:
            found[name] = {**as_object(found.get(name)), bound: value}
        else:
            found[name] = value
    return found

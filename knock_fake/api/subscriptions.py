"""Subscriptions: of an object's subscribers, and of what a user or an object is subscribed to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from knock_fake.api.listing import show_page
from knock_fake.api.object_paths import object_of_path, require_object
from knock_fake.api.shown_subscriptions import show_subscription
from knock_fake.gateway.operations import Resource
from knock_fake.json_types import as_list
from knock_fake.state.references import read_reference, user
from knock_fake.workflows.identification import check_identification, identify, read_identification

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.references import Reference
    from knock_fake.state.subscriptions import Subscription
    from knock_fake.workflows.identification import Identification

subscriptions = Resource("objects")
user_subscriptions = Resource("users")


@subscriptions.operation(
    "list_subscriptions",
    "GET",
    "/v1/objects/{collection}/{object_id}/subscriptions",
    tier=4,
    query="subscriptions/object_list_query",
    response="subscriptions/subscription_list",
)
def list_object_subscriptions(request: Request) -> Json:
    """Return a page of an object's subscribers, or with ``mode=recipient`` of what the object is subscribed to.

    Subscribers are listed in order of creation (our choice), what somebody is subscribed to newest first. Each
    mode has its own filter and passes over the other's. 404 for an unknown object.
    """
    core, query, target = request.core, request.query, object_of_path(request)
    require_object(core, target)
    if query.get("mode") == "recipient":
        return _show_subscribed(request, target)
    found = core.state.subscriptions.of_object(target)
    if wanted := _references(query, "recipients"):
        found = _existing(core.state.subscriptions.get(target, one) for one in wanted)
    return _show_page(request, found, descending=False)


@user_subscriptions.operation(
    "list_subscriptions",
    "GET",
    "/v1/users/{user_id}/subscriptions",
    tier=4,
    query="subscriptions/user_list_query",
    response="subscriptions/subscription_list",
)
def list_user_subscriptions(request: Request) -> Json:
    """Return a page of what a user is subscribed to, newest first; nothing for an unknown user (our choice)."""
    return _show_subscribed(request, user(request.params["user_id"]))


def _show_subscribed(request: Request, recipient: Reference) -> JsonObject:
    store = request.core.state.subscriptions
    found = store.of_recipient(recipient)
    if wanted := _references(request.query, "objects"):
        found = _existing(store.get(one, recipient) for one in wanted)
    return _show_page(request, found, descending=True)


def _show_page(request: Request, found: Sequence[Subscription], *, descending: bool) -> JsonObject:
    show = partial(show_subscription, request.core.state, with_preferences=bool(request.query.get("include")))
    return show_page(request, [found], show, envelope="entries", descending=descending)


def _references(query: JsonObject, name: str) -> list[Reference]:
    """Return a filter's references, each once."""
    named = query.get(name)
    return [*dict.fromkeys(read_reference(one) for one in named)] if isinstance(named, list) else []


def _existing(found: Iterable[Subscription | None]) -> list[Subscription]:
    return sorted((one for one in found if one is not None), key=lambda subscription: subscription.sequence)


@subscriptions.operation(
    "add_subscriptions",
    "POST",
    "/v1/objects/{collection}/{object_id}/subscriptions",
    tier=3,
    body="subscriptions/add_request",
    response="subscriptions/subscription_batch",
)
def add_subscriptions(request: Request) -> Json:
    """Subscribe up to 100 recipients to an object that exists; return the subscriptions in the order asked."""
    core, body, target = request.core, request.body, object_of_path(request)
    require_object(core, target)
    subscribers = read_subscribers(body["recipients"], "recipients")
    check_subscribers(core, subscribers)
    made = subscribe(core, target, subscribers, body.get("properties"))
    return [show_subscription(core.state, one) for one in made]


@subscriptions.operation(
    "delete_subscriptions",
    "DELETE",
    "/v1/objects/{collection}/{object_id}/subscriptions",
    tier=3,
    body="subscriptions/delete_request",
    response="subscriptions/subscription_batch",
)
def delete_subscriptions(request: Request) -> Json:
    """Unsubscribe up to 100 recipients; return what was deleted, leaving out who was not subscribed.

    404 for an unknown object (our choice).
    """
    core, target = request.core, object_of_path(request)
    require_object(core, target)
    deleted = unsubscribe(core, target, read_subscribed(request.body["recipients"]))
    return [show_subscription(core.state, one) for one in deleted]


def read_subscribers(value: Json, field: str) -> list[Identification]:
    """Read recipient requests that have passed their schema; ``field`` is their place in the request."""
    rows = as_list(value)
    return [read_identification(row, f"{field}.{index}") for index, row in enumerate(rows)]


def read_subscribed(value: Json) -> list[Reference]:
    """Read references that have passed their schema, each once."""
    return [*dict.fromkeys(read_reference(row) for row in value)] if isinstance(value, list) else []


def check_subscribers(core: Core, subscribers: Iterable[Identification]) -> None:
    """Refuse subscribers who cannot be identified.

    Raises:
        ApiError: 422 naming every offending field.
    """
    for one in subscribers:
        check_identification(core.state, one)


def subscribe(
    core: Core, target: Reference, subscribers: Sequence[Identification], properties: Json
) -> list[Subscription]:
    """Identify who is inline and who is unknown (as a stub, our choice), and subscribe everybody once."""
    for one in subscribers:
        if one.is_inline or core.state.recipients.get(one.reference) is None:
            identify(core.state, one)
    given = properties if isinstance(properties, dict) else None
    distinct = dict.fromkeys(one.reference for one in subscribers)
    return [core.state.subscriptions.put(target, reference, given) for reference in distinct]


def unsubscribe(core: Core, target: Reference, subscribed: Iterable[Reference]) -> list[Subscription]:
    """Delete the subscriptions of these recipients to an object; return those that existed."""
    deleted = (core.state.subscriptions.delete(target, reference) for reference in subscribed)
    return [one for one in deleted if one is not None]

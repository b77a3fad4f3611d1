"""Filters that load what the world knows: users, objects, tenants, subscriptions (Knock's docs on referencing data)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liquid.exceptions import FilterArgumentError

from knock_fake.state.references import TENANTS, USERS, Reference
from knock_fake.workflows.dialect.context import in_context
from knock_fake.workflows.dialect.values import is_nothing, show_value
from knock_fake.workflows.people import recipient_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state import State
    from knock_fake.workflows.dialect.context import Context

MAX_SUBSCRIPTIONS = 25
"""How many subscriptions ``subscriptions`` loads; which ones is undocumented: the oldest, our choice."""


@in_context
def user(context: Context, identifier: object) -> JsonObject | None:
    """Return the user with an id, ``None`` for one that is unknown."""
    return _load(context, USERS, identifier)


@in_context
def tenant(context: Context, identifier: object) -> JsonObject | None:
    """Return the tenant with an id, ``None`` for one that is unknown."""
    return _load(context, TENANTS, identifier)


@in_context
def load_object(context: Context, identifier: object, collection: object = None) -> JsonObject | None:
    """Return the object with an id in a collection, ``None`` for one that is unknown.

    Raises:
        FilterArgumentError: no collection is given.
    """
    if is_nothing(collection):
        raise FilterArgumentError("needs a collection, such as {{ data.id | object: 'projects' }}", token=None)
    return _load(context, show_value(collection), identifier)


@in_context
def subscriptions(context: Context, identifier: object) -> list[JsonObject]:
    """Return what a user is subscribed to: the object and the properties of each subscription."""
    state = _state(context)
    if is_nothing(identifier):
        return []
    found = state.subscriptions.of_recipient(Reference(USERS, show_value(identifier)))
    return [
        {"object": recipient_variables(state, one.object), "properties": _properties(one.properties)}
        for one in found[:MAX_SUBSCRIPTIONS]
    ]


def _properties(properties: JsonObject | None) -> Json:
    return properties or {}


def _load(context: Context, collection: str, identifier: object) -> JsonObject | None:
    state = _state(context)
    return None if is_nothing(identifier) else recipient_variables(state, Reference(collection, show_value(identifier)))


def _state(context: Context) -> State:
    if context.origin.state is None:
        raise FilterArgumentError("there is no world to load from", token=None)
    return context.origin.state


ENTITY_FILTERS: Mapping[str, Callable[..., object]] = {
    "object": load_object,
    "subscriptions": subscriptions,
    "tenant": tenant,
    "user": user,
}
"""The filters of this module by their name in templates."""

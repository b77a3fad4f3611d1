"""How subscriptions are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.shown_recipients import show_reference_in_full, show_with_preferences
from knock_fake.timestamps import show_instant

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.state import State
    from knock_fake.state.subscriptions import Subscription


def show_subscription(state: State, subscription: Subscription, *, with_preferences: bool = False) -> JsonObject:
    """Return a subscription, recipient and object in full; the recipient with its preference sets on request."""
    known = state.recipients.get(subscription.recipient) if with_preferences else None
    recipient = (
        show_reference_in_full(state, subscription.recipient) if known is None else show_with_preferences(state, known)
    )
    return {
        "__typename": "Subscription",
        "recipient": recipient,
        "object": show_reference_in_full(state, subscription.object),
        "properties": subscription.properties,
        "inserted_at": show_instant(subscription.inserted_at),
        "updated_at": show_instant(subscription.updated_at),
    }

"""Whom a trigger reaches: the recipients it lists, and the subscribers of objects among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.state.runs import SubscriptionPath

if TYPE_CHECKING:
    from collections.abc import Iterable

    from knock_fake.state.references import Reference
    from knock_fake.state.subscriptions import SubscriptionStore

MAX_DEPTH = 2
"""How many subscriptions may lie between a listed object and whom it reaches (Knock's docs on subscriptions)."""


def reach(
    subscriptions: SubscriptionStore, listed: Iterable[Reference], actor: Reference | None
) -> dict[Reference, SubscriptionPath | None]:
    """Return everybody whom a trigger reaches, each once, with the subscription that led there.

    Listed recipients come first and have no subscription, even when they are subscribers too. Then come the
    subscribers of listed objects, then the subscribers of those that are objects; of several paths to one recipient
    the first counts. Which path wins, and the order, are undocumented by Knock: our choice. The actor is left out as
    a subscriber (Knock's docs), and what is subscribed to an actor left out is not reached through it (our choice).

    Args:
        subscriptions: the world's subscriptions.
        listed: the recipients of the trigger.
        actor: who did what the trigger tells of.
    """
    reached: dict[Reference, SubscriptionPath | None] = dict.fromkeys(listed)
    level = [*reached]
    for _ in range(MAX_DEPTH):
        following = []
        for target in level:
            for one in subscriptions.of_object(target):
                if one.recipient not in reached and one.recipient != actor:
                    reached[one.recipient] = SubscriptionPath(one.object, one.properties)
                    following.append(one.recipient)
        level = following
    return reached

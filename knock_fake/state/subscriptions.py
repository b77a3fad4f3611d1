"""Subscriptions: who hears of what happens to an object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.state.index import Index

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from knock_fake.clock import VirtualClock
    from knock_fake.identifiers import Identifiers
    from knock_fake.json_types import JsonObject
    from knock_fake.state.references import Reference


@dataclass(slots=True)
class Subscription:
    """One recipient subscribed to one object.

    ``properties`` is never changed in place, so that a run keeps the ones it was started with.
    """

    sequence: int
    object: Reference
    recipient: Reference
    properties: JsonObject | None
    inserted_at: datetime
    updated_at: datetime


class SubscriptionStore:
    """The subscriptions of a world: by pair, by object and by recipient, in order of creation."""

    def __init__(self, clock: VirtualClock, identifiers: Identifiers) -> None:
        self._clock = clock
        self._identifiers = identifiers
        self._by_pair: dict[tuple[Reference, Reference], Subscription] = {}
        self._by_object: Index[Reference, Subscription] = Index()
        self._by_recipient: Index[Reference, Subscription] = Index()

    def __len__(self) -> int:
        return len(self._by_pair)

    def get(self, target: Reference, recipient: Reference) -> Subscription | None:
        """Return the subscription of a recipient to an object."""
        return self._by_pair.get((target, recipient))

    def of_object(self, target: Reference) -> Sequence[Subscription]:
        """Return the subscriptions to an object in order of creation."""
        return self._by_object.of(target)

    def of_recipient(self, recipient: Reference) -> Sequence[Subscription]:
        """Return what a recipient is subscribed to, in order of creation."""
        return self._by_recipient.of(recipient)

    def put(self, target: Reference, recipient: Reference, properties: JsonObject | None) -> Subscription:
        """Subscribe a recipient to an object; a pair that exists is updated.

        Properties that are given replace what was there, ``None`` leaves it (undocumented by Knock: our choice).
        """
        now = self._clock.now
        subscription = self._by_pair.get((target, recipient))
        if subscription is None:
            sequence = self._identifiers.next_sequence()
            subscription = Subscription(sequence, target, recipient, properties, now, now)
            self._insert(subscription)
        else:
            subscription.properties = subscription.properties if properties is None else properties
            subscription.updated_at = now
        return subscription

    def delete(self, target: Reference, recipient: Reference) -> Subscription | None:
        """Forget one subscription and return it; ``None`` when there was none."""
        subscription = self._by_pair.get((target, recipient))
        if subscription is not None:
            self._remove(subscription)
        return subscription

    def move(self, source: Reference, target: Reference) -> None:
        """Give ``target`` the subscriptions of ``source`` that it lacks, each in its place; the others stay."""
        for subscription in [*self.of_recipient(source)]:
            if self.get(subscription.object, target) is None:
                self._remove(subscription)
                subscription.recipient = target
                self._insert(subscription)

    def delete_of(self, reference: Reference) -> None:
        """Forget the subscriptions of a recipient, and those to it when it is an object."""
        for index in (self._by_object, self._by_recipient):
            # From the newest on: the last of a group is taken out at no cost.
            for subscription in reversed([*index.of(reference)]):
                self._remove(subscription)

    def _insert(self, subscription: Subscription) -> None:
        self._by_pair[subscription.object, subscription.recipient] = subscription
        self._by_object.insert(subscription.object, subscription)
        self._by_recipient.insert(subscription.recipient, subscription)

    def _remove(self, subscription: Subscription) -> None:
        del self._by_pair[subscription.object, subscription.recipient]
        self._by_object.remove(subscription.object, subscription)
        self._by_recipient.remove(subscription.recipient, subscription)

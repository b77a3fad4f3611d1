"""What holds an endpoint of outbound webhooks, after it was added to a world."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.delivery.signatures import sign, verify
from knock_fake.webhooks.deliveries import ask_deliveries

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from knock_fake.asking.collection import Collection
    from knock_fake.core import Core
    from knock_fake.json_types import JsonObject
    from knock_fake.state.webhooks import WebhookDelivery, WebhookEndpoint
    from knock_fake.webhooks.deliveries import Delivery


class Webhook:
    """One endpoint that is told of events. ``knock.webhooks.add`` makes it."""

    __slots__ = ("_endpoint", "_lock", "_responders", "_store")

    def __init__(self, core: Core, endpoint: WebhookEndpoint, lock: AbstractContextManager[object]) -> None:
        self._store = core.state.webhooks
        self._responders = core.responders
        self._endpoint = endpoint
        self._lock = lock

    @property
    def id(self) -> str:
        """Its id."""
        return self._endpoint.id

    @property
    def url(self) -> str:
        """Where events are sent to."""
        return self._endpoint.url

    @property
    def events(self) -> tuple[str, ...]:
        """The types of events that it hears of."""
        return self._endpoint.events

    @property
    def secret(self) -> str:
        """The key that its requests are signed with."""
        return self._endpoint.secret

    @property
    def description(self) -> str | None:
        """What people call it."""
        return self._endpoint.description

    @property
    def enabled(self) -> bool:
        """Whether it is told of events."""
        return self._endpoint.is_enabled

    @property
    def answered_by(self) -> str:
        """Who answers, in words: its application, a responder, the network, or nobody, and what to do about that."""
        return self._responders.who_answers(self._endpoint.id, self._endpoint.url)

    @property
    def deliveries(self) -> Collection[WebhookDelivery, Delivery]:
        """What was sent to it, or is about to be."""
        return ask_deliveries(self._store, self._endpoint)

    def enable(self) -> None:
        """Switch it on."""
        with self._lock:
            self._store.enable(self._endpoint, is_enabled=True)

    def disable(self) -> None:
        """Switch it off: what happens from now on is not kept for it, what is due is discarded (our choice)."""
        with self._lock:
            self._store.enable(self._endpoint, is_enabled=False)

    def remove(self) -> None:
        """Take it away with its application; one that is taken away already stays so.

        ``knock.webhooks.deliveries`` keeps what was sent.
        """
        with self._lock:
            self._store.remove(self._endpoint)
            self._responders.remove_application(self._endpoint.id)

    def sign(self, body: str | bytes, at: datetime) -> str:
        """Return the header ``x-knock-signature`` for a body that Knock would send at an instant."""
        return sign(body, self.secret, at)

    def verify(self, body: str | bytes, signature: str | None, *, at: datetime | None = None) -> None:
        """Check the header ``x-knock-signature`` of a request to it; see :func:`knock_fake.webhooks.verify`.

        Raises:
            ExpectationError: it does not hold; the message says why.
        """
        verify(body, signature, self.secret, at=at)

    def to_json(self) -> JsonObject:
        """Return it as plain data."""
        endpoint = self._endpoint
        return {
            "id": endpoint.id,
            "url": endpoint.url,
            "events": [*endpoint.events],
            "secret": endpoint.secret,
            "description": endpoint.description,
            "enabled": endpoint.is_enabled,
            "signed_at": endpoint.signed_at,
            "answered_by": self.answered_by,
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Webhook) and self._endpoint is other._endpoint

    def __hash__(self) -> int:
        return id(self._endpoint)

    def __repr__(self) -> str:
        state = "" if self.enabled else ", disabled"
        answered_by = self.answered_by.partition(":")[0]
        return f"<Webhook {self.url}, events: {len(self.events)}{state}, answered by {answered_by}>"

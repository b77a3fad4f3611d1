"""What was sent to endpoints, as a test asks about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from knock_fake.asking.collection import Collection, Kind
from knock_fake.asking.plain import plain_attributes
from knock_fake.fitting import fits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from knock_fake.fitting import Filters
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.webhooks import (
        WebhookAttempt,
        WebhookDelivery,
        WebhookEndpoint,
        WebhookStatus,
        WebhookStore,
    )


class Delivery:
    """One event on its way to one endpoint. It tells how things are now, not how they were when it was asked for."""

    __slots__ = ("_delivery",)

    def __init__(self, delivery: WebhookDelivery) -> None:
        self._delivery = delivery

    def __repr__(self) -> str:
        return f"<Delivery {self._delivery}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Delivery) and self._delivery is other._delivery

    def __hash__(self) -> int:
        return id(self._delivery)

    @property
    def id(self) -> str:
        """Its id."""
        return self._delivery.id

    @property
    def number(self) -> int:
        """Its place among the deliveries of the world, from 1."""
        return self._delivery.number

    @property
    def event(self) -> str:
        """The type of the event, such as ``message.sent``."""
        return self._delivery.event.type

    @property
    def url(self) -> str:
        """Where it is sent to."""
        return self._delivery.url

    @property
    def webhook_id(self) -> str:
        """The id of the endpoint, which may have been removed since."""
        return self._delivery.endpoint_id

    @property
    def status(self) -> WebhookStatus:
        """``pending``, ``delivered`` or ``discarded``."""
        return self._delivery.status

    @property
    def reason(self) -> str | None:
        """Why it was discarded."""
        return self._delivery.reason

    @property
    def created_at(self) -> datetime:
        """When the event happened (UTC)."""
        return self._delivery.event.at

    @property
    def body(self) -> str:
        """The body of the requests, byte for byte."""
        return self._delivery.event.body

    @property
    def payload(self) -> JsonObject:
        """The decoded body: ``type``, ``created_at``, ``data`` and ``event_data``."""
        return _payload(self._delivery)

    @property
    def headers(self) -> JsonObject | None:
        """The headers of the newest request, names in lower case; ``None`` before the first."""
        last = _last(self._delivery)
        return None if last is None else last.headers

    @property
    def attempts(self) -> tuple[WebhookAttempt, ...]:
        """The requests and what came of each, oldest first; one whose answer is to come is not among them."""
        return self._delivery.attempts

    @property
    def last_status(self) -> int | None:
        """The status of the newest answer."""
        return _last_status(self._delivery)

    @property
    def next_attempt_at(self) -> datetime | None:
        """When the endpoint is told again (UTC); ``None`` when it is not, or when an answer is awaited."""
        return _next_attempt_at(self._delivery)

    @property
    def message_id(self) -> str | None:
        """The id of the message that the event is about."""
        return self._delivery.event.message_id

    @property
    def run_id(self) -> str | None:
        """The id of the recipient run that the event is about, or that made the message."""
        return self._delivery.event.run_id

    @property
    def workflow(self) -> str | None:
        """The key of the workflow of message or run."""
        return self._delivery.event.workflow or None

    @property
    def recipient(self) -> Json:
        """The recipient of message or run as Knock writes it."""
        return self._delivery.event.recipient

    def to_json(self) -> JsonObject:
        """Return it as plain data."""
        return plain_attributes(self, _SHOWN)


_SHOWN = (
    "id",
    "number",
    "event",
    "url",
    "webhook_id",
    "status",
    "reason",
    "created_at",
    "payload",
    "attempts",
    "next_attempt_at",
    "message_id",
    "run_id",
    "workflow",
    "recipient",
)


def _payload(delivery: WebhookDelivery) -> JsonObject:
    decoded: JsonObject = orjson.loads(delivery.event.body)
    return decoded


def _last(delivery: WebhookDelivery) -> WebhookAttempt | None:
    return delivery.attempts[-1] if delivery.attempts else None


def _last_status(delivery: WebhookDelivery) -> int | None:
    last = _last(delivery)
    return None if last is None else last.status


def _next_attempt_at(delivery: WebhookDelivery) -> datetime | None:
    is_waiting = delivery.asked is None and delivery.timer is not None and delivery.status == "pending"
    return delivery.timer.due if is_waiting and delivery.timer is not None else None


_FACTS: dict[str, Callable[[WebhookDelivery], object]] = {
    "event": lambda delivery: delivery.event.type,
    "url": lambda delivery: delivery.url,
    "status": lambda delivery: delivery.status,
    "attempts": lambda delivery: len(delivery.attempts),
    "last_status": _last_status,
    "problem": lambda delivery: None if (last := _last(delivery)) is None else last.problem,
    "reason": lambda delivery: delivery.reason,
    "data": lambda delivery: _payload(delivery)["data"],
    "event_data": lambda delivery: _payload(delivery)["event_data"],
    "message_id": lambda delivery: delivery.event.message_id,
    "run_id": lambda delivery: delivery.event.run_id,
    "workflow": lambda delivery: delivery.event.workflow or None,
    "recipient": lambda delivery: delivery.event.recipient,
    "webhook_id": lambda delivery: delivery.endpoint_id,
    "created_at": lambda delivery: delivery.event.at,
    "next_attempt_at": _next_attempt_at,
    "number": lambda delivery: delivery.number,
    "id": lambda delivery: delivery.id,
}


def ask_deliveries(
    store: WebhookStore, endpoint: WebhookEndpoint | None = None
) -> Collection[WebhookDelivery, Delivery]:
    """Return what was sent, or is about to be, as a collection; with an endpoint what was sent to that one."""

    def found() -> Sequence[WebhookDelivery]:
        every = store.deliveries()
        return every if endpoint is None else [one for one in every if one.endpoint_id == endpoint.id]

    def explain(filters: Filters) -> Sequence[str]:
        return [*_why_unsent(store, filters, endpoint)]

    return Collection(Kind("delivery", found, _FACTS, Delivery, str, explain, "deliveries"))


def _why_unsent(store: WebhookStore, filters: Filters, endpoint: WebhookEndpoint | None) -> Iterator[str]:
    """Yield why endpoints may not have been told."""
    endpoints = store.endpoints() if endpoint is None else [endpoint]
    if not endpoints:
        yield "there is no endpoint: knock.webhooks.add(url) adds one"
    wanted = filters.get("event")
    for one in endpoints:
        if not one.is_enabled:
            yield f"{one.url} is disabled"
        elif wanted is not None and not any(fits(wanted, event) for event in one.events):
            yield f"{one.url} hears of other events alone: {_listed(one.events)}"
    if endpoints and not store.deliveries():
        yield "nothing that endpoints hear of has happened since they were added"


def _listed(events: Sequence[str]) -> str:
    more = len(events) - 5
    return ", ".join(events[:5]) + (f" and {more} more" if more > 0 else "")

"""Outbound webhooks: the endpoints that hear of events, and every delivery of an event to one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from knock_fake.identifiers import Identifiers
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.timers import Timer

NOBODY = "nobody"
"""Who answers for an endpoint that nobody stands in for."""

WebhookStatus: TypeAlias = Literal["pending", "delivered", "discarded"]
SignatureTime: TypeAlias = Literal["world", "wall"]


@dataclass(slots=True)
class WebhookEndpoint:
    """One endpoint.

    ``events`` are the types that it hears of. ``signed_at`` says by which clock its requests are signed.
    """

    id: str
    url: str
    events: tuple[str, ...]
    secret: str
    description: str | None
    is_enabled: bool
    signed_at: SignatureTime


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """What endpoints are told: the body that they get, as text, and what the event is about.

    ``message_id`` and ``run_id`` are of the message and the recipient run, ``None`` where there is none. ``workflow``,
    ``step_ref`` and ``recipient`` are those of the message or the run; empty for others.
    """

    type: str
    at: datetime
    body: str
    message_id: str | None = None
    run_id: str | None = None
    workflow: str = ""
    step_ref: str = ""
    recipient: Json = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAttempt:
    """One request to an endpoint and what came of it.

    Attributes:
        number: which attempt this is, from 1.
        at: when the request was sent.
        headers: those of the request, names in lower case.
        status: the status of the answer, ``None`` when there was none.
        answer_headers, answer_body: the rest of the answer.
        problem: why it is no success, ``None`` for one.
        milliseconds: how long the answer took.
        answered_by: who answered: a responder as text, ``the network`` or ``nobody``, when the event was taken as on a
            good day; ``None`` where whoever was asked raised an error.
        raised: whether whoever was to answer, a function or an application in this process, raised an error instead.
    """

    number: int
    at: datetime
    headers: JsonObject
    status: int | None
    answer_headers: JsonObject
    answer_body: str | None
    problem: str | None
    milliseconds: int
    answered_by: str | None
    raised: bool = False

    @property
    def outcome(self) -> str:
        """What came of it, in words; where nobody was asked it says so."""
        return self.problem or ("taken: nobody was asked" if self.answered_by == NOBODY else str(self.status))


@dataclass(slots=True)
class WebhookDelivery:
    """One event on its way to one endpoint.

    ``timer`` is what it waits for. ``asked`` is the attempt that is under way while its answer takes time: all of it
    where the answer is known already; without a timer the answer comes in real time. ``reason`` says why it was
    discarded.
    """

    id: str
    number: int
    endpoint_id: str
    url: str
    event: WebhookEvent
    status: WebhookStatus = "pending"
    attempts: tuple[WebhookAttempt, ...] = ()
    asked: WebhookAttempt | None = None
    timer: Timer | None = None
    reason: str | None = None

    def __str__(self) -> str:
        last, tries = self.attempts[-1] if self.attempts else None, len(self.attempts)
        is_taken = last is not None and last.answered_by == NOBODY  # nobody fails: that attempt ended it
        told = f"{self.event.type} to {self.url}: {last.outcome if last is not None and is_taken else self.status}"
        if self.reason is not None:
            told += f", {self.reason}"
        elif tries and self.status == "pending":
            told += f" after {tries} attempt{'' if tries == 1 else 's'}"
        return f"{told}, {last.problem}" if last is not None and last.problem is not None else told


class WebhookStore:
    """The endpoints of a world by id, and all deliveries, oldest first.

    Ids have a count of their own, so that whoever listens changes no other id of the world.
    """

    def __init__(self, identifiers: Identifiers) -> None:
        self._identifiers = identifiers
        self._endpoints: dict[str, WebhookEndpoint] = {}
        self._deliveries: dict[str, WebhookDelivery] = {}
        self._by_run: dict[str, list[str]] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._endpoints)

    @property
    def is_used(self) -> bool:
        """Whether there is an endpoint, or was one that something was sent to."""
        return bool(self._endpoints or self._deliveries)

    def endpoints(self) -> Sequence[WebhookEndpoint]:
        """Return every endpoint, in order of addition."""
        return [*self._endpoints.values()]

    def endpoint(self, endpoint_id: str) -> WebhookEndpoint | None:
        """Return an endpoint that is there."""
        return self._endpoints.get(endpoint_id)

    def listeners(self, event: str) -> Sequence[WebhookEndpoint]:
        """Return the enabled endpoints that hear of a type of event."""
        return [one for one in self._endpoints.values() if one.is_enabled and event in one.events]

    def add(
        self,
        *,
        url: str,
        events: tuple[str, ...],
        secret: str | None,
        description: str | None,
        is_enabled: bool,
        signed_at: SignatureTime,
    ) -> WebhookEndpoint:
        """Add an endpoint; without a secret it gets one that follows from the world's seed."""
        number = self._next()
        made = self._identifiers.uuid(number, b"webhook secret").replace("-", "")
        endpoint_id = self._identifiers.uuid(number, b"webhook endpoint")
        endpoint = WebhookEndpoint(endpoint_id, url, events, secret or made, description, is_enabled, signed_at)
        self._endpoints[endpoint_id] = endpoint
        return endpoint

    def enable(self, endpoint: WebhookEndpoint, *, is_enabled: bool) -> None:
        """Switch an endpoint on or off."""
        endpoint.is_enabled = is_enabled

    def remove(self, endpoint: WebhookEndpoint) -> None:
        """Take an endpoint away; its deliveries stay."""
        self._endpoints.pop(endpoint.id, None)

    def deliveries(self) -> Sequence[WebhookDelivery]:
        """Return every delivery, oldest first."""
        return [*self._deliveries.values()]

    def delivery(self, delivery_id: str) -> WebhookDelivery | None:
        """Return one delivery."""
        return self._deliveries.get(delivery_id)

    def raised(self) -> Sequence[str]:
        """Return a line for every attempt at which whoever was to answer raised an error."""
        return [
            f"webhook {delivery.event.type} to {delivery.url}, attempt {attempt.number}: {attempt.problem}"
            for delivery in self._deliveries.values()
            for attempt in delivery.attempts
            if attempt.raised
        ]

    def under_way(self) -> Sequence[WebhookDelivery]:
        """Return the deliveries whose answer comes in real time."""
        pending = (one for one in self._deliveries.values() if one.status == "pending")
        return [one for one in pending if one.asked is not None and one.timer is None]

    def of_run(self, run_id: str) -> Sequence[WebhookDelivery]:
        """Return the deliveries that tell of a recipient run or of its messages, oldest first."""
        return [self._deliveries[one] for one in self._by_run.get(run_id, ())]

    def begin(self, endpoint: WebhookEndpoint, event: WebhookEvent) -> WebhookDelivery:
        """Let an event be on its way to an endpoint."""
        number = self._next()
        delivery_id = self._identifiers.uuid(number, b"webhook")
        delivery = WebhookDelivery(delivery_id, len(self._deliveries) + 1, endpoint.id, endpoint.url, event)
        self._deliveries[delivery_id] = delivery
        if event.run_id is not None:
            self._by_run.setdefault(event.run_id, []).append(delivery_id)
        return delivery

    def wait(self, delivery: WebhookDelivery, timer: Timer | None) -> None:
        """Let a delivery wait for a timer."""
        delivery.timer = timer

    def ask(self, delivery: WebhookDelivery, attempt: WebhookAttempt | None, timer: Timer | None) -> None:
        """Let a delivery wait for the answer to an attempt; without a timer it comes in real time."""
        delivery.asked, delivery.timer = attempt, timer

    def conclude(self, delivery: WebhookDelivery, attempt: WebhookAttempt) -> None:
        """Note what came of an attempt; a success ends the delivery."""
        if delivery.timer is not None:
            delivery.timer.cancel()
        delivery.asked = delivery.timer = None
        delivery.attempts = (*delivery.attempts, attempt)
        if attempt.problem is None:
            delivery.status = "delivered"

    def discard(self, delivery: WebhookDelivery, reason: str) -> None:
        """Give a delivery up."""
        delivery.status, delivery.reason = "discarded", reason
        delivery.asked = delivery.timer = None

    def _next(self) -> int:
        self._count += 1
        return self._count

"""Carries events to endpoints: every request, answer and pause is a timer on the world's clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from knock_fake.delivery.journeys import BACK_OFF
from knock_fake.delivery.signatures import sign
from knock_fake.durations import show_duration
from knock_fake.responders.answers import FAILURES
from knock_fake.responders.records import ResponderFailedError
from knock_fake.responders.requests import HttpRequest, Origin
from knock_fake.state.webhooks import NOBODY, WebhookAttempt
from knock_fake.timers import Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.core import Core
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.responders.answers import Answer
    from knock_fake.responders.registry import Answered
    from knock_fake.state.webhooks import WebhookDelivery, WebhookEndpoint, WebhookEvent

ATTEMPT, ANSWER = "webhook.attempt", "webhook.answer"
"""The tasks of webhooks on their way, each with the id of its delivery."""

MAX_ATTEMPTS = 8
"""How often an endpoint is told before the event is discarded (Knock's docs on outbound webhooks)."""

TIMEOUT = timedelta(seconds=15)
"""How long an answer may take (our choice, that of the fetch function)."""

_Sending: TypeAlias = "tuple[HttpRequest, Callable[[Answered[Answer]], None]]"

_AT_ONCE = timedelta()
_UNANSWERED = f"not answered within {TIMEOUT.total_seconds():g} seconds"


class Courier:
    """Tells endpoints of events, again and again until they take them or all attempts are made.

    Any 2xx is a success; every other answer, and none, is tried again (Knock's docs on outbound webhooks). The pauses
    are those between attempts to deliver a message (our choice).

    Args:
        core: the world's environment.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._clock = core.clock
        self._store = core.state.webhooks
        core.clock.on(ATTEMPT, self._attempt)
        core.clock.on(ANSWER, self._take_awaited)

    def send(self, endpoint: WebhookEndpoint, event: WebhookEvent) -> None:
        """Let an endpoint be told of an event, as soon as whatever happens now is done."""
        delivery = self._store.begin(endpoint, event)
        self._store.wait(delivery, self._clock.call_later(_AT_ONCE, Task(ATTEMPT, delivery.id), ""))

    def _attempt(self, delivery_id: Json) -> None:
        delivery = self._store.delivery(str(delivery_id))
        if delivery is None:
            return
        endpoint = self._listening(delivery)
        if endpoint is None:
            return
        request = self._request(endpoint, delivery)
        asked = _begun(request)
        try:
            if self._core.responders.post(request, partial(self._write, delivery, asked)):
                self._store.ask(delivery, asked, None)
            else:
                self._receive(delivery, asked, self._ask(delivery, request))
        except ResponderFailedError as error:
            self._conclude(delivery, replace(asked, problem=str(error), raised=True))

    def _ask(self, delivery: WebhookDelivery, request: HttpRequest) -> Answered[Answer] | None:
        self._clock.aim(f"to tell {delivery.url} of {delivery.event.type}")
        try:
            return self._core.responders.answer(request)
        finally:
            self._clock.aim(None)

    def _write(self, delivery: WebhookDelivery, asked: WebhookAttempt) -> _Sending | None:
        """Return the request for an attempt whose turn has come, ``None`` when nobody wants it any more."""
        if self._store.delivery(delivery.id) is not delivery or delivery.asked is not asked:
            return None  # the world went back meanwhile, or has an answer already
        endpoint = self._listening(delivery)
        if endpoint is None:
            return None
        request = self._request(endpoint, delivery)
        sent = _begun(request)
        self._store.ask(delivery, sent, None)
        return request, partial(self._receive, delivery, sent)

    def _listening(self, delivery: WebhookDelivery) -> WebhookEndpoint | None:
        """Return the endpoint of a delivery; one that is not to be told any more discards it."""
        endpoint = self._store.endpoint(delivery.endpoint_id)
        if endpoint is not None and endpoint.is_enabled:
            return endpoint
        self._discard(delivery, f"the endpoint was {'removed' if endpoint is None else 'disabled'}")
        return None

    def _request(self, endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> HttpRequest:
        event, now = delivery.event, self._clock.now
        signed_at = now if endpoint.signed_at == "world" else self._core.machine.time()
        headers = {
            "content-type": "application/json",
            "x-knock-event": event.type,
            "x-knock-environment-id": self._core.environment_id,
            "x-knock-signature": sign(event.body, endpoint.secret, signed_at),
        }
        return HttpRequest(
            kind="endpoint",
            method="POST",
            url=delivery.url,
            headers=headers,
            body=event.body,
            timeout=TIMEOUT.total_seconds(),
            origin=Origin(
                workflow=event.workflow,
                step_ref=event.step_ref,
                recipient=event.recipient,
                run_id=event.run_id or "",
                attempt=len(delivery.attempts) + 1,
                at=now,
                event=event.type,
                webhook_id=endpoint.id,
            ),
        )

    def _receive(self, delivery: WebhookDelivery, asked: WebhookAttempt, answered: Answered[Answer] | None) -> None:
        """Take an answer: at once when it is there by now, else when it will be."""
        is_known = self._store.delivery(delivery.id) is delivery and asked.at <= self._clock.now
        if not is_known or delivery.status != "pending" or asked.number != len(delivery.attempts) + 1:
            return  # the world went back meanwhile, or has an answer already
        attempt, wait = _answered(asked, answered)
        if wait == _AT_ONCE:
            self._conclude(delivery, attempt)
        else:
            self._await_answer(delivery, attempt, wait)

    def _await_answer(self, delivery: WebhookDelivery, attempt: WebhookAttempt, wait: timedelta) -> None:
        self._store.ask(delivery, attempt, self._clock.call_later(wait, Task(ANSWER, delivery.id), ""))

    def _take_awaited(self, delivery_id: Json) -> None:
        delivery = self._store.delivery(str(delivery_id))
        if delivery is not None and delivery.asked is not None:
            self._conclude(delivery, delivery.asked)

    def _conclude(self, delivery: WebhookDelivery, attempt: WebhookAttempt) -> None:
        """Note what came of an attempt, and set the timer for the next one if there is to be any."""
        self._store.conclude(delivery, attempt)
        told = f"webhook {delivery.event.type} to {delivery.url}: {attempt.outcome}"
        if attempt.problem is None:
            self._clock.note(told)
        elif attempt.number < MAX_ATTEMPTS:
            pause = BACK_OFF[attempt.number - 1]
            self._clock.note(f"{told}, again in {show_duration(pause)}")
            label = f"webhook attempt {attempt.number + 1} of {MAX_ATTEMPTS}: {delivery.event.type} to {delivery.url}"
            self._store.wait(delivery, self._clock.call_later(pause, Task(ATTEMPT, delivery.id), label))
        else:
            self._clock.note(told)
            self._discard(delivery, f"{MAX_ATTEMPTS} attempts have failed")

    def _discard(self, delivery: WebhookDelivery, reason: str) -> None:
        self._store.discard(delivery, reason)
        self._clock.note(f"webhook {delivery.event.type} to {delivery.url} discarded: {reason}")


def ask_again(core: Core) -> None:
    """Let endpoints be asked anew whose answers real time was to bring to a world that went back, or was saved."""
    store = core.state.webhooks
    for delivery in store.under_way():
        store.ask(delivery, None, core.clock.call_later(_AT_ONCE, Task(ATTEMPT, delivery.id), ""))


def _begun(request: HttpRequest) -> WebhookAttempt:
    """Return an attempt of which nothing is known yet but what was sent."""
    return WebhookAttempt(
        number=request.origin.attempt,
        at=request.origin.at,
        headers={**request.headers},
        status=None,
        answer_headers={},
        answer_body=None,
        problem=None,
        milliseconds=0,
        answered_by=None,
    )


def _answered(asked: WebhookAttempt, answered: Answered[Answer] | None) -> tuple[WebhookAttempt, timedelta]:
    """Return an attempt with its answer, and how long that is still to come.

    An endpoint that nobody stands in for takes every event, as on a good day.
    """
    if answered is None:
        return replace(asked, status=200, answered_by=NOBODY), _AT_ONCE
    answer = answered.answer
    is_timeout = answer.fail == "timeout" or answer.delay > TIMEOUT
    wait = (TIMEOUT if is_timeout else answer.delay) if answer.elapsed == _AT_ONCE else _AT_ONCE
    attempt = replace(asked, milliseconds=_milliseconds(wait + answer.elapsed), answered_by=answered.by)
    if is_timeout or answer.fail is not None:
        problem = _UNANSWERED if is_timeout else FAILURES[answer.fail or "connection"]
        return replace(attempt, problem=f"{problem}: {answer.reason}" if answer.reason else problem), wait
    headers: JsonObject = {**answer.shown_headers}
    refused = None if 200 <= answer.status < 300 else f"answered with {answer.status}"
    told = replace(attempt, status=answer.status, answer_headers=headers, answer_body=answer.body, problem=refused)
    return told, wait


def _milliseconds(length: timedelta) -> int:
    return round(length.total_seconds() * 1000)

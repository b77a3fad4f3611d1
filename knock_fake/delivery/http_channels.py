"""Requests of http channels: what their endpoints are sent, and what becomes of a message by their answers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from knock_fake.delivery.answers import Answer
from knock_fake.delivery.signatures import sign
from knock_fake.delivery.status_changes import attempts_of
from knock_fake.json_types import as_object
from knock_fake.responders.answers import FAILURES
from knock_fake.responders.records import ResponderFailedError
from knock_fake.responders.requests import HttpRequest, Origin
from knock_fake.responders.urls import with_query

if TYPE_CHECKING:
    from datetime import datetime

    from knock_fake.clock import VirtualClock
    from knock_fake.responders import Answer as EndpointAnswer
    from knock_fake.responders import Responders
    from knock_fake.state.messages import Message

TIMEOUT = timedelta(seconds=50)
"""How long Knock waits for the answer to a webhook (Knock's docs on webhook channels)."""

_AT_ONCE = timedelta()


class HttpChannels:
    """Asks the responders of a world, or real endpoints that it allows, in the name of http channels."""

    def __init__(self, clock: VirtualClock, responders: Responders) -> None:
        self._clock = clock
        self._responders = responders

    def __call__(self, message: Message) -> Answer | None:
        """Return what the endpoint of a message answers; ``None`` when nobody is for it, or it has no endpoint."""
        if message.channel.type != "http":
            return None
        request = channel_request(message, attempts_of(message) + 1, self._clock.now)
        try:
            answered = self._responders.answer(request)
        except ResponderFailedError as error:
            return Answer(None, problem=str(error), verdict="fatal")
        return None if answered is None else _meaning(request, answered.answer)


def channel_request(message: Message, attempt: int, at: datetime) -> HttpRequest:
    """Return the request of a message on an http channel.

    Args:
        message: the message.
        attempt: which attempt this is, from 1.
        at: when it is sent, which is what it is signed with.
    """
    content, source, key = message.content, message.source, message.options.signing_key
    body = content.get("body")
    sent = None if body is None else str(body)
    headers = {name.lower(): str(value) for name, value in as_object(content.get("headers")).items()}
    if key:
        headers["x-webhook-signature"] = sign(sent or "", key, at)
    return HttpRequest(
        kind="webhook",
        method=str(content["method"]).upper(),
        url=with_query(str(content["url"]), urlencode(as_object(content.get("query")))),
        headers=headers,
        body=sent,
        timeout=TIMEOUT.total_seconds(),
        origin=Origin(
            workflow=source.key,
            step_ref=source.step_ref,
            recipient=message.recipient.shown(),
            run_id=message.workflow_recipient_run_id or "",
            attempt=attempt,
            at=at,
        ),
    )


def _meaning(request: HttpRequest, answer: EndpointAnswer) -> Answer:
    """Return what an endpoint's answer is to a delivery.

    A host whose name is not known is not asked again (Knock's docs on webhook channels).
    """
    wait = answer.delay if answer.elapsed == _AT_ONCE else _AT_ONCE
    if answer.fail == "timeout" or answer.delay > TIMEOUT:
        problem = f"{request} was not answered within {TIMEOUT.total_seconds():g} seconds"
        wait = TIMEOUT if answer.elapsed == _AT_ONCE else _AT_ONCE
        return Answer(None, problem=_with_reason(problem, answer), after=wait)
    if answer.fail is not None:
        what = FAILURES[answer.fail]
        problem = _with_reason(f"{request} could not be asked: {what}", answer)
        return Answer(None, problem=problem, verdict="fatal" if answer.fail == "unknown_host" else None, after=wait)
    body = answer.json if isinstance(answer.json, dict) else answer.body or ""
    refused = None if 200 <= answer.status < 300 else f"{request} was answered with {answer.status}"
    return Answer(answer.status, body, refused, after=wait)


def _with_reason(problem: str, answer: EndpointAnswer) -> str:
    return f"{problem}: {answer.reason}" if answer.reason else problem

"""``/_fake/responders``: who answers when somebody outside is asked or told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.control.operations import ControlResource
from knock_fake.errors import UnknownNameError, UsageError, nearest
from knock_fake.responders.requests import ModelRequest
from knock_fake.timestamps import show_instant

if TYPE_CHECKING:
    from knock_fake.control.operations import ControlRequest
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.responders import HttpRequest, HttpResponder, ModelResponder

responders = ControlResource("responders")


@responders.operation("add", "POST", "/responders", status=201, body="responder_request", response="responder_added")
def add(request: ControlRequest) -> Json:
    """Add a responder; it goes before those that there are."""
    return {"number": request.world.responders.add(request.body).number}


@responders.operation("list", "GET", "/responders", response="responders")
def list_responders(request: ControlRequest) -> Json:
    """Return every responder, oldest first, and the requests that none was for."""
    found = request.world.responders
    return {
        "responders": [_show(one) for one in found],
        "unanswered": [_show_request(one) for one in found.unanswered],
    }


@responders.operation("get", "GET", "/responders/{number}", response="responder_with_requests")
def get(request: ControlRequest) -> Json:
    """Return one responder and the requests that it has answered."""
    responder = _named(request)
    return {**_show(responder), "requests": [_show_request(one) for one in responder.requests]}


@responders.operation("remove", "DELETE", "/responders/{number}", status=204)
def remove(request: ControlRequest) -> Json:
    """Take a responder away."""
    _named(request).remove()
    return None


@responders.operation("clear", "DELETE", "/responders", status=204)
def clear(request: ControlRequest) -> Json:
    """Take every responder away, and forget what nobody answered."""
    request.world.responders.clear()
    return None


def _named(request: ControlRequest) -> HttpResponder | ModelResponder:
    every = {str(one.number): one for one in request.world.responders}
    number = request.params["number"]
    if number not in every:
        raise UnknownNameError(f"there is no responder {number!r}; {nearest(number, [*every])}")
    return every[number]


def _show(responder: HttpResponder | ModelResponder) -> JsonObject:
    try:
        document: JsonObject | None = responder.to_json()
    except UsageError:  # it is made of a function of the test's
        document = None
    return {
        "number": responder.number,
        "kind": responder.kind,
        "description": str(responder),
        "uses": responder.uses,
        "responder": document,
    }


def _show_request(request: HttpRequest | ModelRequest) -> JsonObject:
    origin = request.origin
    asked: JsonObject = {
        "workflow": origin.workflow,
        "step_ref": origin.step_ref,
        "recipient": origin.recipient,
        "run_id": origin.run_id,
        "attempt": origin.attempt,
        "at": show_instant(origin.at),
    }
    if origin.event is not None:
        asked.update(event=origin.event, webhook_id=origin.webhook_id)
    if isinstance(request, ModelRequest):
        return {"kind": "model", "model": request.model, "prompt": request.prompt, "origin": asked}
    return {
        "kind": request.kind,
        "method": request.method,
        "url": request.url,
        "headers": {**request.headers},
        "body": request.body,
        "origin": asked,
    }

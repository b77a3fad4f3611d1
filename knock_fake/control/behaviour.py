"""``/_fake/faults``, ``/_fake/delivery``, ``/_fake/messages``, ...: bad days, on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.control.operations import ControlResource
from knock_fake.errors import UnknownNameError, nearest
from knock_fake.gateway.faults.fault import Fault
from knock_fake.json_types import as_text
from knock_fake.scenarios.behaviour import add_delivery, set_rate_limits

if TYPE_CHECKING:
    from knock_fake.asking.message import Message
    from knock_fake.control.operations import ControlRequest
    from knock_fake.gateway.faults.added import FaultRule
    from knock_fake.json_types import Json, JsonObject

behaviour = ControlResource("behaviour")


@behaviour.operation("add_fault", "POST", "/faults", status=201, body="fault_request", response="fault")
def add_fault(request: ControlRequest) -> Json:
    """Add a fault: which calls fail, when, and how."""
    return _show_fault(request.world.faults.add(Fault.from_json(request.body)))


@behaviour.operation("add_storm", "POST", "/faults/storm", status=201, body="storm_request", response="storm")
def add_storm(request: ControlRequest) -> Json:
    """Add a mix of faults that a seed decides."""
    asked, seed, targets = request.body, request.body.get("seed"), request.body.get("targets", "*")
    storm = request.world.faults.storm(
        seed if isinstance(seed, int) else None,
        targets=[str(one) for one in targets] if isinstance(targets, list) else str(targets),
        rate=float(str(asked.get("rate", 0.3))),
    )
    return {"storm": storm.code, "faults": [_show_fault(rule) for rule in storm.rules]}


@behaviour.operation("list_faults", "GET", "/faults", response="faults")
def list_faults(request: ControlRequest) -> Json:
    """Return the faults that there are, with how many calls matched and how many were struck."""
    return {"faults": [_show_fault(rule) for rule in request.world.faults]}


@behaviour.operation("remove_fault", "DELETE", "/faults/{number}", status=204)
def remove_fault(request: ControlRequest) -> Json:
    """Take a fault away."""
    named = request.params["number"]
    found = next((rule for rule in request.world.faults if str(rule.number) == named), None)
    if found is None:
        known = [str(rule.number) for rule in request.world.faults]
        raise UnknownNameError(f"there is no fault {named}: {nearest(named, known)}")
    found.remove()
    return None


@behaviour.operation("clear_faults", "DELETE", "/faults", status=204)
def clear_faults(request: ControlRequest) -> Json:
    """Take all faults away."""
    request.world.faults.clear()
    return None


def _show_fault(rule: FaultRule) -> JsonObject:
    return {
        "number": rule.number,
        "text": str(rule),
        "matched": rule.matched,
        "hits": rule.hits,
        "active": rule.is_active,
    }


@behaviour.operation("add_delivery", "POST", "/delivery", status=204, body="delivery_request")
def plan_delivery(request: ControlRequest) -> Json:
    """Say what becomes of messages by ``statuses``, ``fail``, ``bounce`` or ``hold``."""
    add_delivery(request.world.core, request.body)
    return None


@behaviour.operation("clear_delivery", "DELETE", "/delivery", status=204)
def clear_delivery(request: ControlRequest) -> Json:
    """Forget every plan; messages that are held stay held."""
    request.world.delivery.clear()
    return None


@behaviour.operation("release", "POST", "/delivery/release", status=204)
def release(request: ControlRequest) -> Json:
    """Let the messages go that were held, and hold none any more."""
    request.world.delivery.release()
    return None


_VERBS = ("deliver", "bounce", "undeliver", "open", "click", "see", "read", "interact", "archive")


@behaviour.operation(
    "act_on_message", "POST", "/messages/{message_id}/{verb}", body="message_request", response="message"
)
def act_on_message(request: ControlRequest) -> Json:
    """Let provider or recipient do something with a message; what is impossible now is refused."""
    identifier, verb = request.params["message_id"], request.params["verb"]
    message = request.world.messages.get(identifier)
    if message is None:
        raise UnknownNameError(f"there is no message {identifier!r}")
    if verb not in _VERBS:
        raise UnknownNameError(f"a message has no verb {verb!r}: {nearest(verb, _VERBS)}")
    return {"message": _act(message, verb, request.body).to_json()}


def _act(message: Message, verb: str, body: JsonObject) -> Message:
    if verb in ("bounce", "undeliver"):
        fail = message.bounce if verb == "bounce" else message.undeliver
        return fail(as_text(body.get("reason")))
    if verb == "click":
        return message.click(as_text(body.get("url")))
    if verb == "interact":
        metadata = body.get("metadata")
        return message.interact(metadata if isinstance(metadata, dict) else None)
    done: Message = getattr(message, verb)()
    return done


@behaviour.operation("put_rate_limits", "PUT", "/rate-limits", status=204, body="rate_limits_request")
def put_rate_limits(request: ControlRequest) -> Json:
    """Enforce Knock's rate limits, some of them, limits of your own, or none."""
    limits = request.body.get("enforce")
    set_rate_limits(request.world.rate_limits, limits)
    return None


@behaviour.operation("exhaust", "POST", "/rate-limits/exhaust", status=204, body="operation_request")
def exhaust(request: ControlRequest) -> Json:
    """Put an operation at its limit now."""
    request.world.rate_limits.exhaust(str(request.body["operation"]))
    return None


@behaviour.operation("reject_batch", "POST", "/batch-limits/reject", status=204, body="reject_request")
def reject_batch(request: ControlRequest) -> Json:
    """Let messages of batch status changes be over the limit."""
    named, count, times = (request.body.get(name) for name in ("message_ids", "count", "times"))
    request.world.batch_limits.reject(
        [str(one) for one in named] if isinstance(named, list) else None,
        count=count if isinstance(count, int) else None,
        times=times if isinstance(times, int) else None,
    )
    return None


@behaviour.operation("clear_batch_limits", "DELETE", "/batch-limits", status=204)
def clear_batch_limits(request: ControlRequest) -> Json:
    """Reject nothing on demand any more."""
    request.world.batch_limits.clear()
    return None

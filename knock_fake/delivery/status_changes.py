"""What goes with every change of a delivery status: its event's data, the delivery log, what the provider knows."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from knock_fake.delivery.answers import MAX_ATTEMPTS, Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import JsonObject
    from knock_fake.state import State
    from knock_fake.state.messages import DeliveryStatus, Message

_USUAL_ANSWERS: Mapping[DeliveryStatus, Answer] = MappingProxyType(
    {
        "sent": Answer(200),
        "delivered": Answer(200),
        "delivery_attempted": Answer(503),
        "bounced": Answer(400),
    }
)
"""What the provider has answered when a message takes one of these statuses and nobody says more (our choice)."""


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A status that a message takes: why, after which answer, and whether a failed attempt will be repeated."""

    status: DeliveryStatus
    reason: str | None = None
    answer: Answer | None = None
    is_retryable: bool = False


def apply_change(state: State, message: Message, change: StatusChange) -> None:
    """Give a message a status, and do what goes with it.

    A message that leaves ``queued`` for its provider leaves a delivery log. A push that bounces takes its token from
    the recipient's channel data, where channel and step let it (Knock's docs on token deregistration).
    """
    answer = change.answer or _USUAL_ANSWERS.get(change.status)
    if answer is not None and message.status == "queued" and not message.is_feed_item:
        _log(state, message, answer, is_accepted=change.status in ("sent", "delivered"))
    state.messages.set_status(message, change.status, _event_data(message, change))
    if change.status == "bounced" and message.options.deregisters_token:
        state.channel_data.drop_token(message.recipient, message.channel.id, str(message.content.get("token")))


def _log(state: State, message: Message, answer: Answer, *, is_accepted: bool) -> None:
    if answer.is_asked:
        state.messages.log_attempt(message, answer.status or 0, answer.body or _told(answer))
    if is_accepted:
        state.messages.accept(message)


def _told(answer: Answer) -> JsonObject | None:
    return None if answer.problem is None else {"error": answer.problem}


def attempts_of(message: Message) -> int:
    """Return how many attempts to deliver a message have failed."""
    return message.count("delivery_attempted")


def _event_data(message: Message, change: StatusChange) -> JsonObject | None:
    """Return the data of an event, the same as Knock's webhooks carry (that it is the same is our choice)."""
    if change.status == "delivery_attempted":
        attempt = attempts_of(message) + 1
        return {"attempt": attempt, "max_attempts": MAX_ATTEMPTS, "retryable": change.is_retryable}
    if change.status == "undelivered":
        reason = "retries_exhausted" if attempts_of(message) >= MAX_ATTEMPTS else "fatal_error"
        return {"failure_reason": reason, "failure_details": change.reason}
    if change.status == "bounced":
        data: JsonObject = {"failure_reason": "invalid_recipient", "failure_details": change.reason}
        return {**data, "token": message.content.get("token")} if message.channel.type == "push" else data
    return None

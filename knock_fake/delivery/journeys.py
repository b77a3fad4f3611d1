"""Which statuses a message is to pass: those of a good day, those of a failing one, those of a plan."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from knock_fake.delivery.transitions import misstep, successors
from knock_fake.state.deliveries import ATTEMPT, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from knock_fake.state.delivery_plans import DeliveryPlan
    from knock_fake.state.messages import DeliveryStatus, Message

ACCEPTANCE: Mapping[str, tuple[DeliveryStatus, ...]] = MappingProxyType(
    {
        "email": ("sent", "delivered"),
        "sms": ("sent", "delivered"),
        "push": ("sent",),
        "chat": ("sent",),
        "http": ("delivered",),
    }
)
"""The statuses that a message passes once its provider has taken it, by channel type.

Push and chat stop at ``sent`` (Knock's docs on message statuses); that email and SMS providers confirm delivery at once
is our choice.
"""

BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 35, 75, 155, 315, 635))
"""The pauses between attempts: eight attempts within thirty minutes as at Knock, whose pauses are longer or shorter by
chance; these are our choice."""

_UNSENT = (Stage("not_sent"),)
_SHOWN = (Stage("delivered"),)


def departure(message: Message, plan: DeliveryPlan | None, *, in_sandbox: bool) -> tuple[Stage, ...]:
    """Return the stations of a message that leaves ``queued`` for the first time."""
    if in_sandbox:
        return _UNSENT
    if plan is not None and plan.stages:
        return plan.stages[1:]
    return _SHOWN if message.is_feed_item else (ATTEMPT,)


def good_end(channel_type: str) -> DeliveryStatus:
    """Return the last status of a good day: ``sent`` for push and chat, else ``delivered``."""
    return ACCEPTANCE[channel_type][-1] if channel_type in ACCEPTANCE else "delivered"


def after_acceptance(channel_type: str) -> tuple[Stage, ...]:
    """Return the stations after an attempt that the provider accepted."""
    return tuple(Stage(status) for status in ACCEPTANCE[channel_type])


def after_failure(attempt: int, problem: str | None, *, is_retryable: bool) -> tuple[Stage, ...]:
    """Return the stations after a failed attempt: back to the queue and another one, or the end.

    Args:
        attempt: the number of the attempt that failed, from 1.
        problem: what went wrong.
        is_retryable: whether there is another attempt.
    """
    if is_retryable:
        return (Stage("queued"), Stage(None, BACK_OFF[attempt - 1]))
    return (Stage("undelivered", reason=problem),)


def fits(plan: DeliveryPlan, channel_type: str) -> bool:
    """Whether messages of a channel type can do what a plan says."""
    return unfitness(plan.stages, channel_type) is None if plan.failures is None else _can_fail(plan, channel_type)


def unfitness(stages: Sequence[Stage], channel_type: str) -> tuple[DeliveryStatus, DeliveryStatus] | None:
    """Return the two statuses of a plan of which the second cannot follow the first."""
    return misstep(channel_type, [stage.status for stage in stages if stage.status is not None])


def _can_fail(plan: DeliveryPlan, channel_type: str) -> bool:
    following = successors(channel_type, "queued")
    bounces = plan.failures is not None and plan.failures.then == "bounced"
    return "delivery_attempted" in following and (not bounces or "bounced" in following)

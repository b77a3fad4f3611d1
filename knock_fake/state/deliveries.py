"""Messages on their way: what is still to become of each, and the timer that it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import JsonObject
    from knock_fake.state.delivery_plans import Failures
    from knock_fake.state.messages import DeliveryStatus
    from knock_fake.timers import Timer

AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Stage:
    """One station of a message: the status that it takes ``after`` a while, and why.

    Without a ``status`` the message is handed to its provider, whose answer decides.
    """

    status: DeliveryStatus | None
    after: timedelta = AT_ONCE
    reason: str | None = None


ATTEMPT = Stage(None)
"""The station at which the provider is asked, at once."""


@dataclass(slots=True)
class Delivery:
    """One message on its way.

    ``stages`` are the stations that are left, none before it departs; ``failures`` how its provider will fail by plan.
    ``timer`` is what it waits for: a message that is held, or whose send windows are all closed, waits for none.
    ``answer`` is what its provider answers while that is under way.
    """

    message_id: str
    in_sandbox: bool
    never_departs: bool
    stages: tuple[Stage, ...] = ()
    failures: Failures | None = None
    is_held: bool = False
    timer: Timer | None = None
    answer: JsonObject | None = None


class DeliveryStore:
    """The messages that are on their way, by message id; one that has arrived, or never will, is forgotten."""

    def __init__(self) -> None:
        self._by_message: dict[str, Delivery] = {}

    def of(self, message_id: str) -> Delivery | None:
        """Return the delivery of a message that is on its way."""
        return self._by_message.get(message_id)

    def held(self) -> Sequence[Delivery]:
        """Return the deliveries that were held when they were to depart, in order of creation."""
        return [delivery for delivery in self._by_message.values() if delivery.is_held]

    def begin(self, message_id: str, *, in_sandbox: bool, never_departs: bool) -> Delivery:
        """Note that a message is on its way."""
        delivery = self._by_message[message_id] = Delivery(message_id, in_sandbox, never_departs)
        return delivery

    def wait(self, delivery: Delivery, timer: Timer | None) -> None:
        """Let a delivery wait for a timer, or for none until somebody sets one."""
        delivery.timer = timer

    def hold(self, delivery: Delivery, *, is_held: bool) -> None:
        """Hold a delivery that was to depart, or let go of it."""
        delivery.is_held = is_held

    def follow(self, delivery: Delivery, stages: tuple[Stage, ...], failures: Failures | None = None) -> None:
        """Give a delivery the stations that it is to pass from here."""
        delivery.stages = stages
        delivery.failures = failures or delivery.failures

    def expect(self, delivery: Delivery, answer: JsonObject, after: timedelta) -> None:
        """Let a delivery wait for an answer that takes so long."""
        delivery.answer = answer
        delivery.stages = (Stage(None, after), *delivery.stages)

    def receive(self, delivery: Delivery) -> JsonObject | None:
        """Return the answer that a delivery has waited for, if it has waited for one."""
        answer, delivery.answer = delivery.answer, None
        return answer

    def take(self, delivery: Delivery) -> Stage:
        """Return the next station, which is then behind the delivery."""
        stage, *rest = delivery.stages
        delivery.stages = (*rest,)
        return stage

    def end(self, message_id: str) -> None:
        """Forget a delivery, and the timer that it waited for."""
        delivery = self._by_message.pop(message_id, None)
        if delivery is not None and delivery.timer is not None:
            delivery.timer.cancel()

"""Carries enqueued messages through their delivery statuses, each change a timer on the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.delivery.answers import ACCEPTED, MAX_ATTEMPTS, Answer, answer_from_json, judge
from knock_fake.delivery.journeys import after_acceptance, after_failure, departure, fits
from knock_fake.delivery.providers import refusal_of_provider, why_unsendable
from knock_fake.delivery.status_changes import StatusChange, apply_change, attempts_of
from knock_fake.delivery.transitions import route
from knock_fake.state.deliveries import AT_ONCE
from knock_fake.timers import Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.clock import VirtualClock
    from knock_fake.delivery.answers import Responder
    from knock_fake.json_types import Json
    from knock_fake.state import State
    from knock_fake.state.deliveries import Delivery, Stage
    from knock_fake.state.delivery_plans import DeliveryPlan
    from knock_fake.state.messages import DeliveryStatus, Message

QUEUE, DEPART, PROCEED = "message.queue", "message.depart", "message.proceed"
"""The tasks of messages on their way, each with the id of its message."""


class Dispatcher:
    """Delivers messages: by plan where there is one, as their provider answers otherwise.

    Args:
        clock: the world's time.
        state: the world's stores.
        responder: answers in place of providers; without one they take every message.
    """

    def __init__(self, clock: VirtualClock, state: State, responder: Responder | None = None) -> None:
        self._clock = clock
        self._state = state
        self._responder = responder
        for kind, handler in ((QUEUE, self._queue), (DEPART, self._depart), (PROCEED, self._proceed)):
            clock.on(kind, self._of_message(handler))

    def enqueue(self, message: Message, *, sandbox: bool, never_departs: bool = False) -> None:
        """Start a new message on its way; in-app feeds have no provider and therefore no sandbox.

        Args:
            message: the message. With a ``scheduled_at`` it waits in the queue until then.
            sandbox: whether it was made in a run that sends nothing.
            never_departs: whether it stays in the queue, because its send windows are never open.
        """
        in_sandbox = (sandbox or message.channel.is_sandbox) and not message.is_feed_item
        delivery = self._state.deliveries.begin(message.id, in_sandbox=in_sandbox, never_departs=never_departs)
        plan = self._plan_for(message)
        after = plan.stages[0].after if plan is not None and plan.stages else AT_ONCE
        timer = self._clock.call_later(after, Task(QUEUE, message.id), _label(message, "queued"))
        self._state.deliveries.wait(delivery, timer)

    def release(self) -> None:
        """Let every message go that was held back."""
        self._state.delivery_plans.release()
        for delivery in self._state.deliveries.held():
            self._state.deliveries.hold(delivery, is_held=False)
            timer = self._clock.call_later(AT_ONCE, Task(DEPART, delivery.message_id), "")
            self._state.deliveries.wait(delivery, timer)

    def move(self, message: Message, status: DeliveryStatus, reason: str | None = None) -> bool:
        """Take a message to a status at once, through those that lie between; nothing else awaits it then.

        Returns whether there is a way from its present status; without one nothing happens.
        """
        way = route(message.channel.type, message.status, status)
        if way is None:
            return False
        self._state.deliveries.end(message.id)
        for one in way if message.count("queued") else ("queued", *way):
            self._change(message, StatusChange(one, reason))
        return True

    def _of_message(self, handler: Callable[[Message, Delivery], None]) -> Callable[[Json], None]:
        def handle(message_id: Json) -> None:
            message = self._state.messages.get(str(message_id))
            delivery = self._state.deliveries.of(str(message_id))
            if message is None:  # its recipient was deleted meanwhile
                self._state.deliveries.end(str(message_id))
            elif delivery is not None:
                handler(message, delivery)

        return handle

    def _plan_for(self, message: Message) -> DeliveryPlan | None:
        plans = self._state.delivery_plans.for_message(message)
        return next((plan for plan in plans if fits(plan, message.channel.type)), None)

    def _queue(self, message: Message, delivery: Delivery) -> None:
        apply_change(self._state, message, StatusChange("queued"))
        due, label = message.scheduled_at, ""
        if due is not None:
            label = f"send window opens: {_subject(message)}"
        timer = None
        if not delivery.never_departs:
            timer = self._clock.call_at(due or self._clock.now, Task(DEPART, message.id), label)
        self._state.deliveries.wait(delivery, timer)

    def _depart(self, message: Message, delivery: Delivery) -> None:
        deliveries = self._state.deliveries
        if self._state.delivery_plans.holds(message):
            deliveries.hold(delivery, is_held=True)
            deliveries.wait(delivery, None)
            return
        plan = self._plan_for(message)
        stages = departure(message, plan, in_sandbox=delivery.in_sandbox)
        deliveries.follow(delivery, stages, plan.failures if plan is not None else None)
        if stages and not stages[0].after:
            self._take_stage(message, delivery, is_noted=False)
        self._await_stage(message, delivery)

    def _proceed(self, message: Message, delivery: Delivery) -> None:
        self._take_stage(message, delivery, is_noted=True)
        self._await_stage(message, delivery)

    def _await_stage(self, message: Message, delivery: Delivery) -> None:
        """Set the timer for the next station; without one the message has arrived."""
        if not delivery.stages:
            self._state.deliveries.end(message.id)
            return
        stage = delivery.stages[0]
        timer = self._clock.call_later(stage.after, Task(PROCEED, message.id), _label_of_stage(message, stage))
        self._state.deliveries.wait(delivery, timer)

    def _take_stage(self, message: Message, delivery: Delivery, *, is_noted: bool) -> None:
        """Do what the next station says; ``is_noted`` when the timeline tells already that it is there."""
        stage = self._state.deliveries.take(delivery)
        if stage.status is None:
            self._attempt(message, delivery)
            return
        following = delivery.stages[0].status if delivery.stages else None
        change = StatusChange(stage.status, stage.reason, is_retryable=following == "queued")
        if is_noted:
            apply_change(self._state, message, change)
        else:
            self._change(message, change)

    def _change(self, message: Message, change: StatusChange) -> None:
        apply_change(self._state, message, change)
        self._clock.note(_label(message, change.status))

    def _attempt(self, message: Message, delivery: Delivery) -> None:
        """Hand a message to its provider and do as the answer says."""
        attempt = attempts_of(message) + 1
        arrived = self._state.deliveries.receive(delivery)
        answer = self._answer(message, delivery, attempt) if arrived is None else answer_from_json(arrived)
        if answer.after:
            self._state.deliveries.expect(delivery, answer.to_json(), answer.after)
            return
        verdict = judge(message.channel.type, answer)
        if verdict == "accepted":
            accepted, *rest = after_acceptance(message.channel.type)
            assert accepted.status is not None  # noqa: S101 - what follows an acceptance is a status
            self._change(message, StatusChange(accepted.status, answer=answer))
            self._state.deliveries.follow(delivery, (*rest,))
        elif verdict == "bounced":
            self._change(message, StatusChange("bounced", answer.problem, answer))
        else:
            is_retryable = verdict == "retryable" and attempt < MAX_ATTEMPTS
            self._change(message, StatusChange("delivery_attempted", None, answer, is_retryable))
            following = after_failure(attempt, answer.problem, is_retryable=is_retryable)
            self._state.deliveries.follow(delivery, following)

    def _answer(self, message: Message, delivery: Delivery, attempt: int) -> Answer:
        """Return the answer to an attempt: what keeps Knock from asking comes first, then plans, then responders."""
        problem = why_unsendable(message)
        if problem is not None:
            return Answer(None, problem=problem, verdict="fatal", is_asked=False)
        planned = _planned_answer(delivery, attempt)
        if planned is not None:
            return planned
        responded = self._responder(message) if self._responder is not None else None
        return responded or refusal_of_provider(self._state.providers, message) or ACCEPTED


def _planned_answer(delivery: Delivery, attempt: int) -> Answer | None:
    failures = delivery.failures
    if failures is None or attempt > failures.attempts + (failures.then == "bounced"):
        return None
    if attempt > failures.attempts:
        return Answer(400, problem=failures.reason, verdict="bounced")
    is_last = attempt == failures.attempts and failures.then == "undelivered"
    problem = failures.reason or ("the provider did not answer" if failures.response_status is None else None)
    return Answer(failures.response_status, problem=problem, verdict="fatal" if is_last else None)


def _subject(message: Message) -> str:
    return f"{message.source.key}/{message.source.step_ref} to {message.recipient}"


def _label(message: Message, status: str) -> str:
    return f"message {status}: {_subject(message)}"


def _label_of_stage(message: Message, stage: Stage) -> str:
    if stage.status is not None:
        return _label(message, stage.status)
    attempt = attempts_of(message) + 1
    return f"message attempt {attempt} of {MAX_ATTEMPTS}: {_subject(message)}" if attempt > 1 else ""

"""``knock.delivery``: what becomes of messages, on demand: scripted statuses, failing providers, holding back."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias, get_args

from knock_fake.delivery.answers import MAX_ATTEMPTS, NEVER_RETRIED
from knock_fake.delivery.journeys import fits, unfitness
from knock_fake.delivery.transitions import CHANNEL_TYPES, successors
from knock_fake.durations import parse_duration
from knock_fake.errors import UnknownNameError, UsageError, UsageTypeError, nearest
from knock_fake.json_types import is_whole
from knock_fake.state.deliveries import AT_ONCE, Stage
from knock_fake.state.delivery_plans import AfterFailures, DeliveryPlan, Failures, Scope
from knock_fake.state.messages import DELIVERY_STATUSES
from knock_fake.state.references import named_recipient

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from knock_fake.core import Core

Delay: TypeAlias = "str | timedelta | float"
"""A length of time: text such as ``"2s"``, a timedelta, or a number of seconds."""

StatusEntry: TypeAlias = "str | tuple[str, Delay] | tuple[str, Delay, str]"
"""A status, with the time after the one before, and the reason that its event gives."""

_ENDS: tuple[AfterFailures, ...] = get_args(AfterFailures)


class DeliverySettings:
    """What a world does with the messages that are enqueued.

    A plan counts for the messages that leave the queue after it was made. Of several plans for one message the most
    specific counts, of equally specific ones the newest. A plan that the message's type of channel cannot follow, such
    as a bounce of a feed item, is passed over.

    Args:
        core: the parts of the world.
        lock: held during every write.
    """

    def __init__(self, core: Core, lock: AbstractContextManager[object] | None = None) -> None:
        self._core = core
        self._lock = nullcontext() if lock is None else lock

    def __repr__(self) -> str:
        return f"<DeliverySettings, plans: {len(self.plans)}>"

    @property
    def plans(self) -> Sequence[DeliveryPlan]:
        """The plans there are, the one that counts first at the front."""
        return self._core.state.delivery_plans.all()

    def plan(
        self,
        *,
        statuses: Sequence[StatusEntry],
        channel: str | None = None,
        recipient: str | Mapping[str, str] | None = None,
        workflow: str | None = None,
    ) -> DeliveryPlan:
        """Say which statuses messages will have, and when.

        ``plan(channel="email", statuses=[("queued", 0), ("sent", "2s"), ("bounced", "1m", "mailbox full")])``: sent two
        seconds after they were queued, bounced a minute after that. They keep the last one.

        Args:
            statuses: each with the time after the one before (of the first: after the message was made) and, if you
                like, the reason that its event gives. ``queued`` comes first and may be left out.
            channel: the key of a channel.
            recipient: a user's id, or an object as ``{"collection": ..., "id": ...}``.
            workflow: the key of a workflow.

        Raises:
            UsageError: a status cannot follow the one before it, a time is negative, there are no statuses.
            UnknownNameError: there is no such channel or workflow. UsageTypeError: an argument is of a wrong type.
        """
        stages = _read_stages(statuses)
        scope = self._scope("delivery.plan", channel, recipient, workflow)
        self._require_way(stages, scope)
        with self._lock:
            return self._core.state.delivery_plans.add(scope, stages)

    def fail(
        self,
        *,
        attempts: int | None = None,
        response_status: int | None = 503,
        reason: str | None = None,
        then: AfterFailures = "sent",
        channel: str | None = None,
        recipient: str | Mapping[str, str] | None = None,
        workflow: str | None = None,
    ) -> DeliveryPlan:
        """Let providers fail; Knock tries again after 5, 15, 35, 75, 155, 315 and 635 seconds (our choice of pauses).

        Args:
            attempts: how many attempts fail; all eight when left out, which ends as ``undelivered``.
            response_status: what the provider answers, ``None`` for no answer.
            reason: the ``failure_details`` of the event.
            then: ``sent`` lets the next attempt succeed, ``bounced`` lets it bounce, ``undelivered`` makes the last
                failing attempt one that is not repeated.
            channel: the key of a channel.
            recipient: a user's id, or an object as ``{"collection": ..., "id": ...}``.
            workflow: the key of a workflow.

        Raises:
            UsageError: a number is out of range, or the channel's type has no provider, or one that cannot do this.
            UnknownNameError: there is no such channel or workflow. UsageTypeError: an argument is of a wrong type.
        """
        count = MAX_ATTEMPTS if attempts is None else _read_attempts(attempts)
        if then not in _ENDS:
            raise UsageError(f"delivery.fail: then cannot be {then!r}; {nearest(str(then), _ENDS)}")
        if then == "bounced" and count == MAX_ATTEMPTS:
            raise UsageError(f"delivery.fail: after {MAX_ATTEMPTS} failed attempts there is none left to bounce")
        failures = Failures(count, _read_status(response_status), _read_reason("delivery.fail", reason), then)
        scope = self._scope("delivery.fail", channel, recipient, workflow)
        self._require_provider(DeliveryPlan(0, scope, failures=failures))
        with self._lock:
            return self._core.state.delivery_plans.add(scope, failures=failures)

    def bounce(
        self,
        *,
        reason: str | None = None,
        channel: str | None = None,
        recipient: str | Mapping[str, str] | None = None,
        workflow: str | None = None,
    ) -> DeliveryPlan:
        """Let messages bounce when they are handed to their provider; short for a :meth:`plan` that says so.

        Raises:
            UsageError, UnknownNameError, UsageTypeError: as for :meth:`plan`.
        """
        entry = ("bounced", 0) if reason is None else ("bounced", 0, reason)
        return self.plan(statuses=["queued", entry], channel=channel, recipient=recipient, workflow=workflow)

    def clear(self) -> None:
        """Forget every plan; messages that have left the queue go on by the plan that they left by."""
        with self._lock:
            self._core.state.delivery_plans.clear()

    def hold(
        self,
        *,
        channel: str | None = None,
        recipient: str | Mapping[str, str] | None = None,
        workflow: str | None = None,
    ) -> None:
        """Keep messages in the queue from now on, all of them or those that are named.

        Raises:
            UnknownNameError: there is no such channel or workflow. UsageTypeError: an argument is of a wrong type.
        """
        scope = self._scope("delivery.hold", channel, recipient, workflow)
        with self._lock:
            self._core.state.delivery_plans.hold(scope)

    def release(self) -> None:
        """Hold back nothing any more: the messages that were held leave the queue now, in order of creation."""
        with self._lock:
            self._core.dispatcher.release()
            self._core.clock.settle()

    def _scope(
        self, verb: str, channel: str | None, recipient: str | Mapping[str, str] | None, workflow: str | None
    ) -> Scope:
        for name, value in (("channel", channel), ("workflow", workflow)):
            if not isinstance(value, str | None):
                raise UsageTypeError(f"{verb}: {name} must be a key, not {value!r}")
        keys = self._core.state.channels.keys()
        if channel is not None and channel not in keys:
            raise UnknownNameError(f"{verb}: there is no channel {channel!r}; {nearest(channel, keys)}")
        if workflow is not None and workflow not in self._core.workflows:
            raise UnknownNameError(
                f"{verb}: there is no workflow {workflow!r}; {self._core.workflows.suggest(workflow)}"
            )
        return Scope(channel, None if recipient is None else named_recipient(recipient, f"{verb}: recipient"), workflow)

    def _types(self, scope: Scope) -> Sequence[str]:
        """Return the types that the channel of a scope may have."""
        channel = self._core.state.channels.by_key(scope.channel) if scope.channel is not None else None
        return CHANNEL_TYPES if channel is None else (channel.type,)

    def _require_way(self, stages: tuple[Stage, ...], scope: Scope) -> None:
        types = self._types(scope)
        missteps = [unfitness(stages, one) for one in types]
        if None in missteps:
            return
        before, after = next(one for one in missteps if one is not None)
        where = f"on a channel of type {types[0]!r}" if len(types) == 1 else "on any channel"
        possible = dict.fromkeys(status for one in types for status in successors(one, before))
        known = f"it can be followed by {', '.join(map(repr, possible))}" if possible else "it is final"
        raise UsageError(f"delivery.plan: {after!r} cannot follow {before!r} {where}; {known}")

    def _require_provider(self, plan: DeliveryPlan) -> None:
        types = self._types(plan.scope)
        failures = plan.failures
        assert failures is not None  # noqa: S101 - only called with failures
        if not any(fits(plan, one) for one in types):
            what = "bounce" if failures.then == "bounced" else "fail"
            raise UsageError(f"delivery.fail: messages on a channel of type {types[0]!r} cannot {what}")
        ends_at_once = types == ("http",) and failures.response_status in NEVER_RETRIED
        if ends_at_once and (failures.attempts != 1 or failures.then != "undelivered"):
            remedy = "write attempts=1, then='undelivered'"
            raise UsageError(f"delivery.fail: Knock calls no webhook again after {failures.response_status}; {remedy}")


def _read_stages(statuses: object) -> tuple[Stage, ...]:
    if not isinstance(statuses, list | tuple) or not statuses:
        raise UsageError("delivery.plan: statuses must be a list such as [('queued', 0), ('sent', '2s')]")
    stages = [_read_stage(entry, f"delivery.plan: statuses[{index}]") for index, entry in enumerate(statuses)]
    return (*stages,) if stages[0].status == "queued" else (Stage("queued"), *stages)


def _read_stage(entry: object, place: str) -> Stage:
    parts = (entry,) if isinstance(entry, str) else entry
    if not isinstance(parts, list | tuple) or not 1 <= len(parts) <= 3:
        raise UsageTypeError(f"{place} must be a status, or a status with a time such as ('sent', '2s'), not {entry!r}")
    status = next((one for one in DELIVERY_STATUSES if one == parts[0]), None)
    if status is None:
        raise UsageError(f"{place}: there is no status {parts[0]!r}; {nearest(str(parts[0]), DELIVERY_STATUSES)}")
    after = _read_delay(parts[1], place) if len(parts) > 1 else AT_ONCE
    return Stage(status, after, _read_reason(place, parts[2] if len(parts) > 2 else None))


def _read_delay(value: object, place: str) -> timedelta:
    if isinstance(value, bool) or not isinstance(value, str | timedelta | int | float):
        raise UsageTypeError(f"{place}: a time is text such as '2s', a timedelta or seconds, not {value!r}")
    try:
        after = timedelta(seconds=value) if isinstance(value, int | float) else parse_duration(value)
    except (OverflowError, ValueError) as error:
        raise UsageError(f"{place}: {error}") from error
    if after < AT_ONCE:
        raise UsageError(f"{place}: {value!r} is negative, and no status comes before the one that it follows")
    return after


def _read_reason(place: str, value: object) -> str | None:
    if not isinstance(value, str | None):
        raise UsageTypeError(f"{place}: the reason must be text, not {value!r}")
    return value


def _read_attempts(value: object) -> int:
    if not is_whole(value):
        raise UsageTypeError(f"delivery.fail: attempts must be a whole number, not {value!r}")
    if not 1 <= value <= MAX_ATTEMPTS:
        raise UsageError(
            f"delivery.fail: attempts must be from 1 to {MAX_ATTEMPTS}, as many as Knock makes, not {value}"
        )
    return value


def _read_status(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | None):
        raise UsageTypeError(f"delivery.fail: response_status must be a number or None, not {value!r}")
    if value is not None and not 300 <= value <= 599:
        raise UsageError(f"delivery.fail: response_status must be one of a failure, from 300 to 599, not {value}")
    return value

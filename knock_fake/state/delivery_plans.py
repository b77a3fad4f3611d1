"""Delivery plans: what a test wants to become of messages, and which messages it holds back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.identifiers import Identifiers
    from knock_fake.state.deliveries import Stage
    from knock_fake.state.messages import Message
    from knock_fake.state.references import Reference

AfterFailures: TypeAlias = Literal["sent", "undelivered", "bounced"]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which messages something is about: those that have all that is named here, every message when nothing is.

    ``channel`` is the key of a channel, ``workflow`` the key of what made the message.
    """

    channel: str | None = None
    recipient: Reference | None = None
    workflow: str | None = None

    @property
    def breadth(self) -> int:
        """How many things it leaves open; the fewer, the more specific it is."""
        return (self.channel, self.recipient, self.workflow).count(None)

    def covers(self, message: Message) -> bool:
        """Whether a message has all that is named."""
        return (
            self.channel in (None, message.channel.key)
            and self.recipient in (None, message.recipient)
            and self.workflow in (None, message.source.key)
        )


@dataclass(frozen=True, slots=True)
class Failures:
    """How a provider fails: so many attempts, with this status or no answer at all, and what the next one brings.

    ``then`` is ``sent`` when the next attempt succeeds, ``bounced`` when it bounces, ``undelivered`` when the last of
    the failing attempts is one that is not repeated.
    """

    attempts: int
    response_status: int | None
    reason: str | None
    then: AfterFailures


@dataclass(frozen=True, slots=True)
class DeliveryPlan:
    """What becomes of the messages in a scope: the stations that they pass, or the failures of their provider."""

    sequence: int
    scope: Scope
    stages: tuple[Stage, ...] = ()
    failures: Failures | None = None


class DeliveryPlanStore:
    """The plans of a world, and the scopes in which messages are held back.

    Of several plans for one message the most specific counts, of equally specific ones the newest (our choice).
    """

    def __init__(self, identifiers: Identifiers) -> None:
        self._identifiers = identifiers
        self._plans: list[DeliveryPlan] = []
        self._holds: list[Scope] = []

    def all(self) -> Sequence[DeliveryPlan]:
        """Return the plans, the one that counts first at the front."""
        return (*self._plans,)

    def for_message(self, message: Message) -> Sequence[DeliveryPlan]:
        """Return the plans that are about a message, the one that counts first at the front."""
        return [plan for plan in self._plans if plan.scope.covers(message)] if self._plans else ()

    def add(self, scope: Scope, stages: tuple[Stage, ...] = (), failures: Failures | None = None) -> DeliveryPlan:
        """Add a plan."""
        plan = DeliveryPlan(self._identifiers.next_sequence(), scope, stages, failures)
        self._plans.append(plan)
        self._plans.sort(key=lambda one: (one.scope.breadth, -one.sequence))
        return plan

    def clear(self) -> None:
        """Forget every plan."""
        self._plans.clear()

    def hold(self, scope: Scope) -> None:
        """Hold back the messages in a scope from now on."""
        self._holds.append(scope)

    def release(self) -> None:
        """Hold back no message any more."""
        self._holds.clear()

    def holds(self, message: Message) -> bool:
        """Whether a message is to be held back."""
        return any(scope.covers(message) for scope in self._holds)

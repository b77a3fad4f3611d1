"""What faults do to one call."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from knock_fake.gateway.disruption import Disruption
from knock_fake.gateway.faults.effects import ErrorAnswer, GarbledAnswer, Latency, NetworkFailure

if TYPE_CHECKING:
    from knock_fake.clock import VirtualClock
    from knock_fake.errors import ApiError
    from knock_fake.gateway.call import Reply
    from knock_fake.gateway.faults.effects import Effect
    from knock_fake.gateway.faults.rule import RuleRecord


@dataclass(slots=True)
class Strike:
    """The rules that strike one call, together.

    Latencies add up; of the other effects the one of the oldest rule counts.
    """

    operation: str | None = None
    rules: list[RuleRecord] = field(default_factory=list)
    latency: timedelta = timedelta()
    effect: Effect | None = None
    is_virtual: bool = True

    def join(self, rule: RuleRecord) -> bool:
        """Let a rule that is due take part, unless another has decided already; tell whether it does."""
        effect = rule.fault.effect
        if isinstance(effect, Latency):
            self.latency += effect.length
            self.is_virtual = self.is_virtual and not effect.real
        elif self.effect is None:
            self.effect = effect
        else:
            return False
        self.rules.append(rule)
        rule.hits += 1
        return True

    @property
    def hint(self) -> str:
        """What the journal and the hint header say."""
        return "; ".join(map(str, self.rules))

    def begin(self, clock: VirtualClock) -> None:
        """Let the latency pass on a clock that is moved by hand: what falls due meanwhile happens first.

        While the clock moves, because a timer makes the call, no time passes.

        Raises:
            ApiError: the call is not processed: this is its answer, or stands in for none.
        """
        self.is_virtual = self.is_virtual and clock.is_manual
        if self.is_virtual and self.latency and not clock.is_moving:
            clock.advance(self.latency)
        effect = self.effect
        if isinstance(effect, ErrorAnswer) or (isinstance(effect, NetworkFailure) and not effect.processed):
            raise effect.refusal(self.hint)

    def disturb(self, reply: Reply) -> None:
        """Do to the world's answer what becomes of it on its way."""
        effect = self.effect
        if isinstance(effect, GarbledAnswer) and reply.body:
            effect.spoil(reply)
        lost = effect.disruption if isinstance(effect, NetworkFailure) else None
        if lost is not None or self.latency:
            seconds = self.latency.total_seconds()
            reply.disruption = replace(lost or Disruption(), latency=seconds, is_virtual=self.is_virtual)

    def stand_in(self) -> ApiError | None:
        """Return what stands in for an answer that is lost, where the loss cannot be acted out."""
        effect = self.effect
        if isinstance(effect, NetworkFailure) and effect.processed and effect.failure != "incomplete_body":
            return effect.refusal(self.hint)
        return None

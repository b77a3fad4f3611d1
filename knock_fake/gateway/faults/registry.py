"""The faults of a world: added, listed, counted and taken away."""

from __future__ import annotations

from functools import lru_cache, update_wrapper
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Unpack

from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.gateway.faults import builders
from knock_fake.gateway.faults.added import FaultRule, RunningStorm
from knock_fake.gateway.faults.checks import check_possible, read_window
from knock_fake.gateway.faults.fault import Fault, Occasion
from knock_fake.gateway.faults.rule import Draw, FaultLedger, RuleRecord, can_strike, holds
from knock_fake.gateway.faults.storms import USUAL, Kind, Storm, make_storm
from knock_fake.gateway.faults.strike import Strike
from knock_fake.gateway.faults.targets import EVERYTHING, Target, read_target
from knock_fake.identifiers import Identifiers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from knock_fake.clock import VirtualClock
    from knock_fake.gateway.faults.attempt import Attempt
    from knock_fake.gateway.operation_names import OperationNames

P = ParamSpec("P")

STORMS_TOLD = 5
"""How many storms are remembered for reports, the newest."""


def _verb(build: Callable[P, Fault]) -> Callable[Concatenate[Faults, P], FaultRule]:
    """Return the method that adds what a builder makes."""

    def add(self: Faults, /, *args: P.args, **options: P.kwargs) -> FaultRule:
        return self.add(build(*args, **options))

    update_wrapper(add, build)
    add.__doc__ = f"Add a fault and return what holds it, see :meth:`add`.\n\n    {build.__doc__}"
    return add


class Faults:
    """The scripted failures of a world.

    Faults strike before keys are checked and bodies validated, as what stands before Knock's own code would. Every rule
    counts the calls that match it, whatever becomes of them; of several that are due for one call the oldest strikes,
    but for delays, which add up.

    Args:
        clock: the world's clock.
        chance: where probabilities come from.
        names: the operations that rules can be for.
    """

    def __init__(self, clock: VirtualClock, chance: Identifiers, names: OperationNames) -> None:
        self._clock = clock
        self._chance = chance
        self._names = names
        self.ledger = FaultLedger()
        self._is_judging = False

    fail = _verb(builders.fail)
    rate_limit = _verb(builders.rate_limit)
    delay = _verb(builders.delay)
    timeout = _verb(builders.timeout)
    refuse = _verb(builders.refuse)
    drop = _verb(builders.drop)
    lose_answer = _verb(builders.lose_answer)
    garble = _verb(builders.garble)

    def __iter__(self) -> Iterator[FaultRule]:
        return iter([self._handle(number) for number in self.ledger.active])

    def __len__(self) -> int:
        return len(self.ledger.active)

    def __repr__(self) -> str:
        return f"<Faults: {'; '.join(map(str, self)) or 'none'}>"

    def __str__(self) -> str:
        return "\n".join(f"{rule}  ({rule.hits}x)" for rule in self) or "no faults"

    def add(self, fault: Fault) -> FaultRule:
        """Add a fault.

        Returns:
            What holds it: counts, ``remove()``, ``assert_hit()``; a context manager that takes it away in the end.

        Raises:
            UsageError: it can never strike, because no operation is meant by its target, its time is over, or it asks
                for what its operations do not have. UsageTypeError: it is no fault.
        """
        return self._add(fault, None, None)

    def storm(
        self,
        seed: int | Storm | None = None,
        *,
        targets: str | Sequence[str] = EVERYTHING,
        rate: float = 0.3,
        kinds: Sequence[Kind] = USUAL,
        **occasion: Unpack[Occasion],
    ) -> RunningStorm:
        """Add a mix of faults that a seed decides; the report of a failing test says how to repeat it.

        Args:
            seed: the seed, by which a storm is the same in every world; one drawn from the world's seed when left out.
                A :class:`~knock_fake.gateway.faults.storms.Storm` is taken as it is.
            targets: the calls it is for.
            rate: the share of those calls that something happens to.
            kinds: what it is made of.
            occasion: when it strikes; see :func:`~knock_fake.gateway.faults.storms.make_storm` for these four.

        Raises:
            UsageError, UsageTypeError: an argument cannot be taken, or one of the faults can never strike.
        """
        if isinstance(seed, Storm):
            if (targets, rate, tuple(kinds)) != (EVERYTHING, 0.3, USUAL) or occasion:
                raise UsageError("storm(): a Storm is taken as it is: give its arguments where it is made")
            storm = seed
        else:
            drawn = int(self._chance.fraction(self.ledger.storms, b"storm seed") * 1_000_000)
            chosen = drawn if seed is None else seed
            storm = make_storm(chosen, targets=targets, rate=rate, kinds=kinds, **occasion)
        return self._begin(storm)

    def remove(self, rule: FaultRule) -> None:
        """Take a fault away; one that is taken away already stays so."""
        if not isinstance(rule, FaultRule):
            raise UsageTypeError(f"faults.remove() takes what faults.add() returned, not {rule!r}")
        self.ledger.active = tuple(number for number in self.ledger.active if number != rule.number)
        self.ledger.rules.pop(rule.number, None)

    def clear(self) -> None:
        """Take all faults away."""
        self.ledger.active = ()
        self.ledger.rules.clear()

    def assert_all_hit(self) -> None:
        """Make sure that every fault that is there struck at least once.

        Raises:
            AssertionError: one did not.
        """
        for rule in self:
            rule.assert_hit()

    @property
    def is_armed(self) -> bool:
        """Whether there are faults that calls have to be held against.

        A function of the user's that judges a call may make calls of its own, which no fault strikes.
        """
        return bool(self.ledger.active) and not self._is_judging

    def strike(self, attempt: Attempt) -> Strike:
        """Count a call against every rule, and return what becomes of it.

        Raises:
            ConditionError: a function that judges calls raised an exception.
        """
        strike = Strike(attempt.operation)
        self._is_judging = True
        try:
            for number in self.ledger.active:
                rule = self.ledger.rules[number]
                if self._count(rule, attempt) and rule.is_due(self._chance_of(rule)):
                    strike.join(rule)
        finally:
            self._is_judging = False
        return strike

    def is_active(self, rule: RuleRecord) -> bool:
        """Whether a rule can still strike."""
        return rule.number in self.ledger.active and not rule.is_spent(self._clock.now)

    def _add(self, fault: Fault, seed: int | None, place: int | None) -> FaultRule:
        if not isinstance(fault, Fault):
            raise UsageTypeError(f"faults.add() takes a Fault, as knock_fake.faults makes them, not {fault!r}")
        check_possible(fault, _targets_of(fault.targets, self._names))
        self._clock.catch_up()  # one that follows real time may not have been asked for a while
        starts, ends = read_window(fault, self._clock.now)
        number = self.ledger.last = self.ledger.last + 1
        draw = Draw(seed, number if place is None else place)
        self.ledger.rules[number] = RuleRecord(number, fault, starts, ends, draw)
        self.ledger.active = (*self.ledger.active, number)
        return self._handle(number)

    def _begin(self, storm: Storm) -> RunningStorm:
        for fault in storm.faults:
            check_possible(fault, _targets_of(fault.targets, self._names))
            read_window(fault, self._clock.now)
        rules = [self._add(fault, storm.seed, place) for place, fault in enumerate(storm.faults)]
        self.ledger.storms += 1
        self.ledger.told = (*self.ledger.told, storm.code)[-STORMS_TOLD:]
        return RunningStorm(tuple(rules), storm.code)

    def _handle(self, number: int) -> FaultRule:
        return FaultRule(self, self.ledger.rules[number])

    def _count(self, rule: RuleRecord, attempt: Attempt) -> bool:
        fault = rule.fault
        is_for = can_strike(fault, attempt.declaration) and rule.is_in_force(attempt.at)
        if not is_for or not any(target.matches(attempt) for target in _targets_of(fault.targets, self._names)):
            return False
        rule.reached += 1
        matches = holds(fault, attempt)
        rule.matched += matches
        return matches

    def _chance_of(self, rule: RuleRecord) -> Identifiers:
        seed = rule.draw.seed
        return self._chance if seed is None else _seeded(seed)


@lru_cache(maxsize=256)
def _targets_of(targets: tuple[str, ...], names: OperationNames) -> tuple[Target, ...]:
    return tuple(read_target(text, names) for text in targets)


@lru_cache(maxsize=256)
def _seeded(seed: int) -> Identifiers:
    return Identifiers(seed)

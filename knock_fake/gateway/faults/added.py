"""What holds a fault, or a storm, after it was added to a world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from knock_fake.gateway.faults.fault import Fault
    from knock_fake.gateway.faults.registry import Faults
    from knock_fake.gateway.faults.rule import RuleRecord


class FaultRule:
    """A fault that a world has. As a context manager it is taken away when the block is left.

    What it counted can be asked for afterwards, too.
    """

    __slots__ = ("_faults", "_last_seen", "number")

    def __init__(self, faults: Faults, record: RuleRecord) -> None:
        self._faults = faults
        self._last_seen = record
        self.number = record.number

    @property
    def _record(self) -> RuleRecord:
        # The world may have been put back to what it was: then its ledger has another record of this rule.
        self._last_seen = self._faults.ledger.rules.get(self.number, self._last_seen)
        return self._last_seen

    @property
    def fault(self) -> Fault:
        """What it does and when."""
        return self._record.fault

    @property
    def matched(self) -> int:
        """How many calls matched it, struck or not."""
        return self._record.matched

    @property
    def hits(self) -> int:
        """How many calls it struck."""
        return self._record.hits

    @property
    def is_active(self) -> bool:
        """Whether it can still strike: it was not taken away, has strikes left and its time is not over."""
        return self._faults.is_active(self._record)

    def remove(self) -> None:
        """Take it away; one that is taken away already stays so."""
        self._faults.remove(self)

    def assert_hit(self, times: int | None = None) -> None:
        """Make sure that it struck at all, or exactly so many calls.

        Raises:
            AssertionError: it did not; the message says how far it came.
        """
        record = self._record
        if record.hits == times or (times is None and record.hits):
            return
        asked = "at all" if times is None else f"{times} times"
        raise AssertionError(f"{self} was expected to strike {asked}; {_progress(record)}")

    def __str__(self) -> str:
        return str(self._record)

    def __repr__(self) -> str:
        return f"<FaultRule {self}, hits: {self.hits}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()


class RunningStorm:
    """A storm that a world is in. As a context manager it is over when the block is left."""

    __slots__ = ("code", "rules")

    def __init__(self, rules: tuple[FaultRule, ...], code: str) -> None:
        self.rules = rules
        self.code = code

    @property
    def hits(self) -> int:
        """How often its faults struck; a call that was delayed and then failed counts twice."""
        return sum(rule.hits for rule in self.rules)

    def remove(self) -> None:
        """End it."""
        for rule in self.rules:
            rule.remove()

    def __str__(self) -> str:
        return "\n".join([self.code or "a storm", *(f"  {rule}" for rule in self.rules)])

    def __repr__(self) -> str:
        return f"<RunningStorm {self.code}, hits: {self.hits}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()


def _progress(record: RuleRecord) -> str:
    """Say how far the calls came that a rule is for."""
    reached = f"{record.reached} calls reached it" if record.reached != 1 else "1 call reached it"
    return f"{reached}, {record.matched} matched, {record.hits} struck"

"""A fault: which calls it strikes, when, and what it does to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypedDict, Unpack

from knock_fake.durations import show_duration
from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.gateway.faults.effects import ErrorAnswer, GarbledAnswer, Latency, NetworkFailure, represent
from knock_fake.gateway.faults.fault_fields import READERS
from knock_fake.gateway.faults.fault_json import read_fault, show_fault
from knock_fake.gateway.faults.targets import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from knock_fake.gateway.faults.attempt import Attempt
    from knock_fake.gateway.faults.effects import Effect
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.references import Reference

BodyTest: TypeAlias = "JsonObject | Callable[[Json], bool]"
"""What the body has to hold, or a function that is given it and says whether it matches."""


class Occasion(TypedDict, total=False):
    """When a fault strikes, among the calls that it is for. Everything that is given has to hold.

    Attributes:
        name: what the journal and reports call it.
        api_key: the call came with this key.
        recipient: the call names this user (an id) or object (``{"collection": ..., "id": ...}``), in its path or among
            its recipients.
        workflow: the call names this workflow.
        body: the decoded body holds this (objects may hold more, lists have to be equal), or a function says so.
        when: a function is given the :class:`~knock_fake.gateway.faults.attempt.Attempt` and says so. The call has not
            been processed by then.
        times: it strikes so often at most.
        nth: it strikes the n-th matching call only, or those listed; the first is 1.
        after: so many matching calls pass before it begins.
        since, until: it strikes from one instant on, before another; instants of the world's clock.
        lasting: it ends so long after ``since``, or after it was added; text such as ``"5m"`` or a timedelta.
        probability: the share of matching calls that it strikes, more than 0 up to 1; which ones comes from the seed.
    """

    name: str
    api_key: str | None
    recipient: str | Mapping[str, str] | Reference | None
    workflow: str | None
    body: BodyTest | None
    when: Callable[[Attempt], bool] | None
    times: int | None
    nth: int | Sequence[int]
    after: int
    since: datetime | str | None
    until: datetime | str | None
    lasting: timedelta | str | None
    probability: float


@dataclass(frozen=True, slots=True, init=False)
class Fault:
    """A scripted failure. The functions of :mod:`knock_fake.faults` make one with fewer words.

    Args:
        effect: what happens to the calls that it strikes.
        targets: which calls it is for, one or several; see :func:`~knock_fake.gateway.faults.targets.read_target`.
        occasion: when it strikes, see :class:`Occasion`.

    Raises:
        UsageError: it can never strike, or an argument has an impossible value. UsageTypeError: one is of another type.
    """

    effect: Effect
    targets: tuple[str, ...]
    name: str
    api_key: str | None
    recipient: Reference | None
    workflow: str | None
    body: BodyTest | None
    when: Callable[[Attempt], bool] | None
    times: int | None
    nth: tuple[int, ...]
    after: int
    since: datetime | None
    until: datetime | None
    lasting: timedelta | None
    probability: float

    def __init__(self, effect: Effect, targets: str | Sequence[str] = EVERYTHING, **occasion: Unpack[Occasion]) -> None:
        if not isinstance(effect, ErrorAnswer | Latency | NetworkFailure | GarbledAnswer):
            raise UsageTypeError(f"a fault's effect is one of those in knock_fake.faults, not {effect!r}")
        given: dict[str, object] = {"targets": targets, **occasion}
        for name in given:
            if name not in READERS:
                raise UsageTypeError(f"a fault has no {name!r}; {nearest(name, [*READERS])}")
        object.__setattr__(self, "effect", effect)
        for name, (default, read) in READERS.items():
            object.__setattr__(self, name, read(given[name], name) if name in given else default)
        self._check_counts()
        self._check_window()

    def _check_counts(self) -> None:
        if self.nth and (self.times is not None or self.after):
            raise UsageError("nth says exactly which calls are struck: leave out times and after")

    def _check_window(self) -> None:
        if self.until is not None and self.lasting is not None:
            raise UsageError("until and lasting both say when the fault ends: give one of them")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise UsageError(
                f"the fault would end at {self.until} before it begins at {self.since}: swap since and until"
            )

    @classmethod
    def from_json(cls, document: object) -> Fault:
        """Read a fault from JSON, as ``schemas/faults.json`` describes it.

        Raises:
            UsageError, UsageTypeError: it does not fit, or could never strike; the message names every offending field.
        """
        effect, occasion = read_fault(document)
        make: Callable[..., Fault] = cls
        return make(effect, **occasion)

    def to_json(self) -> JsonObject:
        """Return it as JSON, without what it has by default.

        Raises:
            UsageError: it judges calls by a function, which JSON cannot hold.
        """
        return show_fault(self)

    @property
    def is_data(self) -> bool:
        """Whether it is made of data alone, without functions, and so can be written as JSON."""
        return not callable(self.body) and self.when is None

    def __repr__(self) -> str:
        return represent(self, {"effect": None} | {name: default for name, (default, _) in READERS.items()})

    def __str__(self) -> str:
        where = "every call" if self.targets == (EVERYTHING,) else ", ".join(self.targets)
        when = "".join(f", {text}" for text in self._occasion())
        return f"{self.name or self.effect} on {where}{when}"

    def _occasion(self) -> list[str]:
        shown = {
            "api_key": self.api_key,
            "recipient": self.recipient,
            "workflow": self.workflow,
            "times": self.times,
            "nth": ", ".join(map(str, self.nth)) or None,
            "after": self.after or None,
            "since": self.since,
            "until": self.until,
            "lasting": self.lasting and show_duration(self.lasting),
            "probability": None if self.probability == 1 else self.probability,
        }
        return [f"{name} {value}" for name, value in shown.items() if value is not None]

"""Storms: mixes of faults drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias, Unpack, get_args

from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.gateway.faults.effects import ErrorAnswer, GarbledAnswer, Latency, NetworkFailure
from knock_fake.gateway.faults.fault import Fault, Occasion
from knock_fake.gateway.faults.fault_fields import read_probability
from knock_fake.gateway.faults.targets import EVERYTHING
from knock_fake.identifiers import Identifiers
from knock_fake.json_types import is_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from knock_fake.gateway.faults.effects import Effect

Kind: TypeAlias = Literal["errors", "rate_limits", "delays", "timeouts", "drops", "lost_answers", "garbled"]
"""Kinds of faults that a storm is made of."""

KINDS: tuple[Kind, ...] = get_args(Kind)

USUAL: tuple[Kind, ...] = KINDS[:-1]
"""All but spoilt answers, which no SDK recovers from."""

# SDKs obey it in real time: whoever tests under a storm does not want to wait for it.
_SOON = timedelta(milliseconds=1)

EFFECTS: Mapping[Kind, tuple[Effect, ...]] = {
    "errors": tuple(ErrorAnswer(status, retry_after=_SOON) for status in (500, 502, 503, 504)),
    "rate_limits": (ErrorAnswer(429, retry_after=_SOON), ErrorAnswer(429)),
    "delays": tuple(Latency(timedelta(seconds=seconds)) for seconds in (0.1, 1, 30, 90)),
    "timeouts": (NetworkFailure("read_timeout"), NetworkFailure("connect_timeout")),
    "drops": tuple(NetworkFailure(failure) for failure in ("connection_refused", "connection_reset", "disconnected")),
    "lost_answers": tuple(
        NetworkFailure(failure, processed=True)
        for failure in ("read_timeout", "connection_reset", "disconnected", "incomplete_body")
    ),
    "garbled": tuple(GarbledAnswer(how) for how in ("truncated", "malformed", "html", "content_type", "empty")),
}
"""What a storm can bring of each kind."""


@dataclass(frozen=True, slots=True)
class Storm:
    """A mix of faults.

    Attributes:
        faults: the faults; of those that are due for one call the first strikes, delays apart.
        seed: where their chance comes from; ``None`` for the world's seed.
        code: the call that makes the same storm again; empty where there is none.
    """

    faults: tuple[Fault, ...]
    seed: int | None = None
    code: str = ""

    def __post_init__(self) -> None:
        if not self.faults or not all(isinstance(one, Fault) for one in self.faults):
            raise UsageTypeError(f"a storm is made of faults, at least one, not of {self.faults!r}")


def make_storm(
    seed: int,
    *,
    targets: str | Sequence[str] = EVERYTHING,
    rate: float = 0.3,
    kinds: Sequence[Kind] = USUAL,
    **occasion: Unpack[Occasion],
) -> Storm:
    """Return a storm: the same for the same arguments.

    Each kind becomes one fault; which of its effects, how large its share of the rate is and which fault comes first is
    drawn from the seed.

    Args:
        seed: what everything is drawn from, when faults strike too.
        targets: the calls it is for.
        rate: the share of those calls that something happens to, more than 0 up to 1.
        kinds: what it is made of; see :data:`KINDS`.
        occasion: when it strikes, but for ``name`` and ``probability``. ``times``, ``nth`` and ``after`` hold for
            each of its faults.

    Raises:
        UsageError, UsageTypeError: an argument cannot be taken.
    """
    if not is_whole(seed):
        raise UsageTypeError(f"storm(): the seed must be an integer, not {seed!r}")
    if "probability" in occasion or "name" in occasion:
        raise UsageError("storm(): rate says how probable it is, and its faults have their own names")
    read_probability(rate, "storm(): rate")
    chosen = _in_drawn_order(read_kinds(kinds), Identifiers(seed))
    faults = tuple(
        Fault(effect, targets, **(occasion | {"probability": probability}))
        for effect, probability in zip(*_effects_and_shares(chosen, rate, Identifiers(seed)), strict=True)
    )
    return Storm(faults, seed, _code(seed, targets, rate, kinds, occasion))


def read_kinds(kinds: Sequence[Kind]) -> tuple[Kind, ...]:
    """Read which kinds of faults are asked for: at least one, each of them once.

    Raises:
        UsageError: there is no such kind. UsageTypeError: it is no list of them.
    """
    if not kinds or isinstance(kinds, str):
        raise UsageTypeError(f"kinds must be a list of some of {', '.join(KINDS)}, not {kinds!r}")
    for kind in kinds:
        if kind not in KINDS:
            raise UsageError(f"kinds: there is no {kind!r}; {nearest(str(kind), KINDS)}")
    return tuple(dict.fromkeys(kinds))


def _in_drawn_order(kinds: tuple[Kind, ...], chance: Identifiers) -> list[Kind]:
    return sorted(kinds, key=lambda kind: chance.fraction(KINDS.index(kind), b"storm order"))


def _effects_and_shares(kinds: Sequence[Kind], rate: float, chance: Identifiers) -> tuple[list[Effect], list[float]]:
    """Draw an effect of each kind, and the probability by which it strikes what those before it have let pass."""
    effects, shares = [], []
    weights = [0.25 + chance.fraction(KINDS.index(kind), b"storm weight") for kind in kinds]
    left = 1.0
    for kind, weight in zip(kinds, weights, strict=True):
        variants = EFFECTS[kind]
        effects.append(variants[int(chance.fraction(KINDS.index(kind), b"storm effect") * len(variants))])
        share = rate * weight / sum(weights)
        shares.append(min(1.0, float(f"{share / left:.4g}")))  # as short as it can be read in a report
        left -= share
    return effects, shares


def _code(
    seed: int, targets: str | Sequence[str], rate: float, kinds: Sequence[Kind], occasion: Mapping[str, object]
) -> str:
    given = {"targets": targets, "rate": rate, "kinds": kinds}
    usual = {"targets": EVERYTHING, "rate": 0.3, "kinds": USUAL}
    told = {name: value for name, value in given.items() if value != usual[name]} | dict(occasion)
    return ", ".join([f"storm({seed}", *(f"{name}={value!r}" for name, value in told.items())]) + ")"

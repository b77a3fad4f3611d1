"""Timing two things in turns, so that what else the machine does touches both."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Comparison:
    """Medians in seconds a call, and the median of the rounds' ratios."""

    ours: float
    other: float
    ratio: float


def seconds_per_call(action: Callable[[], object], calls: int) -> float:
    """Return the mean duration of ``calls`` calls in seconds."""
    start = perf_counter()
    for _ in range(calls):
        action()
    return (perf_counter() - start) / calls


def compare(ours: Callable[[], object], other: Callable[[], object], *, calls: int) -> Comparison:
    """Time two actions in interleaved rounds, the garbage collector off within a round."""
    ours()
    other()
    rounds = []
    for _ in range(ROUNDS):
        gc.collect()
        gc.disable()
        rounds.append((seconds_per_call(ours, calls), seconds_per_call(other, calls)))
        gc.enable()
    return Comparison(
        median(mine for mine, _ in rounds),
        median(its for _, its in rounds),
        median(mine / its for mine, its in rounds),
    )

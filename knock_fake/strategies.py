"""Strategies of hypothesis: failures to test code under, which shrink to the few that matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import MissingDependencyError, UsageError
from knock_fake.gateway.faults.fault import Fault
from knock_fake.gateway.faults.storms import EFFECTS, USUAL, Kind, Storm, read_kinds
from knock_fake.gateway.faults.targets import EVERYTHING

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise MissingDependencyError(
        "knock_fake.strategies needs the package hypothesis, which is not installed: pip install hypothesis"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["faults", "storms"]


def faults(
    targets: str | Sequence[str] = EVERYTHING, *, kinds: Sequence[Kind] = USUAL, max_calls: int = 10
) -> st.SearchStrategy[Fault]:
    """Return a strategy of faults, each of which strikes certain ones among the first calls.

    Args:
        targets: the calls they are for.
        kinds: ``errors``, ``rate_limits``, ``delays``, ``timeouts``, ``drops``, ``lost_answers``, ``garbled``; simpler
            examples have the earlier ones of this list.
        max_calls: the last call, counted from 1, that may be struck.

    Raises:
        UsageError, UsageTypeError: an argument cannot be taken.
    """
    if max_calls < 1:
        raise UsageError(f"max_calls must be 1 or more, not {max_calls!r}: no call could be struck")
    effects = st.sampled_from([effect for kind in read_kinds(kinds) for effect in EFFECTS[kind]])
    struck = st.lists(st.integers(1, max_calls), min_size=1, max_size=max_calls, unique=True)
    return st.builds(lambda effect, nth: Fault(effect, targets, nth=nth), effects, struck)


def storms(
    targets: str | Sequence[str] = EVERYTHING,
    *,
    kinds: Sequence[Kind] = USUAL,
    max_faults: int = 4,
    max_calls: int = 10,
) -> st.SearchStrategy[Storm]:
    """Return a strategy of storms, for ``knock.faults.storm(...)``: up to ``max_faults`` faults; see :func:`faults`.

    Raises:
        UsageError, UsageTypeError: an argument cannot be taken.
    """
    if max_faults < 1:
        raise UsageError(f"max_faults must be 1 or more, not {max_faults!r}: a storm is made of faults")
    one = faults(targets, kinds=kinds, max_calls=max_calls)
    return st.lists(one, min_size=1, max_size=max_faults).map(lambda found: Storm(tuple(found)))

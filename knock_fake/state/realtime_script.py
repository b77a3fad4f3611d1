"""What is to go wrong on websockets: connections and joins that are refused, events that are late or lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from knock_fake.wildcards import wild

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Refusal:
    """Joins that are refused with a reason: so many of them, or all for ``None``. ``topic`` may have ``*`` in it."""

    topic: str
    reason: str
    left: int | None


@dataclass(frozen=True, slots=True)
class Disturbance:
    """Events that arrive this much later, or with ``None`` never: so many of them, or all for ``None``."""

    topic: str
    delay: timedelta | None
    left: int | None


_Rule = TypeVar("_Rule", Refusal, Disturbance)


class RealtimeScript:
    """The failures of a world's websockets that somebody asked for, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._refused_connections: int | None = 0
        self._refusals: list[Refusal] = []
        self._disturbances: list[Disturbance] = []
        self._lost: dict[str, int] = {}

    def refuse_connections(self, times: int | None) -> None:
        """Refuse so many of the next connections, all of them for ``None``."""
        self._refused_connections = times

    def refuse(self, refusal: Refusal) -> None:
        """Refuse joins."""
        self._refusals.append(refusal)

    def disturb(self, disturbance: Disturbance) -> None:
        """Let events be late, or lost."""
        self._disturbances.append(disturbance)

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self._refused_connections = 0
        self._refusals.clear()
        self._disturbances.clear()

    def takes_connection(self) -> bool:
        """Whether a connection that is made now is taken; one that is refused counts."""
        if self._refused_connections == 0:
            return True
        if self._refused_connections is not None:
            self._refused_connections -= 1
        return False

    def refusal_of(self, topic: str) -> Refusal | None:
        """Return what refuses a join that is asked for now, which it then has done once more."""
        return _take(self._refusals, topic)

    def disturbance_of(self, topic: str) -> Disturbance | None:
        """Return what befalls an event that is pushed now, which it then has done once more."""
        found = _take(self._disturbances, topic)
        if found is not None and found.delay is None:
            self._lost[topic] = self.lost(topic) + 1
        return found

    def lost(self, topic: str) -> int:
        """Return how many events of a topic have got lost."""
        return self._lost.get(topic, 0)

    @property
    def refused_connections(self) -> int | None:
        """How many of the next connections are refused, ``None`` for all."""
        return self._refused_connections

    @property
    def rules(self) -> Sequence[Refusal | Disturbance]:
        """What befalls joins and events, the refusals first."""
        return [*self._refusals, *self._disturbances]


def _take(rules: list[_Rule], topic: str) -> _Rule | None:
    place = _first_for(rules, topic)
    if place is None:
        return None
    rule = rules[place]
    if rule.left is not None:
        rules[place : place + 1] = [replace(rule, left=rule.left - 1)] if rule.left > 1 else []
    return rule


def _first_for(rules: Sequence[Refusal | Disturbance], topic: str) -> int | None:
    return next((place for place, rule in enumerate(rules) if _names(rule.topic, topic)), None)


def _names(pattern: str, topic: str) -> bool:
    return wild(pattern).fullmatch(topic) is not None

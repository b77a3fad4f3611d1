"""Throttles: windows in which a step lets only so many runs of one recipient pass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from knock_fake.state.references import Reference


@dataclass(frozen=True, slots=True)
class ThrottleIdentity:
    """What runs have in common that are counted together, in all versions of a workflow.

    ``key`` is the value of the step's throttle key as JSON, empty without one.
    """

    workflow: str
    step_ref: str
    recipient: Reference
    key: str


@dataclass(slots=True)
class Throttle:
    """One window from its opening until before ``closes_at``, and how many runs have passed in it."""

    identity: ThrottleIdentity
    opened_at: datetime
    closes_at: datetime
    passed: int = 0


class ThrottleStore:
    """The latest window of every identity. That one is over shows when it is looked up; nothing happens by itself."""

    def __init__(self) -> None:
        self._of_recipient: dict[Reference, dict[ThrottleIdentity, Throttle]] = {}

    def __iter__(self) -> Iterator[Throttle]:
        return iter([throttle for found in self._of_recipient.values() for throttle in found.values()])

    def find(self, identity: ThrottleIdentity, now: datetime) -> Throttle | None:
        """Return the window that is open now."""
        throttle = self._of_recipient.get(identity.recipient, {}).get(identity)
        return throttle if throttle is not None and now < throttle.closes_at else None

    def open(self, identity: ThrottleIdentity, now: datetime, closes_at: datetime) -> Throttle:
        """Open a window; one that is over makes room for it."""
        throttle = Throttle(identity, now, closes_at)
        self._of_recipient.setdefault(identity.recipient, {})[identity] = throttle
        return throttle

    def let_pass(self, throttle: Throttle) -> None:
        """Count a run that passes."""
        throttle.passed += 1

    def adopt_missing(self, target: Reference, source: Reference, now: datetime) -> None:
        """Give ``target`` the open windows of ``source`` where it has none open, as merging users does."""
        for throttle in [*self._of_recipient.get(source, {}).values()]:
            identity = replace(throttle.identity, recipient=target)
            if now < throttle.closes_at and self.find(identity, now) is None:
                self._of_recipient.setdefault(target, {})[identity] = replace(throttle, identity=identity)

    def delete_of(self, recipient: Reference) -> None:
        """Forget the windows of a recipient."""
        self._of_recipient.pop(recipient, None)

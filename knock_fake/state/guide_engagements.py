"""What users have done with guides: which message stands for a step, and when a group last had its turn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from knock_fake.signals import GuideEngaged

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from knock_fake.clock import VirtualClock
    from knock_fake.signals import Signals
    from knock_fake.state.references import Reference

GuideKey: TypeAlias = "tuple[str, str | None]"
"""Key of a guide, and the tenant that a user engages with it for: each tenant has an engagement of its own."""


@dataclass(slots=True)
class GuideEngagement:
    """What one user has done with one guide.

    ``message_ids`` has the message of each step that was ever marked; ``is_over`` says that the guide was archived as
    a whole.
    """

    message_ids: dict[str, str] = field(default_factory=dict)
    is_over: bool = False


class GuideEngagementStore:
    """The engagements of every user, and when an archived guide last opened a group's throttle window."""

    def __init__(self, clock: VirtualClock, signals: Signals) -> None:
        self._clock = clock
        self._signals = signals
        self._by_user: dict[Reference, dict[GuideKey, GuideEngagement]] = {}
        self._displays: dict[Reference, dict[str, datetime]] = {}

    def of(self, user: Reference, guide: GuideKey) -> GuideEngagement | None:
        """Return what a user has done with a guide, ``None`` for nothing yet."""
        return self._by_user.get(user, {}).get(guide)

    def _of(self, user: Reference, guide: GuideKey) -> GuideEngagement:
        return self._by_user.setdefault(user, {}).setdefault(guide, GuideEngagement())

    def begin(self, user: Reference, guide: GuideKey, step_ref: str, message_id: str) -> None:
        """Remember the message of a step that is marked for the first time."""
        self._of(user, guide).message_ids[step_ref] = message_id

    def set_over(self, user: Reference, guide: GuideKey, *, is_over: bool) -> None:
        """Say whether a guide that the user has engaged with is archived as a whole."""
        self._of(user, guide).is_over = is_over
        self._tell(user, guide)

    def reset(self, user: Reference, guide: GuideKey) -> None:
        """Forget what a user has done with a guide; the messages stay where they are."""
        self._by_user.get(user, {}).pop(guide, None)
        self._tell(user, guide)

    def _tell(self, user: Reference, guide: GuideKey) -> None:
        key, tenant = guide
        self._signals.send(GuideEngaged(self._clock.now, user.id, key, tenant))

    def displays(self, user: Reference) -> Mapping[str, datetime]:
        """Return when the throttle window of each group last opened for a user."""
        return self._displays.get(user, {})

    def display(self, user: Reference, group: str, at: datetime) -> None:
        """Open a group's throttle window."""
        self._displays.setdefault(user, {})[group] = at

    def adopt_missing(self, target: Reference, source: Reference) -> None:
        """Give ``target`` the engagements of ``source`` that it lacks, and the later opening of each window."""
        for guide, engagement in self._by_user.get(source, {}).items():
            self._by_user.setdefault(target, {}).setdefault(guide, engagement)
        for group, at in self.displays(source).items():
            self.display(target, group, max(at, self.displays(target).get(group, at)))

    def delete_of(self, reference: Reference) -> None:
        """Forget everything that a user has done with guides."""
        self._by_user.pop(reference, None)
        self._displays.pop(reference, None)

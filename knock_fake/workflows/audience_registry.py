"""What ``knock.audiences`` is: add audiences, look them up, ask who is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.state.references import named_recipient
from knock_fake.workflows.audience_members import is_member, members_of
from knock_fake.workflows.condition_checks import read_conditions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from knock_fake.clock import VirtualClock
    from knock_fake.json_types import JsonObject
    from knock_fake.state import State
    from knock_fake.state.audiences import Audience, AudienceMember


class AudienceRegistry:
    """The audiences of a world, static and dynamic ones."""

    def __init__(self, clock: VirtualClock, state: State) -> None:
        self._clock = clock
        self._state = state
        self._audiences = state.audiences

    def add(
        self,
        key: str,
        *,
        name: str | None = None,
        triggers: Sequence[str] = (),
        conditions: JsonObject | None = None,
    ) -> Audience:
        """Add an audience.

        Args:
            key: what the API and conditions name it by.
            name: the display name; the key when left out.
            triggers: keys of workflows that run for each user who enters, with the member's tenant as theirs. They
                run neither for who leaves nor for who is a member already, and may be added after the audience.
            conditions: who is a member of a dynamic audience, by ``recipient.``: see :mod:`knock_fake.conditions`.
                Members enter and leave when they are updated; that time alone makes a condition true is not noticed
                before (our choice). A static audience has none: its members come through Knock's API.

        Raises:
            UsageError: the key is empty or taken, or the conditions cannot be evaluated.
            UsageTypeError: an argument is of another type.
        """
        return self._audiences.add(
            key, name=name, triggers=triggers, conditions=read_conditions(conditions, f"audience {key!r}: conditions")
        )

    def get(self, key: str) -> Audience | None:
        """Return the audience with this key."""
        return self._audiences.get(key)

    def keys(self) -> list[str]:
        """Return the keys in order of addition."""
        return self._audiences.keys()

    def members(self, key: str) -> Sequence[AudienceMember]:
        """Return the members of an audience, those of a static one in order of entry; of an unknown one none."""
        audience = self._audiences.get(key)
        return () if audience is None else members_of(self._state, self._clock.now, audience)

    def is_member(self, key: str, user: str, tenant: str | None = None) -> bool:
        """Whether the user with this id is in an audience, for this tenant or, with ``None``, for none."""
        return is_member(self._state, self._clock.now, key, named_recipient(user, "audiences.is_member"), tenant)

    def __contains__(self, key: object) -> bool:
        return key in self._audiences

    def __iter__(self) -> Iterator[Audience]:
        return iter(self._audiences)

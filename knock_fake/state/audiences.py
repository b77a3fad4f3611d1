"""Audiences: static ones, sets of users, each in it by itself or for one tenant, and the rules of dynamic ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.signals import AudienceChanged, AudienceDefined, RecipientUpdated
from knock_fake.state.index import Index

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from knock_fake.clock import VirtualClock
    from knock_fake.identifiers import Identifiers
    from knock_fake.json_types import Json
    from knock_fake.signals import Signals
    from knock_fake.state.references import Reference


@dataclass(frozen=True, slots=True)
class Audience:
    """One audience; ``triggers`` are the keys of the workflows that run for whoever enters it.

    A dynamic one has ``conditions``: whoever they fit is in it.
    """

    key: str
    name: str
    triggers: tuple[str, ...] = ()
    conditions: Json = None


@dataclass(frozen=True, slots=True)
class AudienceMember:
    """One membership: a user, for a tenant or for none."""

    sequence: int
    audience: str
    user: Reference
    tenant: str | None
    added_at: datetime


class AudienceStore:
    """All audiences of a world, the members of static ones, and who fits dynamic ones."""

    def __init__(self, clock: VirtualClock, identifiers: Identifiers, signals: Signals) -> None:
        self._clock = clock
        self._identifiers = identifiers
        self._signals = signals
        self._by_key: dict[str, Audience] = {}
        self._members: Index[str, AudienceMember] = Index()
        self._by_user: dict[Reference, dict[tuple[str, str | None], AudienceMember]] = {}
        self._fitting: dict[str, set[Reference]] = {}

    def add(
        self, key: str, *, name: str | None = None, triggers: Sequence[str] = (), conditions: Json = None
    ) -> Audience:
        """Add an audience without members; conditions, which make it a dynamic one, have been checked.

        Raises:
            UsageError: the key is empty or taken. UsageTypeError: an argument is of another type.
        """
        self._check(key, name, triggers)
        audience = Audience(key, name or key, tuple(dict.fromkeys(triggers)), conditions)
        self._put(audience)
        return audience

    def define(self, key: str, name: str | None, conditions: Json = None) -> bool:
        """Add an audience, or change one; its members and triggers stay. Returns whether anything changed.

        Args:
            key: what the API and conditions name it by.
            name: the display name; the key when left out.
            conditions: those of a dynamic audience.
        """
        before = self._by_key.get(key)
        audience = Audience(key, name or key, before.triggers if before else (), conditions)
        if audience != before:
            self._put(audience)
        return audience != before

    def _put(self, audience: Audience) -> None:
        before = self._by_key.get(audience.key)
        self._by_key[audience.key] = audience
        if audience.conditions is None:
            self._fitting.pop(audience.key, None)
        elif before is None or before.conditions != audience.conditions:
            self._fitting[audience.key] = set()
            self._signals.send(AudienceDefined(self._clock.now, audience.key))

    def dynamic(self) -> Sequence[str]:
        """Return the keys of the dynamic audiences in order of addition."""
        return [*self._fitting]

    def know_fitting(self, key: str, users: Iterable[Reference]) -> None:
        """Note who fits a dynamic audience already; nobody enters it or leaves it by that."""
        self._fitting[key] = set(users)

    def fit(self, key: str, user: Reference, *, fits: bool) -> None:
        """Note whether a user fits a dynamic audience by now: who did not before enters it, who did leaves it."""
        fitting = self._fitting[key]
        if fits is (user in fitting):
            return
        (fitting.add if fits else fitting.discard)(user)
        self._signals.send(AudienceChanged(self._clock.now, key, user.id, None, "enter" if fits else "exit"))

    def _check(self, key: object, name: object, triggers: object) -> None:
        if not isinstance(key, str) or not isinstance(name, str | None):
            raise UsageTypeError("audiences.add: key and name must be texts")
        if not isinstance(triggers, list | tuple) or not all(isinstance(one, str) for one in triggers):
            raise UsageTypeError(f"audience {key!r}: triggers must be a list of workflow keys, not {triggers!r}")
        if not key or key in self._by_key:
            raise UsageError(f"audience key {key!r} is {'taken: choose another' if key else 'empty'}")

    def get(self, key: str) -> Audience | None:
        """Return the audience with this key."""
        return self._by_key.get(key)

    def keys(self) -> list[str]:
        """Return the keys in order of addition."""
        return list(self._by_key)

    def suggest(self, key: str) -> str:
        """Return what a misspelt key may have meant."""
        return nearest(key, self.keys())

    def __contains__(self, key: object) -> bool:
        return key in self._by_key

    def __iter__(self) -> Iterator[Audience]:
        return iter(self._by_key.values())

    def members(self, key: str) -> Sequence[AudienceMember]:
        """Return an audience's members in order of entry; of an unknown one there are none."""
        return self._members.of(key)

    def is_member(self, key: str, user: Reference, tenant: str | None) -> bool:
        """Whether a user is in an audience, for this tenant or, with ``None``, for none."""
        return (key, tenant) in self._by_user.get(user, ())

    def enter(self, key: str, user: Reference, tenant: str | None) -> bool:
        """Make a user a member. Returns whether it was none before."""
        if self.is_member(key, user, tenant):
            return False
        member = AudienceMember(self._identifiers.next_sequence(), key, user, tenant, self._clock.now)
        self._members.append(key, member)
        self._by_user.setdefault(user, {})[key, tenant] = member
        self._signals.send(AudienceChanged(member.added_at, key, user.id, tenant, "enter"))
        return True

    def leave(self, key: str, user: Reference, tenant: str | None) -> bool:
        """End a membership. Returns whether there was one."""
        member = self._by_user.get(user, {}).pop((key, tenant), None)
        if member is None:
            return False
        self._members.remove(key, member)
        self._signals.send(AudienceChanged(self._clock.now, key, user.id, tenant, "exit"))
        return True

    def move(self, source: Reference, target: Reference) -> None:
        """Give ``target`` the memberships of ``source`` that it lacks, each in its place; nobody enters by that."""
        moved = [member for member in self._by_user.get(source, {}).values() if not self._has_one_like(member, target)]
        for member in moved:
            del self._by_user[source][member.audience, member.tenant]
            self._members.remove(member.audience, member)
            own = replace(member, user=target)
            self._members.insert(own.audience, own)
            self._by_user.setdefault(target, {})[own.audience, own.tenant] = own
        if moved:
            self._signals.send(RecipientUpdated(self._clock.now, *target))

    def _has_one_like(self, member: AudienceMember, user: Reference) -> bool:
        return self.is_member(member.audience, user, member.tenant)

    def delete_of(self, reference: Reference) -> None:
        """End every membership of a user."""
        for fitting in self._fitting.values():
            fitting.discard(reference)
        for member in self._by_user.pop(reference, {}).values():
            self._members.remove(member.audience, member)

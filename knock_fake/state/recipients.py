"""Users, objects and tenants: one kind of record, told apart by its collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.signals import RecipientUpdated
from knock_fake.state.index import Index
from knock_fake.state.properties import merge_properties, merge_tenant_properties
from knock_fake.state.references import TENANTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from knock_fake.clock import VirtualClock
    from knock_fake.identifiers import Identifiers
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.signals import Signals
    from knock_fake.state.references import Reference


@dataclass(slots=True)
class Recipient:
    """A user, object or tenant as Knock remembers it.

    ``properties`` is never changed in place: every write makes a new dictionary, so that whoever holds the
    old one keeps what it saw. ``created_at`` is the caller's own text, Knock never sets it.
    """

    reference: Reference
    sequence: int
    properties: JsonObject
    created_at: str | None
    inserted_at: datetime
    updated_at: datetime

    def text(self, key: str) -> str | None:
        """Return a property that is a non-empty text, or ``None``."""
        value = self.properties.get(key)
        return value if isinstance(value, str) and value else None


class RecipientStore:
    """All recipients of a world, by reference and in order of creation per collection; tenants by name too."""

    def __init__(self, clock: VirtualClock, identifiers: Identifiers, signals: Signals) -> None:
        self._clock = clock
        self._identifiers = identifiers
        self._signals = signals
        self._by_reference: dict[Reference, Recipient] = {}
        self._by_collection: Index[str, Recipient] = Index()
        self._tenants_by_name: Index[str, Recipient] = Index()

    def get(self, reference: Reference) -> Recipient | None:
        """Return the recipient, or ``None`` when nobody identified it."""
        return self._by_reference.get(reference)

    def canonical(self, reference: Reference) -> Reference:
        """Return a reference as the store holds it, so that many records share one; of a stranger, as it is given."""
        known = self._by_reference.get(reference)
        return reference if known is None else known.reference

    def all(self) -> Sequence[Recipient]:
        """Return every recipient in order of creation."""
        return [*self._by_reference.values()]

    def in_collection(self, collection: str) -> Sequence[Recipient]:
        """Return the recipients of a collection in order of creation."""
        return self._by_collection.of(collection)

    def tenants_named(self, name: str) -> Sequence[Recipient]:
        """Return the tenants whose ``name`` is exactly this, in order of creation."""
        return self._tenants_by_name.of(name)

    def merged(self, reference: Reference, properties: JsonObject) -> JsonObject:
        """Return what the recipient's properties would be after an upsert."""
        existing = self._by_reference.get(reference)
        if reference.collection == TENANTS:
            return merge_tenant_properties({} if existing is None else existing.properties, properties)
        return properties if existing is None else merge_properties(existing.properties, properties)

    def upsert(self, reference: Reference, properties: JsonObject, created_at: Json = None) -> Recipient:
        """Create the recipient, or merge ``properties`` into the one that exists."""
        merged = self.merged(reference, properties)
        existing = self._by_reference.get(reference)
        before = None if existing is None else (existing.properties, existing.created_at)
        recipient = self._create(reference) if existing is None else existing
        if reference.collection == TENANTS:
            self._rename(recipient, merged.get("name"))
        recipient.properties = merged
        recipient.created_at = created_at if created_at and isinstance(created_at, str) else recipient.created_at
        recipient.updated_at = self._clock.now
        if (merged, recipient.created_at) != before:
            self._signals.send(RecipientUpdated(recipient.updated_at, *reference))
        return recipient

    def _create(self, reference: Reference) -> Recipient:
        now = self._clock.now
        recipient = Recipient(reference, self._identifiers.next_sequence(), {}, None, now, now)
        self._by_reference[reference] = recipient
        self._by_collection.append(reference.collection, recipient)
        return recipient

    def delete_of(self, reference: Reference) -> bool:
        """Forget the recipient. Returns whether there was one."""
        recipient = self._by_reference.pop(reference, None)
        if recipient is None:
            return False
        self._by_collection.remove(reference.collection, recipient)
        if reference.collection == TENANTS:
            self._rename(recipient, None)
        return True

    def _rename(self, tenant: Recipient, name: Json) -> None:
        """Move a tenant in the index of names, from the name that it has to the one that it gets."""
        before = tenant.properties.get("name")
        if before == name:
            return
        if isinstance(before, str):
            self._tenants_by_name.remove(before, tenant)
        if isinstance(name, str):
            self._tenants_by_name.insert(name, tenant)

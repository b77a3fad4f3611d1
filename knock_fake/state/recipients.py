"""Users, objects and tenants: one kind of record, told apart by its collection."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from knock_fake.clock import VirtualClock
    from knock_fake.identifiers import Identifiers
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.references import Reference

_by_sequence = attrgetter("sequence")


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


def merge_properties(existing: JsonObject, update: JsonObject) -> JsonObject:
    """Merge ``update`` over ``existing``, maps in depth, everything else (lists too) replaced.

    A key is never removed, only set to null (Knock's docs on identifying recipients). Neither argument changes.
    """
    merged = dict(existing)
    for key, value in update.items():
        before = merged.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            merged[key] = merge_properties(before, value)
        else:
            merged[key] = value
    return merged


class RecipientStore:
    """All recipients of a world, by reference and in order of creation per collection."""

    def __init__(self, clock: VirtualClock, identifiers: Identifiers) -> None:
        self._clock = clock
        self._identifiers = identifiers
        self._by_reference: dict[Reference, Recipient] = {}
        self._by_collection: dict[str, list[Recipient]] = {}

    def get(self, reference: Reference) -> Recipient | None:
        """Return the recipient, or ``None`` when nobody identified it."""
        return self._by_reference.get(reference)

    def in_collection(self, collection: str) -> Sequence[Recipient]:
        """Return the recipients of a collection in order of creation."""
        return self._by_collection.get(collection, ())

    def merged(self, reference: Reference, properties: JsonObject) -> JsonObject:
        """Return what the recipient's properties would be after an upsert."""
        existing = self._by_reference.get(reference)
        return properties if existing is None else merge_properties(existing.properties, properties)

    def upsert(self, reference: Reference, properties: JsonObject, created_at: Json = None) -> Recipient:
        """Create the recipient, or merge ``properties`` into the one that exists."""
        now = self._clock.now
        stamp = created_at if isinstance(created_at, str) else None
        existing = self._by_reference.get(reference)
        if existing is None:
            sequence = self._identifiers.next_sequence()
            recipient = Recipient(reference, sequence, properties, stamp, now, now)
            self._by_reference[reference] = recipient
            self._by_collection.setdefault(reference.collection, []).append(recipient)
            return recipient
        existing.properties = merge_properties(existing.properties, properties)
        existing.created_at = stamp or existing.created_at
        existing.updated_at = now
        return existing

    def delete_of(self, reference: Reference) -> bool:
        """Forget the recipient. Returns whether there was one."""
        recipient = self._by_reference.pop(reference, None)
        if recipient is None:
            return False
        siblings = self._by_collection[reference.collection]
        del siblings[bisect_left(siblings, recipient.sequence, key=_by_sequence)]
        return True

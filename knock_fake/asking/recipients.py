"""Users, objects and tenants, as a test asks about them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from knock_fake.asking.collection import Collection, Kind
from knock_fake.asking.plain import plain_attributes
from knock_fake.state.references import TENANTS, USERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state import State
    from knock_fake.state.recipients import Recipient


@dataclass(frozen=True, slots=True)
class KnownRecipient:
    """A user, an object or a tenant as it was when it was asked for.

    Attributes:
        id, collection: what names it; the collection of users is ``$users``, that of tenants ``$tenants``.
        properties: its properties by name, Knock's own and custom ones.
        preferences: the preference sets that it has, by id, without defaults.
        channel_data: its channel data by channel id.
        inserted_at, updated_at: when it was first and last written (UTC).
    """

    id: str
    collection: str
    properties: JsonObject
    preferences: Mapping[str, JsonObject]
    channel_data: Mapping[str, JsonObject]
    inserted_at: datetime
    updated_at: datetime

    @property
    def name(self) -> Json:
        """The property ``name``."""
        return self.properties.get("name")

    @property
    def email(self) -> Json:
        """The property ``email``."""
        return self.properties.get("email")

    @property
    def phone_number(self) -> Json:
        """The property ``phone_number``."""
        return self.properties.get("phone_number")

    def to_json(self) -> JsonObject:
        """Return it as plain data."""
        return plain_attributes(self, (field.name for field in fields(self)))


def _property(name: str) -> Callable[[Recipient], object]:
    return lambda recipient: recipient.properties.get(name)


def _kind(state: State, noun: str, records: Callable[[], Sequence[Recipient]]) -> Kind[Recipient, KnownRecipient]:
    def preferences(recipient: Recipient) -> Mapping[str, JsonObject]:
        return state.preferences.of(recipient.reference)

    def channel_data(recipient: Recipient) -> Mapping[str, JsonObject]:
        return state.channel_data.of(recipient.reference)

    def show(recipient: Recipient) -> KnownRecipient:
        return KnownRecipient(
            id=recipient.reference.id,
            collection=recipient.reference.collection,
            properties=recipient.properties,
            preferences={**preferences(recipient)},
            channel_data={**channel_data(recipient)},
            inserted_at=recipient.inserted_at,
            updated_at=recipient.updated_at,
        )

    def describe(recipient: Recipient) -> str:
        reference = recipient.reference
        return f"{noun} {reference.id if reference.collection == TENANTS else reference}"

    facts: dict[str, Callable[[Recipient], object]] = {
        "id": lambda recipient: recipient.reference.id,
        "collection": lambda recipient: recipient.reference.collection,
        "properties": lambda recipient: recipient.properties,
        "preferences": preferences,
        "channel_data": channel_data,
        **{name: _property(name) for name in ("name", "email", "phone_number", "locale", "timezone", "avatar")},
    }
    return Kind(noun, records, facts, show, describe)


def ask_users(state: State) -> Collection[Recipient, KnownRecipient]:
    """Return the users that were identified."""
    return Collection(_kind(state, "user", lambda: [*state.recipients.in_collection(USERS)]))


def ask_tenants(state: State) -> Collection[Recipient, KnownRecipient]:
    """Return the tenants that are known."""
    return Collection(_kind(state, "tenant", lambda: [*state.recipients.in_collection(TENANTS)]))


def ask_objects(state: State) -> Collection[Recipient, KnownRecipient]:
    """Return the objects of every collection, tenants left out."""

    def objects() -> list[Recipient]:
        return [one for one in state.recipients.all() if one.reference.collection not in (USERS, TENANTS)]

    return Collection(_kind(state, "object", objects))

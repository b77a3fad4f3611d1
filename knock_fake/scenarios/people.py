"""Whom Knock knows: users, objects, tenants, who is subscribed to what, and who is in which audience."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.json_types import as_list, as_object, as_text
from knock_fake.scenarios.laying import Laying, without
from knock_fake.state.references import user

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.scenarios.reading import Spot


def lay_people(laying: Laying) -> None:
    """Identify everybody, then put them together."""
    for spot, entry in laying.entries("tenants"):
        laying.call(spot, "tenants.set", {"id": str(entry["id"])}, _by_channel_id(laying, spot, without(entry, "id")))
    for spot, entry in laying.entries("users"):
        params = {"user_id": str(entry["id"])}
        laying.call(spot, "users.update", params, _by_channel_id(laying, spot, without(entry, "id")))
    for spot, entry in laying.entries("objects"):
        params = {"collection": str(entry["collection"]), "id": str(entry["id"])}
        body = _by_channel_id(laying, spot, without(entry, "id", "collection"))
        laying.call(spot, "objects.set", params, body)
    for spot, entry in laying.entries("subscriptions"):
        named = as_object(entry["object"])
        params = {"collection": str(named.get("collection")), "object_id": str(named.get("id"))}
        laying.call(spot, "objects.add_subscriptions", params, without(entry, "object"))
    for spot, entry in laying.entries("audiences"):
        with laying.reporting(spot):
            _lay_audience(laying, entry)


def _by_channel_id(laying: Laying, spot: Spot, entry: JsonObject) -> JsonObject:
    """Return an entry whose channel data stands under the ids of channels, which people know by their keys."""
    data = entry.get("channel_data")
    if not isinstance(data, dict):
        return entry
    by_id: JsonObject = {}
    for key, value in data.items():
        channel = laying.core.state.channels.by_key(key) or laying.core.state.channels.get(key)
        if channel is None:
            known = ", ".join(laying.core.state.channels.keys())
            laying.refuse(
                spot.inside("channel_data", key), f"there is no channel with this key or id: there are {known}"
            )
        else:
            by_id[channel.id] = value
    return {**entry, "channel_data": by_id}


def _lay_audience(laying: Laying, entry: JsonObject) -> None:
    """Add an audience whose members have always been there: nobody enters, so no workflow runs."""
    key, name, triggers = str(entry["key"]), entry.get("name"), entry.get("triggers")
    audiences = laying.core.state.audiences
    audiences.add(
        key,
        name=as_text(name),
        triggers=[str(one) for one in triggers] if isinstance(triggers, list) else (),
    )
    members = entry.get("members")
    for member in as_list(members):
        named = member if isinstance(member, dict) else {"user": member}
        tenant = named.get("tenant")
        audiences.enter(key, user(str(named["user"])), as_text(tenant))

"""Identifying recipients: alone, in bulk, and inline in other calls. All is checked before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from knock_fake.errors import FieldError, invalid_params, nearest
from knock_fake.json_types import as_list, as_object
from knock_fake.schema_checks import field_errors
from knock_fake.state.references import TENANTS, USERS, Reference, read_reference
from knock_fake.state.unread_preferences import unread_keys, unread_sets
from knock_fake.workflows.preferences import deep_merge_preferences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state import State
    from knock_fake.state.channels import Channel
    from knock_fake.state.recipients import Recipient

MAX_PROPERTY_BYTES = 256_000
"""Custom properties may take 256 kB as JSON (Knock's docs on users; decimal kilobytes are our reading)."""

MAX_ID_LENGTH = 256

# The last two mark what Knock has shown: a user that is read, changed and sent back does not keep them.
_NOT_PROPERTIES = frozenset(
    {"id", "collection", "preferences", "channel_data", "created_at", "$trigger_data", "__typename", "__cursor"}
)
_PROVIDER_SCHEMAS = {
    "push_aws_sns": "sns_push",
    "push_one_signal": "one_signal_push",
    "chat_slack": "slack",
    "chat_ms_teams": "ms_teams",
    "chat_discord": "discord",
}


@dataclass(frozen=True, slots=True)
class Identification:
    """What one request says of one recipient.

    ``is_inline`` is false for a bare reference, which identifies nobody; ``field`` is its place in the request.
    """

    reference: Reference
    field: str
    is_inline: bool
    properties: JsonObject
    created_at: Json = None
    preferences: JsonObject | None = None
    channel_data: JsonObject | None = None
    trigger_data: JsonObject | None = None


def read_identification(value: Json, field: str, *, reference: Reference | None = None) -> Identification:
    """Read a recipient request that has passed its schema.

    Args:
        value: a user's id, or an object with ``id`` (and ``collection`` for an object) and anything else.
        field: its place in the request.
        reference: whom the path names, when the body does not say.
    """
    named = reference or read_reference(value)
    if not isinstance(value, dict):
        return Identification(named, field, is_inline=False, properties={})
    bare_object = set(value) == {"id", "collection"} and value["collection"] is not None
    return Identification(
        named,
        field,
        is_inline=not bare_object,
        properties={key: item for key, item in value.items() if key not in _NOT_PROPERTIES},
        created_at=value.get("created_at"),
        preferences=_object(value.get("preferences")),
        channel_data=_object(value.get("channel_data")),
        trigger_data=_object(value.get("$trigger_data")),
    )


def read_tenant(value: Json, field: str = "tenant") -> Identification | None:
    """Read a tenant request: an id, an object with ``id``, or nothing. A bare id makes a stub tenant.

    Args:
        value: what the request says, having passed its schema.
        field: its place in the request.
    """
    if value is None:
        return None
    identifier = value.get("id") if isinstance(value, dict) else value
    body: JsonObject = value if isinstance(value, dict) else {"id": value}
    return read_identification(body, field, reference=Reference(TENANTS, str(identifier)))


def _object(value: Json) -> JsonObject | None:
    return value if isinstance(value, dict) else None


def check_identification(state: State, one: Identification) -> None:
    """Refuse what cannot be stored: a bad id or time zone, properties over the limit, channel data that does not fit.

    Raises:
        ApiError: 422 naming every offending field.
    """
    prefix = f"{one.field}." if one.field else ""
    errors = [
        *_id_errors(one.reference, prefix),
        *_timezone_errors(one.properties, prefix),
        *_tenant_errors(one, prefix),
    ]
    merged = state.recipients.merged(one.reference, one.properties)
    if len(orjson.dumps(merged)) > MAX_PROPERTY_BYTES:
        errors.append(FieldError(one.field or "body", "has properties of more than 256 kB", "length"))
    if "" in (one.preferences or {}):
        errors.append(FieldError(f"{prefix}preferences", "has a set whose id is empty", "length"))
    for channel_id, data in (one.channel_data or {}).items():
        errors.extend(_channel_data_errors(state, channel_id, data, f"{prefix}channel_data.{channel_id}"))
    if errors:
        raise invalid_params(*errors)


def _id_errors(reference: Reference, prefix: str) -> list[FieldError]:
    if reference.collection != USERS:
        return []
    identifier = reference.id
    if not identifier or len(identifier) > MAX_ID_LENGTH:
        return [FieldError(f"{prefix}id", f"must have 1 to {MAX_ID_LENGTH} characters", "length")]
    if "/" in identifier or "#" in identifier:
        return [FieldError(f"{prefix}id", "must not contain '/' or '#'", "format")]
    return []


def _timezone_errors(properties: JsonObject, prefix: str) -> list[FieldError]:
    zone = properties.get("timezone")
    if not isinstance(zone, str) or is_time_zone(zone):
        return []
    return [FieldError(f"{prefix}timezone", "must be a time zone of the tz database", "format")]


def _tenant_errors(one: Identification, prefix: str) -> list[FieldError]:
    """Return what is wrong with a tenant's settings, whichever endpoint they came through."""
    if one.reference.collection != TENANTS or "settings" not in one.properties:
        return []
    errors = field_errors("common/tenant_settings", one.properties["settings"])
    return [FieldError(_below(f"{prefix}settings", error.field), error.message, error.type) for error in errors]


def _below(field: str, inner: str) -> str:
    """Return the place of an error that was found in a part of a request."""
    return field if inner == "body" else f"{field}.{inner}"


def is_time_zone(name: str) -> bool:
    """Whether the tz database knows the name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _channel_data_errors(state: State, channel_id: str, data: Json, field: str) -> list[FieldError]:
    channel = state.channels.get(channel_id)
    if channel is None:
        remedy = nearest(channel_id, [one.id for one in state.channels])
        return [FieldError(field, f"names no channel of this environment; {remedy}", "channel_invalid")]
    return channel_data_errors(channel, data, field)


def channel_data_errors(channel: Channel, data: Json, field: str) -> list[FieldError]:
    """Return what is wrong with the channel data of one channel, by the shape its provider takes."""
    if channel.type not in ("push", "chat"):
        return [] if isinstance(data, dict) else [FieldError(field, "must be an object", "type")]
    default = "push" if channel.type == "push" else "slack"
    schema = _PROVIDER_SCHEMAS.get(channel.provider_name, default)
    errors = [
        FieldError(_below(field, error.field), error.message, error.type)
        for error in field_errors(f"channel_data/{schema}", data)
    ]
    return errors or _device_zone_errors(data, field)


def _device_zone_errors(data: Json, field: str) -> list[FieldError]:
    devices = data.get("devices") if isinstance(data, dict) else None
    found = enumerate(as_list(devices))
    properties = ((index, device) for index, device in found if isinstance(device, dict))
    return [error for index, one in properties for error in _timezone_errors(one, f"{field}.devices.{index}.")]


def identify(state: State, one: Identification) -> Recipient:
    """Write a checked identification: properties merge, preferences merge, channel data replace per channel."""
    with state.signals.together():
        return _write(state, one)


def _write(state: State, one: Identification) -> Recipient:
    recipient = state.recipients.upsert(one.reference, one.properties, one.created_at)
    for set_id, preferences in (one.preferences or {}).items():
        if isinstance(preferences, dict):
            stored = state.preferences.of(one.reference).get(set_id)
            state.preferences.put(one.reference, set_id, deep_merge_preferences(stored or {}, preferences))
    state.remark(unread_sets(one.preferences or {}))
    state.remark(_unread_defaults(one))
    for channel_id, data in (one.channel_data or {}).items():
        if isinstance(data, dict):
            state.channel_data.put(one.reference, channel_id, data)
    return recipient


def _unread_defaults(one: Identification) -> Iterator[str]:
    settings = one.properties.get("settings") if one.reference.collection == TENANTS else None
    given = settings.get("preference_set") if isinstance(settings, dict) else None
    yield from (f"settings.preference_set: {said}" for said in unread_keys(as_object(given)))

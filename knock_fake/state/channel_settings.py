"""The settings that channels can have, by type: what Knock's dashboard holds of them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.json_values import json_copy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject

TEXT, FLAG, OBJECT = "text", "flag", "object"
EXTERNAL_ID = "external_id"
"""The ``recipient_mode`` in which OneSignal finds devices by the recipient's id."""

_ADDRESSES = ("to_address", "from_address", "from_name", "reply_to_address", "cc_address", "bcc_address")

CHANNEL_SETTINGS: Mapping[str, Mapping[str, str | tuple[str, ...]]] = MappingProxyType(
    {
        "email": {**dict.fromkeys(_ADDRESSES, TEXT), "link_tracking": FLAG, "open_tracking": FLAG},
        "sms": {"from_number": TEXT, "link_tracking": FLAG},
        "push": {"token_deregistration": FLAG, "recipient_mode": ("player_id", EXTERNAL_ID)},
        "chat": {"link_tracking": FLAG, "email_based_user_id_resolution": FLAG},
        "in_app_feed": {"link_tracking": FLAG},
        "http": {"signing_key": TEXT, "request": OBJECT},
    }
)
"""The settings by type of channel, each a text (which may be Liquid), a flag, an object, or one of some words."""

_KINDS: Mapping[str, tuple[type, str]] = MappingProxyType(
    {TEXT: (str, "text"), FLAG: (bool, "True or False"), OBJECT: (dict, "a dict")}
)


def read_channel_settings(settings: object, type_: str, place: str) -> JsonObject:
    """Return a checked copy of a channel's settings.

    Raises:
        UsageError: there is no such setting for this type, or it cannot have this value.
        UsageTypeError: a value is of a wrong type.
    """
    copied = json_copy(settings, place)
    if not isinstance(copied, dict):
        raise UsageTypeError(f"{place} must be a dict, not {type(settings).__name__} {settings!r}")
    known = CHANNEL_SETTINGS.get(type_, {})
    for name, value in copied.items():
        if name not in known:
            remedy = nearest(name, [*known]) if known else f"channels of type {type_!r} have none here"
            raise UsageError(f"{place}: unknown key {name!r}; {remedy}")
        _check_value(value, known[name], f"{place}.{name}")
    return copied


def _check_value(value: Json, kind: str | tuple[str, ...], place: str) -> None:
    if value is None:
        return
    if isinstance(kind, tuple):
        if value not in kind:
            raise UsageError(f"{place} cannot be {value!r}; {nearest(str(value), kind)}")
    else:
        wanted, name = _KINDS[kind]
        if not isinstance(value, wanted):
            raise UsageTypeError(f"{place} must be {name}, not {value!r}")

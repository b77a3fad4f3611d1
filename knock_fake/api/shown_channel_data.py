"""How channel data are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.json_types import as_list

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.state.channels import Channel

_ONE_SIGNAL = "push_one_signal"


def show_channel_data(channel: Channel, data: JsonObject) -> JsonObject:
    """Return what a recipient has stored for a channel; push data with its tokens and its devices, however sent."""
    return {
        "__typename": "ChannelData",
        "channel_id": channel.id,
        "provider": channel.provider_name,
        "data": _with_devices(channel, data),
    }


def _with_devices(channel: Channel, data: JsonObject) -> JsonObject:
    if channel.type != "push" or channel.provider_name == _ONE_SIGNAL:
        return data
    if channel.provider_name == "push_aws_sns":
        return _both_ways(data, "target_arns", "target_arn")
    return _both_ways(data, "tokens", "token")


def _both_ways(data: JsonObject, plural: str, singular: str) -> JsonObject:
    """Return push data with a device for each bare token and a bare token for each device."""
    tokens = [str(token) for token in as_list(data.get(plural))]
    devices = [_full(one, singular) for one in as_list(data.get("devices")) if isinstance(one, dict)]
    named = {str(device[singular]) for device in devices}
    devices.extend(_full({singular: token}, singular) for token in tokens if token not in named)
    every_token = dict.fromkeys([*tokens, *(str(device[singular]) for device in devices)])
    return {**data, plural: [*every_token], "devices": [*devices]}


def _full(device: JsonObject, singular: str) -> JsonObject:
    return {**device, singular: device[singular], "locale": device.get("locale"), "timezone": device.get("timezone")}

"""Channel data of users and objects: push tokens, chat connections, by channel.

Users and objects have the same model, so one function answers both; each path is declared on its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.path_recipients import ensure_recipient, path_recipient
from knock_fake.api.shown_channel_data import show_channel_data
from knock_fake.errors import channel_invalid, invalid_params, resource_missing
from knock_fake.gateway.operations import Resource
from knock_fake.json_types import as_object
from knock_fake.workflows.identification import channel_data_errors

if TYPE_CHECKING:
    from knock_fake.gateway.grants import Ability
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json
    from knock_fake.state.channels import Channel

user_channel_data = Resource("users")
object_channel_data = Resource("objects")

_USER = "/v1/users/{user_id}/channel_data/{channel_id}"
_OBJECT = "/v1/objects/{collection}/{object_id}/channel_data/{channel_id}"
_DATA = "channel_data/channel_data"
_READ: Ability = "channel_data/read"
_WRITE: Ability = "channel_data/write"


@user_channel_data.operation(
    "get_channel_data", "GET", _USER, tier=4, public_key="documented", ability=_READ, response=_DATA
)
@object_channel_data.operation(
    "get_channel_data", "GET", _OBJECT, tier=4, public_key="grant", ability=_READ, response=_DATA
)
def get_channel_data(request: Request) -> Json:
    """Return what a recipient has stored for a channel; 404 for an unknown channel and for one without data."""
    channel, reference = _known_channel(request), path_recipient(request)
    data = request.core.state.channel_data.of(reference).get(channel.id)
    if data is None:
        raise resource_missing("channel data", f"{reference} on {channel.key}")
    return show_channel_data(channel, data)


@user_channel_data.operation(
    "set_channel_data",
    "PUT",
    _USER,
    tier=3,
    public_key="documented",
    ability=_WRITE,
    body="channel_data/set_request",
    response=_DATA,
)
@object_channel_data.operation(
    "set_channel_data",
    "PUT",
    _OBJECT,
    tier=3,
    public_key="grant",
    ability=_WRITE,
    body="channel_data/set_request",
    response=_DATA,
)
def set_channel_data(request: Request) -> Json:
    """Store channel data in place of what was there; a recipient that nobody identified comes into being.

    404 for an unknown channel, 422 for data that its provider does not take. The content is never checked with the
    provider (Knock's docs on channel data).
    """
    channel, reference = _known_channel(request), path_recipient(request)
    given = request.body["data"]
    errors = channel_data_errors(channel, given, "data")
    if errors:
        raise invalid_params(*errors)
    data = as_object(given)
    ensure_recipient(request.core, reference)
    request.core.state.channel_data.put(reference, channel.id, data)
    return show_channel_data(channel, data)


@user_channel_data.operation(
    "unset_channel_data", "DELETE", _USER, tier=3, public_key="documented", ability=_WRITE, status=204
)
@object_channel_data.operation("unset_channel_data", "DELETE", _OBJECT, tier=3, status=204)
def unset_channel_data(request: Request) -> Json:
    """Forget what is stored for a channel; 404 for an unknown one. Nothing stored is nothing to do (our choice)."""
    channel = _known_channel(request)
    request.core.state.channel_data.delete(path_recipient(request), channel.id)
    return None


def _known_channel(request: Request) -> Channel:
    channel_id, channels = request.params["channel_id"], request.core.state.channels
    channel = channels.get(channel_id)
    if channel is None:
        known = ", ".join(f"{one.key} {one.id}" for one in [*channels][:10])
        raise channel_invalid(channel_id, f"a channel is named by its id: {known}")
    return channel

"""What the Slack and Microsoft Teams endpoints share: reading a call, and the answer to revoking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.errors import FieldError, channel_invalid, invalid_field, invalid_params
from knock_fake.gateway.authentication import require_grant
from knock_fake.gateway.pagination import PageRequest, decode_cursor
from knock_fake.json_types import as_object, is_whole
from knock_fake.state.references import Reference

if TYPE_CHECKING:
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject

_ID_SPELLINGS = ("object_id", "objectId")


@dataclass(frozen=True, slots=True)
class Holder:
    """The object that holds the credentials of a call, for which channel, and what it holds."""

    reference: Reference
    channel_id: str
    data: JsonObject


def require_holder(request: Request, provider: str, name: str) -> Holder:
    """Return the channel of the path and the object that the call names, with the channel data it holds.

    Args:
        request: the call.
        provider: such as ``chat_slack``.
        name: ``access_token_object`` or ``ms_teams_tenant_object``.

    Raises:
        ApiError: 404 for a channel that is unknown or another provider's (our choice); 422 when no object is named, or
            half of one; 403 when a user token does not grant it.
    """
    channel_id = _require_channel(request, provider)
    reference = _require_object(request, name)
    require_grant(request, reference)
    data = request.core.state.channel_data.of(reference).get(channel_id, {})
    return Holder(reference, channel_id, data)


def _require_channel(request: Request, provider: str) -> str:
    channel_id = request.params["channel_id"]
    channels = request.core.state.channels
    channel = channels.get(channel_id)
    if channel is not None and channel.provider == provider:
        return channel_id
    fitting = next((one for one in channels if one.provider == provider), None)
    remedy = f"channels.add('chat-2', type='chat', provider={provider!r}) configures one"
    if fitting is not None:
        remedy = f"the channel {fitting.key!r} has the id {fitting.id}"
    raise channel_invalid(channel_id, f"it is no channel of the provider {provider}: {remedy}")


def _require_object(request: Request, name: str) -> Reference:
    """Return the object that a call names.

    It stands in the query, as JSON or in brackets, or in the body, as older clients send it: under its name or with its
    keys at the top. ``objectId`` is a spelling of the older API reference.
    """
    named = request.query.get(name) or request.body.get(name)
    if not isinstance(named, dict) and any(request.body.get(key) for key in _ID_SPELLINGS):
        named = request.body
    if not isinstance(named, dict):
        raise invalid_field(name, "is required", "required")
    identifier = named.get("object_id") or named.get("objectId")
    collection = named.get("collection")
    if not identifier or not collection:
        missing = [key for key, value in (("object_id", identifier), ("collection", collection)) if not value]
        raise invalid_params(*(FieldError(f"{name}.{key}", "is required", "required") for key in missing))
    return Reference(str(collection), str(identifier))


def query_options(request: Request) -> JsonObject:
    """Return the options of a call, those of the query over those of the body."""
    options: JsonObject = {}
    for given in (request.body.get("query_options"), request.query.get("query_options")):
        options.update(as_object(given))
    return options


def read_provider_page(options: JsonObject, cursor: str, size: str, *, default: int, maximum: int) -> PageRequest:
    """Read cursor and size of a page from the options; a size out of bounds is brought into them (our choice).

    Raises:
        ApiError: 422 for a cursor that no page has given out.
    """
    after, wanted = options.get(cursor), options.get(size)
    limit = wanted if is_whole(wanted) else default
    place = decode_cursor(after, f"query_options.{cursor}") if isinstance(after, str) and after else None
    return PageRequest(place, None, max(1, min(limit, maximum)))


def revoke(request: Request, holder: Holder, **without: Json) -> Json:
    """Forget stored credentials; what else the channel data holds stays. The provider is not told (our choice).

    The answer is the text ``"ok"``, or ``{"ok": "ok"}`` for PUT with a secret key.

    Knock's React components, which call with a publishable key, take only the text for success; the typed SDKs, which
    call with a secret one, know only the object. That both get theirs is our choice.

    Args:
        request: the call.
        holder: whose credentials.
        without: what stands in their place.
    """
    request.core.state.channel_data.put(holder.reference, holder.channel_id, {**holder.data, **without})
    if request.operation.method == "PUT" and request.key_kind == "secret":
        return {"ok": "ok"}
    return "ok"

"""Builders of steps that write to what Knock remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack

from knock_fake.steps._arguments import given, refuse, required_text, text, text_or_object
from knock_fake.steps._options import StepOptions, read_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject

__all__ = ["update_audience", "update_object", "update_tenant", "update_user"]


def update_audience(
    audience: str, action: Literal["add", "remove"] = "add", **options: Unpack[StepOptions]
) -> JsonObject:
    """Return a step by which the run's recipient enters a static audience, or leaves it.

    Args:
        audience: the key of the audience, which ``knock.audiences.add`` adds; it may not trigger this very workflow.
        action: ``add`` or ``remove``.
        options: ``ref``, ``name`` and ``conditions``.

    Raises:
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    settings: JsonObject = {
        "action": required_text("update_audience", "action", action),
        "audience_key": required_text("update_audience", "audience", audience),
    }
    return {"type": "update_audience", **given(read_options("update_audience", options)), "settings": settings}


def update_user(
    properties: str | Mapping[str, Json], *, user: str | None = None, **options: Unpack[StepOptions]
) -> JsonObject:
    """Return a step that merges properties into a user, in depth; one that is unknown comes into being.

    Args:
        properties: what to write: an object, whose texts are Liquid, or Liquid that renders to one. ``preferences``
            in it are preference sets by id, which are merged in too.
        user: the id of the user, mostly Liquid; the run's recipient when left out.
        options: ``ref``, ``name`` and ``conditions``.

    Raises:
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    return _update("update_user", properties, _mode("update_user", "user", "$users", user), options)


def update_tenant(
    properties: str | Mapping[str, Json], *, tenant: str | None = None, **options: Unpack[StepOptions]
) -> JsonObject:
    """Return a step that merges properties into a tenant, in depth; one that is unknown comes into being.

    Args:
        properties: what to write: an object, whose texts are Liquid, or Liquid that renders to one. The tenant's
            default preferences are ``{"settings": {"preference_set": ...}}``.
        tenant: the id of the tenant, mostly Liquid; the run's tenant when left out.
        options: ``ref``, ``name`` and ``conditions``.

    Raises:
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    return _update("update_tenant", properties, _mode("update_tenant", "tenant", "$tenants", tenant), options)


def update_object(
    collection: str, object_id: str, properties: str | Mapping[str, Json], **options: Unpack[StepOptions]
) -> JsonObject:
    """Return a step that merges properties into an object, in depth; one that is unknown comes into being.

    Args:
        collection: the collection of the object.
        object_id: the id of the object, mostly Liquid.
        properties: what to write: an object, whose texts are Liquid, or Liquid that renders to one. ``preferences``
            in it are preference sets by id, which are merged in too.
        options: ``ref``, ``name`` and ``conditions``.

    Raises:
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    parts = {"collection": collection, "object_id": object_id}
    named = "/".join(required_text("update_object", argument, value) for argument, value in parts.items())
    return _update("update_object", properties, {"recipient_gid": f"gid://Object/{named}"}, options)


def _mode(builder: str, argument: str, collection: str, value: object) -> JsonObject:
    identifier = text(builder, argument, value)
    if identifier is None:
        return {"recipient_mode": "current"}
    return {"recipient_mode": "reference", "recipient_gid": f"gid://Object/{collection}/{identifier}"}


def _update(
    builder: str, properties: str | Mapping[str, Json], settings: JsonObject, options: StepOptions
) -> JsonObject:
    written = text_or_object(builder, "properties", properties)
    if written is None:
        refuse(builder, "properties", "a dict or Liquid", properties)
    read = read_options(builder, options)
    return given({"type": builder, **read, "settings": {**settings, "update_properties": written}})

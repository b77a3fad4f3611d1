"""How a channel step names its channel: by type, by key, or by both when they agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError, nearest
from knock_fake.state.channels import DEFAULT_PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject


def with_channel_type(step: JsonObject, place: str, channel_types: Mapping[str, str]) -> JsonObject:
    """Return a channel step that has a ``channel_type``, taken from its channel where the step leaves it out.

    A key that no channel has yet is taken as it is when the type is given: channels may be added later.

    Args:
        step: the JSON of a channel step.
        place: where it stands, such as ``workflow 'x': steps[0]``.
        channel_types: the type of each channel that exists, by key.

    Raises:
        WorkflowDefinitionError: there is neither a type nor a channel to take it from, or the two do not agree.
    """
    key, type_ = step.get("channel_key"), step.get("channel_type")
    found = channel_types.get(key) if isinstance(key, str) else None
    if type_ is None:
        return {**step, "channel_type": found or _refuse_missing(key, place, channel_types)}
    if found is not None and isinstance(type_, str) and type_ in DEFAULT_PROVIDERS and type_ != found:
        remedy = nearest(str(key), [one for one, its_type in channel_types.items() if its_type == type_])
        problem = f"{key!r} is a channel of type {found!r}, the step is of type {type_!r}"
        raise WorkflowDefinitionError(f"{place}.channel_key: {problem}; {remedy}")
    return step


def _refuse_missing(key: Json, place: str, channel_types: Mapping[str, str]) -> str:
    known = nearest("", [*DEFAULT_PROVIDERS])
    if not isinstance(key, str):
        raise WorkflowDefinitionError(f"{place}.channel_type: is missing; {known}")
    problem = f"there is no channel {key!r} to take it from ({nearest(key, [*channel_types])})"
    raise WorkflowDefinitionError(f"{place}.channel_type: is missing, and {problem}; {known}")

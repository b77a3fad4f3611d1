"""``/v1/users/{user_id}/guides/{channel_id}``: the guides that a user is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.guide_viewers import Viewer, step_messages, viewer_variables, why_ineligible
from knock_fake.api.message_filters import text
from knock_fake.api.shown_guides import show_group, show_guide, show_ineligible
from knock_fake.errors import channel_invalid, invalid_field
from knock_fake.gateway.operations import Resource
from knock_fake.json_types import as_object
from knock_fake.json_values import MAX_LEVELS, is_deeper_than
from knock_fake.state.references import user
from knock_fake.timestamps import show_instant
from knock_fake.workflows.guides import CHANNEL_TYPE
from knock_fake.workflows.templating import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.channels import Channel
    from knock_fake.workflows.guides import Guide, GuideStep

guides = Resource("users.guides")


@guides.operation(
    "get_channel",
    "GET",
    "/v1/users/{user_id}/guides/{channel_id}",
    reference="current",
    tier=2,
    public_key="documented",
    ability="user/guide_read",
    query="guides/list_query",
    response="guides/guides",
)
def list_guides(request: Request) -> Json:
    """Return the guides of a channel that a user may see, in their order, and why the others are not among them.

    ``force_all_guides``, which Knock's browser client sends when it debugs, puts the ineligible ones among the entries
    too. A user whom nobody identified sees what is for everybody (our choice).
    """
    core, query = request.core, request.query
    channel = guide_channel(core, request.params["channel_id"])
    viewer = Viewer(user(request.params["user_id"]), text(query, "tenant"), _data(query))
    variables = viewer_variables(core, viewer)
    judged = [(guide, why_ineligible(core, viewer, guide, variables)) for guide in _guides(core, channel, query)]
    entries: list[Json] = [
        _show(request, viewer, guide, variables)
        for guide, why in judged
        if why is None or query.get("force_all_guides") is True
    ]
    displays = core.state.guide_engagements.displays(viewer.user)
    return {
        "entries": entries,
        "guide_groups": [show_group(core.guides)],
        "guide_group_display_logs": {group: show_instant(at) for group, at in displays.items()},
        "ineligible_guides": [show_ineligible(guide, why) for guide, why in judged if why is not None],
    }


def guide_channel(core: Core, channel_id: str) -> Channel:
    """Return a channel of guides.

    Raises:
        ApiError: 404 when there is none with this id.
    """
    channels = core.state.channels
    channel = channels.get(channel_id)
    if channel is None or channel.type != CHANNEL_TYPE:
        first = channels.default_of(CHANNEL_TYPE)
        remedy = (
            f"the guide channel {first.key!r} has the id {first.id}" if first else "this world has no guide channel"
        )
        raise channel_invalid(channel_id, remedy)
    return channel


def _data(query: JsonObject) -> JsonObject:
    data = query.get("data")
    if is_deeper_than(data, MAX_LEVELS):
        raise invalid_field("data", "is nested too deeply", "depth")
    return as_object(data)


def _guides(core: Core, channel: Channel, query: JsonObject) -> list[Guide]:
    type_ = text(query, "type")
    return [
        guide
        for guide in core.guides
        if guide.definition.channel.id == channel.id and type_ in (None, guide.definition.type)
    ]


def _show(request: Request, viewer: Viewer, guide: Guide, variables: JsonObject) -> JsonObject:
    core = request.core
    return show_guide(
        guide,
        is_active=core.guides.is_active(guide.key),
        contents={step.ref: render_step(request, step, variables) for step in guide.definition.steps},
        messages=step_messages(core, viewer, guide),
    )


def render_step(request: Request, step: GuideStep, variables: Mapping[str, Json]) -> JsonObject:
    """Return a step's content; one that cannot be rendered is empty, and a header says why (our choice).

    Where the step's message type is known to the world, the content has the form that it gives.
    """
    message_type = request.core.library.message_types.get(step.schema_key)
    variant = message_type.variant(step.schema_variant_key) if message_type is not None else None
    try:
        content = step.content.render(variables)
        return content if variant is None else variant.shape(content)
    except TemplateError as error:
        request.core.state.remark([f"the content of a guide is left empty: {error}"])
        return {}

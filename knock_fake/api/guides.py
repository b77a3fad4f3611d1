"""``/v1/users/{user_id}/guides/{channel_id}``: the guides that a user is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.guide_viewers import Viewer, judge_guides, render_step, show_to, viewer_variables
from knock_fake.api.message_filters import text
from knock_fake.api.shown_guides import show_group, show_ineligible
from knock_fake.errors import channel_invalid, invalid_field
from knock_fake.gateway.operations import Resource
from knock_fake.json_types import as_object
from knock_fake.json_values import MAX_LEVELS, is_deeper_than
from knock_fake.state.references import user
from knock_fake.timestamps import show_instant
from knock_fake.workflows.guides import CHANNEL_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.channels import Channel
    from knock_fake.workflows.guides import GuideStep
    from knock_fake.workflows.templating import TemplateError

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
    type_, is_forced = text(query, "type"), query.get("force_all_guides") is True
    variables = viewer_variables(core, viewer)
    judged = judge_guides(core, channel, viewer, variables, type_)
    entries: list[Json] = [
        show_to(core, viewer, guide, variables, _hinting(request)) for guide, why in judged if why is None or is_forced
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


def _hinting(request: Request) -> Callable[[TemplateError], None]:
    """Return what tells the client, in a header, of content that cannot be rendered."""

    def hint(error: TemplateError) -> None:
        request.core.state.remark([f"the content of a guide is left empty: {error}"])

    return hint


def render_for(request: Request, step: GuideStep, variables: Mapping[str, Json]) -> JsonObject:
    """Return a step's content for the answer to a call, which says in a header why it is empty."""
    return render_step(request.core, step, variables, _hinting(request))

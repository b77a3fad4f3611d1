"""``/v1/users/{user_id}/guides/...``: what a user does with a guide, and taking it back.

The first mark of a step makes its message: what the user did with a guide lives in that message, like what they do
with any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from knock_fake.api.guide_viewers import Viewer, step_messages, viewer_variables
from knock_fake.api.guides import guide_channel, render_for
from knock_fake.api.message_filters import text
from knock_fake.delivery.engagement import disengage, engage
from knock_fake.errors import FieldError, invalid_params, nearest, resource_missing
from knock_fake.gateway.operations import Resource
from knock_fake.json_types import as_object
from knock_fake.state.messages import Message, MessageSource
from knock_fake.state.packed import pack
from knock_fake.state.references import user
from knock_fake.workflows.guide_registry import DEFAULT_GROUP

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.messages import Engagement
    from knock_fake.workflows.guides import Guide, GuideStep

guide_marks = Resource("users.guides")

_OK: JsonObject = {"status": "ok"}
_MARKS: tuple[Engagement, ...] = ("seen", "interacted", "archived")


@dataclass(frozen=True, slots=True)
class _Target:
    """The step that a mark is for, and who made it."""

    viewer: Viewer
    guide: Guide
    step: GuideStep


def _mark(engagement: Engagement, request: Request) -> Json:
    """Mark a step of a guide; the first mark makes its message.

    A guide that is switched off, or not for this user, is marked all the same: the client may have fetched it before
    (our choice). Archiving opens the group's throttle window unless ``unthrottled`` says otherwise or no throttle
    holds the guide back. ``is_final`` archives the guide as a whole (our choice).
    """
    core, body = request.core, request.body
    target = _read_target(request)
    message = _current_message(request, target) or _make_message(request, target)
    metadata = body.get("metadata") if engagement == "interacted" else None
    engage(core.state.messages, message, engagement, metadata if isinstance(metadata, dict) else None)
    if engagement == "archived":
        _archive(core, target, body)
    return _OK


def _read_target(request: Request) -> _Target:
    """Return what a body names.

    Raises:
        ApiError: 404 for an unknown user, channel or guide, 422 when the guide has another id or no such step.
    """
    body = request.body
    viewer = _read_viewer(request)
    channel = guide_channel(request.core, str(body["channel_id"]))
    guide = _find_guide(request.core, body)
    if guide.definition.channel.id != channel.id:
        raise resource_missing("guide", f"{guide.key} on channel {channel.key}")
    errors = []
    if body["guide_id"] != guide.id:
        errors.append(FieldError("guide_id", f"must be the id of the guide {guide.key}: {guide.id}", "enum"))
    step = guide.definition.step(str(body["guide_step_ref"]))
    if step is None:
        known = nearest(str(body["guide_step_ref"]), [one.ref for one in guide.definition.steps])
        errors.append(FieldError("guide_step_ref", f"must be a step of the guide {guide.key}; {known}", "enum"))
    if errors or step is None:
        raise invalid_params(*errors)
    return _Target(viewer, guide, step)


def _read_viewer(request: Request) -> Viewer:
    identifier, data = request.params["user_id"], request.body.get("data")
    if request.core.state.recipients.get(user(identifier)) is None:
        raise resource_missing("user", identifier)
    return Viewer(user(identifier), text(request.body, "tenant"), as_object(data))


def _find_guide(core: Core, body: JsonObject) -> Guide:
    key = str(body["guide_key"])
    guide = core.guides.get(key)
    if guide is None:
        missing = resource_missing("guide", key)
        missing.hint = f"{missing.hint}; {core.guides.suggest(key)}"
        raise missing
    return guide


def _current_message(request: Request, target: _Target) -> Message | None:
    """Return the step's message, or ``None`` before the first mark.

    An id in the path must be the message's. While there is no message no client can know one, so then any id is
    taken that is not another message's (our choice).

    Raises:
        ApiError: 404 when the path names another message.
    """
    message = step_messages(request.core, target.viewer, target.guide).get(target.step.ref)
    named = request.params.get("message_id")
    if named is None or (message is not None and message.id == named):
        return message
    if message is not None or request.core.state.messages.get(named) is not None:
        raise resource_missing("message", named)
    return None


def _make_message(request: Request, target: _Target) -> Message:
    """Make the message of a step: its content is what the client showed, or else what it renders to now.

    It counts as delivered at once, since the user is looking at it (our choice).
    """
    core, viewer, step = request.core, target.viewer, target.step
    shown = request.body.get("content")
    content = shown if isinstance(shown, dict) else render_for(request, step, viewer_variables(core, viewer))
    now, sequence = core.clock.now, core.identifiers.next_sequence()
    message = Message(
        id=core.identifiers.ksuid(sequence, now),
        sequence=sequence,
        channel=target.guide.definition.channel,
        recipient=viewer.user,
        tenant=viewer.tenant,
        source=MessageSource(target.guide.key, target.guide.version_id, (), step.ref, "guide"),
        packed_data=pack(viewer.data),
        packed_content=pack({"__typename": "MessageInAppGuideContent", "content": content}),
        inserted_at=now,
        updated_at=now,
    )
    core.state.messages.insert(message)
    core.state.messages.set_status(message, "delivered")
    core.state.guide_engagements.begin(viewer.user, viewer.key_of(target.guide), step.ref, message.id)
    return message


def _archive(core: Core, target: _Target, body: JsonObject) -> None:
    engagements, viewer, guide = core.state.guide_engagements, target.viewer, target.guide
    if body.get("is_final") is True:
        engagements.set_over(viewer.user, viewer.key_of(guide), is_over=True)
    if body.get("unthrottled") is not True and not guide.definition.bypass_global_group_limit:
        engagements.display(viewer.user, DEFAULT_GROUP, core.clock.now)


@guide_marks.operation(
    "unarchive_guide_message",
    "DELETE",
    "/v1/users/{user_id}/guides/messages/archived",
    reference="current",
    tier=2,
    body="guides/guide_request",
    response="guides/action",
)
def unarchive_guide(request: Request) -> Json:
    """Take back that a guide was archived, every step of it; its throttle window stays open (our choice)."""
    core = request.core
    viewer, guide = _read_viewer(request), _find_guide(core, request.body)
    for message in step_messages(core, viewer, guide).values():
        disengage(core.state.messages, message, "archived")
    if core.state.guide_engagements.of(viewer.user, viewer.key_of(guide)) is not None:
        core.state.guide_engagements.set_over(viewer.user, viewer.key_of(guide), is_over=False)
    return _OK


@guide_marks.operation(
    "reset_guide_engagements",
    "PUT",
    "/v1/users/{user_id}/guides/engagements/reset",
    reference="current",
    tier=2,
    public_key="client_sdk",
    ability="user/guide_write",
    body="guides/guide_request",
    response="guides/action",
)
def reset_guide(request: Request) -> Json:
    """Forget what a user has done with a guide: the next mark makes a new message, the old ones stay listed."""
    core = request.core
    viewer, guide = _read_viewer(request), _find_guide(core, request.body)
    core.state.guide_engagements.reset(viewer.user, viewer.key_of(guide))
    return _OK


def _declare(engagement: Engagement, name: str, path: str) -> None:
    declare = guide_marks.operation(
        name,
        "PUT",
        f"/v1/users/{{user_id}}/guides/messages/{path}",
        tier=2,
        public_key="documented",
        ability="user/guide_write",
        body=f"guides/{engagement}_request",
        response="guides/action",
        reference="current",
    )
    declare(partial(_mark, engagement))


for _engagement in _MARKS:
    _declare(_engagement, f"mark_as_{_engagement}", _engagement)
    _declare(_engagement, f"mark_message_as_{_engagement}", f"{{message_id}}/{_engagement}")

"""Topics of guides, ``guides:{channel_id}``: who may join them, and what a change is told as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.api.guide_viewers import Viewer, judge_guides, show_to, viewer_variables
from knock_fake.api.guides import guide_channel
from knock_fake.api.message_filters import text
from knock_fake.api.shown_guides import show_group
from knock_fake.errors import ApiError
from knock_fake.gateway.grants import is_allowed
from knock_fake.json_types import as_object
from knock_fake.realtime.connection import JoinRefusedError
from knock_fake.realtime.feed_topics import check_user, refused
from knock_fake.realtime.pushes import Push
from knock_fake.state.references import user

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from knock_fake.core import Core
    from knock_fake.gateway.user_tokens import UserToken
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.channels import Channel
    from knock_fake.workflows.templating import TemplateError


@dataclass(frozen=True, slots=True)
class SeenGuide:
    """A guide as a viewer sees it, and whether it is for them."""

    entry: JsonObject
    is_eligible: bool

    @property
    def told(self) -> tuple[bool, JsonObject]:
        """What a change of is told: all but what the viewer has done with the guide, which their client knows."""
        steps = self.entry["steps"]
        assert isinstance(steps, list)  # noqa: S101 - as show_guide() writes it
        bare: list[Json] = [{**step, "message": None} for step in steps if isinstance(step, dict)]
        return self.is_eligible, {**self.entry, "steps": bare}


@dataclass(frozen=True, slots=True)
class GuideSight:
    """All guides of a channel as one viewer sees them, by key, and the group in which they take turns."""

    guides: Mapping[str, SeenGuide]
    group: JsonObject


@dataclass(frozen=True, slots=True)
class GuideView:
    """One who joined a channel's topic. ``is_forced`` is a client that debugs: every guide is for it."""

    topic: str
    channel: Channel
    viewer: Viewer
    is_forced: bool

    def look(self, core: Core) -> GuideSight:
        """Return what there is to see now; content that cannot be rendered is empty."""
        variables = viewer_variables(core, self.viewer)
        guides = {
            guide.key: SeenGuide(show_to(core, self.viewer, guide, variables, _ignore), self.is_forced or why is None)
            for guide, why in judge_guides(core, self.channel, self.viewer, variables)
        }
        return GuideSight(guides, show_group(core.guides))

    def changes(self, before: GuideSight, after: GuideSight) -> Iterator[Push]:
        """Yield the events that lead a client from what it saw to what there is.

        The group is told last: a client shows a new guide once the group has its key.
        """
        for key, seen in before.guides.items():
            if seen.is_eligible and key not in after.guides:
                yield self._push("guide.removed", {"guide": {"key": key}})
        for key, now in after.guides.items():
            was = before.guides.get(key)
            if was is None or not was.is_eligible:
                if now.is_eligible:
                    yield self._push("guide.added", {"guide": now.entry, "eligible": True})
            elif was.told != now.told:
                yield self._push("guide.updated", {"guide": now.entry, "eligible": now.is_eligible})
        if before.group != after.group:
            yield self._push("guide_group.updated", {"guide_group": after.group})

    def _push(self, event: str, data: JsonObject) -> Push:
        return Push(event, {"topic": self.topic, "event": event, "data": data})


def join_guides(core: Core, topic: str, params: Json, token: UserToken | None) -> GuideView:
    """Read a join, whose parameters name the user: the topic does not.

    Raises:
        JoinRefusedError: the channel has no guides, no user is named, or the token speaks for another one or does not
            grant it.
    """
    given = as_object(params)
    user_id = text(given, "user_id")
    if not user_id:
        raise JoinRefusedError("the parameters of a join must name the user: user_id")
    try:
        channel = guide_channel(core, topic.partition(":")[2])
    except ApiError as error:
        raise refused(error) from error
    check_user(token, user_id)
    if token is not None and not is_allowed(token.grants, user_id, "user/guide_read"):
        raise JoinRefusedError(f"the user token does not grant user/guide_read on users/{user_id}")
    viewer = Viewer(user(user_id), text(given, "tenant"), as_object(given.get("data")))
    return GuideView(topic, channel, viewer, given.get("force_all_guides") is True)


def _ignore(_error: TemplateError) -> None:
    """Say nothing: an event has no headers; the answer to a call for the guide says why its content is empty."""

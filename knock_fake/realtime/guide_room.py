"""Everybody who has joined the topic of a channel of guides, and the changes that they are told of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.realtime.guide_topics import GuideSight, GuideView, join_guides
from knock_fake.realtime.pushes import LATE_EVENT, Push
from knock_fake.timers import Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.core import Core
    from knock_fake.gateway.user_tokens import UserToken
    from knock_fake.json_types import Json, JsonObject


@dataclass(slots=True, eq=False)
class _Member:
    room: GuideRoom
    view: GuideView
    sight: GuideSight
    push: Callable[[Push], None]

    def leave(self) -> None:
        self.room.leave(self)

    @property
    def address(self) -> list[Json]:
        """Whom a delayed event is for: everybody who looks at the same from the same place."""
        return [self.view.topic, self.view.viewer.user.id, self.view.viewer.tenant]


class GuideRoom:
    """Those who have joined topics of guides."""

    def __init__(self) -> None:
        self._members: list[_Member] = []

    def join(
        self, core: Core, topic: str, params: Json, token: UserToken | None, push: Callable[[Push], None]
    ) -> _Member:
        """Join a topic; see :func:`join_guides`.

        Raises:
            JoinRefusedError: it cannot be joined.
        """
        view = join_guides(core, topic, params, token)
        member = _Member(self, view, view.look(core), push)
        self._members.append(member)
        return member

    def leave(self, member: _Member) -> None:
        """Let somebody leave; who has left already stays away."""
        if member in self._members:
            self._members.remove(member)

    def look_again(self, core: Core, *, user_id: str | None = None, tenant: str | None = None) -> None:
        """Tell everybody, or those who look as a user or for a tenant, what is another than it was."""
        for member in [*self._members]:
            viewer = member.view.viewer
            if (user_id is None or viewer.user.id == user_id) and (tenant is None or viewer.tenant == tenant):
                before, member.sight = member.sight, member.view.look(core)
                for push in member.view.changes(before, member.sight):
                    _tell(core, member, push)

    def tell_late(self, address: Json, event: str, payload: JsonObject) -> None:
        """Tell of a change after a delay."""
        for member in [*self._members]:
            if member.address == address:
                member.push(Push(event, payload))


def _tell(core: Core, member: _Member, push: Push) -> None:
    topic = member.view.topic
    disturbance = core.state.realtime_script.disturbance_of(topic)
    if disturbance is None:
        member.push(push)
    elif disturbance.delay is not None:
        task = Task(LATE_EVENT, {"to": member.address, "event": push.event, "payload": push.payload})
        core.clock.call_later(disturbance.delay, task, f"event pushed: {push.event} to {topic}")

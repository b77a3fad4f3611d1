"""Everybody who has joined the topic of a feed, and the items that they are told of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.realtime.feed_topics import NEW_MESSAGE, FeedView, join_feed
from knock_fake.realtime.pushes import LATE_EVENT
from knock_fake.timers import Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.core import Core
    from knock_fake.gateway.user_tokens import UserToken
    from knock_fake.json_types import Json
    from knock_fake.realtime.pushes import Push
    from knock_fake.signals import MessageEventRecorded
    from knock_fake.state.messages import Message


@dataclass(slots=True, eq=False)
class _Member:
    room: FeedRoom
    topic: str
    view: FeedView
    push: Callable[[Push], None]

    def leave(self) -> None:
        self.room.leave(self)


class FeedRoom:
    """Those who have joined topics of feeds."""

    def __init__(self) -> None:
        self._by_topic: dict[str, list[_Member]] = {}

    def join(
        self, core: Core, topic: str, params: Json, token: UserToken | None, push: Callable[[Push], None]
    ) -> _Member:
        """Join a topic; see :func:`join_feed`.

        Raises:
            JoinRefusedError: it cannot be joined.
        """
        member = _Member(self, topic, join_feed(core, topic, params, token), push)
        self._by_topic.setdefault(topic, []).append(member)
        return member

    def leave(self, member: _Member) -> None:
        """Let somebody leave; who has left already stays away."""
        members = self._by_topic.get(member.topic, [])
        if member in members:
            members.remove(member)
        if not members:
            self._by_topic.pop(member.topic, None)

    def hear(self, core: Core, signal: MessageEventRecorded) -> None:
        """Tell of an item that has joined its feed, at once or as it was scripted."""
        if not self._by_topic or signal.event != "delivered":
            return
        item = core.state.messages.get(signal.message_id)
        if item is None or (topic := self._topic_of(item)) is None:
            return
        disturbance = core.state.realtime_script.disturbance_of(topic)
        if disturbance is None:
            self._tell(core, topic, item)
        elif disturbance.delay is not None:
            label = f"event pushed: {NEW_MESSAGE} to {topic}"
            core.clock.call_later(disturbance.delay, Task(LATE_EVENT, item.id), label)

    def tell_late(self, core: Core, message_id: str) -> None:
        """Tell of an item after a delay; one that has left its feed meanwhile is not told of."""
        item = core.state.messages.get(message_id)
        if item is not None and (topic := self._topic_of(item)) is not None:
            self._tell(core, topic, item)

    def _topic_of(self, item: Message) -> str | None:
        """Return the topic of the feed that an item shows in, ``None`` when nobody has joined it."""
        topic = f"feeds:{item.channel.id}:{item.recipient.id}"
        return topic if topic in self._by_topic else None

    def _tell(self, core: Core, topic: str, item: Message) -> None:
        members = [*self._by_topic[topic]]
        counting = members[0].view.counting(core)
        for member in members:
            push = member.view.tell(item, counting)
            if push is not None:
                member.push(push)

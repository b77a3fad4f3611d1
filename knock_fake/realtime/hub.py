"""All that is connected to a world: who joins which topic, and which of them a signal is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.json_types import as_object
from knock_fake.json_values import MAX_LEVELS, is_deeper_than
from knock_fake.realtime.connection import SERVICE_RESTART, Connection, JoinRefusedError, UnmatchedTopicError
from knock_fake.realtime.feed_room import FeedRoom
from knock_fake.realtime.guide_room import GuideRoom
from knock_fake.realtime.watcher import Watcher
from knock_fake.signals import AudienceChanged, GuideEngaged, MessageEventRecorded, RecipientUpdated
from knock_fake.state.references import TENANTS, USERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from knock_fake.core import Core
    from knock_fake.gateway.user_tokens import UserToken
    from knock_fake.json_types import Json
    from knock_fake.realtime.connection import Membership
    from knock_fake.realtime.pushes import Push
    from knock_fake.signals import Signal

_SHOWING = ("archived", "unarchived")


class Hub:
    """Everything that is connected to one world.

    It is no part of what the world holds: neither snapshots nor saved worlds know of it, and it stays as it is when the
    world's parts are replaced.

    Args:
        lock: the world's.
        core: returns the world's parts of this moment.
    """

    def __init__(self, lock: AbstractContextManager[object], core: Callable[[], Core]) -> None:
        self.lock = lock
        self._core = core
        self._count = 0
        self._connections: dict[int, Connection] = {}
        self._watchers: list[Watcher] = []
        self._feeds = FeedRoom()
        self._guides = GuideRoom()

    @property
    def core(self) -> Core:
        """The world's parts of this moment."""
        return self._core()

    @property
    def connections(self) -> list[Connection]:
        """The connections that there are, the oldest first."""
        return [*self._connections.values()]

    def connect(self, token: UserToken | None, wake: Callable[[], None]) -> Connection:
        """Return a new connection; see :class:`Connection`."""
        with self.lock:
            self._count += 1
            connection = self._connections[self._count] = Connection(self._count, self, token, wake)
            return connection

    def forget(self, connection: Connection) -> None:
        """Take note that a connection is over."""
        self._connections.pop(connection.number, None)

    def drop(self, code: int = SERVICE_RESTART) -> None:
        """Close every connection."""
        with self.lock:
            for connection in self.connections:
                connection.close(code)

    def join(self, topic: str, params: Json, token: UserToken | None, push: Callable[[Push], None]) -> Membership:
        """Join a topic as a client does.

        Raises:
            UnmatchedTopicError: topics begin otherwise.
            JoinRefusedError: it cannot be joined, with these parameters or by this user, or it was scripted.
        """
        room = self._room_of(topic)
        if (scripted := self.core.state.realtime_script.refusal_of(topic)) is not None:
            raise JoinRefusedError(scripted.reason)
        return self._enter(room, topic, params, token, push)

    @property
    def watchers(self) -> list[Watcher]:
        """The watchers that are open, the oldest first."""
        with self.lock:
            self._watchers = [watcher for watcher in self._watchers if watcher.is_open]
            return [*self._watchers]

    def watch(self, topic: str, params: Json) -> Watcher:
        """Join a topic to see what is pushed, whatever was scripted for clients.

        Raises:
            JoinRefusedError: it cannot be joined with these parameters.
        """
        with self.lock:
            watcher = Watcher(self._count + 1, topic, self._core, self.lock)
            watcher.begin(self._enter(self._room_of(topic), topic, params, None, watcher.see))
            self._count += 1
            self._watchers = [*self.watchers, watcher]
            return watcher

    def _room_of(self, topic: str) -> FeedRoom | GuideRoom:
        kind, colon, _ = topic.partition(":")
        if not colon or kind not in ("feeds", "guides"):
            raise UnmatchedTopicError
        return self._feeds if kind == "feeds" else self._guides

    def _enter(
        self,
        room: FeedRoom | GuideRoom,
        topic: str,
        params: Json,
        token: UserToken | None,
        push: Callable[[Push], None],
    ) -> Membership:
        if is_deeper_than(params, MAX_LEVELS):
            raise JoinRefusedError("the parameters of a join are nested too deeply")
        self.core.clock.catch_up()
        return room.join(self.core, topic, params, token, push)

    def hear(self, signal: Signal) -> None:
        """Push what a signal of the world tells of."""
        with self.lock:
            if isinstance(signal, MessageEventRecorded):
                self._feeds.hear(self.core, signal)
                self._hear_of_guide(signal)
            elif isinstance(signal, AudienceChanged | GuideEngaged):
                self._guides.look_again(self.core, user_id=signal.user_id)
            elif isinstance(signal, RecipientUpdated):
                self._hear_of_recipient(signal)
            else:
                self._guides.look_again(self.core)

    def _hear_of_recipient(self, signal: RecipientUpdated) -> None:
        if signal.collection == USERS:
            self._guides.look_again(self.core, user_id=signal.id)
        elif signal.collection == TENANTS:
            self._guides.look_again(self.core, tenant=signal.id)

    def _hear_of_guide(self, signal: MessageEventRecorded) -> None:
        if signal.event in _SHOWING:
            message = self.core.state.messages.get(signal.message_id)
            if message is not None and message.source.type == "guide":
                self._guides.look_again(self.core, user_id=message.recipient.id)

    def look_again(self) -> None:
        """Tell what is another than it was, after the world's parts were replaced."""
        with self.lock:
            self._guides.look_again(self.core)

    def tell_late(self, argument: Json) -> None:
        """Push an event that was delayed: the item of a feed by its id, or a change of guides."""
        if isinstance(argument, str):
            self._feeds.tell_late(self.core, argument)
        elif isinstance(argument, dict):
            self._guides.tell_late(argument["to"], str(argument["event"]), as_object(argument["payload"]))

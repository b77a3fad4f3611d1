"""One connection: text frames in, text frames out, as Phoenix speaks on a websocket."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.realtime.frames import Frame, FrameError, read_frame

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from knock_fake.gateway.user_tokens import UserToken
    from knock_fake.json_types import Json
    from knock_fake.realtime.pushes import Push

SERVICE_RESTART = 1012
"""The code of a server that is back in a moment; browser clients come back at any code but 1000."""

INTERNAL_ERROR = 1011
POLICY_VIOLATION = 1008

MOST_UNSENT = 10_000
"""How many frames wait for a client to read. One move of the clock may push thousands before any can be sent."""

_UNMATCHED = "unmatched topic"
_SENDABLE = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}


class JoinRefusedError(Exception):
    """A topic cannot be joined; the reason is the message, in words for whoever reads the client's log."""


class UnmatchedTopicError(JoinRefusedError):
    """There is no topic of this form."""

    def __init__(self) -> None:
        super().__init__(_UNMATCHED)


class Membership(Protocol):
    """A topic that was joined: pushes come from it until it is left."""

    def leave(self) -> None:
        """Let no pushes come any more."""
        ...


class Rooms(Protocol):
    """Where connections join topics."""

    @property
    def lock(self) -> AbstractContextManager[object]:
        """What is held while a connection or its world changes."""
        ...

    def join(self, topic: str, params: Json, token: UserToken | None, push: Callable[[Push], None]) -> Membership:
        """Join a topic.

        Raises:
            JoinRefusedError: it cannot be joined, with these parameters or by this user.
        """
        ...

    def forget(self, connection: Connection) -> None:
        """Take note that a connection is over."""
        ...


@dataclass(frozen=True, slots=True)
class _Channel:
    """A topic that the client is in, by the ``ref`` of its join."""

    join_ref: Json
    membership: Membership


class Connection:
    """A client that is connected.

    Args:
        number: counts the connections of a world.
        rooms: where topics are joined.
        token: the user token that it came with, if any.
        wake: called, from any thread, when there is something to send or the connection is to be closed.
    """

    def __init__(self, number: int, rooms: Rooms, token: UserToken | None, wake: Callable[[], None]) -> None:
        self.number = number
        self._rooms = rooms
        self._token = token
        self._wake = wake
        self._channels: dict[str, _Channel] = {}
        self._outbox: deque[str] = deque()
        self._close_code: int | None = None

    def __repr__(self) -> str:
        who = f" of {self.user_id}" if self.user_id is not None else ""
        return f"<Connection {self.number}{who}, topics: {', '.join(self.topics) or 'none'}>"

    @property
    def user_id(self) -> str | None:
        """The user that the token speaks for, ``None`` without a token."""
        return self._token.user_id if self._token is not None else None

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that are joined, in the order of joining."""
        return tuple(self._channels)

    @property
    def close_code(self) -> int | None:
        """With which code the connection ends once everything is sent; ``None`` while it goes on."""
        return self._close_code

    def receive(self, text: str) -> None:
        """Take a text frame from the client. Never raises for anything that a client may send.

        What is no frame ends the connection, as it ends Phoenix's process behind it (the code 1011 is our choice).
        """
        with self._rooms.lock:
            if self._close_code is not None:
                return
            try:
                frame = read_frame(text)
            except FrameError:
                self.close(INTERNAL_ERROR)
                return
            for answer in self._answers(frame):
                self._send(answer)

    def take(self) -> list[str]:
        """Return the text frames to be sent now, each of them once."""
        with self._rooms.lock:
            frames = [*self._outbox]
            self._outbox.clear()
            return frames

    def close(self, code: int = SERVICE_RESTART) -> None:
        """Close the connection. Knock's browser clients come back soon, unless the code is 1000.

        Args:
            code: of the websocket's close frame.

        Raises:
            UsageError: no close frame can have this code. UsageTypeError: it is no number.
        """
        check_close_code(code)
        with self._rooms.lock:
            if self._close_code is None:
                self._close_code = code
                for channel in self._channels.values():
                    channel.membership.leave()
                self._channels.clear()
                self._rooms.forget(self)
                self._wake()

    def _send(self, frame: Frame) -> None:
        """Put a frame into the outbox; a client that does not read what is in there is let go (our choice)."""
        if self._close_code is not None:
            return
        if len(self._outbox) >= MOST_UNSENT:
            self._outbox.clear()
            self.close(POLICY_VIOLATION)
            return
        self._outbox.append(frame.write())
        self._wake()

    def _answers(self, frame: Frame) -> list[Frame]:
        if frame.topic == "phoenix" and frame.event == "heartbeat":
            return [frame.reply(None)]
        if frame.event == "phx_join":
            return self._join(frame)
        if frame.event == "phx_leave":
            return self._leave(frame)
        channel = self._channels.get(frame.topic)
        if channel is None:
            return [frame.refuse(None, _UNMATCHED)]
        return [frame.refuse(channel.join_ref, f"nobody here takes the event {frame.event!r}")]

    def _join(self, frame: Frame) -> list[Frame]:
        """Join a topic; being in it already, leave it first."""
        before = self._channels.pop(frame.topic, None)
        closed = [] if before is None else [self._closed(frame.topic, before)]
        try:
            membership = self._rooms.join(frame.topic, frame.payload, self._token, self._pushing(frame))
        except UnmatchedTopicError as error:
            return [*closed, frame.refuse(None, str(error))]
        except JoinRefusedError as error:
            return [*closed, frame.refuse(frame.join_ref, str(error))]
        self._channels[frame.topic] = _Channel(frame.join_ref, membership)
        return [*closed, frame.reply(frame.join_ref)]

    def _pushing(self, join: Frame) -> Callable[[Push], None]:
        def push(pushed: Push) -> None:
            self._send(Frame(join.join_ref, None, join.topic, pushed.event, pushed.payload))

        return push

    def _leave(self, frame: Frame) -> list[Frame]:
        """Leave a topic, unless it was joined anew since: Knock's clients leave and join again in one breath."""
        channel = self._channels.get(frame.topic)
        if channel is None:
            return [frame.reply(frame.join_ref)]
        if frame.join_ref is not None and not _is_same(frame.join_ref, channel.join_ref):
            return []
        del self._channels[frame.topic]
        return [frame.reply(channel.join_ref), self._closed(frame.topic, channel)]

    def _closed(self, topic: str, channel: _Channel) -> Frame:
        channel.membership.leave()
        return Frame(channel.join_ref, channel.join_ref, topic, "phx_close", {})


def _is_same(one: Json, other: Json) -> bool:
    return type(one) is type(other) and one == other


def check_close_code(code: object) -> None:
    """Refuse what no close frame can have for its code (RFC 6455).

    Raises:
        UsageError: no close frame can have it. UsageTypeError: it is no number.
    """
    if isinstance(code, bool) or not isinstance(code, int):
        raise UsageTypeError(f"a close code is a number such as {SERVICE_RESTART}, not {code!r}")
    if code not in _SENDABLE:
        remedy = "take one of 1000 to 1003, 1007 to 1014 or 3000 to 4999"
        raise UsageError(f"no close frame can have the code {code}: {remedy}")

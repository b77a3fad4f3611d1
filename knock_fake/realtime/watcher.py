"""What a test sees of a topic: every event that is pushed, without any socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from knock_fake.asking.collection import Collection, Kind
from knock_fake.realtime.unpushed import why_unpushed
from knock_fake.timeline import brief
from knock_fake.timestamps import show_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from knock_fake.core import Core
    from knock_fake.fitting import Filters
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.realtime.connection import Membership
    from knock_fake.realtime.pushes import Push

REFERENCE = "client_watcher"
"""The reference id of the one client that a watcher of a feed has."""


@dataclass(frozen=True, slots=True, repr=False)
class Event:
    """An event that was pushed.

    Attributes:
        at: when, on the world's clock.
        topic: on which topic.
        event: its name, such as ``new-message`` or ``guide.added``.
        payload: what browser clients get.
        message_id: the item that a ``new-message`` tells of; its payload does not name it.
    """

    at: datetime
    topic: str
    event: str
    payload: JsonObject
    message_id: str | None

    def __repr__(self) -> str:
        about = self.message_id or self.guide or "the guide group"
        counts = f", unseen: {self.unseen_count}, matches: {self.matches}" if self.message_id is not None else ""
        return f"<{self.event} of {about} at {brief(self.at)}{counts}>"

    @property
    def matches(self) -> bool:
        """Whether the item of a feed fits the watcher's filters, so that a browser client fetches the feed."""
        attn = self.payload.get("attn")
        return isinstance(attn, list) and REFERENCE in attn

    @property
    def total_count(self) -> Json:
        """How many items the feed has under the watcher's filters; ``None`` for events of guides."""
        return self._inside("data", REFERENCE, "metadata", "total_count")

    @property
    def unread_count(self) -> Json:
        """How many of them are unread."""
        return self._inside("data", REFERENCE, "metadata", "unread_count")

    @property
    def unseen_count(self) -> Json:
        """How many of them are unseen."""
        return self._inside("data", REFERENCE, "metadata", "unseen_count")

    @property
    def guide(self) -> Json:
        """The key of the guide that the event is about, ``None`` when it is about none."""
        return self._inside("data", "guide", "key")

    @property
    def eligible(self) -> Json:
        """Whether the guide is for the user, ``None`` when the event does not say."""
        return self._inside("data", "eligible")

    def _inside(self, *path: str) -> Json:
        value: Json = self.payload
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def to_json(self) -> JsonObject:
        """Return the event as plain data."""
        return {
            "at": show_instant(self.at),
            "topic": self.topic,
            "event": self.event,
            "payload": self.payload,
            "message_id": self.message_id,
            "matches": self.matches,
            "total_count": self.total_count,
            "unread_count": self.unread_count,
            "unseen_count": self.unseen_count,
            "guide": self.guide,
            "eligible": self.eligible,
        }


_FACTS: Mapping[str, Callable[[Event], object]] = {
    "event": lambda event: event.event,
    "message_id": lambda event: event.message_id,
    "matches": lambda event: event.matches,
    "total_count": lambda event: event.total_count,
    "unread_count": lambda event: event.unread_count,
    "unseen_count": lambda event: event.unseen_count,
    "guide": lambda event: event.guide,
    "eligible": lambda event: event.eligible,
    "payload": lambda event: event.payload,
    "at": lambda event: event.at,
}


class Watcher:
    """Somebody who has joined a topic without any socket; usable as a context manager.

    Args:
        number: counts the watchers of a world.
        topic: the topic.
        core: returns the world's parts of this moment.
        lock: the world's.
    """

    def __init__(self, number: int, topic: str, core: Callable[[], Core], lock: AbstractContextManager[object]) -> None:
        self.number = number
        self.topic = topic
        self._core = core
        self._lock = lock
        self._seen: list[Event] = []
        self._membership: Membership | None = None

    def __repr__(self) -> str:
        state = "" if self.is_open else ", closed"
        return f"<Watcher {self.number} of {self.topic}, events: {len(self._seen)}{state}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        """Whether it still sees what is pushed."""
        return self._membership is not None

    @property
    def events(self) -> Collection[Event, Event]:
        """What was pushed since it began to watch, the oldest first; see :class:`Event` for what can be asked."""

        def why(_filters: Filters) -> Sequence[str]:
            with self._lock:
                return [*why_unpushed(self._core(), self.topic, is_open=self.is_open)]

        return Collection(Kind("event", lambda: [*self._seen], _FACTS, lambda event: event, repr, why))

    def clear(self) -> None:
        """Forget the events that it has seen."""
        self._seen.clear()

    def close(self) -> None:
        """Watch no longer; what it has seen stays."""
        with self._lock:
            membership, self._membership = self._membership, None
            if membership is not None:
                membership.leave()

    def begin(self, membership: Membership) -> None:
        """Be in the topic that it watches."""
        self._membership = membership

    def see(self, push: Push) -> None:
        """Take note of an event."""
        self._seen.append(Event(self._core().clock.now, self.topic, push.event, push.payload, push.message_id))

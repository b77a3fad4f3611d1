"""Signals: what happens in a world, told at once to those of its parts that want to hear of it.

Every signal is plain data: the instant, and the ids of the records that it is about. Stores send them when a record
has changed, so whoever hears one finds in the state what it tells of.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from knock_fake.json_types import JsonObject


class MessageEventRecorded(NamedTuple):
    """Something happened to a message: ``event`` is a status or a mark, such as ``created``, ``sent``, ``unseen``."""

    at: datetime
    message_id: str
    event: str
    data: JsonObject | None


class RunStarted(NamedTuple):
    """A recipient run takes its first step."""

    at: datetime
    run_id: str


class RunEnded(NamedTuple):
    """A recipient run is over: ``completed`` or ``cancelled``."""

    at: datetime
    run_id: str
    status: str


class RunErred(NamedTuple):
    """A recipient run met an error, which does not always end it."""

    at: datetime
    run_id: str


class AudienceChanged(NamedTuple):
    """A user entered an audience or left it, for a tenant or for none."""

    at: datetime
    audience: str
    user_id: str
    tenant: str | None
    transition: Literal["enter", "exit"]


class AudienceDefined(NamedTuple):
    """A dynamic audience is new, or has other conditions by now."""

    at: datetime
    audience: str


class RecipientUpdated(NamedTuple):
    """A user, object or tenant is known by now, or has changed: its properties, preferences or channel data, or the
    memberships in audiences that merging gave to it.
    """

    at: datetime
    collection: str
    id: str


class GuidesChanged(NamedTuple):
    """A guide is new, has another version, or was switched on or off; or their order or throttle is another."""

    at: datetime


class GuideEngaged(NamedTuple):
    """A user archived a guide as a whole, or that or all that they did with it was taken back."""

    at: datetime
    user_id: str
    guide: str
    tenant: str | None


class SourceEventReceived(NamedTuple):
    """An event came in from an integration source, such as Segment; ``user_id`` is whom it is about, if anybody."""

    at: datetime
    source: str
    event: str
    user_id: str | None
    data: JsonObject


ResourceKind: TypeAlias = Literal["workflow", "email_layout", "translation", "source_event_action", "partial"]


class ResourceChanged(NamedTuple):
    """A resource of the environment, there since ``created_at``, was updated, and committed if there is an id."""

    at: datetime
    kind: ResourceKind
    key: str
    created_at: datetime
    commit_id: str | None


class Remarked(NamedTuple):
    """Something was accepted as Knock accepts it, and yet is likely a mistake: ``text`` says what."""

    at: datetime
    text: str


class WorldFilled(NamedTuple):
    """Records were put in place as if they had always been there, without any signals of their own."""

    at: datetime


Signal: TypeAlias = (
    MessageEventRecorded
    | RunStarted
    | RunEnded
    | RunErred
    | AudienceChanged
    | AudienceDefined
    | RecipientUpdated
    | GuidesChanged
    | GuideEngaged
    | SourceEventReceived
    | ResourceChanged
    | Remarked
    | WorldFilled
)

_Kind = TypeVar("_Kind", bound=Signal)


class Signals:
    """Tells signals to those who have asked for their kind, in the order in which they asked.

    ``sent`` is how many there have been, told or held back.
    """

    __slots__ = ("_handlers", "_held", "_is_muted", "sent")

    def __init__(self) -> None:
        self.sent = 0
        self._handlers: dict[type, list[Callable[[Signal], None]]] = {}
        self._held: list[Signal] | None = None
        self._is_muted = False

    def on(self, kind: type[_Kind], handler: Callable[[_Kind], None]) -> None:
        """Let a handler hear of every signal of a kind from now on, for as long as the world lives.

        A handler is called while the sender is still at work: what it has to do with runs and messages it leaves to
        a timer that is due at once.
        """
        self._handlers.setdefault(kind, []).append(cast("Callable[[Signal], None]", handler))

    def send(self, signal: Signal) -> None:
        """Tell a signal; without anybody who listens it is only counted."""
        self.sent += 1
        if self._is_muted:
            return
        if self._held is not None:
            if not any(type(one) is type(signal) and one == signal for one in self._held):
                self._held.append(signal)
            return
        for handler in self._handlers.get(type(signal), ()):
            handler(signal)

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Tell nobody what a block does: it puts in place what has always been there."""
        before, self._is_muted = self._is_muted, True
        try:
            yield
        finally:
            self._is_muted = before

    @contextmanager
    def together(self) -> Iterator[None]:
        """Hold signals back until a block is done, then tell each of them once: several writes are one change."""
        if self._held is not None:
            yield
            return
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            for signal in held:
                self.send(signal)

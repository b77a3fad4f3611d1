"""One message as a test holds it: what it is, and what a test lets happen to it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Self

from knock_fake.asking.plain import plain_attributes
from knock_fake.delivery.engagement import engage, follow_link
from knock_fake.delivery.journeys import good_end
from knock_fake.delivery.transitions import successors
from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.gateway.arguments import read_argument

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from knock_fake.core import Core
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state import messages as records
    from knock_fake.state.channels import Channel

_REACHED = ("sent", "delivered")


class Message:
    """One message: what it is, and verbs for what provider and recipient do with it.

    It always tells the present: nothing is copied. Verbs happen at once, at the clock's instant, and return the
    message.

    Args:
        core: the parts of the world that it belongs to.
        record: what the world remembers of it.
        lock: held by every verb.
    """

    __slots__ = ("_core", "_lock", "_record")

    def __init__(self, core: Core, record: records.Message, lock: AbstractContextManager[object] | None = None) -> None:
        self._core = core
        self._record = record
        self._lock = nullcontext() if lock is None else lock

    def __repr__(self) -> str:
        return f"<Message {self.id}: {self.channel.key} to {self._record.recipient}, {self.status}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and other._record is self._record

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def id(self) -> str:
        """The id, as the API shows it."""
        return self._record.id

    @property
    def channel(self) -> Channel:
        """The channel that it was made for."""
        return self._record.channel

    @property
    def recipient(self) -> Json:
        """Whom it is for, as Knock writes it: a user's id, or ``{"id", "collection"}`` of an object."""
        return self._record.recipient.shown()

    @property
    def actors(self) -> tuple[Json, ...]:
        """Who did what it tells of, as Knock writes them."""
        return tuple(actor.shown() for actor in self._record.actors)

    @property
    def tenant(self) -> str | None:
        """The id of its tenant."""
        return self._record.tenant

    @property
    def workflow(self) -> str | None:
        """The key of the workflow that made it; ``None`` for the message of a guide."""
        source = self._record.source
        return source.key if source.type == "workflow" else None

    @property
    def step_ref(self) -> str:
        """The step that made it."""
        return self._record.source.step_ref

    @property
    def data(self) -> JsonObject:
        """The trigger data of its time."""
        return self._record.data

    @property
    def content(self) -> JsonObject:
        """The rendered content, as the API's ``GET /v1/messages/{id}/content`` shows it."""
        return self._record.content

    @property
    def attachments(self) -> list[JsonObject]:
        """The files that an email carries: ``name``, ``content_type``, ``content`` in base64, as they were given."""
        files = (self._record.options.payload or {}).get("attachments")
        return [file for file in files if isinstance(file, dict)] if isinstance(files, list) else []

    @property
    def status(self) -> records.DeliveryStatus:
        """The delivery status."""
        return self._record.status

    @property
    def engagements(self) -> frozenset[records.Engagement]:
        """What the recipient has done with it and not taken back."""
        return self._record.engagements

    @property
    def events(self) -> tuple[records.MessageEvent, ...]:
        """Everything that happened to it, oldest first."""
        return self._record.events

    @property
    def delivery_logs(self) -> tuple[records.DeliveryLog, ...]:
        """Every attempt to hand it to its provider, oldest first."""
        return self._record.delivery_logs

    @property
    def metadata(self) -> JsonObject | None:
        """What the provider calls it (``external_id``), once it has taken it."""
        return self._record.metadata

    @property
    def inserted_at(self) -> datetime:
        """When it was made."""
        return self._record.inserted_at

    @property
    def scheduled_at(self) -> datetime | None:
        """When its send window opens, for a message that had to wait for one."""
        return self._record.scheduled_at

    @property
    def links(self) -> tuple[str, ...]:
        """The addresses behind its tracked links, in the order in which they stand in it."""
        return (*self._core.state.tracked_links.of(self.id),)

    def to_json(self) -> JsonObject:
        """Return it as plain data, with its events and its channel's key."""
        return {**plain_attributes(self, _SHOWN), "channel": self.channel.key}

    def deliver(self) -> Self:
        """Let it arrive: take it to the last status of a good day, ``sent`` for push and chat, else ``delivered``.

        Raises:
            UsageError: no way leads there from its present status.
        """
        return self._move(good_end(self.channel.type), None, "delivered")

    def bounce(self, reason: str | None = None) -> Self:
        """Let it bounce; the token of a push is deregistered where its channel lets it.

        Args:
            reason: the ``failure_details`` of the event.

        Raises:
            UsageError: it cannot bounce from its present status. UsageTypeError: the reason is no text.
        """
        return self._move("bounced", reason, "bounced")

    def undeliver(self, reason: str | None = None) -> Self:
        """Let its delivery fail for good.

        Args:
            reason: the ``failure_details`` of the event.

        Raises:
            UsageError: it cannot fail from its present status. UsageTypeError: the reason is no text.
        """
        return self._move("undelivered", reason, "undelivered")

    def open(self) -> Self:
        """Let the recipient open the email, which loads its pixel: each time it counts as read anew (Knock's docs).

        Raises:
            UsageError: it is no email that tracks opens, or has not reached the recipient.
        """
        if self.channel.type != "email":
            raise UsageError(f"{self!r} cannot be opened: only emails can be")
        if not self._record.options.tracks_opens:
            remedy = f"knock.channels.configure({self.channel.key!r}, settings={{'open_tracking': True}})"
            raise UsageError(f"{self!r} cannot be opened: its channel does not track opens; {remedy}")
        return self._do("opened", lambda: engage(self._core.state.messages, self._record, "read", None))

    def click(self, url: str | None = None) -> Self:
        """Let the recipient click a tracked link; on SMS and chat that counts as read, too (Knock's docs).

        Args:
            url: the address behind the link, as the template names it; may be left out where there is one link.

        Raises:
            UsageError: it has no such link, or has not reached the recipient.
        """
        link = self._link(url)
        return self._do("clicked", lambda: follow_link(self._core.state.messages, self._record, link))

    def see(self) -> Self:
        """Let the recipient see it.

        Raises:
            UsageError: it has not reached the recipient.
        """
        return self._engage("seen")

    def read(self) -> Self:
        """Let the recipient read it.

        Raises:
            UsageError: it has not reached the recipient.
        """
        return self._engage("read")

    def interact(self, metadata: JsonObject | None = None) -> Self:
        """Let the recipient interact with it, which reads it, too.

        Args:
            metadata: up to five flat facts about the interaction.

        Raises:
            UsageError: it has not reached the recipient, or the metadata does not fit. UsageTypeError: the metadata is
                of a wrong type.
        """
        return self._engage("interacted", None if metadata is None else _read_facts(metadata))

    def archive(self) -> Self:
        """Let the recipient archive it.

        Raises:
            UsageError: it has not reached the recipient.
        """
        return self._engage("archived")

    def _link(self, url: str | None) -> str:
        links = self.links
        if not links:
            remedy = f"knock.channels.configure({self.channel.key!r}, settings={{'link_tracking': True}})"
            raise UsageError(
                f"{self!r} has no tracked link to click: its channel tracks none ({remedy}), or it has none"
            )
        if url is None and len(links) == 1:
            return links[0]
        if url not in links:
            raise UsageError(f"{self!r} has no tracked link to {url!r}; {nearest(str(url), links)}")
        return url

    def _engage(self, engagement: records.Engagement, data: JsonObject | None = None) -> Self:
        return self._do(engagement, lambda: engage(self._core.state.messages, self._record, engagement, data))

    def _do(self, what: str, action: Callable[[], None]) -> Self:
        with self._lock:
            self._require_existence()
            if self.status not in _REACHED:
                raise UsageError(f"{self!r} cannot be {what}: a recipient has it once it is sent or delivered")
            action()
            self._core.clock.settle()
        return self

    def _move(self, status: records.DeliveryStatus, reason: str | None, what: str) -> Self:
        if not isinstance(reason, str | None):
            raise UsageTypeError(f"the reason must be text, not {reason!r}")
        with self._lock:
            self._require_existence()
            if not self._core.dispatcher.move(self._record, status, reason):
                raise UsageError(f"{self!r} cannot be {what}: {self._possibilities()}")
            self._core.clock.settle()
        return self

    def _possibilities(self) -> str:
        following = successors(self.channel.type, self.status)
        kind = self.channel.type
        if not following:
            return f"{self.status!r} is final for channels of type {kind!r}"
        return f"on a channel of type {kind!r}, {self.status!r} can be followed by {', '.join(map(repr, following))}"

    def _require_existence(self) -> None:
        if self._core.state.messages.get(self.id) is not self._record:
            raise UsageError(f"{self!r} was deleted")


def _read_facts(metadata: object) -> JsonObject:
    known = [*metadata] if isinstance(metadata, dict) else []
    return read_argument("messages/metadata", metadata, "interact: metadata", known=known)


_SHOWN = (
    "id",
    "recipient",
    "actors",
    "tenant",
    "workflow",
    "step_ref",
    "data",
    "content",
    "status",
    "engagements",
    "links",
    "metadata",
    "inserted_at",
    "scheduled_at",
    "events",
    "delivery_logs",
)

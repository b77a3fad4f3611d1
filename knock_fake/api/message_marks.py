"""Marks: seen, read, interacted, archived, and taking them back, on one message and on many."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from knock_fake.api.message_filters import texts
from knock_fake.api.messages import is_retained
from knock_fake.api.shown_messages import show_message
from knock_fake.delivery.engagement import disengage, engage
from knock_fake.errors import resource_missing
from knock_fake.gateway.authentication import reaches
from knock_fake.gateway.operations import Documented, Resource

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.gateway.operations import Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.messages import Engagement, Message

marks = Resource("messages")

REJECTED_HEADER = "x-ratelimited-message_ids"


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark as the API spells it: the name in paths, what it does, and the SDK's names for it."""

    name: str
    engagement: Engagement
    undoes: bool
    single: str
    batch: str

    def apply(self, core: Core, message: Message, metadata: JsonObject | None) -> None:
        """Set or take back the mark."""
        if self.undoes:
            disengage(core.state.messages, message, self.engagement)
        else:
            engage(core.state.messages, message, self.engagement, metadata)


SEEN = Mark("seen", "seen", False, "mark_as_seen", "mark_as_seen")
READ = Mark("read", "read", False, "mark_as_read", "mark_as_read")
INTERACTED = Mark("interacted", "interacted", False, "mark_as_interacted", "mark_as_interacted")
ARCHIVED = Mark("archived", "archived", False, "archive", "archive")
UNSEEN = Mark("unseen", "seen", True, "mark_as_unseen", "mark_as_unseen")
UNREAD = Mark("unread", "read", True, "mark_as_unread", "mark_as_unread")
UNARCHIVED = Mark("unarchived", "archived", True, "unarchive", "unarchive")
UNINTERACTED = Mark("interacted", "interacted", True, "unmark_interacted", "")

_SETS = (SEEN, READ, INTERACTED, ARCHIVED)
_UNDOES = (UNSEEN, UNREAD, UNARCHIVED)


def _find_markable(request: Request, identifier: str) -> Message | None:
    """Return a message that can be marked: an in-app one for ever, any other while it is retained.

    With a user token these are the messages of its user, as far as it reaches them (our choice).
    """
    message = request.core.state.messages.get(identifier)
    if message is None or not reaches(request, message.recipient, message.tenant):
        return None
    return message if message.is_feed_item or is_retained(request.core, message) else None


def _mark_one(mark: Mark, request: Request) -> Json:
    """Mark one message, or take a mark back, and return the message."""
    identifier = request.params["message_id"]
    message = _find_markable(request, identifier)
    if message is None:
        raise resource_missing("message", identifier)
    mark.apply(request.core, message, _metadata(mark, request))
    return show_message(message)


def _mark_batch(mark: Mark, request: Request) -> Json:
    """Mark many messages, or take marks back, and return them in the order asked.

    Ids that are unknown or out of retention are left out (our choice). Messages over the batch limit come back
    unchanged, and a header names them.
    """
    asked = {identifier: _find_markable(request, identifier) for identifier in texts(request.body, "message_ids")}
    found = {identifier: message for identifier, message in asked.items() if message is not None}
    rejected = request.rate_limits.batch.over(request.operation.name, mark.name, [*found])
    for identifier, message in found.items():
        if identifier not in rejected:
            mark.apply(request.core, message, _metadata(mark, request))
    if rejected:
        request.reply_headers[REJECTED_HEADER] = ",".join(one for one in found if one in rejected)
    return [show_message(message) for message in found.values()]


def _metadata(mark: Mark, request: Request) -> JsonObject | None:
    """Return what the mark's event keeps: only ``interacted`` takes metadata, and only there has it been checked."""
    metadata = request.body.get("metadata") if mark is INTERACTED else None
    return metadata if isinstance(metadata, dict) else None


def _declare_single(
    mark: Mark, method: str, path_name: str, name: str, *, body: str | None = None, reference: Documented = "both"
) -> None:
    declare = marks.operation(
        name,
        method,
        f"/v1/messages/{{message_id}}/{path_name}",
        tier=2,
        retention=True,
        public_key="documented",
        ability="user/feed_write",
        body=body,
        response="messages/message",
        reference=reference,
    )
    declare(partial(_mark_one, mark))


def _declare_batch(mark: Mark) -> None:
    body = "messages/batch_interacted_request" if mark is INTERACTED else "messages/batch_request"
    declare = marks.operation(
        f"batch.{mark.batch}",
        "POST",
        f"/v1/messages/batch/{mark.name}",
        tier=3,
        batch_tier=1,
        retention=True,
        public_key="documented",
        ability="user/feed_write",
        body=body,
        response="messages/message_batch",
    )
    declare(partial(_mark_batch, mark))


for _mark in _SETS:
    _declare_single(
        _mark, "PUT", _mark.name, _mark.single, body="messages/interacted_request" if _mark is INTERACTED else None
    )
for _mark in _UNDOES:
    _declare_single(_mark, "DELETE", _mark.engagement, _mark.single)
    _declare_single(_mark, "DELETE", _mark.name, f"{_mark.single}_alias", reference="current")
_declare_single(UNINTERACTED, "DELETE", "interacted", UNINTERACTED.single, reference="older")
for _mark in (*_SETS, *_UNDOES):
    _declare_batch(_mark)

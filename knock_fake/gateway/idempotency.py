"""Idempotency keys: the first successful answer to a key is remembered for a day and given again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

import orjson

from knock_fake.errors import idempotency_error
from knock_fake.gateway.call import Reply

if TYPE_CHECKING:
    from datetime import datetime

    from knock_fake.clock import VirtualClock
    from knock_fake.gateway.call import Call
    from knock_fake.json_types import Json

KEY_LENGTH = 255
"""Characters in a key at most, from Knock's API reference."""

REMEMBERED_FOR = timedelta(hours=24)
"""How long an answer is given again, from Knock's API reference."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The first answer to a key: when it was given (UTC), to which request, and that request's id."""

    at: datetime
    fingerprint: bytes
    reply: Reply
    request_id: str


def fingerprint(call: Call, body: Json) -> bytes:
    """Return a digest by which two requests are told apart: origin, method, path, raw query and decoded body.

    Headers do not count, nor do the order of keys and the white space of the body.

    Args:
        call: the request.
        body: its decoded body.
    """
    identity = [call.origin, call.method, call.path, call.query]
    try:
        written = orjson.dumps([*identity, body], option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # orjson reads deeper nesting than it writes; such a body is the same when its bytes are.
        written = repr((*identity, call.body)).encode("utf-8", "backslashreplace")
    return blake2b(written, digest_size=16).digest()


def replay(recorded: Recorded) -> Reply:
    """Return a recorded answer as it is given again; the new ``x-request-id`` is for the gateway to set.

    Args:
        recorded: the first answer.
    """
    first = recorded.reply
    marks = {"idempotent-replayed": "true", "original-x-request-id": recorded.request_id}
    return Reply(first.status, first.body, {**first.headers, **marks})


class IdempotencyStore:
    """What one world remembers of its idempotent requests.

    Entries expire by comparing instants. A timer for each would make ``run_until_idle`` jump a day ahead.

    Args:
        clock: the world's clock.
    """

    __slots__ = ("_clock", "_entries")

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._entries: OrderedDict[tuple[str, str], Recorded] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, scope: str, key: str, fingerprint: bytes) -> Recorded | None:
        """Look up the first answer to a key.

        Args:
            scope: what a key is unique within: the request's path.
            key: the ``Idempotency-Key`` header.
            fingerprint: see :func:`fingerprint`.

        Returns:
            The first answer, or ``None`` when the request has to run.

        Raises:
            ApiError: 400, the key is too long, or came with a different request before (from Knock's API
                reference; the wording of the latter is undocumented by Knock: our choice).
        """
        if len(key) > KEY_LENGTH:
            hint = f"the idempotency key has {len(key)} characters, {KEY_LENGTH} are allowed"
            raise idempotency_error("idempotency_key_too_long", hint)
        self._forget_expired()
        recorded = self._entries.get((scope, key))
        if recorded is not None and recorded.fingerprint != fingerprint:
            first = f"request {recorded.request_id} to {scope} with another body, query or host"
            hint = f"the idempotency key {key!r} came first with {first}: use a new key for a new request"
            raise idempotency_error("This idempotency key was used with a different request.", hint)
        return recorded

    def remember(self, scope: str, key: str, fingerprint: bytes, reply: Reply, request_id: str) -> None:
        """Remember an answer for 24 hours, if it is a success; after a refusal the same key runs again.

        Args:
            scope: what a key is unique within: the request's path.
            key: the ``Idempotency-Key`` header.
            fingerprint: see :func:`fingerprint`.
            reply: the answer; later changes to its headers are not seen.
            request_id: the ``x-request-id`` of the request that got it.
        """
        self._forget_expired()
        if not 200 <= reply.status < 300:
            return
        headers = {name: value for name, value in reply.headers.items() if name != "x-request-id"}
        kept = Reply(reply.status, reply.body, headers)
        self._entries[scope, key] = Recorded(self._clock.now, fingerprint, kept, request_id)
        self._entries.move_to_end((scope, key))

    def _forget_expired(self) -> None:
        while self._entries:
            oldest = next(iter(self._entries.values()))
            if self._clock.now - oldest.at < REMEMBERED_FOR:
                return
            self._entries.popitem(last=False)

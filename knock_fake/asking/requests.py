"""The calls that reached a world, as a test asks about them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import orjson

from knock_fake.asking.collection import Collection, Kind
from knock_fake.asking.plain import plain_attributes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from knock_fake.gateway.journal import Entry, Journal
    from knock_fake.json_types import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Request:
    """One call and its answer.

    Attributes:
        number: its place among the calls of the world, from 1.
        at: when it came (UTC, on the world's clock).
        method, path, query: the request line; ``path`` as it was sent, ``query`` without ``?``.
        headers: the headers of the request, names in lower case.
        operation: the operation that answered, such as ``users.update``; ``None`` for a path that nothing answers.
        body: the decoded JSON of the request, ``None`` when it had none or when it is not JSON.
        status: the status of the answer, given though it may not have arrived.
        answer: the decoded JSON of the answer, ``None`` when it had none.
        hint: what the fake says on the side about a refused call.
        faults: the scripted failures that struck it, in words.
    """

    number: int
    at: datetime
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    operation: str | None
    body: Json
    status: int
    answer: Json
    hint: str | None
    faults: tuple[str, ...]

    def to_json(self) -> JsonObject:
        """Return it as plain data."""
        return plain_attributes(self, (field.name for field in fields(self)))


def _decoded(content: bytes) -> Json:
    try:
        decoded: Json = orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        return None
    return decoded


_FACTS: dict[str, Callable[[Entry], object]] = {
    "number": lambda entry: entry.number,
    "at": lambda entry: entry.at,
    "method": lambda entry: entry.call.method,
    "path": lambda entry: entry.call.path,
    "query": lambda entry: entry.call.query,
    "headers": lambda entry: entry.call.headers,
    "operation": lambda entry: entry.operation,
    "body": lambda entry: _decoded(entry.call.body),
    "status": lambda entry: entry.reply.status,
    "answer": lambda entry: _decoded(entry.reply.body),
    "hint": lambda entry: entry.hint,
    "faults": lambda entry: entry.faults,
}


def _show(entry: Entry) -> Request:
    call, reply = entry.call, entry.reply
    return Request(
        number=entry.number,
        at=entry.at,
        method=call.method,
        path=call.path,
        query=call.query,
        headers=call.headers,
        operation=entry.operation,
        body=_decoded(call.body),
        status=reply.status,
        answer=_decoded(reply.body),
        hint=entry.hint,
        faults=entry.faults,
    )


def ask_requests(journal: Journal) -> Collection[Entry, Request]:
    """Return the calls of a journal as a collection."""
    return Collection(Kind("request", lambda: [*journal], _FACTS, _show, str))

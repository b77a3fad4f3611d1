"""What every answer has to be, and everything that a world remembers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from knock_fake.api import OPERATIONS
from knock_fake.gateway.call import Call
from tests.contract.shapes import judge
from tests.worlds import HEADERS

if TYPE_CHECKING:
    from knock_fake import KnockFake
    from knock_fake.gateway.call import Reply
    from knock_fake.gateway.operations import Operation
    from knock_fake.json_types import Json, JsonObject

BY_NAME = {operation.name: operation for operation in OPERATIONS}


@dataclass(frozen=True)
class Sent:
    """One call to an operation."""

    operation: Operation
    path: str
    query: str = ""
    body: Json = None

    def __str__(self) -> str:
        return f"{self.operation.method} {self.path}?{self.query} {orjson.dumps(self.body).decode()[:300]}"

    def to(self, world: KnockFake) -> Reply:
        """Make the call; an error inside of the fake is raised here."""
        content = b"" if self.body is None else orjson.dumps(self.body)
        reply = world.handle(Call(self.operation.method, self.path, self.query, HEADERS, content))
        (*_, entry) = world.journal
        if entry.error is not None:
            raise entry.error
        assert entry.operation == self.operation.name
        return reply


def check_success(operation: Operation, reply: Reply) -> None:
    assert reply.status == operation.status, reply.body
    if operation.response_schema is None:
        assert (reply.status, reply.body) == (204, b"")
    else:
        judge(operation.response_schema).validate(orjson.loads(reply.body))


def check_refusal(reply: Reply) -> JsonObject:
    """Return the body of a refusal in Knock's shape."""
    body: JsonObject = orjson.loads(reply.body)
    judge("common/error").validate(body)
    assert body["status"] == reply.status
    return body


def check_call(world: KnockFake, sent: Sent) -> int:
    """Send a call: a success fits its schema, a refusal has Knock's body and changes nothing, nothing else happens."""
    before = digest(world)
    reply = sent.to(world)
    if reply.status in (200, 204):
        if "exclude" not in sent.query:  # what was cut out of an answer is not there
            check_success(sent.operation, reply)
    else:
        # 403 is for providers alone: the object that is named holds no credentials.
        assert reply.status in ((400, 403, 404, 422) if "/providers/" in sent.path else (400, 404, 422))
        check_refusal(reply)
        assert digest(world) == before
    return reply.status


def digest(world: KnockFake) -> str:
    """Everything that a world remembers, as text."""
    remembered = [attributes(store) for store in attributes(world.state).values()]
    return repr((remembered, world.clock.now, world.clock.pending(), world.workflows.keys()))


def attributes(store: object) -> dict[str, object]:
    """Return what a store holds, in slots or not, without the parts of the world that it shares with others."""
    slots = [name for cls in type(store).__mro__ for name in getattr(cls, "__slots__", ())]
    held = {name: getattr(store, name) for name in slots if hasattr(store, name)} | getattr(store, "__dict__", {})
    return {name: value for name, value in held.items() if name not in ("_clock", "_identifiers")}

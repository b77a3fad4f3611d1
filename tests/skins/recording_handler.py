"""What stands behind a skin in these tests: a handler that keeps its calls and gives one answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from knock_fake.gateway.call import Call, Reply

JANE = b'{"__typename":"User","id":"jane","updated_at":"2026-01-01T00:00:00.000000Z"}'


def jane() -> Reply:
    return Reply(200, JANE, {"content-type": "application/json", "x-request-id": "req_1"})


@dataclass(slots=True)
class RecordingHandler:
    reply: Reply = field(default_factory=jane)
    calls: list[Call] = field(default_factory=list)

    def handle(self, call: Call) -> Reply:
        self.calls.append(call)
        return self.reply

    def line(self) -> str:
        """The one call that came, as ``METHOD path?query``."""
        (call,) = self.calls
        return f"{call.method} {call.path}?{call.query}"


@dataclass(slots=True)
class FailingHandler:
    error: Exception

    def handle(self, call: Call) -> Reply:  # noqa: ARG002 - fails before it looks
        raise self.error

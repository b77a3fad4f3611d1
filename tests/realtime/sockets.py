"""A browser's side of a connection, without any socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from knock_fake.gateway.call import Call, Reply
from knock_fake.gateway.upgrades import WEBSOCKET_PATH, upgrade_call

if TYPE_CHECKING:
    from knock_fake import KnockFake
    from knock_fake.gateway.upgrades import Socket
    from knock_fake.json_types import Json

FEED = "55555555-5555-4555-8555-555555555555"
GUIDES = "77777777-7777-4777-8777-777777777777"
JANES_FEED = f"feeds:{FEED}:jane"
ALL_GUIDES = f"guides:{GUIDES}"
QUERY = "api_key=pk_test_x&vsn=2.0.0"


def upgrade(query: str = QUERY) -> Call:
    return upgrade_call(Call("GET", WEBSOCKET_PATH, query))


class Browser:
    """One connection, and what a browser client would do with it."""

    def __init__(self, world: KnockFake, query: str = QUERY) -> None:
        self.wakes = 0
        answer = world.connect(upgrade(query), self._wake)
        assert not isinstance(answer, Reply), answer
        self.socket: Socket = answer

    def _wake(self) -> None:
        self.wakes += 1

    def send(self, *frame: Json) -> list[Json]:
        """Send a frame; return the frames that came back."""
        self.socket.receive(orjson.dumps(frame).decode())
        return self.frames()

    def frames(self) -> list[Json]:
        return [orjson.loads(text) for text in self.socket.take()]

    def join(self, topic: str, params: Json, ref: str = "1") -> None:
        answers = self.send(ref, ref, topic, "phx_join", params)
        assert answers == [[ref, ref, topic, "phx_reply", {"status": "ok", "response": {}}]]


def ok(join_ref: Json, ref: Json, topic: str) -> Json:
    return [join_ref, ref, topic, "phx_reply", {"status": "ok", "response": {}}]


def error(join_ref: Json, ref: Json, topic: str, reason: str) -> Json:
    return [join_ref, ref, topic, "phx_reply", {"status": "error", "response": {"reason": reason}}]


def closed(join_ref: Json, topic: str) -> Json:
    return [join_ref, join_ref, topic, "phx_close", {}]

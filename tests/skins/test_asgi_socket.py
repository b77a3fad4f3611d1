from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from knock_fake.gateway.call import Call
from knock_fake.skins.asgi import asgi_app
from knock_fake.skins.asgi_socket import serve_socket
from tests.realtime.sockets import JANES_FEED, QUERY, ok
from tests.skins.recording_handler import RecordingHandler
from tests.skins.test_asgi import Make, Message, both, request, serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp

    from knock_fake import KnockFake
    from knock_fake.gateway.call import Handler

CONNECT: Message = {"type": "websocket.connect"}
ACCEPT: Message = {"type": "websocket.accept"}
GONE: Message = {"type": "websocket.disconnect", "code": 1005}
JOIN: Message = {"type": "websocket.receive", "text": orjson.dumps(["1", "1", JANES_FEED, "phx_join", {}]).decode()}
JOINED: Message = {"type": "websocket.send", "text": orjson.dumps(ok("1", "1", JANES_FEED)).decode()}


def scope(path: str = "/ws/v1/websocket", query: str = QUERY, **more: Any) -> Message:  # noqa: ANN401 - as in a scope
    return {"type": "websocket", "path": path, "query_string": query.encode(), "headers": [], **more}


class Client:
    """A client of a websocket: says what it is to say, then waits until something is sent, and does what follows."""

    def __init__(self, *says: Message) -> None:
        self._says: asyncio.Queue[Message] = asyncio.Queue()
        for message in (CONNECT, *says):
            self._says.put_nowait(message)
        self.sent: list[Message] = []
        self.on_send: Callable[[Message], None] = lambda _message: None

    async def receive(self) -> Message:
        return await self._says.get()

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        self.on_send(message)

    def say(self, message: Message) -> None:
        self._says.put_nowait(message)

    def leave_after(self, wanted: Message) -> None:
        self.on_send = lambda message: self.say(GONE) if message == wanted else None


def talk(app: ASGIApp, client: Client, **more: Any) -> list[Message]:  # noqa: ANN401 - as in a scope
    async def run() -> None:
        await asyncio.wait_for(app(scope(**more), client.receive, client.send), 30)

    asyncio.run(run())
    return client.sent


def connected(knock: KnockFake) -> int:
    return len(knock.realtime.connections)


@both
def test_frames_go_both_ways_until_the_client_leaves(knock: KnockFake, make: Make) -> None:
    client = Client(JOIN)
    client.leave_after(JOINED)
    assert talk(make(knock), client) == [ACCEPT, JOINED]
    assert connected(knock) == 0


@pytest.mark.parametrize(
    "more",
    [
        {"path": "//ws/v1/websocket"},
        {"path": "/knock/ws/v1/websocket", "root_path": "/knock"},
        {"path": "/knock//ws/v1/websocket", "raw_path": b"/knock//ws/v1/websocket", "root_path": "/knock"},
    ],
)
@both
def test_the_path_may_have_a_mount_and_the_slash_of_the_host(knock: KnockFake, make: Make, more: Message) -> None:
    client = Client(JOIN)
    client.leave_after(JOINED)
    assert talk(make(knock), client, **more) == [ACCEPT, JOINED]


def test_an_application_that_it_is_mounted_in_serves_websockets_too(knock: KnockFake) -> None:
    client = Client(JOIN)
    client.leave_after(JOINED)
    app = Starlette(routes=[Mount("/knock", app=knock.asgi_app())])
    assert talk(app, client, path="/knock/ws/v1/websocket", raw_path=b"/knock/ws/v1/websocket") == [ACCEPT, JOINED]


@both
def test_other_paths_and_handlers_take_no_websockets(knock: KnockFake, make: Make) -> None:
    assert talk(make(knock), Client(), path="/v1/users") == [{"type": "websocket.close"}]
    assert talk(make(RecordingHandler()), Client()) == [{"type": "websocket.close"}]


def test_a_refused_upgrade_is_answered_where_the_server_can(knock: KnockFake) -> None:
    app = asgi_app(knock)
    assert talk(app, Client(), query="") == [{"type": "websocket.close"}]
    start, body = talk(app, Client(), query="vsn=2.0.0", extensions={"websocket.http.response": {}})
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 403)
    assert {b"x-knock-fake-hint", b"content-length", b"access-control-allow-origin"} <= {*dict(start["headers"])}
    assert body["type"] == "websocket.http.response.body"
    assert orjson.loads(body["body"])["status"] == 403


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ({"type": "websocket.receive", "bytes": b"\x00"}, 1003),
        ({"type": "websocket.receive", "text": None, "bytes": b"x"}, 1003),
        ({"type": "websocket.receive", "text": "no frame"}, 1011),
    ],
)
def test_what_is_no_frame_ends_the_connection(knock: KnockFake, says: Message, code: int) -> None:
    assert talk(asgi_app(knock), Client(says)) == [ACCEPT, {"type": "websocket.close", "code": code}]
    assert connected(knock) == 0


def test_a_client_that_falls_silent_is_dropped(knock: KnockFake) -> None:
    client = Client(JOIN)

    async def run() -> None:
        call = Call("GET", "/ws/v1/websocket", QUERY)
        await serve_socket(knock, call, scope(), client.receive, client.send, silence=0.01)

    asyncio.run(run())
    assert client.sent == [ACCEPT, JOINED, {"type": "websocket.close", "code": 1001}]


def test_what_was_pushed_before_the_end_is_sent_before_it(knock: KnockFake) -> None:
    client = Client(JOIN)

    def drop_when_joined(message: Message) -> None:
        if message == ACCEPT:
            return
        if message == JOINED:
            (connection,) = knock.realtime.connections
            connection.receive(orjson.dumps([None, "2", "phoenix", "heartbeat", {}]).decode())
            knock.realtime.drop(4000)

    client.on_send = drop_when_joined
    beat: Message = {"type": "websocket.send", "text": orjson.dumps(ok(None, "2", "phoenix")).decode()}
    close: Message = {"type": "websocket.close", "code": 4000}
    assert talk(asgi_app(knock), client) == [ACCEPT, JOINED, beat, close]


@pytest.mark.parametrize("last", [ACCEPT, JOINED])
def test_a_server_that_cannot_send_any_more_ends_the_connection(knock: KnockFake, last: Message) -> None:
    client = Client(JOIN)

    def fail(message: Message) -> None:
        if message == last:
            client.say(GONE)
            raise ConnectionResetError

    client.on_send = fail
    talk(asgi_app(knock), client)
    assert connected(knock) == 0


@pytest.mark.parametrize("last", [ACCEPT, JOINED])
def test_a_cancelled_server_ends_the_connection(knock: KnockFake, last: Message) -> None:
    client = Client(JOIN)

    async def run() -> None:
        serving = asyncio.ensure_future(asgi_app(knock)(scope(), client.receive, client.send))
        client.on_send = lambda message: serving.cancel() if message == last else None  # type: ignore[assignment]
        with pytest.raises(asyncio.CancelledError):
            await serving

    asyncio.run(run())
    assert connected(knock) == 0


def test_a_crash_behind_the_socket_is_loud_for_the_server(knock: KnockFake, monkeypatch: pytest.MonkeyPatch) -> None:
    from knock_fake.realtime.connection import Connection

    def crash(_self: Connection, _text: str) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(Connection, "receive", crash)
    client = Client(JOIN)
    with pytest.raises(KeyError, match="a bug"):
        talk(asgi_app(knock), client)
    assert client.sent == [ACCEPT, {"type": "websocket.close", "code": 1011}]


@both
def test_a_plain_call_of_the_path_is_told_what_it_needs(make: Make) -> None:
    get: Message = {"type": "http", "method": "GET", "path": "/ws/v1/websocket", "headers": []}
    handler: Handler = RecordingHandler()
    start, _ = serve(make(handler), get, request())
    assert start["status"] == 426
    headers = dict(start["headers"])
    assert headers[b"upgrade"] == b"websocket"
    assert headers[b"x-knock-fake-hint"].endswith(b"needs the extra: pip install '/path/to/knock_fake[server]'")

from __future__ import annotations

import asyncio
import gc
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import httpx
import knockapi
import pytest

from knock_fake.errors import KnockFakeError, UsageError
from knock_fake.gateway.call import Reply
from knock_fake.skins import live
from knock_fake.skins.live import LiveServer
from tests.skins.recording_handler import JANE, RecordingHandler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

    from knock_fake.gateway.call import Handler


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as one:
        yield one


def test_a_started_server_accepts_connections_at_once(client: httpx.Client) -> None:
    handler = RecordingHandler()
    with LiveServer(handler) as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        response = client.get(f"{server.url}/v1/users/a%2Fb?x=1")
    assert (response.status_code, response.content) == (200, JANE)
    assert response.headers["access-control-allow-origin"] == "*"
    assert (handler.line(), handler.calls[0].origin) == ("GET /v1/users/a%2Fb?x=1", server_origin(response))


def server_origin(response: httpx.Response) -> str:
    return f"http://{response.request.headers['host']}"


def test_connections_that_a_stopping_server_has_just_accepted_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[object] = []
    monkeypatch.setattr("knock_fake.skins.server._loop_factory", lambda: asyncio.new_event_loop)  # not uvloop's
    monkeypatch.setattr("sys.unraisablehook", lambda told: left.append(told.exc_value))
    for _ in range(20):
        with LiveServer(RecordingHandler()) as server, ExitStack() as clients:
            for _ in range(5):
                clients.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            server.stop()
    gc.collect()
    assert left == []


def test_the_sdk_works_against_it() -> None:
    with LiveServer(RecordingHandler()) as server:
        knock = knockapi.Knock(api_key="sk_test", base_url=server.url, max_retries=0)
        with knock:
            assert knock.users.get("jane").id == "jane"


def test_another_handler_answers_from_the_next_request_on(client: httpx.Client) -> None:
    with LiveServer(RecordingHandler(Reply(200, b"first"))) as server:
        first = client.get(f"{server.url}/v1/users").text
        second = server.handler = RecordingHandler(Reply(200, b"second"))
        assert (first, client.get(f"{server.url}/v1/users").text) == ("first", "second")
        assert server.handler is second


def test_a_body_that_comes_in_pieces_arrives_whole(client: httpx.Client) -> None:
    handler, body = RecordingHandler(), b"x" * 300_000
    with LiveServer(handler) as server:
        client.post(f"{server.url}/v1/x", content=(body[i : i + 50_000] for i in range(0, len(body), 50_000)))
    assert handler.calls[0].body == body


def test_a_204_ends_without_body_and_leaves_the_connection_usable(client: httpx.Client) -> None:
    with LiveServer(RecordingHandler(Reply(204))) as server:
        answers = [client.delete(f"{server.url}/v1/users/jane") for _ in range(2)]
    assert [(one.status_code, one.content, one.headers.get("connection")) for one in answers] == [(204, b"", None)] * 2


def test_stopping_drops_idle_and_unfinished_connections_and_leaves_no_thread(client: httpx.Client) -> None:
    # How fast is a matter for the benchmarks; that it does not wait for a client is one for a test.
    before = threading.enumerate()
    handler = RecordingHandler()
    server = LiveServer(handler).start()
    client.get(f"{server.url}/v1/users")
    with closing(socket.create_connection(("127.0.0.1", server.port))) as unfinished:
        unfinished.sendall(b"POST /v1/x HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf")
        unfinished.settimeout(5)
        server.stop()
        assert unfinished.recv(100) == b""
    assert [call.method for call in handler.calls] == ["GET"]
    assert [one for one in threading.enumerate() if one not in before] == []


def test_a_stopped_server_frees_its_port() -> None:
    server = LiveServer(RecordingHandler()).start()
    port = server.port
    server.stop()
    server.stop()
    with LiveServer(RecordingHandler(), port=port) as again:
        assert again.port == port


def test_a_taken_port_is_named() -> None:
    with LiveServer(RecordingHandler()) as first:
        with pytest.raises(UsageError) as raised:
            LiveServer(RecordingHandler(), port=first.port).start()
        assert str(raised.value) == (
            f"port {first.port} on 127.0.0.1 is taken: stop what listens there, choose another port, "
            "or take port 0 for any free one"
        )


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 65536), ("192.0.2.1", 0), ("no.such.invalid", 0)])
def test_an_address_that_is_none_is_named(host: str, port: int) -> None:
    with pytest.raises(UsageError) as raised:
        LiveServer(RecordingHandler(), host=host, port=port).start()
    assert re.fullmatch(
        rf"cannot listen on host '{re.escape(host)}', port {port}: .+\. Choose an address of this machine "
        r"such as 127\.0\.0\.1, and a port up to 65535, or 0 for any free one",
        str(raised.value),
    )


def test_a_server_that_is_not_started_has_no_address() -> None:
    message = "the server is not started: call start(), or use it in a with statement"
    server = LiveServer(RecordingHandler())
    server.stop()
    for read in (lambda: server.url, lambda: server.port):
        with pytest.raises(UsageError) as raised:
            read()
        assert str(raised.value) == message


def test_starting_twice_is_refused() -> None:
    with LiveServer(RecordingHandler()) as server:
        with pytest.raises(UsageError) as raised:
            server.start()
        assert str(raised.value) == f"the server is started already, at {server.url}: call stop() first"


def test_what_keeps_a_server_from_starting_is_raised_where_it_was_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("no loop today")

    monkeypatch.setattr("knock_fake.skins.server._loop_factory", broken)
    with pytest.raises(ZeroDivisionError, match="no loop today"):
        LiveServer(RecordingHandler()).start()


def test_an_application_that_fails_to_start_does_so_where_it_was_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError("no lifespan")

    def create(handler: Handler) -> ASGIApp:
        return app

    monkeypatch.setattr(live, "create_app", create)
    with pytest.raises(KnockFakeError, match="the application failed to start: uvicorn logged the reason"):
        LiveServer(RecordingHandler()).start()


def test_it_runs_without_the_fast_parser_and_loop(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    monkeypatch.setitem(sys.modules, "httptools", None)
    with LiveServer(RecordingHandler()) as server:
        assert client.get(f"{server.url}/v1/users/a%2Fb").content == JANE
        unfinished = socket.create_connection(("127.0.0.1", server.port))
        unfinished.sendall(b"POST /v1/x HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf")
    unfinished.close()


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104 - the case in question
        ("::1", "[::1]"),
        ("localhost", "localhost"),
    ],
)
def test_the_url_is_one_to_call(client: httpx.Client, host: str, shown: str) -> None:
    if host == "::1" and not has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")
    with LiveServer(RecordingHandler(), host=host) as server:
        assert server.url == f"http://{shown}:{server.port}"
        assert client.get(f"{server.url}/v1/users").content == JANE


def has_ipv6() -> bool:
    try:
        with closing(socket.socket(socket.AF_INET6)) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


FOREGROUND = """
import sys
from knock_fake.gateway.call import Reply
from knock_fake.skins.live import serve_forever

class Handler:
    def handle(self, call):
        return Reply(200, b"fake")

serve_forever(Handler(), "127.0.0.1", int(sys.argv[1]), lambda url: print(url, flush=True))
print("ended", flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no way to send these signals to one process")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_foreground_server_at_once_and_in_peace(client: httpx.Client, number: signal.Signals) -> None:
    command = [sys.executable, "-c", FOREGROUND, "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert client.get(f"{url}/v1/users").text == "fake"
        # The client still holds its idle connection, for which a graceful server would wait.
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "ended\n", "")


def test_the_foreground_server_names_a_taken_port() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other, pytest.raises(UsageError) as raised:
        live.serve_forever(RecordingHandler(), "127.0.0.1", other.getsockname()[1], print)
    assert " on 127.0.0.1 is taken: " in str(raised.value)

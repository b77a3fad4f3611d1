from __future__ import annotations

import socket
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
from knockapi import Knock

from knock_fake import KnockFake
from knock_fake.clock import DEFAULT_START
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.responders import HttpRequest, Origin
from knock_fake.skins.outbound import MAX_BYTES, ask
from knock_fake.steps import http_fetch, in_app_feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from knock_fake.state.runs import Run

ORIGIN = Origin(workflow="digest", step_ref="http_fetch_1", recipient="jane", run_id="r", attempt=1, at=DEFAULT_START)


class Endpoint(BaseHTTPRequestHandler):
    """Answers by its path and remembers what it was asked."""

    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, str, dict[str, str], str]]
    leave: Event

    def handle_one(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.asked.append((self.command, self.path, headers, self.rfile.read(length).decode()))
        answer: dict[str, Callable[[], None]] = {
            "/slow": self._stay,
            "/drip": self._drip,
            "/gone": lambda: self._send(302, b"", {"location": "/users"}),
            "/odd": lambda: self._send(999, b""),
            "/none": lambda: self._send(204, b""),
            "/long": lambda: self._send(200, b"x" * (MAX_BYTES + 1)),
            "/latin": lambda: self._send(200, "é".encode("latin-1"), {"content-type": "text/plain; charset=latin-1"}),
            "/hang-up": self._hang_up,
        }
        answer.get(self.path, lambda: self._send(200, b'{"plan": "pro"}', {"set-cookie": "a=1"}))()

    do_GET = do_POST = do_DELETE = handle_one  # noqa: N815 - names that the base class asks for

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stay(self) -> None:
        self.leave.wait(10)
        self.close_connection = True

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "1000")
        self.end_headers()
        while not self.leave.wait(0.02):
            try:
                self.wfile.write(b" ")
                self.wfile.flush()
            except OSError:
                break
        self.close_connection = True

    def _hang_up(self) -> None:
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - the base class's signature
        """Say nothing."""


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def endpoint() -> Iterator[tuple[str, type[Endpoint]]]:
    """A real endpoint on this machine: its URL, and what it was asked."""

    class Fresh(Endpoint):
        pass

    Fresh.asked, Fresh.leave = [], Event()
    with listening(Fresh) as url:
        try:
            yield url, Fresh
        finally:
            Fresh.leave.set()


def request(url: str, method: str = "GET", body: str | None = None, timeout: float = 5.0) -> HttpRequest:
    headers = {"x-id": "7"}
    return HttpRequest(kind="fetch", method=method, url=url, headers=headers, body=body, timeout=timeout, origin=ORIGIN)


def run_of(knock: KnockFake, url: str) -> Run:
    knock.workflows.add("digest", steps=[http_fetch(url), in_app_feed("Hello")])
    knock.client().workflows.trigger("digest", recipients=[{"id": "jane"}])
    (run,) = knock.state.runs
    return run


def failure(run: Run) -> str:
    return next(str((event.data or {})["reason"]) for event in run.events if event.event == "step_failed")


def test_a_real_endpoint_is_asked(endpoint: tuple[str, type[Endpoint]]) -> None:
    url, served = endpoint
    answer = ask(request(f"{url}/users/é?a=b c&d=%20", "POST", '{"é":1}'))
    (asked,) = served.asked
    assert (asked[0], asked[1], asked[3]) == ("POST", "/users/%C3%A9?a=b%20c&d=%20", '{"é":1}')
    assert (asked[2]["x-id"], asked[2]["content-length"], asked[2]["user-agent"][:11]) == ("7", "8", "knock-fake/")
    assert (answer.status, answer.text, answer.fail, answer.delay) == (200, '{"plan": "pro"}', None, timedelta(0))
    assert answer.headers["set-cookie"] == "a=1"
    assert timedelta(0) < answer.elapsed < timedelta(seconds=5)


def test_a_redirect_is_an_answer_and_not_followed(endpoint: tuple[str, type[Endpoint]]) -> None:
    url, served = endpoint
    answer = ask(request(f"{url}/gone"))
    assert (answer.status, answer.headers["location"], len(served.asked)) == (302, "/users", 1)


def test_text_is_decoded_as_it_says(endpoint: tuple[str, type[Endpoint]]) -> None:
    assert ask(request(f"{endpoint[0]}/latin")).text == "é"
    assert ask(request(f"{endpoint[0]}/none")).body is None


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/long", "the answer is longer than 10,000,000 bytes"),
        ("/odd", "UsageError: status must be 200 to 599, not 999"),
        ("/hang-up", "RemoteDisconnected: Remote end closed connection without response"),
    ],
)
def test_what_is_no_answer_is_told(endpoint: tuple[str, type[Endpoint]], path: str, reason: str) -> None:
    answer = ask(request(f"{endpoint[0]}{path}"))
    assert (answer.fail, answer.reason) == ("connection", reason)


def test_nobody_there_is_a_failed_connection() -> None:
    with listening(Endpoint) as url:
        pass
    answer = ask(request(url))
    assert (answer.fail, (answer.reason or "").partition(":")[0]) == ("connection", "ConnectionRefusedError")


def test_a_host_that_does_not_exist_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    answer = ask(request("https://nowhere.invalid/"))
    assert (answer.fail, answer.reason) == ("unknown_host", "Name or service not known")


@pytest.mark.parametrize("path", ["/slow", "/drip"])
def test_nobody_is_waited_for_longer_than_allowed(endpoint: tuple[str, type[Endpoint]], path: str) -> None:
    began = time.monotonic()
    answer = ask(request(f"{endpoint[0]}{path}", timeout=0.2))
    assert time.monotonic() - began < 5
    assert (answer.fail, answer.reason) == (
        "timeout",
        "if it calls this world while it answers, it waits for the world, which waits for it",
    )


def test_an_endpoint_of_webhooks_that_is_late_did_not_wait_for_the_world(endpoint: tuple[str, type[Endpoint]]) -> None:
    told = replace(request(f"{endpoint[0]}/slow", timeout=0.2), kind="endpoint")
    answer = ask(told)
    assert (answer.fail, answer.reason) == ("timeout", None)


@pytest.mark.parametrize(
    ("url", "block_network", "reason"),
    [
        ("https://api.knock.app/v1/users/jane", False, "api.knock.app is never called for real: give the request a "),
        ("https://api.knock.app/v1/users/jane", True, "api.knock.app is never called for real: give the request a "),
        ("https://mine.test/x", True, "block_network=True keeps requests on this machine: give mine.test a responder"),
    ],
)
def test_some_hosts_are_never_asked(url: str, block_network: bool, reason: str) -> None:
    answer = ask(request(url), block_network=block_network)
    assert answer.fail == "connection"
    assert (answer.reason or "").startswith(reason)


def test_a_world_asks_real_endpoints_only_when_it_is_told_to(endpoint: tuple[str, type[Endpoint]]) -> None:
    url, served = endpoint
    run = run_of(KnockFake(), f"{url}/users/jane")
    assert failure(run).startswith(f"no responder is for GET {url}/users/jane: add ")
    run = run_of(KnockFake(allow_http=["https://other.test/*"]), f"{url}/users/jane")
    assert failure(run).startswith(f"no responder is for GET {url}/users/jane: add ")
    assert served.asked == []


@pytest.mark.parametrize("allow_http", [True, ["http://127.0.0.1:*"], ["https://a.test/x", "*/users/jane"]])
@pytest.mark.parametrize("block_network", [True, False])
def test_what_a_real_endpoint_answers_is_merged(
    endpoint: tuple[str, type[Endpoint]], allow_http: bool | list[str], block_network: bool
) -> None:
    url, served = endpoint
    with KnockFake(allow_http=allow_http, block_network=block_network) as knock:
        run = run_of(knock, f"{url}/users/jane")
    assert (run.status, run.data, len(served.asked)) == ("completed", {"plan": "pro"}, 1)
    assert (run.events[1].data or {})["answered_by"] == "the network"


def test_responders_come_before_real_endpoints(endpoint: tuple[str, type[Endpoint]]) -> None:
    url, served = endpoint
    knock = KnockFake(allow_http=True)
    knock.responders.fetch("*", json={"plan": "free"}, times=1)
    assert run_of(knock, f"{url}/users/jane").data == {"plan": "free"}
    assert served.asked == []


def test_block_network_wins() -> None:
    run = run_of(KnockFake(allow_http=True, block_network=True), "https://mine.test/x")
    told = "block_network=True keeps requests on this machine: give mine.test a responder"
    assert failure(run) == f"GET https://mine.test/x could not be asked: no connection: {told}"


def test_a_world_that_is_open_does_not_answer_its_own_fetches(endpoint: tuple[str, type[Endpoint]]) -> None:
    with KnockFake(allow_http=True) as knock:
        run = run_of(knock, "https://api.knock.app/v1/users/jane")
    assert failure(run).endswith("api.knock.app is never called for real: give the request a responder")
    assert [entry.operation for entry in knock.journal] == ["workflows.trigger"]


def test_a_live_server_asks_real_endpoints_too(endpoint: tuple[str, type[Endpoint]]) -> None:
    knock = KnockFake(allow_http=True)
    knock.workflows.add("digest", steps=[http_fetch(f"{endpoint[0]}/users/jane")])
    with knock.serve() as server, Knock(api_key="sk_test", base_url=server.url) as client:
        client.workflows.trigger("digest", recipients=[{"id": "jane"}])
    assert [run.data for run in knock.state.runs] == [{"plan": "pro"}]


@pytest.mark.parametrize(
    ("allow_http", "error", "problem"),
    [
        ("https://a.test", UsageTypeError, "allow_http cannot be 'https://a.test': write True, or a list such as "),
        (7, UsageTypeError, "allow_http cannot be 7: write True, or a list such as ['https://api.example.com/*']"),
        (["a.test"], UsageError, "allow_http: 'a.test' is no URL: begin it with https://, as in 'https://a.test', or"),
    ],
)
def test_what_is_no_permission_is_refused(allow_http: Any, error: type[Exception], problem: str) -> None:  # noqa: ANN401
    with pytest.raises(error) as refused:
        KnockFake(allow_http=allow_http)
    assert str(refused.value).startswith(problem)

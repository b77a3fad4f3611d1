"""Answers that do not arrive, as clients of each library and of a real socket see it."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from http.client import RemoteDisconnected
from threading import Event, Thread
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pytest
import requests
import werkzeug.test
from requests.adapters import HTTPAdapter
from urllib3.exceptions import IncompleteRead, MaxRetryError, NewConnectionError, ProtocolError
from urllib3.util import Retry, Timeout
from werkzeug.serving import make_server as make_werkzeug_server

from knock_fake.skins import connection
from knock_fake.skins.live import LiveServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from knock_fake import KnockFake
    from knock_fake.faults import Attempt

JANE = "https://api.knock.app/v1/users/jane"
KEY = {"authorization": "Bearer sk_test_x"}
HALF = "peer closed connection without sending complete message body (received 47 bytes, expected 94)"

HTTPX_ERRORS = [
    ("refuse", {}, httpx.ConnectError, "[Errno 111] Connection refused"),
    ("timeout", {}, httpx.ReadTimeout, "The read operation timed out"),
    ("timeout", {"phase": "connect"}, httpx.ConnectTimeout, "timed out"),
    ("drop", {}, httpx.RemoteProtocolError, "Server disconnected without sending a response."),
    ("drop", {"how": "connection_reset"}, httpx.ReadError, "[Errno 104] Connection reset by peer"),
    ("drop", {"how": "incomplete_body"}, httpx.RemoteProtocolError, HALF),
    ("lose_answer", {}, httpx.ReadTimeout, "The read operation timed out"),
    (
        "lose_answer",
        {"how": "disconnected"},
        httpx.RemoteProtocolError,
        "Server disconnected without sending a response.",
    ),
]


def add(knock: KnockFake, verb: str, options: dict[str, str]) -> None:
    getattr(knock.faults, verb)("users.update", **options)


def ask_with_transport(knock: KnockFake, timeout: float | httpx.Timeout = 5) -> httpx.Response:
    with httpx.Client(transport=knock.transport(), trust_env=False) as client:
        return client.put(JANE, json={}, headers=KEY, timeout=timeout)


def ask_intercepted(knock: KnockFake, timeout: float = 5) -> httpx.Response:
    with httpx.Client(trust_env=False) as client:
        return client.put(JANE, json={}, headers=KEY, timeout=timeout)


def ask_with_async_transport(knock: KnockFake, timeout: float = 5) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=knock.async_transport(), trust_env=False) as client:
            return await client.put(JANE, json={}, headers=KEY, timeout=timeout)

    return asyncio.run(ask())


def ask_intercepted_async(knock: KnockFake, timeout: float = 5) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.put(JANE, json={}, headers=KEY, timeout=timeout)

    return asyncio.run(ask())


httpx_skins = pytest.mark.parametrize(
    "ask", [ask_with_transport, ask_with_async_transport, ask_intercepted, ask_intercepted_async]
)


@httpx_skins
@pytest.mark.parametrize(("verb", "options", "kind", "message"), HTTPX_ERRORS)
def test_httpx_raises_its_own_errors(
    knock: KnockFake,
    ask: Callable[[KnockFake], httpx.Response],
    verb: str,
    options: dict[str, str],
    kind: type[httpx.TransportError],
    message: str,
) -> None:
    add(knock, verb, options)
    with pytest.raises(kind) as error:
        ask(knock)
    assert (str(error.value), str(error.value.request.url)) == (message, JANE)
    assert len(knock.journal) == 1


@httpx_skins
def test_a_client_of_httpx_that_is_less_patient_than_the_delay_times_out(
    knock: KnockFake, ask: Callable[..., httpx.Response]
) -> None:
    knock.faults.delay("users.update", "30s")
    assert ask(knock, timeout=31).status_code == 200
    with pytest.raises(httpx.ReadTimeout):
        ask(knock, timeout=29)
    assert str(knock.clock.now) == "2026-01-01 00:01:00+00:00"


@httpx_skins
def test_a_real_delay_of_httpx_ends_with_the_patience_of_the_client(
    knock: KnockFake, ask: Callable[..., httpx.Response]
) -> None:
    knock.faults.delay("users.update", "20ms", real=True, times=1)
    knock.faults.delay("users.update", "1h", real=True, after=1)
    response = ask(knock, timeout=5)
    assert (response.status_code, response.elapsed.total_seconds() >= 0.02) == (200, True)
    with pytest.raises(httpx.ReadTimeout):
        ask(knock, timeout=0.01)


def ask_with_requests(timeout: object = 5, adapter: HTTPAdapter | None = None) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://", adapter or HTTPAdapter())
        return session.put(JANE, json={}, headers=KEY, timeout=timeout)  # type: ignore[arg-type]  # all forms it takes


@pytest.mark.parametrize(
    ("verb", "options", "kind", "message"),
    [
        ("timeout", {}, requests.ReadTimeout, "Read timed out. (read timeout=5)"),
        ("timeout", {"phase": "connect"}, requests.ConnectTimeout, "Connection to api.knock.app timed out."),
        (
            "refuse",
            {},
            requests.ConnectionError,
            "Failed to establish a new connection: [Errno 111] Connection refused",
        ),
        ("drop", {}, requests.ConnectionError, "Remote end closed connection without response"),
        ("drop", {"how": "connection_reset"}, requests.ConnectionError, "Connection reset by peer"),
        (
            "drop",
            {"how": "incomplete_body"},
            requests.exceptions.ChunkedEncodingError,
            "47 bytes read, 47 more expected",
        ),
        ("lose_answer", {"how": "disconnected"}, requests.ConnectionError, "Remote end closed connection"),
    ],
)
def test_requests_raises_its_own_errors(
    knock: KnockFake, verb: str, options: dict[str, str], kind: type[requests.RequestException], message: str
) -> None:
    add(knock, verb, options)
    with pytest.raises(kind) as error:
        ask_with_requests()
    assert type(error.value) is kind
    assert message in str(error.value)
    assert len(knock.journal) == 1


def test_the_causes_of_requests_errors_are_those_of_urllib3(knock: KnockFake) -> None:
    knock.faults.refuse(nth=1)
    knock.faults.drop(nth=2)
    knock.faults.drop("users.update", how="incomplete_body", nth=3)
    errors = []
    for _ in range(3):
        with pytest.raises(requests.RequestException) as error:
            ask_with_requests()
        errors.append(error.value)
    refused, dropped, cut = (one.args[0] for one in errors)
    assert isinstance(refused, MaxRetryError)
    assert isinstance(refused.reason, NewConnectionError)
    assert str(refused).startswith(
        "HTTPSConnectionPool(host='api.knock.app', port=443): Max retries exceeded with url: "
    )
    assert isinstance(dropped, ProtocolError)
    assert isinstance(dropped.args[1], RemoteDisconnected)
    assert isinstance(cut, ProtocolError)
    assert isinstance(cut.args[1], IncompleteRead)
    assert errors[0].request is not None


@pytest.mark.parametrize("timeout", [9, (1, 9), Timeout(connect=1, read=9)])
def test_requests_times_out_when_the_delay_is_longer(knock: KnockFake, timeout: object) -> None:
    knock.faults.delay("users.update", "10s")
    with pytest.raises(requests.ReadTimeout):
        ask_with_requests(timeout)


@pytest.mark.parametrize("timeout", [None, 10, (1, None), (1, 10), Timeout(connect=1)])
def test_requests_waits_when_the_delay_is_shorter(knock: KnockFake, timeout: object) -> None:
    knock.faults.delay("users.update", "10s")
    assert ask_with_requests(timeout).status_code == 200


def test_retries_that_an_adapter_is_configured_for_are_made(knock: KnockFake) -> None:
    knock.faults.fail("users.update", status=503, nth=1)
    knock.faults.refuse("users.update", nth=2)
    knock.faults.drop("users.update", nth=3)
    retries = Retry(total=3, status_forcelist=[503], backoff_factor=0)
    assert ask_with_requests(adapter=HTTPAdapter(max_retries=retries)).status_code == 200
    assert [entry.outcome for entry in knock.journal] == ["503", "connection_refused", "disconnected", "200"]


@pytest.mark.parametrize(("raises", "kind"), [(True, requests.exceptions.RetryError), (False, None)])
def test_retries_come_to_an_end(
    knock: KnockFake, kind: type[requests.RequestException] | None, *, raises: bool
) -> None:
    knock.faults.fail("users.update", status=503)
    retries = Retry(total=2, status_forcelist=[503], backoff_factor=0, raise_on_status=raises)
    adapter = HTTPAdapter(max_retries=retries)
    if kind is None:
        assert ask_with_requests(adapter=adapter).status_code == 503
    else:
        with pytest.raises(kind, match="too many 503 error responses"):
            ask_with_requests(adapter=adapter)
    assert len(knock.journal) == 3


def test_a_request_that_must_not_be_repeated_is_not(knock: KnockFake) -> None:
    knock.faults.timeout("users.update")
    retries = Retry(total=3, allowed_methods=["GET"], backoff_factor=0)
    with pytest.raises(requests.ReadTimeout):
        ask_with_requests(adapter=HTTPAdapter(max_retries=retries))
    assert len(knock.journal) == 1


SOCKET_ERRORS = [
    ("refuse", {}, httpx.ReadError, "[Errno 104] Connection reset by peer"),
    ("timeout", {}, httpx.ReadTimeout, "timed out"),
    ("timeout", {"phase": "connect"}, httpx.ReadTimeout, "timed out"),
    ("drop", {}, httpx.RemoteProtocolError, "Server disconnected without sending a response."),
    ("drop", {"how": "connection_reset"}, httpx.ReadError, "[Errno 104] Connection reset by peer"),
    ("drop", {"how": "incomplete_body"}, httpx.RemoteProtocolError, HALF),
    ("lose_answer", {}, httpx.ReadTimeout, "timed out"),
    ("lose_answer", {"how": "connection_reset"}, httpx.ReadError, "[Errno 104] Connection reset by peer"),
]


@pytest.fixture(params=["httptools", "h11"])
def server(request: pytest.FixtureRequest, knock: KnockFake, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The world on a socket, with either of uvicorn's protocols."""
    if request.param == "h11":
        monkeypatch.setattr(connection, "find_spec", lambda _: None)
    with LiveServer(knock) as running:
        yield running.url


def put(url: str, timeout: float | httpx.Timeout = 5) -> httpx.Response:
    with httpx.Client(trust_env=False) as client:
        return client.put(f"{url}/v1/users/jane", json={}, headers=KEY, timeout=timeout)


@pytest.mark.parametrize(("verb", "options", "kind", "message"), SOCKET_ERRORS)
def test_a_live_server_breaks_the_connection(
    knock: KnockFake,
    server: str,
    verb: str,
    options: dict[str, str],
    kind: type[httpx.TransportError],
    message: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    add(knock, verb, {**options, "times": 1})  # type: ignore[dict-item]
    with pytest.raises(kind) as error:
        put(server, 0.2 if kind is httpx.ReadTimeout else 5)
    assert str(error.value) == message
    assert put(server).status_code == 200
    assert capfd.readouterr() == ("", "")


def test_a_live_server_really_takes_its_time(knock: KnockFake, server: str) -> None:
    knock.faults.delay("users.update", "50ms")
    assert put(server).elapsed.total_seconds() >= 0.05
    assert str(knock.clock.now) == "2026-01-01 00:00:00.050000+00:00"
    with pytest.raises(httpx.ReadTimeout):
        put(server, httpx.Timeout(60, read=0.01))  # to connect may take longer on a busy machine


def test_a_server_answers_others_and_stops_while_a_client_waits_for_ever(knock: KnockFake) -> None:
    arrived = Event()
    errors: list[type[BaseException]] = []

    def note_arrival(_: Attempt) -> bool:
        arrived.set()
        return True

    def ask() -> None:
        try:
            put(running.url, 60)
        except httpx.TransportError as error:
            errors.append(type(error))

    knock.faults.timeout("users.update", when=note_arrival)
    with LiveServer(knock) as running:
        waiting = Thread(target=ask)
        waiting.start()
        assert arrived.wait(5)
        with httpx.Client(trust_env=False) as client:
            assert client.get(f"{running.url}/v1/users", headers=KEY).status_code == 200
        assert waiting.is_alive()
    waiting.join(5)
    assert (waiting.is_alive(), len(errors)) == (False, 1)


def ask_asgi(knock: KnockFake) -> httpx.Response:
    """Ask the application under a server that is not this project's own: httpx plays one."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(knock.asgi_app())
        async with httpx.AsyncClient(transport=transport, base_url="http://fake") as client:
            return await client.put("/v1/users/jane", json={}, headers=KEY)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("verb", "options", "status"),
    [
        ("refuse", {}, 502),
        ("drop", {}, 502),
        ("lose_answer", {"how": "connection_reset"}, 502),
        ("timeout", {}, 504),
        ("lose_answer", {}, 504),
    ],
)
def test_under_other_asgi_servers_an_error_stands_in(
    knock: KnockFake, verb: str, options: dict[str, str], status: int
) -> None:
    add(knock, verb, options)
    response = ask_asgi(knock)
    assert response.status_code == status
    assert response.headers["x-knock-fake-hint"].startswith("fault 1: ")


def test_under_other_asgi_servers_half_an_answer_ends_in_an_exception(knock: KnockFake) -> None:
    knock.faults.drop("users.update", how="incomplete_body")
    with pytest.raises(ConnectionResetError, match="knock_fake cuts this answer off on purpose"):
        ask_asgi(knock)


def test_the_asgi_application_takes_its_time(knock: KnockFake) -> None:
    knock.faults.delay("users.update", "20ms")
    response = ask_asgi(knock)
    assert (response.status_code, response.elapsed.total_seconds() >= 0.02) == (200, True)


@contextmanager
def wsgiref_server(knock: KnockFake) -> Iterator[str]:
    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with make_server("127.0.0.1", 0, knock.wsgi_app(), handler_class=Quiet) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@contextmanager
def werkzeug_server(knock: KnockFake) -> Iterator[str]:
    server = make_werkzeug_server("127.0.0.1", 0, knock.wsgi_app())
    server.log = lambda *_: None  # type: ignore[method-assign]  # it would log to the test's stderr
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("serve", [wsgiref_server, werkzeug_server])
@pytest.mark.parametrize(
    ("verb", "options"),
    [("refuse", {}), ("drop", {}), ("drop", {"how": "incomplete_body"}), ("lose_answer", {"how": "connection_reset"})],
)
def test_wsgi_servers_close_the_connection(
    knock: KnockFake, serve: Callable[[KnockFake], AbstractContextManager[str]], verb: str, options: dict[str, str]
) -> None:
    add(knock, verb, options)
    with serve(knock) as url, pytest.raises(httpx.RemoteProtocolError):
        put(url)
    assert len(knock.journal) == 1


@pytest.mark.parametrize("serve", [wsgiref_server, werkzeug_server])
def test_wsgi_servers_answer_timeouts_by_an_error(
    knock: KnockFake, serve: Callable[[KnockFake], AbstractContextManager[str]]
) -> None:
    knock.faults.timeout("users.update", times=1)
    knock.faults.delay("users.update", "20ms", after=1)
    with serve(knock) as url:
        assert put(url).status_code == 504
        assert put(url).elapsed.total_seconds() >= 0.02


def test_a_wsgi_test_client_meets_the_exception(knock: KnockFake) -> None:
    knock.faults.drop("users.update")
    client = werkzeug.test.Client(knock.wsgi_app())
    with pytest.raises(ConnectionResetError, match="knock_fake breaks this connection on purpose"):
        client.put("/v1/users/jane", headers=KEY)

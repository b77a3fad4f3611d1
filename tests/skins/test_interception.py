from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import TYPE_CHECKING

import httpx
import knockapi
import pytest
import requests
from requests.adapters import HTTPAdapter

from knock_fake.errors import NetworkBlockedError, UsageError
from knock_fake.gateway.call import Reply
from knock_fake.skins.interception import Interception
from knock_fake.skins.live import LiveServer
from tests.skins.recording_handler import JANE, RecordingHandler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

JANE_URL = "https://api.knock.app/v1/users/jane"


def originals() -> tuple[object, object, object]:
    return (
        vars(httpx.HTTPTransport)["handle_request"],
        vars(httpx.AsyncHTTPTransport)["handle_async_request"],
        vars(HTTPAdapter)["send"],
    )


@pytest.fixture(autouse=True)
def nothing_is_left_replaced() -> Iterator[None]:
    before, finders = originals(), list(sys.meta_path)
    yield
    assert originals() == before
    assert sys.meta_path == finders


def name(handler_name: str) -> RecordingHandler:
    return RecordingHandler(Reply(200, handler_name.encode()))


def who_answers() -> str:
    return httpx.get(JANE_URL).text


def in_a_thread(ask: Callable[[], str]) -> str:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(ask).result(timeout=10)


def test_clients_of_the_sdk_built_before_and_after_are_answered() -> None:
    before, handler = knockapi.Knock(api_key="sk_before", max_retries=0), RecordingHandler()
    with Interception().open(handler):
        after = knockapi.Knock(api_key="sk_after", max_retries=0)
        assert [before.users.get("jane").id, after.users.get("jane").id] == ["jane", "jane"]
    assert [call.headers["authorization"] for call in handler.calls] == [
        "Bearer sk_before",
        "Bearer sk_after",
    ]
    before.close()
    after.close()


def test_async_clients_of_the_sdk_built_before_and_after_are_answered() -> None:
    handler = RecordingHandler()

    async def scenario() -> list[str]:
        async with knockapi.AsyncKnock(api_key="sk_before", max_retries=0) as before:
            with Interception().open(handler):
                async with knockapi.AsyncKnock(api_key="sk_after", max_retries=0) as after:
                    return [(await before.users.get("jane")).id, (await after.users.get("jane")).id]

    assert asyncio.run(scenario()) == ["jane", "jane"]
    assert [call.headers["authorization"] for call in handler.calls] == [
        "Bearer sk_before",
        "Bearer sk_after",
    ]


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://api.knock.app/v1/users/a%2Fb?x=1", "http://api.knock.app"),
        ("https://API.Knock.App:8443/v1/users/a%2Fb?x=1", "https://api.knock.app:8443"),
    ],
)
def test_any_scheme_and_port_of_the_host_is_knock(url: str, origin: str) -> None:
    handler = RecordingHandler()
    with Interception().open(handler):
        httpx.get(url)
    assert (handler.line(), handler.calls[0].origin) == ("GET /v1/users/a%2Fb?x=1", origin)


def test_a_response_of_requests_is_a_full_one() -> None:
    headers = {"content-type": "application/json; charset=utf-8", "set-cookie": "a=1"}
    handler = RecordingHandler(Reply(404, b'{"code":"resource_missing"}', headers))
    with Interception().open(handler), requests.Session() as session:
        response = session.put(JANE_URL, json={"name": "Jane"}, params={"x": "a b"}, timeout=1)
        adapter = session.get_adapter(JANE_URL)
    assert response.status_code == 404
    assert response.reason == "Not Found"
    assert response.json() == {"code": "resource_missing"}
    assert response.encoding == "utf-8"
    assert response.headers == headers | {"content-length": "27"}
    assert response.url == f"{JANE_URL}?x=a+b"
    assert response.cookies.get_dict() == {"a": "1"}
    assert response.connection is adapter
    assert response.history == []
    assert response.elapsed.total_seconds() >= 0
    assert response.request.method == "PUT"
    call = handler.calls[0]
    assert (handler.line(), call.body) == ("PUT /v1/users/jane?x=a+b", b'{"name": "Jane"}')
    assert {one: call.headers[one] for one in ("host", "content-type", "content-length")} == {
        "host": "api.knock.app",
        "content-type": "application/json",
        "content-length": "16",
    }


def test_a_streamed_response_of_requests_waits_to_be_read() -> None:
    with Interception().open(RecordingHandler()), requests.get(JANE_URL, stream=True, timeout=1) as response:
        assert response.raw.tell() == 0
        assert list(response.iter_content(50)) == [JANE[:50], JANE[50:]]


@pytest.mark.parametrize(
    ("data", "body"),
    [(None, b""), (b"bytes", b"bytes"), ("t\u00e9xt", b"t\xc3\xa9xt"), (iter([b"a", b"b"]), b"ab")],
)
def test_every_kind_of_body_that_requests_takes_arrives(data: object, body: bytes) -> None:
    handler = RecordingHandler()
    with Interception().open(handler):
        requests.post(JANE_URL, data=data, timeout=1)  # type: ignore[arg-type]  # one of its many kinds
    assert handler.calls[0].body == body


def test_redirects_of_requests_are_followed_to_other_hosts() -> None:
    with LiveServer(name("local")) as other:
        handler = RecordingHandler(Reply(302, b"", {"location": f"{other.url}/elsewhere"}))
        with Interception().open(handler):
            response = requests.get(JANE_URL, timeout=5)
    assert ([one.status_code for one in response.history], response.text) == ([302], "local")


@pytest.mark.parametrize("block_network", [False, True])
def test_this_machine_is_always_reachable(block_network: bool) -> None:
    handler = RecordingHandler()

    async def asynchronously(url: str) -> str:
        async with httpx.AsyncClient(trust_env=False) as http_client:
            return (await http_client.get(url)).text

    with (
        LiveServer(name("local")) as other,
        Interception().open(handler, block_network=block_network),
        requests.Session() as session,
    ):
        session.trust_env = False
        answers = [
            httpx.get(f"{other.url}/v1/users", trust_env=False).text,
            asyncio.run(asynchronously(f"{other.url}/v1/users")),
            session.get(f"{other.url}/v1/users", timeout=5).text,
        ]
    assert (answers, handler.calls) == (["local"] * 3, [])


def blocked_message(method: str, host: str) -> str:
    return (
        f"{method} to {host!r} was blocked: with block_network=True only api.knock.app (the fake) and "
        f"loopback hosts can be called. Replace the call to {host!r} in the test, or allow the network."
    )


@pytest.mark.parametrize("host", ["example.com", "api.knock.app.example.com", "10.0.0.1", "[2001:db8::1]"])
def test_a_blocked_network_refuses_every_other_host(host: str) -> None:
    handler, url = RecordingHandler(), f"https://{host}/v1/users"

    async def asynchronously() -> None:
        async with httpx.AsyncClient() as http_client:
            await http_client.delete(url)

    asked: list[tuple[str, Callable[[], object]]] = [
        ("POST", lambda: httpx.post(url)),
        ("DELETE", lambda: asyncio.run(asynchronously())),
        ("PATCH", lambda: requests.patch(url, timeout=1)),
    ]
    with Interception().open(handler, block_network=True):
        for method, ask in asked:
            with pytest.raises(NetworkBlockedError) as raised:
                ask()
            assert str(raised.value) == blocked_message(method, host.strip("[]"))
    assert handler.calls == []


@pytest.mark.parametrize("host", ["localhost", "app.localhost", "127.0.0.1", "127.8.9.10", "[::1]"])
def test_loopback_hosts_pass_a_blocked_network(host: str) -> None:
    with Interception().open(RecordingHandler(), block_network=True), pytest.raises(httpx.ConnectError):
        httpx.get(f"http://{host}:1/", trust_env=False)


def test_the_innermost_answers_and_closing_it_gives_back_the_outer() -> None:
    with Interception().open(name("outer")):
        with Interception().open(name("inner")):
            inner = who_answers()
        assert (inner, who_answers()) == ("inner", "outer")


def test_closing_in_any_order_works() -> None:
    first, second, third = Interception(), Interception(), Interception()
    first.open(name("first"))
    second.open(name("second"))
    third.open(name("third"))
    second.close()
    assert who_answers() == "third"
    third.close()
    assert who_answers() == "first"
    first.close()
    first.close()


def test_one_interception_opens_once_at_a_time() -> None:
    interception = Interception()
    with interception.open(name("once")):
        with pytest.raises(UsageError) as raised:
            interception.open(name("twice"))
        assert str(raised.value) == ("this interception is open already: close it, or make another Interception()")
    with interception.open(name("again")):
        assert who_answers() == "again"


def test_the_innermost_decides_about_the_network() -> None:
    with Interception().open(name("outer"), block_network=True):
        with Interception().open(name("inner")), pytest.raises(httpx.TransportError):
            httpx.get("http://host.invalid/", trust_env=False)
        with pytest.raises(NetworkBlockedError):
            httpx.get("http://host.invalid/", trust_env=False)


def test_a_worker_thread_reaches_the_world_of_the_test() -> None:
    with Interception().open(name("test")):
        assert in_a_thread(who_answers) == "test"


def test_two_threads_with_worlds_of_their_own_do_not_mix() -> None:
    def own() -> str:
        with Interception().open(name("thread's")):
            opened.set_result(None)
            asked.result(timeout=10)
            return who_answers()

    opened: Future[None] = Future()
    asked: Future[None] = Future()
    with ThreadPoolExecutor(1) as pool, Interception().open(name("test's")):
        answer = pool.submit(own)
        opened.result(timeout=10)
        main_answer = who_answers()
        asked.set_result(None)
        assert (main_answer, answer.result(timeout=10)) == ("test's", "thread's")


def test_a_world_may_be_closed_by_another_thread() -> None:
    interception = Interception().open(name("test"))
    closing = Thread(target=interception.close)
    closing.start()
    closing.join()
    assert originals()[0] is vars(httpx.HTTPTransport)["handle_request"]
    with Interception().open(name("next")):
        assert who_answers() == "next"


def test_opening_and_closing_in_many_threads_restores_everything() -> None:
    def often(thread: int) -> list[str]:
        answers = []
        for _ in range(50):
            with Interception().open(name(str(thread))), httpx.Client(transport=transport) as http_client:
                answers.append(http_client.get(JANE_URL).text)
        return answers

    transport = httpx.HTTPTransport(verify=False)  # nothing is sent
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(often, range(4))) == [[str(thread)] * 50 for thread in range(4)]


def test_an_exception_inside_restores_the_originals() -> None:
    before = originals()
    missing = RecordingHandler(Reply(404))
    with pytest.raises(httpx.HTTPStatusError), Interception().open(missing):
        httpx.get(JANE_URL).raise_for_status()
    assert all(new is old for new, old in zip(originals(), before, strict=True))


def test_a_replacement_that_others_put_on_top_is_left_to_them() -> None:
    def theirs(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text="theirs")

    original, others = originals()[0], pytest.MonkeyPatch()
    interception = Interception().open(name("test"))
    others.setattr(httpx.HTTPTransport, "handle_request", theirs)
    interception.close()
    assert who_answers() == "theirs"
    # They put back what they found: the replacement, which by now lets everything pass.
    others.undo()
    with LiveServer(name("local")) as other:
        assert httpx.get(other.url + "/v1/users", trust_env=False).text == "local"
    pytest.MonkeyPatch().setattr(httpx.HTTPTransport, "handle_request", original)


LATE_IMPORT = """
import sys
from knock_fake.gateway.call import Reply
from knock_fake.skins.interception import Interception

class Handler:
    def handle(self, call):
        return Reply(200, b"fake")

finders = list(sys.meta_path)
interception = Interception().open(Handler())
assert not {"httpx", "requests", "urllib3"} & set(sys.modules), "opening imported a library"
import httpx
import requests
print(httpx.get("https://api.knock.app/v1/users").text, requests.get("https://api.knock.app/v1/users").text)
print(type(httpx.__loader__).__name__, type(httpx.__spec__.loader).__name__)
interception.close()
print(httpx.HTTPTransport.handle_request.__module__, requests.adapters.HTTPAdapter.send.__module__)
print(sys.meta_path == finders)
"""

IMPORT_BY_THE_TRANSPORTS = """
from knock_fake.gateway.call import Reply
from knock_fake.skins.interception import Interception

class Handler:
    def handle(self, call):
        return Reply(200, b"fake")

with Interception().open(Handler()):
    from knock_fake.skins.transport import KnockTransport
    import httpx
    print(httpx.get("https://api.knock.app/v1/users").text)
    print(httpx.Client(transport=KnockTransport(Handler())).get("https://api.knock.app/v1/users").text)
"""

LATER_STILL = """
import sys
from knock_fake.skins.interception import Interception
finders = list(sys.meta_path)
Interception().open(object()).close()
assert sys.meta_path == finders
import httpx
print(hasattr(httpx.HTTPTransport.handle_request, "__wrapped__"))
"""


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        (
            LATE_IMPORT,
            [
                "fake fake",
                "SourceFileLoader SourceFileLoader",
                "httpx._transports.default requests.adapters",
                "True",
            ],
        ),
        (IMPORT_BY_THE_TRANSPORTS, ["fake", "fake"]),
        (LATER_STILL, ["False"]),
    ],
    ids=["while open", "while open, by the transports", "after closing"],
)
def test_a_library_imported_later(code: str, printed: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.stdout.splitlines(), done.stderr) == (printed, "")

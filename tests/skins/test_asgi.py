from __future__ import annotations

import asyncio
from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount

from knock_fake.gateway.call import Call, Reply
from knock_fake.skins.asgi import asgi_app, create_app
from tests.skins.recording_handler import JANE, FailingHandler, RecordingHandler

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from knock_fake.gateway.call import Handler

Message: TypeAlias = MutableMapping[str, Any]
Make: TypeAlias = "Callable[[Handler], ASGIApp]"

both = pytest.mark.parametrize("make", [asgi_app, create_app])

EXPOSED = (
    "Retry-After, x-request-id, x-knock-fake-hint, x-ratelimited-message_ids, idempotent-replayed, "
    "original-x-request-id"
)
CORS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", EXPOSED.encode()),
]
NAMED = "authorization, content-type, x-knock-client, x-knock-user-token, x-knock-branch, idempotency-key"


def serve(app: ASGIApp, scope: Message, *incoming: Message) -> list[Message]:
    """Run one scope to its end; return what the application sent."""
    waiting, sent = list(incoming), []

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]  # an ASGIApp returns a coroutine
    return sent


def get(
    app: ASGIApp, url: str, *, method: str = "GET", raise_errors: bool = True, headers: dict[str, str] | None = None
) -> httpx.Response:
    """Call the application as an HTTP client does."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=raise_errors)
        async with httpx.AsyncClient(transport=transport, base_url="http://knock.test:4010") as client:
            return await client.request(method, url, headers=headers)

    return asyncio.run(ask())


def http(method: str = "GET", **scope: Any) -> Message:  # noqa: ANN401 - a scope's values are of any type
    return {"type": "http", "method": method, "path": "/v1/users", "headers": [], **scope}


def request(body: bytes = b"", *, more_body: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more_body}


@both
def test_a_request_becomes_a_call_and_the_reply_a_response(make: Make) -> None:
    handler = RecordingHandler()
    scope = http(
        "PUT",
        scheme="https",
        path="/v1/users/a/b",
        raw_path=b"/v1/users/a%2Fb",
        query_string=b"tenant=x%20y",
        headers=[(b"host", b"knock.test:4010"), (b"X-Twice", b"one"), (b"x-twice", b"t\xe9o")],
    )
    sent = serve(make(handler), scope, request(b'{"name":', more_body=True), request(b'"Jane"}'))
    assert handler.calls == [
        Call(
            "PUT",
            "/v1/users/a%2Fb",
            "tenant=x%20y",
            {"host": "knock.test:4010", "x-twice": "one, t\u00e9o"},
            b'{"name":"Jane"}',
            "https://knock.test:4010",
        )
    ]
    assert sent == [
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-type", b"application/json"),
                (b"x-request-id", b"req_1"),
                (b"content-length", str(len(JANE)).encode()),
                *CORS,
            ],
        },
        {"type": "http.response.body", "body": JANE},
    ]


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ({"path": "/v1/users/a b%é", "raw_path": None}, "/v1/users/a%20b%25%C3%A9"),
        ({"path": "/v1/objects/$tenants:x@y+z,w"}, "/v1/objects/$tenants:x@y+z,w"),
        ({"raw_path": b"/knock/v1/users/a%2Fb", "root_path": "/knock"}, "/v1/users/a%2Fb"),
        ({"raw_path": b"/my%20app/knock/v1/users", "root_path": "/my app/knock"}, "/v1/users"),
        ({"raw_path": b"/knock/v1/users", "root_path": "/knock/"}, "/v1/users"),
        ({"raw_path": b"/knock", "root_path": "/knock"}, "/"),
        ({"raw_path": b"/knocker/v1/users", "root_path": "/knock"}, "/knocker/v1/users"),
        ({"raw_path": b"/v1/users", "root_path": "/stripped/by/a/proxy"}, "/v1/users"),
    ],
)
def test_the_path_is_the_raw_one_below_the_mount(scope: dict[str, Any], path: str) -> None:
    handler = RecordingHandler()
    serve(asgi_app(handler), http(**scope), request())
    assert handler.calls[0].path == path


@given(segments=st.lists(st.text("ab/%+ :@é", min_size=1), min_size=1, max_size=4))
def test_a_mount_never_changes_the_path(segments: list[str]) -> None:
    handler = RecordingHandler()
    path = httpx.URL("http://t").copy_with(path="/v1/" + "/".join(segments)).raw_path
    for root in ("", "/knock", "/a b/knock"):
        raw = httpx.URL("http://t").copy_with(path=root or "/").raw_path.rstrip(b"/") + path
        serve(asgi_app(handler), http(raw_path=raw, root_path=root), request())
    assert [call.path for call in handler.calls] == [path.decode()] * 3


@pytest.mark.parametrize(
    ("scope", "origin"),
    [
        ({}, "http://localhost"),
        ({"server": ("127.0.0.1", 4010)}, "http://127.0.0.1:4010"),
        ({"server": ("/run/knock.sock", None), "scheme": "https"}, "https:///run/knock.sock"),
    ],
)
def test_without_a_host_header_the_server_names_the_origin(scope: dict[str, Any], origin: str) -> None:
    handler = RecordingHandler()
    serve(asgi_app(handler), http(**scope), request())
    assert handler.calls[0].origin == origin


@pytest.mark.parametrize("path", ["/v1/users/jane", "/", "/anything"])
def test_a_preflight_is_answered_without_the_handler(path: str) -> None:
    handler = RecordingHandler()
    headers = [
        (b"origin", b"http://localhost:3000"),
        (b"access-control-request-method", b"PUT"),
        (b"access-control-request-headers", b"authorization,X-Custom, x-knock-client"),
    ]
    sent = serve(create_app(handler), http("OPTIONS", path=path, headers=headers), request())
    assert sent == [
        {
            "type": "http.response.start",
            "status": 204,
            "headers": [
                (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
                (b"access-control-allow-headers", f"{NAMED}, x-custom".encode()),
                (b"access-control-max-age", b"7200"),
                *CORS,
            ],
        },
        {"type": "http.response.body", "body": b""},
    ]
    assert handler.calls == []


def test_options_without_a_question_is_a_call() -> None:
    handler = RecordingHandler()
    serve(asgi_app(handler), http("OPTIONS"), request())
    assert handler.line() == "OPTIONS /v1/users?"


def test_head_is_passed_on_and_answered_without_body() -> None:
    handler = RecordingHandler()
    start, body = serve(asgi_app(handler), http("HEAD"), request())
    assert handler.line() == "HEAD /v1/users?"
    assert ((b"content-length", str(len(JANE)).encode()) in start["headers"], body["body"]) == (True, b"")


def test_a_client_that_goes_away_in_its_body_is_forgotten() -> None:
    handler = RecordingHandler()
    gone: Message = {"type": "http.disconnect"}
    assert serve(asgi_app(handler), http("POST"), request(b"{", more_body=True), gone) == []
    assert handler.calls == []


def test_a_crash_is_readable_for_the_page_and_loud_for_the_server() -> None:
    app = create_app(FailingHandler(KeyError("a bug")))
    with pytest.raises(KeyError, match="a bug"):
        get(app, "/v1/users")
    response = get(app, "/v1/users", raise_errors=False)
    assert response.status_code == 500
    assert response.json() == {"errors": {"detail": "500 Internal Server Error"}}
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["x-knock-fake-hint"] == "knock_fake itself failed: KeyError('a bug')"


def test_the_lifespan_is_answered() -> None:
    startup: Message = {"type": "lifespan.startup"}
    shutdown: Message = {"type": "lifespan.shutdown"}
    for app in (asgi_app(RecordingHandler()), create_app(RecordingHandler())):
        assert serve(app, {"type": "lifespan", "state": {}}, startup, shutdown) == [
            {"type": "lifespan.startup.complete"},
            {"type": "lifespan.shutdown.complete"},
        ]


def test_health_answers_without_the_handler() -> None:
    handler = RecordingHandler()
    response = get(create_app(handler), "/_health")
    assert (response.status_code, orjson.loads(response.content)) == (200, {"status": "ok"})
    assert response.headers["access-control-allow-origin"] == "*"
    assert handler.calls == []


def test_the_index_names_the_base_url() -> None:
    handler = RecordingHandler()
    response = get(create_app(handler), "/")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "Base URL for SDKs: <code>http://knock.test:4010</code>" in response.text
    assert handler.calls == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/"), ("DELETE", "/_health"), ("GET", "/nowhere"), ("GET", "/v2/users/a%2Fb")],
)
def test_everything_that_is_no_page_reaches_the_handler(method: str, path: str) -> None:
    handler = RecordingHandler(Reply(404, b"{}"))
    response = get(create_app(handler), path, method=method)
    assert handler.line() == f"{method} {path}?"
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (404, "*")


@both
def test_it_can_be_mounted_in_another_application(make: Make) -> None:
    handler = RecordingHandler()
    outer = Starlette(routes=[Mount("/knock", app=make(handler))])
    get(outer, "/knock/v1/users/a%2Fb?x=1")
    assert handler.line() == "GET /v1/users/a%2Fb?x=1"


def test_a_mounted_index_names_its_prefix() -> None:
    outer = Starlette(routes=[Mount("/knock", app=create_app(RecordingHandler()))])
    assert "<code>http://knock.test:4010/knock</code>" in get(outer, "/knock/").text

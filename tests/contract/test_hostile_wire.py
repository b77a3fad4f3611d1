"""What may stand on a wire, handed to the web skins as servers hand it on: nothing of it makes a server error."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from hypothesis import HealthCheck, given, settings

from knock_fake.skins.asgi import create_app
from knock_fake.skins.wsgi import wsgi_app
from tests.contract.hostile import hostile_calls
from tests.worlds import full_world

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from starlette.types import ASGIApp, Message, Scope

    from knock_fake import KnockFake
    from knock_fake.gateway.call import Call

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def asgi_scope(call: Call) -> Scope:
    raw_path = as_bytes(call.path)
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": call.method,
        "scheme": "http",
        "path": unquote_to_bytes(raw_path).decode("utf-8", "replace"),
        "raw_path": raw_path,
        "query_string": as_bytes(call.query),
        "root_path": "",
        "headers": [(as_bytes(name), as_bytes(value)) for name, value in call.headers.items()],
    }


async def statuses_of(app: ASGIApp, call: Call) -> list[int]:
    sent: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": call.body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            sent.append(message["status"])

    await app(asgi_scope(call), receive, send)
    return sent


def wsgi_environ(call: Call) -> WSGIEnvironment:
    raw_path = as_bytes(call.path)
    headers = {
        f"HTTP_{name.upper().replace('-', '_')}": as_bytes(value).decode("latin-1")
        for name, value in call.headers.items()
    }
    return {
        **headers,
        "REQUEST_METHOD": call.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(raw_path).decode("latin-1"),
        "RAW_URI": raw_path.decode("latin-1"),
        "QUERY_STRING": as_bytes(call.query).decode("latin-1"),
        "CONTENT_TYPE": call.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(call.body)),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(call.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def wsgi_statuses(world: KnockFake, call: Call) -> list[int]:
    sent: list[int] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: object = None, /
    ) -> Callable[..., object]:
        sent.append(int(status.partition(" ")[0]))
        return print

    started: StartResponse = start_response
    environ = wsgi_environ(call)
    [*wsgi_app(world)(environ, started)]
    assert environ["wsgi.errors"].getvalue() == ""
    return sent


@settings(max_examples=100, suppress_health_check=SLOW)
@given(hostile_calls())
def test_an_asgi_server_gets_no_server_error(call: Call) -> None:
    (status,) = asyncio.run(statuses_of(create_app(full_world()), call))
    assert 200 <= status < 500


@settings(max_examples=100, suppress_health_check=SLOW)
@given(hostile_calls())
def test_a_wsgi_server_gets_no_server_error(call: Call) -> None:
    (status,) = wsgi_statuses(full_world(), call)
    assert 200 <= status < 500

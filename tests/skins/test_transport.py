from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import knockapi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.errors import MissingDependencyError
from knock_fake.gateway.call import Call, Reply
from knock_fake.skins.transport import AsyncKnockTransport, KnockTransport
from tests.skins.recording_handler import JANE, RecordingHandler

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


def client(handler: RecordingHandler) -> httpx.Client:
    return httpx.Client(transport=KnockTransport(handler), base_url="https://api.knock.app")


def test_a_request_reaches_the_handler_as_a_call() -> None:
    handler = RecordingHandler()
    request = httpx.Request(
        "PUT",
        "https://api.knock.app/v1/users/a%2Fb?tenant=x%20y&tenant=z",
        headers=[("Authorization", "Bearer sk_test"), ("X-Twice", "one"), ("x-twice", "two")],
        content=b'{"name":"Jane"}',
    )
    KnockTransport(handler).handle_request(request)
    assert handler.calls == [
        Call(
            "PUT",
            "/v1/users/a%2Fb",
            "tenant=x%20y&tenant=z",
            {
                "host": "api.knock.app",
                "authorization": "Bearer sk_test",
                "x-twice": "one, two",
                "content-length": "15",
            },
            b'{"name":"Jane"}',
            "https://api.knock.app",
        )
    ]


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.knock.app/v1/users", "https://api.knock.app"),
        ("https://api.knock.app:443/v1/users", "https://api.knock.app"),
        ("http://localhost:4010/v1/users", "http://localhost:4010"),
        ("http://user:secret@[::1]:4010/v1/users", "http://[::1]:4010"),
    ],
)
def test_the_origin_is_scheme_host_and_a_port_that_is_not_the_default(url: str, origin: str) -> None:
    handler = RecordingHandler()
    KnockTransport(handler).handle_request(httpx.Request("GET", url))
    assert handler.calls[0].origin == origin


def test_the_reply_comes_back_whole() -> None:
    response = client(RecordingHandler()).get("/v1/users/jane")
    assert response.status_code == 200
    assert dict(response.headers) == {
        "content-type": "application/json",
        "x-request-id": "req_1",
        "content-length": str(len(JANE)),
    }
    assert response.content == JANE
    assert response.is_closed


def test_a_204_has_neither_body_nor_length() -> None:
    response = client(RecordingHandler(Reply(204))).delete("/v1/users/jane")
    assert (response.status_code, response.content, dict(response.headers)) == (204, b"", {})


def test_head_gets_headers_only() -> None:
    response = client(RecordingHandler()).head("/v1/users/jane")
    assert response.content == b""
    assert response.headers["content-length"] == str(len(JANE))


def test_a_hint_cannot_break_out_of_its_header() -> None:
    handler = RecordingHandler(Reply(404, b"{}", {"x-knock-fake-hint": "no 'a\r\nset-cookie: x'\u2003日本\x00"}))
    response = client(handler).get("/v1/users/jane")
    assert response.headers["x-knock-fake-hint"] == "no 'a set-cookie: x'\u2003日本 "
    assert "set-cookie" not in response.headers


@given(value=st.text())
def test_any_text_in_a_reply_header_can_be_sent(value: str) -> None:
    response = client(RecordingHandler(Reply(200, b"{}", {"x-knock-fake-hint": value}))).get("/")
    raw = dict(response.headers.raw)[b"x-knock-fake-hint"]
    assert not any(byte < 0x20 or byte == 0x7F for byte in raw)


def test_a_streamed_request_body_is_read_to_its_end() -> None:
    def parts() -> Iterator[bytes]:
        yield b'{"a":'
        yield b"1}"

    handler = RecordingHandler()
    client(handler).post("/v1/x", content=parts())
    assert handler.calls[0].body == b'{"a":1}'


def test_a_streamed_response_is_read_by_its_reader() -> None:
    with client(RecordingHandler()).stream("GET", "/v1/users/jane") as response:
        assert b"".join(response.iter_bytes(10)) == JANE


def test_the_sdk_works_on_it() -> None:
    handler = RecordingHandler()
    knock = knockapi.Knock(
        api_key="sk_test", max_retries=0, http_client=httpx.Client(transport=KnockTransport(handler))
    )
    assert knock.users.get("jane").id == "jane"
    assert handler.calls[0].headers["authorization"] == "Bearer sk_test"


def test_the_async_sdk_works_on_it_with_streamed_bodies() -> None:
    handler = RecordingHandler()

    async def parts() -> AsyncIterator[bytes]:
        yield b'{"a":'
        yield b"1}"

    async def scenario() -> str:
        async with httpx.AsyncClient(transport=AsyncKnockTransport(handler)) as http_client:
            await http_client.post("https://api.knock.app/v1/x", content=parts())
            knock = knockapi.AsyncKnock(api_key="sk_test", max_retries=0, http_client=http_client)
            return (await knock.users.get("jane")).id

    assert asyncio.run(scenario()) == "jane"
    assert [(call.method, call.path, call.body) for call in handler.calls] == [
        ("POST", "/v1/x", b'{"a":1}'),
        ("GET", "/v1/users/jane", b""),
    ]


def test_without_httpx_the_module_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    monkeypatch.delitem(sys.modules, "knock_fake.skins.transport")
    with pytest.raises(MissingDependencyError) as raised:
        __import__("knock_fake.skins.transport")
    assert str(raised.value) == (
        "the httpx transports need the package httpx, which is not installed: pip install httpx"
    )


def test_the_skins_import_no_library_before_one_is_asked_for() -> None:
    libraries = ["httpx", "requests", "starlette", "werkzeug.wrappers", "uvicorn"]
    code = f"import sys, knock_fake.skins; print([m for m in {libraries} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"

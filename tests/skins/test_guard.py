"""Nothing reaches the real Knock while a world is open."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING
from urllib.request import urlopen

import httpx
import pytest
import requests
from requests.adapters import HTTPAdapter

from knock_fake import KnockFake, NetworkBlockedError
from knock_fake.skins.network import is_answered, is_knock

if TYPE_CHECKING:
    from collections.abc import Callable

WHY_OTHER = (
    "nothing reaches the real Knock while a fake is open; the fake answers for api.knock.app and go.knock.app alone: "
    "replace the call in the test, or make it before a world opens"
)
WHY_PAST = (
    "nothing reaches the real Knock while a fake is open; it came past httpx and requests, through which a world "
    "answers: point its client to knock.serve()"
)


def get_with_httpx(url: str) -> int:
    return httpx.get(url).status_code


def get_with_async_httpx(url: str) -> int:
    async def get() -> int:
        async with httpx.AsyncClient() as client:
            return (await client.get(url)).status_code

    return asyncio.run(get())


def get_with_requests(url: str) -> int:
    return requests.get(url, timeout=1).status_code


clients = pytest.mark.parametrize("get", [get_with_httpx, get_with_async_httpx, get_with_requests])


@clients
@pytest.mark.parametrize("host", ["control.knock.app", "knock.app", "a.b.knock.app", "api.knock.app.knock.app"])
def test_other_hosts_of_knock_are_refused(knock: KnockFake, get: Callable[[str], int], host: str) -> None:
    with pytest.raises(NetworkBlockedError) as error:
        get(f"https://{host}/v1/workflows")
    assert str(error.value) == f"GET to {host!r} was blocked: {WHY_OTHER}"
    assert len(knock.journal) == 0


@clients
@pytest.mark.parametrize("host", ["api.knock.app", "API.KNOCK.APP", "api.knock.app.", "api.knock.app:8443"])
def test_the_api_is_answered_however_it_is_written(knock: KnockFake, get: Callable[[str], int], host: str) -> None:
    assert get(f"https://{host}/v1/users") == 401
    assert len(knock.journal) == 1


@pytest.mark.parametrize(
    ("host", "answered", "any_of_knocks"),
    [
        ("api.knock.app", True, True),
        ("Api.Knock.App.", True, True),
        ("go.knock.app", True, True),
        ("knock.app", False, True),
        ("api.knock.app.example.com", False, False),
        ("notknock.app", False, False),
        ("apiknock.app", False, False),
        ("localhost", False, False),
        ("", False, False),
    ],
)
def test_hosts_are_told_apart(host: str, *, answered: bool, any_of_knocks: bool) -> None:
    assert (is_answered(host), is_knock(host)) == (answered, any_of_knocks)


class OwnTransport(httpx.BaseTransport):
    """A transport that goes past httpx's own."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with socket.create_connection((request.url.host, 443), timeout=1):
            return httpx.Response(200)


class OwnAdapter(HTTPAdapter):
    """An adapter that goes past requests' own."""

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        raise AssertionError(request.url, socket.getaddrinfo("api.knock.app", 443))


def past_httpx() -> None:
    with httpx.Client(transport=OwnTransport()) as client:
        client.get("https://api.knock.app/v1/users")


def past_requests() -> None:
    with requests.Session() as session:
        session.mount("https://", OwnAdapter())
        session.get("https://api.knock.app/v1/users", timeout=1)


def with_the_standard_library() -> None:
    urlopen("https://api.knock.app/v1/users", timeout=1)


def with_asyncio() -> None:
    asyncio.run(asyncio.open_connection("api.knock.app", 443))


def with_bytes() -> None:
    socket.getaddrinfo(b"api.knock.app", 443)


@pytest.mark.parametrize("call", [past_httpx, past_requests, with_the_standard_library, with_asyncio, with_bytes])
def test_what_comes_past_the_libraries_is_refused_at_the_address(knock: KnockFake, call: Callable[[], None]) -> None:
    with pytest.raises(NetworkBlockedError) as error:
        call()
    assert str(error.value) == f"a connection to 'api.knock.app' was blocked: {WHY_PAST}"


def test_other_addresses_are_looked_up_as_ever(knock: KnockFake) -> None:
    assert socket.getaddrinfo("127.0.0.1", 80)[0][4] == ("127.0.0.1", 80)
    assert socket.getaddrinfo(None, 80)
    assert socket.getaddrinfo(host="127.0.0.1", port=80)


def test_the_guard_goes_when_the_last_world_closes() -> None:
    before = socket.getaddrinfo
    with KnockFake(), KnockFake():
        assert socket.getaddrinfo is not before
    assert socket.getaddrinfo is before

"""Who may call a control plane that asks for no token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from knock_fake.control.plane import ControlledServer
from knock_fake.control.worlds import OneWorld
from knock_fake.skins.asgi import create_app
from tests.control.test_plane import send
from tests.skins.test_asgi import get

if TYPE_CHECKING:
    from knock_fake import KnockFake

OWN = ["localhost", "localhost:4010", "LOCALHOST.", "127.0.0.1:4010", "127.8.9.10", "[::1]:4010", "app.localhost:4010"]
FOREIGN = [
    "evil.test",
    "rebound.evil.test:4010",
    "localhost.evil.test",
    "127.0.0.1.evil.test",
    "localhost@evil.test",
    "localhost, evil.test",
    "192.168.0.7:4010",
    "0.0.0.0:4010",
    "[::1",
    "",
]


@pytest.fixture
def server(knock: KnockFake) -> ControlledServer:
    return ControlledServer(OneWorld(knock))


@pytest.mark.parametrize("host", OWN)
def test_this_machine_may_call_by_any_of_its_names(server: ControlledServer, host: str) -> None:
    assert send(server, "POST", "/_fake/reset", host=host, origin=f"http://{host}").status == 204
    assert send(server, "GET", "/_fake/messages", host=host, origin="http://localhost:3000").status == 200
    assert send(server, "GET", "/_fake/messages", host=host).status == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_a_name_that_was_made_to_mean_this_machine_is_refused(server: ControlledServer, host: str) -> None:
    assert refusal(server, host=host) == {
        "code": "foreign_caller",
        "message": (
            f"this control plane asks for no token, so it takes no call for the host {host!r}: call it by 127.0.0.1 or "
            "localhost, or start the server with a control token (--control-token, or knock.serve(control_token=...)) "
            "and send it in X-Knock-Fake-Token"
        ),
        "status": 403,
        "type": "control_error",
    }


@pytest.mark.parametrize("origin", ["null", "file://", *(f"https://{one}" for one in FOREIGN)])
def test_a_page_from_elsewhere_is_refused(server: ControlledServer, knock: KnockFake, origin: str) -> None:
    send(server, "PUT", "/v1/users/jane", {})
    refused = refusal(server, host="127.0.0.1:4010", origin=origin)
    assert f"no call from a page of the origin {origin!r}: call it by" in str(refused["message"])
    assert len(knock.journal) == 1


def refusal(server: ControlledServer, **headers: str) -> dict[str, object]:
    reply = send(server, "POST", "/_fake/reset", **headers)
    assert reply.status == 403
    decoded: dict[str, object] = orjson.loads(reply.body)
    return decoded


def test_with_a_token_pages_from_anywhere_may_call(knock: KnockFake) -> None:
    server = ControlledServer(OneWorld(knock), token="s3cret")
    headers = {"host": "knock.test", "origin": "https://app.test"}
    assert send(server, "GET", "/_fake", x_knock_fake_token="s3cret", **headers).status == 200
    assert send(server, "GET", "/_fake", **headers).status == 401


def test_the_api_itself_is_for_pages_from_anywhere(server: ControlledServer) -> None:
    assert send(server, "GET", "/v1/users", host="knock.test", origin="https://app.test").status == 200


def test_a_server_reads_who_calls_off_what_is_sent(server: ControlledServer) -> None:
    app = create_app(server)
    assert get(app, "/_fake").status_code == 403
    assert get(app, "/_fake", headers={"host": "localhost:4010"}).status_code == 200
    assert get(app, "/_fake", headers={"host": "localhost:4010", "origin": "https://evil.test"}).status_code == 403

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, EnvironBuilder, run_wsgi_app

from knock_fake.gateway.call import Call, Reply
from knock_fake.skins.wsgi import wsgi_app
from tests.skins.recording_handler import JANE, FailingHandler, RecordingHandler

EXPOSED = (
    "Retry-After, x-request-id, x-knock-fake-hint, x-ratelimited-message_ids, idempotent-replayed, "
    "original-x-request-id"
)


def test_a_request_becomes_a_call() -> None:
    handler = RecordingHandler()
    Client(wsgi_app(handler)).put(
        "/v1/users/a%2Fb?tenant=x%20y",
        base_url="https://knock.test:4010",
        headers={"Authorization": "Bearer sk_test"},
        json={"name": "Jane"},
    )
    assert handler.calls == [
        Call(
            "PUT",
            "/v1/users/a%2Fb",
            "tenant=x%20y",
            {
                "host": "knock.test:4010",
                "content-type": "application/json",
                "content-length": "16",
                "authorization": "Bearer sk_test",
            },
            b'{"name": "Jane"}',
            "https://knock.test:4010",
        )
    ]


def test_the_reply_comes_back_whole() -> None:
    response = Client(wsgi_app(RecordingHandler())).get("/v1/users/jane")
    assert response.status == "200 OK"
    assert response.get_data() == JANE
    assert {name.lower(): value for name, value in response.headers} == {
        "content-type": "application/json",
        "x-request-id": "req_1",
        "content-length": str(len(JANE)),
        "access-control-allow-origin": "*",
        "access-control-expose-headers": EXPOSED,
    }


def test_a_204_has_neither_type_nor_length() -> None:
    response = Client(wsgi_app(RecordingHandler(Reply(204)))).delete("/v1/users/jane")
    assert (response.status_code, response.get_data()) == (204, b"")
    assert set(response.headers.keys()) == {"access-control-allow-origin", "access-control-expose-headers"}


def test_head_gets_headers_only() -> None:
    handler = RecordingHandler()
    response = Client(wsgi_app(handler)).head("/v1/users/jane")
    assert handler.line() == "HEAD /v1/users/jane?"
    assert (response.get_data(), response.headers["content-length"]) == (b"", str(len(JANE)))


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"RAW_URI": "/v1/users/a%2Fb?x=1", "REQUEST_URI": None}, "/v1/users/a%2Fb"),
        ({"RAW_URI": None, "REQUEST_URI": "http://knock.test/v1/users/a%2Fb"}, "/v1/users/a%2Fb"),
        ({"RAW_URI": None, "REQUEST_URI": None}, "/v1/users/a/b"),
        # Something on the way rewrote the path: what the client sent is no longer what is asked for.
        ({"RAW_URI": "/old/users/a%2Fb", "REQUEST_URI": "/old/users/a%2Fb"}, "/v1/users/a/b"),
        ({"RAW_URI": "/my%20app/v1/users/a%2Fb", "SCRIPT_NAME": "/my app"}, "/v1/users/a%2Fb"),
    ],
)
def test_the_path_is_the_raw_one_if_the_server_tells(environ: dict[str, str | None], path: str) -> None:
    handler = RecordingHandler()
    full: dict[str, Any] = EnvironBuilder("/v1/users/a/b").get_environ() | environ
    run_wsgi_app(wsgi_app(handler), {key: value for key, value in full.items() if value is not None})
    assert handler.calls[0].path == path


def test_without_a_raw_path_the_decoded_one_is_quoted() -> None:
    handler = RecordingHandler()
    environ = EnvironBuilder("/v1/users/a b%é+@:").get_environ()
    del environ["RAW_URI"], environ["REQUEST_URI"]
    run_wsgi_app(wsgi_app(handler), environ)
    assert handler.calls[0].path == "/v1/users/a%20b%25%C3%A9+@:"


def test_it_can_be_mounted_beside_a_flask_application() -> None:
    handler, flask = RecordingHandler(), Flask("host")
    flask.add_url_rule("/hello", view_func=lambda: "hello")
    client = Client(DispatcherMiddleware(flask, {"/knock": wsgi_app(handler)}))
    assert client.get("/hello").text == "hello"
    assert client.get("/knock/v1/users/a%2Fb?x=1").get_data() == JANE
    assert client.get("/knock").get_data() == JANE
    assert [call.path for call in handler.calls] == ["/v1/users/a%2Fb", "/"]


def test_a_preflight_is_answered_without_the_handler() -> None:
    handler = RecordingHandler()
    response = Client(wsgi_app(handler)).options(
        "/v1/users/jane",
        headers={"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-custom"},
    )
    assert response.status_code == 204
    assert dict(response.headers) == {
        "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        "access-control-allow-headers": (
            "authorization, content-type, x-knock-client, x-knock-user-token, x-knock-branch, idempotency-key, x-custom"
        ),
        "access-control-max-age": "7200",
        "access-control-allow-origin": "*",
        "access-control-expose-headers": EXPOSED,
    }
    assert handler.calls == []


def test_a_crash_is_readable_for_the_page_and_loud_for_the_server() -> None:
    errors = io.StringIO()
    app = wsgi_app(FailingHandler(KeyError("a bug")))
    response = Client(app).get("/v1/users", errors_stream=errors)
    assert response.status_code == 500
    assert response.json == {"errors": {"detail": "500 Internal Server Error"}}
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["x-knock-fake-hint"] == "knock_fake itself failed: KeyError('a bug')"
    assert errors.getvalue().endswith("KeyError: 'a bug'\n")


def test_a_client_that_goes_away_in_its_body_is_forgotten() -> None:
    handler = RecordingHandler()
    environ = EnvironBuilder("/v1/users", method="POST", data=b"{}").get_environ()
    environ["CONTENT_LENGTH"] = "10"
    run_wsgi_app(wsgi_app(handler), environ)
    assert handler.calls == []


def test_a_hint_that_ascii_cannot_hold_is_sent_as_utf_8() -> None:
    app = wsgi_app(RecordingHandler(Reply(404, b"{}", {"x-knock-fake-hint": "no '日本'\r\nx: y"})))
    hint = Client(app).get("/v1/users").headers["x-knock-fake-hint"]
    assert hint.encode("latin-1").decode() == "no '日本' x: y"

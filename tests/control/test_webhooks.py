from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from knock_fake import KnockFake
from knock_fake.control.plane import ControlledServer
from knock_fake.control.worlds import OneWorld
from knock_fake.gateway.call import Call
from knock_fake.schema_checks import field_errors
from tests.delivery.sending import send as send_message

if TYPE_CHECKING:
    from knock_fake.gateway.call import Reply
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.responders import HttpRequest

URL = "https://app.test/hooks"


@pytest.fixture
def server(knock: KnockFake) -> ControlledServer:
    return ControlledServer(OneWorld(knock))


def send(server: ControlledServer, method: str, path: str, body: Json = None) -> Reply:
    headers = {"content-type": "application/json", "authorization": "Bearer sk_test_a"}
    return server.handle(Call(method, f"/_fake{path}", "", headers, b"" if body is None else orjson.dumps(body)))


def read(server: ControlledServer, method: str, path: str, schema: str, body: Json = None) -> JsonObject:
    reply = send(server, method, path, body)
    assert reply.status in (200, 201), reply.body
    decoded: JsonObject = orjson.loads(reply.body)
    assert field_errors(f"control/{schema}", decoded) == ()
    return decoded


def test_an_endpoint_is_added_switched_and_taken_away(server: ControlledServer, knock: KnockFake) -> None:
    added = read(server, "POST", "/webhooks", "webhook", {"url": URL, "events": ["message.s*"], "secret": "key"})
    endpoint = knock.webhooks[URL]
    assert added == endpoint.to_json()
    assert (added["events"], added["secret"]) == (["message.sent", "message.seen"], "key")
    assert read(server, "GET", "/webhooks", "webhooks") == {"webhooks": [added]}
    assert send(server, "POST", f"/webhooks/{endpoint.id}/disable").status == 204
    assert read(server, "GET", f"/webhooks/{endpoint.id}", "webhook") == {**added, "enabled": False}
    assert send(server, "POST", f"/webhooks/{endpoint.id}/enable").status == 204
    assert endpoint.enabled
    assert send(server, "DELETE", f"/webhooks/{endpoint.id}").status == 204
    assert send(server, "DELETE", f"/webhooks/{endpoint.id}").status == 404
    knock.webhooks.add(URL)
    assert send(server, "DELETE", "/webhooks").status == 204
    assert read(server, "GET", "/webhooks", "webhooks") == {"webhooks": []}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, '"field":"url","message":"is required"'),
        ({"url": "app.test"}, "does not begin with https:// or http://"),
        ({"url": URL, "events": ["message.sended"]}, "did you mean 'message.sent'?"),
        ({"url": URL, "events": []}, '"field":"events","message":"must not be empty"'),
        (
            {"url": URL, "event": "message.sent"},
            '"field":"event","message":"is not a known key; did you mean \'events\'?"',
        ),
    ],
)
def test_an_endpoint_that_cannot_be_taken_is_refused(server: ControlledServer, body: JsonObject, told: str) -> None:
    reply = send(server, "POST", "/webhooks", body)
    assert (reply.status, told in reply.body.decode()) == (422, True), reply.body
    assert read(server, "GET", "/webhooks", "webhooks") == {"webhooks": []}


def test_deliveries_are_asked_for_as_anything_else_is(server: ControlledServer, knock: KnockFake) -> None:
    knock.webhooks.add(URL, ["message.sent", "partial.committed"])
    read(
        server,
        "POST",
        "/responders",
        "responder_added",
        {"kind": "endpoint", "url": URL, "event": "message.*", "answers": [{"status": 500, "times": 1}, {}]},
    )
    send_message(knock, "email")
    filters: JsonObject = {"filters": {"event": "message.sent", "status": "pending"}, "expect": "one"}
    found = read(server, "POST", "/ask/webhook_deliveries", "asked", filters)
    assert found["entries"] == [knock.webhooks.deliveries.one().to_json()]
    send(server, "POST", "/clock/advance", {"duration": "5s"})
    reply = send(server, "POST", "/ask/webhook_deliveries", filters)
    assert reply.status == 417
    assert "status is 'delivered', not 'pending'" in reply.body.decode()
    shown = read(server, "GET", "/responders/1", "responder_with_requests")
    assert isinstance(shown["requests"], list)
    origins = [one["origin"]["event"] for one in shown["requests"] if isinstance(one, dict)]  # type: ignore[call-overload, index]
    assert origins == ["message.sent", "message.sent"]


def test_the_page_asks_a_server_what_it_has_an_answer_to() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text()
    calls = re.findall(r"curl -X POST http://127\.0\.0\.1:4010(\S+).*?-d '(.*?)'", page, re.DOTALL)
    assert [path for path, _ in calls] == ["/v1/workflows/hello/trigger", "/_fake/ask/webhook_deliveries"]
    server = ControlledServer(OneWorld(KnockFake(unknown_workflows="accept")))
    send(server, "POST", "/webhooks", {"url": "http://localhost:3000/knock"})
    headers = {"content-type": "application/json", "authorization": "Bearer sk_test_1"}
    replies = [server.handle(Call("POST", path, "", headers, body.encode())) for path, body in calls]
    assert [reply.status for reply in replies] == [200, 200], replies[-1].body
    assert [one["event"] for one in orjson.loads(replies[-1].body)["entries"]] == ["message.delivered"]


def test_what_is_committed_over_the_plane_is_told(server: ControlledServer, knock: KnockFake) -> None:
    knock.webhooks.add(URL, "partial.committed")
    assert send(server, "PUT", "/partials/footer", {"type": "html", "content": "Bye"}).status == 204
    assert knock.webhooks.deliveries.one().status == "delivered"
    told = read(server, "GET", "/responders", "responders")
    assert isinstance(told["unanswered"], list)
    assert len(told["unanswered"]) == 1


@pytest.mark.parametrize(("method", "path"), [("POST", "/reset"), ("DELETE", "/worlds/default")])
def test_an_application_that_resets_its_world_is_told_why_not(
    server: ControlledServer, knock: KnockFake, method: str, path: str
) -> None:
    replies: list[Reply] = []

    def receive(_request: HttpRequest) -> JsonObject:
        replies.append(send(server, method, path))
        return {}

    knock.webhooks.add(URL, "message.sent", app=receive)
    send_message(knock, "email")
    (reply,) = replies
    assert reply.status == 422
    assert orjson.loads(reply.body)["message"] == (
        f"reset() was called while the clock is moving, to tell {URL} of message.sent: call it when the move has ended"
    )
    assert len(knock.messages) == 1

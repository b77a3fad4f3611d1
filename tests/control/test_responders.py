from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from knock_fake.control.plane import ControlledServer
from knock_fake.control.worlds import OneWorld
from knock_fake.gateway.call import Call
from knock_fake.schema_checks import field_errors
from knock_fake.steps import ai_agent, http_fetch, in_app_feed

if TYPE_CHECKING:
    from knock_fake import KnockFake
    from knock_fake.gateway.call import Reply
    from knock_fake.json_types import Json, JsonObject

URL = "https://api.mine.test/plan"
PRO: JsonObject = {"kind": "fetch", "url": URL, "answers": [{"json": {"plan": "pro"}}]}


@pytest.fixture
def server(knock: KnockFake) -> ControlledServer:
    steps = [http_fetch(URL), ai_agent("openai:gpt-5.2", "Hi", halt_on_error=False), in_app_feed("Hi")]
    knock.workflows.add("welcome", steps=steps)
    return ControlledServer(OneWorld(knock))


def send(server: ControlledServer, method: str, path: str, body: Json = None) -> Reply:
    headers = {"content-type": "application/json", "authorization": "Bearer sk_test_a"}
    return server.handle(Call(method, path, "", headers, b"" if body is None else orjson.dumps(body)))


def read(server: ControlledServer, path: str, schema: str) -> JsonObject:
    reply = send(server, "GET", path)
    assert reply.status == 200, reply.body
    body: JsonObject = orjson.loads(reply.body)
    assert field_errors(f"control/{schema}", body) == ()
    return body


def test_a_responder_is_added_asked_about_and_taken_away(server: ControlledServer, knock: KnockFake) -> None:
    reply = send(server, "POST", "/_fake/responders", PRO)
    assert (reply.status, orjson.loads(reply.body)) == (201, {"number": 1})
    send(server, "POST", "/v1/workflows/welcome/trigger", {"recipients": [{"id": "jane"}]})
    (run,) = knock.state.runs
    told = read(server, "/_fake/responders", "responders")
    shown = {
        "number": 1,
        "kind": "fetch",
        "description": f"responder 1 (fetch {URL})",
        "uses": 1,
        "responder": PRO,
    }
    origin = {"workflow": "welcome", "recipient": "jane", "run_id": run.id, "attempt": 1}
    at = {"at": "2026-01-01T00:00:00.000000Z"}
    assert told == {
        "responders": [shown],
        "unanswered": [
            {
                "kind": "model",
                "model": "openai:gpt-5.2",
                "prompt": "Hi",
                "origin": {**origin, **at, "step_ref": "ai_agent_1"},
            }
        ],
    }
    asked: JsonObject = {"kind": "fetch", "method": "GET", "url": URL, "headers": {}, "body": None}
    assert read(server, "/_fake/responders/1", "responder_with_requests") == {
        **shown,
        "requests": [{**asked, "origin": {**origin, **at, "step_ref": "http_fetch_1"}}],
    }
    assert send(server, "DELETE", "/_fake/responders/1").status == 204
    assert send(server, "DELETE", "/_fake/responders/1").status == 404
    assert send(server, "DELETE", "/_fake/responders").status == 204
    assert read(server, "/_fake/responders", "responders") == {"responders": [], "unanswered": []}


def test_a_responder_made_of_a_function_is_shown_without_it(server: ControlledServer, knock: KnockFake) -> None:
    knock.responders.fetch("*", answer=lambda _request: {})
    (shown,) = orjson.loads(send(server, "GET", "/_fake/responders").body)["responders"]
    assert (shown["description"], shown["responder"]) == ("responder 1 (fetch *)", None)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "kind is required"),
        ({"kind": "fetch", "answers": []}, "answers must not be empty"),
        ({"kind": "fetch", "url": "a.test", "answers": [{}]}, "'a.test' is no URL"),
        ({"kind": "fetch", "answers": [{"status": 99}]}, "answers.0.status must be at least 200"),
        ({"kind": "model", "answers": [{"text": "a", "json": 1}]}, "exactly one of text, json, refusal and fail"),
    ],
)
def test_a_responder_that_cannot_be_taken_is_refused(server: ControlledServer, body: JsonObject, told: str) -> None:
    reply = send(server, "POST", "/_fake/responders", body)
    assert (reply.status, told in reply.body.decode() + str(reply.headers)) == (422, True), reply.body
    assert orjson.loads(send(server, "GET", "/_fake/responders").body)["responders"] == []

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

import httpx
import orjson
import pytest
from openapi_spec_validator import validate

from knock_fake import KnockFake
from knock_fake.control.plane import ControlledServer
from knock_fake.control.table import CONTROL_OPERATIONS
from knock_fake.control.worlds import OneWorld, WorldsByKey
from knock_fake.gateway.call import Call
from knock_fake.schema_checks import field_errors
from knock_fake.steps import delay, in_app_feed

if TYPE_CHECKING:
    from knock_fake.gateway.call import Reply
    from knock_fake.json_types import Json, JsonObject

JSON = {"content-type": "application/json"}


def send(
    server: ControlledServer, method: str, path: str, body: Json = None, key: str = "sk_test_a", **headers: str
) -> Reply:
    content = b"" if body is None else orjson.dumps(body)
    sent = {**JSON, "authorization": f"Bearer {key}", **{name.replace("_", "-"): one for name, one in headers.items()}}
    return server.handle(Call(method, path, "", sent, content))


def answer(server: ControlledServer, method: str, path: str, body: Json = None, key: str = "sk_test_a") -> JsonObject:
    reply = send(server, method, path, body, key)
    assert reply.status in (200, 201), reply.body
    decoded: JsonObject = orjson.loads(reply.body)
    return decoded


def entries(body: JsonObject, envelope: str = "entries") -> list[JsonObject]:
    found = body[envelope]
    assert isinstance(found, list)
    return [one for one in found if isinstance(one, dict)]


@pytest.fixture
def server(knock: KnockFake) -> ControlledServer:
    knock.workflows.add("later", steps=[delay("1h"), in_app_feed("Hi")])
    return ControlledServer(OneWorld(knock))


def trigger(server: ControlledServer, recipient: str = "jane") -> None:
    answer(
        server, "POST", "/v1/workflows/later/trigger", {"recipients": [{"id": recipient, "name": recipient.title()}]}
    )


def test_the_clock_is_moved_and_tells_what_happened(server: ControlledServer) -> None:
    trigger(server)
    before = answer(server, "GET", "/_fake/clock")
    assert before["pending"] == [{"at": "2026-01-01T01:00:00.000000Z", "text": "run resumed: later for jane"}]
    moved = answer(server, "POST", "/_fake/clock/advance", {"duration": "1h"})
    assert moved == {
        "started": "2026-01-01T00:00:00.000000Z",
        "ended": "2026-01-01T01:00:00.000000Z",
        "happenings": [
            {"at": "2026-01-01T01:00:00.000000Z", "text": text}
            for text in (
                "run resumed: later for jane",
                "message queued: later/in_app_feed_1 to jane",
                "message delivered: later/in_app_feed_1 to jane",
            )
        ],
    }
    answer(server, "POST", "/_fake/clock/travel", {"to": "2026-02-01T00:00:00Z"})
    assert answer(server, "POST", "/_fake/clock/run-until-idle")["ended"] == "2026-02-01T00:00:00.000000Z"
    assert answer(server, "GET", "/_fake/clock") == {
        "now": "2026-02-01T00:00:00.000000Z",
        "mode": "manual",
        "next_due": None,
        "pending": [],
    }


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("/_fake/clock/advance", {}, "duration"),
        ("/_fake/clock/advance", {"duration": 5}, "duration"),
        ("/_fake/clock/advance", {"duration": "1h", "speed": 2}, "speed"),
        ("/_fake/clock/advance", {"duration": "soon"}, "soon"),
        ("/_fake/clock/travel", {"to": "2025-01-01T00:00:00Z"}, "time cannot go back"),
        ("/_fake/clock/run-until-idle", {"limit": 0}, "limit"),
        ("/_fake/reset", {"hard": True}, "hard"),
        ("/_fake/ask/users", {"expect": "some"}, "expect"),
        ("/_fake/ask/users", {"filters": {"nane": "Jane"}}, "did you mean 'name'"),
        ("/_fake/ask/users", {"filters": {"self": "Jane"}}, "'self'"),
        ("/_fake/scenario", {"scenario": "a: \x01"}, "is no YAML"),
        ("/_fake/scenario", {"scenario": "[" * 3000}, "is nested deeper than 100 levels"),
    ],
)
def test_wrong_input_is_refused_by_name(server: ControlledServer, path: str, body: Json, told: str) -> None:
    reply = send(server, "POST", path, body)
    assert (reply.status, orjson.loads(reply.body)["status"]) == (422, 422)
    assert told in reply.body.decode()
    assert (
        send(server, "GET", "/_fake/clock").body
        == send(ControlledServer(OneWorld(KnockFake())), "GET", "/_fake/clock").body
    )


def test_unknown_names_are_not_found(server: ControlledServer) -> None:
    assert send(server, "POST", "/_fake/ask/people", {}).status == 404
    assert send(server, "POST", "/_fake/snapshots/snapshot-7/restore").status == 404
    reply = send(server, "GET", "/_fake/clok")
    assert reply.status == 404
    assert "did you mean '/_fake/clock'" in reply.headers["x-knock-fake-hint"]
    refused = send(server, "DELETE", "/_fake/clock")
    assert (refused.status, refused.headers["allow"]) == (405, "GET")


def test_asking_returns_what_fits(server: ControlledServer) -> None:
    trigger(server)
    asked = answer(server, "POST", "/_fake/ask/users", {"filters": {"name": "Jane"}, "expect": "one"})
    assert asked == {
        "entries": [
            {
                "id": "jane",
                "collection": "$users",
                "properties": {"name": "Jane"},
                "preferences": {},
                "channel_data": {},
                "inserted_at": "2026-01-01T00:00:00.000000Z",
                "updated_at": "2026-01-01T00:00:00.000000Z",
            }
        ]
    }
    (run,) = entries(answer(server, "POST", "/_fake/ask/runs", {}))
    assert (run["recipient"], run["status"]) == ("jane", "paused")
    assert answer(server, "POST", "/_fake/ask/tenants", {"expect": "none"}) == {"entries": []}


def test_an_expectation_that_is_not_so_explains_itself(server: ControlledServer) -> None:
    trigger(server)
    reply = send(server, "POST", "/_fake/ask/users", {"filters": {"name": "Joe"}, "expect": "last"})
    body = orjson.loads(reply.body)
    assert (reply.status, body["code"]) == (417, "expectation_failed")
    assert body["message"] == "there is no user with name='Joe'\nnearest:\n  user jane\n    name is 'Jane', not 'Joe'"


def test_errors_are_listed(server: ControlledServer) -> None:
    send(server, "POST", "/v1/workflows/latter/trigger", {"recipients": ["jane"]})
    told = answer(server, "GET", "/_fake/errors")
    assert told["unimplemented"] == {}
    assert "POST /v1/workflows/latter/trigger -> 404" in str(told["errors"])


def test_what_happened_is_explained(server: ControlledServer) -> None:
    trigger(server)
    told = answer(server, "GET", "/_fake/explain")
    assert field_errors("control/explained", told) == ()
    assert str(told["text"]).splitlines()[0] == "later for jane: paused, 0 messages"
    reply = server.handle(
        Call("GET", "/_fake/explain", "recipient=joe&workflow=latter", {"authorization": "Bearer sk_a"})
    )
    assert orjson.loads(reply.body)["explanation"] == {
        "asked_for": "for joe in workflow latter",
        "runs": [],
        "notes": [
            "there is no workflow 'latter': did you mean 'later'?",
            "nobody identified the user 'joe': did you mean 'jane'?",
        ],
    }


def test_a_snapshot_is_gone_back_to_by_name(server: ControlledServer) -> None:
    trigger(server)
    assert answer(server, "POST", "/_fake/snapshots") == {"snapshot": "snapshot-1"}
    trigger(server, "joe")
    assert send(server, "POST", "/_fake/snapshots/snapshot-1/restore").status == 204
    assert answer(server, "GET", "/_fake")["runs"] == 1
    assert send(server, "DELETE", "/_fake/snapshots/snapshot-1").status == 204
    assert send(server, "DELETE", "/_fake/snapshots/snapshot-1").status == 404


def test_a_world_is_saved_and_made_again(server: ControlledServer) -> None:
    trigger(server)
    saved = answer(server, "GET", "/_fake/saved")
    other = ControlledServer(OneWorld(KnockFake()))
    assert send(other, "PUT", "/_fake/saved", saved).status == 204
    moved = [answer(one, "POST", "/_fake/clock/advance", {"duration": "1h"}) for one in (server, other)]
    assert moved[0] == moved[1]
    assert send(other, "PUT", "/_fake/saved", {"format": "other", "revision": 1, "parts": {}}).status == 422


def test_reset_makes_the_world_pristine(server: ControlledServer) -> None:
    trigger(server)
    assert send(server, "POST", "/_fake/reset").status == 204
    told = answer(server, "GET", "/_fake")
    assert (told["runs"], told["workflows"], told["calls"]) == (0, [], 0)


def test_control_is_not_in_the_journal(server: ControlledServer, knock: KnockFake) -> None:
    answer(server, "GET", "/_fake/clock")
    assert len(knock.journal) == 0


def test_a_token_is_asked_for(knock: KnockFake) -> None:
    server = ControlledServer(OneWorld(knock), host="0.0.0.0", token="s3cret")  # noqa: S104 - nothing listens
    assert send(server, "GET", "/_fake/clock").status == 401
    assert send(server, "GET", "/_fake/clock", x_knock_fake_token="wrong").status == 401
    assert send(server, "GET", "/_fake/clock", x_knock_fake_token="s3cret").status == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1", 200), ("127.0.0.8", 200), ("::1", 200), ("localhost", 200), ("0.0.0.0", 404), ("example.com", 404)],  # noqa: S104
)
def test_without_a_token_there_is_control_on_loopback_only(knock: KnockFake, host: str, status: int) -> None:
    assert send(ControlledServer(OneWorld(knock), host=host), "GET", "/_fake/clock").status == status


def test_every_key_has_a_world_of_its_own() -> None:
    server = ControlledServer(WorldsByKey(KnockFake))
    for key, name in (("sk_test_a", "jane"), ("sk_test_b", "joe")):
        answer(server, "PUT", f"/v1/users/{name}", {}, key)
    assert [one["id"] for one in entries(answer(server, "GET", "/v1/users", key="sk_test_b"))] == ["joe"]
    assert answer(server, "GET", "/v1/users/jane", key="pk_test_a")["id"] == "jane"
    assert answer(server, "GET", "/_fake/worlds") == {"worlds": ["test_a", "test_b"]}
    answer(server, "POST", "/_fake/clock/advance", {"duration": "1h"}, "sk_test_a")
    assert answer(server, "GET", "/_fake/clock", key="sk_test_b")["now"] == "2026-01-01T00:00:00.000000Z"
    assert send(server, "DELETE", "/_fake/worlds/sk_test_a").status == 204
    assert send(server, "DELETE", "/_fake/worlds/sk_test_a", key="sk_test_b").status == 404
    assert send(server, "GET", "/v1/users/jane").status == 404


def test_a_control_call_without_a_key_is_refused_where_every_key_has_a_world() -> None:
    server = ControlledServer(WorldsByKey(KnockFake))
    refused = send(server, "POST", "/_fake/reset", key="")
    assert (refused.status, orjson.loads(refused.body)["message"]) == (
        422,
        (
            "every API key has a world of its own on this server: send the key of the one that you mean, such as "
            "'Authorization: Bearer sk_test_1'"
        ),
    )
    assert send(server, "GET", "/v1/users", key="").status == 401
    assert answer(server, "GET", "/_fake/worlds", key="") == {"worlds": []}
    assert "paths" in answer(server, "GET", "/_fake/openapi", key="")


def test_a_control_call_without_a_key_means_the_one_world(server: ControlledServer) -> None:
    assert answer(server, "GET", "/_fake", key="")["runs"] == 0


def test_addresses_in_messages_lead_to_the_world_of_their_key() -> None:
    def make() -> KnockFake:
        world = KnockFake()
        world.channels.configure("in-app-feed", settings={"link_tracking": True})
        world.workflows.add("hello", steps=[in_app_feed("[Go](https://example.com/go)")])
        return world

    server = ControlledServer(WorldsByKey(make))
    for key in ("sk_test/a", "sk_b"):
        body: JsonObject = {"recipients": [{"id": "jane"}]}
        answer(server, "POST", "/v1/workflows/hello/trigger", body, key)
    (message,) = entries(answer(server, "GET", "/v1/messages", key="sk_test/a"), "items")
    content = answer(server, "GET", f"/v1/messages/{message['id']}/content", key="sk_test/a")
    (path,) = re.findall(r"https://api\.knock\.app(/_worlds/test%2Fa/_links/\w+)", str(content))
    followed = send(server, "GET", path, key="")
    assert (followed.status, followed.headers["location"]) == (302, "https://example.com/go")
    clicked = {
        key: entries(answer(server, "GET", "/v1/messages", key=key), "items")[0]["link_clicked_at"] is not None
        for key in ("sk_test/a", "sk_b")
    }
    assert clicked == {"sk_test/a": True, "sk_b": False}
    unknown = send(server, "GET", path.replace("test%2Fa", "c"), key="")
    assert (unknown.status, unknown.headers["x-knock-fake-hint"]) == (
        404,
        "no call came with the key 'c': known: 'b', 'test/a'",
    )


def test_a_key_that_two_threads_bring_at_once_has_one_world() -> None:
    nobody = Event()

    def make() -> KnockFake:
        nobody.wait(0.05)  # long enough for the other thread to come
        return KnockFake()

    worlds = WorldsByKey(make)
    call = Call("GET", "/_fake", headers={"authorization": "Bearer sk_test_a"})

    def ask() -> KnockFake:
        return worlds.of(call)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(ask), pool.submit(ask)
        assert first.result() is second.result() is worlds.of(call)


def test_the_one_world_goes_by_a_name(server: ControlledServer) -> None:
    trigger(server)
    assert answer(server, "GET", "/_fake/worlds") == {"worlds": ["default"]}
    assert send(server, "DELETE", "/_fake/worlds/sk_test_a").status == 404
    assert send(server, "DELETE", "/_fake/worlds/default").status == 204
    assert answer(server, "GET", "/_fake")["runs"] == 0


ITEM: JsonObject = {
    "type": "channel",
    "channel_key": "inbox",
    "template": {"markdown_body": "{{ vars.a }}!"},
}


def test_an_environment_is_configured(server: ControlledServer) -> None:
    configured: list[tuple[str, JsonObject]] = [
        ("channels/inbox", {"type": "in_app_feed", "name": "Inbox"}),
        ("channels/inbox", {"type": "in_app_feed", "settings": {"link_tracking": True}, "conditions": {}}),
        ("channel-groups/inboxes", {"channel_type": "in_app_feed", "channel_rules": ["inbox"]}),
        ("variables/a", {"value": "A", "public": False}),
        ("translations/en", {"b": "Bee"}),
        ("layouts/plain", {"name": "Plain", "html_layout": "<b>{{ content }}</b>", "text_layout": "{{ content }}"}),
        ("partials/greeting", {"name": "Hi", "type": "html", "content": "Hi"}),
        ("branding", {"primary_color": "#123456"}),
        ("account", {"locale": "de", "timezone": "Europe/Berlin"}),
        ("preferences", {"preferences": {"channel_types": {"email": False}}}),
        ("guides/tour", {"steps": [{"ref": "one", "values": {}}]}),
        ("message-types/card", {"name": "Card", "variants": [{"key": "default", "name": "Default", "fields": []}]}),
        ("workflows/hello", {"name": "Hello", "steps": [ITEM]}),
    ]
    for path, body in configured:
        reply = send(server, "PUT", f"/_fake/{path}", body)
        assert (reply.status, reply.body) == (204, b""), path
    answer(server, "POST", "/v1/workflows/hello/trigger", {"recipients": [{"id": "jane", "locale": "en"}]})
    (message,) = entries(answer(server, "GET", "/v1/messages"), "items")
    content = answer(server, "GET", f"/v1/messages/{message['id']}/content")["data"]
    assert isinstance(content, dict)
    assert "A!" in str(content["blocks"])
    assert "'name': 'Hello', " in str(answer(server, "GET", "/_fake/workflows"))
    assert "'name': 'Inbox'" in str(answer(server, "GET", "/_fake/channels"))


def test_workflows_are_switched_off_and_on(server: ControlledServer) -> None:
    trigger_body: JsonObject = {"recipients": [{"id": "jane"}]}
    assert send(server, "POST", "/_fake/workflows/later/deactivate").status == 204
    assert send(server, "POST", "/v1/workflows/later/trigger", trigger_body).status == 400
    assert send(server, "POST", "/_fake/workflows/later/activate").status == 204
    assert send(server, "POST", "/v1/workflows/later/trigger", trigger_body).status == 200
    assert send(server, "POST", "/_fake/workflows/latter/activate").status == 404


def test_workflows_are_archived(server: ControlledServer) -> None:
    assert [send(server, "POST", "/_fake/workflows/later/archive").status for _ in range(2)] == [204, 404]
    assert "later" not in str(answer(server, "GET", "/_fake/workflows"))
    assert send(server, "POST", "/v1/workflows/later/trigger", {"recipients": ["jane"]}).status == 404


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("workflows/hello", {"steps": [{"type": "channel", "channel_type": "fax"}]}, "steps[0].channel_type"),
        ("workflows/hello", {"steps": [], "active": "yes"}, "active must be true or false"),
        ("workflows/hello", {}, "body"),
        ("channels/fax", {"type": "fax"}, "type"),
        ("channels/email", {"type": "sms"}, "taken"),
        ("variables/a", {"public": True}, "value"),
        ("branding", {"primary_color": "red"}, "primary_color"),
        ("account", {"timezone": "Mars/Olympus"}, "Mars/Olympus"),
        ("preferences", {"preferences": {"channel_types": 7}}, "channel_types"),
    ],
)
def test_a_definition_that_cannot_be_honoured_is_refused(
    server: ControlledServer, path: str, body: JsonObject, told: str
) -> None:
    reply = send(server, "PUT", f"/_fake/{path}", body)
    assert (reply.status, told in reply.body.decode()) == (422, True), reply.body


def test_a_scenario_is_laid_over_the_world(server: ControlledServer) -> None:
    trigger(server)
    text = "start: 2026-03-28T09:00:00Z\nusers: [{id: ann}]\n"
    assert send(server, "POST", "/_fake/scenario", {"scenario": text}).status == 204
    assert [one["id"] for one in entries(answer(server, "POST", "/_fake/ask/users", {}))] == ["ann"]
    assert send(server, "POST", "/_fake/scenario", {"scenario": {"users": [{"id": "joe"}]}}).status == 204
    assert [one["id"] for one in entries(answer(server, "POST", "/_fake/ask/users", {}))] == ["joe"]
    refused = send(server, "POST", "/_fake/scenario", {"scenario": "users:\n  - {name: Ann}\n"})
    assert (refused.status, orjson.loads(refused.body)["message"]) == (422, "scenario:2: users.0.id: is required")


def test_the_document_is_valid_and_names_every_operation(server: ControlledServer) -> None:
    document = answer(server, "GET", "/_fake/openapi")
    validate(document)
    paths = document["paths"]
    assert isinstance(paths, dict)
    named = {(method.upper(), path) for path, item in paths.items() if isinstance(item, dict) for method in item}
    assert named == {(operation.method, operation.path) for operation in CONTROL_OPERATIONS}


def test_a_defect_is_told(server: ControlledServer, knock: KnockFake, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(knock, "reset", fail)
    reply = send(server, "POST", "/_fake/reset")
    assert (reply.status, reply.headers["x-knock-fake-hint"]) == (500, "knock_fake itself failed: KeyError: 'a bug'")


def test_the_live_server_has_control(knock: KnockFake, knock_server: str) -> None:
    moved = httpx.post(f"{knock_server}/_fake/clock/advance", json={"duration": "1h"}, trust_env=False)
    assert moved.json()["ended"] == "2026-01-01T01:00:00.000000Z"
    assert knock.clock.now.hour == 1

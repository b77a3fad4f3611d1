"""What once broke more than itself: each of these left a world that answered 500 or told untruths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from knock_fake import KnockFake
from knock_fake.gateway.call import Call
from knock_fake.gateway.journal import CAPACITY_BYTES
from knock_fake.steps import chat, delay, in_app_feed, sms, webhook

if TYPE_CHECKING:
    from knock_fake.gateway.call import Reply
    from knock_fake.json_types import Json, JsonObject

HEADERS = {"authorization": "Bearer sk_test", "content-type": "application/json"}
CHAT = "44444444-4444-4444-8444-444444444444"
FEED = "/v1/users/jane/feeds/55555555-5555-4555-8555-555555555555"


def ask(world: KnockFake, method: str, path: str, body: Json = None, query: str = "") -> Reply:
    return world.handle(Call(method, path, query, HEADERS, b"" if body is None else orjson.dumps(body)))


def answer(world: KnockFake, method: str, path: str, body: Json = None, query: str = "") -> JsonObject:
    reply = ask(world, method, path, body, query)
    assert reply.status == 200, reply.body
    shown: JsonObject = orjson.loads(reply.body)
    return shown


def notify(world: KnockFake, data: JsonObject | None = None, workflow: str = "hello") -> None:
    jane: JsonObject = {"id": "jane", "phone_number": "+15550100"}
    jane["channel_data"] = {CHAT: {"connections": [{"channel_id": "C1"}]}}
    body: JsonObject = {"recipients": [jane], "data": data or {}}
    assert ask(world, "POST", f"/v1/workflows/{workflow}/trigger", body).status == 200


@pytest.mark.parametrize("number", ["[" * 100_000, '"\\ud800"', "[" * 300 + "]" * 300])
def test_json_that_no_answer_can_hold_fails_its_step_only(number: str) -> None:
    world = KnockFake()
    world.workflows.add("hello", steps=[sms("first"), delay("1h"), chat(json_body='{"n": {{ data.n }}}'), sms("last")])
    notify(world, {"n": number})
    world.clock.advance("1h")
    (run,) = world.state.runs
    assert (run.status, run.error_count, [message.channel.type for message in run.messages]) == (
        "completed",
        3,
        ["sms"],
    )
    assert answer(world, "GET", f"/v1/messages/{run.messages[0].id}/content")["message_id"] == run.messages[0].id


def test_a_defect_inside_a_step_halts_its_run_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    world = KnockFake()
    world.workflows.add("hello", steps=[delay("1h"), sms("hi")])
    notify(world)
    monkeypatch.setattr("knock_fake.workflows.channel_checks.find_addresses", lambda *_: 1 / 0)
    world.clock.advance("1h")
    (run,) = world.state.runs
    failures = [event.data for event in run.events if event.event == "step_failed"]
    assert failures == [{"reason": "knock_fake itself failed: ZeroDivisionError: division by zero"}] * 3
    assert (run.status, world.clock.pending()) == ("completed", ())


def test_a_webhook_that_cannot_be_called_can_still_be_read() -> None:
    world = KnockFake()
    world.workflows.add("hello", steps=[webhook("{{ data.url }}")])
    notify(world, {"url": "https://[bad"})
    (message,) = world.state.messages
    assert answer(world, "GET", f"/v1/messages/{message.id}/delivery_logs")["items"] == []
    assert answer(world, "GET", f"/v1/messages/{message.id}")["status"] == "undelivered"


def test_excluding_cuts_the_answer_and_not_what_is_stored() -> None:
    world = KnockFake()
    world.variables.set("menu", [[{"key": 1, "kept": 2}]])
    assert answer(world, "GET", FEED, query="exclude=vars.menu.key")["vars"] == {"menu": [[{"kept": 2}]]}
    assert world.variables.all() == {"menu": [[{"key": 1, "kept": 2}]]}


@pytest.mark.parametrize("path", ["/v1/messages/{id}/read", "/v1/messages/{id}/archived"])
def test_only_interacted_takes_metadata(path: str) -> None:
    world = KnockFake()
    world.workflows.add("hello", steps=[in_app_feed("hi")])
    notify(world)
    (message,) = world.state.messages
    answer(world, "PUT", path.format(id=message.id), {"metadata": {"deep": {"er": [1]}}})
    assert message.events[-1].data is None


def test_items_made_at_one_instant_keep_the_clocks_time_outside_of_feeds() -> None:
    world = KnockFake()
    world.workflows.add("hello", steps=[in_app_feed("hi")])
    for _ in range(3):
        notify(world)
    now = "2026-01-01T00:00:00.000000Z"
    assert len(_list(answer(world, "GET", "/v1/messages", query=f"inserted_at.lte={now}")["items"])) == 3
    shown = [item["inserted_at"] for item in _list(answer(world, "GET", FEED)["entries"])]
    assert shown == [f"2026-01-01T00:00:00.00{number}000Z" for number in (2, 1, 0)]


def _list(value: Json) -> list[JsonObject]:
    assert isinstance(value, list)
    return [one for one in value if isinstance(one, dict)]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/users/\ud800"), ("GET", "v1/users"), ("", "/v1/users"), ("PUT", "/v1/users/\ud800")],
)
def test_a_call_that_no_server_would_pass_on_is_not_found(method: str, path: str) -> None:
    world = KnockFake()
    ask(world, "PUT", "/v1/users/jane", {})
    assert ask(world, method, path).status == 404
    assert len(world.state.recipients.in_collection("$users")) == 1


def test_the_journal_keeps_a_bounded_amount_of_bodies() -> None:
    world = KnockFake()
    big = b"x" * (CAPACITY_BYTES // 4)
    for _ in range(9):
        world.handle(Call("PUT", "/v1/users/jane", "", HEADERS, big))
    assert len(world.journal) == 3
    assert sum(entry.body_bytes for entry in world.journal) <= CAPACITY_BYTES


def test_a_listing_after_many_expired_messages_looks_at_none_of_them() -> None:
    world = KnockFake()
    world.workflows.add("hello", steps=[in_app_feed("hi")])
    for _ in range(3):
        notify(world)
    world.clock.advance("29d")
    notify(world)
    world.clock.advance("2d")
    (left,) = _list(answer(world, "GET", "/v1/messages")["items"])
    assert left["inserted_at"] == "2026-01-30T00:00:00.000000Z"
    assert world.state.messages.last_before(world.clock.now) == [*world.state.messages][-1].sequence
    assert len(_list(answer(world, "GET", FEED)["entries"])) == 4


def test_an_empty_idempotency_key_is_none() -> None:
    world = KnockFake()
    world.workflows.add("hello", steps=[in_app_feed("hi")])
    call = Call("POST", "/v1/workflows/hello/trigger", "", {**HEADERS, "idempotency-key": ""}, b'{"recipients":["a"]}')
    assert world.handle(call).body != world.handle(call).body


def test_a_tenant_made_by_the_call_may_be_its_actor() -> None:
    world = KnockFake()
    world.workflows.add("hello", steps=[in_app_feed("hi")])
    body: JsonObject = {"recipients": [{"id": "jane"}], "tenant": "t9"}
    body["actor"] = {"collection": "$tenants", "id": "t9"}
    assert ask(world, "POST", "/v1/workflows/hello/trigger", body).status == 200


def test_an_empty_cancellation_key_is_none() -> None:
    world = KnockFake()
    world.workflows.add("hello", steps=[delay("1h"), in_app_feed("hi")])
    body: JsonObject = {"recipients": [{"id": "jane"}], "cancellation_key": ""}
    assert ask(world, "POST", "/v1/workflows/hello/trigger", body).status == 200
    (run,) = world.state.runs
    assert run.source.cancellation_key is None

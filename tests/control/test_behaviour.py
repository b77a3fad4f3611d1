from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.control.plane import ControlledServer
from knock_fake.control.worlds import OneWorld
from knock_fake.steps import email
from tests.control.test_plane import answer, send

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject

if TYPE_CHECKING:
    from knock_fake import KnockFake


@pytest.fixture
def server(knock: KnockFake) -> ControlledServer:
    knock.workflows.add("hello", steps=[email("Hi", "there")])
    return ControlledServer(OneWorld(knock))


def trigger(server: ControlledServer) -> str:
    answer(server, "POST", "/v1/workflows/hello/trigger", {"recipients": [{"id": "jane", "email": "jane@example.com"}]})
    found = answer(server, "POST", "/_fake/ask/messages", {"expect": "last"})["entries"]
    assert isinstance(found, list)
    assert isinstance(found[0], dict)
    return str(found[0]["id"])


def status_of(server: ControlledServer, message_id: str) -> object:
    return answer(server, "GET", f"/v1/messages/{message_id}")["status"]


def test_calls_fail_on_demand(server: ControlledServer) -> None:
    fault: JsonObject = {"targets": "users.update", "effect": {"type": "error", "status": 503}, "times": 1}
    made = answer(server, "POST", "/_fake/faults", fault)
    assert (made["number"], made["hits"], made["active"]) == (1, 0, True)
    assert [send(server, "PUT", "/v1/users/jane", {}).status for _ in range(2)] == [503, 200]
    (listed,) = answer(server, "GET", "/_fake/faults")["faults"]  # type: ignore[misc, str-unpack]
    assert isinstance(listed, dict)
    assert (listed["matched"], listed["hits"], listed["active"]) == (2, 1, False)
    assert send(server, "DELETE", "/_fake/faults/1").status == 204
    assert send(server, "DELETE", "/_fake/faults/1").status == 404


def test_a_storm_tells_how_to_repeat_it(server: ControlledServer) -> None:
    made = answer(server, "POST", "/_fake/faults/storm", {"seed": 7, "rate": 0.5, "targets": ["users.*"]})
    assert str(made["storm"]).startswith("storm(7, ")
    assert send(server, "DELETE", "/_fake/faults").status == 204
    assert answer(server, "GET", "/_fake/faults") == {"faults": []}


def test_messages_go_by_plan(server: ControlledServer) -> None:
    plan: JsonObject = {"channel": "email", "statuses": ["queued", ["sent", "2s"], ["bounced", "1m", "mailbox full"]]}
    assert send(server, "POST", "/_fake/delivery", plan).status == 204
    message = trigger(server)
    assert status_of(server, message) == "queued"
    answer(server, "POST", "/_fake/clock/advance", {"duration": "2m"})
    assert status_of(server, message) == "bounced"
    assert send(server, "DELETE", "/_fake/delivery").status == 204
    assert status_of(server, trigger(server)) == "delivered"
    assert send(server, "POST", "/_fake/delivery", {"fail": {"attempts": 1}, "recipient": "jane"}).status == 204
    message = trigger(server)
    answer(server, "POST", "/_fake/clock/advance", {"duration": "5s"})
    assert "message.delivery_attempted" in str(answer(server, "GET", f"/v1/messages/{message}/events"))


def test_messages_are_held_and_released(server: ControlledServer) -> None:
    assert send(server, "POST", "/_fake/delivery", {"hold": True}).status == 204
    message = trigger(server)
    assert status_of(server, message) == "queued"
    assert send(server, "POST", "/_fake/delivery/release").status == 204
    assert status_of(server, message) == "delivered"


def test_recipients_and_providers_act_on_messages(server: ControlledServer) -> None:
    message = trigger(server)
    for verb in ("see", "read", "archive"):
        answer(server, "POST", f"/_fake/messages/{message}/{verb}")
    answer(server, "POST", f"/_fake/messages/{message}/interact", {"metadata": {"button": "yes"}})
    assert answer(server, "GET", f"/v1/messages/{message}")["engagement_statuses"] == [
        "seen",
        "read",
        "interacted",
        "archived",
    ]
    refused = send(server, "POST", f"/_fake/messages/{message}/deliver")
    assert refused.status == 422
    assert send(server, "POST", f"/_fake/messages/{message}/sea").status == 404
    assert send(server, "POST", "/_fake/messages/unknown/see").status == 404


def test_limits_are_enforced_and_exhausted(server: ControlledServer) -> None:
    assert send(server, "PUT", "/_fake/rate-limits", {"enforce": {"overrides": {"users.get": 1}}}).status == 204
    assert [send(server, "GET", "/v1/users/jane").status for _ in range(2)] == [404, 429]
    assert send(server, "PUT", "/_fake/rate-limits", {"enforce": False}).status == 204
    assert send(server, "GET", "/v1/users/jane").status == 404
    assert send(server, "POST", "/_fake/rate-limits/exhaust", {"operation": "users.get"}).status == 204
    assert send(server, "GET", "/v1/users/jane").status == 429
    assert send(server, "POST", "/_fake/rate-limits/exhaust", {"operation": "users.praise"}).status == 422


def test_batches_are_over_their_limit(server: ControlledServer) -> None:
    message = trigger(server)
    assert send(server, "POST", "/_fake/batch-limits/reject", {"message_ids": [message]}).status == 204
    reply = send(server, "POST", "/v1/messages/batch/seen", {"message_ids": [message]})
    assert any(message in value for value in reply.headers.values())
    assert send(server, "DELETE", "/_fake/batch-limits").status == 204
    reply = send(server, "POST", "/v1/messages/batch/seen", {"message_ids": [message]})
    assert not any(message in value for value in reply.headers.values())


def test_bulk_operations_go_at_the_pace_asked_for(server: ControlledServer) -> None:
    assert send(server, "PUT", "/_fake/bulk-operations/mode", {"mode": "by_hand"}).status == 204
    people: JsonObject = {"users": [{"id": name} for name in ("ann", "bob", "cid")]}
    started = answer(server, "POST", "/v1/users/bulk/identify", people)
    path = f"/_fake/bulk-operations/{started['id']}"
    assert answer(server, "POST", f"{path}/progress", {"rows": 1})["processed_rows"] == 1
    answer(server, "POST", f"{path}/fail-rows", {"rows": ["bob"]})
    assert answer(server, "POST", f"{path}/progress")["error_items"] == ["bob"]
    assert answer(server, "GET", f"/v1/bulk_operations/{started['id']}")["status"] == "completed"
    assert send(server, "POST", f"{path}/fail").status == 422
    assert "users.identify" in str(answer(server, "GET", "/_fake/bulk-operations"))
    assert send(server, "POST", "/_fake/bulk-operations/unknown/progress", {}).status == 404
    assert send(server, "PUT", "/_fake/bulk-operations/mode", {"mode": "over_time"}).status == 422


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("faults", {"targets": "users.praise", "effect": {"type": "error", "status": 503}}, "users.praise"),
        ("faults", {"effect": {"type": "error", "status": 99}}, "status"),
        ("faults", {}, "effect"),
        ("faults/storm", {"rate": 2}, "rate"),
        ("delivery", {"channel": "fax", "hold": True}, "fax"),
        ("delivery", {"statuses": ["delivered", "queued"]}, "cannot follow"),
        ("delivery", {}, "body"),
        ("batch-limits/reject", {"count": 0}, "count"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(server: ControlledServer, path: str, body: JsonObject, told: str) -> None:
    reply = send(server, "POST", f"/_fake/{path}", body)
    assert reply.status in (404, 422), reply.body
    assert told in reply.body.decode()

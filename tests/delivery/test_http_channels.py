"""Endpoints of http channels: what they are sent, and what becomes of a message by their answers."""

from __future__ import annotations

import hmac
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from knock_fake.responders import Answer
from knock_fake.steps import webhook
from tests.delivery.sending import history, send, trigger

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.asking.message import Message
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.responders import HttpRequest

URL = "https://hooks.example.com/"
SENT = f"POST {URL}"


def send_webhook(knock: KnockFake, step: JsonObject, **data: Json) -> Message:
    knock.workflows.add("hook", steps=[step])
    (message,) = trigger(knock, "hook", data=data)
    return message


def why(message: Message) -> list[Json]:
    """Return what the events of a failure tell."""
    return [event.data for event in message.events if event.type in ("delivery_attempted", "undelivered")]


def test_a_message_that_no_responder_is_for_is_delivered(knock: KnockFake) -> None:
    knock.responders.fetch("*", status=500)
    knock.responders.webhook("https://other.example.com/*", status=500)
    assert send(knock, "http").status == "delivered"
    assert [str(request) for request in knock.responders.unanswered] == [SENT]


def test_an_endpoint_is_sent_the_rendered_request(knock: KnockFake) -> None:
    responder = knock.responders.webhook(f"{URL}*")
    step = webhook(
        f"{URL}{{{{ data.path }}}}?a=1",
        "put",
        headers={"X-Id": "{{ recipient.id }}"},
        query_params={"b": "{{ data.b }}"},
        body='{"name": "{{ recipient.name }}"}',
        ref="hook_1",
    )
    send_webhook(knock, step, path="orders", b="x y")
    (run,) = knock.state.runs
    request = responder.last_request
    assert (request.kind, request.method, request.url, request.timeout) == (
        "webhook",
        "PUT",
        f"{URL}orders?a=1&b=x+y",
        50.0,
    )
    assert (request.headers, request.body) == ({"x-id": "jane"}, '{"name": "Jane"}')
    origin = request.origin
    assert (origin.workflow, origin.step_ref, origin.recipient, origin.attempt) == ("hook", "hook_1", "jane", 1)
    assert (origin.run_id, origin.at) == (run.id, knock.clock.now)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_delivery(knock: KnockFake, status: int) -> None:
    knock.responders.webhook(status=status)
    message = send(knock, "http")
    assert (message.status, [log.response_status for log in message.delivery_logs]) == ("delivered", [status])


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_some_answers_end_a_delivery_at_once(knock: KnockFake, status: int) -> None:
    responder = knock.responders.webhook(status=status)
    message = send(knock, "http")
    assert (message.status, responder.uses) == ("undelivered", 1)
    assert why(message) == [
        {"attempt": 1, "max_attempts": 8, "retryable": False},
        {"failure_reason": "fatal_error", "failure_details": f"{SENT} was answered with {status}"},
    ]


@pytest.mark.parametrize("status", [301, 400, 409, 422, 429, 500, 503])
def test_every_other_answer_is_tried_again_up_to_eight_times(knock: KnockFake, status: int) -> None:
    responder = knock.responders.webhook(status=status)
    message = send(knock, "http")
    assert (message.status, responder.uses) == ("queued", 1)
    knock.clock.run_until_idle()
    assert (message.status, responder.uses) == ("undelivered", 8)
    assert [request.origin.attempt for request in responder.requests] == [*range(1, 9)]
    assert why(message)[-1] == {
        "failure_reason": "retries_exhausted",
        "failure_details": f"{SENT} was answered with {status}",
    }


def test_an_endpoint_that_recovers_is_delivered_to(knock: KnockFake) -> None:
    start = knock.clock.now
    knock.responders.webhook(status=503).then(fail="connection").then(status=200)
    message = send(knock, "http")
    knock.clock.run_until_idle()
    assert history(message, start) == [
        ("created", 0),
        ("queued", 0),
        ("delivery_attempted", 0),
        ("queued", 0),
        ("delivery_attempted", 5),
        ("queued", 5),
        ("delivered", 20),
    ]
    assert [log.response_status for log in message.delivery_logs] == [503, 0, 200]


@pytest.mark.parametrize("answer", [Answer(fail="timeout"), Answer(delay="50.001s")])
def test_a_timeout_takes_50_seconds_and_is_tried_again(knock: KnockFake, answer: Answer) -> None:
    start = knock.clock.now
    knock.responders.webhook(answer=answer, times=1)
    message = send(knock, "http")
    assert message.status == "queued"
    knock.clock.run_until_idle()
    assert history(message, start)[2:] == [("delivery_attempted", 50), ("queued", 50), ("delivered", 55)]
    assert message.delivery_logs[0].response_body == {"error": f"{SENT} was not answered within 50 seconds"}


def test_a_host_that_does_not_exist_ends_a_delivery_at_once(knock: KnockFake) -> None:
    knock.responders.webhook(fail="unknown_host")
    details = f"{SENT} could not be asked: there is no such host"
    assert why(send(knock, "http"))[-1] == {"failure_reason": "fatal_error", "failure_details": details}


def test_a_late_answer_counts_when_it_is_there(knock: KnockFake) -> None:
    start = knock.clock.now
    knock.responders.webhook(json={"ok": True}, delay="50s")
    message = send(knock, "http")
    knock.clock.advance("49s")
    assert message.status == "queued"
    knock.clock.advance("1s")
    assert history(message, start)[2:] == [("delivered", 50)]
    assert message.delivery_logs[0].response_body == {"ok": True}


def test_a_recipient_who_is_deleted_before_the_answer_takes_the_message_along(
    knock: KnockFake, api: httpx.Client
) -> None:
    knock.responders.webhook(delay="10s")
    send(knock, "http")
    api.delete("/v1/users/jane").raise_for_status()
    knock.clock.run_until_idle()
    assert len(knock.messages) == 0


def test_a_responder_that_fails_fails_the_message(knock: KnockFake) -> None:
    def answer(_request: HttpRequest) -> Answer:
        raise KeyError("nothing")

    knock.responders.webhook(answer=answer)
    message = send(knock, "http")
    details = "responder 1 (webhook *): answer() failed: KeyError: 'nothing'"
    assert why(message)[-1] == {"failure_reason": "fatal_error", "failure_details": details}


def test_a_delivery_plan_goes_before_a_responder(knock: KnockFake) -> None:
    responder = knock.responders.webhook(status=500)
    knock.delivery.fail(attempts=1)
    message = send(knock, "http")
    assert responder.uses == 0
    knock.clock.advance("5s")
    assert (responder.uses, message.status) == (1, "queued")


def test_a_message_in_the_sandbox_asks_nobody(knock: KnockFake) -> None:
    responder = knock.responders.webhook()
    assert send(knock, "http", settings={"sandbox_mode": True}).status == "not_sent"
    assert responder.uses == 0


def test_other_channels_ask_no_responder(knock: KnockFake) -> None:
    responder = knock.responders.webhook(status=500)
    assert send(knock, "email").status == "delivered"
    assert responder.uses == 0


def test_what_an_endpoint_answers_stands_in_the_delivery_logs(knock: KnockFake, api: httpx.Client) -> None:
    knock.responders.webhook(status=422, text="no such order", times=1)
    message = send(knock, "http")
    (log,) = api.get(f"/v1/messages/{message.id}/delivery_logs").json()["items"]
    assert (log["response"]["status"], log["response"]["body"]) == (422, "no such order")


def test_every_attempt_is_signed_anew_with_the_key_of_the_channel(knock: KnockFake, api: httpx.Client) -> None:
    knock.channels.add("signed", type="http", settings={"signing_key": "{{ recipient.id }}-key"})
    responder = knock.responders.webhook(status=503, times=1).then(status=200)
    message = send_webhook(knock, webhook(URL, body='{"a": 1}', channel_key="signed"))
    knock.clock.advance("5s")

    def signature(moment: int) -> str:
        digest = hmac.digest(b"jane-key", f'{moment}.{{"a": 1}}'.encode(), "sha256")
        return f"t={moment},s={b64encode(digest).decode()}"

    expected = [signature(1767225600000), signature(1767225605000)]
    assert [request.headers["x-webhook-signature"] for request in responder.requests] == expected
    logs = api.get(f"/v1/messages/{message.id}/delivery_logs").json()["items"]
    assert [log["request"]["headers"]["x-webhook-signature"] for log in logs] == expected[::-1]


def test_inputs_are_rendered_first(knock: KnockFake) -> None:
    responder = knock.responders.webhook("*")
    step = webhook(f"{URL}{{{{ inputs.event }}}}", inputs={"event": "order-{{ data.kind }}"})
    send_webhook(knock, step, kind="paid")
    assert responder.last_request.url == f"{URL}order-paid"


def test_a_step_gives_inputs_to_the_request_of_its_channel(knock: KnockFake) -> None:
    request: JsonObject = {"method": "post", "url": f"{URL}{{{{ inputs.event }}}}", "inputs": {"event": "default"}}
    knock.channels.add("events", type="http", settings={"request": request})
    responder = knock.responders.webhook("*")
    for step in (webhook(channel_key="events"), webhook(channel_key="events", inputs={"event": "{{ data.kind }}"})):
        send_webhook(knock, step, kind="paid")
    assert [one.url for one in responder.requests] == [f"{URL}default", f"{URL}paid"]


def test_inputs_that_are_no_object_fail_the_step(knock: KnockFake) -> None:
    knock.workflows.add("hook", steps=[webhook(URL, inputs="[{{ 1 }}]")])
    assert trigger(knock, "hook") == []
    (run,) = knock.state.runs
    told = "workflow 'hook': steps[0].template.inputs: rendered to '[1]', which is no JSON object; "
    assert str((run.events[1].data or {})["reason"]).startswith(told)


def test_a_snapshot_keeps_an_answer_that_is_under_way(knock: KnockFake) -> None:
    knock.responders.webhook(status=201, delay="10s")
    message = send(knock, "http")
    snapshot = knock.snapshot()
    for _ in range(2):
        knock.clock.advance("10s")
        assert (message.status, message.delivery_logs[0].response_status) == ("delivered", 201)
        knock.restore(snapshot)
        assert message.status == "queued"

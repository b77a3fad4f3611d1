from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st

from knock_fake import Answer, KnockFake
from tests.delivery.sending import send

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.responders import HttpRequest
    from knock_fake.responders.answers import HttpFailure
    from knock_fake.webhooks.deliveries import Delivery

URL = "https://app.test/hooks"
PAUSES = (5, 15, 35, 75, 155, 315, 635)


def seconds(delivery: Delivery) -> list[float]:
    return [(one.at - delivery.created_at).total_seconds() for one in delivery.attempts]


def test_a_request_is_a_signed_post(knock: KnockFake) -> None:
    webhook = knock.webhooks.add(URL, "message.sent", secret="key")
    responder = knock.responders.endpoint(URL)
    send(knock, "email")
    request = responder.last_request
    delivery = webhook.deliveries.one()
    signature = webhook.sign(delivery.body, knock.clock.now)
    assert (request.method, request.url, request.body) == ("POST", URL, delivery.body)
    assert request.headers == {
        "content-type": "application/json",
        "x-knock-event": "message.sent",
        "x-knock-environment-id": knock.core.environment_id,
        "x-knock-signature": signature,
    }
    assert (request.timeout, delivery.headers) == (15.0, request.headers)
    webhook.verify(request.body or "", signature, at=knock.clock.now)


def test_a_request_tells_what_it_is_about(knock: KnockFake) -> None:
    knock.webhooks.add(URL, ["message.sent", "workflow_recipient_run.started", "partial.updated"])
    responder = knock.responders.endpoint()
    message = send(knock, "email")
    knock.partials.add("footer", "x")
    told = [
        (one.origin.event, one.origin.workflow, one.origin.step_ref, one.origin.run_id) for one in responder.requests
    ]
    run_id = knock.runs.one().id
    assert told == [
        ("workflow_recipient_run.started", "only-email", "", run_id),
        ("message.sent", "only-email", message.step_ref, run_id),
        ("partial.updated", "", "", ""),
    ]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_success(knock: KnockFake, status: int) -> None:
    knock.webhooks.add(URL, "message.sent")
    knock.responders.endpoint(status=status)
    send(knock, "email")
    delivery = knock.webhooks.deliveries.one()
    assert (delivery.status, delivery.last_status, len(delivery.attempts)) == ("delivered", status, 1)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"status": 302}, "answered with 302"),
        ({"status": 400}, "answered with 400"),
        ({"status": 404}, "answered with 404"),
        ({"status": 503}, "answered with 503"),
        ({"fail": "connection"}, "no connection"),
        ({"fail": "unknown_host"}, "there is no such host"),
    ],
)
def test_everything_else_is_tried_again(knock: KnockFake, answer: JsonObject, problem: str) -> None:
    knock.webhooks.add(URL, "message.sent")
    knock.responders.endpoint(times=1, **answer).then(status=200)  # type: ignore[arg-type]
    send(knock, "email")
    delivery = knock.webhooks.deliveries.one()
    assert (delivery.status, delivery.attempts[0].problem) == ("pending", problem)
    assert delivery.next_attempt_at == knock.clock.now + timedelta(seconds=5)
    knock.clock.advance("5s")
    assert (knock.webhooks.deliveries.one().status, seconds(delivery)) == ("delivered", [0, 5])
    assert knock.webhooks.deliveries.one().next_attempt_at is None


def test_eight_attempts_are_made_with_growing_pauses(knock: KnockFake) -> None:
    knock.webhooks.add(URL, "message.sent")
    knock.responders.endpoint(status=500)
    send(knock, "email")
    knock.clock.run_until_idle()
    delivery = knock.webhooks.deliveries.one()
    assert seconds(delivery) == [0, 5, 20, 55, 130, 285, 600, 1235]
    assert (delivery.status, delivery.reason) == ("discarded", "8 attempts have failed")


def test_a_retry_keeps_body_and_instant_and_is_signed_anew(knock: KnockFake) -> None:
    webhook = knock.webhooks.add(URL, "message.sent")
    responder = knock.responders.endpoint(status=500)
    message = send(knock, "email")
    message.read()
    knock.clock.advance("5s")
    first, second = responder.requests
    assert first.body == second.body
    signatures = [one.headers["x-knock-signature"] for one in responder.requests]
    start = knock.webhooks.deliveries.one().created_at
    assert signatures == [webhook.sign(first.body or "", start + timedelta(seconds=one)) for one in (0, 5)]


def made(kind: str, length: int) -> Answer:
    """Return the answer of a kind; a late one takes so many seconds."""
    answers = {
        "refused": Answer(status=500),
        "timeout": Answer(fail="timeout"),
        "connection": Answer(fail="connection"),
    }
    return answers.get(kind, Answer(delay=f"{length}s" if kind == "late" else "0s"))


@given(
    st.lists(
        st.tuples(st.sampled_from(["ok", "refused", "timeout", "late", "connection"]), st.integers(1, 15)),
        max_size=10,
    )
)
def test_the_law_of_retries(plan: list[tuple[str, int]]) -> None:
    """Attempts follow one another by answer and pause until one succeeds or eight have failed."""
    world, coming = KnockFake(), iter(plan)
    world.webhooks.add(URL, "message.sent")
    world.responders.endpoint(answer=lambda _request: made(*next(coming, ("ok", 0))))
    send(world, "email")
    world.clock.run_until_idle()
    expected, at, is_delivered = [], 0, False
    for number, (kind, length) in enumerate([*plan, ("ok", 0)][:8]):
        expected.append(at)
        at += {"timeout": 15, "late": length}.get(kind, 0)
        is_delivered = kind in ("ok", "late")
        if is_delivered:
            break
        at += PAUSES[number] if number < len(PAUSES) else 0
    delivery = world.webhooks.deliveries.one()
    assert seconds(delivery) == expected
    assert delivery.status == ("delivered" if is_delivered else "discarded")
    assert world.clock.pending() == ()


def test_an_answer_that_takes_time_is_awaited(knock: KnockFake) -> None:
    knock.webhooks.add(URL, "message.sent")
    knock.responders.endpoint(status=201, json={"ok": True}, delay="15s")
    send(knock, "email")
    delivery = knock.webhooks.deliveries.one()
    assert (delivery.status, delivery.attempts, delivery.next_attempt_at) == ("pending", (), None)
    knock.clock.advance("14s")
    assert delivery.status == "pending"
    knock.clock.advance("1s")
    (attempt,) = delivery.attempts
    assert (delivery.status, attempt.milliseconds, attempt.answer_body) == ("delivered", 15_000, '{"ok":true}')


@pytest.mark.parametrize(("fail", "delay"), [("timeout", "0s"), (None, "16s")])
def test_no_answer_within_15_seconds_is_a_failure(knock: KnockFake, fail: HttpFailure | None, delay: str) -> None:
    knock.webhooks.add(URL, "message.sent")
    knock.responders.endpoint(fail=fail, delay=delay, times=1)
    send(knock, "email")
    told = str(knock.clock.advance("20s"))
    (first, second) = knock.webhooks.deliveries.one().attempts
    assert (first.problem, first.milliseconds, first.status) == ("not answered within 15 seconds", 15_000, None)
    assert (second.problem, second.status, second.answered_by) == (None, 200, "nobody")
    assert told.splitlines() == [
        f"2026-01-01T00:00:15Z  webhook message.sent to {URL}: not answered within 15 seconds, again in 5s",
        f"2026-01-01T00:00:20Z  webhook attempt 2 of 8: message.sent to {URL}",
        f"2026-01-01T00:00:20Z  webhook message.sent to {URL}: taken: nobody was asked",
    ]


@pytest.mark.filterwarnings("ignore::knock_fake.failure_report.WebhookReceiverWarning")
def test_a_function_that_fails_is_told_and_asked_again(knock: KnockFake) -> None:
    def receive(_request: HttpRequest) -> Answer:
        raise KeyError("nothing")

    knock.webhooks.add(URL, "message.sent", app=receive)
    send(knock, "email")
    (attempt,) = knock.webhooks.deliveries.one().attempts
    assert attempt.problem == f"responder 1 (endpoint {URL}): receive() failed: KeyError: 'nothing'"
    knock.responders.clear()
    knock.clock.advance("5s")
    assert knock.webhooks.deliveries.one().status == "delivered"


def test_first_attempts_come_in_the_order_of_events_and_of_endpoints(knock: KnockFake) -> None:
    seen: list[tuple[str, str | None]] = []

    def receive(request: HttpRequest) -> JsonObject:
        seen.append((request.path, request.origin.event))
        return {}

    knock.responders.endpoint(answer=receive)
    knock.webhooks.add(f"{URL}/1", ["message.*"])
    knock.webhooks.add(f"{URL}/2", ["message.delivered"])
    send(knock, "email").read()
    assert seen == [
        ("/hooks/1", "message.sent"),
        ("/hooks/1", "message.delivered"),
        ("/hooks/2", "message.delivered"),
        ("/hooks/1", "message.read"),
    ]


def test_responders_may_be_for_some_events_alone(knock: KnockFake) -> None:
    knock.webhooks.add(URL, "message.*")
    knock.responders.endpoint(URL)
    broken = knock.responders.endpoint(URL, event="message.s*", workflow="only-email", status=500)
    send(knock, "email")
    assert [(one.event, one.last_status) for one in knock.webhooks.deliveries] == [
        ("message.sent", 500),
        ("message.delivered", 200),
    ]
    assert [one.origin.event for one in broken.requests] == ["message.sent"]


def test_a_receiver_may_call_the_world_before_it_answers(knock: KnockFake) -> None:
    client = knock.client()

    def receive(request: HttpRequest) -> JsonObject:
        body = request.json
        assert isinstance(body, dict)
        data = body["data"]
        assert isinstance(data, dict)
        client.messages.mark_as_read(str(data["id"]))
        return {}

    knock.webhooks.add(URL, "message.delivered", app=receive)
    message = send(knock, "email")
    assert "read" in message.engagements
    assert knock.webhooks.deliveries.one().status == "delivered"


def test_requests_are_signed_by_the_machines_clock_where_that_is_wanted(knock: KnockFake) -> None:
    webhook = knock.webhooks.add(URL, "message.sent", signed_at="wall")
    with freeze_time("2031-07-04T12:00:00Z"):
        send(knock, "email")
    delivery = webhook.deliveries.one()
    headers = delivery.headers
    assert headers is not None
    assert headers["x-knock-signature"] == webhook.sign(delivery.body, datetime(2031, 7, 4, 12, tzinfo=UTC))

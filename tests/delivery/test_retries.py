"""Failing providers: when Knock tries again, when it gives up, and what it leaves of every attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.state.references import user
from tests.delivery.sending import history, send

if TYPE_CHECKING:
    from knock_fake import KnockFake
    from knock_fake.asking.message import Message
    from knock_fake.json_types import Json

ATTEMPTED, QUEUED = "delivery_attempted", "queued"
BACK_OFF = [5, 15, 35, 75, 155, 315, 635]
INSTANTS = [sum(BACK_OFF[:count]) for count in range(8)]
GOOD_END = {"email": ["sent", "delivered"], "sms": ["sent", "delivered"], "push": ["sent"], "chat": ["sent"]} | {
    "http": ["delivered"]
}


def failed(count: int) -> list[tuple[str, float]]:
    """Return the events of so many failed attempts with the seconds at which they happen, each one but the eighth
    followed by the way back into the queue.
    """
    events: list[tuple[str, float]] = [("created", 0), (QUEUED, 0)]
    for at in INSTANTS[:count]:
        events += [(ATTEMPTED, at), (QUEUED, at)]
    return events


def data_of(message: Message, type_: str) -> list[Json]:
    return [event.data for event in message.events if event.type == type_]


@pytest.mark.parametrize("channel_type", GOOD_END)
@pytest.mark.parametrize("attempts", [1, 3, 7])
def test_after_some_failures_a_message_goes_on_as_on_a_good_day(
    knock: KnockFake, channel_type: str, attempts: int
) -> None:
    start = knock.clock.now
    knock.delivery.fail(attempts=attempts)
    message = send(knock, channel_type)
    knock.clock.run_until_idle()
    end = [(status, float(INSTANTS[attempts])) for status in GOOD_END[channel_type]]
    assert history(message, start) == [*failed(attempts), *end]
    assert data_of(message, ATTEMPTED) == [
        {"attempt": number, "max_attempts": 8, "retryable": True} for number in range(1, attempts + 1)
    ]
    statuses = [503] * attempts + [200]
    assert [(log.attempt, log.response_status) for log in message.delivery_logs] == [*enumerate(statuses, 1)]
    assert [(log.at - start).total_seconds() for log in message.delivery_logs] == INSTANTS[: attempts + 1]
    assert message.metadata is not None


@pytest.mark.parametrize("channel_type", GOOD_END)
def test_after_eight_failures_knock_gives_up_within_half_an_hour(knock: KnockFake, channel_type: str) -> None:
    start = knock.clock.now
    knock.delivery.fail(reason="the provider is down")
    message = send(knock, channel_type)
    knock.clock.run_until_idle()
    assert history(message, start) == [*failed(8)[:-1], ("undelivered", 1235)]
    assert data_of(message, ATTEMPTED)[-1] == {"attempt": 8, "max_attempts": 8, "retryable": False}
    details = "the provider is down"
    assert data_of(message, "undelivered") == [{"failure_reason": "retries_exhausted", "failure_details": details}]
    assert (len(message.delivery_logs), message.metadata) == (8, None)
    assert knock.clock.pending() == ()


@pytest.mark.parametrize(("attempts", "at"), [(1, 0), (2, 5), (8, 1235)])
def test_an_attempt_that_is_not_repeated_ends_the_delivery(knock: KnockFake, attempts: int, at: int) -> None:
    start = knock.clock.now
    knock.delivery.fail(attempts=attempts, then="undelivered")
    message = send(knock, "sms")
    knock.clock.run_until_idle()
    assert history(message, start) == [*failed(attempts)[:-1], ("undelivered", at)]
    assert [(event or {})["retryable"] for event in data_of(message, ATTEMPTED) if isinstance(event, dict)] == [
        *[True] * (attempts - 1),
        False,
    ]
    expected = "retries_exhausted" if attempts == 8 else "fatal_error"
    assert data_of(message, "undelivered") == [{"failure_reason": expected, "failure_details": None}]


def test_a_message_may_bounce_after_a_failure(knock: KnockFake) -> None:
    start = knock.clock.now
    knock.delivery.fail(attempts=2, then="bounced", reason="no such mailbox")
    message = send(knock, "email")
    knock.clock.run_until_idle()
    assert history(message, start) == [*failed(2), ("bounced", 20)]
    assert data_of(message, "bounced") == [
        {"failure_reason": "invalid_recipient", "failure_details": "no such mailbox"}
    ]
    assert [log.response_status for log in message.delivery_logs] == [503, 503, 400]


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_some_answers_to_a_webhook_end_its_delivery_at_once(knock: KnockFake, status: int) -> None:
    knock.delivery.fail(response_status=status)  # for everybody: a webhook's answer is judged by itself
    message = send(knock, "http")
    assert [event.type for event in message.events] == ["created", QUEUED, ATTEMPTED, "undelivered"]
    assert data_of(message, ATTEMPTED) == [{"attempt": 1, "max_attempts": 8, "retryable": False}]
    assert data_of(message, "undelivered") == [{"failure_reason": "fatal_error", "failure_details": None}]


@pytest.mark.parametrize("status", [301, 400, 402, 410, 422, 429, 500, 503, None])
def test_a_webhook_is_called_again_after_every_other_failure(knock: KnockFake, status: int | None) -> None:
    knock.delivery.fail(channel="webhook", attempts=1, response_status=status)
    message = send(knock, "http")
    assert message.status == QUEUED
    knock.clock.advance("5s")
    assert message.status == "delivered"
    assert [log.response_status for log in message.delivery_logs] == [status or 0, 200]


def test_a_provider_that_does_not_answer_says_so_in_the_log(knock: KnockFake) -> None:
    knock.delivery.fail(attempts=1, response_status=None)
    message = send(knock, "sms")
    (log,) = message.delivery_logs
    assert (log.response_status, log.response_body) == (0, {"error": "the provider did not answer"})


def test_a_retry_waits_as_a_timer_that_says_which_attempt_it_is(knock: KnockFake) -> None:
    knock.delivery.fail(attempts=2)
    send(knock, "sms")
    assert [str(timer) for timer in knock.clock.pending()] == [
        "timer 'message attempt 2 of 8: only-sms/sms_1 to jane' at 2026-01-01T00:00:05Z"
    ]
    assert [happening.text for happening in knock.clock.run_until_idle()] == [
        "message attempt 2 of 8: only-sms/sms_1 to jane",
        "message delivery_attempted: only-sms/sms_1 to jane",
        "message queued: only-sms/sms_1 to jane",
        "message attempt 3 of 8: only-sms/sms_1 to jane",
        "message sent: only-sms/sms_1 to jane",
        "message delivered: only-sms/sms_1 to jane",
    ]


def test_a_message_deleted_between_attempts_is_tried_no_more(knock: KnockFake) -> None:
    knock.delivery.fail()
    message = send(knock, "sms")
    knock.state.forget(user("jane"))
    knock.clock.run_until_idle()
    assert message.status == QUEUED
    assert len(message.delivery_logs) == 1
    assert knock.state.deliveries.of(message.id) is None

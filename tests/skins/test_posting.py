"""Real endpoints of a world in real time: nobody waits for them, and what is due happens though nobody calls."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake, UsageError
from knock_fake.skins import outbound
from knock_fake.skins.wall_clock import wall_clock
from tests.delivery.sending import send
from tests.skins.webhook_receiver import receiving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from knock_fake.responders import Answer, HttpRequest
    from knock_fake.webhooks.webhook import Webhook
    from tests.skins.webhook_receiver import Receiver

SECONDS_TO_WAIT = 20  # a deadline, not a sleep: reached only when something is broken


def live(url: str, speed: float = 1) -> KnockFake:
    """Return a world in real time that may ask an endpoint."""
    return KnockFake(allow_http=[url], time_source=wall_clock(None, speed))


def until_delivered(world: KnockFake, count: int) -> None:
    """Wait until so many webhooks have arrived; what was received is told to the world a moment later."""
    waiting, deadline = Event(), SECONDS_TO_WAIT * 100
    while world.webhooks.deliveries.count(status="delivered") < count:
        deadline -= 1
        assert deadline, [*world.webhooks.deliveries]
        waiting.wait(0.01)


def test_nobody_waits_for_a_real_endpoint_in_real_time() -> None:
    with receiving() as (url, receiver):
        receiver.may_answer.clear()
        world = live(url)
        world.webhooks.add(url, "message.sent")
        assert send(world, "email").status == "delivered"
        receiver.received.get(timeout=SECONDS_TO_WAIT)
        delivery = world.webhooks.deliveries.one()
        assert (delivery.status, delivery.attempts, delivery.next_attempt_at) == ("pending", (), None)
        receiver.may_answer.set()
        until_delivered(world, 1)
        (attempt,) = delivery.attempts
        assert (attempt.status, attempt.answered_by) == (200, "the network")
        assert world.clock.pending() == ()


def test_what_is_sent_to_one_endpoint_arrives_in_order() -> None:
    with receiving() as (url, receiver):
        world = live(url)
        world.webhooks.add(url, "message.*")
        for _ in range(10):
            send(world, "email")
        until_delivered(world, 20)
        bodies = [receiver.received.get(timeout=SECONDS_TO_WAIT)[1] for _ in range(20)]
        assert bodies == [one.body for one in world.webhooks.deliveries]


def test_a_responder_goes_before_the_network() -> None:
    with receiving() as (url, receiver):
        world = live(url)
        world.webhooks.add(url, "message.sent")
        world.responders.endpoint(status=202)
        send(world, "email")
        assert world.webhooks.deliveries.one(last_status=202).status == "delivered"
        assert receiver.received.empty()


def test_an_endpoint_that_was_not_allowed_is_not_asked() -> None:
    with receiving() as (url, receiver):
        world = live("http://127.0.0.1:1/")
        world.webhooks.add(url, "message.sent")
        send(world, "email")
        assert world.webhooks.deliveries.one(status="delivered").attempts[0].answered_by == "nobody"
        assert receiver.received.empty()


def test_a_world_that_is_served_is_woken_for_what_is_due() -> None:
    with receiving(503, 500) as (url, receiver):
        world = live(url, speed=100)
        world.webhooks.add(url, "message.sent")
        with world.serve():
            send(world, "email")
            for _ in range(3):
                receiver.received.get(timeout=SECONDS_TO_WAIT)
            until_delivered(world, 1)
        assert [one.status for one in world.webhooks.deliveries.one().attempts] == [503, 500, 200]


def test_an_answer_to_a_world_that_was_reset_is_of_no_account() -> None:
    with receiving() as (url, receiver):
        receiver.may_answer.clear()
        world = live(url)
        world.webhooks.add(url, "message.sent")
        send(world, "email")
        receiver.received.get(timeout=SECONDS_TO_WAIT)
        world.reset()
        receiver.may_answer.set()
        world.webhooks.add(url, "message.sent")
        send(world, "email")
        until_delivered(world, 1)
        assert len(world.webhooks.deliveries) == 1


def test_time_that_is_moved_by_hand_meanwhile_asks_nobody_twice() -> None:
    with receiving() as (url, receiver):
        receiver.may_answer.clear()
        world = live(url)
        world.webhooks.add(url, "message.sent")
        send(world, "email")
        world.clock.advance("1d")
        assert world.clock.pending() == ()
        receiver.may_answer.set()
        until_delivered(world, 1)
        assert len(world.webhooks.deliveries.one().attempts) == receiver.received.qsize() == 1


def test_a_world_that_was_saved_meanwhile_asks_again() -> None:
    with receiving() as (url, receiver):
        receiver.may_answer.clear()
        world = live(url)
        world.webhooks.add(url, "message.sent")
        send(world, "email")
        receiver.received.get(timeout=SECONDS_TO_WAIT)
        world.webhooks.clear()
        saved = KnockFake()
        saved.become(world.to_json())
    delivery = saved.webhooks.deliveries.one()
    assert (delivery.status, delivery.attempts) == ("pending", ())
    saved.clock.settle()
    assert delivery.reason == "the endpoint was removed"


def test_a_world_that_goes_back_meanwhile_asks_again_and_takes_the_first_answer() -> None:
    with receiving(202, 204) as (url, receiver):
        receiver.may_answer.clear()
        world = live(url)
        world.webhooks.add(url, "message.sent")
        send(world, "email")
        snapshot = world.snapshot()
        receiver.may_answer.set()
        until_delivered(world, 1)
        world.restore(snapshot)
        delivery = world.webhooks.deliveries.one()
        assert delivery.status == "pending"
        world.clock.settle()
        until_delivered(world, 1)
        assert [one.status for one in delivery.attempts] == [204]


def test_a_manual_clock_waits_for_a_real_endpoint_which_may_call_the_world() -> None:
    with receiving(503) as (url, receiver):
        world = KnockFake(allow_http=[url])
        webhook = world.webhooks.add(url, "message.sent")
        with world:
            send(world, "email")
        delivery = webhook.deliveries.one()
        assert [one.status for one in delivery.attempts] == [503]
        world.clock.advance("5s")
        assert [one.status for one in delivery.attempts] == [503, 200]
        for attempt in delivery.attempts:
            headers, body = receiver.received.get(timeout=SECONDS_TO_WAIT)
            webhook.verify(body, headers["x-knock-signature"], at=attempt.at)


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What went wrong in threads."""
    told: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: told.append(f"{args.thread.name}: {args.exc_value!r}"))
    return told


def test_a_timer_that_fails_meanwhile_silences_no_endpoint(failures: list[str]) -> None:
    def fail() -> None:
        raise LookupError("gone")

    with receiving() as (url, receiver):
        receiver.may_answer.clear()
        world = live(url)
        world.webhooks.add(url, "message.sent")
        send(world, "email")
        receiver.received.get(timeout=SECONDS_TO_WAIT)
        world.clock.call_later(timedelta(microseconds=1), fail, "one that fails")
        receiver.may_answer.set()
        until_delivered(world, 1)
        send(world, "email")
        until_delivered(world, 2)
    assert failures == ["knock_fake webhooks: LookupError('gone')"]


def test_a_request_that_cannot_be_made_counts_as_an_attempt(
    failures: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_request: HttpRequest, **_settings: object) -> Answer:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(outbound, "ask", fail)
    world = live("https://app.test/")
    world.webhooks.add("https://app.test/", "message.sent")
    send(world, "email")
    delivery, waiting, deadline = world.webhooks.deliveries.one(), Event(), SECONDS_TO_WAIT * 100
    while not delivery.attempts:
        deadline -= 1
        assert deadline
        waiting.wait(0.01)
    assert [one.problem for one in delivery.attempts] == ["no connection: RuntimeError: can't start new thread"]
    assert failures == ['knock_fake webhooks: RuntimeError("can\'t start new thread")']


def until_posted() -> None:
    """Return when everything that was queued for real endpoints has been sent or dropped."""
    for thread in threading.enumerate():
        if thread.name == "knock_fake webhooks":
            thread.join(SECONDS_TO_WAIT)
            assert not thread.is_alive()


def remove_endpoint(world: KnockFake) -> None:
    world.webhooks.clear()


def disable_endpoint(world: KnockFake) -> None:
    (webhook,) = world.webhooks
    webhook.disable()


def become_another(world: KnockFake) -> None:
    world.become(KnockFake().to_json())


@contextmanager
def queueing(count: int) -> Iterator[tuple[KnockFake, type[Receiver], Webhook]]:
    """Yield a world that has so many events for an endpoint, which does not answer the first of them yet."""
    with receiving() as (url, receiver):
        receiver.may_answer.clear()
        world = live(url)
        webhook = world.webhooks.add(url, "message.sent")
        for _ in range(count):
            send(world, "email")
        receiver.received.get(timeout=SECONDS_TO_WAIT)
        yield world, receiver, webhook


@pytest.mark.parametrize("change", [KnockFake.reset, become_another, remove_endpoint, disable_endpoint])
def test_what_is_queued_is_not_sent_when_nobody_wants_it_any_more(change: Callable[[KnockFake], None]) -> None:
    with queueing(3) as (world, receiver, _):
        change(world)
        receiver.may_answer.set()
        until_posted()
        assert receiver.received.empty()
        assert world.webhooks.deliveries.count(status="pending") == 0


def test_what_is_queued_for_an_endpoint_that_is_removed_is_discarded() -> None:
    with queueing(2) as (world, receiver, webhook):
        webhook.remove()
        receiver.may_answer.set()
        until_posted()
        assert [one.reason for one in world.webhooks.deliveries] == [None, "the endpoint was removed"]


def test_a_world_that_goes_back_sends_what_is_queued_once() -> None:
    with queueing(3) as (world, receiver, _):
        world.restore(world.snapshot())
        world.clock.settle()
        receiver.may_answer.set()
        until_delivered(world, 3)
        until_posted()
        assert receiver.received.qsize() == 2
        assert [len(one.attempts) for one in world.webhooks.deliveries] == [1, 1, 1]


def test_a_change_that_is_refused_leaves_what_is_queued() -> None:
    with queueing(2) as (world, receiver, _):
        with pytest.raises(UsageError):
            world.become({"format": "another"})
        receiver.may_answer.set()
        until_delivered(world, 2)


def test_requests_are_signed_when_they_are_sent() -> None:
    with queueing(2) as (world, receiver, webhook):
        world.clock.advance("1h")
        receiver.may_answer.set()
        until_delivered(world, 2)
        headers, body = receiver.received.get(timeout=SECONDS_TO_WAIT)
        first, second = (one.attempts[0] for one in world.webhooks.deliveries)
        assert second.at - first.at >= timedelta(hours=1)
        assert headers["x-knock-signature"] == second.headers["x-knock-signature"] == webhook.sign(body, second.at)

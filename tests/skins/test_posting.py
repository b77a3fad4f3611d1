"""Real endpoints of a world in real time: nobody waits for them, and what is due happens though nobody calls."""

from __future__ import annotations

from threading import Event

from knock_fake import KnockFake
from knock_fake.skins.wall_clock import wall_clock
from tests.delivery.sending import send
from tests.skins.webhook_receiver import receiving

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
        assert world.webhooks.deliveries.one(status="delivered").attempts[0].answered_by is None
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

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.state.messages import Message, MessageSource
from knock_fake.state.packed import pack
from knock_fake.state.references import user

if TYPE_CHECKING:
    from knock_fake import KnockFake
    from knock_fake.state.channels import Channel
    from knock_fake.state.messages import DeliveryStatus

JOURNEYS: list[tuple[str, list[DeliveryStatus]]] = [
    ("email", ["queued", "sent", "delivered"]),
    ("sms", ["queued", "sent", "delivered"]),
    ("push", ["queued", "sent"]),
    ("chat", ["queued", "sent"]),
    ("in_app_feed", ["queued", "delivered"]),
    ("http", ["queued", "delivered"]),
]
"""The statuses of a good day by channel type."""


def enqueue(
    knock: KnockFake, channel: Channel, *, sandbox: bool = False, url: str = "https://example.com/hook"
) -> Message:
    """Insert a message for Jane on a channel and hand it to the dispatcher."""
    core = knock._core
    sequence, now = core.identifiers.next_sequence(), knock.clock.now
    message = Message(
        id=core.identifiers.ksuid(sequence, now),
        sequence=sequence,
        channel=channel,
        recipient=user("jane"),
        tenant=None,
        source=MessageSource("digest", "version-1", (), "step_1"),
        packed_data=pack({}),
        packed_content=pack({"url": url, "method": "POST"}),
        inserted_at=now,
        updated_at=now,
    )
    knock.state.messages.insert(message)
    core.dispatcher.enqueue(message, sandbox=sandbox)
    return message


def channel_of(knock: KnockFake, type_: str) -> Channel:
    channel = knock.channels.default_of(type_)
    assert channel is not None
    return channel


def events(message: Message) -> list[str]:
    return [event.type for event in message.events]


@pytest.mark.parametrize(("channel_type", "statuses"), JOURNEYS)
def test_on_a_good_day_a_message_goes_all_the_way_at_once(
    knock: KnockFake, channel_type: str, statuses: list[str]
) -> None:
    message = enqueue(knock, channel_of(knock, channel_type))
    assert (message.status, events(message)) == ("queued", ["created"])
    knock.clock.settle()
    assert (message.status, events(message)) == (statuses[-1], ["created", *statuses])
    assert {event.at for event in message.events} == {knock.clock.now}


@pytest.mark.parametrize(("channel_type", "statuses"), JOURNEYS)
def test_each_change_is_a_timer_that_says_what_happens(
    knock: KnockFake, channel_type: str, statuses: list[str]
) -> None:
    enqueue(knock, channel_of(knock, channel_type))
    labels = [happening.text for happening in knock.clock.advance("1s")]
    assert labels == [f"message {status}: digest/step_1 to jane" for status in statuses]


@pytest.mark.parametrize(("channel_type", "statuses"), JOURNEYS)
@pytest.mark.parametrize("way", ["run", "channel"])
def test_a_sandbox_keeps_a_message_from_every_provider_and_feeds_have_none(
    knock: KnockFake, channel_type: str, statuses: list[str], way: str
) -> None:
    channel = channel_of(knock, channel_type)
    if way == "channel":
        channel = knock.channels.add("trial", type=channel_type, sandbox=True)
    message = enqueue(knock, channel, sandbox=way == "run")
    knock.clock.settle()
    expected = statuses if channel_type == "in_app_feed" else ["queued", "not_sent"]
    assert (message.status, events(message)) == (expected[-1], ["created", *expected])
    assert (message.delivery_logs, message.metadata) == ((), None)


@pytest.mark.parametrize("channel_type", ["email", "sms", "push", "chat", "http"])
def test_a_provider_is_called_once_and_names_the_message(knock: KnockFake, channel_type: str) -> None:
    message = enqueue(knock, channel_of(knock, channel_type))
    knock.clock.settle()
    (log,) = message.delivery_logs
    assert (log.attempt, log.response_status, log.at) == (1, 200, knock.clock.now)
    assert message.metadata == {"external_id": f"{channel_of(knock, channel_type).provider_name}-{message.id}"}


def test_a_feed_item_has_no_provider(knock: KnockFake) -> None:
    message = enqueue(knock, channel_of(knock, "in_app_feed"))
    knock.clock.settle()
    assert (message.delivery_logs, message.metadata) == ((), None)


def test_messages_go_one_step_at_a_time_in_order(knock: KnockFake) -> None:
    first, second = (enqueue(knock, channel_of(knock, "push")) for _ in range(2))
    knock.clock.settle()
    changes = sorted(
        (event.sequence, message.id, event.type)
        for message in (first, second)
        for event in message.events
        if event.type != "created"
    )
    assert [(identifier, type_) for _, identifier, type_ in changes] == [
        (first.id, "queued"),
        (second.id, "queued"),
        (first.id, "sent"),
        (second.id, "sent"),
    ]


def test_a_message_deleted_on_its_way_stays_as_it_is(knock: KnockFake) -> None:
    message = enqueue(knock, channel_of(knock, "email"))
    knock.state.messages.delete_of(user("jane"))
    knock.clock.settle()
    assert (message.status, events(message), message.delivery_logs) == ("queued", ["created"], ())


def test_a_message_that_moved_to_another_user_goes_on(knock: KnockFake) -> None:
    message = enqueue(knock, channel_of(knock, "email"))
    knock.state.messages.move(user("jane"), user("main"), knock.clock.now)
    knock.clock.settle()
    assert (message.recipient, message.status) == (user("main"), "delivered")


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://example.com/hook", "the URL 'http://example.com/hook' does not begin with https://"),
        ("", "the URL '' does not begin with https://"),
        ("https:///hook", "the URL 'https:///hook' names no host"),
        ("https://[bad", "the URL 'https://[bad' is malformed: Invalid IPv6 URL"),
        ("https://example.com:x/", "the URL 'https://example.com:x/' is malformed: Port could not be cast to integer"),
    ],
)
def test_a_webhook_that_cannot_be_called_is_undelivered_after_one_attempt(
    knock: KnockFake, url: str, problem: str
) -> None:
    message = enqueue(knock, channel_of(knock, "http"), url=url)
    knock.clock.settle()
    assert events(message) == ["created", "queued", "delivery_attempted", "undelivered"]
    attempted, undelivered = message.events[-2:]
    assert attempted.data == {"attempt": 1, "max_attempts": 8, "retryable": False}
    details = (undelivered.data or {}).get("failure_details")
    assert str(details).startswith(problem)
    assert (undelivered.data or {}).get("failure_reason") == "fatal_error"
    assert (message.status, message.delivery_logs, message.metadata) == ("undelivered", (), None)

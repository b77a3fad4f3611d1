"""Messages as a test holds them: what they tell, and the verbs of provider and recipient."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from knock_fake import ExpectationError, KnockFake, UsageError, UsageTypeError
from knock_fake.state.references import user
from knock_fake.steps import email, in_app_feed, sms
from tests.delivery.sending import STEPS, send, trigger

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.asking.message import Message
    from knock_fake.json_types import JsonObject

URL = "https://shop.example.com/orders"


def types(message: Message) -> list[str]:
    return [event.type for event in message.events]


@pytest.fixture
def held(knock: KnockFake) -> KnockFake:
    """A world in which messages stay in the queue."""
    knock.delivery.hold()
    return knock


# -- what it tells -----------------------------------------------------------------------------------------


def test_a_message_tells_what_it_is(knock: KnockFake) -> None:
    knock.workflows.add("digest", steps=[email("Hi", f'<a href="{URL}">x</a>', overrides={"link_tracking": True})])
    (message,) = trigger(knock, "digest", actor={"id": "bob"}, tenant="acme", data={"total": 1})
    assert (message.workflow, message.step_ref, message.tenant, message.recipient, message.actors) == (
        "digest",
        "email_1",
        "acme",
        "jane",
        ("bob",),
    )
    assert (message.channel.key, message.data, message.status, message.engagements) == (
        "email",
        {"total": 1},
        "delivered",
        frozenset(),
    )
    assert (message.content["subject_line"], message.links) == ("Hi", (URL,))
    assert (message.inserted_at, message.scheduled_at, list(message.metadata or {})) == (
        knock.clock.now,
        None,
        ["external_id"],
    )
    assert types(message) == ["created", "queued", "sent", "delivered"]
    assert [log.response_status for log in message.delivery_logs] == [200]
    assert repr(message) == f"<Message {message.id}: email to jane, delivered>"


def test_messages_are_asked_for_like_everything_else(knock: KnockFake) -> None:
    for channel_type in STEPS:
        send(knock, channel_type)
    assert (len(knock.messages), [one.channel.type for one in knock.messages]) == (6, [*STEPS])
    letter = knock.messages.one(channel="email", recipient="jane", status="delivered", events="sent")
    assert letter == knock.messages.get(letter.id) == knock.messages.all(content={"to": re.compile("jane@")})[0]
    assert knock.messages.last().channel.type == "in_app_feed"
    assert knock.messages.get("nothing") is None
    letter.read()
    assert knock.messages.count(engagements="read") == 1
    with pytest.raises(ExpectationError) as failure:
        knock.messages.one(channel="email", status="bounced")
    assert "status is 'delivered', not 'bounced'" in str(failure.value)


def test_a_message_is_told_as_plain_data(knock: KnockFake) -> None:
    message = send(knock, "sms")
    told = message.to_json()
    assert (told["channel"], told["status"], told["recipient"]) == ("sms", "delivered", "jane")
    assert told["inserted_at"] == "2026-01-01T00:00:00.000000Z"


def test_two_holders_of_one_message_hold_the_same(knock: KnockFake) -> None:
    message = send(knock, "sms")
    assert {message, knock.messages.one()} == {message}
    assert message != send(knock, "sms")


# -- verbs of the provider ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel_type", "verb", "statuses"),
    [
        ("email", "deliver", ["sent", "delivered"]),
        ("sms", "deliver", ["sent", "delivered"]),
        ("push", "deliver", ["sent"]),
        ("chat", "deliver", ["sent"]),
        ("http", "deliver", ["delivered"]),
        ("in_app_feed", "deliver", ["delivered"]),
        ("email", "bounce", ["bounced"]),
        ("push", "bounce", ["bounced"]),
        ("sms", "undeliver", ["delivery_attempted", "undelivered"]),
        ("http", "undeliver", ["delivery_attempted", "undelivered"]),
    ],
)
def test_a_verb_takes_a_message_from_the_queue_through_what_lies_between(
    held: KnockFake, channel_type: str, verb: str, statuses: list[str]
) -> None:
    message = send(held, channel_type)
    held.clock.advance("1m")
    assert getattr(message, verb)() is message
    assert types(message) == ["created", "queued", *statuses]
    assert {event.at for event in message.events[2:]} == {held.clock.now}
    held.delivery.release()
    held.clock.run_until_idle()
    assert types(message) == ["created", "queued", *statuses]


@pytest.mark.parametrize(
    ("verb", "statuses"),
    [("deliver", ["delivered"]), ("bounce", ["bounced"]), ("undeliver", ["undelivered"])],
)
def test_a_message_that_was_sent_has_its_end_before_it(knock: KnockFake, verb: str, statuses: list[str]) -> None:
    knock.delivery.plan(statuses=["sent"])
    message = send(knock, "email")
    getattr(message, verb)()
    assert types(message) == ["created", "queued", "sent", *statuses]


def test_a_verb_goes_before_what_was_to_come(knock: KnockFake) -> None:
    knock.delivery.plan(statuses=[("sent", "1h"), ("delivered", "1h")])
    message = send(knock, "email")
    message.bounce("no such mailbox")
    knock.clock.run_until_idle()
    assert types(message) == ["created", "queued", "bounced"]
    assert message.events[-1].data == {"failure_reason": "invalid_recipient", "failure_details": "no such mailbox"}


def test_a_verb_may_come_before_the_queue(knock: KnockFake) -> None:
    knock.delivery.plan(statuses=[("queued", "1h")])
    message = send(knock, "email")
    message.deliver()
    assert types(message) == ["created", "queued", "sent", "delivered"]


def test_undelivering_says_why(held: KnockFake) -> None:
    message = send(held, "sms").undeliver("carrier says no")
    assert [event.data for event in message.events[2:]] == [
        {"attempt": 1, "max_attempts": 8, "retryable": False},
        {"failure_reason": "fatal_error", "failure_details": "carrier says no"},
    ]


@pytest.mark.parametrize(
    ("channel_type", "verb", "problem"),
    [
        ("email", "bounce", "cannot be bounced: 'delivered' is final for channels of type 'email'"),
        ("email", "deliver", "cannot be delivered: 'delivered' is final for channels of type 'email'"),
        ("in_app_feed", "undeliver", "cannot be undelivered: 'delivered' is final for channels of type 'in_app_feed'"),
        (
            "push",
            "deliver",
            "cannot be delivered: on a channel of type 'push', 'sent' can be followed by 'bounced'",
        ),
    ],
)
def test_what_cannot_be_names_the_present_status_and_what_can(
    knock: KnockFake, channel_type: str, verb: str, problem: str
) -> None:
    message = send(knock, channel_type)
    before = message.events
    with pytest.raises(UsageError) as refused:
        getattr(message, verb)()
    assert str(refused.value) == f"{message!r} {problem}"
    assert message.events == before


# -- verbs of the recipient --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "events"),
    [("see", ["seen"]), ("read", ["read"]), ("archive", ["archived"]), ("interact", ["interacted", "read"])],
)
def test_a_recipient_does_something_with_a_message(knock: KnockFake, verb: str, events: list[str]) -> None:
    message = send(knock, "in_app_feed")
    knock.clock.advance("1m")
    assert getattr(message, verb)() is message
    assert types(message)[3:] == events
    assert message.engagements == {*events}


def test_an_interaction_keeps_its_facts(knock: KnockFake) -> None:
    message = send(knock, "in_app_feed").interact({"button": "yes"})
    assert message.events[3].data == {"button": "yes"}


@pytest.mark.parametrize(
    ("metadata", "error"),
    [({"nested": {"a": 1}}, UsageError), ({str(key): 1 for key in range(6)}, UsageError), ([1], UsageTypeError)],
)
def test_facts_that_knock_would_not_keep_are_refused(
    knock: KnockFake, metadata: JsonObject, error: type[Exception]
) -> None:
    message = send(knock, "in_app_feed")
    with pytest.raises(error):
        message.interact(metadata)
    assert message.engagements == frozenset()


@pytest.mark.parametrize("status", ["queued", "bounced", "undelivered", "not_sent"])
@pytest.mark.parametrize("verb", ["see", "read", "interact", "archive"])
def test_what_has_not_reached_the_recipient_cannot_be_looked_at(knock: KnockFake, status: str, verb: str) -> None:
    knock.delivery.plan(statuses=[*(["delivery_attempted"] if status == "undelivered" else []), status])
    message = send(knock, "sms")
    assert message.status == status
    with pytest.raises(UsageError) as refused:
        getattr(message, verb)()
    assert str(refused.value).endswith("a recipient has it once it is sent or delivered")


def test_an_email_is_opened_and_its_link_clicked(knock: KnockFake) -> None:
    knock.channels.configure("email", settings={"open_tracking": True, "link_tracking": True})
    knock.workflows.add("digest", steps=[email("S", f'<a href="{URL}">x</a>')])
    (message,) = trigger(knock, "digest")
    message.open().click(URL).click()
    assert types(message)[4:] == ["read", "link_clicked", "link_clicked"]
    assert message.events[-1].data == {"url": URL}


def test_on_a_phone_a_click_reads_too(knock: KnockFake) -> None:
    knock.workflows.add("digest", steps=[sms(URL, overrides={"link_tracking": True})])
    (message,) = trigger(knock, "digest")
    assert message.click().click().engagements == {"link_clicked", "read"}
    assert types(message)[4:] == ["link_clicked", "read", "link_clicked"]


def test_what_nobody_tracks_cannot_be_told(knock: KnockFake) -> None:
    knock.workflows.add("digest", steps=[email("S", f'<a href="{URL}">x</a>'), in_app_feed("Hi")])
    letter, item = trigger(knock, "digest")
    problems = {}
    verbs: dict[str, Callable[[], Message]] = {"open": letter.open, "click": letter.click, "item": item.open}
    for name, verb in verbs.items():
        with pytest.raises(UsageError) as refused:
            verb()
        problems[name] = str(refused.value)
    assert problems == {
        "open": f"{letter!r} cannot be opened: its channel does not track opens; "
        "knock.channels.configure('email', settings={'open_tracking': True})",
        "click": f"{letter!r} has no tracked link to click: its channel tracks none "
        "(knock.channels.configure('email', settings={'link_tracking': True})), or it has none",
        "item": f"{item!r} cannot be opened: only emails can be",
    }


def test_a_link_that_is_not_there_names_those_that_are(knock: KnockFake) -> None:
    body = f'<a href="{URL}">x</a><a href="https://other.example">y</a>'
    knock.workflows.add("digest", steps=[email("S", body, overrides={"link_tracking": True})])
    (message,) = trigger(knock, "digest")
    with pytest.raises(UsageError) as refused:
        message.click(f"{URL}/7")
    assert str(refused.value) == f"{message!r} has no tracked link to '{URL}/7'; did you mean '{URL}'?"
    with pytest.raises(UsageError):
        message.click()


@pytest.mark.parametrize("verb", ["deliver", "read"])
def test_a_deleted_message_can_do_nothing(knock: KnockFake, verb: str) -> None:
    message = send(knock, "sms")
    knock.state.forget(user("jane"))
    with pytest.raises(UsageError) as refused:
        getattr(message, verb)()
    assert str(refused.value) == f"{message!r} was deleted"


@pytest.mark.parametrize("verb", ["bounce", "undeliver"])
def test_a_reason_is_text(held: KnockFake, verb: str) -> None:
    message = send(held, "sms")
    with pytest.raises(UsageTypeError) as refused:
        getattr(message, verb)(5)
    assert (str(refused.value), message.status) == ("the reason must be text, not 5", "queued")

"""Plans: which statuses messages take on demand and when, which plan counts, and what is held back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from knock_fake import KnockFake, UnknownNameError, UsageError, UsageTypeError
from knock_fake.state.references import user
from tests.delivery.sending import JANE, STEPS, history, send, trigger

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.delivery_settings import StatusEntry


@pytest.mark.parametrize(
    ("channel_type", "statuses", "expected"),
    [
        (
            "email",
            [("queued", 0), ("sent", "2s"), ("bounced", "1m")],
            [("queued", 0), ("sent", 2), ("bounced", 62)],
        ),
        ("email", [("queued", "10s"), ("sent", 0.5)], [("queued", 10), ("sent", 10.5)]),
        ("email", ["sent", ("delivered", timedelta(hours=1))], [("queued", 0), ("sent", 0), ("delivered", 3600)]),
        ("email", [("sent", "1s"), ("undelivered", "1d")], [("queued", 0), ("sent", 1), ("undelivered", 86401)]),
        ("sms", ["queued"], [("queued", 0)]),
        ("push", [("bounced", "3s")], [("queued", 0), ("bounced", 3)]),
        ("push", ["sent", ("bounced", "3s")], [("queued", 0), ("sent", 0), ("bounced", 3)]),
        (
            "chat",
            [("delivery_attempted", "1s"), ("queued", "1s"), ("sent", "1s")],
            [("queued", 0), ("delivery_attempted", 1), ("queued", 2), ("sent", 3)],
        ),
        (
            "http",
            ["delivery_attempted", ("undelivered", "9s")],
            [("queued", 0), ("delivery_attempted", 0), ("undelivered", 9)],
        ),
        ("in_app_feed", [("delivered", "1h")], [("queued", 0), ("delivered", 3600)]),
        ("sms", ["not_sent"], [("queued", 0), ("not_sent", 0)]),
    ],
)
def test_messages_take_the_statuses_of_their_plan_at_its_times(
    knock: KnockFake, channel_type: str, statuses: list[StatusEntry], expected: list[tuple[str, float]]
) -> None:
    start = knock.clock.now
    channel = knock.channels.default_of(channel_type)
    assert channel is not None
    knock.delivery.plan(channel=channel.key, statuses=statuses)
    message = send(knock, channel_type)
    knock.clock.run_until_idle()
    assert history(message, start) == [("created", 0), *expected]
    assert message.status == expected[-1][0]
    assert knock.state.deliveries.of(message.id) is None


def test_the_events_of_a_plan_carry_what_knocks_would(knock: KnockFake) -> None:
    knock.delivery.plan(
        channel="sms",
        statuses=["delivery_attempted", "queued", "delivery_attempted", ("undelivered", 0, "number is gone")],
    )
    assert [event.data for event in send(knock, "sms").events] == [
        None,
        None,
        {"attempt": 1, "max_attempts": 8, "retryable": True},
        None,
        {"attempt": 2, "max_attempts": 8, "retryable": False},
        {"failure_reason": "fatal_error", "failure_details": "number is gone"},
    ]
    knock.delivery.plan(channel="email", statuses=["sent", ("bounced", 0, "mailbox full")])
    email = send(knock, "email")
    assert email.events[-1].data == {"failure_reason": "invalid_recipient", "failure_details": "mailbox full"}
    assert [log.response_status for log in email.delivery_logs] == [200]


# -- which plan counts -------------------------------------------------------------------------------------


def ends(knock: KnockFake) -> list[str]:
    """Return how an email and an SMS of two workflows to Jane and an email of the first to Joe end."""
    for key in ("first", "second"):
        if key not in knock.workflows:
            knock.workflows.add(key, steps=[STEPS["email"], STEPS["sms"]])
    joe = {**JANE, "id": "joe", "phone_number": None}
    made = [*trigger(knock, "first"), *trigger(knock, "second"), *trigger(knock, "first", joe)]
    return [message.status for message in made]


def test_a_plan_is_about_what_it_names(knock: KnockFake) -> None:
    assert ends(knock) == ["delivered"] * 5
    plans: list[Callable[[], object]] = [
        lambda: knock.delivery.plan(channel="sms", statuses=["sent"]),
        lambda: knock.delivery.plan(workflow="second", statuses=["sent"]),
        lambda: knock.delivery.plan(recipient="joe", statuses=["sent"]),
        lambda: knock.delivery.plan(recipient={"collection": "$users", "id": "joe"}, statuses=["sent"]),
        lambda: knock.delivery.plan(recipient="joe", channel="sms", statuses=["sent"]),
        lambda: knock.delivery.plan(statuses=["sent"]),
    ]
    seen = []
    for plan in plans:
        plan()
        seen.append(["s" if status == "sent" else "d" for status in ends(knock)])
        knock.delivery.clear()
    assert ["".join(one) for one in seen] == ["dsdsd", "ddssd", "dddds", "dddds", "ddddd", "sssss"]


def test_of_several_plans_the_most_specific_counts_and_of_those_the_newest(knock: KnockFake) -> None:
    by_both = knock.delivery.plan(channel="email", recipient="jane", statuses=["queued"])
    by_recipient = knock.delivery.plan(recipient="jane", statuses=["bounced"])
    by_channel = knock.delivery.plan(channel="email", statuses=["sent"])
    for_all = knock.delivery.plan(statuses=["not_sent"])
    assert [*knock.delivery.plans] == [by_both, by_channel, by_recipient, for_all]
    assert ends(knock) == ["queued", "bounced", "queued", "bounced", "sent"]


def test_a_plan_that_a_type_of_channel_cannot_follow_leaves_its_messages_to_the_next(knock: KnockFake) -> None:
    knock.delivery.plan(recipient="jane", statuses=["sent", "delivered"])
    knock.delivery.plan(recipient="jane", statuses=["bounced"])
    knock.delivery.fail(then="bounced", attempts=1)
    statuses = {type_: send(knock, type_).status for type_ in STEPS}
    assert statuses == {
        "email": "bounced",
        "sms": "bounced",
        "push": "bounced",
        "chat": "bounced",
        "http": "delivered",
        "in_app_feed": "delivered",
    }


def test_a_plan_counts_for_what_leaves_the_queue_after_it(knock: KnockFake) -> None:
    knock.delivery.fail(attempts=1)
    message = send(knock, "sms")
    knock.delivery.plan(statuses=["bounced"])
    knock.delivery.clear()
    knock.clock.run_until_idle()
    assert message.status == "delivered"
    assert send(knock, "sms").status == "delivered"


def test_in_a_sandbox_no_plan_counts(knock: KnockFake) -> None:
    knock.delivery.plan(statuses=["bounced"])
    assert send(knock, "sms", settings={"sandbox_mode": True}).status == "not_sent"


# -- holding back ------------------------------------------------------------------------------------------


def test_what_is_held_stays_in_the_queue_until_it_is_released(knock: KnockFake) -> None:
    knock.delivery.hold()
    messages = [send(knock, type_) for type_ in STEPS]
    knock.clock.advance("1h")
    assert [message.status for message in messages] == ["queued"] * 6
    knock.delivery.release()
    assert [message.status for message in messages] == ["delivered", "delivered", "sent", "sent", *["delivered"] * 2]
    assert {event.at for message in messages for event in message.events[2:]} == {knock.clock.now}
    assert send(knock, "sms").status == "delivered"


def test_only_what_is_named_is_held(knock: KnockFake) -> None:
    knock.delivery.hold(channel="sms")
    knock.delivery.hold(recipient="joe")
    assert ends(knock) == ["delivered", "queued", "delivered", "queued", "queued"]


def test_a_plan_made_while_a_message_is_held_counts_for_it(knock: KnockFake) -> None:
    knock.delivery.hold()
    message = send(knock, "sms")
    knock.delivery.plan(statuses=["queued", ("sent", "5s")])
    knock.delivery.release()
    assert [event.type for event in message.events] == ["created", "queued"]
    knock.clock.advance("5s")
    assert message.status == "sent"


def test_what_was_deleted_while_it_was_held_is_released_quietly(knock: KnockFake) -> None:
    knock.delivery.hold()
    message = send(knock, "sms")
    knock.state.forget(user("jane"))
    knock.delivery.release()
    assert message.status == "queued"


# -- what is refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "arguments", "error", "message"),
    [
        ("plan", {"statuses": []}, UsageError, "statuses must be a list such as [('queued', 0), ('sent', '2s')]"),
        ("plan", {"statuses": ["send"]}, UsageError, "statuses[0]: there is no status 'send'; did you mean 'sent'?"),
        ("plan", {"statuses": [("sent", -1)]}, UsageError, "statuses[0]: -1 is negative, and no status comes before"),
        ("plan", {"statuses": [("sent", "2 parsecs")]}, UsageError, "statuses[0]: '2 parsecs' is not a duration"),
        ("plan", {"statuses": [("sent", float("nan"))]}, UsageError, "statuses[0]: cannot convert float NaN"),
        ("plan", {"statuses": [("sent", True)]}, UsageTypeError, "statuses[0]: a time is text such as '2s'"),
        ("plan", {"statuses": [("sent", 0, 5)]}, UsageTypeError, "statuses[0]: the reason must be text, not 5"),
        ("plan", {"statuses": [5]}, UsageTypeError, "statuses[0] must be a status, or a status with a time"),
        (
            "plan",
            {"statuses": ["sent", "queued"]},
            UsageError,
            "'queued' cannot follow 'sent' on any channel; it can be followed by 'delivered', 'bounced', 'undelivered'",
        ),
        (
            "plan",
            {"statuses": ["delivered", "bounced"], "channel": "webhook"},
            UsageError,
            "'bounced' cannot follow 'delivered' on a channel of type 'http'; it is final",
        ),
        (
            "plan",
            {"statuses": ["sent"], "channel": "in-app-feed"},
            UsageError,
            "'sent' cannot follow 'queued' on a channel of type 'in_app_feed'; it can be followed by 'delivered'",
        ),
        ("plan", {"statuses": ["sent"], "channel": "emial"}, UnknownNameError, "no channel 'emial'; did you mean"),
        ("plan", {"statuses": ["sent"], "channel": 5}, UsageTypeError, "channel must be a key, not 5"),
        ("plan", {"statuses": ["sent"], "workflow": "digets"}, UnknownNameError, "no workflow 'digets'; did you mean"),
        ("plan", {"statuses": ["sent"], "recipient": {"id": "x"}}, UsageTypeError, "names no recipient: give a"),
        ("fail", {"attempts": 0}, UsageError, "attempts must be from 1 to 8, as many as Knock makes, not 0"),
        ("fail", {"attempts": 9}, UsageError, "attempts must be from 1 to 8"),
        ("fail", {"attempts": "3"}, UsageTypeError, "attempts must be a whole number, not '3'"),
        ("fail", {"response_status": 200}, UsageError, "response_status must be one of a failure, from 300 to 599"),
        ("fail", {"response_status": "503"}, UsageTypeError, "response_status must be a number or None, not '503'"),
        ("fail", {"then": "send"}, UsageError, "then cannot be 'send'; did you mean 'sent'?"),
        ("fail", {"then": "bounced"}, UsageError, "after 8 failed attempts there is none left to bounce"),
        ("fail", {"reason": 5}, UsageTypeError, "the reason must be text, not 5"),
        ("fail", {"channel": "in-app-feed"}, UsageError, "messages on a channel of type 'in_app_feed' cannot fail"),
        (
            "fail",
            {"channel": "webhook", "attempts": 1, "then": "bounced"},
            UsageError,
            "messages on a channel of type 'http' cannot bounce",
        ),
        (
            "fail",
            {"channel": "webhook", "attempts": 2, "response_status": 404},
            UsageError,
            "Knock calls no webhook again after 404; write attempts=1, then='undelivered'",
        ),
        ("bounce", {"channel": "in-app-feed"}, UsageError, "'bounced' cannot follow 'queued'"),
        ("hold", {"channel": "emial"}, UnknownNameError, "there is no channel 'emial'"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    verb: str, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    knock, fresh = KnockFake(), KnockFake()
    for world in (knock, fresh):
        world.workflows.add("digest", steps=[STEPS["sms"]])
    with pytest.raises(error) as refused:
        getattr(knock.delivery, verb)(**arguments)
    assert message in str(refused.value)
    assert str(refused.value).startswith("delivery.")
    assert [*knock.delivery.plans] == []
    assert [one.id for one in trigger(knock, "digest")] == [one.id for one in trigger(fresh, "digest")]

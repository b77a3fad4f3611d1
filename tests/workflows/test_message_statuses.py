"""Conditions over the message of an earlier step, against statuses that delivery really gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.steps import delay, email, push, sms
from tests.delivery.sending import JANE, PUSH_ID, trigger

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake import KnockFake
    from knock_fake.asking.message import Message
    from knock_fake.delivery_settings import StatusEntry
    from knock_fake.json_types import Json, JsonObject

CASES = {
    "skipped": ("delivery_status", "equal_to", "$message.skipped"),
    "not skipped": ("delivery_status", "not_equal_to", "$message.skipped"),
    "undelivered": ("delivery_status", "equal_to", "$message.undelivered"),
    "bounced": ("delivery_status", "equal_to", "$message.bounced"),
    "sent": ("delivery_status", "greater_than_or_equal_to", "$message.sent"),
    "not sent": ("delivery_status", "less_than", "$message.sent"),
    "delivered": ("delivery_status", "greater_than_or_equal_to", "$message.delivered"),
    "not delivered": ("delivery_status", "less_than", "$message.delivered"),
    "seen": ("engagement_status", "contains", "$message.seen"),
    "not seen": ("engagement_status", "not_contains", "$message.seen"),
    "seen, not read": ("engagement_status", "contains", "$message.seen_not_read"),
    "read": ("engagement_status", "contains", "$message.read"),
    "not read": ("engagement_status", "not_contains", "$message.read"),
    "read, no link clicked": ("engagement_status", "contains", "$message.read_not_link_clicked"),
    "interacted": ("engagement_status", "contains", "$message.interacted"),
    "link clicked": ("engagement_status", "contains", "$message.link_clicked"),
    "no link clicked": ("engagement_status", "not_contains", "$message.link_clicked"),
    "archived": ("engagement_status", "contains", "$message.archived"),
}
"""What Knock's editor offers (Knock's docs on message status conditions)."""

UNTOUCHED = {"not seen", "not read", "no link clicked", "not skipped"}
URL = "https://shop.example.com/"


def holding(
    knock: KnockFake,
    first: JsonObject,
    after: str = "1h",
    touch: Callable[[Message], object] = repr,
    recipient: JsonObject = JANE,
) -> set[str]:
    """Return the cases that hold for the messages of a step after a while, in which they were touched."""
    steps: list[JsonObject] = [{**first, "ref": "first"}, delay(after)]
    for number, (kind, operator, argument) in enumerate(CASES.values()):
        condition: Json = {"variable": f"refs.first.{kind}", "operator": operator, "argument": argument}
        steps.append(sms("x", ref=f"case_{number}", conditions={"all": [condition]}))
    knock.workflows.add("digest", steps=steps)
    for message in trigger(knock, "digest", recipient):
        touch(message)
    knock.clock.run_until_idle()
    (run,) = knock.state.runs
    skipped = {event.step_ref for event in run.events if event.event == "step_skipped"}
    return {case for number, case in enumerate(CASES) if f"case_{number}" not in skipped}


@pytest.mark.parametrize(
    ("statuses", "holds"),
    [
        (["queued"], {"not sent", "not delivered"}),
        (["sent"], {"sent", "not delivered"}),
        (["sent", "delivered"], {"sent", "delivered"}),
        (["sent", ("delivered", "2h")], {"sent", "not delivered"}),
        (["delivery_attempted"], {"not sent", "not delivered"}),
        (["delivery_attempted", "undelivered"], {"undelivered", "not sent", "not delivered"}),
        (["sent", "bounced"], {"bounced", "not sent", "not delivered"}),
        (["not_sent"], {"not sent", "not delivered"}),
    ],
)
def test_conditions_see_the_delivery_status_of_their_moment(
    knock: KnockFake, statuses: list[StatusEntry], holds: set[str]
) -> None:
    knock.delivery.plan(channel="email", statuses=statuses)
    assert holding(knock, email("S", "B")) == holds | UNTOUCHED


def test_while_a_provider_fails_a_message_is_not_sent(knock: KnockFake) -> None:
    knock.delivery.fail(channel="email")
    assert holding(knock, email("S", "B"), after="3s") == {"not sent", "not delivered"} | UNTOUCHED


@pytest.mark.parametrize(
    ("verbs", "holds"),
    [
        ("see", {"seen", "seen, not read", "not read", "no link clicked"}),
        ("read", {"not seen", "read", "read, no link clicked", "no link clicked"}),
        ("see read", {"seen", "read", "read, no link clicked", "no link clicked"}),
        ("interact", {"not seen", "read", "interacted", "read, no link clicked", "no link clicked"}),
        ("click", {"not seen", "not read", "link clicked"}),
        ("read click", {"not seen", "read", "link clicked"}),
        ("archive", {"not seen", "not read", "no link clicked", "archived"}),
    ],
)
def test_conditions_see_what_the_recipient_has_done(knock: KnockFake, verbs: str, holds: set[str]) -> None:
    def touch(message: Message) -> None:
        for verb in verbs.split():
            getattr(message, verb)()

    letter = email("S", f'<a href="{URL}">x</a>', overrides={"link_tracking": True})
    assert holding(knock, letter, touch=touch) == holds | {"sent", "delivered", "not skipped"}


def test_a_step_without_a_message_is_skipped(knock: KnockFake) -> None:
    never: Json = {"all": [{"variable": "data.x", "operator": "exists"}]}
    expected = {"skipped", "not sent", "not delivered", *UNTOUCHED} - {"not skipped"}
    assert holding(knock, email("S", "B", conditions=never)) == expected


@pytest.mark.parametrize("days", [29, 31])
def test_a_message_beyond_retention_makes_every_condition_false(knock: KnockFake, days: int) -> None:
    holds = holding(knock, email("S", "B"), after=f"{days}d")
    assert holds == ({"sent", "delivered"} | UNTOUCHED if days == 29 else set())


def test_of_several_messages_the_one_that_came_furthest_counts(knock: KnockFake) -> None:
    knock.channels.configure("push", settings={"token_deregistration": False})
    knock.delivery.hold(channel="push")

    def touch(message: Message) -> None:
        if message.content["token"] == "b":
            message.deliver().see()
        else:
            message.bounce()

    twice: JsonObject = {**JANE, "channel_data": {PUSH_ID: {"tokens": ["a", "b"]}}}
    assert holding(knock, push("T", "B"), touch=touch, recipient=twice) == {
        *("sent", "not delivered", "seen", "seen, not read", "not read", "no link clicked", "not skipped")
    }

"""The channels of a world."""

from __future__ import annotations

from typing import Any

import pytest

from knock_fake import KnockFake, UnknownNameError, UsageError, UsageTypeError
from knock_fake.state.channels import DEFAULT_CHANNELS


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"key": 5}, UsageTypeError, "channels.add: key must be text, not int 5"),
        ({"type": ["email"]}, UsageTypeError, "channels.add: type must be text, not list ['email']"),
        ({"id": 5}, UsageTypeError, "channels.add: id must be text, not int 5"),
        ({"provider": 5}, UsageTypeError, "channels.add: provider must be text, not int 5"),
        ({"name": 5}, UsageTypeError, "channels.add: name must be text, not int 5"),
        ({"sandbox": "no"}, UsageTypeError, "channel 'postmark': sandbox must be True or False, not 'no'"),
        ({"settings": "x"}, UsageTypeError, "channel 'postmark': settings must be a dict, not str 'x'"),
        (
            {"settings": {"from_address": b"x"}},
            UsageTypeError,
            "channel 'postmark': settings.from_address: JSON cannot hold bytes b'x'",
        ),
        (
            {"settings": {"from_address": 5}},
            UsageTypeError,
            "channel 'postmark': settings.from_address must be text, not 5",
        ),
        (
            {"settings": {"from_adress": "a@example.com"}},
            UsageError,
            "channel 'postmark': settings: unknown key 'from_adress'; did you mean 'from_address'?",
        ),
        (
            {"type": "push", "settings": {"from_address": "a@example.com"}},
            UsageError,
            (
                "channel 'postmark': settings: unknown key 'from_address'; "
                "known: 'recipient_mode', 'token_deregistration'"
            ),
        ),
        (
            {"type": "in_app_guide", "settings": {"from_address": "a@example.com"}},
            UsageError,
            "channel 'postmark': settings: unknown key 'from_address'; channels of type 'in_app_guide' have none here",
        ),
        (
            {"settings": {"link_tracking": "on"}},
            UsageTypeError,
            "channel 'postmark': settings.link_tracking must be True or False, not 'on'",
        ),
        (
            {"type": "push", "settings": {"recipient_mode": "external"}},
            UsageError,
            "channel 'postmark': settings.recipient_mode cannot be 'external'; did you mean 'external_id'?",
        ),
        (
            {"conditions": {"all": [{"variable": "recipient.plan", "operator": "equals", "argument": "pro"}]}},
            UsageError,
            "channel 'postmark': conditions.all[0].operator: 'equals' is no operator: did you mean 'equal_to'?",
        ),
        ({"type": "emial"}, UsageError, "channel 'postmark': unknown type 'emial'; did you mean 'email'?"),
        ({"key": "email"}, UsageError, "channel key 'email' is taken: choose another"),
        ({"key": ""}, UsageError, "channel key '' is empty"),
        ({"id": ""}, UsageError, "channel 'postmark': id '' is empty"),
    ],
)
def test_a_channel_that_cannot_be_added_is_refused_and_changes_nothing(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    knock, fresh = KnockFake(), KnockFake()
    with pytest.raises(error) as refused:
        knock.channels.add(**{"key": "postmark", "type": "email", **arguments})
    assert str(refused.value) == message
    assert [world.channels.add("postmark", type="email") for world in (knock, fresh)] == [
        knock.channels.by_key("postmark"),
        knock.channels.by_key("postmark"),
    ]


def test_a_channel_is_looked_up_by_its_key() -> None:
    channels = KnockFake().channels
    assert (channels["email"], channels.by_key("emial")) == (channels.by_key("email"), None)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("emial", "there is no channel 'emial': did you mean 'email'?"),
        ("", "there is no channel '': known: 'chat', 'email', "),
    ],
)
def test_a_channel_that_is_not_there_is_told_with_the_nearest_key(key: str, message: str) -> None:
    with pytest.raises(UnknownNameError) as refused:
        KnockFake().channels[key]
    assert str(refused.value).startswith(message)


def test_the_settings_given_stay_the_callers() -> None:
    settings: dict[str, Any] = {"from_address": "a@example.com", "from_name": None}
    channel = KnockFake().channels.add("postmark", type="email", settings=settings)
    settings["from_address"] = "b@example.com"
    assert channel.settings == {"from_address": "a@example.com", "from_name": None}


def test_a_channel_may_be_added_while_others_are_looked_at() -> None:
    knock = KnockFake()
    for channel in knock.channels:
        knock.channels.add(f"more-{channel.key}", type="sms")
    assert len(knock.channels.keys()) == 2 * len(DEFAULT_CHANNELS)

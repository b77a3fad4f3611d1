"""Channel groups and conditions of channels: which channels a step uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from knock_fake import KnockFake, UnknownNameError, UsageError, UsageTypeError
from knock_fake.steps import chat, email, sms
from knock_fake.workflows.reasons import describe_run
from tests.delivery.sending import JANE, trigger

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.runs import RunEvent

PRO: JsonObject = {"variable": "recipient.plan", "operator": "equal_to", "argument": "pro"}
POSTMARK_IF_PRO: JsonObject = {"channel": "postmark", "rule_type": "if", **PRO}
RESEND_UNLESS_PRO: JsonObject = {"channel": "resend", "rule_type": "unless", **PRO}
LETTER = {**email("S", "B"), "channel_group_key": "letters"}


@pytest.fixture
def letters(knock: KnockFake) -> KnockFake:
    """A world with two more email channels."""
    for key in ("postmark", "resend"):
        knock.channels.add(key, type="email", provider=key)
    return knock


def sent(knock: KnockFake, **properties: Json) -> list[str]:
    """Return the channels on which a letter goes to Jane."""
    knock.workflows.add("digest", steps=[LETTER])
    return [message.channel.key for message in trigger(knock, "digest", {**JANE, **properties})]


def events(knock: KnockFake) -> list[RunEvent]:
    (*_, run) = knock.state.runs
    return [event for event in run.events if event.step_ref is not None]


@pytest.mark.parametrize(
    ("operator", "rules", "plan", "channels"),
    [
        ("any", ["postmark", "resend"], None, ["postmark", "resend"]),
        ("all", ["postmark", "resend"], None, ["postmark", "resend"]),
        ("any", [POSTMARK_IF_PRO, RESEND_UNLESS_PRO], "pro", ["postmark"]),
        ("any", [POSTMARK_IF_PRO, RESEND_UNLESS_PRO], "free", ["resend"]),
        ("any", [POSTMARK_IF_PRO, "email"], "free", ["email"]),
        ("any", [POSTMARK_IF_PRO, "email"], "pro", ["postmark", "email"]),
        ("all", [POSTMARK_IF_PRO, "email"], "pro", ["postmark", "email"]),
        ("all", [POSTMARK_IF_PRO, "email"], "free", []),
        ("any", [POSTMARK_IF_PRO], "free", []),
        ("any", ["email", "email"], None, ["email"]),
        ("any", [{"channel": "resend", "index": 2}, {"channel": "email", "index": 1}], None, ["email", "resend"]),
    ],
)
def test_the_rules_of_a_group_choose_the_channels(
    letters: KnockFake, operator: str, rules: list[str | JsonObject], plan: str | None, channels: list[str]
) -> None:
    letters.channels.add_group("letters", channel_type="email", operator=operator, rules=rules)
    assert sent(letters, plan=plan) == channels


def test_a_rule_may_be_about_a_share_of_the_recipients(letters: KnockFake) -> None:
    share: JsonObject = {"variable": "recipient.id", "operator": "is_in_random_cohort", "argument": "100"}
    letters.channels.add_group(
        "letters", channel_type="email", rules=[{"channel": "resend", "rule_type": "if", **share}]
    )
    assert sent(letters) == ["resend"]


def test_no_rule_that_holds_skips_the_step_and_says_so(letters: KnockFake) -> None:
    letters.channels.add_group("letters", channel_type="email", rules=[POSTMARK_IF_PRO])
    assert sent(letters) == []
    assert events(letters)[-1].data == {
        "reason": "channel_group",
        "channel_type": "email",
        "channel_group": "letters",
        "decided_by": "the rules of channel group 'letters' choose no channel",
    }
    (run,) = letters.state.runs
    assert describe_run(run)[1] == "  email_1 skipped: the rules of channel group 'letters' choose no channel"


def test_each_channel_of_a_group_is_asked_for_itself(letters: KnockFake) -> None:
    postmark = letters.channels.by_key("postmark")
    assert postmark is not None
    letters.channels.configure("resend", conditions={"all": [PRO]})
    letters.channels.add_group("letters", channel_type="email", rules=["postmark", "resend", "email"])
    preferences: Json = {"default": {"channels": {postmark.id: False}}}
    assert sent(letters, preferences=preferences) == ["email"]
    refused = [event.data for event in events(letters) if event.event == "message_not_enqueued"]
    assert [(data or {})["channel"] for data in refused] == ["postmark", "resend"]
    assert [(data or {})["reason"] for data in refused] == ["preferences", "conditions"]


def test_a_step_is_skipped_when_no_channel_of_its_group_has_a_message(letters: KnockFake) -> None:
    letters.channels.add_group("letters", channel_type="email", rules=["postmark", "resend"])
    assert sent(letters, email=None) == []
    assert [(event.event, (event.data or {})["channel"]) for event in events(letters)] == [
        ("message_not_enqueued", "resend"),
        ("step_skipped", "postmark"),
    ]


def test_a_group_that_does_not_exist_or_is_of_another_type_is_not_configured(letters: KnockFake) -> None:
    assert sent(letters) == []
    remedy = (events(letters)[-1].data or {})["remedy"]
    assert remedy == "knock.channels.add_group('letters', channel_type='email', rules=[...])"
    letters.channels.add_group("letters", channel_type="sms", rules=["sms"])
    assert sent(letters) == []
    assert (events(letters)[-1].data or {})["remedy"] == "'letters' is a group of type 'sms'"


@pytest.mark.parametrize(
    ("arguments", "error", "problem"),
    [
        ({"key": "email"}, UsageError, "channel group key 'email' is taken: choose another"),
        ({"key": ""}, UsageTypeError, "channel group '': key and name must be texts"),
        ({"channel_type": "mail"}, UsageError, "channel group 'letters': unknown type 'mail'; did you mean 'email'?"),
        (
            {"operator": "some"},
            UsageError,
            "channel group 'letters': operator cannot be 'some'; known: 'all', 'any'",
        ),
        ({"rules": []}, UsageError, "channel group 'letters': rules must be a list of at least one channel"),
        (
            {"rules": ["sms"]},
            UsageError,
            "channel group 'letters': rules[0].channel: there is no channel 'sms' of type 'email'",
        ),
        ({"rules": [5]}, UsageTypeError, "channel group 'letters': rules[0] must be a channel's key or a rule, not 5"),
        (
            {"rules": [{"channel": "email", "rule": "if"}]},
            UsageError,
            "channel group 'letters': rules[0]: unknown key 'rule'",
        ),
        (
            {"rules": [{"channel": "email", "rule_type": "when"}]},
            UsageError,
            "channel group 'letters': rules[0]: rule_type cannot be 'when'; write 'always', 'if' or 'unless'",
        ),
        (
            {"rules": [{"channel": "email", "rule_type": "if"}]},
            UsageError,
            "channel group 'letters': rules[0]: a rule of type 'if' needs 'variable' and 'operator'",
        ),
        (
            {"rules": [{**POSTMARK_IF_PRO, "channel": "email", "operator": "is"}]},
            UsageError,
            "channel group 'letters': rules[0].operator: 'is' is no operator",
        ),
    ],
)
def test_a_group_that_cannot_be_is_refused(
    knock: KnockFake, arguments: dict[str, Any], error: type[Exception], problem: str
) -> None:
    with pytest.raises(error) as refused:
        knock.channels.add_group(**{"key": "letters", "channel_type": "email", "rules": ["email"], **arguments})
    assert str(refused.value).startswith(problem)
    assert [*knock.channels.groups] == []


# -- conditions of channels --------------------------------------------------------------------------------


def test_the_conditions_of_a_channel_skip_its_steps(knock: KnockFake) -> None:
    knock.channels.configure("sms", conditions={"all": [PRO]})
    knock.workflows.add("digest", steps=[sms("Hi"), email("S", "B")])
    assert [message.channel.key for message in trigger(knock, "digest")] == ["email"]
    assert events(knock)[0].data == {
        "reason": "conditions",
        "channel": "sms",
        "channel_type": "sms",
        "decided_by": 'of the channel: recipient.plan equal_to "pro": recipient.plan is not set',
    }
    pro: JsonObject = {**JANE, "plan": "pro"}
    assert [message.channel.key for message in trigger(knock, "digest", pro)] == ["sms", "email"]


def test_they_come_before_what_the_recipient_lacks(knock: KnockFake) -> None:
    knock.channels.add("phone", type="sms", conditions={"all": [PRO]})
    knock.workflows.add("digest", steps=[sms("Hi", channel_key="phone")])
    trigger(knock, "digest", {"id": "bare"})
    assert (events(knock)[-1].data or {})["reason"] == "conditions"


@pytest.mark.parametrize("way", ["channel", "trigger"])
def test_in_a_sandbox_nobody_asks_for_them(knock: KnockFake, way: str) -> None:
    knock.channels.add("phone", type="sms", conditions={"all": [PRO]}, sandbox=way == "channel")
    knock.workflows.add("digest", steps=[sms("Hi", channel_key="phone")])
    (message,) = trigger(knock, "digest", settings={"sandbox_mode": way == "trigger"})
    assert message.status == "not_sent"


def test_they_can_be_taken_away(knock: KnockFake) -> None:
    knock.channels.configure("sms", conditions={"all": [PRO]})
    assert knock.channels.configure("sms", conditions={}).conditions is None


@pytest.mark.parametrize(
    "conditions",
    [
        {"all": [{"variable": "refs.sms_1.delivery_status", "operator": "equal_to", "argument": "$message.sent"}]},
        {"all": [{"variable": "recipient.plan"}]},
    ],
)
def test_conditions_that_cannot_be_asked_are_refused(knock: KnockFake, conditions: JsonObject) -> None:
    before = knock.channels.by_key("sms")
    with pytest.raises(UsageError):
        knock.channels.configure("sms", conditions=conditions)
    assert knock.channels.by_key("sms") is before


# -- settings ----------------------------------------------------------------------------------------------


def test_settings_are_changed_one_by_one_and_taken_away(knock: KnockFake) -> None:
    knock.channels.configure("email", settings={"from_name": "Desk", "link_tracking": True})
    channel = knock.channels.configure("email", settings={"from_name": None, "from_address": "desk@example.com"})
    assert channel.settings == {"link_tracking": True, "from_address": "desk@example.com"}
    assert knock.channels.configure("email", sandbox=True).is_sandbox
    assert knock.channels.keys()[0] == "email"


def test_an_unknown_channel_cannot_be_configured(knock: KnockFake) -> None:
    with pytest.raises(UnknownNameError) as refused:
        knock.channels.configure("emial", sandbox=True)
    assert str(refused.value) == "there is no channel 'emial': did you mean 'email'?"


def test_texts_of_settings_are_liquid(knock: KnockFake) -> None:
    settings: JsonObject = {"from_name": "{{ data.team }}", "to_address": "{{ recipient.work_email }}"}
    knock.channels.configure("email", settings=settings)
    knock.workflows.add("digest", steps=[email("S", "B")])
    work: JsonObject = {**JANE, "work_email": "jane@work.example"}
    (message,) = trigger(knock, "digest", work, data={"team": "Desk"})
    assert (message.content["from"], message.content["to"]) == (
        "Desk <notifications@example.com>",
        "jane@work.example",
    )


def test_a_setting_that_cannot_be_rendered_fails_the_step(knock: KnockFake) -> None:
    knock.channels.configure("email", settings={"from_name": "{{ 1 | divided_by: 0 }}"})
    knock.workflows.add("digest", steps=[email("S", "B")])
    assert trigger(knock, "digest") == []
    (run,) = knock.state.runs
    assert (run.error_count, "channel 'email': settings.from_name" in describe_run(run)[1]) == (3, True)


def test_chat_goes_to_every_connection_of_every_channel_of_its_group(knock: KnockFake) -> None:
    teams = knock.channels.add("teams", type="chat", provider="chat_ms_teams")
    slack = knock.channels.default_of("chat")
    assert slack is not None
    knock.channels.add_group("talk", channel_type="chat", rules=["chat", "teams"])
    knock.workflows.add("digest", steps=[{**chat("B"), "channel_group_key": "talk"}])
    data: JsonObject = {
        slack.id: {"connections": [{"channel_id": "C1"}, {"channel_id": "C2"}]},
        teams.id: {"connections": [{"ms_teams_team_id": "T", "ms_teams_channel_id": "C3"}]},
    }
    made = trigger(knock, "digest", {"id": "bare", "channel_data": data})
    assert [message.channel.key for message in made] == ["chat", "chat", "teams"]

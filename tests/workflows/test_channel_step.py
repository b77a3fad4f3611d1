from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.state.references import user
from knock_fake.steps import chat, delay, email, in_app_feed, push, sms, webhook
from knock_fake.workflows.reasons import describe_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.messages import Message
    from knock_fake.state.runs import Run

PUSH_ID, CHAT_ID = "33333333-3333-4333-8333-333333333333", "44444444-4444-4444-8444-444444444444"
JANE: JsonObject = {
    "id": "jane",
    "name": "Jane",
    "email": "jane@example.com",
    "phone_number": "+15550001",
    "channel_data": {PUSH_ID: {"tokens": ["device-1"]}, CHAT_ID: {"connections": [{"channel_id": "C1"}]}},
}
BARE: JsonObject = {"id": "bare"}
EVERY_TYPE: dict[str, JsonObject] = {
    "email": email("Subject", "<p>Body</p>"),
    "sms": sms("Body"),
    "push": push("Title", "Body"),
    "chat": chat("Body"),
    "in_app_feed": in_app_feed("Body"),
    "http": webhook("https://hooks.example.com/"),
}


def run(knock: KnockFake, api: httpx.Client, steps: Sequence[JsonObject], recipient: Json = None, **body: Json) -> Run:
    """Trigger a workflow of these steps for one recipient, Jane unless told otherwise; return the run."""
    if knock.workflows.get("digest") is None:
        knock.workflows.add("digest", steps=steps, categories=["news", "offers"])
    answer = api.post("/v1/workflows/digest/trigger", json={"recipients": [recipient or JANE], **body})
    (made,) = knock.state.runs.of_workflow_run(answer.raise_for_status().json()["workflow_run_id"])
    return made


def content(api: httpx.Client, message: Message) -> JsonObject:
    shown = api.get(f"/v1/messages/{message.id}/content").raise_for_status().json()
    assert shown["message_id"] == message.id
    data: JsonObject = shown["data"]
    return data


def skip(made: Run) -> JsonObject:
    """Return why the one step of a run was skipped."""
    (skipped,) = [event for event in made.events if event.event == "step_skipped"]
    assert (made.status, made.messages) == ("completed", ())
    return skipped.data or {}


# -- contents ----------------------------------------------------------------------------------------------


def test_the_content_of_an_email(knock: KnockFake, api: httpx.Client) -> None:
    step = email("Hi {{ recipient.name }}", "<p>{{ data.total }} items</p>")
    (message,) = run(knock, api, [step], data={"total": 3}).messages
    assert content(api, message) == {
        "__typename": "MessageEmailContent",
        "to": "jane@example.com",
        "from": "notifications@example.com",
        "cc": None,
        "bcc": None,
        "reply_to": None,
        "subject_line": "Hi Jane",
        "html_body": "<p>3 items</p>",
        "text_body": "3 items",
    }
    assert (message.status, message.recipient_snapshot) == (
        "delivered",
        {"email": "jane@example.com", "name": "Jane"},
    )


def test_the_content_of_an_sms(knock: KnockFake, api: httpx.Client) -> None:
    (message,) = run(knock, api, [sms("Hi {{ recipient.name }}")]).messages
    assert content(api, message) == {"__typename": "MessageSmsContent", "to": "+15550001", "body": "Hi Jane"}
    assert (message.status, message.recipient_snapshot) == ("delivered", None)


def test_the_content_of_a_push(knock: KnockFake, api: httpx.Client) -> None:
    (message,) = run(knock, api, [push("Hi {{ recipient.name }}", "Look", payload={"order": "{{ data.id }}"})]).messages
    assert content(api, message) == {
        "__typename": "MessagePushContent",
        "token": "device-1",
        "title": "Hi Jane",
        "body": "Look",
        "data": {"knock_message_id": message.id, "order": ""},
    }
    assert (message.status, message.recipient_snapshot) == ("sent", None)


def test_the_content_of_a_chat_message(knock: KnockFake, api: httpx.Client) -> None:
    (message,) = run(knock, api, [chat("Hi *{{ recipient.name }}*", "Summary")]).messages
    assert content(api, message) == {
        "__typename": "MessageChatContent",
        "connection": {"channel_id": "C1"},
        "template": {
            "summary": "Summary",
            "blocks": [{"name": "body", "type": "markdown", "content": "Hi *Jane*"}],
            "json_content": None,
        },
        "metadata": None,
    }
    assert (message.status, message.recipient_snapshot) == (
        "sent",
        {"channel_id": "C1", "user_id": None, "via_incoming_webhook": False},
    )


def test_the_content_of_a_feed_item(knock: KnockFake, api: httpx.Client) -> None:
    (message,) = run(
        knock, api, [in_app_feed("Hi **{{ recipient.name }}**", "/orders/{{ data.id }}")], data={"id": 7}
    ).messages
    assert content(api, message) == {
        "__typename": "MessageInAppFeedContent",
        "blocks": [
            {
                "type": "markdown",
                "name": "body",
                "content": "Hi **{{ recipient.name }}**",
                "rendered": "<p>Hi <strong>Jane</strong></p>",
            },
            {
                "type": "text",
                "name": "action_url",
                "content": "/orders/{{ data.id }}",
                "rendered": "/orders/7",
            },
        ],
    }
    assert (message.status, message.recipient_snapshot) == ("delivered", None)


def test_the_content_of_a_webhook(knock: KnockFake, api: httpx.Client) -> None:
    step = webhook(
        "https://hooks.example.com/{{ recipient.id }}", "put", headers={"x-plan": "{{ data.plan }}"}, body="{}"
    )
    (message,) = run(knock, api, [step], BARE, data={"plan": "pro"}).messages
    assert content(api, message) == {
        "__typename": "MessageHttpContent",
        "method": "PUT",
        "url": "https://hooks.example.com/bare",
        "headers": {"x-plan": "pro"},
        "query": {},
        "body": "{}",
    }
    assert (message.status, message.recipient_snapshot) == ("delivered", None)


def test_a_template_sees_the_message_it_makes(knock: KnockFake, api: httpx.Client) -> None:
    step = sms("{{ current_message.id }} {{ current_message.inserted_at }}")
    (message,) = run(knock, api, [step]).messages
    assert content(api, message)["body"] == f"{message.id} 2026-01-01T00:00:00.000000Z"


# -- several addresses -------------------------------------------------------------------------------------


def test_a_push_step_makes_a_message_for_each_token(knock: KnockFake, api: httpx.Client) -> None:
    devices: JsonObject = {"devices": [{"token": "a"}, {"token": "b", "locale": "fr-BE"}]}
    made = run(knock, api, [push("{{ current_message.id }}", "Body")], {**BARE, "channel_data": {PUSH_ID: devices}})
    assert [content(api, message)["token"] for message in made.messages] == ["a", "b"]
    assert [content(api, message)["title"] for message in made.messages] == [one.id for one in made.messages]
    assert [event.event for event in made.events].count("message_enqueued") == 2


def test_a_chat_step_makes_a_message_for_each_connection(knock: KnockFake, api: httpx.Client) -> None:
    connections: list[Json] = [{"channel_id": "C1"}, {"incoming_webhook": {"url": "https://hooks.example.com/1"}}]
    made = run(knock, api, [chat("Body")], {**BARE, "channel_data": {CHAT_ID: {"connections": connections}}})
    assert [content(api, message)["connection"] for message in made.messages] == connections
    assert len({message.id for message in made.messages}) == 2


def test_a_step_that_cannot_render_for_one_address_makes_no_message_at_all(knock: KnockFake, api: httpx.Client) -> None:
    made = run(
        knock,
        api,
        [push("{{ 1 | divided_by: 0 }}", "Body")],
        {**BARE, "channel_data": {PUSH_ID: {"tokens": ["a", "b"]}}},
    )
    assert (made.messages, made.error_count, made.events[-1].event) == ((), 3, "run_halted")
    assert len(knock.state.messages) == 0


# -- what the recipient lacks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel_type", "missing", "remedy"),
    [
        ("email", "recipient.email", ""),
        ("sms", "recipient.phone_number", ""),
        (
            "push",
            f"channel data with tokens or devices for channel {PUSH_ID}",
            ': identify with channel_data={<the channel\'s id>: {"tokens": ["..."]}}',
        ),
        (
            "chat",
            f"channel data with connections for channel {CHAT_ID}",
            (
                ": identify with channel_data={<the channel's id>: "
                '{"connections": [{"incoming_webhook": {"url": "..."}}]}}'
            ),
        ),
    ],
)
def test_a_recipient_without_what_the_channel_needs_is_skipped(
    knock: KnockFake, api: httpx.Client, channel_type: str, missing: str, remedy: str
) -> None:
    made = run(knock, api, [EVERY_TYPE[channel_type]], BARE)
    assert skip(made) == {
        "reason": "missing_recipient_data",
        "channel": channel_type,
        "channel_type": channel_type,
        "missing": missing,
    }
    assert made.error_count == 0
    assert describe_run(made)[1] == f"  {channel_type}_1 skipped: the channel needs {missing}{remedy}"


def test_an_object_has_no_feed(knock: KnockFake, api: httpx.Client) -> None:
    paris: JsonObject = {"collection": "places", "id": "paris", "name": "Paris"}
    made = run(knock, api, [EVERY_TYPE["in_app_feed"]], paris)
    assert skip(made)["missing"] == "a user: objects have no in-app feed"


def test_an_object_is_reached_by_the_other_channels_like_a_user(knock: KnockFake, api: httpx.Client) -> None:
    paris: JsonObject = {**JANE, "collection": "places", "id": "paris"}
    steps = [step for kind, step in EVERY_TYPE.items() if kind != "in_app_feed"]
    made = run(knock, api, steps, paris)
    assert [message.channel.type for message in made.messages] == ["email", "sms", "push", "chat", "http"]


# -- the channel -------------------------------------------------------------------------------------------


def test_a_step_without_key_uses_the_first_channel_of_its_type(knock: KnockFake, api: httpx.Client) -> None:
    knock.channels.add("postmark", type="email", provider="postmark")
    made = run(knock, api, [EVERY_TYPE["email"], email("S", "B", channel_key="postmark")])
    assert [message.channel.key for message in made.messages] == ["email", "postmark"]


def test_a_channel_that_is_not_configured_skips_the_step(knock: KnockFake, api: httpx.Client) -> None:
    made = run(knock, api, [email("S", "B", channel_key="emial"), in_app_feed("Next")])
    assert made.events[1].data == {
        "reason": "channel_not_configured",
        "channel": "emial",
        "channel_type": "email",
        "remedy": "knock.channels.add('emial', type='email'); did you mean 'email'?",
    }
    assert [message.channel.type for message in made.messages] == ["in_app_feed"]


def test_a_channel_that_comes_later_with_another_type_skips_the_step(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[sms("Hi", channel_key="postmark")])
    knock.channels.add("postmark", type="email")
    made = run(knock, api, [])
    problem = "'postmark' is a channel of type 'email', the step is of type 'sms'; known: 'sms'"
    assert skip(made)["remedy"] == problem
    assert describe_run(made)[1] == f"  sms_1 skipped: the channel is not configured: {problem}"


def test_a_channel_added_later_serves_from_then_on(knock: KnockFake, api: httpx.Client) -> None:
    steps = [email("S", "B", channel_key="postmark")]
    assert run(knock, api, steps).messages == ()
    knock.channels.add("postmark", type="email")
    assert len(run(knock, api, steps).messages) == 1


# -- overrides ---------------------------------------------------------------------------------------------


def test_overrides_of_an_email_are_liquid(knock: KnockFake, api: httpx.Client) -> None:
    overrides: JsonObject = {
        "to_address": " {{ data.to }} ",
        "from_address": "{{ data.from }}@example.com",
        "from_name": "The {{ data.from }}",
        "reply_to_address": "reply@example.com",
        "cc_address": "cc-1@example.com, cc-2@example.com",
        "bcc_address": "{{ data.nobody }}",
    }
    data: JsonObject = {"to": "boss@example.com", "from": "desk"}
    (message,) = run(knock, api, [email("S", "B", overrides=overrides)], BARE, data=data).messages
    shown = content(api, message)
    assert {key: shown[key] for key in ("to", "from", "reply_to", "cc", "bcc")} == {
        "to": "boss@example.com",
        "from": "The desk <desk@example.com>",
        "reply_to": "reply@example.com",
        "cc": "cc-1@example.com, cc-2@example.com",
        "bcc": None,
    }
    assert message.recipient_snapshot == {"email": "boss@example.com", "name": None}


@pytest.mark.parametrize("recipient", [JANE, BARE])
def test_a_number_of_the_template_goes_before_the_recipients(
    knock: KnockFake, api: httpx.Client, recipient: JsonObject
) -> None:
    (message,) = run(
        knock, api, [sms("Hi", to_number="{{ data.number }}")], recipient, data={"number": "+1777"}
    ).messages
    assert content(api, message)["to"] == "+1777"


def test_a_number_of_the_template_that_renders_to_nothing_leaves_the_recipients(
    knock: KnockFake, api: httpx.Client
) -> None:
    (message,) = run(knock, api, [sms("Hi", to_number="{{ data.number }}")]).messages
    assert content(api, message)["to"] == "+15550001"


def test_an_override_that_cannot_be_rendered_fails_the_step(knock: KnockFake, api: httpx.Client) -> None:
    made = run(knock, api, [email("S", "B", overrides={"cc_address": "{{ 1 | divided_by: 0 }}"})])
    assert (made.error_count, made.events[-1].event, made.messages) == (3, "run_halted", ())
    reason = "workflow 'digest': steps[0].channel_overrides.cc_address, line 1: filter 'divided_by': can't divide by 0"
    assert made.events[1].data == {"reason": reason}


# -- preferences -------------------------------------------------------------------------------------------


def with_preferences(preferences: JsonObject, set_id: str = "default") -> JsonObject:
    return {**JANE, "preferences": {set_id: preferences}}


@pytest.mark.parametrize(
    ("preferences", "rule", "decided_by"),
    [
        ({"workflows": {"digest": False}}, "workflows.digest", "workflows.digest is false"),
        ({"categories": {"offers": False}}, "categories.offers", "categories.offers is false"),
        ({"channel_types": {"sms": False}}, "channel_types.sms", "channel_types.sms is false"),
        (
            {"channels": {"22222222-2222-4222-8222-222222222222": False}},
            "channels.22222222-2222-4222-8222-222222222222",
            "channels.22222222-2222-4222-8222-222222222222 is false",
        ),
        (
            {"workflows": {"digest": {"channel_types": {"sms": False}}}},
            "workflows.digest.channel_types.sms",
            "workflows.digest.channel_types.sms is false",
        ),
    ],
)
def test_preferences_that_opt_out_skip_the_step_with_the_rule_that_decided(
    knock: KnockFake, api: httpx.Client, preferences: JsonObject, rule: str, decided_by: str
) -> None:
    made = run(knock, api, [EVERY_TYPE["sms"]], with_preferences(preferences))
    assert skip(made) == {
        "reason": "preferences",
        "channel": "sms",
        "channel_type": "sms",
        "rule": rule,
        "value": False,
        "decided_by": f"preference set `default`, {decided_by}",
    }
    assert describe_run(made)[1] == f"  sms_1 skipped: preference set `default`, {decided_by}"


def test_preferences_are_asked_for_each_channel_step(knock: KnockFake, api: httpx.Client) -> None:
    made = run(knock, api, [*EVERY_TYPE.values()], with_preferences({"channel_types": {"email": False, "push": False}}))
    assert [message.channel.type for message in made.messages] == ["sms", "chat", "in_app_feed", "http"]


def test_conditions_of_preferences_see_the_run(knock: KnockFake, api: httpx.Client) -> None:
    condition: JsonObject = {"variable": "data.amount", "operator": "greater_than", "argument": "100"}
    jane = with_preferences({"workflows": {"digest": {"conditions": [condition]}}})
    assert len(run(knock, api, [EVERY_TYPE["sms"]], jane, data={"amount": 101}).messages) == 1
    facts = skip(run(knock, api, [EVERY_TYPE["sms"]], jane, data={"amount": 99}))
    assert (facts["rule"], facts["value"]) == ("workflows.digest.conditions", [condition])
    assert facts["decided_by"] == (
        "preference set `default`, workflows.digest.conditions do not hold: "
        'data.amount greater_than "100": data.amount is 99'
    )


def test_in_a_tenants_run_the_recipients_set_for_the_tenant_counts(knock: KnockFake, api: httpx.Client) -> None:
    sets: JsonObject = {"default": {"channel_types": {"sms": False}}, "acme": {"channel_types": {"sms": True}}}
    jane: JsonObject = {**JANE, "preferences": sets}
    steps = [EVERY_TYPE["sms"]]
    made = [len(run(knock, api, steps, jane, tenant=tenant).messages) for tenant in (None, "acme", "other")]
    assert made == [0, 1, 0]


def test_a_tenants_default_set_counts_for_everybody_in_its_runs(knock: KnockFake, api: httpx.Client) -> None:
    settings: JsonObject = {"preference_set": {"channel_types": {"sms": False}}}
    steps = [EVERY_TYPE["sms"]]
    facts = skip(run(knock, api, steps, tenant={"id": "acme", "settings": settings}))
    assert facts["decided_by"] == "default preference set of tenant `acme`, channel_types.sms is false"
    assert len(run(knock, api, steps).messages) == 1


def test_the_environments_default_set_counts_for_whoever_says_nothing_else(knock: KnockFake, api: httpx.Client) -> None:
    knock.preferences.set_default({"channel_types": {"sms": False}})
    steps = [EVERY_TYPE["sms"]]
    made = run(knock, api, steps, {**JANE, "id": "joe"})
    reason = "default preference set of the environment, channel_types.sms is false"
    assert skip(made)["decided_by"] == reason
    assert describe_run(made) == ["digest for joe: completed, 0 messages", f"  sms_1 skipped: {reason}"]
    assert len(run(knock, api, steps, with_preferences({"channel_types": {"sms": True}})).messages) == 1
    knock.preferences.set_default(None)
    assert len(run(knock, api, steps, {**JANE, "id": "joe"}).messages) == 1


def test_a_workflow_can_override_preferences(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[EVERY_TYPE["sms"]], settings={"override_preferences": True})
    made = run(knock, api, [], with_preferences({"workflows": {"digest": False}}))
    assert len(made.messages) == 1


def test_who_unsubscribed_from_commerce_gets_no_commercial_message(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[EVERY_TYPE["sms"]], settings={"is_commercial": True})
    jane = with_preferences({"commercial_subscribed": False})
    assert skip(run(knock, api, [], jane))["rule"] == "commercial_subscribed"
    knock.workflows.add("digest", steps=[EVERY_TYPE["sms"]])
    assert len(run(knock, api, (), jane).messages) == 1


# -- the order of the checks -------------------------------------------------------------------------------

FALSE: JsonObject = {"all": [{"variable": "data.plan", "operator": "equal_to", "argument": "pro"}]}


def test_conditions_come_before_the_channel_the_channel_before_the_recipient_the_recipient_before_preferences(
    knock: KnockFake, api: httpx.Client
) -> None:
    against: JsonObject = {"preferences": {"default": {"workflows": {"digest": False}}}}
    steps = [
        sms("Hi", conditions=FALSE, channel_key="none"),
        sms("Hi", channel_key="none"),
        sms("Hi"),
        webhook("https://hooks.example.com/{{ 1 | divided_by: 0 }}"),
    ]
    made = run(knock, api, steps, {**BARE, **against})
    reasons = [(event.data or {})["reason"] for event in made.events if event.event == "step_skipped"]
    assert reasons == ["conditions", "channel_not_configured", "missing_recipient_data", "preferences"]
    assert (made.error_count, made.events[-1].event) == (0, "run_completed")


# -- the message -------------------------------------------------------------------------------------------


def test_a_message_tells_where_it_comes_from(knock: KnockFake, api: httpx.Client) -> None:
    data: JsonObject = {"total": 3, "nested": {"a": [1]}}
    steps = [sms("Hi", ref="hello")]
    made = run(
        knock, api, steps, {**JANE, "$trigger_data": {"total": 4}}, data=data, actor={"id": "bob"}, tenant="acme"
    )
    (message,) = made.messages
    assert api.get(f"/v1/messages/{message.id}").json()["source"] == {
        "__typename": "NotificationSource",
        "key": "digest",
        "version_id": made.version_id,
        "categories": ["news", "offers"],
        "type": "workflow",
        "step_ref": "hello",
        "workflow_run_id": made.workflow_run_id,
        "workflow_recipient_run_id": made.id,
    }
    assert (message.recipient, message.actors, message.tenant) == (user("jane"), (user("bob"),), "acme")
    assert message.data == {"total": 4, "nested": {"a": [1]}}
    assert (message.inserted_at, message.scheduled_at) == (knock.clock.now, None)


def test_a_message_shows_who_somebody_was_when_it_was_made(knock: KnockFake, api: httpx.Client) -> None:
    (message,) = run(knock, api, [email("Hi {{ recipient.name }}", "B")]).messages
    api.put("/v1/users/jane", json={"name": "Janet", "email": "janet@example.com"}).raise_for_status()
    shown = content(api, message)
    assert (shown["to"], shown["subject_line"]) == ("jane@example.com", "Hi Jane")
    assert message.recipient_snapshot == {"email": "jane@example.com", "name": "Jane"}


def test_a_later_step_sees_who_somebody_has_become(knock: KnockFake, api: httpx.Client) -> None:
    made = run(knock, api, [delay("1h"), sms("Hi {{ recipient.name }}")])
    api.put("/v1/users/jane", json={"name": "Janet"}).raise_for_status()
    knock.clock.advance("1h")
    assert content(api, made.messages[0])["body"] == "Hi Janet"


# -- sandbox -----------------------------------------------------------------------------------------------


def test_in_sandbox_mode_every_message_but_the_feeds_is_made_and_not_sent(knock: KnockFake, api: httpx.Client) -> None:
    made = run(knock, api, [*EVERY_TYPE.values()], settings={"sandbox_mode": True})
    assert {message.channel.type: message.status for message in made.messages} == {
        "email": "not_sent",
        "sms": "not_sent",
        "push": "not_sent",
        "chat": "not_sent",
        "in_app_feed": "delivered",
        "http": "not_sent",
    }


def test_a_channel_in_sandbox_sends_nothing(knock: KnockFake, api: httpx.Client) -> None:
    knock.channels.add("trial", type="sms", sandbox=True)
    made = run(knock, api, [sms("Hi", channel_key="trial"), sms("Hi")])
    assert [message.status for message in made.messages] == ["not_sent", "delivered"]
    assert content(api, made.messages[0])["body"] == "Hi"

"""What providers are asked and answer: tokens that bounce, credentials that are refused, signatures, payloads."""

from __future__ import annotations

import hmac
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake, WorkflowDefinitionError
from knock_fake.state.references import user
from knock_fake.steps import chat, email, push, webhook
from tests.delivery.sending import CHAT_ID, JANE, PUSH_ID, trigger

if TYPE_CHECKING:
    import httpx

    from knock_fake.asking.message import Message
    from knock_fake.json_types import Json, JsonObject

DEVICES: JsonObject = {"tokens": ["a", "b"], "devices": [{"token": "a", "locale": "en"}, {"token": "c"}], "note": "x"}


def push_to(knock: KnockFake, step: JsonObject, data: JsonObject) -> list[Message]:
    knock.workflows.add("alert", steps=[step])
    return trigger(knock, "alert", {**JANE, "channel_data": {PUSH_ID: data}})


def stored(knock: KnockFake) -> JsonObject:
    return knock.state.channel_data.of(user("jane"))[PUSH_ID]


# -- bounces of push ---------------------------------------------------------------------------------------


def test_a_push_that_bounces_takes_its_token_from_the_recipient(knock: KnockFake) -> None:
    knock.delivery.bounce(channel="push", reason="unregistered")
    messages = push_to(knock, push("T", "B"), DEVICES)
    assert [message.content["token"] for message in messages] == ["a", "c", "b"]
    assert [message.events[-1].data for message in messages] == [
        {"failure_reason": "invalid_recipient", "failure_details": "unregistered", "token": token}
        for token in ("a", "c", "b")
    ]
    assert stored(knock) == {"tokens": [], "devices": [], "note": "x"}
    assert trigger(knock, "alert", "jane") == []
    assert "channel data" in str(knock.state.runs.all()[-1].events[1].data)


def test_only_the_token_that_bounced_is_taken(knock: KnockFake) -> None:
    knock.delivery.hold()
    messages = push_to(knock, push("T", "B"), DEVICES)
    messages[0].bounce()
    assert stored(knock) == {"tokens": ["b"], "devices": [{"token": "c"}], "note": "x"}


@pytest.mark.parametrize("data", [{"target_arns": ["a", "b"]}, {"devices": [{"target_arn": "a"}, {"target_arn": "b"}]}])
def test_targets_of_sns_are_taken_like_tokens(knock: KnockFake, data: JsonObject) -> None:
    channel = knock.channels.add("sns", type="push", provider="push_aws_sns")
    knock.workflows.add("alert", steps=[push("T", "B", channel_key="sns")])
    knock.delivery.bounce(channel="sns")
    trigger(knock, "alert", {"id": "jane", "channel_data": {channel.id: data}})
    kept = knock.state.channel_data.of(user("jane"))[channel.id]
    assert [*kept.values()] == [[]]


@pytest.mark.parametrize(
    ("setting", "override", "is_taken"),
    [(None, None, True), (True, None, True), (False, None, False), (False, True, True), (None, False, False)],
)
def test_channel_and_step_decide_whether_a_token_is_taken(
    knock: KnockFake, setting: bool | None, override: bool | None, is_taken: bool
) -> None:
    if setting is not None:
        knock.channels.configure("push", settings={"token_deregistration": setting})
    overrides: JsonObject = {} if override is None else {"token_deregistration": override}
    knock.delivery.bounce(channel="push")
    push_to(knock, push("T", "B", overrides=overrides), {"tokens": ["a"]})
    assert stored(knock) == {"tokens": [] if is_taken else ["a"]}


def test_where_devices_are_found_by_the_recipients_id_nothing_is_taken(knock: KnockFake) -> None:
    knock.channels.configure("push", settings={"recipient_mode": "external_id"})
    knock.delivery.bounce(channel="push")
    (message,) = push_to(knock, push("T", "B"), {"tokens": ["jane"]})
    assert (message.content["token"], message.status) == ("jane", "bounced")
    assert stored(knock) == {"tokens": ["jane"]}


# -- Slack -------------------------------------------------------------------------------------------------


def test_slack_refuses_a_token_that_it_does_not_take(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("alert", steps=[chat("B")])
    connection: Json = {"channel_id": "C1", "access_token": "xoxb-1"}
    jane: JsonObject = {"id": "jane", "channel_data": {CHAT_ID: {"connections": [connection]}}}
    (taken,) = trigger(knock, "alert", jane)
    knock.providers.slack.revoke("xoxb-1")
    (refused,) = trigger(knock, "alert", jane)
    assert (taken.status, refused.status) == ("sent", "undelivered")
    assert refused.events[-1].data == {"failure_reason": "fatal_error", "failure_details": "token_revoked"}
    (log,) = api.get(f"/v1/messages/{refused.id}/delivery_logs").json()["items"]
    assert log["response"]["body"] == {"ok": False, "error": "token_revoked"}


def test_slack_finds_the_recipient_by_email_where_channel_or_step_says_so(knock: KnockFake) -> None:
    identifier = knock.providers.slack.add_user("jane@example.com")
    resolving: JsonObject = {"email_based_user_id_resolution": True}
    knock.workflows.add("alert", steps=[chat("B"), chat("B", overrides=resolving)])
    tenant: Json = {"id": "acme", "channel_data": {CHAT_ID: {"token": {"access_token": "xoxb-acme"}}}}
    (message,) = trigger(knock, "alert", {"id": "jane", "email": "jane@example.com"}, tenant=tenant)
    assert message.content["connection"] == {"user_id": identifier, "access_token": "xoxb-acme"}
    knock.channels.configure("chat", settings=resolving)
    assert len(trigger(knock, "alert", "jane", tenant="acme")) == 2


@pytest.mark.parametrize(
    ("data", "status"),
    [({"channel": "C9"}, "sent"), ({}, "undelivered")],
)
def test_a_step_may_name_the_connection_itself(knock: KnockFake, data: JsonObject, status: str) -> None:
    connection = '{% if data.channel %}{"channel_id": "{{ data.channel }}"}{% endif %}'
    knock.workflows.add("alert", steps=[chat("B", connection=connection)])
    (message,) = trigger(knock, "alert", {"id": "bare"}, data=data)
    assert message.status == status
    assert message.content["connection"] == ({"channel_id": "C9"} if data else {})


# -- webhooks ----------------------------------------------------------------------------------------------


def test_a_webhook_is_signed_with_the_channels_key(knock: KnockFake, api: httpx.Client) -> None:
    knock.channels.configure("webhook", settings={"signing_key": "{{ vars.key }}"})
    knock.variables.set("key", "shh")
    knock.workflows.add("hook", steps=[webhook("https://hooks.example.com/", headers={"x-a": "1"}, body="{}")])
    knock.delivery.fail(attempts=1)
    (message,) = trigger(knock, "hook")
    knock.clock.advance("5s")
    signatures = []
    for log, at in zip(
        api.get(f"/v1/messages/{message.id}/delivery_logs").json()["items"],
        ("1767225605000", "1767225600000"),
        strict=True,
    ):
        headers = log["request"]["headers"]
        expected = b64encode(hmac.digest(b"shh", f"{at}.{{}}".encode(), "sha256")).decode()
        assert headers == {"x-a": "1", "x-webhook-signature": f"t={at},s={expected}"}
        signatures.append(headers["x-webhook-signature"])
    assert len({*signatures}) == 2


def test_a_webhook_whose_key_is_empty_is_not_called(knock: KnockFake) -> None:
    knock.channels.configure("webhook", settings={"signing_key": "{{ vars.missing }}"})
    knock.workflows.add("hook", steps=[webhook("https://hooks.example.com/")])
    (message,) = trigger(knock, "hook")
    assert (message.status, message.delivery_logs) == ("undelivered", ())
    assert message.events[-1].data == {
        "failure_reason": "fatal_error",
        "failure_details": "the signing key is empty, so the request cannot be signed",
    }


# -- email -------------------------------------------------------------------------------------------------


def test_an_email_carries_json_for_its_provider(knock: KnockFake, api: httpx.Client) -> None:
    overrides: JsonObject = {"json_overrides": '{"tags": ["{{ data.kind }}"]}'}
    knock.workflows.add("letter", steps=[email("S", "B", overrides=overrides)])
    (message,) = trigger(knock, "letter", data={"kind": "receipt"})
    (log,) = api.get(f"/v1/messages/{message.id}/delivery_logs").json()["items"]
    assert (log["request"]["body"]["tags"], log["request"]["body"]["to"]) == (["receipt"], "jane@example.com")
    assert "tags" not in message.content


def test_json_that_does_not_render_to_json_fails_the_step(knock: KnockFake) -> None:
    knock.workflows.add("letter", steps=[email("S", "B", overrides={"json_overrides": "{{ data.kind }}"})])
    assert trigger(knock, "letter", data={"kind": "receipt"}) == []
    (run,) = knock.state.runs
    assert "channel_overrides.json_overrides" in str(run.events[1].data)


def test_only_email_has_json_for_its_provider(knock: KnockFake) -> None:
    with pytest.raises(WorkflowDefinitionError) as refused:
        knock.workflows.add("alert", steps=[push("T", "B", overrides={"json_overrides": "{}"})])
    assert "channel_overrides: unknown key 'json_overrides' for push" in str(refused.value)

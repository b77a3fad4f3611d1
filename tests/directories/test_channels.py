from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.directories.channels import infer_type, named_channels, plan_channel, with_channel_types
from knock_fake.directories.documents import Document
from knock_fake.directories.resources import GUIDE, WORKFLOW

if TYPE_CHECKING:
    from knock_fake.directories.resources import Kind
    from knock_fake.json_types import Json, JsonObject


@pytest.mark.parametrize(
    ("step", "type_"),
    [
        ({"template": {"subject": "Hi"}}, "email"),
        ({"template": {"html_body": "Hi"}}, "email"),
        ({"template": {"visual_blocks": []}}, "email"),
        ({"template": {"title": "Hi", "text_body": "Hi"}}, "push"),
        ({"template": {"text_body": "Hi", "settings": {"delivery_type": "content"}}}, "push"),
        ({"template": {"text_body": "Hi"}}, "sms"),
        ({"template": {"text_body": "Hi", "settings": {"to_number": "1"}}}, "sms"),
        ({"template": {"markdown_body": "Hi", "action_url": "/"}}, "in_app_feed"),
        ({"template": {"markdown_body": "Hi", "action_buttons": []}}, "in_app_feed"),
        ({"template": {"json_body": "{}"}}, "chat"),
        ({"template": {"markdown_body": "Hi", "summary": "Hi"}}, "chat"),
        ({"template": {"method": "post", "url": "https://example.com"}}, "http"),
        ({"ref": "chat_1", "template": {"markdown_body": "Hi"}}, "chat"),
        ({"ref": "in_app_feed_12", "template": {"markdown_body": "Hi"}}, "in_app_feed"),
        ({"ref": "say_hi", "channel_key": "collab-slack-bot", "template": {"markdown_body": "Hi"}}, "chat"),
        ({"ref": "say_hi", "channel_key": "knock-feed", "template": {"markdown_body": "Hi"}}, "in_app_feed"),
        ({"ref": "say_hi", "channel_key": "x", "template": {"markdown_body": "Hi"}}, None),
        ({"ref": 5, "channel_key": 5, "template": []}, None),
        ({}, None),
    ],
)
def test_the_type_of_an_older_step_is_told_by_its_template_and_names(step: JsonObject, type_: str | None) -> None:
    assert infer_type(step) == type_


def test_a_channel_that_is_there_tells_its_type_best() -> None:
    step: JsonObject = {"type": "channel", "channel_key": "mine", "template": {"subject": "Hi"}}
    assert with_channel_types([step], {"mine": "sms"}) == [{**step, "channel_type": "sms"}]


def test_steps_in_branches_get_their_types_too() -> None:
    old: JsonObject = {"type": "channel", "channel_key": "a", "template": {"subject": "Hi"}}
    typed: JsonObject = {**old, "channel_type": "email"}
    given: Json = [
        {"type": "branch", "branches": [{"name": "x", "steps": [old, {"cohort_branches": [{"steps": [old]}]}]}]}
    ]
    assert with_channel_types(given, {}) == [
        {"type": "branch", "branches": [{"name": "x", "steps": [typed, {"cohort_branches": [{"steps": [typed]}]}]}]}
    ]


@pytest.mark.parametrize(
    "steps",
    [
        None,
        5,
        [5, None, "a"],
        [{"type": "channel", "channel_type": "telex"}],
        [{"type": "delay", "template": {"subject": 1}}],
        [{"branches": [1, {"steps": 5}]}],
    ],
)
def test_all_else_stays_as_it_is(steps: Json) -> None:
    assert with_channel_types(steps, {}) == steps


def document(kind: Kind, content: JsonObject) -> Document:
    return Document(kind, "x", "x.json", content)


def test_channels_are_named_by_steps_at_any_depth_and_by_guides() -> None:
    steps: list[Json] = [
        {"type": "channel", "channel_key": "postmark", "channel_type": "email"},
        {"type": "channel", "channel_key": "old", "template": {"title": "Hi"}},
        {"type": "channel", "channel_key": "unclear", "template": {"markdown_body": "Hi"}},
        {"type": "channel", "channel_type": "email"},
        {"type": "channel", "channel_key": "odd", "channel_type": "telex"},
        {"type": "channel", "channel_key": 5, "channel_type": ["email"]},
        {"type": "batch", "channel_key": "no-channel-step", "channel_type": "email"},
        {"branches": [{"steps": [{"type": "channel", "channel_key": "twilio", "channel_type": "sms"}]}]},
        {"type": "channel", "channel_key": "postmark", "channel_type": "sms"},
    ]
    documents = [document(WORKFLOW, {"steps": steps}), document(GUIDE, {"channel_key": "knock-guide"})]
    assert named_channels(documents) == {
        "postmark": "email",
        "old": "push",
        "twilio": "sms",
        "knock-guide": "in_app_guide",
    }


@pytest.mark.parametrize(
    ("key", "type_", "provider"),
    [
        ("postmark", "email", "postmark"),
        ("resend-transactional", "email", "resend"),
        ("newsletters", "email", "sendgrid"),
        ("twilio", "sms", "twilio"),
        ("apns", "push", "push_apns"),
        ("Expo_push", "push", "push_expo"),
        ("mobile", "push", "push_fcm"),
        ("collab-io-slack-bot", "chat", "chat_slack"),
        ("ms-teams", "chat", "chat_ms_teams"),
        ("discord", "chat", "chat_discord"),
        ("slack", "email", "sendgrid"),
        ("knock-feed", "in_app_feed", "in_app_feed_knock"),
        ("hooks", "http", "http_knock_webhook"),
        ("knock-guide", "in_app_guide", "in_app_guide_knock"),
    ],
)
def test_the_provider_is_the_one_that_the_key_names(key: str, type_: str, provider: str) -> None:
    assert plan_channel(key, type_).provider == provider


def test_an_id_is_made_from_the_key_alone() -> None:
    assert plan_channel("postmark", "email").id == plan_channel("postmark", "sms").id
    assert plan_channel("postmark", "email").id == "3225eef4-c10c-4de0-9b76-8220cbe4d0ed"
    assert plan_channel("postmark-2", "email").id != plan_channel("postmark", "email").id

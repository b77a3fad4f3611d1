"""What messages say, and what their providers were asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.steps import chat, email, in_app_feed, push, sms, webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import JsonObject

PUSH = "33333333-3333-4333-8333-333333333333"
CHAT = "44444444-4444-4444-8444-444444444444"
START = "2026-01-01T00:00:00.000000Z"


def made(api: httpx.Client, knock: KnockFake, step: JsonObject) -> str:
    """Run one step for Jane, who can be reached everywhere; return the id of its message."""
    knock.workflows.add("one", steps=[step])
    jane = {
        "id": "jane",
        "name": "Jane",
        "email": "jane@example.com",
        "phone_number": "+15550100",
        "channel_data": {PUSH: {"tokens": ["token"]}, CHAT: {"connections": [{"channel_id": "C1"}]}},
    }
    api.post("/v1/workflows/one/trigger", json={"recipients": [jane]})
    (message,) = knock.state.messages
    return message.id


CONTENTS: list[tuple[JsonObject, JsonObject]] = [
    (
        email("Hi {{ recipient.name }}", "<p>Hello</p>"),
        {
            "__typename": "MessageEmailContent",
            "to": "jane@example.com",
            "from": "notifications@example.com",
            "cc": None,
            "bcc": None,
            "reply_to": None,
            "subject_line": "Hi Jane",
            "html_body": "<p>Hello</p>",
            "text_body": "Hello",
        },
    ),
    (
        sms("Hi {{ recipient.name }}"),
        {"__typename": "MessageSmsContent", "to": "+15550100", "body": "Hi Jane"},
    ),
    (
        chat("Hi {{ recipient.name }}"),
        {
            "__typename": "MessageChatContent",
            "connection": {"channel_id": "C1"},
            "template": {
                "summary": None,
                "blocks": [{"name": "body", "type": "markdown", "content": "Hi Jane"}],
                "json_content": None,
            },
            "metadata": None,
        },
    ),
    (
        in_app_feed("Hi **{{ recipient.name }}**"),
        {
            "__typename": "MessageInAppFeedContent",
            "blocks": [
                {
                    "name": "body",
                    "type": "markdown",
                    "content": "Hi **{{ recipient.name }}**",
                    "rendered": "<p>Hi <strong>Jane</strong></p>",
                }
            ],
        },
    ),
    (
        webhook("https://example.com/in?a=1", "put", headers={"x-a": "b"}, query_params={"q": "1"}, body="{}"),
        {
            "__typename": "MessageHttpContent",
            "method": "PUT",
            "url": "https://example.com/in?a=1",
            "headers": {"x-a": "b"},
            "query": {"q": "1"},
            "body": "{}",
        },
    ),
]


@pytest.mark.parametrize(("step", "data"), CONTENTS, ids=[str(data["__typename"]) for _, data in CONTENTS])
def test_the_content_of_a_message_by_channel_type(
    api: httpx.Client, knock: KnockFake, step: JsonObject, data: JsonObject
) -> None:
    message = made(api, knock, step)
    assert api.get(f"/v1/messages/{message}/content").json() == {
        "__typename": "MessageContent",
        "id": message,
        "message_id": message,
        "data": data,
        "inserted_at": START,
    }


def test_the_content_of_a_push_names_its_token_and_its_message(api: httpx.Client, knock: KnockFake) -> None:
    message = made(api, knock, push("Hi {{ recipient.name }}", "there", payload={"sound": "bell"}))
    data = api.get(f"/v1/messages/{message}/content").json()["data"]
    pushed = {name: data[name] for name in ("__typename", "token", "title", "body")}
    expected = {"__typename": "MessagePushContent", "token": "token", "title": "Hi Jane", "body": "there"}
    assert pushed == expected
    assert data["data"]["knock_message_id"] == message


@pytest.mark.parametrize(
    ("step", "service", "method", "host", "path", "query"),
    [
        (email("Hi", "Hi"), "SendGrid", "POST", "api.sendgrid.com", "/v3/mail/send", None),
        (sms("Hi"), "Twilio", "POST", "api.twilio.com", "/2010-04-01/Messages.json", None),
        (push("Hi", "Hi"), "FCM", "POST", "fcm.googleapis.com", "/v1/messages:send", None),
        (chat("Hi"), "Slack", "POST", "slack.com", "/api/chat.postMessage", None),
        (webhook("https://example.com"), "Webhook", "POST", "example.com", "/", None),
        (
            webhook("https://example.com/in?a=1", "put", query_params={"b": "x y"}),
            "Webhook",
            "PUT",
            "example.com",
            "/in",
            "a=1&b=x+y",
        ),
        (
            webhook("https://example.com:8080", "get", query_params={"b": "1"}),
            "Webhook",
            "GET",
            "example.com:8080",
            "/",
            "b=1",
        ),
    ],
)
def test_a_delivery_log_tells_what_the_provider_was_asked(
    api: httpx.Client,
    knock: KnockFake,
    step: JsonObject,
    service: str,
    method: str,
    host: str,
    path: str,
    query: str | None,
) -> None:
    message = made(api, knock, step)
    (log,) = api.get(f"/v1/messages/{message}/delivery_logs").json()["items"]
    asked = log["request"]
    assert (log["service_name"], asked["method"], asked["host"]) == (service, method, host)
    assert (asked["path"], asked["query"], log["response"]["status"]) == (path, query, 200)


def test_feed_items_have_no_delivery_logs(api: httpx.Client, notify: Callable[..., list[str]]) -> None:
    (message,) = notify()
    info = {"__typename": "PageInfo", "after": None, "before": None, "page_size": 50}
    assert api.get(f"/v1/messages/{message}/delivery_logs").json() == {"items": [], "page_info": info}


def test_the_contents_of_many_messages_come_in_the_order_asked(
    api: httpx.Client, notify: Callable[..., list[str]]
) -> None:
    (first,), (second,) = notify(), notify(workflow="letter")
    contents = api.get(f"/v1/messages/batch/content?message_ids[]={second}&message_ids[]={first}")
    alone = [api.get(f"/v1/messages/{one}/content").json() for one in (second, first)]
    assert (contents.status_code, contents.json()) == (200, alone)


def test_one_unknown_message_refuses_a_batch_of_contents(api: httpx.Client, notify: Callable[..., list[str]]) -> None:
    (message,) = notify()
    refused = api.get(f"/v1/messages/batch/content?message_ids[]={message}&message_ids[]=unknown")
    assert (refused.status_code, refused.json()["code"]) == (404, "resource_missing")
    assert refused.headers["x-knock-fake-hint"] == "there is no message 'unknown'"


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("", ("message_ids", "is required", "required")),
        (
            "&".join(["message_ids[]=x"] * 26),
            ("message_ids", "has more than 25 entries", "length"),
        ),
    ],
)
def test_a_batch_of_contents_has_1_to_25_ids(api: httpx.Client, query: str, error: tuple[str, str, str]) -> None:
    refused = api.get(f"/v1/messages/batch/content?{query}")
    assert refused.status_code == 422
    assert refused.json()["errors"] == [dict(zip(("field", "message", "type"), error, strict=True))]

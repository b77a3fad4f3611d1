"""Sending in tests of delivery: a workflow with a step of every channel type, and what became of its messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from knock_fake.gateway.call import Call
from knock_fake.steps import chat, email, in_app_feed, push, sms, webhook

if TYPE_CHECKING:
    from datetime import datetime

    from knock_fake import KnockFake
    from knock_fake.asking.message import Message
    from knock_fake.json_types import Json, JsonObject

PUSH_ID, CHAT_ID = "33333333-3333-4333-8333-333333333333", "44444444-4444-4444-8444-444444444444"
JANE: JsonObject = {
    "id": "jane",
    "name": "Jane",
    "email": "jane@example.com",
    "phone_number": "+15550001",
    "channel_data": {PUSH_ID: {"tokens": ["device-1"]}, CHAT_ID: {"connections": [{"channel_id": "C1"}]}},
}
STEPS: dict[str, JsonObject] = {
    "email": email("Subject", "<p>Body</p>"),
    "sms": sms("Body"),
    "push": push("Title", "Body"),
    "chat": chat("Body"),
    "http": webhook("https://hooks.example.com/"),
    "in_app_feed": in_app_feed("Body"),
}


def trigger(knock: KnockFake, key: str, recipient: Json = None, **body: Json) -> list[Message]:
    """Trigger a workflow for one recipient, Jane unless told otherwise; return the messages that it made at once."""
    before = len(knock.messages)
    sent = orjson.dumps({"recipients": [JANE if recipient is None else recipient], **body})
    headers = {"authorization": f"Bearer {knock.secret_key}", "content-type": "application/json"}
    reply = knock.handle(Call("POST", f"/v1/workflows/{key}/trigger", headers=headers, body=sent))
    assert reply.status == 200, reply.body
    return [*knock.messages][before:]


def send(knock: KnockFake, channel_type: str, **body: Json) -> Message:
    """Send Jane a message on the first channel of a type."""
    if "digest" not in knock.workflows:
        knock.workflows.add("digest", steps=[*STEPS.values()])
    key = f"only-{channel_type.replace('_', '-')}"
    if key not in knock.workflows:
        knock.workflows.add(key, steps=[STEPS[channel_type]])
    (message,) = trigger(knock, key, **body)
    return message


def history(message: Message, start: datetime) -> list[tuple[str, float]]:
    """Return the events of a message with the seconds from an instant to each."""
    return [(event.type, (event.at - start).total_seconds()) for event in message.events]

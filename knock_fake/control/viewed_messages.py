"""Messages as somebody sees them who looks into the world: a line in a list, and everything about one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.shown_messages import show_channel, show_content
from knock_fake.asking.message import Message
from knock_fake.asking.plain import plain
from knock_fake.delivery.journeys import good_end
from knock_fake.delivery.providers import show_exchange
from knock_fake.delivery.transitions import route
from knock_fake.explaining.records import explain_record
from knock_fake.state.messages import ENGAGEMENTS
from knock_fake.timestamps import show_instant, show_optional_instant
from knock_fake.workflows.content.plain_text import html_to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from knock_fake.core import Core
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state import messages as records

TITLE_LENGTH = 160
"""How many characters of a message its line shows."""

_REACHED = ("sent", "delivered")


def view_line(core: Core, message: records.Message) -> JsonObject:
    """Return what a list shows of a message."""
    recipient = core.state.recipients.get(message.recipient)
    source = message.source
    return {
        "id": message.id,
        "title": title_of(message),
        "channel": show_channel(message.channel),
        "recipient": message.recipient.shown(),
        "recipient_name": None if recipient is None else recipient.text("name"),
        "tenant": message.tenant,
        "source_type": source.type,
        "source_key": source.key,
        "step_ref": source.step_ref,
        "run_id": message.workflow_recipient_run_id,
        "status": message.status,
        "engagements": [one for one in ENGAGEMENTS if message.engaged_at(one) is not None],
        "inserted_at": show_instant(message.inserted_at),
        "scheduled_at": show_optional_instant(message.scheduled_at),
    }


def view_message(core: Core, message: records.Message, base_url: str) -> JsonObject:
    """Return everything about a message, and what its provider and its recipient could do with it now.

    Args:
        core: the parts of the world that it belongs to.
        message: the message.
        base_url: where the addresses in it that lead to Knock itself are to lead.
    """
    asked = Message(core, message)
    attempts: list[JsonObject] = [
        {"attempt": log.attempt, "at": show_instant(log.at), **show_exchange(message, log)}
        for log in message.delivery_logs
    ]
    return {
        **view_line(core, message),
        "content": show_content(message, base_url)["data"],
        "attachments": [*asked.attachments],
        "actors": plain(asked.actors),
        "data": message.data,
        "metadata": message.metadata,
        "links": [*asked.links],
        "events": [{"type": one.type, "at": show_instant(one.at), "data": one.data} for one in message.events],
        "delivery_logs": [*attempts],
        "verbs": [*possible_verbs(core, message)],
        "explanation": None if message.run is None else explain_record(message.run, core.state.webhooks).to_json(),
    }


def possible_verbs(core: Core, message: records.Message) -> list[str]:
    """Return the verbs of ``POST /_fake/messages/{message_id}/{verb}`` that a message takes as it is now."""
    kind, status = message.channel.type, message.status
    goals: tuple[tuple[str, records.DeliveryStatus], ...]
    goals = (("deliver", good_end(kind)), ("bounce", "bounced"), ("undeliver", "undelivered"))
    verbs = [verb for verb, goal in goals if goal != status and route(kind, status, goal)]
    if status not in _REACHED:
        return verbs
    verbs += ["open"] * message.options.tracks_opens
    verbs += ["click"] * bool(core.state.tracked_links.of(message.id))
    return [*verbs, "see", "read", "interact", "archive"]


def title_of(message: records.Message) -> str:
    """Return the line by which somebody knows a message again: its subject, or how its text begins."""
    told = _TITLES.get(message.channel.type, _guide_title)(message.content)
    line = " ".join(told.split()) or message.source.key
    return line if len(line) <= TITLE_LENGTH else f"{line[: TITLE_LENGTH - 1]}…"


def texts_of(content: Json) -> Iterator[str]:
    """Yield every text that a message's content holds, apart from the names of its kinds."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list):
        held = content if isinstance(content, list) else [one for key, one in content.items() if key != "__typename"]
        for one in held:
            yield from texts_of(one)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _email_title(content: JsonObject) -> str:
    return _text(content.get("subject_line"))


def _sms_title(content: JsonObject) -> str:
    return _text(content.get("body"))


def _push_title(content: JsonObject) -> str:
    return " — ".join(filter(None, (_text(content.get("title")), _text(content.get("body")))))


def _chat_title(content: JsonObject) -> str:
    template = content.get("template")
    if not isinstance(template, dict):
        return ""
    return _text(template.get("summary")) or " ".join(_texts(template.get("blocks"), "content"))


def _feed_title(content: JsonObject) -> str:
    return " ".join(map(html_to_text, _texts(content.get("blocks"), "rendered")))


def _http_title(content: JsonObject) -> str:
    return f"{_text(content.get('method'))} {_text(content.get('url'))}"


def _guide_title(_content: JsonObject) -> str:
    return ""


def _texts(blocks: Json, name: str) -> list[str]:
    return [_text(one.get(name)) for one in blocks if isinstance(one, dict)] if isinstance(blocks, list) else []


_TITLES: dict[str, Callable[[JsonObject], str]] = {
    "email": _email_title,
    "sms": _sms_title,
    "push": _push_title,
    "chat": _chat_title,
    "in_app_feed": _feed_title,
    "http": _http_title,
}

"""The channels that steps and guides of a directory name: channels themselves do not stand on disk.

A channel that the world does not have is added with what its key and its steps tell: the type is that of the step, the
provider is the one that the key names, and the id is made from the key alone, so that it is the same in every world.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING
from uuid import UUID

from knock_fake.directories.resources import GUIDE, WORKFLOW
from knock_fake.json_types import as_list, as_object
from knock_fake.state.channels import DEFAULT_PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from knock_fake.directories.documents import Document
    from knock_fake.json_types import Json, JsonObject

_PROVIDERS: Mapping[str, Mapping[str, str]] = {
    "email": {
        name: name
        for name in (
            "mailersend",
            "mailgun",
            "mailjet",
            "mandrill",
            "postmark",
            "resend",
            "sendgrid",
            "sparkpost",
        )
    },
    "sms": {name: name for name in ("plivo", "sinch", "telnyx", "twilio", "vonage")},
    "push": {
        "apns": "push_apns",
        "expo": "push_expo",
        "fcm": "push_fcm",
        "firebase": "push_fcm",
        "onesignal": "push_one_signal",
        "sns": "push_aws_sns",
    },
    "chat": {
        "discord": "chat_discord",
        "slack": "chat_slack",
        "teams": "chat_ms_teams",
        "whatsapp": "chat_whatsapp",
    },
}
"""The providers that a word of a channel's key stands for, by the type of the channel."""

_FIELDS: Mapping[str, frozenset[str]] = {
    "email": frozenset({"subject", "html_body", "visual_blocks", "is_mjml"}),
    "push": frozenset({"title"}),
    "in_app_feed": frozenset({"action_url", "action_buttons"}),
    "chat": frozenset({"json_body", "summary"}),
    "http": frozenset({"url", "method"}),
}
"""The template fields that only one type of channel has."""


@dataclass(frozen=True, slots=True)
class PlannedChannel:
    """A channel that is to be added."""

    key: str
    type: str
    provider: str
    id: str


def plan_channel(key: str, type_: str) -> PlannedChannel:
    """Return the channel that a world gets for a key which it does not have (our choice)."""
    words = re.split(r"[^a-z0-9]+", key.lower())
    known = _PROVIDERS.get(type_, {})
    provider = next((known[word] for word in words if word in known), DEFAULT_PROVIDERS[type_])
    digest = blake2b(key.encode(), person=b"knock_channel", digest_size=16).digest()
    return PlannedChannel(key, type_, provider, str(UUID(bytes=digest, version=4)))


def named_channels(documents: Iterable[Document]) -> dict[str, str]:
    """Return the channels that steps and guides name and that can be made: the type of each by its key.

    The first who names one decides on its type: whoever comes later and does not agree is refused by the compiler.
    """
    named: dict[str, str] = {}
    for document in documents:
        for key, type_ in _channels_of(document):
            if isinstance(key, str) and key and isinstance(type_, str) and type_ in DEFAULT_PROVIDERS:
                named.setdefault(key, type_)
    return named


def _channels_of(document: Document) -> Iterator[tuple[Json, Json]]:
    if document.kind is GUIDE:
        yield document.content.get("channel_key"), "in_app_guide"
    elif document.kind is WORKFLOW:
        for step in _steps_within(document.content.get("steps")):
            if step.get("type") == "channel":
                yield step.get("channel_key"), step.get("channel_type") or infer_type(step)


def with_channel_types(steps: Json, channel_types: Mapping[str, str]) -> Json:
    """Return steps in which every channel step has a ``channel_type``, as far as its type can be told.

    Files from before that field was added have only ``channel_key``: the type is that of the channel, if there is one,
    and else that of the template (our choice).
    """
    if isinstance(steps, list):
        return [with_channel_types(step, channel_types) for step in steps]
    if not isinstance(steps, dict):
        return steps
    typed = {key: _within(value, channel_types) for key, value in steps.items()}
    key = typed.get("channel_key")
    if typed.get("type") != "channel" or typed.get("channel_type") is not None:
        return typed
    type_ = channel_types.get(key) if isinstance(key, str) else None
    return typed if (found := type_ or infer_type(typed)) is None else {**typed, "channel_type": found}


def _within(value: Json, channel_types: Mapping[str, str]) -> Json:
    """Return what a step holds; steps stand in the branches that it may have."""
    if not isinstance(value, list):
        return value
    return [_branch(one, channel_types) if isinstance(one, dict) and "steps" in one else one for one in value]


def _branch(branch: JsonObject, channel_types: Mapping[str, str]) -> JsonObject:
    return {**branch, "steps": with_channel_types(branch["steps"], channel_types)}


def _steps_within(steps: Json) -> Iterator[JsonObject]:
    for step in as_list(steps):
        if isinstance(step, dict):
            yield step
            for value in step.values():
                for one in as_list(value):
                    if isinstance(one, dict):
                        yield from _steps_within(one.get("steps"))


def infer_type(step: JsonObject) -> str | None:
    """Return the type that a channel step without one must be of, ``None`` where nothing tells."""
    template = step.get("template")
    fields = as_object(template)
    for type_, own in _FIELDS.items():
        if any(field in own for field in fields):
            return type_
    settings = fields.get("settings")
    if isinstance(settings, dict) and "delivery_type" in settings:
        return "push"
    if "text_body" in fields:
        return "sms"
    return _type_by_name(step)


def _type_by_name(step: JsonObject) -> str | None:
    """Return what the names tell: ``chat_1`` and ``in_app_feed_1`` are the refs that Knock makes up."""
    ref, key = step.get("ref"), step.get("channel_key")
    stem = re.sub(r"_\d+$", "", ref) if isinstance(ref, str) else ""
    if stem in DEFAULT_PROVIDERS:
        return stem
    words = re.split(r"[^a-z0-9]+", key.lower()) if isinstance(key, str) else []
    if "chat" in words or any(word in _PROVIDERS["chat"] for word in words):
        return "chat"
    return "in_app_feed" if "feed" in words else None

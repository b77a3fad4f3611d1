"""Message content: what the template of a channel step compiles to and renders, one module a channel type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError, nearest
from knock_fake.workflows.content.channel_template import ChannelTemplate
from knock_fake.workflows.content.chat import assemble_chat, compile_chat
from knock_fake.workflows.content.email import assemble_email, compile_email
from knock_fake.workflows.content.http import assemble_http, compile_http
from knock_fake.workflows.content.in_app_feed import assemble_in_app_feed, compile_in_app_feed
from knock_fake.workflows.content.push import assemble_push, compile_push
from knock_fake.workflows.content.sms import assemble_sms, compile_sms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knock_fake.json_types import Json, JsonObject

__all__ = ["ChannelTemplate", "assemble_content", "compile_channel_template"]


@dataclass(frozen=True, slots=True)
class _ContentType:
    compile: Callable[[Json, str], ChannelTemplate]
    assemble: Callable[[JsonObject, JsonObject, str], JsonObject]


_TYPES: Mapping[str, _ContentType] = {
    "chat": _ContentType(compile_chat, assemble_chat),
    "email": _ContentType(compile_email, assemble_email),
    "http": _ContentType(compile_http, assemble_http),
    "in_app_feed": _ContentType(compile_in_app_feed, assemble_in_app_feed),
    "push": _ContentType(compile_push, assemble_push),
    "sms": _ContentType(compile_sms, assemble_sms),
}


def compile_channel_template(channel_type: str, template: Json, place: str) -> ChannelTemplate:
    """Compile the template of a channel step.

    Args:
        channel_type: ``email``, ``sms``, ``push``, ``chat``, ``in_app_feed`` or ``http``.
        template: the template's JSON (the workflow step schemas of Knock's API reference).
        place: where it stands, such as ``workflow 'x': steps[0].template``.

    Raises:
        WorkflowDefinitionError: the template is malformed, or asks for what this version cannot honour.
    """
    if channel_type not in _TYPES:
        problem = f"channels of type {channel_type!r} have no template"
        raise WorkflowDefinitionError(f"{place}: {problem}; {nearest(channel_type, [*_TYPES])}")
    return _TYPES[channel_type].compile(template, place)


def assemble_content(channel_type: str, rendered: JsonObject, address: JsonObject, message_id: str) -> JsonObject:
    """Return the whole content of a message (the message content schemas of Knock's API reference).

    Args:
        channel_type: the type of the channel.
        rendered: what the template gave.
        address: what the address adds, such as ``to`` and ``from`` of an email.
        message_id: the id of the message.
    """
    return _TYPES[channel_type].assemble(rendered, address, message_id)

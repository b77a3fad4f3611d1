"""Builders of channel steps: one for each type of channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from knock_fake.errors import UsageError
from knock_fake.steps._arguments import (
    flag,
    given,
    json_objects,
    pairs,
    refuse,
    require_one,
    required_text,
    text,
    text_or_object,
)
from knock_fake.steps._options import ChannelOptions, read_options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from knock_fake.json_types import Json, JsonObject


def email(
    subject: str,
    body: str | None = None,
    *,
    text_body: str | None = None,
    visual_blocks: Sequence[JsonObject] | None = None,
    layout: str | None = None,
    preview_text: str | None = None,
    pre_content: str | None = None,
    attachment_key: str | None = None,
    is_mjml: bool = False,
    **options: Unpack[ChannelOptions],
) -> JsonObject:
    """Return a step that sends an email.

    Args:
        subject: the subject line.
        body: the HTML body; leave it out exactly when there are visual blocks.
        text_body: the text version; without one it is made from the HTML.
        visual_blocks: the body as visual blocks, such as ``[{"type": "markdown", "content": "Hi"}]``.
        layout: the key of the layout around both versions, such as ``"default"``; without one they stand alone.
        preview_text: what the layout shows as ``preview_text``, where it has a slot for that.
        pre_content: Liquid that runs before the bodies and their layout, for assignments.
        attachment_key: where in the trigger's data the files are; ``attachments`` when left out.
        is_mjml: whether the body is MJML; it stays as it is.
        options: what every channel step can have, see :class:`ChannelOptions`.

    Raises:
        UsageError: there is not exactly one of ``body`` and ``visual_blocks``.
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    require_one("email", body=body, visual_blocks=visual_blocks)
    template: JsonObject = {
        "subject": required_text("email", "subject", subject),
        "html_body": text("email", "body", body),
        "visual_blocks": json_objects("email", "visual_blocks", visual_blocks),
        "text_body": text("email", "text_body", text_body),
        "is_mjml": flag("email", "is_mjml", is_mjml) or None,
        "settings": given(
            {
                "layout_key": text("email", "layout", layout),
                "preview_text": text("email", "preview_text", preview_text),
                "pre_content": text("email", "pre_content", pre_content),
                "attachment_key": text("email", "attachment_key", attachment_key),
            }
        ),
    }
    return _channel_step("email", "email", template, options)


def sms(
    body: str,
    *,
    to_number: str | None = None,
    payload: str | Mapping[str, Json] | None = None,
    **options: Unpack[ChannelOptions],
) -> JsonObject:
    """Return a step that sends a text message.

    Args:
        body: the text.
        to_number: the number to send to instead of the recipient's ``phone_number``.
        payload: what to add to the provider's request (``payload_overrides``): an object, or Liquid that renders to
            one.
        options: what every channel step can have, see :class:`ChannelOptions`.

    Raises:
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    settings = given(
        {
            "to_number": text("sms", "to_number", to_number),
            "payload_overrides": text_or_object("sms", "payload", payload),
        }
    )
    template: JsonObject = {"text_body": required_text("sms", "body", body), "settings": settings or None}
    return _channel_step("sms", "sms", template, options)


def push(
    title: str | None = None,
    body: str | None = None,
    *,
    silent: bool = False,
    payload: str | Mapping[str, Json] | None = None,
    **options: Unpack[ChannelOptions],
) -> JsonObject:
    """Return a step that sends a push notification.

    Args:
        title: the title; needed unless the push is silent.
        body: the text; needed unless the push is silent.
        silent: whether the push carries only its payload.
        payload: what to add to the payload (``payload_overrides``): an object, or Liquid that renders to one.
        options: what every channel step can have, see :class:`ChannelOptions`.

    Raises:
        UsageError: title or body is left out, and the push is not silent.
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    if not flag("push", "silent", silent) and (title is None or body is None):
        raise UsageError("push() needs a title and a body, or silent=True")
    template: JsonObject = {
        "title": text("push", "title", title),
        "text_body": text("push", "body", body),
        "settings": given(
            {
                "delivery_type": "silent" if silent else "content",
                "payload_overrides": text_or_object("push", "payload", payload),
            }
        ),
    }
    return _channel_step("push", "push", template, options)


def chat(
    body: str | None = None,
    summary: str | None = None,
    *,
    json_body: str | Mapping[str, Json] | None = None,
    connection: str | None = None,
    **options: Unpack[ChannelOptions],
) -> JsonObject:
    """Return a step that sends a chat message.

    Args:
        body: the message as Markdown; leave it out exactly when there is a ``json_body``.
        summary: the short text that notifications of the chat app show.
        json_body: the message in the provider's own JSON: an object, or Liquid that renders to one.
        connection: Liquid that renders to the JSON of the one connection to send to, instead of the recipient's.
        options: what every channel step can have, see :class:`ChannelOptions`.

    Raises:
        UsageError: there is not exactly one of ``body`` and ``json_body``.
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    require_one("chat", body=body, json_body=json_body)
    template: JsonObject = {
        "markdown_body": text("chat", "body", body),
        "json_body": text_or_object("chat", "json_body", json_body),
        "summary": text("chat", "summary", summary),
        "settings": given({"connection": text("chat", "connection", connection)}) or None,
    }
    return _channel_step("chat", "chat", template, options)


def in_app_feed(
    body: str,
    action_url: str | None = None,
    buttons: Sequence[tuple[str, str]] = (),
    **options: Unpack[ChannelOptions],
) -> JsonObject:
    """Return a step that puts an item into the recipient's in-app feed.

    Args:
        body: the item as Markdown.
        action_url: where a click on the item leads.
        buttons: one or two pairs of label and URL, the primary button first.
        options: what every channel step can have, see :class:`ChannelOptions`.

    Raises:
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    template: JsonObject = {
        "markdown_body": required_text("in_app_feed", "body", body),
        "action_url": text("in_app_feed", "action_url", action_url),
        "action_buttons": _buttons(buttons) or None,
    }
    return _channel_step("in_app_feed", "in_app_feed", template, options)


def webhook(
    url: str | None = None,
    method: str = "post",
    *,
    headers: Mapping[str, str] | None = None,
    query_params: Mapping[str, str] | None = None,
    body: str | None = None,
    inputs: str | Mapping[str, Json] | None = None,
    **options: Unpack[ChannelOptions],
) -> JsonObject:
    """Return a step that sends an HTTP request on a webhook channel.

    Args:
        url: the address; left out, the step sends the request that its channel is configured with.
        method: ``get``, ``post``, ``put``, ``patch`` or ``delete``.
        headers: headers by name.
        query_params: query parameters by name.
        body: the body, mostly Liquid that renders to JSON.
        inputs: what the other fields see as ``inputs``: an object, or Liquid that renders to one.
        options: what every channel step can have, see :class:`ChannelOptions`.

    Raises:
        UsageError: there is no URL, and something else of a request is given.
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    given_inputs = text_or_object("webhook", "inputs", inputs)
    if url is None:
        _refuse_without_url(
            method=None if method == "post" else method, headers=headers, query_params=query_params, body=body
        )
        template: JsonObject | None = None if given_inputs is None else {"inputs": given_inputs}
        return _channel_step("webhook", "http", template, options)
    template = {
        "method": required_text("webhook", "method", method).lower(),
        "url": required_text("webhook", "url", url),
        "headers": pairs("webhook", "headers", headers),
        "query_params": pairs("webhook", "query_params", query_params),
        "body": text("webhook", "body", body),
        "inputs": given_inputs,
    }
    return _channel_step("webhook", "http", template, options)


def _refuse_without_url(**arguments: object) -> None:
    named = [name for name, value in arguments.items() if value is not None]
    if named:
        raise UsageError(f"webhook() without a url sends its channel's request: leave {', '.join(named)} out")


def _channel_step(builder: str, channel_type: str, template: JsonObject | None, options: ChannelOptions) -> JsonObject:
    read = read_options(builder, options, ChannelOptions)
    overrides = read.pop("overrides", None)
    return given(
        {
            "type": "channel",
            "channel_type": channel_type,
            **read,
            "channel_overrides": overrides,
            "template": None if template is None else given(template),
        }
    )


def _buttons(buttons: Sequence[tuple[str, str]]) -> list[Json]:
    if not isinstance(buttons, list | tuple):
        refuse("in_app_feed", "buttons", "pairs of label and URL", buttons)
    return [_button(f"buttons[{index}]", button) for index, button in enumerate(buttons)]


def _button(argument: str, button: object) -> JsonObject:
    if not isinstance(button, list | tuple) or len(button) != 2:
        refuse("in_app_feed", argument, "a pair of label and URL", button)
    label, action = button
    return {
        "label": required_text("in_app_feed", argument, label),
        "action": required_text("in_app_feed", argument, action),
    }

"""Builders of workflow steps: typed functions that return Knock's own step JSON.

    >>> from knock_fake.steps import delay, email
    >>> delay("2h")
    {'type': 'delay', 'settings': {'delay_for': {'unit': 'hours', 'value': 2}}}

Every text of a template is Liquid and sees the variables of the run, such as ``{{ recipient.name }}`` and
``{{ data.total }}``. A builder looks at the types of its arguments only; whether the step can be run is
checked when the workflow is added. Whatever else Knock's step JSON can hold, put it into the returned dict.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from inspect import signature
from typing import TYPE_CHECKING, NoReturn, TypedDict, Unpack

from knock_fake.durations import parse_duration
from knock_fake.errors import ClockError, UsageError, UsageTypeError, nearest

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

_OBJECTS = ("conditions", "overrides")
_EMAIL_OVERRIDES = ("to_address", "from_address", "from_name", "reply_to_address", "cc_address", "bcc_address")
# Where to put what people look for under another name, and what Knock's own JSON calls the argument `body`.
_ELSEWHERE = {
    ("email", "to"): "the address comes from the recipient, or from overrides={'to_address': ...}",
    ("sms", "to"): "the number comes from the recipient, or from to_number=...",
}
_JSON_NAMES = ("html_body", "markdown_body", "text_body")
_SPELT_OUT = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])(?:ec|econd|in|inute|r|our|ay|eek)s?\b[\s,]*")
_SHORT = re.compile(r"(?:\d+(?:\.\d+)?[smhdw])+")
_UNITS = (("days", 86_400), ("hours", 3600), ("minutes", 60), ("seconds", 1))


class StepOptions(TypedDict, total=False):
    """What every step can have. ``None`` is the same as leaving an option out.

    ``ref`` is the step's name in its workflow; the workflow numbers the steps that have none (``email_1``).
    ``conditions`` is a condition group, such as
    ``{"all": [{"variable": "data.plan", "operator": "equal_to", "argument": "pro"}]}``.
    """

    ref: str | None
    name: str | None
    conditions: Json


class ChannelOptions(StepOptions, total=False):
    """What every channel step can have.

    ``channel_key`` names one channel of the world; without it the step uses the first channel of its type.
    ``overrides`` are the step's channel overrides, such as ``{"to_address": "{{ data.billing_email }}"}``.
    """

    channel_key: str | None
    overrides: Mapping[str, Json] | None


def email(
    subject: str,
    body: str | None = None,
    *,
    text_body: str | None = None,
    visual_blocks: Sequence[JsonObject] | None = None,
    pre_content: str | None = None,
    **options: Unpack[ChannelOptions],
) -> JsonObject:
    """Return a step that sends an email.

    Args:
        subject: the subject line.
        body: the HTML body; leave it out exactly when there are visual blocks.
        text_body: the text version; without one it is made from the HTML.
        visual_blocks: the body as visual blocks, such as ``[{"type": "markdown", "content": "Hi"}]``.
        pre_content: Liquid that runs before the bodies, for assignments.
        options: ``ref``, ``name``, ``conditions``, ``channel_key`` and ``overrides``.

    Raises:
        UsageError: there is not exactly one of ``body`` and ``visual_blocks``.
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    _require_one("email", body=body, visual_blocks=visual_blocks)
    template: JsonObject = {
        "subject": _required_text("email", "subject", subject),
        "html_body": _text("email", "body", body),
        "visual_blocks": _list("email", "visual_blocks", visual_blocks),
        "text_body": _text("email", "text_body", text_body),
        "settings": _given({"pre_content": _text("email", "pre_content", pre_content)}),
    }
    return _channel_step("email", "email", template, options)


def sms(body: str, *, to_number: str | None = None, **options: Unpack[ChannelOptions]) -> JsonObject:
    """Return a step that sends a text message.

    Args:
        body: the text.
        to_number: the number to send to instead of the recipient's ``phone_number``.
        options: ``ref``, ``name``, ``conditions``, ``channel_key`` and ``overrides``.

    Raises:
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    settings = _given({"to_number": _text("sms", "to_number", to_number)})
    template: JsonObject = {"text_body": _required_text("sms", "body", body), "settings": settings or None}
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
        options: ``ref``, ``name``, ``conditions``, ``channel_key`` and ``overrides``.

    Raises:
        UsageError: title or body is left out, and the push is not silent.
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    if not isinstance(silent, bool):
        _refuse("push", "silent", "True or False", silent)
    if not silent and (title is None or body is None):
        raise UsageError("push() needs a title and a body, or silent=True")
    template: JsonObject = {
        "title": _text("push", "title", title),
        "text_body": _text("push", "body", body),
        "settings": _given(
            {
                "delivery_type": "silent" if silent else "content",
                "payload_overrides": _text_or_object("push", "payload", payload),
            }
        ),
    }
    return _channel_step("push", "push", template, options)


def chat(
    body: str | None = None,
    summary: str | None = None,
    *,
    json_body: str | Mapping[str, Json] | None = None,
    **options: Unpack[ChannelOptions],
) -> JsonObject:
    """Return a step that sends a chat message.

    Args:
        body: the message as Markdown; leave it out exactly when there is a ``json_body``.
        summary: the short text that notifications of the chat app show.
        json_body: the message in the provider's own JSON: an object, or Liquid that renders to one.
        options: ``ref``, ``name``, ``conditions``, ``channel_key`` and ``overrides``.

    Raises:
        UsageError: there is not exactly one of ``body`` and ``json_body``.
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    _require_one("chat", body=body, json_body=json_body)
    template: JsonObject = {
        "markdown_body": _text("chat", "body", body),
        "json_body": _text_or_object("chat", "json_body", json_body),
        "summary": _text("chat", "summary", summary),
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
        options: ``ref``, ``name``, ``conditions``, ``channel_key`` and ``overrides``.

    Raises:
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    template: JsonObject = {
        "markdown_body": _required_text("in_app_feed", "body", body),
        "action_url": _text("in_app_feed", "action_url", action_url),
        "action_buttons": _buttons(buttons) or None,
    }
    return _channel_step("in_app_feed", "in_app_feed", template, options)


def webhook(
    url: str,
    method: str = "post",
    *,
    headers: Mapping[str, str] | None = None,
    query_params: Mapping[str, str] | None = None,
    body: str | None = None,
    **options: Unpack[ChannelOptions],
) -> JsonObject:
    """Return a step that sends an HTTP request on a webhook channel.

    Args:
        url: the address.
        method: ``get``, ``post``, ``put``, ``patch`` or ``delete``.
        headers: headers by name.
        query_params: query parameters by name.
        body: the body, mostly Liquid that renders to JSON.
        options: ``ref``, ``name``, ``conditions``, ``channel_key`` and ``overrides``.

    Raises:
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    template: JsonObject = {
        "method": _required_text("webhook", "method", method).lower(),
        "url": _required_text("webhook", "url", url),
        "headers": _pairs("webhook", "headers", headers),
        "query_params": _pairs("webhook", "query_params", query_params),
        "body": _text("webhook", "body", body),
    }
    return _channel_step("webhook", "http", template, options)


def delay(
    duration: str | timedelta | None = None, *, until: str | None = None, **options: Unpack[StepOptions]
) -> JsonObject:
    """Return a step that waits.

    Args:
        duration: how long: text such as ``"2h"`` or ``"1h30m"``, or a timedelta, in whole seconds. With
            ``until`` it is added to that instant; a negative timedelta then means before it.
        until: the path of an instant among the run's variables, such as ``"data.remind_at"``.
        options: ``ref``, ``name`` and ``conditions``.

    Raises:
        UsageError: neither argument is given, or the duration is negative without ``until`` or has a fraction
            of a second.
        ClockError: the text is no duration.
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    if duration is None and until is None:
        raise UsageError("delay() needs a duration such as '2h', or until='data.<field>'")
    settings: JsonObject = {
        "delay_for": None if duration is None else _duration(duration, negative=until is not None),
        "delay_until_field_path": _text("delay", "until", until),
    }
    given = _options("delay", options, StepOptions)
    return _given({"type": "delay", **given, "settings": _given(settings)})


def _duration(value: str | timedelta, *, negative: bool) -> JsonObject:
    if not isinstance(value, str | timedelta):
        _refuse("delay", "duration", "text such as '2h' or a timedelta", value)
    length = _read_length(value)
    if length < timedelta() and not negative:
        raise UsageError(f"delay(duration={value!r}) is negative: only a delay until an instant can go back")
    seconds, fraction = divmod(length, timedelta(seconds=1))
    if fraction:
        raise UsageError(f"delay(duration={value!r}) has a fraction of a second: Knock's delays have whole seconds")
    unit, size = next((unit, size) for unit, size in _UNITS if seconds % size == 0 and (seconds or size == 1))
    return {"unit": unit, "value": seconds // size}


def _read_length(value: str | timedelta) -> timedelta:
    try:
        return parse_duration(value)
    except ClockError:
        short = _SPELT_OUT.sub(r"\1\2", value) if isinstance(value, str) else ""
        if not _SHORT.fullmatch(short):
            raise
        problem = f"delay(duration={value!r}): write {short!r}"
    raise ClockError(problem)


def _require_one(builder: str, **bodies: object) -> None:
    one, other = bodies
    given = [name for name, value in bodies.items() if value is not None]
    if not given:
        raise UsageError(f"{builder}() needs {one} or {other}, and got neither")
    if len(given) > 1:
        raise UsageError(f"{builder}() takes {one} or {other}, and got both: leave one out")


def _channel_step(builder: str, channel_type: str, template: JsonObject, options: ChannelOptions) -> JsonObject:
    given = _options(builder, options, ChannelOptions)
    overrides = given.pop("overrides", None)
    return _given(
        {
            "type": "channel",
            "channel_type": channel_type,
            **given,
            "channel_overrides": overrides,
            "template": _given(template),
        }
    )


def _options(builder: str, options: Mapping[str, object], known: type[StepOptions]) -> JsonObject:
    # A misspelt keyword lands here, because the options travel as one dict.
    read: JsonObject = {}
    for name, value in options.items():
        if name not in known.__annotations__:
            raise UsageTypeError(f"{builder}() has no argument {name!r}; {_remedy(builder, name, known)}")
        read[name] = _option(builder, name, value)
    return read


def _remedy(builder: str, name: str, known: type[StepOptions]) -> str:
    if (builder, name) in _ELSEWHERE:
        return _ELSEWHERE[builder, name]
    if builder == "email" and name in _EMAIL_OVERRIDES:
        return f"write overrides={{{name!r}: ...}}"
    named = [*signature(globals()[builder]).parameters][:-1]
    if name in _JSON_NAMES and "body" in named:
        return "did you mean 'body'?"
    return nearest(name, [*named, *known.__annotations__])


def _option(builder: str, name: str, value: object) -> Json:
    if name == "conditions" and isinstance(value, list):
        return value
    return _object(builder, name, value) if name in _OBJECTS else _text(builder, name, value)


def _given(values: JsonObject) -> JsonObject:
    return {key: value for key, value in values.items() if value is not None}


def _refuse(builder: str, argument: str, wanted: str, value: object) -> NoReturn:
    raise UsageTypeError(f"{builder}({argument}=...) must be {wanted}, not {type(value).__name__} {value!r}")


def _text(builder: str, argument: str, value: object) -> str | None:
    return None if value is None else _required_text(builder, argument, value)


def _required_text(builder: str, argument: str, value: object) -> str:
    if not isinstance(value, str):
        _refuse(builder, argument, "text", value)
    return value


def _object(builder: str, argument: str, value: object) -> JsonObject | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        _refuse(builder, argument, "a dict with texts as keys", value)
    return {**value}


def _text_or_object(builder: str, argument: str, value: object) -> str | JsonObject | None:
    return value if isinstance(value, str) else _object(builder, argument, value)


def _list(builder: str, argument: str, value: Sequence[JsonObject] | None) -> list[Json] | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        _refuse(builder, argument, "a list of dicts", value)
    return [_object(builder, f"{argument}[{index}]", block) for index, block in enumerate(value)]


def _buttons(buttons: Sequence[tuple[str, str]]) -> list[Json]:
    if not isinstance(buttons, list | tuple):
        _refuse("in_app_feed", "buttons", "pairs of label and URL", buttons)
    return [_button(f"buttons[{index}]", button) for index, button in enumerate(buttons)]


def _button(argument: str, button: object) -> JsonObject:
    if not isinstance(button, list | tuple) or len(button) != 2:
        _refuse("in_app_feed", argument, "a pair of label and URL", button)
    label, action = button
    return {
        "label": _required_text("in_app_feed", argument, label),
        "action": _required_text("in_app_feed", argument, action),
    }


def _pairs(builder: str, argument: str, value: Mapping[str, str] | None) -> list[Json] | None:
    given = _object(builder, argument, value)
    if given is None:
        return None
    return [{"key": key, "value": _required_text(builder, f"{argument}[{key!r}]", text)} for key, text in given.items()]

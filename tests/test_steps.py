"""Step builders: typed functions that return Knock's own step JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.errors import ClockError, UsageError, UsageTypeError
from knock_fake.steps import (
    batch,
    chat,
    delay,
    email,
    in_app_feed,
    in_app_guide,
    push,
    send_window,
    sms,
    throttle,
    webhook,
)
from knock_fake.workflows.content import compile_channel_template

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.json_types import Json, JsonObject


def test_email() -> None:
    assert email("Hi", "<p>Hello</p>") == {
        "type": "channel",
        "channel_type": "email",
        "template": {"subject": "Hi", "html_body": "<p>Hello</p>", "settings": {}},
    }


def test_email_with_everything() -> None:
    blocks: list[JsonObject] = [{"type": "divider"}]
    step = email(
        "Hi",
        visual_blocks=blocks,
        text_body="Hello",
        layout="default",
        preview_text="Soon",
        pre_content="{% assign a = 1 %}",
        attachment_key="invoice.files",
        is_mjml=True,
        ref="welcome",
        name="Welcome",
        channel_key="postmark",
        conditions={"all": []},
        overrides={"to_address": "{{ data.to }}"},
    )
    assert step == {
        "type": "channel",
        "channel_type": "email",
        "ref": "welcome",
        "name": "Welcome",
        "channel_key": "postmark",
        "conditions": {"all": []},
        "channel_overrides": {"to_address": "{{ data.to }}"},
        "template": {
            "subject": "Hi",
            "visual_blocks": [{"type": "divider"}],
            "text_body": "Hello",
            "is_mjml": True,
            "settings": {
                "layout_key": "default",
                "preview_text": "Soon",
                "pre_content": "{% assign a = 1 %}",
                "attachment_key": "invoice.files",
            },
        },
    }


@pytest.mark.parametrize(
    ("step", "channel_type", "template"),
    [
        (sms("Hi"), "sms", {"text_body": "Hi"}),
        (
            sms("Hi", payload={"a": "{{ data.b }}"}),
            "sms",
            {"text_body": "Hi", "settings": {"payload_overrides": {"a": "{{ data.b }}"}}},
        ),
        (sms("Hi", to_number="+1"), "sms", {"text_body": "Hi", "settings": {"to_number": "+1"}}),
        (push("T", "B"), "push", {"title": "T", "text_body": "B", "settings": {"delivery_type": "content"}}),
        (
            push(silent=True, payload={"n": 1}),
            "push",
            {"settings": {"delivery_type": "silent", "payload_overrides": {"n": 1}}},
        ),
        (chat("Hi"), "chat", {"markdown_body": "Hi"}),
        (chat("Hi", "S"), "chat", {"markdown_body": "Hi", "summary": "S"}),
        (chat(json_body={"blocks": []}), "chat", {"json_body": {"blocks": []}}),
        (chat(json_body='{"a": {{ data.n }}}'), "chat", {"json_body": '{"a": {{ data.n }}}'}),
        (in_app_feed("Hi"), "in_app_feed", {"markdown_body": "Hi"}),
        (
            in_app_feed("Hi", "/x", [("Go", "/go"), ("No", "/no")]),
            "in_app_feed",
            {
                "markdown_body": "Hi",
                "action_url": "/x",
                "action_buttons": [{"label": "Go", "action": "/go"}, {"label": "No", "action": "/no"}],
            },
        ),
        (webhook("https://e.com"), "http", {"method": "post", "url": "https://e.com"}),
        (
            webhook("u", "GET", headers={"a": "1"}, query_params={"b": "2"}, body="{}"),
            "http",
            {
                "method": "get",
                "url": "u",
                "headers": [{"key": "a", "value": "1"}],
                "query_params": [{"key": "b", "value": "2"}],
                "body": "{}",
            },
        ),
    ],
)
def test_channel_steps_hold_a_template_that_compiles(step: JsonObject, channel_type: str, template: JsonObject) -> None:
    assert step == {"type": "channel", "channel_type": channel_type, "template": template}
    compile_channel_template(channel_type, step["template"], "template")


def test_options_that_are_none_are_left_out() -> None:
    step = sms("Hi", ref=None, name=None, channel_key=None, conditions=None, overrides=None)
    assert step == {"type": "channel", "channel_type": "sms", "template": {"text_body": "Hi"}}


@pytest.mark.parametrize(
    ("duration", "delay_for"),
    [
        ("45s", {"unit": "seconds", "value": 45}),
        ("2h", {"unit": "hours", "value": 2}),
        ("1h30m", {"unit": "minutes", "value": 90}),
        ("1w", {"unit": "days", "value": 7}),
        ("0s", {"unit": "seconds", "value": 0}),
        (timedelta(days=1, hours=1), {"unit": "hours", "value": 25}),
    ],
)
def test_a_delay_is_in_the_largest_whole_unit(duration: str | timedelta, delay_for: JsonObject) -> None:
    assert delay(duration) == {"type": "delay", "settings": {"delay_for": delay_for}}


@given(st.integers(0, 10**9))
def test_a_delay_is_as_long_as_was_asked_for(seconds: int) -> None:
    settings = delay(timedelta(seconds=seconds))["settings"]
    assert isinstance(settings, dict)
    span = settings["delay_for"]
    assert isinstance(span, dict)
    assert timedelta(**{str(span["unit"]): int(str(span["value"]))}) == timedelta(seconds=seconds)


def test_a_delay_until_an_instant() -> None:
    settings: Json = {"delay_until_field_path": "data.remind_at"}
    assert delay(until="data.remind_at", ref="wait") == {"type": "delay", "ref": "wait", "settings": settings}


def test_a_delay_before_an_instant() -> None:
    assert delay(-timedelta(hours=1), until="data.at")["settings"] == {
        "delay_for": {"unit": "hours", "value": -1},
        "delay_until_field_path": "data.at",
    }


FIXED: JsonObject = {
    "batch_window_type": "fixed",
    "batch_order": "asc",
    "batch_execution_mode": "accumulate",
    "workflow_version_mode": "latest",
}


def test_a_batch() -> None:
    window: Json = {"unit": "minutes", "value": 10}
    assert batch("10m", ref="collect") == {
        "type": "batch",
        "ref": "collect",
        "settings": {"batch_window": window, **FIXED},
    }


def test_a_batch_with_everything() -> None:
    step = batch(
        timedelta(hours=-1),
        until="data.starts_at",
        key="page_id",
        sliding=True,
        extension_limit="1d",
        max_items=50,
        render_limit=5,
        order="desc",
        flush_leading=True,
        version_mode="pinned",
    )
    assert step["settings"] == {
        "batch_key": "page_id",
        "batch_window": {"unit": "hours", "value": -1},
        "batch_until_field_path": "data.starts_at",
        "batch_window_type": "sliding",
        "batch_window_extension_limit": {"unit": "days", "value": 1},
        "batch_items_max_limit": 50,
        "batch_items_render_limit": 5,
        "batch_order": "desc",
        "batch_execution_mode": "flush_leading",
        "workflow_version_mode": "pinned",
    }


def test_a_throttle() -> None:
    window: Json = {"unit": "hours", "value": 1}
    assert throttle("1h") == {"type": "throttle", "settings": {"throttle_window": window, "throttle_limit": 1}}
    assert throttle(until="data.until", limit=3, key="alert", name="Gate") == {
        "type": "throttle",
        "name": "Gate",
        "settings": {"throttle_key": "alert", "throttle_window_field_path": "data.until", "throttle_limit": 3},
    }


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: batch(), UsageError, "batch() needs a window such as '10m', or until='data.<field>'"),
        (
            lambda: batch("10m", extension_limit="1h"),
            UsageError,
            "batch(extension_limit=...) limits a sliding window: write sliding=True too",
        ),
        (lambda: throttle(key="a"), UsageError, "throttle() needs a window such as '1h', or until='data.<field>'"),
        (lambda: email("Hi"), UsageError, "email() needs body or visual_blocks, and got neither"),
        (
            lambda: email("Hi", "x", visual_blocks=[]),
            UsageError,
            "email() takes body or visual_blocks, and got both: leave one out",
        ),
        (lambda: chat(), UsageError, "chat() needs body or json_body, and got neither"),
        (lambda: push("T"), UsageError, "push() needs a title and a body, or silent=True"),
        (lambda: push(body="B"), UsageError, "push() needs a title and a body, or silent=True"),
        (lambda: delay(), UsageError, "delay() needs a duration such as '2h', or until='data.<field>'"),
        (
            lambda: delay(-timedelta(hours=1)),
            UsageError,
            (
                "delay(duration=datetime.timedelta(days=-1, seconds=82800)) is negative: "
                "only one that is added to until=... can go back"
            ),
        ),
        (
            lambda: delay("1500ms"),
            UsageError,
            "delay(duration='1500ms') has a fraction of a second: Knock's durations have whole seconds",
        ),
        (
            lambda: delay("soon"),
            ClockError,
            "'soon' is not a duration: write numbers with ms, s, m, h, d or w, such as '1h30m'",
        ),
        (
            lambda: delay("2 months"),
            ClockError,
            "'2 months' is not a duration: write numbers with ms, s, m, h, d or w, such as '1h30m'",
        ),
        (lambda: delay("2 hours"), ClockError, "delay(duration='2 hours'): write '2h'"),
        (lambda: delay("1 day, 30 mins"), ClockError, "delay(duration='1 day, 30 mins'): write '1d30m'"),
    ],
)
def test_values_that_make_no_step_are_refused(
    build: Callable[[], JsonObject], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as refusal:
        build()
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("builder", "arguments", "message"),
    [
        (email, {"subject": 5, "body": "x"}, "email(subject=...) must be text, not int 5"),
        (email, {"subject": "s", "body": b"x"}, "email(body=...) must be text, not bytes b'x'"),
        (
            email,
            {"subject": "s", "visual_blocks": "x"},
            "email(visual_blocks=...) must be a list of dicts, not str 'x'",
        ),
        (
            email,
            {"subject": "s", "visual_blocks": [1]},
            "email(visual_blocks[0]=...) must be a dict with texts as keys, not int 1",
        ),
        (
            email,
            {"subject": "s", "body": "b", "channel": "x"},
            "email() has no argument 'channel'; did you mean 'channel_key'?",
        ),
        (
            sms,
            {"body": "b", "overrides": [1]},
            "sms(overrides=...) must be a dict with texts as keys, not list [1]",
        ),
        (
            sms,
            {"body": "b", "conditions": "x"},
            "sms(conditions=...) must be a dict with texts as keys, not str 'x'",
        ),
        (sms, {"body": "b", "ref": 1}, "sms(ref=...) must be text, not int 1"),
        (
            email,
            {"subject": "s", "body": "b", "to": "x"},
            "email() has no argument 'to'; the address comes from the recipient, or from overrides={'to_address': ...}",
        ),
        (
            email,
            {"subject": "s", "body": "b", "cc_address": "x"},
            "email() has no argument 'cc_address'; write overrides={'cc_address': ...}",
        ),
        (
            email,
            {"subject": "s", "html_body": "b", "body": "b"},
            "email() has no argument 'html_body'; did you mean 'body'?",
        ),
        (
            email,
            {"subject": "s", "body": "b", "layout_key": "x"},
            "email() has no argument 'layout_key'; did you mean 'layout'?",
        ),
        (
            email,
            {"subject": "s", "body": "b", "attachments": []},
            "email() has no argument 'attachments'; they come with the trigger's data, under attachment_key",
        ),
        (email, {"subject": "s", "body": "b", "is_mjml": 1}, "email(is_mjml=...) must be True or False, not int 1"),
        (
            sms,
            {"body": "b", "to": "+1"},
            "sms() has no argument 'to'; the number comes from the recipient, or from to_number=...",
        ),
        (sms, {"body": "b", "to_nmber": "+1"}, "sms() has no argument 'to_nmber'; did you mean 'to_number'?"),
        (push, {"title": 5, "body": "b"}, "push(title=...) must be text, not int 5"),
        (webhook, {"url": "u", "header": {}}, "webhook() has no argument 'header'; did you mean 'headers'?"),
        (batch, {"window": 5}, "batch(window=...) must be text such as '2h' or a timedelta, not int 5"),
        (batch, {"window": "5m", "max_items": "5"}, "batch(max_items=...) must be a whole number, not str '5'"),
        (batch, {"window": "5m", "order": "up"}, "batch(order=...) must be 'asc' or 'desc', not str 'up'"),
        (batch, {"window": "5m", "windows": "x"}, "batch() has no argument 'windows'; did you mean 'window'?"),
        (throttle, {"window": "5m", "limit": True}, "throttle(limit=...) must be a whole number, not bool True"),
        (push, {"silent": 1}, "push(silent=...) must be True or False, not int 1"),
        (chat, {"json_body": [1]}, "chat(json_body=...) must be a dict with texts as keys, not list [1]"),
        (
            in_app_feed,
            {"body": "b", "buttons": "ab"},
            "in_app_feed(buttons=...) must be pairs of label and URL, not str 'ab'",
        ),
        (
            in_app_feed,
            {"body": "b", "buttons": ["ab"]},
            "in_app_feed(buttons[0]=...) must be a pair of label and URL, not str 'ab'",
        ),
        (
            in_app_feed,
            {"body": "b", "buttons": [("a", None)]},
            "in_app_feed(buttons[0]=...) must be text, not NoneType None",
        ),
        (
            webhook,
            {"url": "u", "headers": {"a": 1}},
            "webhook(headers['a']=...) must be text, not int 1",
        ),
        (delay, {"duration": 5}, "delay(duration=...) must be text such as '2h' or a timedelta, not int 5"),
        (
            delay,
            {"duration": "1h", "channel_key": "x"},
            "delay() has no argument 'channel_key'; known: 'conditions', 'duration', 'name', 'ref', 'until'",
        ),
    ],
)
def test_arguments_of_a_wrong_type_are_refused_by_name(
    builder: Callable[..., JsonObject], arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageTypeError) as refusal:
        builder(**arguments)
    assert str(refusal.value) == message


CLOSED: JsonObject = {"type": "do_not_send"}


@pytest.mark.parametrize(
    ("days", "open_days"),
    [
        ("every_day", [0, 1, 2, 3, 4, 5, 6]),
        ("weekdays", [0, 1, 2, 3, 4]),
        ("weekends", [5, 6]),
        (["monday", "sunday"], [0, 6]),
    ],
)
def test_a_send_window_is_open_on_its_days(days: str | list[str], open_days: list[int]) -> None:
    window: JsonObject = {"type": "send", "from": "09:00", "until": "17:00"}
    week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    assert send_window("09:00", "17:00", days=days) == [
        {"day": day, **(window if number in open_days else CLOSED)} for number, day in enumerate(week)
    ]
    assert send_window(days=days)[open_days[0]] == {"day": week[open_days[0]], "type": "send", "from": "00:00"}


@pytest.mark.parametrize(
    ("days", "problem"),
    [
        ("workdays", "send_window(days='workdays'): did you mean 'weekdays'?"),
        (["mon"], "send_window(days=...): there is no weekday 'mon'; did you mean 'monday'?"),
    ],
)
def test_a_send_window_on_no_day_is_refused(days: str | list[str], problem: str) -> None:
    with pytest.raises(UsageError) as refused:
        send_window(days=days)
    assert str(refused.value) == problem


def test_options_that_every_channel_step_can_have() -> None:
    windows = send_window("09:00")
    assert sms("Hi", channel_group_key="texting", send_windows=windows) == {
        "type": "channel",
        "channel_type": "sms",
        "channel_group_key": "texting",
        "send_windows": windows,
        "template": {"text_body": "Hi"},
    }


def test_a_step_that_leads_to_a_guide() -> None:
    assert in_app_guide("tour", ref="guide") == {
        "type": "channel",
        "channel_type": "in_app_guide",
        "ref": "guide",
        "guide_key": "tour",
    }


def test_a_chat_step_with_a_connection_of_its_own() -> None:
    step = chat("Hi", connection="{{ data.connection }}")
    assert step["template"] == {"markdown_body": "Hi", "settings": {"connection": "{{ data.connection }}"}}

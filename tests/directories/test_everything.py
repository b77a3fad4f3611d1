"""A directory with every key of every resource, ``tests/knock_directories/everything``: it is read, and it runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from knock_fake.workflows.steps import STEP_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.loaded import Loaded

PROJECT = Path(__file__).resolve().parent.parent / "knock_directories" / "everything"


@pytest.fixture
def loaded(knock: KnockFake) -> Loaded:
    knock.variables.set("app_url", "https://example.com")
    knock.clock.travel("2026-01-05T10:00:00Z")  # a Monday at an hour at which the send windows are open
    return knock.load(PROJECT)


@pytest.fixture
def jane(knock: KnockFake, loaded: Loaded) -> JsonObject:
    """Somebody whom every channel reaches, and whom the guide is for."""
    reached: JsonObject = {}
    for channel in loaded.added_channels:
        if channel.type == "push":
            reached[channel.id] = {"tokens": ["token"]}
        elif channel.type == "chat":
            reached[channel.id] = {"connections": [{"access_token": "xoxb", "channel_id": "C1"}]}
    return {
        "id": "jane",
        "name": "Jane",
        "email": "jane@example.com",
        "phone_number": "+15550100",
        "plan": "pro",
        "seats": 200,
        "newcomer": True,
        "channel_data": reached,
    }


def trigger(api: httpx.Client, key: str, recipient: JsonObject, data: JsonObject) -> None:
    answer = api.post(f"/v1/workflows/{key}/trigger", json={"recipients": [recipient], "data": data})
    assert answer.status_code == 200, answer.text


def contents(api: httpx.Client) -> dict[str, JsonObject]:
    """Return what the latest message on each channel says, by the channel's key."""
    messages = api.get("/v1/messages").json()["items"]
    return {one["channel"]["key"]: api.get(f"/v1/messages/{one['id']}/content").json()["data"] for one in messages}


def test_every_kind_of_resource_is_found(loaded: Loaded) -> None:
    assert loaded.workflows == ("by-hand", "every-channel", "every-function", "minimal")
    assert loaded.layouts == ("framed",)
    assert loaded.partials == ("call-out", "plain-note", "rich-note", "signature", "slack-note")
    assert loaded.translations == ("de", "admin.en", "en", "system.en", "pt-BR")
    assert loaded.message_types == ("tour-card",)
    assert loaded.guides == ("product-tour",)
    assert loaded.audiences == ("beta-testers", "newcomers")
    assert {channel.key: channel.provider for channel in loaded.added_channels} == {
        "apns": "push_apns",
        "hooks": "http_knock_webhook",
        "knock-feed": "in_app_feed_knock",
        "knock-guide": "in_app_guide_knock",
        "postmark": "postmark",
        "slack": "chat_slack",
        "twilio": "twilio",
    }


def steps_in(steps: Json) -> Iterator[JsonObject]:
    for step in steps if isinstance(steps, list) else []:
        if isinstance(step, dict):
            yield step
            for branch in (*as_list(step.get("branches", [])), *as_list(step.get("cohort_branches", []))):
                yield from steps_in(branch["steps"])


def test_the_directory_has_every_step_type_with_every_key() -> None:
    used: dict[str, set[str]] = {}
    for path in PROJECT.rglob("workflow.json"):
        for step in steps_in(json.loads(path.read_text())["steps"]):
            used.setdefault(str(step["type"]), set()).update(step)
    assert used.keys() == STEP_TYPES.keys()
    # A step has a channel or a group of them, never both, and groups do not stand on disk.
    assert {type_: spec.keys - used[type_] - {"channel_group_key"} for type_, spec in STEP_TYPES.items()} == {
        type_: frozenset() for type_ in STEP_TYPES
    }


def test_every_channel_sends_what_its_files_say(api: httpx.Client, jane: JsonObject) -> None:
    trigger(api, "every-channel", jane, {"title": "News", "url": "https://example.com/news", "urgent": "true"})
    sent = contents(api)
    assert sent["knock-feed"]["blocks"] == [
        {
            "type": "markdown",
            "name": "body",
            "content": "**{{ data.title }}**\n\nHello {{ recipient.name }}",
            "rendered": "<p><strong>News</strong></p>\n<p>Hello Jane</p>",
        },
        {
            "type": "text",
            "name": "action_url",
            "content": "{{ data.url }}",
            "rendered": "https://example.com/news",
        },
        {
            "type": "button_set",
            "name": "actions",
            "buttons": [
                {"name": "primary", "label": "Open", "action": "https://example.com/news"},
                {"name": "secondary", "label": "Dismiss", "action": "https://example.com/dismiss"},
            ],
        },
    ]
    assert (sent["twilio"]["to"], sent["twilio"]["body"]) == ("+15550100", "News https://example.com/news")
    assert (sent["apns"]["title"], sent["apns"]["body"]) == ("News", "Hello Jane")
    assert (sent["hooks"]["method"], sent["hooks"]["body"]) == ("POST", '{"title": "News"}')


def test_an_email_is_put_together_from_all_of_its_files(api: httpx.Client, jane: JsonObject) -> None:
    trigger(api, "every-channel", jane, {"title": "News", "url": "https://example.com/news", "urgent": "true"})
    mail = contents(api)["postmark"]
    assert (mail["subject_line"], mail["from"], mail["reply_to"]) == (
        "News",
        "News <news@example.com>",
        "reply@example.com",
    )
    assert mail["text_body"] == "News: https://example.com/news\n\nExample Inc."
    parts = [
        "<main>",  # the layout
        "<h1>News</h1>\n<p>Hello Jane</p>",  # a block of Markdown, with a translation
        "<em>The team</em>",  # a block of HTML, with a partial
        ">Open</a>",
        ">Later</a>",
        "<hr",
        'alt="A picture"',
        "<strong>News</strong>",  # a partial as a block
        '<a href="https://example.com/unsubscribe">Unsubscribe</a>',  # a footer link
    ]
    places = [str(mail["html_body"]).index(part) for part in parts]
    assert places == sorted(places)


def test_files_by_hand_may_stand_anywhere(api: httpx.Client, jane: JsonObject) -> None:
    trigger(api, "by-hand", jane, {})
    sent = contents(api)
    assert (sent["postmark"]["subject_line"], sent["postmark"]["html_body"]) == ("News for Jane", "<p>Inline wins</p>")
    assert [block["rendered"] for block in as_list(sent["knock-feed"]["blocks"])] == ["<p>Hello</p>"]


def as_list(value: object) -> list[JsonObject]:
    assert isinstance(value, list)
    return value


def test_every_function_does_its_part(knock: KnockFake, api: httpx.Client, jane: JsonObject) -> None:
    knock.responders.fetch("POST https://example.com/digest*", json={"count": 3})
    knock.responders.model("openai:gpt-4o", json={"mood": "fine"})
    knock.workflows.activate("every-function")
    data: JsonObject = {"urgent": "true", "project_id": "p1", "starts_at": "2026-02-01T00:00:00Z"}
    trigger(api, "every-function", jane, data)
    knock.clock.run_until_idle()
    run = next(run for run in knock.state.runs if run.workflow == "every-function")
    assert run.status == "completed"
    assert [event.step_ref for event in run.events if event.event == "step_failed" or event.status == "error"] == []
    assert run.data["digest"] == {"count": 3}
    assert {message.source.step_ref for message in run.messages} == {"sms_1", "sms_2"}


def test_the_guide_is_for_newcomers_and_shows_its_files(
    knock: KnockFake, api: httpx.Client, loaded: Loaded, jane: JsonObject
) -> None:
    api.put("/v1/users/jane", json={key: value for key, value in jane.items() if key != "id"})
    api.put("/v1/users/joe", json={"name": "Joe"})
    channel = next(channel.id for channel in loaded.added_channels if channel.type == "in_app_guide")
    shown = api.get(f"/v1/users/jane/guides/{channel}").json()["entries"]
    assert [step["content"]["title"] for step in shown[0]["steps"]] == ["Welcome Jane", "Done"]
    assert shown[0]["steps"][0]["content"]["body"] == "<p>Have a look <strong>around</strong>.</p>"
    assert api.get(f"/v1/users/joe/guides/{channel}").json()["entries"] == []


def test_translations_of_both_formats_are_there(knock: KnockFake, loaded: Loaded) -> None:
    portuguese = knock.translations.get("pt-BR")
    assert portuguese is not None
    assert portuguese.content == {
        "greeting": "Olá {{ name }}",
        "seats": {"one": "Um lugar", "other": "{{ count }} lugares"},
    }
    assert loaded.translations == tuple(knock.translations.keys())

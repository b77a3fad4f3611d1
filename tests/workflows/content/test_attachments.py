"""Attachments: files in the trigger's data that emails carry."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.workflows.content.attachments import Attachments
from knock_fake.workflows.templating import TemplateError

if TYPE_CHECKING:
    from knockapi import Knock

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject

PLACE = "workflow 'x': steps[0].template.settings.attachment_key"
FILE: JsonObject = {"name": "a.txt", "content_type": "text/plain", "content": "aGVsbG8="}


def read(data: Json, key: str | None = None) -> list[Json]:
    return Attachments(key, PLACE).read({"data": data})


@pytest.mark.parametrize(
    ("data", "key", "found"),
    [
        ({"attachments": [FILE, FILE]}, None, [FILE, FILE]),
        ({"attachments": FILE}, None, [FILE]),
        ({"invoice": {"files": [FILE]}}, "invoice.files", [FILE]),
        ({"attachments": [FILE], "other": None}, "other", []),
        ({"attachments": None}, None, []),
        ({}, None, []),
        ({}, "files", []),
        ({"attachments": [{**FILE, "disposition": "inline", "content_id": "logo"}]}, None,
         [{**FILE, "disposition": "inline", "content_id": "logo"}]),
        ({"attachments": [{"url": "https://e.com"}, "text", FILE]}, None, [FILE]),
        ({"attachments": 3}, None, []),
    ],
)  # fmt: skip
def test_files_are_found_in_the_data(data: Json, key: str | None, found: list[Json]) -> None:
    assert read(data, key) == found


@pytest.mark.parametrize(
    ("data", "key", "problem"),
    [
        (
            {"files": ["text"]},
            "files",
            "data.files[0] must be an object with name, content_type, content, not 'text'",
        ),
        ({"files": {"name": "x"}}, "files", "data.files.content_type must be text, not None"),
        ({"attachments": [FILE, {**FILE, "name": ""}]}, None, "data.attachments[1].name must be text, not ''"),
        ({"attachments": {**FILE, "content": "hello!"}}, None, "data.attachments.content is not base64"),
        (
            {"attachments": [{**FILE, "disposition": "below"}]},
            None,
            "data.attachments[0].disposition must be 'inline' or 'attachment', not 'below'",
        ),
    ],
)
def test_what_is_no_file_is_an_error(data: Json, key: str | None, problem: str) -> None:
    with pytest.raises(TemplateError) as failure:
        read(data, key)
    assert str(failure.value) == f"{PLACE}: {problem}"


@given(st.binary(min_size=1))
def test_whatever_is_base64_is_taken(raw: bytes) -> None:
    content = b64encode(raw).decode()
    wrapped = "\n".join(content[start : start + 60] for start in range(0, len(content), 60))
    file: JsonObject = {**FILE, "content": wrapped}
    assert read({"attachments": [file]}) == [file]


def send(knock: KnockFake, client: Knock, **data: object) -> None:
    template: JsonObject = {"subject": "s", "html_body": "Hi", "settings": {}}
    steps: list[JsonObject] = [
        {"type": "channel", "channel_type": "email", "template": template},
        {"type": "channel", "channel_type": "in_app_feed", "template": {"markdown_body": "Hi"}},
    ]
    knock.workflows.add("invoice", steps=steps)
    client.workflows.trigger("invoice", recipients=[{"id": "ann", "email": "ann@example.com"}], data=data)


def test_the_provider_gets_the_files_and_the_feed_does_not(knock: KnockFake, knock_client: Knock) -> None:
    send(knock, knock_client, attachments=[FILE], total=3)
    mail, item = knock.state.messages
    (log,) = knock_client.messages.list_delivery_logs(mail.id)
    assert isinstance(log.request.body, dict)
    assert log.request.body["attachments"] == [FILE]
    assert [message.attachments for message in knock.messages.all()] == [[FILE], []]
    (shown,) = knock_client.users.feeds.list_items("ann", item.channel.id)
    assert (shown.data, [one.data for one in shown.activities]) == ({"total": 3}, [{"total": 3}])


def test_a_broken_file_fails_the_step_with_its_reason(knock: KnockFake, knock_client: Knock) -> None:
    send(knock, knock_client, attachments=[{**FILE, "content": "#"}])
    (run,) = knock.runs.all()
    place = "workflow 'invoice': steps[0].template.settings.attachment_key"
    assert run.events[-2].data == {"reason": f"{place}: data.attachments[0].content is not base64"}

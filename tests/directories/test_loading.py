from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake
from knock_fake.errors import DirectoryError, UsageTypeError
from knock_fake.steps import delay, in_app_feed

if TYPE_CHECKING:
    import httpx

    from knock_fake.json_types import JsonObject
    from tests.directories.conftest import Write

FEED: JsonObject = {
    "type": "channel",
    "ref": "in_app_feed_1",
    "channel_type": "in_app_feed",
    "channel_key": "knock-feed",
    "template": {"markdown_body@": "in_app_feed_1/markdown_body.md", "action_url": "/"},
}
DELAY: JsonObject = {"type": "delay", "ref": "delay_1", "settings": {"delay_for": {"unit": "hours", "value": 2}}}
EMAIL: JsonObject = {
    "type": "channel",
    "ref": "email_1",
    "channel_type": "email",
    "channel_key": "postmark",
    "template": {"subject": "News", "visual_blocks@": "email_1/visual_blocks.json", "settings": {}},
}
PROJECT: dict[str, object] = {
    "workflows/new-comment/workflow.json": {"name": "New comment", "steps": [FEED, DELAY, EMAIL]},
    "workflows/new-comment/in_app_feed_1/markdown_body.md": "{{ actor.name }} commented",
    "workflows/new-comment/email_1/visual_blocks.json": [
        {"type": "markdown", "content@": "visual_blocks/1.content.md"}
    ],
    "workflows/new-comment/email_1/visual_blocks/1.content.md": "Hi **{{ recipient.name }}**",
    "workflows/paused/workflow.json": {"name": "Paused", "steps": [DELAY], "__readonly": {"active": False}},
    "guides/tour/guide.json": {"channel_key": "knock-guide", "steps": [{"ref": "step_1", "values": {"title": "Hi"}}]},
    "audiences/beta/audience.json": {"name": "Beta", "type": "static", "description": "Early birds"},
}


def test_what_stands_on_disk_runs(write: Write, knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.load(write(PROJECT))
    recipients = [{"id": "jane", "name": "Jane", "email": "jane@example.com"}]
    body = {"recipients": recipients, "actor": {"id": "bob", "name": "Bob"}}
    assert api.post("/v1/workflows/new-comment/trigger", json=body).status_code == 200
    knock.clock.advance("2h")
    mail, item = api.get("/v1/messages").json()["items"]
    assert (item["channel"]["key"], mail["channel"]["key"]) == ("knock-feed", "postmark")
    contents = [api.get(f"/v1/messages/{message['id']}/content").json()["data"] for message in (item, mail)]
    assert contents[0]["blocks"][0]["rendered"] == "<p>Bob commented</p>"
    assert "Hi <strong>Jane</strong>" in contents[1]["html_body"]


def test_loading_tells_what_it_found(write: Write, knock: KnockFake) -> None:
    loaded = knock.load(write(PROJECT))
    assert (loaded.workflows, loaded.guides, loaded.audiences) == (("new-comment", "paused"), ("tour",), ("beta",))
    assert [(one.key, one.type, one.provider) for one in loaded.added_channels] == [
        ("knock-feed", "in_app_feed", "in_app_feed_knock"),
        ("postmark", "email", "postmark"),
        ("knock-guide", "in_app_guide", "in_app_guide_knock"),
    ]
    assert loaded.changed == ("audience 'beta'", "workflow 'new-comment'", "workflow 'paused'", "guide 'tour'")
    assert str(loaded) == (
        "2 workflows: new-comment, paused\n"
        "1 guide: tour\n"
        "1 audience: beta\n"
        f"added channel 'knock-feed': in_app_feed, provider in_app_feed_knock, id {loaded.added_channels[0].id}\n"
        f"added channel 'postmark': email, provider postmark, id {loaded.added_channels[1].id}\n"
        f"added channel 'knock-guide': in_app_guide, provider in_app_guide_knock, id {loaded.added_channels[2].id}"
    )


def test_what_is_loaded_is_as_it_stands_on_disk(write: Write, knock: KnockFake) -> None:
    knock.load(write(PROJECT))
    assert (knock.workflows.is_active("new-comment"), knock.workflows.is_active("paused")) == (True, False)
    assert "tour" in knock.guides
    audience = knock.audiences.get("beta")
    assert audience is not None
    assert audience.name == "Beta"


LIBRARY: dict[str, object] = {
    "layouts/framed/layout.json": {"name": "Framed", "html_layout@": "html_layout.html"},
    "layouts/framed/html_layout.html": "<html>{{ content }}</html>",
    "partials/signature/partial.json": {"name": "Signature", "type": "html", "content@": "content.html"},
    "partials/signature/content.html": "<em>{{ name }}</em>",
    "translations/en/en.json": {"hello": "Hello {{ name }}"},
    "translations/en/admin.en.json": {"title": "Administration"},
    "message-types/card/message_type.json": {
        "name": "Card",
        "variants": [{"key": "default", "name": "Default", "fields": [{"type": "text", "key": "title"}]}],
        "preview@": "preview.html",
    },
    "message-types/card/preview.html": "<p>{{ title }}</p>",
}


def test_what_templates_draw_on_is_loaded(write: Write, knock: KnockFake) -> None:
    loaded = knock.load(write(LIBRARY))
    assert str(loaded) == "1 layout: framed\n1 partial: signature\n2 translations: admin.en, en\n1 message type: card"
    assert loaded.changed == (
        "partial 'signature'",
        "layout 'framed'",
        "translation 'admin.en'",
        "translation 'en'",
        "message type 'card'",
    )
    layout, partial, card = (
        knock.layouts.get("framed"),
        knock.partials.get("signature"),
        knock.message_types.get("card"),
    )
    assert layout is not None
    assert partial is not None
    assert card is not None
    assert (layout.html.source, partial.content.source) == ("<html>{{ content }}</html>", "<em>{{ name }}</em>")
    translation = knock.translations.get("en", namespace="admin")
    assert translation is not None
    assert translation.content == {"title": "Administration"}
    assert knock.load(".").changed == ()


def test_mistakes_in_what_templates_draw_on_are_told_by_file(write: Write, knock: KnockFake) -> None:
    write(
        {
            **LIBRARY,
            "layouts/framed/html_layout.html": "<html></html>",
            "partials/signature/content.html": "<em>\n{{ name | shout }}</em>",
            "translations/en/en.json": {"hello": {"there": 5}},
            "message-types/card/message_type.json": {"name": "Card", "variants": []},
        }
    )
    with pytest.raises(DirectoryError) as refused:
        knock.load(".")
    assert [(one.file, one.place, one.message.split(";")[0]) for one in refused.value.problems] == [
        (
            "partials/signature/content.html",
            "content, line 2",
            "unknown filter 'shout'",
        ),
        ("layouts/framed/html_layout.html", "html_layout", "shows no body"),
        ("translations/en/en.json", "hello.there", "must be text or an object of texts, not 5"),
        ("message-types/card/message_type.json", "variants", "needs one with the key 'default'"),
    ]


# -- all or nothing ----------------------------------------------------------------------------------------

BROKEN: dict[str, object] = {
    **PROJECT,
    "workflows/broken/workflow.json": {"name": 5, "steps": [{**DELAY, "settings": {}}, {**EMAIL, "extra": 1}]},
    "workflows/broken/email_1/visual_blocks.json": [{"type": "markdown", "content@": "body.md"}],
    "workflows/broken/email_1/body.md": "Hi\n{{ recipient.name | shout }}",
    "workflows/no/workflow.json": {"steps": [DELAY], "trigger_freqency": "every_trigger"},
    "workflows/scrambled/workflow.json": "{",
    "guides/tour/guide.json": {"channel_key": "knock-guide", "steps": []},
    "audiences/lively/audience.json": {"name": "Lively", "type": "dynamic", "segments": []},
}
_STEP_KEYS = (
    "'channel_group_key', 'channel_key', 'channel_overrides', 'channel_type', 'conditions', 'description', "
    "'guide_key', 'name', 'ref', 'send_windows', ..."
)
REFUSED = [
    ("workflows/scrambled/workflow.json", "line 1, column 2", "is no JSON: unexpected end of data"),
    ("audiences/lively/audience.json", "segments", "a dynamic audience needs at least one segment"),
    ("workflows/broken/workflow.json", "name", "must be text, not 5"),
    ("workflows/broken/workflow.json", "delay_1.settings", "give delay_for, delay_until_field_path, or both"),
    ("workflows/broken/workflow.json", "email_1", f"unknown key 'extra' in a channel step; known: {_STEP_KEYS}"),
    (
        "workflows/broken/email_1/body.md",
        "email_1.template.visual_blocks[0].content, line 2",
        "unknown filter 'shout'; did you mean 'sort'?",
    ),
    (
        "workflows/no/workflow.json",
        "key",
        "'no', the directory's name, has 3 to 255 characters of a-z, 0-9, '_' and '-'",
    ),
    ("workflows/no/workflow.json", "workflow", "unknown key 'trigger_freqency'; did you mean 'trigger_frequency'?"),
    (
        "guides/tour/guide.json",
        "steps",
        "a guide needs at least one step, such as {'ref': 'step_1', 'values': {...}}",
    ),
]


def everything(knock: KnockFake) -> tuple[object, ...]:
    return (
        knock.workflows.keys(),
        knock.guides.keys(),
        knock.audiences.keys(),
        knock.channels.keys(),
        knock.state.runs,
        knock._core.identifiers.last,
    )


def test_every_problem_is_told_and_nothing_is_loaded(write: Write, knock: KnockFake) -> None:
    before = everything(knock)
    with pytest.raises(DirectoryError) as refused:
        knock.load(write(BROKEN))
    assert [(one.file, one.place, one.message) for one in refused.value.problems] == REFUSED
    assert everything(knock) == before


def test_the_error_lists_them(write: Write, knock: KnockFake) -> None:
    write({"workflows/broken/workflow.json": {"name": 5, "steps": []}})
    with pytest.raises(DirectoryError) as refused:
        knock.load(".")
    remedy = "build them with knock_fake.steps, or write Knock's step JSON"
    assert str(refused.value) == (
        "2 problems, so that nothing was loaded\n"
        "  workflows/broken/workflow.json: name: must be text, not 5\n"
        f"  workflows/broken/workflow.json: steps: must be a list of at least one step; {remedy}"
    )


def test_a_mistake_leaves_what_was_loaded_before(write: Write, knock: KnockFake) -> None:
    knock.load(write(PROJECT))
    before, version = everything(knock), knock.workflows.get("new-comment")
    write({"workflows/new-comment/workflow.json": {"steps": []}})
    with pytest.raises(DirectoryError):
        knock.load(".")
    assert (everything(knock), knock.workflows.get("new-comment")) == (before, version)


@pytest.mark.parametrize("wrong", [5, None, b"\xff", ["a"]])
def test_a_directory_is_a_path(knock: KnockFake, wrong: object) -> None:
    with pytest.raises(UsageTypeError, match="a directory is a path, not"):
        knock.load(wrong)  # type: ignore[arg-type]


def test_the_directory_of_a_world_is_one_path_or_several() -> None:
    with pytest.raises(UsageTypeError, match="knock_dir is the path of a directory, or several, not int 5"):
        KnockFake(knock_dir=5)  # type: ignore[arg-type]


def test_a_switch_is_a_switch(knock: KnockFake) -> None:
    with pytest.raises(UsageTypeError, match="add_channels must be True or False, not 'no'"):
        knock.load(".", add_channels="no")  # type: ignore[arg-type]


def test_several_directories_are_loaded_together(write: Write, knock: KnockFake) -> None:
    write(
        {
            "one/workflows/first/workflow.json": {"steps": [DELAY]},
            "two/workflows/second/workflow.json": {"steps": [DELAY]},
        }
    )
    assert knock.workflows.load("one", Path("two")).workflows == ("first", "second")


def test_a_single_resource_is_loaded_by_its_directory(write: Write, knock: KnockFake) -> None:
    write(PROJECT)
    assert str(knock.load("workflows/paused")) == "1 workflow: paused"


# -- channels ----------------------------------------------------------------------------------------------


def test_a_channel_that_is_there_is_left_as_it_is(write: Write, knock: KnockFake) -> None:
    mine = knock.channels.add("postmark", type="email", provider="resend", id="mine")
    loaded = knock.load(write(PROJECT))
    assert [channel.key for channel in loaded.added_channels] == ["knock-feed", "knock-guide"]
    assert knock.channels.by_key("postmark") == mine


def test_an_added_channel_has_the_same_id_in_every_world(write: Write) -> None:
    write(PROJECT)
    one, other = KnockFake(seed=1), KnockFake(seed=2)
    other.workflows.add("before", steps=[in_app_feed("Hi")])
    assert [channel.id for channel in one.load(".").added_channels] == [
        channel.id for channel in other.load(".").added_channels
    ]


def test_without_adding_channels_their_steps_are_skipped(write: Write, knock: KnockFake, api: httpx.Client) -> None:
    write({name: content for name, content in PROJECT.items() if name.startswith("workflows/")})
    loaded = knock.load(".", add_channels=False)
    assert (loaded.added_channels, loaded.unknown_channels) == ((), ("knock-feed", "postmark"))
    assert str(loaded) == (
        "2 workflows: new-comment, paused\n"
        "unknown channel 'knock-feed': its steps are skipped\n"
        "unknown channel 'postmark': its steps are skipped"
    )
    api.post("/v1/workflows/new-comment/trigger", json={"recipients": [{"id": "jane"}]})
    [run] = knock.state.runs
    skipped = [(event.step_ref, event.data) for event in run.events if event.event == "step_skipped"]
    assert [(ref, (data or {}).get("channel")) for ref, data in skipped] == [("in_app_feed_1", "knock-feed")]


def test_a_guide_needs_its_channel(write: Write, knock: KnockFake) -> None:
    write({"guides/tour/guide.json": PROJECT["guides/tour/guide.json"]})
    with pytest.raises(DirectoryError) as refused:
        knock.load(".", add_channels=False)
    problem = "there is no channel 'knock-guide' of type 'in_app_guide'; did you mean 'in-app-guide'?"
    assert [str(one) for one in refused.value.problems] == [f"guides/tour/guide.json: channel_key: {problem}"]


def test_steps_that_do_not_agree_on_a_channel_are_refused(write: Write, knock: KnockFake) -> None:
    sms = {
        "type": "channel",
        "ref": "sms_1",
        "channel_type": "sms",
        "channel_key": "x",
        "template": {"text_body": "Hi"},
    }
    push = {"type": "channel", "ref": "push_1", "channel_type": "push", "channel_key": "x", "template": {}}
    write({"workflows/one/workflow.json": {"steps": [sms]}, "workflows/two/workflow.json": {"steps": [push]}})
    with pytest.raises(DirectoryError) as refused:
        knock.load(".")
    problem = "'x' is a channel of type 'sms', the step is of type 'push'; known: 'push'"
    assert str(refused.value.problems[0]) == f"workflows/two/workflow.json: push_1.channel_key: {problem}"


def test_files_from_before_channel_type_are_read(write: Write, knock: KnockFake) -> None:
    old = {key: value for key, value in FEED.items() if key != "channel_type"}
    write({**PROJECT, "workflows/new-comment/workflow.json": {"name": "New comment", "steps": [old]}})
    loaded = knock.load("workflows")
    assert [(channel.key, channel.type) for channel in loaded.added_channels] == [("knock-feed", "in_app_feed")]


# -- loading again -----------------------------------------------------------------------------------------


def versions(knock: KnockFake, *keys: str) -> list[str]:
    return [found.version_id for key in keys if (found := knock.workflows.get(key)) is not None]


def test_what_did_not_change_keeps_its_version(write: Write, knock: KnockFake) -> None:
    knock.load(write(PROJECT))
    before, tour = versions(knock, "new-comment", "paused"), knock.guides.get("tour")
    assert knock.load(".").changed == ()
    write({"workflows/new-comment/in_app_feed_1/markdown_body.md": "Something else"})
    assert knock.load(".").changed == ("workflow 'new-comment'",)
    after = versions(knock, "new-comment", "paused")
    assert (after[0] == before[0], after[1] == before[1], knock.guides.get("tour")) == (False, True, tour)


def test_a_guide_with_a_schedule_is_not_off_because_it_was_when_it_was_pulled(write: Write, knock: KnockFake) -> None:
    tour = {"channel_key": "in-app-guide", "steps": [{"ref": "step_1"}], "__readonly": {"active": False}}
    write({"guides/off/guide.json": tour, "guides/tour/guide.json": {**tour, "active_from": "2026-01-02T00:00:00Z"}})
    knock.load(".")
    knock.clock.advance("1d")
    assert (knock.guides.is_active("off"), knock.guides.is_active("tour")) == (False, True)


def test_a_changed_guide_is_its_next_version(write: Write, knock: KnockFake) -> None:
    knock.load(write(PROJECT))
    write({"guides/tour/guide.json": {"channel_key": "knock-guide", "steps": [{"ref": "step_2", "values": {}}]}})
    assert knock.load(".").changed == ("guide 'tour'",)
    guide = knock.guides.get("tour")
    assert guide is not None
    assert (guide.version, guide.definition.channel) == (2, knock.channels.by_key("knock-guide"))


@pytest.mark.parametrize("active", [True, False])
def test_switching_on_or_off_changes_no_version(write: Write, knock: KnockFake, *, active: bool) -> None:
    def workflow(*, active: bool) -> dict[str, object]:
        return {"workflows/one/workflow.json": {"steps": [DELAY], "__readonly": {"key": "one", "active": active}}}

    knock.load(write(workflow(active=not active)))
    before = versions(knock, "one")
    write(workflow(active=active))
    assert knock.load(".").changed == ("workflow 'one'",)
    assert (versions(knock, "one"), knock.workflows.is_active("one")) == (before, active)


def test_running_runs_keep_the_version_they_began_with(write: Write, knock: KnockFake, api: httpx.Client) -> None:
    knock.load(write(PROJECT))
    api.post("/v1/workflows/new-comment/trigger", json={"recipients": [{"id": "jane", "email": "jane@example.com"}]})
    write({"workflows/new-comment/workflow.json": {"steps": [DELAY]}})
    knock.load(".")
    knock.clock.advance("2h")
    assert [message["channel"]["type"] for message in api.get("/v1/messages").json()["items"]] == [
        "email",
        "in_app_feed",
    ]


def test_what_is_gone_from_disk_stays_in_the_world(write: Write, knock: KnockFake) -> None:
    root = write(PROJECT)
    knock.load(root)
    (root / "workflows/paused/workflow.json").unlink()
    assert knock.load(root).workflows == ("new-comment",)
    assert "paused" in knock.workflows


def test_members_of_an_audience_stay(write: Write, knock: KnockFake, api: httpx.Client) -> None:
    knock.load(write(PROJECT))
    api.post("/v1/audiences/beta/members", json={"members": [{"user": {"id": "jane"}}]})
    write({"audiences/beta/audience.json": {"name": "Beta testers", "type": "static"}})
    assert knock.load(".").changed == ("audience 'beta'",)
    assert len(knock.audiences.members("beta")) == 1


def test_a_workflow_from_python_is_replaced(write: Write, knock: KnockFake) -> None:
    knock.workflows.add("paused", steps=[delay("1h")])
    write({"workflows/paused/workflow.json": {"name": "From disk", "steps": [DELAY]}})
    assert knock.load(".").changed == ("workflow 'paused'",)
    workflow = knock.workflows.get("paused")
    assert workflow is not None
    assert workflow.name == "From disk"


# -- a world that is made with directories -----------------------------------------------------------------


@pytest.mark.parametrize("several", [True, False])
def test_a_world_is_made_with_directories(write: Write, *, several: bool) -> None:
    root = write(PROJECT)
    world = KnockFake(knock_dir=[root / "workflows", str(root / "guides")] if several else str(root))
    assert "new-comment" in world.workflows
    world.reset()
    assert "new-comment" in world.workflows
    assert "tour" in world.guides


def test_a_world_is_not_made_with_a_broken_directory(write: Write) -> None:
    with pytest.raises(DirectoryError):
        KnockFake(knock_dir=write(BROKEN))


def test_a_reset_that_cannot_load_changes_nothing(write: Write) -> None:
    world = KnockFake(knock_dir=write(PROJECT))
    world.clock.advance("1h")
    write({"workflows/new-comment/workflow.json": "{"})
    with pytest.raises(DirectoryError):
        world.reset()
    assert "new-comment" in world.workflows
    assert world.clock.now.hour == 1


def test_two_worlds_share_what_was_compiled_and_no_state(write: Write) -> None:
    root = write(PROJECT)
    one, other = KnockFake(knock_dir=root), KnockFake(knock_dir=root)
    first, second = one.workflows.get("new-comment"), other.workflows.get("new-comment")
    assert first is not None
    assert second is not None
    assert all(mine is theirs for mine, theirs in zip(first.steps, second.steps, strict=True))
    one.workflows.deactivate("new-comment")
    assert other.workflows.is_active("new-comment")


def test_a_saved_world_knows_what_it_loaded(write: Write, tmp_path: Path) -> None:
    world = KnockFake(knock_dir=write({**PROJECT, **LIBRARY}))
    world.save(tmp_path / "world.json")
    again = KnockFake.from_saved(tmp_path / "world.json")
    assert versions(again, "new-comment", "paused") == versions(world, "new-comment", "paused")
    assert again.load(".").changed == ()

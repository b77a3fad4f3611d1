"""Guides through the real clients."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

import httpx
import pytest
from knockapi.types import users

if TYPE_CHECKING:
    import knockapi

    from knock_fake import KnockFake
    from knock_fake.workflows.guides import Guide

CHANNEL = "77777777-7777-4777-8777-777777777777"
START = datetime(2026, 1, 1, tzinfo=UTC)


class Step(TypedDict):
    """What every mark names."""

    channel_id: str
    guide_id: str
    guide_key: str
    guide_step_ref: str


def step_of(guide: Guide) -> Step:
    return {"channel_id": CHANNEL, "guide_id": guide.id, "guide_key": "tour", "guide_step_ref": "intro"}


@pytest.fixture
def guide(knock: KnockFake) -> Guide:
    """A guide of one step."""
    return knock.guides.add(
        "tour", [{"ref": "intro", "values": {"title": "Hi {{ recipient.name }}, {{ data.spots }}"}}]
    )


def test_guides_are_shown_and_marked(knock_client: knockapi.Knock, guide: Guide) -> None:
    knock_client.users.update("jane", name="Jane")
    guides = knock_client.users.guides
    shown = guides.get_channel("jane", CHANNEL, data='{"spots": 8}', tenant="acme", type="tour")
    assert isinstance(shown, users.GuideGetChannelResponse)
    (entry,) = shown.entries
    assert (entry.id, entry.key, entry.semver, entry.inserted_at) == (guide.id, "tour", "0.0.1", START)
    assert entry.steps is not None
    assert entry.steps[0].content == {"title": "Hi Jane, 8"}
    assert entry.steps[0].message is not None
    assert entry.steps[0].message.id is None
    assert [(group.key, group.display_sequence) for group in shown.guide_groups] == [("default", ["tour"])]

    step = step_of(guide)
    seen = guides.mark_message_as_seen("jane", **step, content={"title": "Hi Jane, 8"}, data={"spots": 8})
    assert isinstance(seen, users.GuideActionResponse)
    interacted = guides.mark_message_as_interacted("jane", **step, metadata={"score": 8})
    archived = guides.mark_message_as_archived("jane", **step, is_final=True, unthrottled=False)
    assert [one.status for one in (seen, interacted, archived)] == ["ok"] * 3

    over = guides.get_channel("jane", CHANNEL)
    (marker,) = over.ineligible_guides
    assert isinstance(marker, users.guide_get_channel_response.IneligibleGuide)
    assert (over.entries, marker.key, marker.reason) == ([], "tour", "marked_as_archived")
    assert over.guide_group_display_logs == {"default": START}
    (message,) = knock_client.messages.list(channel_id=CHANNEL)
    assert (message.source.type, message.source.step_ref, message.engagement_statuses) == (
        "guide",
        "intro",
        ["seen", "read", "interacted", "archived"],
    )


def test_guides_are_unarchived_and_reset(knock_client: knockapi.Knock, guide: Guide) -> None:
    knock_client.users.update("jane", name="Jane")
    guides = knock_client.users.guides
    guides.mark_message_as_archived("jane", **step_of(guide))
    assert guides.unarchive_guide_message("jane", guide_key="tour").status == "ok"
    assert [entry.key for entry in guides.get_channel("jane", CHANNEL).entries] == ["tour"]
    assert guides.reset_guide_engagements("jane", guide_key="tour").status == "ok"
    (entry,) = guides.get_channel("jane", CHANNEL).entries
    assert entry.steps is not None
    assert entry.steps[0].message is not None
    assert entry.steps[0].message.id is None


@pytest.mark.parametrize("mark", ["seen", "interacted", "archived"])
def test_clients_that_put_a_message_into_the_path_are_answered(
    knock_client: knockapi.Knock, guide: Guide, mark: str
) -> None:
    knock_client.users.update("jane", name="Jane")
    body = {**step_of(guide), "content": {}}
    path = f"/v1/users/jane/guides/messages/2w3YUpTTOxuDvZFji8OMsKrG176/{mark}"
    answer = knock_client.put(path, body=body, cast_to=httpx.Response)
    assert answer.json() == {"status": "ok"}


def test_guides_through_the_asynchronous_client(knock: KnockFake, guide: Guide) -> None:
    async def story() -> None:
        async with knock.async_client() as client:
            await client.users.update("jane", name="Jane")
            guides = client.users.guides
            step = step_of(guide)
            done = [
                await guides.mark_message_as_seen("jane", **step, content={"title": "Hi"}),
                await guides.mark_message_as_interacted("jane", **step),
                await guides.mark_message_as_archived("jane", **step),
                await guides.unarchive_guide_message("jane", guide_key="tour"),
            ]
            shown = await guides.get_channel("jane", CHANNEL)
            assert isinstance(shown, users.GuideGetChannelResponse)
            (entry,) = shown.entries
            assert entry.steps is not None
            message = entry.steps[0].message
            assert message is not None
            assert (message.seen_at, message.interacted_at, message.archived_at) == (START, START, None)
            done.append(await guides.reset_guide_engagements("jane", guide_key="tour"))
            assert [one.status for one in done] == ["ok"] * 5

    asyncio.run(story())

"""Audiences, and the destinations that sync into them, through the real clients."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import knockapi
import pytest
from knockapi import types

if TYPE_CHECKING:
    from knockapi.types import AudienceMemberRequestParam

    from knock_fake import KnockFake

START = datetime(2026, 1, 1, tzinfo=UTC)
JANE: AudienceMemberRequestParam = {"user": {"id": "jane", "name": "Jane"}, "tenant": "acme"}
JOE: AudienceMemberRequestParam = {"user": {"id": "joe", "email": "joe@example.com"}}


def test_members_are_added_listed_and_removed(knock_client: knockapi.Knock) -> None:
    audiences = knock_client.audiences
    with pytest.raises(knockapi.NotFoundError):
        audiences.add_members("beta", members=[JANE])
    audiences.add_members("beta", members=[JANE, JOE], create_audience=True)
    page = audiences.list_members("beta")
    assert isinstance(page, types.AudienceListMembersResponse)
    jane, joe = page.entries
    assert isinstance(jane, types.AudienceMember)
    assert isinstance(jane.user, types.User)
    assert (jane.user_id, jane.user.name, jane.tenant, jane.added_at) == ("jane", "Jane", "acme", START)
    assert (joe.user.email, joe.tenant, joe.api_typename) == ("joe@example.com", None, "AudienceMember")
    assert (page.page_info.page_size, page.page_info.after) == (25, None)
    audiences.remove_members("beta", members=[JANE])
    assert [member.user_id for member in audiences.list_members("beta").entries] == ["joe"]


def test_destinations_answer_their_protocols(knock: KnockFake, knock_client: knockapi.Knock) -> None:
    knock.audiences.add("beta")
    integrations = knock_client.integrations
    census = integrations.census.custom_destination(id="1", jsonrpc="2.0", method="test_connection")
    assert isinstance(census, types.integrations.CensusCustomDestinationResponse)
    assert (census.id, census.result) == ("1", {"success": True})
    hightouch = integrations.hightouch.embedded_destination(
        id="2",
        jsonrpc="2.0",
        method="add",
        params={"configuration": {"object": "beta"}, "rows": [{"user_id": "jane"}]},
    )
    assert isinstance(hightouch, types.integrations.HightouchEmbeddedDestinationResponse)
    assert (hightouch.id, hightouch.result) == ("2", {"rejectedRows": []})
    assert [member.user.id for member in knock.audiences.members("beta")] == ["jane"]


def test_audiences_through_the_asynchronous_client(knock: KnockFake) -> None:
    async def story() -> None:
        async with knock.async_client() as client:
            await client.audiences.add_members("beta", members=[JANE, JOE], create_audience=True)
            await client.audiences.remove_members("beta", members=[JOE])
            page = await client.audiences.list_members("beta")
            assert [member.user_id for member in page.entries] == ["jane"]
            census = await client.integrations.census.custom_destination(
                id="1", jsonrpc="2.0", method="list_objects", params={}
            )
            assert census.result == {"objects": [{"object_api_name": "beta", "label": "beta"}]}
            hightouch = await client.integrations.hightouch.embedded_destination(
                id="1", jsonrpc="2.0", method="list_objects"
            )
            assert hightouch.result == {"objects": [{"id": "beta", "label": "beta"}]}

    asyncio.run(story())

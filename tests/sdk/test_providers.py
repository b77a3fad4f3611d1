from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import knockapi
import pytest
from knockapi.types.providers import (
    MsTeamCheckAuthResponse,
    MsTeamListChannelsResponse,
    MsTeamListTeamsResponse,
    MsTeamRevokeAccessResponse,
    SlackCheckAuthResponse,
    SlackListChannelsResponse,
    SlackRevokeAccessResponse,
)

from knock_fake.state.references import TENANTS, Reference

if TYPE_CHECKING:
    from knock_fake import KnockFake

SLACK = "44444444-4444-4444-8444-444444444444"
TEAMS = "aaaaaaaa-7777-4777-8777-777777777777"
ACME = Reference(TENANTS, "acme")
HOLDER = json.dumps({"object_id": "acme", "collection": "$tenants"})
NOBODY = json.dumps({"object_id": "nobody", "collection": "$tenants"})


@pytest.fixture(autouse=True)
def connected(knock: KnockFake) -> None:
    """The tenant ``acme`` is connected to a Slack workspace and a Microsoft tenant, each with three rooms."""
    knock.channels.add("teams", type="chat", provider="chat_ms_teams", id=TEAMS)
    knock.state.channel_data.put(ACME, SLACK, {"token": {"access_token": "xoxb-1"}})
    knock.state.channel_data.put(ACME, TEAMS, {"ms_teams_tenant_id": "m1"})
    for number in range(3):
        knock.providers.slack.add_channel(f"room-{number}", id=f"C{number}")
        knock.providers.ms_teams.add_team(f"Team {number}", id=f"t{number}")
    knock.providers.ms_teams.add_channel("t0", "General", id="c0", description="All of us")


def test_slack_is_checked_listed_and_revoked(knock_client: knockapi.Knock) -> None:
    slack = knock_client.providers.slack
    checked = slack.check_auth(SLACK, access_token_object=HOLDER)
    pages = slack.list_channels(
        SLACK, access_token_object=HOLDER, query_options={"limit": 2, "types": "public_channel"}
    )
    channels = list(pages)
    revoked = slack.revoke_access(SLACK, access_token_object=HOLDER)
    assert isinstance(checked, SlackCheckAuthResponse)
    assert (checked.connection.ok, checked.connection.reason) == (True, None)
    assert all(isinstance(channel, SlackListChannelsResponse) for channel in channels)
    assert [(one.id, one.name, one.is_private, one.is_im) for one in channels] == [
        (f"C{number}", f"room-{number}", False, False) for number in range(3)
    ]
    assert isinstance(revoked, SlackRevokeAccessResponse)
    assert revoked.ok == "ok"
    with pytest.raises(knockapi.PermissionDeniedError, match="Access token not set"):
        slack.list_channels(SLACK, access_token_object=HOLDER)


def test_teams_are_checked_listed_and_revoked(knock_client: knockapi.Knock) -> None:
    ms_teams = knock_client.providers.ms_teams
    checked = ms_teams.check_auth(TEAMS, ms_teams_tenant_object=HOLDER)
    missing = ms_teams.check_auth(TEAMS, ms_teams_tenant_object=NOBODY)
    teams = list(ms_teams.list_teams(TEAMS, ms_teams_tenant_object=HOLDER, query_options={"top": 2}))
    channels = ms_teams.list_channels(TEAMS, ms_teams_tenant_object=HOLDER, team_id="t0")
    revoked = ms_teams.revoke_access(TEAMS, ms_teams_tenant_object=HOLDER)
    assert isinstance(checked, MsTeamCheckAuthResponse)
    assert (checked.connection.ok, checked.connection.ms_teams_tenant_id) == (True, "m1")
    assert (missing.connection.ok, missing.connection.reason) == (False, "object_not_found")
    assert all(isinstance(team, MsTeamListTeamsResponse) for team in teams)
    assert [(team.id, team.display_name) for team in teams] == [(f"t{number}", f"Team {number}") for number in range(3)]
    assert isinstance(channels, MsTeamListChannelsResponse)
    (channel,) = channels.ms_teams_channels
    assert (channel.id, channel.display_name, channel.description) == ("c0", "General", "All of us")
    assert (channel.membership_type, channel.is_archived) == ("standard", False)
    assert isinstance(revoked, MsTeamRevokeAccessResponse)
    assert revoked.ok == "ok"


def test_filters_reach_microsoft(knock_client: knockapi.Knock) -> None:
    found = knock_client.providers.ms_teams.list_teams(
        TEAMS, ms_teams_tenant_object=HOLDER, query_options={"filter": "displayName eq 'Team 1'", "select": "id"}
    )
    assert [(team.id, team.description) for team in found] == [("t1", None)]


def test_slack_and_teams_answer_the_async_client_alike(knock: KnockFake) -> None:
    async def ask() -> tuple[object, ...]:
        async with knock.async_client() as client:
            slack, ms_teams = client.providers.slack, client.providers.ms_teams
            slack_pages = slack.list_channels(SLACK, access_token_object=HOLDER, query_options={"limit": 2})
            team_pages = ms_teams.list_teams(TEAMS, ms_teams_tenant_object=HOLDER, query_options={"top": 2})
            found = await ms_teams.list_channels(TEAMS, ms_teams_tenant_object=HOLDER, team_id="t0")
            return (
                (await slack.check_auth(SLACK, access_token_object=HOLDER)).connection.ok,
                [channel.id async for channel in slack_pages],
                (await slack.revoke_access(SLACK, access_token_object=HOLDER)).ok,
                (await ms_teams.check_auth(TEAMS, ms_teams_tenant_object=HOLDER)).connection.ok,
                [team.id async for team in team_pages],
                [channel.id for channel in found.ms_teams_channels],
                (await ms_teams.revoke_access(TEAMS, ms_teams_tenant_object=HOLDER)).ok,
            )

    assert asyncio.run(ask()) == (True, ["C0", "C1", "C2"], "ok", True, ["t0", "t1", "t2"], ["c0"], "ok")

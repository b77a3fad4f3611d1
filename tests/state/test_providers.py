from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.state.slack import SlackChannel

if TYPE_CHECKING:
    from collections.abc import Callable


def test_channels_stand_in_the_order_in_which_they_were_added(knock: KnockFake) -> None:
    one = knock.providers.slack.add_channel("one", id="C9")
    other = knock.providers.slack.add_channel("other", type="im", archived=True, team_id="T2")
    assert one == SlackChannel("C9", one.sequence, "one", "public_channel", is_archived=False, team_id="T0000000001")
    assert other == SlackChannel(other.id, other.sequence, "other", "im", is_archived=True, team_id="T2")
    assert knock.providers.slack.channels == [one, other]
    assert re.fullmatch("C[0-9A-F]{10}", other.id)
    assert one.sequence < other.sequence


def test_two_worlds_give_the_same_ids() -> None:
    worlds = KnockFake(), KnockFake()
    slack = [world.providers.slack.add_channel("general").id for world in worlds]
    teams = [world.providers.ms_teams.add_team("Sales").id for world in worlds]
    assert len(set(slack)) == len(set(teams)) == 1
    assert KnockFake(seed=1).providers.slack.add_channel("general").id not in slack


def test_every_access_token_is_taken_until_some_are_known(knock: KnockFake) -> None:
    slack = knock.providers.slack
    assert slack.refusal("a") is None
    slack.revoke("a")
    assert [slack.refusal("a"), slack.refusal("b")] == ["token_revoked", None]
    slack.add_token("a")
    assert [slack.refusal("a"), slack.refusal("b")] == [None, "invalid_auth"]
    slack.revoke("a")
    assert slack.refusal("a") == "token_revoked"


def test_every_tenant_is_taken_until_some_are_known(knock: KnockFake) -> None:
    teams = knock.providers.ms_teams
    assert teams.refusal("a") is None
    teams.revoke("a")
    assert [teams.refusal("a"), teams.refusal("b")] == ["access_revoked", None]
    teams.add_tenant("a")
    assert [teams.refusal("a"), teams.refusal("b")] == [None, "tenant_not_found"]


@pytest.mark.parametrize(
    ("mistake", "error", "message"),
    [
        (
            lambda world: world.providers.slack.add_channel(""),
            UsageTypeError,
            "providers.slack.add_channel: the name must be a non-empty text, not ''",
        ),
        (
            lambda world: world.providers.slack.add_channel("a", id=5),
            UsageTypeError,
            "providers.slack.add_channel: the id must be a non-empty text, not 5",
        ),
        (
            lambda world: world.providers.slack.add_channel("a", team_id=None),
            UsageTypeError,
            "providers.slack.add_channel: the team's id must be a non-empty text, not None",
        ),
        (
            lambda world: world.providers.slack.add_channel("a", type="private"),
            UsageError,
            "Slack channel 'a': unknown type 'private'; did you mean 'private_channel'?",
        ),
        (
            lambda world: [world.providers.slack.add_channel("a", id="C1") for _ in range(2)],
            UsageError,
            "Slack channel 'a': the id 'C1' is taken",
        ),
        (
            lambda world: world.providers.slack.revoke(""),
            UsageTypeError,
            "providers.slack: an access token must be a non-empty text, not ''",
        ),
        (
            lambda world: world.providers.slack.add_token(None),
            UsageTypeError,
            "providers.slack: an access token must be a non-empty text, not None",
        ),
        (
            lambda world: world.providers.ms_teams.add_tenant(5),
            UsageTypeError,
            "providers.ms_teams: a tenant's id must be a non-empty text, not 5",
        ),
        (
            lambda world: world.providers.ms_teams.add_team("", id=5),
            UsageTypeError,
            "providers.ms_teams.add_team: name and id must be texts, not '', 5",
        ),
        (
            lambda world: [world.providers.ms_teams.add_team("a", id="t1") for _ in range(2)],
            UsageError,
            "team 'a': the id 't1' is taken",
        ),
        (
            lambda world: world.providers.ms_teams.add_channel("t1", "General"),
            UsageError,
            "providers.ms_teams.add_channel: no team 't1'; none are defined yet",
        ),
        (
            lambda world: [
                world.providers.ms_teams.add_channel(world.providers.ms_teams.add_team("a", id="t1").id, "b", id="c1"),
                world.providers.ms_teams.add_channel("t1", "c", id="c1"),
            ],
            UsageError,
            "channel 'c' of team 'a': the id 'c1' is taken",
        ),
    ],
)
def test_mistakes_are_refused_with_a_remedy(
    knock: KnockFake, mistake: Callable[[KnockFake], object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        mistake(knock)


def test_a_reset_world_has_empty_providers(knock: KnockFake) -> None:
    knock.providers.slack.add_channel("general")
    knock.providers.ms_teams.add_team("Sales")
    knock.reset()
    assert (knock.providers.slack.channels, knock.providers.ms_teams.teams) == ([], [])

"""The Microsoft Teams organization that a test scripts: teams, their channels, and the tenants that may be asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.state.provider_credentials import Credentials
from knock_fake.timestamps import show_instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.clock import VirtualClock
    from knock_fake.identifiers import Identifiers


@dataclass(frozen=True, slots=True)
class TeamsChannel:
    """One channel of a team."""

    id: str
    sequence: int
    name: str
    description: str | None
    membership_type: str
    is_archived: bool
    created_at: str


@dataclass(frozen=True, slots=True)
class Team:
    """One team with its channels."""

    id: str
    sequence: int
    name: str
    description: str | None
    channels: list[TeamsChannel] = field(default_factory=list)


class TeamsOrganization:
    """What Knock finds in Microsoft Teams: no teams until a test adds some; any tenant until it says otherwise."""

    def __init__(self, clock: VirtualClock, identifiers: Identifiers) -> None:
        self._clock = clock
        self._identifiers = identifiers
        self._teams: dict[str, Team] = {}
        self._tenants = Credentials("providers.ms_teams: a tenant's id")

    @property
    def teams(self) -> Sequence[Team]:
        """The teams in the order in which they were added."""
        return [*self._teams.values()]

    def team(self, team_id: str) -> Team | None:
        """Return the team with this id."""
        return self._teams.get(team_id)

    def add_team(
        self,
        name: str,
        *,
        id: str | None = None,  # noqa: A002 - Microsoft's own name for the field
        description: str | None = None,
    ) -> Team:
        """Add a team; it has no channels yet.

        Args:
            name: its display name.
            id: made from the seed when left out.
            description: shown with it.

        Raises:
            UsageError: the id is taken. UsageTypeError: name or id are no texts.
        """
        sequence, made = self._identify("add_team", name, id)
        if made in self._teams:
            raise UsageError(f"team {name!r}: the id {made!r} is taken")
        team = self._teams[made] = Team(made, sequence, name, description)
        return team

    def add_channel(
        self,
        team_id: str,
        name: str,
        *,
        id: str | None = None,  # noqa: A002
        description: str | None = None,
        membership_type: str = "standard",
        archived: bool = False,
    ) -> TeamsChannel:
        """Add a channel to a team.

        Args:
            team_id: the id of a team that was added.
            name: its display name.
            id: made from the seed when left out.
            description: shown with it.
            membership_type: ``standard``, ``private`` or ``shared``; shown with it.
            archived: shown with it.

        Raises:
            UsageError: there is no such team, or the id is taken. UsageTypeError: name or id are no texts.
        """
        team = self._teams.get(team_id)
        if team is None:
            raise UsageError(f"providers.ms_teams.add_channel: no team {team_id!r}; {nearest(team_id, [*self._teams])}")
        sequence, made = self._identify("add_channel", name, id)
        if any(made == one.id for one in team.channels):
            raise UsageError(f"channel {name!r} of team {team.name!r}: the id {made!r} is taken")
        at = show_instant(self._clock.now)
        channel = TeamsChannel(made, sequence, name, description, membership_type, archived, at)
        team.channels.append(channel)
        return channel

    def _identify(self, verb: str, name: object, identifier: object) -> tuple[int, str]:
        if not isinstance(name, str) or not name or not isinstance(identifier, str | None):
            raise UsageTypeError(f"providers.ms_teams.{verb}: name and id must be texts, not {name!r}, {identifier!r}")
        sequence = self._identifiers.next_sequence()
        return sequence, identifier or self._identifiers.uuid(sequence, b"ms-teams")

    def add_tenant(self, ms_teams_tenant_id: str) -> None:
        """Let a tenant be asked; from the first one on no others can be.

        Raises:
            UsageTypeError: the id is no text.
        """
        self._tenants.add(ms_teams_tenant_id)

    def revoke(self, ms_teams_tenant_id: str) -> None:
        """Withdraw Knock's access to a tenant on Microsoft's side.

        Raises:
            UsageTypeError: the id is no text.
        """
        self._tenants.revoke(ms_teams_tenant_id)

    def refusal(self, ms_teams_tenant_id: str) -> str | None:
        """Return why a tenant cannot be asked, or ``None`` when it can (the words are our choice)."""
        refusal = self._tenants.refusal(ms_teams_tenant_id)
        words = {"unknown": "tenant_not_found", "revoked": "access_revoked"}
        return None if refusal is None else words[refusal]

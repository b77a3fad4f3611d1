"""The chat providers that Knock asks on behalf of its callers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.state.ms_teams import TeamsOrganization
from knock_fake.state.slack import SlackWorkspace

if TYPE_CHECKING:
    from knock_fake.clock import VirtualClock
    from knock_fake.identifiers import Identifiers


class Providers:
    """What stands behind the provider endpoints.

    Attributes:
        slack: a Slack workspace; ``slack.add_channel("general")`` fills it.
        ms_teams: a Microsoft Teams organization; ``ms_teams.add_team("Engineering")`` fills it.
    """

    def __init__(self, clock: VirtualClock, identifiers: Identifiers) -> None:
        self.slack = SlackWorkspace(identifiers)
        self.ms_teams = TeamsOrganization(clock, identifiers)

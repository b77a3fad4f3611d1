"""The Slack workspace that a test scripts: its channels, and the access tokens it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.state.provider_credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.identifiers import Identifiers

SlackChannelType: TypeAlias = Literal["public_channel", "private_channel", "mpim", "im"]
"""The types of conversations, as Slack's API filters by them."""

SLACK_CHANNEL_TYPES: tuple[SlackChannelType, ...] = get_args(SlackChannelType)

DEFAULT_TEAM_ID = "T0000000001"
"""The team that channels belong to when none is named."""


@dataclass(frozen=True, slots=True)
class SlackChannel:
    """One conversation of the workspace."""

    id: str
    sequence: int
    name: str
    type: SlackChannelType
    is_archived: bool
    team_id: str


def _check_texts(verb: str, *named: tuple[str, object]) -> None:
    for what, value in named:
        if not isinstance(value, str) or not value:
            raise UsageTypeError(f"providers.slack.{verb}: {what} must be a non-empty text, not {value!r}")


class SlackWorkspace:
    """What Knock finds in Slack: no channels until a test adds some, and every access token until it says otherwise."""

    def __init__(self, identifiers: Identifiers) -> None:
        self._identifiers = identifiers
        self._channels: dict[str, SlackChannel] = {}
        self._user_ids: dict[str, str] = {}
        self._tokens = Credentials("providers.slack: an access token")

    @property
    def channels(self) -> Sequence[SlackChannel]:
        """The channels in the order in which they were added."""
        return [*self._channels.values()]

    def add_channel(
        self,
        name: str,
        *,
        id: str | None = None,  # noqa: A002 - Slack's own name for the field
        type: SlackChannelType = "public_channel",  # noqa: A002
        archived: bool = False,
        team_id: str = DEFAULT_TEAM_ID,
    ) -> SlackChannel:
        """Add a channel.

        Args:
            name: without the leading ``#``.
            id: such as ``C0123456789``; made from the seed when left out.
            type: ``public_channel``, ``private_channel``, ``mpim`` or ``im``; Knock lists the first two unless asked.
            archived: whether it was archived; Knock leaves such channels out unless asked.
            team_id: the team it belongs to.

        Raises:
            UsageError: the type is unknown or the id taken. UsageTypeError: name, id or team are no texts.
        """
        _check_texts(
            "add_channel", ("the name", name), ("the id", id if id is not None else "C"), ("the team's id", team_id)
        )
        if type not in SLACK_CHANNEL_TYPES:
            raise UsageError(f"Slack channel {name!r}: unknown type {type!r}; {nearest(type, SLACK_CHANNEL_TYPES)}")
        sequence = self._identifiers.next_sequence()
        made = id or f"C{self._made_id(sequence)}"
        if made in self._channels:
            raise UsageError(f"Slack channel {name!r}: the id {made!r} is taken")
        channel = self._channels[made] = SlackChannel(made, sequence, name, type, archived, team_id)
        return channel

    def add_user(self, email: str, *, id: str | None = None) -> str:  # noqa: A002 - Slack's own name for the field
        """Add a user, who is found by email address; return their id.

        Args:
            email: the address.
            id: such as ``U0123456789``; made from the seed when left out.

        Raises:
            UsageTypeError: email or id are no texts.
        """
        _check_texts("add_user", ("the email", email), ("the id", "U" if id is None else id))
        made = f"U{self._made_id()}" if id is None else id
        self._user_ids[email.lower()] = made
        return made

    def user_id_of(self, email: str) -> str | None:
        """Return the id of the user with an email address."""
        return self._user_ids.get(email.lower())

    def _made_id(self, sequence: int | None = None) -> str:
        number = self._identifiers.next_sequence() if sequence is None else sequence
        return self._identifiers.uuid(number, b"slack")[-10:].upper()

    def add_token(self, access_token: str) -> None:
        """Let the workspace know an access token; from the first one on it takes no others.

        Raises:
            UsageTypeError: the token is no text.
        """
        self._tokens.add(access_token)

    def revoke(self, access_token: str) -> None:
        """Withdraw an access token on Slack's side, as somebody does who uninstalls the app.

        Raises:
            UsageTypeError: the token is no text.
        """
        self._tokens.revoke(access_token)

    def refusal(self, access_token: str) -> str | None:
        """Return Slack's word for what is wrong with a token (``invalid_auth``, ``token_revoked``), or ``None``."""
        refusal = self._tokens.refusal(access_token)
        return None if refusal is None else {"unknown": "invalid_auth", "revoked": "token_revoked"}[refusal]

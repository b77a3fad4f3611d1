"""What ``knock.channels`` is: the channels that an environment is configured with, and groups of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from knock_fake.errors import UnknownNameError, UsageError, UsageTypeError, nearest
from knock_fake.json_values import json_copy
from knock_fake.state.channel_settings import read_channel_settings
from knock_fake.workflows.channel_groups import read_channel_group
from knock_fake.workflows.condition_checks import read_conditions
from knock_fake.workflows.content.http import compile_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.channel_groups import ChannelGroup, ChannelGroupStore
    from knock_fake.state.channels import Channel, ChannelStore


class ChannelRegistry:
    """Add channels, change their settings, group them.

    Args:
        channels: the world's channels.
        groups: the world's channel groups.
    """

    def __init__(self, channels: ChannelStore, groups: ChannelGroupStore) -> None:
        self._channels = channels
        self._groups = groups

    def __repr__(self) -> str:
        return f"<ChannelRegistry: {', '.join(self.keys()) or 'none'}>"

    def add(
        self,
        key: str,
        *,
        type: str,  # noqa: A002 - Knock's own name for the field
        id: str | None = None,  # noqa: A002
        provider: str | None = None,
        name: str | None = None,
        sandbox: bool = False,
        settings: JsonObject | None = None,
        conditions: JsonObject | None = None,
    ) -> Channel:
        """Configure one more channel.

        Args:
            key: the key that workflow steps name it by (``channel_key``).
            type: ``email``, ``sms``, ``push``, ``chat``, ``in_app_feed``, ``in_app_guide`` or ``http``.
            id: the id that channel data and feeds name it by; made from the seed when left out.
            provider: such as ``postmark``, ``push_apns`` or ``chat_ms_teams``; a common one of the type when left out.
            name: the display name; the key when left out.
            sandbox: generate messages but send none, as Knock's sandbox mode (status ``not_sent``).
            settings: what the dashboard would hold. Email: ``from_address``, ``from_name``, ``to_address``,
                ``reply_to_address``, ``cc_address``, ``bcc_address`` (Liquid) and ``open_tracking``; SMS:
                ``from_number``; push: ``token_deregistration`` (on unless it is ``False``) and, for OneSignal,
                ``recipient_mode`` (``player_id`` or ``external_id``); chat: ``email_based_user_id_resolution``; http:
                ``signing_key`` (Liquid) and ``request``, which steps without a template send, with the keys of one;
                email, SMS, chat and feeds: ``link_tracking``.
            conditions: under which its steps run, such as
                ``{"all": [{"variable": "recipient.plan", "operator": "equal_to", "argument": "pro"}]}``; not asked in
                sandbox mode.

        Raises:
            UsageError: the type or a setting is unknown, key or id are taken, or the conditions cannot be evaluated.
            UsageTypeError: an argument is of a wrong type.
        """
        _check_switch(key, sandbox)
        _check_request(key, settings)
        return self._channels.add(
            key,
            type=type,
            id=id,
            provider=provider,
            name=name,
            sandbox=sandbox,
            settings=settings,
            conditions=read_conditions(conditions, f"channel {key!r}: conditions"),
        )

    def configure(
        self,
        key: str,
        *,
        sandbox: bool | None = None,
        settings: JsonObject | None = None,
        conditions: JsonObject | None = None,
    ) -> Channel:
        """Change a channel; messages that it has made stay as they are.

        Args:
            key: the channel's key.
            sandbox: whether it sends nothing.
            settings: those that change, see :meth:`add`; ``None`` as a value takes a setting away.
            conditions: in place of those it has; ``{}`` for none.

        Raises:
            UnknownNameError: there is no such channel.
            UsageError, UsageTypeError: as for :meth:`add`.
        """
        channel = self[key]
        if sandbox is not None:
            _check_switch(key, sandbox)
            channel = replace(channel, is_sandbox=sandbox)
        if settings is not None:
            _check_request(key, settings)
            changed = read_channel_settings(settings, channel.type, f"channel {key!r}: settings")
            given = {**channel.settings, **changed}
            merged: JsonObject = {name: value for name, value in given.items() if value is not None}
            channel = replace(channel, settings=merged)
        if conditions is not None:
            channel = replace(channel, conditions=read_conditions(conditions, f"channel {key!r}: conditions"))
        self._channels.replace(channel)
        return channel

    def add_group(
        self,
        key: str,
        *,
        channel_type: str,
        rules: Sequence[str | Mapping[str, Json]],
        operator: str = "any",
        name: str | None = None,
    ) -> ChannelGroup:
        """Put channels of one type behind one key, which steps name by ``channel_group_key``.

        Args:
            key: the key of the group.
            channel_type: the type of its channels.
            rules: a channel's key where it is always used, or as Knock's management API has it ``{"channel",
                "rule_type", "variable", "operator", "argument"}`` with the types ``always``, ``if`` and ``unless``.
            operator: ``any`` sends on every channel whose rule holds, ``all`` on all of them if every rule holds (Knock
                says no more than these words: our choice).
            name: the display name; the key when left out.

        Raises:
            UsageError: the key is taken, a channel is unknown or of another type, or a rule cannot be read.
            UsageTypeError: an argument is of a wrong type.
        """
        if self._groups.get(key) is not None or self._channels.by_key(key) is not None:
            raise UsageError(f"channel group key {key!r} is taken: choose another")
        group = read_channel_group(key, name, channel_type, operator, rules, self._channels)
        self._groups.put(group)
        return group

    @property
    def groups(self) -> Sequence[ChannelGroup]:
        """The channel groups in order of creation."""
        return self._groups.all()

    def get(self, channel_id: str) -> Channel | None:
        """Return the channel with this id."""
        return self._channels.get(channel_id)

    def __getitem__(self, key: str) -> Channel:
        """Return the channel with this key.

        Raises:
            UnknownNameError: there is no such channel; the message names the nearest key.
        """
        channel = self.by_key(key)
        if channel is None:
            raise UnknownNameError(f"there is no channel {key!r}: {nearest(str(key), self._channels.keys())}")
        return channel

    def by_key(self, key: str) -> Channel | None:
        """Return the channel with this key, ``None`` when there is none."""
        return self._channels.by_key(key)

    def default_of(self, type_: str) -> Channel | None:
        """Return the channel that a step without ``channel_key`` uses: the first one of its type."""
        return self._channels.default_of(type_)

    def keys(self) -> list[str]:
        """Return the keys in order of creation."""
        return self._channels.keys()

    def __iter__(self) -> Iterator[Channel]:
        return iter(self._channels)


def _check_request(key: str, settings: object) -> None:
    """Refuse a request of a webhook channel that no step could send."""
    request = settings.get("request") if isinstance(settings, dict) else None
    if isinstance(request, dict):
        place = f"channel {key!r}: settings.request"
        compile_request(json_copy(request, place), place)


def _check_switch(key: object, sandbox: object) -> None:
    if not isinstance(sandbox, bool):
        raise UsageTypeError(f"channel {key!r}: sandbox must be True or False, not {sandbox!r}")

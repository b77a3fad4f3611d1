"""Channels: the providers that an environment is configured with."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.state.channel_settings import read_channel_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from knock_fake.clock import VirtualClock
    from knock_fake.identifiers import Identifiers
    from knock_fake.json_types import Json, JsonObject

DEFAULT_PROVIDERS = {
    "email": "sendgrid",
    "sms": "twilio",
    "push": "push_fcm",
    "chat": "chat_slack",
    "in_app_feed": "in_app_feed_knock",
    "http": "http_knock_webhook",
    "in_app_guide": "in_app_guide_knock",
}
"""The channel types, each with the provider that a channel gets when none is named."""

DEFAULT_CHANNELS = (
    ("email", "email", "11111111-1111-4111-8111-111111111111"),
    ("sms", "sms", "22222222-2222-4222-8222-222222222222"),
    ("push", "push", "33333333-3333-4333-8333-333333333333"),
    ("chat", "chat", "44444444-4444-4444-8444-444444444444"),
    ("in-app-feed", "in_app_feed", "55555555-5555-4555-8555-555555555555"),
    ("webhook", "http", "66666666-6666-4666-8666-666666666666"),
    ("in-app-guide", "in_app_guide", "77777777-7777-4777-8777-777777777777"),
)
"""Key, type and id of the channels that every world starts with."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One configured channel.

    ``settings`` holds what the dashboard would, such as ``from_address``; ``conditions`` are those under which it is
    used at all.
    """

    id: str
    key: str
    name: str
    type: str
    provider: str
    is_sandbox: bool
    created_at: datetime
    settings: JsonObject = field(default_factory=dict)
    conditions: Json = None

    @property
    def provider_name(self) -> str:
        """The provider as Knock spells it: ``push_fcm`` also for a push channel that was added with ``fcm``."""
        prefix = f"{self.type}_"
        bare = self.type not in ("push", "chat") or self.provider.startswith(prefix)
        return self.provider if bare else prefix + self.provider


class ChannelStore:
    """The channels of a world, by id, by key, and the first of each type.

    Args:
        clock: tells when a channel was added.
        identifiers: make the ids of channels that are given none.
        lock: held during every write.
    """

    def __init__(
        self, clock: VirtualClock, identifiers: Identifiers, lock: AbstractContextManager[object] | None = None
    ) -> None:
        self._clock = clock
        self._identifiers = identifiers
        self._lock = nullcontext() if lock is None else lock
        self._by_id: dict[str, Channel] = {}
        self._by_key: dict[str, Channel] = {}
        now = clock.now
        for key, type_, identifier in DEFAULT_CHANNELS:
            self._insert(Channel(identifier, key, key, type_, DEFAULT_PROVIDERS[type_], False, now))

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
        conditions: Json = None,
    ) -> Channel:
        """Configure one more channel; what is left out is made up. The conditions have been checked.

        Raises:
            UsageError: the type or a setting is unknown, or key or id are taken.
            UsageTypeError: an argument is of a wrong type.
        """
        optional = {"id": id, "provider": provider, "name": name}
        _check_texts({"key": key, "type": type} | {field: one for field, one in optional.items() if one is not None})
        with self._lock:
            self._check_free(key, type, id)
            kept = read_channel_settings({} if settings is None else settings, type, f"channel {key!r}: settings")
            made = id or self._identifiers.uuid(self._identifiers.next_sequence())
            chosen = provider or DEFAULT_PROVIDERS[type]
            channel = Channel(made, key, name or key, type, chosen, sandbox, self._clock.now, kept, conditions)
            self._insert(channel)
        return channel

    def replace(self, channel: Channel) -> None:
        """Give a channel that exists other settings; its key, id and type stay what they are."""
        with self._lock:
            self._insert(channel)

    def _check_free(self, key: str, type_: str, identifier: str | None) -> None:
        if type_ not in DEFAULT_PROVIDERS:
            raise UsageError(f"channel {key!r}: unknown type {type_!r}; {nearest(type_, [*DEFAULT_PROVIDERS])}")
        if not key or key in self._by_key:
            raise UsageError(f"channel key {key!r} is {'taken: choose another' if key else 'empty'}")
        if identifier is not None and (not identifier or identifier in self._by_id):
            raise UsageError(f"channel {key!r}: id {identifier!r} is {'taken' if identifier else 'empty'}")

    def _insert(self, channel: Channel) -> None:
        self._by_id[channel.id] = channel
        self._by_key[channel.key] = channel

    def get(self, channel_id: str) -> Channel | None:
        """Return the channel with this id."""
        return self._by_id.get(channel_id)

    def by_key(self, key: str) -> Channel | None:
        """Return the channel with this key."""
        return self._by_key.get(key)

    def default_of(self, type_: str) -> Channel | None:
        """Return the channel that a step without ``channel_key`` uses: the first one of its type."""
        return next((channel for channel in self._by_id.values() if channel.type == type_), None)

    def keys(self) -> list[str]:
        """Return the keys in order of creation."""
        return list(self._by_key)

    def __iter__(self) -> Iterator[Channel]:
        return iter([*self._by_id.values()])  # of this moment: another thread may add one meanwhile


def _check_texts(arguments: Mapping[str, object]) -> None:
    for name, value in arguments.items():
        if not isinstance(value, str):
            raise UsageTypeError(f"channels.add: {name} must be text, not {type(value).__name__} {value!r}")

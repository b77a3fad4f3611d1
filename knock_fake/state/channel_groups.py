"""Channel groups: several channels of one type behind one key, and the rules by which they are chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import JsonObject

RuleType: TypeAlias = Literal["always", "if", "unless"]


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """When one channel of a group is used: always, or if a condition holds, or unless it does."""

    channel: str
    type: RuleType
    condition: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class ChannelGroup:
    """One group. With the operator ``any`` each rule decides about its own channel, with ``all`` all have to hold."""

    key: str
    name: str
    channel_type: str
    operator: Literal["any", "all"]
    rules: tuple[ChannelRule, ...]


class ChannelGroupStore:
    """The channel groups of a world, by key."""

    def __init__(self) -> None:
        self._by_key: dict[str, ChannelGroup] = {}

    def get(self, key: str) -> ChannelGroup | None:
        """Return the group with this key."""
        return self._by_key.get(key)

    def all(self) -> Sequence[ChannelGroup]:
        """Return the groups in order of creation."""
        return (*self._by_key.values(),)

    def put(self, group: ChannelGroup) -> None:
        """Add a group, in place of one with the same key."""
        self._by_key[group.key] = group

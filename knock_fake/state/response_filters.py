"""Response filters of feed channels: which parts of variables, actors, recipients and data a feed shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class KeyPaths:
    """Keys of an entity, each as a path: the only ones shown, or with ``is_only`` false those that are not."""

    paths: tuple[tuple[str, ...], ...]
    is_only: bool


FilterRule: TypeAlias = "bool | KeyPaths"
"""Whether an entity is shown, or which of its keys are."""


@dataclass(frozen=True, slots=True)
class ResponseFilter:
    """What one feed channel shows of each kind of entity."""

    vars: FilterRule = True
    actor: FilterRule = True
    recipient: FilterRule = True
    data: FilterRule = True


_EVERYTHING = ResponseFilter()


class ResponseFilterStore:
    """The filters by channel id; a channel without one shows everything."""

    def __init__(self) -> None:
        self._by_channel: dict[str, ResponseFilter] = {}

    def of(self, channel_id: str) -> ResponseFilter:
        """Return a channel's filter."""
        return self._by_channel.get(channel_id, _EVERYTHING)

    def set(self, channel_id: str, response_filter: ResponseFilter) -> None:
        """Give a channel a filter instead of the one that it has."""
        self._by_channel[channel_id] = response_filter

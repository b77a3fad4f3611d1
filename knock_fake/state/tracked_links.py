"""Tracked links: the addresses that messages show in place of those that their templates name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.identifiers import Identifiers


@dataclass(frozen=True, slots=True)
class TrackedLink:
    """One address of one message; ``key`` stands for it in the address that is shown."""

    key: str
    message_id: str
    url: str


class TrackedLinkStore:
    """Every tracked link of a world. They outlive data retention (Knock's docs), and the message too (our choice)."""

    def __init__(self, identifiers: Identifiers) -> None:
        self._identifiers = identifiers
        self._by_key: dict[str, TrackedLink] = {}
        self._by_message: dict[str, dict[str, TrackedLink]] = {}

    def get(self, key: str) -> TrackedLink | None:
        """Return the link with this key."""
        return self._by_key.get(key)

    def of(self, message_id: str) -> Mapping[str, TrackedLink]:
        """Return a message's links by the address that they lead to, in the order in which they stand in it."""
        return self._by_message.get(message_id, {})

    def track(self, message_id: str, url: str) -> TrackedLink:
        """Return the link of a message that leads to an address; each address of a message has one."""
        links = self._by_message.setdefault(message_id, {})
        link = links.get(url)
        if link is None:
            key = self._identifiers.short_key(self._identifiers.next_sequence())
            link = links[url] = self._by_key[key] = TrackedLink(key, message_id, url)
        return link

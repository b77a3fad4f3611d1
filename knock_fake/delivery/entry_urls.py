"""Addresses in messages that lead to Knock itself: tracked links, open pixels, unsubscribing.

The fake serves them: in the process at Knock's own origin, on a server below the URL that a call came by. Knock does
not document their form, except for the length of short links: their paths are our choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.references import Reference
    from knock_fake.state.tracked_links import TrackedLink

ORIGIN = "https://api.knock.app"
"""Where the addresses lead in what the world remembers."""

SHORT_ORIGIN = "https://go.knock.app"
"""The origin of links in text messages: 31 characters with a key of ten (Knock's docs on tracking)."""

LINKS, OPENS, UNSUBSCRIBE = "/_links/", "/_opens/", "/_unsubscribe/"
"""What the paths begin with."""


def link_url(link: TrackedLink, *, is_short: bool) -> str:
    """Return the address that stands in a message for a tracked link."""
    return f"{SHORT_ORIGIN}/{link.key}" if is_short else f"{ORIGIN}{LINKS}{link.key}"


def open_url(message_id: str) -> str:
    """Return the address of the pixel that an email loads when it is opened."""
    return f"{ORIGIN}{OPENS}{message_id}.gif"


def unsubscribe_url(recipient: Reference) -> str:
    """Return the address at which a recipient unsubscribes from commercial messages."""
    return f"{ORIGIN}{UNSUBSCRIBE}{quote(recipient.collection, safe='$')}/{quote(recipient.id, safe='')}"


def at_base_url(value: JsonObject, base_url: str) -> JsonObject:
    """Return an object in which every such address leads to where the API is, such as ``http://127.0.0.1:4010``."""
    if base_url == ORIGIN:
        return value
    return {key: _at_base_url(one, base_url) for key, one in value.items()}


def _at_base_url(value: Json, base_url: str) -> Json:
    if isinstance(value, str):
        return _text_at_base_url(value, base_url)
    if isinstance(value, list):
        return [_at_base_url(one, base_url) for one in value]
    return at_base_url(value, base_url) if isinstance(value, dict) else value


def _text_at_base_url(text: str, base_url: str) -> str:
    for path in (LINKS, OPENS, UNSUBSCRIBE):
        text = text.replace(ORIGIN + path, base_url + path)
    return text.replace(f"{SHORT_ORIGIN}/", base_url + LINKS)

"""Tracking: the links of a message replaced by tracked ones, and the pixel that tells when an email is opened.

Only ``https`` addresses are wrapped: anchors of emails, links and bare addresses of Markdown, of chat JSON and of text
messages (Knock's docs on tracking). An anchor with ``data-knock-no-track`` keeps its address and loses the attribute.
"""

from __future__ import annotations

import re
from html import escape, unescape
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from knock_fake.delivery.entry_urls import open_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knock_fake.json_types import Json, JsonObject

Wrap: TypeAlias = "Callable[[str], str]"
"""From an address to the tracked one that stands for it."""

_ADDRESS = r"https://[^\s<>\"'|()\[\]`]*[^\s<>\"'|()\[\]`.,;:!?*_]"
_BARE = re.compile(_ADDRESS)
_MARKDOWN = re.compile(
    rf"(?P<code>`[^`]*`)|(?P<label>\[(?:[^\[\]\\]|\\.)*\]\(<?)(?P<target>{_ADDRESS})|(?P<bare>{_ADDRESS})"
)
_TAG_END = r"(?:[^>\"']|\"[^\"]*\"|'[^']*')*+>"
_ANCHOR = re.compile(rf"<a\b(?P<attributes>{_TAG_END})", re.IGNORECASE)
# What is not to be looked into comes first; a bare address is what is left between tags.
_HTML = re.compile(
    rf"<!--.*?-->|<(?P<closed>a|code|pre|script|style)\b{_TAG_END}.*?</(?P=closed)\s*>|</?[a-z]{_TAG_END}"
    rf"|(?P<bare>{_ADDRESS})",
    re.DOTALL | re.IGNORECASE,
)
_HREF = re.compile(r"""(?P<before>\bhref\s*=\s*)(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')""", re.IGNORECASE)
_NO_TRACK = re.compile(r"""\s*\bdata-knock-no-track(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"']+))?""", re.IGNORECASE)
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)
_PICTURES = ("image", "icon", "thumb", "avatar")


def track_links(channel_type: str, content: JsonObject, wrap: Wrap) -> JsonObject:
    """Return the content of a message with its links wrapped; that of types that Knock does not track stays."""
    tracker = _TRACKERS.get(channel_type)
    return content if tracker is None else tracker(content, wrap)


def with_open_pixel(content: JsonObject, message_id: str) -> JsonObject:
    """Return the content of an email with the pixel at the end of its body."""
    pixel = f'<img src="{open_url(message_id)}" alt="" width="1" height="1" style="display:none">'
    html = str(content["html_body"])
    end = next((match.start() for match in reversed([*_BODY_END.finditer(html)])), len(html))
    return {**content, "html_body": html[:end] + pixel + html[end:]}


def _track_email(content: JsonObject, wrap: Wrap) -> JsonObject:
    """Wrap the anchors of the HTML; the text version stays as it is (our choice)."""
    return {**content, "html_body": _track_anchors(str(content["html_body"]), wrap)}


def _track_sms(content: JsonObject, wrap: Wrap) -> JsonObject:
    return {**content, "body": _track_bare(str(content["body"]), wrap)}


def _track_feed(content: JsonObject, wrap: Wrap) -> JsonObject:
    """Wrap the links of the body; action URLs count as interactions (Knock's docs)."""
    blocks = content["blocks"]
    return {
        **content,
        "blocks": [_track_block(block, wrap) for block in blocks] if isinstance(blocks, list) else blocks,
    }


def _track_block(block: Json, wrap: Wrap) -> Json:
    if not isinstance(block, dict) or block.get("type") != "markdown":
        return block
    return {**block, "rendered": _track_html(str(block["rendered"]), wrap)}


def _track_chat(content: JsonObject, wrap: Wrap) -> JsonObject:
    template = content["template"]
    if not isinstance(template, dict):
        return content
    blocks, json_content = template["blocks"], template["json_content"]
    shown = [_track_chat_block(block, wrap) for block in blocks] if isinstance(blocks, list) else blocks
    return {**content, "template": {**template, "blocks": shown, "json_content": _track_json(json_content, wrap)}}


def _track_chat_block(block: Json, wrap: Wrap) -> Json:
    return {**block, "content": _track_markdown(str(block["content"]), wrap)} if isinstance(block, dict) else block


def _track_json(value: Json, wrap: Wrap) -> Json:
    """Wrap every address in the texts of a provider's own JSON, except those of pictures (our choice)."""
    if isinstance(value, str):
        return _track_bare(value, wrap)
    if isinstance(value, list):
        return [_track_json(one, wrap) for one in value]
    if isinstance(value, dict):
        return {
            key: one if any(name in key for name in _PICTURES) else _track_json(one, wrap) for key, one in value.items()
        }
    return value


def _track_bare(text: str, wrap: Wrap) -> str:
    return _BARE.sub(lambda match: wrap(match[0]), text)


def _track_markdown(text: str, wrap: Wrap) -> str:
    def replaced(match: re.Match[str]) -> str:
        if match["code"] is not None:
            return match[0]
        return wrap(match["bare"]) if match["bare"] is not None else match["label"] + wrap(match["target"])

    return _MARKDOWN.sub(replaced, text)


def _track_html(html: str, wrap: Wrap) -> str:
    def replaced(match: re.Match[str]) -> str:
        if match["bare"] is not None:
            return escape(wrap(unescape(match["bare"])))
        return _track_anchors(match[0], wrap)

    return _HTML.sub(replaced, html)


def _track_anchors(html: str, wrap: Wrap) -> str:
    return _ANCHOR.sub(lambda match: f"<a{_tracked_attributes(match['attributes'], wrap)}", html)


def _tracked_attributes(attributes: str, wrap: Wrap) -> str:
    kept, exclusions = _NO_TRACK.subn("", attributes)
    if exclusions:
        return kept

    def replaced(match: re.Match[str]) -> str:
        given = match["double"] if match["double"] is not None else match["single"]
        address = unescape(given).strip()
        return f'{match["before"]}"{escape(wrap(address))}"' if address.startswith("https://") else match[0]

    return _HREF.sub(replaced, attributes, count=1)


_TRACKERS: Mapping[str, Callable[[JsonObject, Wrap], JsonObject]] = MappingProxyType(
    {"email": _track_email, "sms": _track_sms, "chat": _track_chat, "in_app_feed": _track_feed}
)

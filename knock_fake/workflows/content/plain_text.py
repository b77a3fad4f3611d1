"""The text version of an email that has none of its own, made from its HTML."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape

_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<hidden>head|script|style|title|mj-head)\b.*?</(?P=hidden)\s*>"
    r"|<!doctype[^>]*>"
    r"|<(?P<close>/?)(?P<name>[a-z][a-z0-9-]*+)(?P<attributes>(?:[^>\"']|\"[^\"]*\"|'[^']*')*+)>",
    re.DOTALL | re.IGNORECASE,
)
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_BLOCKS = frozenset(
    (
        "address", "article", "aside", "blockquote", "body", "center", "div", "dl", "fieldset", "figure",
        "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "main", "nav", "ol",
        "p", "pre", "section", "table", "tbody", "tfoot", "thead", "ul",
    )
)  # fmt: skip
_LINES = frozenset(("br", "dd", "dt", "li", "tr"))
_CELLS = frozenset(("td", "th"))
_MJML_LINK = "mj-button"
_LINKS = frozenset(("a", _MJML_LINK))
# What tags ask for needs signs of its own, which no HTML can have: its own line breaks are only white space.
_LINE, _PARAGRAPH, _BULLET = "\x01", "\x02", "\x03"
_BREAKS = re.compile(rf"\s*([{_LINE}{_PARAGRAPH}][{_LINE}{_PARAGRAPH}\s]*)")
_BULLETS = re.compile(rf"{_BULLET}[{_LINE}{_PARAGRAPH}\s]*")


@lru_cache(maxsize=256)
def html_to_text(html: str) -> str:
    """Return the text of an HTML body.

    Tags go, entities become characters, block elements become paragraphs with an empty line between them,
    list items and table rows become lines, and a link keeps its address in brackets unless that is its text. The
    elements of MJML are blocks, too.
    What Knock makes of a body is undocumented: our choice.
    """
    pieces: list[str] = []
    links: list[tuple[int, str]] = []
    end = 0
    for match in _TAG.finditer(html):
        pieces.append(html[end : match.start()])
        end = match.end()
        if match["name"]:
            _take_tag(match, pieces, links)
    pieces.append(html[end:])
    return _laid_out("".join(pieces))


def _take_tag(match: re.Match[str], pieces: list[str], links: list[tuple[int, str]]) -> None:
    name, closing = match["name"].lower(), bool(match["close"])
    if name in _BLOCKS or (name.startswith("mj-") and name != _MJML_LINK):
        pieces.append(_PARAGRAPH)
    elif name in _LINES and not closing:
        pieces.append(_LINE + (_BULLET if name == "li" else ""))
    elif name in _CELLS:
        pieces.append(" ")
    elif name == "img":
        pieces.append(_attribute(_ALT, match["attributes"]))
    elif name in _LINKS and not closing:
        links.append((len(pieces), _attribute(_HREF, match["attributes"])))
    elif name in _LINKS and links:
        start, address = links.pop()
        if address and "".join(pieces[start:]).strip() != address:
            pieces.append(f" ({address})")


def _attribute(pattern: re.Pattern[str], attributes: str) -> str:
    match = pattern.search(attributes)
    return next((group for group in match.groups() if group is not None), "") if match else ""


def _laid_out(text: str) -> str:
    squeezed = re.sub(r"[ \t\r\n\f]+", " ", text)
    return unescape(_BREAKS.sub(_line_breaks, _BULLETS.sub("- ", squeezed))).strip()


def _line_breaks(match: re.Match[str]) -> str:
    return "\n\n" if _PARAGRAPH in match[1] else "\n" * match[1].count(_LINE)

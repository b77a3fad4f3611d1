"""Markdown: CommonMark to HTML, with Liquid that is rendered already or with Liquid that must survive."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_it import MarkdownIt

LIQUID = re.compile(
    r"\{%-?\s*(raw|comment|t)\b.*?%\}.*?\{%-?\s*end\1\s*-?%\}"  # what these tags enclose stays as it is
    r"|\{%.*?%\}|\{\{.*?\}\}",
    re.DOTALL,
)
"""One tag, one output, or a whole block whose inside is not to be changed; group 1 names the tag of such a block."""


# One line without a sign that CommonMark gives a meaning. It is a paragraph, and needs no parser.
_PLAIN = re.compile(r"""[^\s\\`*_\[\]<>&"#+\-=~0-9\x00](?: *[^\s\\`*_\[\]<>&"\x00])*""")


@lru_cache(maxsize=512)
def markdown_to_html(text: str) -> str:
    """Return the HTML of a CommonMark text, without a final line break.

    HTML in the text stays, and a line break inside a paragraph stays a line break. Equal texts, such as those
    of one workflow's feed items, are converted once.
    """
    if _PLAIN.fullmatch(text):
        return f"<p>{text}</p>"
    html: str = _converter().render(text)
    return html.rstrip("\n")


@cache
def _converter() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark")


def markdown_template_to_html(source: str) -> str:
    """Return a template that gives HTML from one that gives Markdown, with the same Liquid in its places.

    As in Knock's emails, Markdown inside a variable's value stays literal. A line with nothing but tags, such
    as ``{% if %}`` around list items, stands between the blocks of the HTML instead of inside a paragraph.
    """
    return _around_liquid(source, markdown_to_html)


def escape_template(source: str) -> str:
    """Return a template for the value of an HTML attribute: escaped, but for its Liquid."""
    return "".join(part if LIQUID.fullmatch(part) else escape(part) for part in _split(source))


def _split(source: str) -> list[str]:
    parts, end = [], 0
    for match in LIQUID.finditer(source):
        parts += [source[end : match.start()], match[0]]
        end = match.end()
    return [*parts, source[end:]]


def _around_liquid(source: str, convert: Callable[[str], str]) -> str:
    stem = _unused_stem(source)
    hidden: list[str] = []

    def hide(match: re.Match[str]) -> str:
        hidden.append(match[0])
        return f"{stem}{len(hidden) - 1}x"

    text = LIQUID.sub(hide, source)
    if not hidden:
        return convert(source)
    html = convert(_set_apart(text, stem, hidden))
    shown = re.compile(rf"(?:<!--|&lt;!--){stem}(\d+)y(?:-->|--&gt;)|{stem}(\d+)x")
    return shown.sub(lambda match: hidden[int(match[1] or match[2])], html)


def _unused_stem(source: str) -> str:
    # Letters only, so that Markdown takes a placeholder for a word and leaves it alone in links, too.
    stem = "liquid"
    while stem in source:
        stem += "q"
    return stem


def _set_apart(text: str, stem: str, hidden: list[str]) -> str:
    """Turn lines that hold only tags into HTML comments, which CommonMark keeps apart from paragraphs."""
    line = re.compile(rf"^([ \t]*)((?:{stem}\d+x[ \t]*)+)$", re.MULTILINE)
    one = re.compile(rf"{stem}(\d+)x")

    def comment(match: re.Match[str]) -> str:
        if any(hidden[int(number)].startswith("{{") for number in one.findall(match[2])):
            return match[0]
        return match[1] + one.sub(rf"<!--{stem}\1y-->", match[2])

    return line.sub(comment, text)

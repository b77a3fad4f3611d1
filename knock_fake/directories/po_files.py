"""Translations in gettext's PO format, which Knock takes beside JSON.

How Knock reads it is undocumented. Our choice: the ``msgid`` is the key and the ``msgstr`` the text; of the forms of a
plural the first is ``one`` and the last is ``other``; the header and what is fuzzy, obsolete or not translated are left
out, as gettext does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knock_fake.json_types import Json, JsonObject

_LINE = re.compile(
    r'(?:(?P<keyword>msgctxt|msgid_plural|msgid|msgstr)(?:\[(?P<form>\d+)\])?\s+)?"(?P<text>(?:[^"\\]|\\.)*)"'
)
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}


class PoFileError(Exception):
    """A PO file is malformed, or holds what has no place in a translation; ``line`` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(slots=True)
class _Entry:
    """One entry: its texts by keyword, the forms of a plural by number."""

    line: int
    is_fuzzy: bool = False
    texts: dict[str, str] = field(default_factory=dict)
    forms: dict[int, str] = field(default_factory=dict)

    def value(self) -> Json:
        if not self.forms:
            return self.texts.get("msgstr") or None
        forms = [self.forms[number] for number in sorted(self.forms)]
        if not all(forms):
            return None
        return {"other": forms[0]} if len(forms) == 1 else {"one": forms[0], "other": forms[-1]}


def read_po(text: str) -> JsonObject:
    """Return the texts of a PO file by key.

    Raises:
        PoFileError: a line is malformed, a key stands there twice, or an entry has a context.
    """
    translated: JsonObject = {}
    for entry in _entries(text):
        key, value = entry.texts.get("msgid"), entry.value()
        if key is None:
            raise PoFileError(entry.line, "an entry has no msgid")
        if "msgctxt" in entry.texts:
            raise PoFileError(entry.line, "msgctxt has no place in a translation: put the context into the msgid")
        if key in translated:
            raise PoFileError(entry.line, f"{key!r} stands there twice")
        if key and value is not None and not entry.is_fuzzy:
            translated[key] = value
    return translated


def _entries(text: str) -> Iterator[_Entry]:
    entry: _Entry | None = None
    is_fuzzy = False
    keyword, form = "", None
    for number, line in enumerate(map(str.strip, text.split("\n")), 1):
        if not line or line.startswith("#"):
            is_fuzzy = is_fuzzy or (line.startswith("#,") and "fuzzy" in line)
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise PoFileError(number, f"{line!r} is neither a keyword with a text in double quotes nor such a text")
        if found["keyword"]:
            keyword, form = found["keyword"], found["form"]
            if entry is None or (keyword in ("msgctxt", "msgid") and "msgid" in entry.texts):
                if entry is not None:
                    yield entry
                entry, is_fuzzy = _Entry(number, is_fuzzy), False
        if entry is None:
            raise PoFileError(number, "a text comes before the first keyword")
        _append(entry, keyword, form, _unescaped(found["text"]))
    if entry is not None:
        yield entry


def _append(entry: _Entry, keyword: str, form: str | None, text: str) -> None:
    if form is not None:
        entry.forms[int(form)] = entry.forms.get(int(form), "") + text
    else:
        entry.texts[keyword] = entry.texts.get(keyword, "") + text


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[0]), text)

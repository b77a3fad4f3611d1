"""What documents name by key and cannot do without: layouts of emails, and partials of any text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.directories.resources import LAYOUT, PARTIAL
from knock_fake.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from knock_fake.directories.documents import Place
    from knock_fake.directories.resources import Kind
    from knock_fake.json_types import Json, JsonObject

_SILENT = re.compile(r"\{%-?\s*(comment|raw)\s*-?%\}.*?\{%-?\s*end\1\s*-?%\}", re.DOTALL)
_RENDERED = re.compile(r"\{%-?\s*render\s+(['\"])(?P<key>[^'\"]+)\1")


@dataclass(frozen=True, slots=True)
class Reference:
    """A resource that is named at a place of a document."""

    kind: Kind
    key: str
    place: Place

    def problem(self, known: Mapping[Kind, frozenset[str]]) -> str | None:
        """Return what is wrong with it, the remedy included, if there is no such resource."""
        if self.key in known[self.kind]:
            return None
        noun, registry = self.kind.noun, self.kind.folder
        remedy = nearest(self.key, sorted(known[self.kind]))
        return f"there is no {noun} {self.key!r}, on disk or added with knock.{registry}.add; {remedy}"


def references_in(value: Json, place: Place = ()) -> Iterator[Reference]:
    """Yield the layouts and partials that a document names."""
    if isinstance(value, str):
        for found in _RENDERED.finditer(_SILENT.sub("", value)):
            yield Reference(PARTIAL, found["key"], place)
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from references_in(one, (*place, index))
    elif isinstance(value, dict):
        yield from _named_by(value, place)
        for key, one in value.items():
            yield from references_in(one, (*place, key))


def _named_by(value: JsonObject, place: Place) -> Iterator[Reference]:
    """Yield what an object names by one of its own keys: the settings of an email, a block of one."""
    layout, partial = value.get("layout_key"), value.get("key")
    if isinstance(layout, str) and layout and place[-2:] == ("template", "settings"):
        yield Reference(LAYOUT, layout, (*place, "layout_key"))
    if value.get("type") == "partial" and isinstance(partial, str) and "visual_blocks" in place:
        yield Reference(PARTIAL, partial, (*place, "key"))

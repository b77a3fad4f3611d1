"""Instants that stand in the text of a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.json_types import as_list
from knock_fake.timestamps import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knock_fake.json_types import Json, JsonObject

_SECTIONS = {"runs": ("inserted_at", "resumes_at"), "messages": ("inserted_at",), "bulk_operations": ("inserted_at",)}
"""The history's sections, and which keys of their entries are instants."""


def instant_errors(document: JsonObject) -> Iterator[tuple[str, str]]:
    """Yield field and message of what should be an instant and is none, in a document that fits the schema."""
    yield from _wrong("start", document.get("start"))
    for section, keys in _SECTIONS.items():
        for number, entry in enumerate(as_list(document.get(section))):
            if isinstance(entry, dict):
                for key in keys:
                    yield from _wrong(f"{section}.{number}.{key}", entry.get(key))


def _wrong(field: str, value: Json) -> Iterator[tuple[str, str]]:
    if not isinstance(value, str):
        return
    try:
        parse_instant(value)
    except ValueError:
        yield field, f"{value!r} is not an ISO-8601 instant such as '2026-01-01T09:00:00Z'"

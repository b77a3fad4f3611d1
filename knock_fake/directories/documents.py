"""What reading a directory yields: plain documents, and what is wrong with files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from knock_fake.directories.resources import Kind
    from knock_fake.errors import Problem
    from knock_fake.json_types import Json, JsonObject

Place: TypeAlias = tuple[str | int, ...]
"""Where a value stands in a document: keys and indexes from the outside to the inside."""


@dataclass(frozen=True, slots=True)
class Document:
    """One resource as it stands on disk, its extracted files put back into it.

    ``file`` is its main file as it is shown to people. ``origins`` tells which values came from files of their own,
    ``gaps`` which of them could not be read: a harmless value stands there instead.
    """

    kind: Kind
    key: str
    file: str
    content: JsonObject
    is_active: bool = True
    origins: Mapping[Place, str] = field(default_factory=dict)
    gaps: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything that was read. ``digest`` is that of all files, so that equal bundles need to be checked only once."""

    digest: bytes
    documents: tuple[Document, ...] = field(compare=False)
    problems: tuple[Problem, ...] = field(compare=False)

    def of(self, kind: Kind) -> tuple[Document, ...]:
        """Return the documents of one kind, by key."""
        return tuple(document for document in self.documents if document.kind is kind)


def value_at(value: Json, place: Place) -> Json:
    """Return the value at a place of a document, ``None`` where there is nothing."""
    for part in place:
        if isinstance(part, str) and isinstance(value, dict):
            value = value.get(part)
        elif isinstance(part, int) and isinstance(value, list) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def steps_around(place: Place) -> Iterator[Place]:
    """Yield the places of the steps that a place is in, the innermost first."""
    for end in range(len(place), 1, -1):
        if isinstance(place[end - 1], int) and place[end - 2] == "steps":
            yield place[:end]


def show_place(content: Json, place: Place, root: str) -> str:
    """Return a place as people are told it: from the innermost step on, which is named by its ref.

    Args:
        content: the document.
        place: the place in it.
        root: what to call the whole document, such as ``workflow``.
    """
    step = next(steps_around(place), ())
    ref = value_at(content, (*step, "ref")) if step else None
    shown, rest = (ref, place[len(step) :]) if isinstance(ref, str) else ("", place)
    for part in rest:
        shown += f"[{part}]" if isinstance(part, int) else f".{part}" if shown else part
    return shown or root

"""One thing wrong at a time: everything that a schema forbids at some place of a value that fits it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from tests.contract.shapes import Node, Shape, fits, node_of, shapes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knock_fake.json_types import Json

Path: TypeAlias = tuple[str | int, ...]


class Removed(Enum):
    """Stands for a key that is taken out."""

    REMOVED = "removed"


Change: TypeAlias = "tuple[Path, str, Json | Removed]"
"""Where, what is wrong there, and what is put there."""

SAMPLES: tuple[Json, ...] = ("some text", "", 7, 1.5, True, [], ["some text"], {}, {"some": "text"}, None)
"""One or two values of each JSON type."""
TEXTS: tuple[Json, ...] = ("some text", ["some text"], {"some": "text"})
"""What a query can put in a place, where every value is a text."""


@dataclass(frozen=True)
class Broken:
    """A value with one thing wrong, and where that is."""

    value: Json
    path: Path
    what: str

    @property
    def place(self) -> str:
        """The path as the errors of a refusal spell it."""
        return ".".join(map(str, self.path))

    def is_named_by(self, field: str, message: str) -> bool:
        """Whether an error of a refusal tells of it.

        It names the place, or something in it; or that a sibling is missing, when what was broken made it necessary.
        """
        siblings = self.place.rpartition(".")[0]
        is_here = field == self.place or field.startswith(f"{self.place}.")
        return is_here or (message == "is required" and field.rpartition(".")[0] == siblings)


def broken(name: str, value: Json, known: set[tuple[Path, str]]) -> Iterator[Broken]:
    """Yield every way to break a value that fits a definition; what still fits is left out.

    Of a list its first entry is broken, for all entries are checked alike.

    Args:
        name: the definition.
        value: what fits it.
        known: which breaks need not be made again; grows by those that were tried.
    """
    samples = TEXTS if name.endswith("_query") else SAMPLES
    for path, what, new in _changes(node_of(name), value, (), samples):
        if (path, what) not in known:
            known.add((path, what))
            changed = _changed(value, path, new)
            if not fits(name, changed):
                yield Broken(changed, path, what)


def _changes(node: Node, value: Json, path: Path, samples: tuple[Json, ...]) -> Iterator[Change]:
    alternatives = shapes(node)
    if path:
        # In a query, a text in the place of a list is a list of one.
        is_list = samples is TEXTS and any("array" in shape.types for shape in alternatives)
        yield from ((path, f"{sample!r} instead", sample) for sample in samples[is_list:])
    for shape in alternatives:
        if isinstance(value, str):
            yield from ((path, what, text) for what, text in _wrong_texts(shape))
        elif isinstance(value, int):
            yield from ((path, what, number) for what, number in _wrong_numbers(shape))
        elif isinstance(value, list) and value:
            yield from _overlong(shape, value[0], path)
            yield from _changes(shape.items, value[0], (*path, 0), samples)
        elif isinstance(value, dict):
            yield from _wrong_keys(shape, value, path)
            for name, inner in value.items():
                if not name:  # a dotted path cannot tell it
                    continue
                yield from _changes(shape.properties.get(name, shape.extra), inner, (*path, name), samples)


def _wrong_texts(shape: Shape) -> Iterator[tuple[str, str]]:
    longest = shape.at_most("maxLength")
    if longest is not None:
        yield "too long", "x" * (longest + 1)
    if shape.all_of("pattern"):
        yield "of another form", "a/b#c"
    if shape.options is not None:
        yield "in capitals", str(shape.options[0]).upper()


def _wrong_numbers(shape: Shape) -> Iterator[tuple[str, int]]:
    if shape.all_of("minimum"):
        yield "too small", shape.at_least("minimum") - 1
    most = shape.at_most("maximum")
    if most is not None:
        yield "too large", most + 1


def _overlong(shape: Shape, entry: Json, path: Path) -> Iterator[Change]:
    most = shape.at_most("maxItems")
    if most is not None:
        yield path, "too many entries", [_smallest(shape.items, entry)] * (most + 1)


def _smallest(node: Node, entry: Json) -> Json:
    """Return an entry that a thousand times over is still quickly judged."""
    if isinstance(entry, dict):
        needed = {name for shape in shapes(node) for name in shape.required}
        return {name: one for name, one in entry.items() if name in needed}
    return entry


def _wrong_keys(shape: Shape, value: dict[str, Json], path: Path) -> Iterator[Change]:
    yield from (((*path, name), "missing", Removed.REMOVED) for name in shape.required if name in value)
    most = shape.at_most("maxProperties")
    if most is not None:
        yield path, "too many keys", {f"key-{number}": "x" for number in range(most + 1)}
    if shape.is_closed:
        yield (*path, "unknown key"), "not known", "x"


def _changed(value: Json, path: Path, new: Json | Removed) -> Json:
    """Return a copy in which one place is changed."""
    step, rest = path[0], path[1:]
    if isinstance(value, list):
        return [_changed_to(one, rest, new) if place == step else one for place, one in enumerate(value)]
    assert isinstance(value, dict)
    name = str(step)
    if not rest and new is Removed.REMOVED:
        return {key: one for key, one in value.items() if key != name}
    return {**value, name: _changed_to(value.get(name), rest, new)}


def _changed_to(value: Json, path: Path, new: Json | Removed) -> Json:
    if path:
        return _changed(value, path, new)
    assert not isinstance(new, Removed)
    return new

"""Laws of reading directories: taking texts out into files and reading them back changes nothing."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from knock_fake import KnockFake
from knock_fake.directories.documents import value_at
from knock_fake.directories.reading import read_directories
from knock_fake.errors import DirectoryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knock_fake.directories.documents import Place
    from knock_fake.json_types import Json, JsonObject

_KEYS = st.text("abcdefgh_", min_size=1, max_size=8)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=15,
)
_DOCUMENTS = st.dictionaries(_KEYS, _VALUES, min_size=1, max_size=5)


def texts_in(value: Json, place: Place = ()) -> Iterator[Place]:
    """Yield the places of the texts that stand under a key."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        if isinstance(one, str) and isinstance(key, str):
            yield (*place, key)
        yield from texts_in(one, (*place, key))


def extract(document: JsonObject, places: list[Place], directory: Path) -> JsonObject:
    """Write the texts at some places into files of their own, and return the document that names them."""
    extracted = deepcopy(document)
    for number, place in enumerate(places):
        holder, key = value_at(extracted, place[:-1]), place[-1]
        assert isinstance(holder, dict)
        assert isinstance(key, str)
        text = holder.pop(key)
        assert isinstance(text, str)
        name = f"part_{number % 3}/{number}.txt"
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
        holder[f"{key}@"] = name
    return extracted


@given(_DOCUMENTS, st.data())
def test_extracted_texts_come_back(document: JsonObject, data: st.DataObject) -> None:
    found = [*texts_in(document)]
    places = data.draw(st.lists(st.sampled_from(found), unique=True)) if found else []
    with TemporaryDirectory() as root:
        directory = Path(root, "workflows", "any")
        directory.mkdir(parents=True)
        (directory / "workflow.json").write_text(json.dumps(extract(document, places, directory)))
        bundle = read_directories([Path(root)])
    [read] = bundle.documents
    assert (read.content, bundle.problems) == (document, ())
    assert {*read.origins} == {*places}


# -- whatever stands in the files --------------------------------------------------------------------------

PROJECT = Path(__file__).resolve().parent.parent / "knock_directories" / "everything" / "knock"
_FILES = sorted(path.relative_to(PROJECT) for path in PROJECT.rglob("*.json") if "workflow.json" in path.name)
_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=5,
)


def places_in(value: Json, place: Place = ()) -> Iterator[Place]:
    """Yield the place of every value."""
    yield place
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places_in(one, (*place, key))


def changed(document: JsonObject, place: Place, value: Json) -> Json:
    """Return a document with another value at a place."""
    copied: Json = deepcopy(document)
    match value_at(copied, place[:-1]), place[-1:]:
        case dict() as holder, (str() as key,):
            holder[key] = value
        case list() as items, (int() as index,):
            items[index] = value
        case _:
            return value
    return copied


def tell(world: KnockFake) -> tuple[object, ...]:
    """Return what a refused directory must not change."""
    return world.workflows.keys(), world.channels.keys(), world.audiences.keys(), world._core.identifiers.last


def problems_of(world: KnockFake, directory: str) -> list[str] | None:
    """Return why a directory is refused, ``None`` when it is loaded."""
    try:
        world.load(directory)
    except DirectoryError as error:
        return [str(problem) for problem in error.problems]
    return None


@settings(max_examples=60)
@given(st.data())
def test_any_file_loads_or_is_refused_with_problems_of_one_line(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(_FILES))
    document = json.loads((PROJECT / name).read_text())
    place = data.draw(st.sampled_from([*places_in(document)]))
    broken = changed(document, place, data.draw(_JUNK))
    world = KnockFake()
    before = tell(world)
    with TemporaryDirectory() as root:
        directory = Path(root, "workflows", name.parent.name)
        copytree(PROJECT / name.parent, directory)
        (directory / name.name).write_text(json.dumps(broken))
        problems = problems_of(world, root)
    if problems is not None:
        assert problems
        assert [problem for problem in problems if len(problem.splitlines()) != 1] == []
        assert tell(world) == before

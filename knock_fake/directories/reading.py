"""Reading directories: from files to documents. What was read is remembered as long as no file changes."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from knock_fake.directories.documents import Bundle, Document, show_place
from knock_fake.directories.joining import Joining
from knock_fake.directories.locating import locate, no_resources, resources_in, shown
from knock_fake.directories.po_files import PoFileError, read_po
from knock_fake.directories.resources import TRANSLATION
from knock_fake.directories.tree import Stamps, Tree
from knock_fake.errors import DirectoryError, Problem
from knock_fake.json_types import as_object
from knock_fake.json_values import MAX_LEVELS, is_deeper_than

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.directories.documents import Place
    from knock_fake.directories.resources import Kind
    from knock_fake.json_types import Json, JsonObject

_Paths = tuple[Path | None, ...]

_REMEMBERED: dict[tuple[Path, _Paths], tuple[Stamps, Bundle]] = {}
"""What was read, by current directory and paths. It is what the files hold, whichever world asks."""

_MOST_REMEMBERED = 32


def read_directories(paths: Sequence[Path | None]) -> Bundle:
    """Read directories, all of them into one bundle; ``None`` stands for the project of the current directory.

    Problems with files are kept in the bundle, so that those of what could be read come to light as well.
    """
    asked = Path.cwd(), tuple(paths)
    remembered = _REMEMBERED.get(asked)
    if remembered is not None and remembered[0].still_hold():
        return remembered[1]
    _REMEMBERED.pop(asked, None)
    reading = _Reading()
    for path in paths:
        reading.read(path)
    bundle, stamps = reading.bundle(), reading.tree.stamps
    if stamps.are_settled():
        while len(_REMEMBERED) >= _MOST_REMEMBERED:
            _REMEMBERED.pop(next(iter(_REMEMBERED)), None)
        _REMEMBERED[asked] = stamps, bundle
    return bundle


def forget() -> None:
    """Forget what was read; the next reading looks at every file."""
    _REMEMBERED.clear()


class _Reading:
    """One reading of one or more directories."""

    def __init__(self) -> None:
        self.tree = Tree()
        self._documents: dict[tuple[Kind, str], Document] = {}
        self._problems: list[Problem] = []

    def bundle(self) -> Bundle:
        contents = [(one.kind.noun, one.key, one.is_active, one.content) for one in self._documents.values()]
        digest = blake2b(orjson.dumps([contents, [str(problem) for problem in self._problems]])).digest()
        return Bundle(digest, tuple(self._documents.values()), tuple(self._problems))

    def read(self, given: Path | None) -> None:
        try:
            directory = locate(self.tree, given)
            found = list(resources_in(self.tree, directory))
        except DirectoryError as error:
            self._problems.extend(error.problems)
            return
        except OSError as error:
            unreadable = shown(Path(str(error.filename)))
            self._problems.append(Problem(unreadable, "directory", f"cannot be read: {error.strerror}"))
            return
        if not found:
            self._problems.append(no_resources(directory))
        for kind, path in found:
            document = self._translation(path) if kind is TRANSLATION else self._resource(kind, path)
            if document is not None:
                self._keep(document)

    def _keep(self, document: Document) -> None:
        other = self._documents.setdefault((document.kind, document.key), document)
        if other is not document:
            problem = f"{document.kind.noun} {document.key!r} stands in {other.file} already: remove one of them"
            self._problems.append(Problem(document.file, "key", problem))

    def _resource(self, kind: Kind, directory: Path) -> Document | None:
        file = directory / kind.file
        content = self._object(file)
        if content is None:
            return None
        joining = Joining(directory, self.tree)
        joined = joining.join(content)
        assert isinstance(joined, dict)  # noqa: S101 - an object stays one
        joined.pop("$schema", None)
        document = Document(
            kind=kind,
            key=directory.name,
            file=shown(file),
            content=joined,
            is_active=self._readonly(content, file, directory.name),
            origins={place: shown(path) for place, path in joining.origins.items()},
            gaps=tuple(joining.gaps),
        )
        for place, message in joining.problems:
            self._refuse(document, place, message)
        return document

    def _readonly(self, content: JsonObject, file: Path, name: str) -> bool:
        """Check what the command line notes of a resource, and return whether it is switched on."""
        noted = content.get("__readonly")
        readonly = as_object(noted)
        key, active = readonly.get("key"), readonly.get("active")
        is_scheduled = content.get("active_from") is not None or content.get("active_until") is not None
        if key is not None and key != name:
            problem = f"is {key!r} in the directory {name!r}: the two must be the same"
            self._problems.append(Problem(shown(file), "__readonly.key", problem))
        # A schedule switches a guide on and off by itself: what was noted is of the day of the pull (our choice).
        return active is not False or is_scheduled

    def _translation(self, file: Path) -> Document | None:
        content = self._po(file) if file.suffix == ".po" else self._object(file)
        return None if content is None else Document(TRANSLATION, file.stem, shown(file), content)

    def _po(self, file: Path) -> JsonObject | None:
        """Return the texts that a PO file holds, ``None`` with a problem if it cannot be read."""
        try:
            return read_po(self.tree.read(file).decode())
        except PoFileError as error:
            place, message = f"line {error.line}", str(error)
        except (OSError, UnicodeDecodeError) as error:
            place, message = "file", f"cannot be read as text in UTF-8: {error}"
        self._problems.append(Problem(shown(file), place, message))
        return None

    def _object(self, file: Path) -> JsonObject | None:
        """Return the JSON object that a file holds, ``None`` with a problem if it holds none."""
        try:
            content: Json = orjson.loads(self.tree.read(file))
        except orjson.JSONDecodeError as error:
            place, message = f"line {error.lineno}, column {error.colno}", f"is no JSON: {error.msg}"
        except OSError as error:
            place, message = "file", f"cannot be read: {error.strerror}"
        else:
            if isinstance(content, dict) and not is_deeper_than(content, MAX_LEVELS):
                return content
            place = "file"
            message = f"must be a JSON object of at most {MAX_LEVELS} levels"
        self._problems.append(Problem(shown(file), place, message))
        return None

    def _refuse(self, document: Document, place: Place, message: str) -> None:
        where = show_place(document.content, place, document.kind.noun)
        self._problems.append(Problem(document.file, where, message))

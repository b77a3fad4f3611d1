"""Extracted files: a key that ends in ``@`` names the file that holds the value of the key without it.

The rules are those of Knock's command line: a path is relative to the file that names it, stays inside the directory of
its resource and is named once; files are followed two levels deep; a value that stands beside its ``@`` key wins.
"""

from __future__ import annotations

import posixpath
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

import orjson

from knock_fake.errors import nearest
from knock_fake.json_values import MAX_LEVELS, is_deeper_than

if TYPE_CHECKING:
    from knock_fake.directories.documents import Place
    from knock_fake.directories.tree import Tree
    from knock_fake.json_types import Json

MARK = "@"
"""What a key ends in whose value is the path of a file."""

_LEVELS = 2
_JSON_FILE = "visual_blocks.json"
"""The one name of files that are decoded. Other JSON stays text: there may be Liquid in it (Knock's command line)."""

_LONGEST_PATH = 100
"""Characters of a path that are shown."""

_NOT_CONTENT = ("__readonly", "__annotation")


class Joining:
    """Puts the extracted files of one resource back into its document.

    Args:
        directory: the directory of the resource.
        tree: what files are read through.

    After :meth:`join`, ``problems`` holds what could not be put back, with its place and a message; ``gaps`` the places
    that got a harmless value instead; ``origins`` the file that each value came from.
    """

    def __init__(self, directory: Path, tree: Tree) -> None:
        self._directory = directory
        self._tree = tree
        self._used: set[str] = set()
        self.problems: list[tuple[Place, str]] = []
        self.gaps: list[Place] = []
        self.origins: dict[Place, Path] = {}

    def join(self, content: Json) -> Json:
        """Return the document with its files in it, and without what the command line notes for itself."""
        return self._joined(content, (), folder="", level=0)

    def _joined(self, value: Json, place: Place, folder: str, level: int) -> Json:
        if isinstance(value, list):
            return [self._joined(one, (*place, index), folder, level) for index, one in enumerate(value)]
        if not isinstance(value, dict):
            return value
        joined: dict[str, Json] = {}
        for key, inner in value.items():
            plain = key.removesuffix(MARK)
            if key in _NOT_CONTENT or (plain != key and plain in value):
                continue
            if plain and plain != key:
                joined[plain] = self._extracted(inner, (*place, key), (*place, plain), folder, level)
            else:
                joined[key] = self._joined(inner, (*place, key), folder, level)
        return joined

    def _extracted(self, reference: Json, named_at: Place, place: Place, folder: str, level: int) -> Json:
        try:
            path = self._accepted(reference, folder, level)
            content = self._content(path)
        except _UnusableFileError as error:
            self.problems.append((named_at, str(error)))
            self.gaps.append(place)
            return [] if isinstance(reference, str) and _is_decoded(reference) else ""
        self.origins[place] = self._directory / path
        return self._joined(content, place, posixpath.dirname(path), level + 1)

    def _accepted(self, reference: Json, folder: str, level: int) -> str:
        """Return a path relative to the directory of the resource."""
        if not isinstance(reference, str) or not reference:
            raise _UnusableFileError(f"must be the path of a file, not {reference!r}")
        if level == _LEVELS:
            raise _UnusableFileError(f"{reference!r} is one file too far: they are followed {_LEVELS} levels deep")
        if PurePosixPath(reference).is_absolute() or PureWindowsPath(reference).anchor:
            raise _UnusableFileError(f"{reference!r} is absolute: write the path from the file that names it")
        path = posixpath.normpath(posixpath.join(folder, reference))
        if path.split("/")[0] == "..":
            remedy = "write the path from the file that names it, and keep it inside"
            raise _UnusableFileError(f"{reference!r} leads out of {self._directory.name}/: {remedy}")
        if path in self._used:
            raise _UnusableFileError(f"{path!r} is named by another key already: give each its own file")
        self._used.add(path)
        return path

    def _content(self, path: str) -> Json:
        file = self._directory / path
        if not self._tree.is_file(file):
            raise _UnusableFileError(f"there is no file {_brief(path)}{self._nearest(path, file.parent)}")
        try:
            text = self._tree.read(file).decode()
        except (OSError, UnicodeDecodeError) as error:
            raise _UnusableFileError(f"{path!r} cannot be read as text in UTF-8: {error}") from error
        return _decoded(text, path) if _is_decoded(path) else text

    def _nearest(self, path: str, folder: Path) -> str:
        try:
            others = [one.relative_to(self._directory).as_posix() for one in self._tree.files_in(folder)]
        except OSError:
            others = []
        return f"; {nearest(path, others)}" if others else ""


class _UnusableFileError(Exception):
    """An extracted file cannot be put back; the message says why, and what to do."""


def _brief(path: str) -> str:
    """Return a path, or the beginning of what is far too long for one: a text that stands where its path should."""
    return repr(path) if len(path) <= _LONGEST_PATH else f"{path[:_LONGEST_PATH]!r}..."


def _is_decoded(path: str) -> bool:
    return posixpath.basename(path).lower() == _JSON_FILE


def _decoded(text: str, path: str) -> Json:
    try:
        content: Json = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _UnusableFileError(f"{path!r} is no JSON: {error}") from error
    if is_deeper_than(content, MAX_LEVELS):
        raise _UnusableFileError(f"{path!r} is nested deeper than {MAX_LEVELS} levels")
    return content

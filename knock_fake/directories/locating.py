"""Where the resources of a project stand: ``knock.json``, the folders, one folder, or a single resource."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from knock_fake.directories.resources import KINDS, KINDS_WITH_A_FILE, TRANSLATION
from knock_fake.errors import DirectoryError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knock_fake.directories.resources import Kind
    from knock_fake.directories.tree import Tree

PROJECT_FILE = "knock.json"
"""The file of a project that names its Knock directory (Knock's docs on the command line)."""

_USUAL_NAMES = ("knock", ".knock")


def locate(tree: Tree, given: Path | None) -> Path:
    """Return the directory that holds the resources.

    Args:
        tree: what the file system is looked at through.
        given: a directory, or a file such as ``knock.json`` or ``workflow.json``; without one, the project is looked
            for from the current directory upwards.

    Raises:
        DirectoryError: there is no such directory, or ``knock.json`` names none.
    """
    if given is None:
        return _named_in(tree, _find_project(tree))
    path = Path.cwd() / given
    if tree.is_file(path):
        return _named_in(tree, path) if path.name == PROJECT_FILE else path.parent
    if not tree.is_directory(path):
        raise _refusal(path, "directory", "does not exist")
    project = path / PROJECT_FILE
    return _named_in(tree, project) if tree.is_file(project) else path


def _find_project(tree: Tree) -> Path:
    here = Path.cwd()
    for directory in (here, *here.parents):
        if tree.is_file(directory / PROJECT_FILE):
            return directory / PROJECT_FILE
    problem = f"no {PROJECT_FILE} here or in a directory above: name the directory that your workflows are in"
    raise _refusal(here, "directory", problem)


def _named_in(tree: Tree, project: Path) -> Path:
    """Return the directory that a project file names, relative to that file (Knock's docs on the command line)."""
    try:
        content = orjson.loads(tree.read(project))
    except (OSError, orjson.JSONDecodeError) as error:
        raise _refusal(project, "file", f"cannot be read as JSON: {error}") from error
    named = content.get("knockDir") if isinstance(content, dict) else None
    if not isinstance(named, str) or not named:
        raise _refusal(project, "knockDir", f"must be the path of a directory, not {named!r}")
    directory = Path(project.parent, named)
    if not tree.is_directory(directory):
        raise _refusal(project, "knockDir", f"{named!r} is no directory beside this file")
    return directory


def resources_in(tree: Tree, directory: Path) -> Iterator[tuple[Kind, Path]]:
    """Yield what there is to read: the kind of each resource, and its directory; of a translation, its file.

    Args:
        tree: what the file system is looked at through.
        directory: a Knock directory, one of its folders, or the directory of one resource.
    """
    single = next((kind for kind in KINDS_WITH_A_FILE if tree.is_file(directory / kind.file)), None)
    if single is not None:
        yield single, directory
        return
    folders = [kind for kind in KINDS if tree.is_directory(directory / kind.folder)]
    for kind in folders:
        yield from _in_folder(tree, directory / kind.folder, kind)
    if not folders:
        for kind in KINDS if directory.name == TRANSLATION.folder else KINDS_WITH_A_FILE:
            yield from _in_folder(tree, directory, kind)


def _in_folder(tree: Tree, folder: Path, kind: Kind) -> Iterator[tuple[Kind, Path]]:
    for directory in tree.directories_in(folder):
        if kind is TRANSLATION:
            yield from ((kind, file) for file in tree.files_in(directory) if _is_translation(file))
        elif tree.is_file(directory / kind.file):
            yield kind, directory


def _is_translation(file: Path) -> bool:
    """Whether a file in a locale's directory is named after it: ``<locale>.json``, ``<namespace>.<locale>.json``."""
    *namespace, locale = file.stem.split(".")
    return len(namespace) < 2 and locale.lower() == file.parent.name.lower() and file.suffix in (".json", ".po")


def no_resources(directory: Path) -> Problem:
    """Return the problem of a directory in which there is nothing to read."""
    folders = ", ".join(f"{kind.folder}/" for kind in KINDS)
    usual = next((directory / name for name in _USUAL_NAMES if (directory / name).is_dir()), None)
    remedy = f"holds none of {folders}" if usual is None else f"holds no resources: did you mean {shown(usual)}?"
    return Problem(shown(directory), "directory", remedy)


def shown(path: Path) -> str:
    """Return a path as people are told it: from the current directory if it stands in it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _refusal(path: Path, place: str, message: str) -> DirectoryError:
    return DirectoryError([Problem(shown(path), place, message)])

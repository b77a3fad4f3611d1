"""The part of a world that loads directories."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

from knock_fake.errors import UsageTypeError

if TYPE_CHECKING:
    from os import PathLike

    from knock_fake.core import Core
    from knock_fake.workflows.loaded import Loaded

Directories: TypeAlias = "str | PathLike[str] | Iterable[str | PathLike[str]]"
"""One path or several."""


class Loading:
    """The part of a world that loads directories."""

    _core: Core

    def load(self, *directories: str | PathLike[str], add_channels: bool = True) -> Loaded:
        """Load workflows and what belongs to them from directories, as Knock's command line pulls them.

        Loading again replaces what has changed on disk: running runs keep the version they began with, and what is as
        it was keeps its version. Nothing is ever removed.

        Args:
            directories: each a Knock directory (``workflows/``, ``layouts/``, ...), a directory with a ``knock.json``,
                one such folder, or the directory of a single resource. Without any, ``knock.json`` is looked for from
                the current directory upwards.
            add_channels: configure the channels that steps name and that are not there, since channels do not stand
                on disk: of the step's type, with an id made from the key. When false, such steps are skipped in runs.

        Returns:
            What was loaded, and which channels were added.

        Raises:
            DirectoryError: something cannot be honoured; it holds every problem, and nothing was loaded.
            UsageTypeError: a directory is no path.
        """
        return self._core.load(*directories, add_channels=add_channels)


def load_lazily(core: Core, directories: tuple[str | PathLike[str], ...], add_channels: object) -> Loaded:
    """Load directories into an environment; what reads them is imported when it is first needed."""
    from knock_fake.directories.loading import load_directories

    return load_directories(core, directories, add_channels)


def several(directories: Directories | None) -> tuple[str | PathLike[str], ...]:
    """Return the paths that somebody gave as none, one or several.

    Raises:
        UsageTypeError: what was given is none of these.
    """
    if directories is None:
        return ()
    if isinstance(directories, str | os.PathLike):
        return (directories,)
    if not isinstance(directories, Iterable):
        found = f"{type(directories).__name__} {directories!r}"
        raise UsageTypeError(f"knock_dir is the path of a directory, or several, not {found}")
    return tuple(directories)

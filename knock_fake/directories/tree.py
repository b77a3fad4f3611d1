"""Looking at files, and remembering what was looked at, so that one can tell later whether it changed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from time import time_ns
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_Stamp: TypeAlias = tuple[int, int, int] | None

_SETTLED_AFTER = 2_000_000_000
"""Nanoseconds after which a change shows in a file's time: the coarsest file systems count in steps of two seconds."""


@dataclass(frozen=True, slots=True)
class Stamps:
    """What the file system said of every path that was looked at. A path that was not there has ``None``."""

    of: dict[str, _Stamp]

    def still_hold(self) -> bool:
        """Whether nothing that was looked at has changed since."""
        return all(_stamp(path) == stamp for path, stamp in self.of.items())

    def are_settled(self) -> bool:
        """Whether every change from now on will show in the stamps.

        A file that was written a moment ago can be written again without its time telling.
        """
        newest = max((stamp[0] for stamp in self.of.values() if stamp is not None), default=0)
        return time_ns() - newest > _SETTLED_AFTER


def _stamp(path: str | Path) -> _Stamp:
    try:
        found = os.stat(path)  # noqa: PTH116 - takes texts, of which thousands are compared before a test
    except (OSError, ValueError):  # what can be no path at all is not there either
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _is(test: Callable[[], bool]) -> bool:
    try:
        return test()
    except (OSError, ValueError):
        return False


class Tree:
    """The file system, as far as one reading of a directory looked at it."""

    def __init__(self) -> None:
        self._stamps: dict[str, _Stamp] = {}

    @property
    def stamps(self) -> Stamps:
        """What was looked at up to now."""
        return Stamps(dict(self._stamps))

    def is_file(self, path: Path) -> bool:
        """Whether there is a file."""
        self._look_at(path)
        return _is(path.is_file)

    def is_directory(self, path: Path) -> bool:
        """Whether there is a directory."""
        self._look_at(path)
        return _is(path.is_dir)

    def read(self, path: Path) -> bytes:
        """Return what a file holds.

        Raises:
            OSError: it cannot be read.
        """
        self._look_at(path)
        return path.read_bytes()

    def files_in(self, path: Path) -> list[Path]:
        """Return the files of a directory by name; of what is no directory there are none.

        Raises:
            OSError: the directory cannot be read.
        """
        return [child for child in self._children(path) if child.is_file()]

    def directories_in(self, path: Path) -> list[Path]:
        """Return the directories inside a directory by name; of what is no directory there are none.

        Raises:
            OSError: the directory cannot be read.
        """
        return [child for child in self._children(path) if child.is_dir()]

    def _children(self, path: Path) -> list[Path]:
        self._look_at(path)
        return sorted(path.iterdir()) if _is(path.is_dir) else []

    def _look_at(self, path: Path) -> None:
        # Before it is read: what changes while it is read must count as changed.
        self._stamps.setdefault(str(path), _stamp(path))

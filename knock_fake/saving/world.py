"""The part of a world that is saved to a file, and made from one."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Self

from knock_fake.errors import UsageError, UsageTypeError, unreadable
from knock_fake.sharing_time import SharingTime

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from os import PathLike

    from knock_fake.core import Core
    from knock_fake.gateway.pipeline import Gateway
    from knock_fake.json_types import JsonObject


class Saving(SharingTime, ABC):
    """The part of a world that is saved to a file, and made from one."""

    _core: Core
    _gateway: Gateway
    _lock: AbstractContextManager[object]

    @abstractmethod
    def _refuse_while_moving(self, verb: str) -> None:
        """Raise UsageError while the clock is moving."""

    def save(self, path: str | PathLike[str]) -> None:
        """Write the whole world to one JSON file: state, clock with all that waits, definitions, settings, journal.

        Raises:
            UsageError: the world holds what is no data, such as a function that answers fetches; the message names it.
                Or the file cannot be written, or the clock is moving.
            UsageTypeError: the path is none.
        """
        from knock_fake.saving.documents import write

        file = _path(path)
        content = write(self.to_json())
        try:
            file.write_bytes(content)
        except FileNotFoundError as error:
            raise UsageError(f"{file} cannot be written: the directory {file.parent} does not exist") from error
        except OSError as error:
            raise UsageError(f"{file} cannot be written: {error.strerror or error}") from error

    @classmethod
    def from_saved(cls, path: str | PathLike[str]) -> Self:
        """Make a world from a file that :meth:`save` wrote: it goes on as the saved one would. Its clock is manual.

        Raises:
            UsageError: the file cannot be read, is no saved world, or was saved by a version that knows more.
            UsageTypeError: the path is none.
        """
        from knock_fake.saving.documents import read

        file = _path(path)
        try:
            content = file.read_bytes()
        except OSError as error:
            raise UsageError(f"{file} {unreadable(error)}") from error
        world = cls()
        world.become(read(content, str(file)))
        return world

    def to_json(self) -> JsonObject:
        """Return the whole world as plain data; see :meth:`save`.

        Raises:
            UsageError: the world holds what is no data, or the clock is moving.
        """
        from knock_fake.saving.documents import encode

        with self._lock:
            self._refuse_while_moving("save")
            return encode(self._core, self._gateway)

    def become(self, document: JsonObject) -> None:
        """Replace everything in this world by a saved one; see :meth:`from_saved`. :meth:`reset` undoes it.

        Raises:
            UsageError: the document is no saved world; this one stays as it is. Or the clock is moving.
        """
        from knock_fake.saving.documents import decode

        with self._lock:
            self._refuse_while_moving("become")
            before = self._core, self._gateway
            try:
                self._rebuild_for(document)
                decode(self._core, self._gateway, document)
                self._resume()
            except BaseException:
                self._core, self._gateway = before
                raise
            finally:
                self.share_time()
            self._look_again()

    @abstractmethod
    def _look_again(self) -> None:
        """Tell who is connected what is another than it was."""

    @abstractmethod
    def _resume(self) -> None:
        """Let the parts of a world that was loaded go on that it has only where they are needed."""

    @abstractmethod
    def _rebuild_for(self, document: JsonObject) -> None:
        """Put a pristine core and gateway in the place of those that there are, for a saved world to fill."""


def _path(path: object) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise UsageTypeError(f"a world is saved to a path, not {type(path).__name__} {path!r}")
    return Path(os.fsdecode(os.fspath(path)))

"""Files that are watched: whoever depends on them is told when one changes."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_LOOK_SECONDS = 0.2


@contextmanager
def watching(files: Sequence[str], on_change: Callable[[], None]) -> Iterator[None]:
    """Call ``on_change``, in a thread of its own, whenever a file is written or replaced while the block runs.

    A few files are looked at five times a second, which costs nothing that can be measured and works on every
    file system; without files there is no thread.
    """
    if not files:
        yield
        return
    stop = Event()
    thread = Thread(target=_watch, args=(files, on_change, stop), name="knock_fake watches files", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _watch(files: Sequence[str], on_change: Callable[[], None], stop: Event) -> None:
    seen = _stamps(files)
    while not stop.wait(_LOOK_SECONDS):
        now = _stamps(files)
        if now != seen:
            seen = now
            on_change()


def _stamps(files: Sequence[str]) -> list[tuple[int, int, int] | None]:
    """Return what tells one state of each file from another, ``None`` while there is no such file."""
    stamps: list[tuple[int, int, int] | None] = []
    for file in files:
        try:
            found = Path(file).stat()
        except OSError:
            stamps.append(None)
        else:
            stamps.append((found.st_mtime_ns, found.st_size, found.st_ino))
    return stamps

"""Loading: all of what stands in directories goes into a world, or nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from knock_fake.directories.preparing import Environment, prepare
from knock_fake.directories.reading import read_directories
from knock_fake.directories.resources import KINDS
from knock_fake.errors import UsageTypeError
from knock_fake.workflows.loaded import Loaded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

    from knock_fake.core import Core


def load_directories(core: Core, directories: Iterable[str | PathLike[str]], add_channels: object) -> Loaded:
    """Load directories into a world; the caller holds its lock.

    Args:
        core: the parts of the world.
        directories: what to load; without any, the project of the current directory.
        add_channels: whether channels that the world does not have are added.

    Raises:
        DirectoryError: something cannot be honoured; it holds every problem, and the world is as it was.
        UsageTypeError: a directory is no path, or ``add_channels`` is neither True nor False.
    """
    if not isinstance(add_channels, bool):
        raise UsageTypeError(f"add_channels must be True or False, not {add_channels!r}")
    bundle = read_directories([_path(directory) for directory in directories] or [None])
    channels = core.state.channels
    environment = Environment(
        channels=tuple((channel.key, channel.type) for channel in channels),
        layouts=frozenset(core.library.layouts.keys()),
        partials=frozenset(core.library.partials.keys()),
    )
    prepared = prepare(bundle, environment, add_channels=add_channels)
    added = tuple(
        channels.add(planned.key, type=planned.type, id=planned.id, provider=planned.provider)
        for planned in prepared.channels
    )
    changed = [document for document, commit in prepared.commits if commit(core)]
    keys = {kind.folder.replace("-", "_"): tuple(one.key for one in bundle.of(kind)) for kind in KINDS}
    return Loaded(
        **keys,
        added_channels=added,
        unknown_channels=prepared.unknown_channels,
        changed=tuple(f"{one.kind.noun} {one.key!r}" for one in changed),
    )


def _path(directory: object) -> Path:
    if not isinstance(directory, str | os.PathLike):
        raise UsageTypeError(f"a directory is a path, not {type(directory).__name__} {directory!r}")
    return Path(os.fsdecode(os.fspath(directory)))

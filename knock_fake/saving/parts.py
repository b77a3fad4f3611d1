"""The parts of a world by the path that leads to them, which is the same in every world."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.snapshots import attributes_of, is_part

if TYPE_CHECKING:
    from collections.abc import Mapping


def parts_by_path(roots: Mapping[str, object]) -> dict[str, object]:
    """Return every part of a world, each by its shortest path of attribute names, such as ``core.state.messages``.

    Args:
        roots: the parts that lead to all others, by name.
    """
    found: dict[str, object] = {}
    seen: set[int] = set()
    waiting = [*roots.items()]
    while waiting:
        path, part = waiting.pop(0)
        if id(part) not in seen:
            seen.add(id(part))
            found[path] = part
            waiting += [(f"{path}.{name}", value) for name, value in attributes_of(part) if is_part(value)]
    return found

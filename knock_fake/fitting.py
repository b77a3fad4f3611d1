"""Filters: what somebody wants a record to be, compared with what it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import TypeAlias

from knock_fake.state.references import Reference

Filters: TypeAlias = Mapping[str, object]


def fits(wanted: object, value: object) -> bool:
    """Whether a value is what is wanted.

    A function is asked. A compiled pattern is searched for in text. A dictionary names the keys that count, at any
    depth. Of a list or set, one item is wanted when it is in there, a list or set when it is equal. A recipient is
    wanted by its id, an object by ``"collection/id"`` or ``{"collection": ..., "id": ...}``; functions and patterns get
    that text. Everything else must be equal; ``True`` is not 1.
    """
    if isinstance(value, Reference):
        return _names(wanted, value)
    if callable(wanted) and not isinstance(wanted, Enum):
        return bool(wanted(value))
    if isinstance(wanted, re.Pattern):
        return isinstance(value, str) and wanted.search(value) is not None
    if isinstance(wanted, Mapping) and isinstance(value, Mapping):
        return all(key in value and fits(one, value[key]) for key, one in wanted.items())
    if _is_group(value):
        return _fits_group(wanted, value)
    return isinstance(wanted, bool) == isinstance(value, bool) and wanted == value


def _is_group(value: object) -> bool:
    return isinstance(value, Sequence | AbstractSet) and not isinstance(value, str | bytes)


def _fits_group(wanted: object, group: object) -> bool:
    assert isinstance(group, Sequence | AbstractSet)  # noqa: S101 - asked before
    if not _is_group(wanted):
        return any(fits(wanted, one) for one in group)
    assert isinstance(wanted, Sequence | AbstractSet)  # noqa: S101 - asked before
    if isinstance(group, AbstractSet):
        is_held = all(any(fits(one, held) for held in group) for one in wanted)
        return is_held and all(any(fits(one, held) for one in wanted) for held in group)
    return len(wanted) == len(group) and all(map(fits, wanted, group))


def _names(wanted: object, reference: Reference) -> bool:
    if isinstance(wanted, Mapping):
        return dict(wanted) == {"collection": reference.collection, "id": reference.id}
    if isinstance(wanted, re.Pattern):
        return wanted.search(str(reference)) is not None
    return bool(wanted(str(reference))) if callable(wanted) else wanted in (str(reference), reference)


def show_filters(filters: Filters) -> str:
    """Return filters as they were written, for messages; a function by its name."""
    return ", ".join(f"{name}={show_value(value)}" for name, value in filters.items())


def show_value(value: object) -> str:
    """Return a value as messages show it, short enough to read."""
    if isinstance(value, Reference):
        return repr(str(value))
    if callable(value) and not isinstance(value, Enum):
        return getattr(value, "__name__", repr(value))
    if isinstance(value, re.Pattern):
        return f"re.compile({value.pattern!r})"
    shown = repr(value)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 3] + "..."


_LONGEST = 120

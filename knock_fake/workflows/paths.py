"""Dotted paths into a run's variables: ``data.order.items[0].name``, ``recipient.plan``."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from knock_fake.json_types import Json

_KEY = r"[^\s.\[\]]+"
_KEYS = re.compile(_KEY)
_PATH = re.compile(rf"{_KEY}(?:\.{_KEY}|\[[0-9]{{1,9}}\])*")
_INDEX = re.compile(r"[0-9]{1,9}")


class Missing(Enum):
    """The type of :data:`MISSING`; it has that one member."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing.MISSING
"""The value of a path that leads nowhere. Not ``None``, which is JSON's null and a value."""


def split_path(text: str, roots: Container[str]) -> tuple[str, ...] | None:
    """Return the keys of a path that starts at one of ``roots`` and goes at least one step further.

    List positions are written ``a.0.b`` or ``a[0].b`` (undocumented by Knock: our choice). ``None`` says
    that the text is no such path, as a bare word or a sentence is not.
    """
    keys = split_name(text)
    return keys if keys is not None and len(keys) > 1 and keys[0] in roots else None


def split_name(text: str) -> tuple[str, ...] | None:
    """Return the keys of a path of any root, or of a bare name; ``None`` for other text."""
    return tuple(_KEYS.findall(text)) if _PATH.fullmatch(text) else None


def look_up(variables: Mapping[str, Json], keys: Sequence[str]) -> Json | Missing:
    """Return the value that ``keys`` lead to, or :data:`MISSING` where they lead nowhere."""
    value: Json | Missing = variables.get(keys[0], MISSING) if keys else MISSING
    for key in keys[1:]:
        value = _child(value, key)
    return value


def _child(value: Json | Missing, key: str) -> Json | Missing:
    if isinstance(value, dict):
        return value.get(key, MISSING)
    if isinstance(value, list) and _INDEX.fullmatch(key) and int(key) < len(value):
        return value[int(key)]
    return MISSING

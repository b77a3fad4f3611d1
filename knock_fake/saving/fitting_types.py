"""Whether saved values are of the types that belong in their places, as far as those are plain ones."""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from datetime import datetime, timedelta
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING

from knock_fake.state.index import Index

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLAIN = (
    str,
    int,
    float,
    bool,
    datetime,
    timedelta,
    bytes,
    dict,
    list,
    tuple,
    set,
    frozenset,
    OrderedDict,
    deque,
    Index,
)
_NAMED: Mapping[str, type] = {
    **{cls.__name__: cls for cls in _PLAIN},
    "None": NoneType,
    "JsonObject": dict,
    "Packed": bytes,
}
"""The types of plain values by the names that annotations of records have for them."""

_ARGUMENTS = re.compile(r"\[.*\]")


def named_type(cls: type, attribute: str) -> str | None:
    """Return how the annotation of a record names the type of an attribute, ``None`` when it names no plain one."""
    annotation = cls.__annotations__.get(attribute)
    text = str(getattr(annotation, "__forward_arg__", annotation))
    return text if all(name in _NAMED for name in _names(text)) else None


@cache
def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in _ARGUMENTS.sub("", text).split("|"))


def is_named(value: object, text: str) -> bool:
    """Whether a value is of a type that :func:`named_type` has returned; what is in containers is not looked at."""
    return any(_is_of(value, _NAMED[name]) for name in _names(text))


def is_like(value: object, pristine: object) -> bool:
    """Whether a value may take the place of one that a part has to begin with; nothing may always stand there."""
    cls = type(pristine)
    return value is None or cls not in _PLAIN or _is_of(value, cls)


def _is_of(value: object, cls: type) -> bool:
    if isinstance(value, bool):
        return cls is bool
    return isinstance(value, int | float) if cls in (int, float) else isinstance(value, cls)

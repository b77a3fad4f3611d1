"""The types of decoded JSON, and values taken for what they are expected to be."""

from __future__ import annotations

from typing import TypeAlias, TypeGuard, Union

Json: TypeAlias = Union[bool, int, float, str, list["Json"], dict[str, "Json"], None]  # noqa: UP007 - recursive
JsonObject: TypeAlias = dict[str, Json]


def as_object(value: Json) -> JsonObject:
    """Return a value that is an object, and an empty one in place of any other."""
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> list[Json]:
    """Return a value that is a list, and an empty one in place of any other."""
    return value if isinstance(value, list) else []


def as_text(value: Json) -> str | None:
    """Return a value that is text, ``None`` in place of any other."""
    return value if isinstance(value, str) else None


def is_whole(value: object) -> TypeGuard[int]:
    """Whether a value is a whole number; Python counts ``True`` as 1, JSON does not."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number; Python counts ``True`` as 1, JSON does not."""
    return isinstance(value, int | float) and not isinstance(value, bool)

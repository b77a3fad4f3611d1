"""Knock's own Liquid filters that need nothing but their arguments (Knock's docs on Liquid helpers)."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from typing import TYPE_CHECKING

from liquid.exceptions import FilterArgumentError
from liquid.filter import num_arg

from knock_fake.json_types import is_number
from knock_fake.workflows.dialect.dates import date, timezone
from knock_fake.workflows.dialect.values import from_json, is_nothing, plain, show_value, to_json
from knock_fake.workflows.markdown import markdown_to_html

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SEMVER = re.compile(r"v?(\d+(?:\.\d+)*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")
_WORD = re.compile(r"\S+")


def pluralize(value: object, one: object, many: object) -> object:
    """Return ``one`` for the number 1, else ``many``. Zero is undocumented by Knock: our choice."""
    return one if num_arg(value, default=0) == 1 else many


def titlecase(value: object) -> str:
    """Return the text with every word capitalised and its other letters small; white space stays."""
    return _WORD.sub(lambda word: word[0].capitalize(), show_value(value))


def md5(value: object) -> str:
    """Return the MD5 digest in lower-case hexadecimal digits."""
    return hashlib.md5(show_value(value).encode(), usedforsecurity=False).hexdigest()


def sha256(value: object) -> str:
    """Return the SHA-256 digest in lower-case hexadecimal digits."""
    return hashlib.sha256(show_value(value).encode()).hexdigest()


def hmac_sha256(value: object, key: object) -> str:
    """Return the HMAC with SHA-256 in lower-case hexadecimal digits."""
    return hmac.new(show_value(key).encode(), show_value(value).encode(), "sha256").hexdigest()


def intersect(value: object, other: object) -> list[object]:
    """Return what both lists have, each item once, in the order of the first (the order is our choice)."""
    theirs = {_identity(item) for item in _items(other)}
    ours = {_identity(item): item for item in _items(value)}
    return [item for identity, item in ours.items() if identity in theirs]


def _items(value: object) -> list[object] | tuple[object, ...]:
    if is_nothing(value):
        return []
    if not isinstance(value, list | tuple):
        raise FilterArgumentError(f"needs two lists, not {show_value(value)!r}", token=None)
    return value


def _identity(value: object) -> str:
    # Python takes 1 and true for equal; as JSON they differ, as they do in Liquid.
    return json.dumps(value, sort_keys=True, default=plain)


def equals(value: object, other: object) -> bool:
    """Return whether two values are the same. Only a sample of Knock's docs shows this filter."""
    same_number = is_number(value) and is_number(other) and value == other
    return same_number or _identity(value) == _identity(other)


def from_markdown(value: object) -> str:
    """Return the HTML of a Markdown text."""
    return markdown_to_html(show_value(value))


def compare_versions(value: object, other: object) -> int:
    """Return -1, 0 or 1: how one semantic version compares with another.

    Parts that are missing count as 0, so ``1.2`` equals ``1.2.0``; build metadata counts nothing.

    Raises:
        FilterArgumentError: a value is no version.
    """
    ours, theirs = _version(value), _version(other)
    return (ours > theirs) - (ours < theirs)


def _version(value: object) -> tuple[tuple[int, ...], tuple[tuple[int, int, str], ...]]:
    text = show_value(value).strip()
    match = _SEMVER.fullmatch(text)
    if match is None:
        raise FilterArgumentError(f"{text!r} is not a version such as 1.2.3 or 2.0.0-rc.1", token=None)
    numbers = [int(part) for part in match[1].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    # A release comes after all its pre-releases, whose parts sort as numbers before words.
    parts = [_prerelease_part(part) for part in match[2].split(".")] if match[2] else [(2, 0, "")]
    return tuple(numbers), tuple(parts)


def _prerelease_part(part: str) -> tuple[int, int, str]:
    return (0, int(part), "") if part.isdecimal() else (1, 0, part)


FILTERS: Mapping[str, Callable[..., object]] = {
    "compare_versions": compare_versions,
    "date": date,
    "equals": equals,
    "from_json": from_json,
    "from_markdown": from_markdown,
    "hmac_sha256": hmac_sha256,
    "intersect": intersect,
    "json": to_json,
    "md5": md5,
    "pluralize": pluralize,
    "sha256": sha256,
    "timezone": timezone,
    "titlecase": titlecase,
}
"""The filters of this module and of :mod:`knock_fake.workflows.dialect.dates`, by their name in templates."""

"""Query strings in the dialects of Knock's clients, written from decoded queries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import orjson
from hypothesis import strategies as st

from tests.contract.shapes import Node, fits, node_of, shapes
from tests.contract.valid import fullest, valid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knock_fake.json_types import Json

_PLAIN = re.compile(r"[\w$-]+")


@cache
def queries(name: str, *, full: bool = False) -> st.SearchStrategy[Json]:
    """Return decoded queries that fit a definition, as clients can write them."""
    drawn = fullest(name) if full else valid(name)
    known = {key for shape in shapes(node_of(name)) for key in shape.properties}
    return drawn.map(lambda value: _writable(value, known)).filter(lambda value: fits(name, value))


def _writable(value: Json, known: set[str]) -> Json:
    """Leave out what a query cannot tell: nulls, empty texts, lists and maps, and keys that nobody asked for."""
    assert isinstance(value, dict)
    told = {key: _told(one) for key, one in value.items() if key in known}
    return {key: one for key, one in told.items() if one not in (None, "", [], {})}


def is_writable(value: Json) -> bool:
    """Whether a query can tell a value: it has no way to write that something is there and empty."""
    if isinstance(value, dict):
        value = [*value.values()]
    return all(map(is_writable, value)) if isinstance(value, list) and value else value not in (None, "", [])


def _told(value: Json) -> Json:
    if isinstance(value, list):
        return [one for one in map(_reference, value) if one not in (None, "", {})]
    return _reference(value) if isinstance(value, dict) and "collection" in value else value


def _reference(value: Json) -> Json:
    """Return what names somebody; a query that lists people says no more than that."""
    if not isinstance(value, dict):
        return value
    return {name: value[name] for name in ("id", "collection", "object_id") if value.get(name) not in (None, "")}


@cache
def _json_names(name: str) -> frozenset[str]:
    """Return the parameters that are written as JSON."""
    return frozenset(key for shape in shapes(node_of(name)) for key, node in shape.properties.items() if _is_json(node))


def _is_json(node: Node) -> bool:
    return any("application/json" in shape.all_of("contentMediaType") for shape in shapes(node))


@dataclass(frozen=True)
class Dialect:
    """How a client spells maps (``a.b`` or ``a[b]``) and lists (``a`` again or ``a[]``)."""

    dotted: bool = False
    repeated: bool = False


TODAYS = Dialect()
DIALECTS = st.builds(Dialect, st.booleans(), st.booleans())


def write(name: str, query: Json, dialect: Dialect = TODAYS) -> str:
    """Return the query string that says what a decoded query says."""
    assert isinstance(query, dict)
    return urlencode([pair for key, one in query.items() for pair in _pairs(key, one, _json_names(name), dialect)])


def _pairs(key: str, value: Json, json_names: frozenset[str], dialect: Dialect) -> Iterator[tuple[str, str]]:
    if key in json_names and not isinstance(value, str):
        yield key, orjson.dumps(value).decode()
    elif isinstance(value, dict):
        for name, inner in value.items():
            below = f"{key}.{name}" if dialect.dotted and _PLAIN.fullmatch(name) else f"{key}[{name}]"
            yield from _pairs(below, inner, json_names, dialect)
    elif isinstance(value, list):
        is_plain = not any(isinstance(one, dict | list) for one in value)
        for place, one in enumerate(value):
            entry = (key if dialect.repeated else f"{key}[]") if is_plain else f"{key}[{place}]"
            yield from _pairs(entry, one, json_names, dialect)
    else:
        yield key, value if isinstance(value, str) else orjson.dumps(value).decode()

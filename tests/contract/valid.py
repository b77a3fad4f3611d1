"""Bodies and queries that fit their schema, drawn from it; where a name means something, mostly with a meaning."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeVar

from hypothesis import strategies as st

from tests.contract.shapes import Node, Shape, fits, node_of, shapes
from tests.contract.vocabulary import ANYTHING, KEYS, MEANINGFUL, NUMBERS, TEXTS

if TYPE_CHECKING:
    from knock_fake.json_types import Json

_T = TypeVar("_T")

_ITEMS = 3


def mostly(usual: st.SearchStrategy[_T], rare: st.SearchStrategy[_T]) -> st.SearchStrategy[_T]:
    """Seven times of eight the usual."""
    return st.sampled_from((*[usual] * 7, rare)).flatmap(lambda chosen: chosen)


OFTEN = mostly(st.just(True), st.just(False))


@cache
def valid(name: str) -> st.SearchStrategy[Json]:
    """Return values that fit a definition such as ``users/identify_request``."""
    return _drawn(name, is_full=False).filter(lambda value: fits(name, value))


@cache
def fullest(name: str) -> st.SearchStrategy[Json]:
    """Return values in which every property of a definition is there, for breaking each of them."""
    return _drawn(name, is_full=True).filter(lambda value: fits(name, value))


@st.composite
def _drawn(draw: st.DrawFn, name: str, *, is_full: bool) -> Json:
    return draw(_full(node_of(name), name) if is_full else _values(node_of(name), name))


def _values(node: Node, called: str) -> st.SearchStrategy[Json]:
    """Return values for one place; ``called`` is the name of the property or of the definition."""
    return st.one_of([_of_type(type_, shape, called) for shape in shapes(node) for type_ in shape.types])


def _of_type(type_: str, shape: Shape, called: str) -> st.SearchStrategy[Json]:
    if shape.options is not None:
        return st.sampled_from(shape.options)
    if type_ == "array":
        least = shape.at_least("minItems")
        items = _values(shape.items, called) if shape.items else ANYTHING
        return st.lists(items, min_size=least, max_size=max(least, _ITEMS)).map(list)
    if type_ == "object":
        return _objects(shape, called)
    if type_ == "string":
        return _texts(shape)
    if type_ == "integer":
        return _integers(shape)
    return {"number": NUMBERS, "boolean": st.booleans()}.get(type_, st.none())


def _texts(shape: Shape) -> st.SearchStrategy[Json]:
    longest = shape.at_most("maxLength")
    edges = ["é" * longest, "x" * longest] if longest else []
    return st.one_of(TEXTS, st.sampled_from([*edges, "x"])).filter(
        lambda text: shape.at_least("minLength") <= len(text) <= (longest or len(text))
    )


def _integers(shape: Shape) -> st.SearchStrategy[Json]:
    least = shape.at_least("minimum") if shape.all_of("minimum") else -5
    return st.integers(least, shape.at_most("maximum") or 2**53)


@st.composite
def _objects(draw: st.DrawFn, shape: Shape, called: str) -> Json:
    """Draw some of the keys that are named, and up to two others where others are allowed."""
    drawn: dict[str, Json] = {}
    if not shape.is_closed:
        most = shape.at_most("maxProperties")
        extra = _values(shape.extra, "") if shape.extra else ANYTHING
        drawn = draw(st.dictionaries(KEYS.get(called, TEXTS), extra, max_size=2 if most is None else most))
    for name in dict.fromkeys((*shape.required, *shape.properties)):
        meaningful = MEANINGFUL.get(f"{called}.{name}", MEANINGFUL.get(name))
        if name in shape.required or draw(st.booleans() if meaningful is None else OFTEN):
            values = _values(shape.properties[name], name) if name in shape.properties else ANYTHING
            drawn[name] = draw(values if meaningful is None else mostly(meaningful, values))
    return drawn


def _full(node: Node, called: str) -> st.SearchStrategy[Json]:
    return st.one_of([_full_of_type(type_, shape, called) for shape in shapes(node) for type_ in shape.types])


def _full_of_type(type_: str, shape: Shape, called: str) -> st.SearchStrategy[Json]:
    if type_ == "array" and shape.options is None:
        items = _full(shape.items, called) if shape.items else ANYTHING
        return st.lists(items, min_size=max(1, shape.at_least("minItems")), max_size=2).map(list)
    if type_ == "object" and shape.options is None and shape.properties:
        return st.fixed_dictionaries({name: _full(node, name) for name, node in shape.properties.items()}).map(dict)
    return _of_type(type_, shape, called)

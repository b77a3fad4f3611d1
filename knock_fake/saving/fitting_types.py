"""Whether a value is of a declared type, as deep as its containers go; records are looked at one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from inspect import formatannotation
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from knock_fake.saving.declared import AnyJson
from knock_fake.state.index import Index

_MODULES = re.compile(r"\b(?:\w+\.)+")
_SCALARS = (str, int, float, NoneType)


def is_of(value: object, declared: Any) -> bool:  # noqa: ANN401 - types of every kind
    """Whether a value is of a type; of a type that nothing can be told of, everything is."""
    if declared is Any or isinstance(declared, TypeVar):
        return True
    if declared is AnyJson:
        return _is_json(value)
    origin, arguments = get_origin(declared), get_args(declared)
    if origin is None:
        return _is_instance(value, declared)
    if origin in (Union, UnionType):
        return any(is_of(value, one) for one in arguments)
    if origin is Literal:
        return any(value == one and type(value) is type(one) for one in arguments)
    return _is_instance(value, origin) and (origin is Callable or _holds(value, origin, arguments))


def _is_json(value: object) -> bool:
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(one) for key, one in value.items())
    return isinstance(value, _SCALARS)


def _is_instance(value: object, cls: Any) -> bool:  # noqa: ANN401 - as above
    if cls is None:
        return value is None
    if cls is float:
        return isinstance(value, int | float)
    if cls is int and isinstance(value, bool):
        return False
    try:
        return isinstance(value, cls)
    except TypeError:  # a protocol, or what only type checkers know
        return True


def _holds(value: Any, origin: type, arguments: tuple[Any, ...]) -> bool:  # noqa: ANN401 - as above
    """Whether what a container holds is of the types that it is declared with."""
    if issubclass(origin, Index):
        return _are_pairs(value.copy_groups(), arguments[0], list[arguments[1]])  # type: ignore[valid-type]
    if issubclass(origin, Mapping):
        return _are_pairs(value, *arguments)
    if issubclass(origin, tuple) and Ellipsis not in arguments:
        return len(value) == len(arguments) and all(map(is_of, value, arguments))
    return not issubclass(origin, Iterable) or all(is_of(one, arguments[0]) for one in value)


def _are_pairs(value: Mapping[Any, Any], key: object, item: object) -> bool:
    return all(is_of(one, key) and is_of(held, item) for one, held in value.items())


def name_of(declared: Any) -> str:  # noqa: ANN401 - as above
    """Return a type as annotations spell it, without the modules."""
    return _MODULES.sub("", formatannotation(declared)).replace(AnyJson.__name__, "Json")

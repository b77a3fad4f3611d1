"""The types that attributes are declared with: those of records in the bodies of their classes, those of parts where
they assign to themselves.

They are read in the source, because a class knows nothing of the latter. What a module imports for type checkers alone
is imported when an annotation needs it.
"""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, get_type_hints

from knock_fake.saving.names import is_ours

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType


class AnyJson:
    """Stands for ``Json``, whose definition names itself."""


_STAND_INS: Mapping[str, object] = {"Json": AnyJson, "JsonObject": dict[str, AnyJson]}


@cache
def declared_type(cls: type, name: str) -> Any:  # noqa: ANN401 - types of every kind
    """Return the type that an attribute is declared with, ``Any`` where that cannot be told."""
    for one in cls.__mro__:
        annotation = _annotations(one).get(name) if is_ours(one) else None
        if annotation is not None:
            return _resolved(annotation, sys.modules[one.__module__])
    return Any


def _resolved(annotation: str, module: ModuleType) -> Any:  # noqa: ANN401 - as above
    holder = type("Holder", (), {"__annotations__": {"it": annotation}})
    return get_type_hints(holder, vars(module), _Names(module))["it"]


class _Names(dict[str, object]):
    """The names that annotations of a module may have, each found when it is asked for."""

    def __init__(self, module: ModuleType) -> None:
        super().__init__(_STAND_INS)
        self._module = module

    def __missing__(self, name: str) -> object:
        module = self._module
        if name not in vars(module) and name in _imports(module):
            module = import_module(_imports(module)[name])
        found = vars(module)[name]
        return _resolved(found, module) if isinstance(found, str) else found  # an alias that is written as text


@cache
def _imports(module: ModuleType) -> Mapping[str, str]:
    """Return what a module imports by name, wherever it does, and from where."""
    found = (node for node in ast.walk(_tree(module)) if isinstance(node, ast.ImportFrom) and node.module)
    return {alias.name: str(node.module) for node in found for alias in node.names}


@cache
def _tree(module: ModuleType) -> ast.Module:
    try:
        return ast.parse(inspect.getsource(module))
    except OSError:  # installed without its source: nothing can be told then
        return ast.Module([], [])


@cache
def _annotations(cls: type) -> Mapping[str, str]:
    """Return the annotations of what a class declares in its body or assigns to itself, as text."""
    nodes = (one for one in ast.walk(_tree(sys.modules[cls.__module__])) if isinstance(one, ast.ClassDef))
    node = next((one for one in nodes if one.name == cls.__name__), None)
    return {} if node is None else dict(_declarations(node))


def _declarations(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for one in node.body:
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            yield one.target.id, ast.unparse(one.annotation)
        elif isinstance(one, ast.FunctionDef) and one.name == "__init__":
            yield from _assignments(one)


def _assignments(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """Yield the attributes that are annotated, or are an argument as it was given, with the annotation."""
    arguments = (*function.args.args, *function.args.kwonlyargs)
    given = {one.arg: ast.unparse(one.annotation) for one in arguments if one.annotation is not None}
    for node in ast.walk(function):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Attribute):
            yield node.target.attr, ast.unparse(node.annotation)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in given:
            yield from ((one.attr, given[node.value.id]) for one in node.targets if isinstance(one, ast.Attribute))

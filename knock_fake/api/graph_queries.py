"""The part of Microsoft Graph's query language that is understood here: ``$filter`` and ``$select``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from knock_fake.errors import invalid_field

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.json_types import JsonObject

_TEXT = r"'((?:[^']|'')*)'"
_COMPARISON = re.compile(rf"(\w+) +(eq|ne) +{_TEXT}")
_FUNCTION = re.compile(rf"(startswith|endswith|contains)\( *(\w+) *, *{_TEXT} *\)")
_ALWAYS_SELECTED = ("id", "displayName")


def filter_matcher(options: JsonObject) -> Callable[[JsonObject], bool]:
    """Return a test for what ``$filter`` asks for; everything passes without one.

    Comparisons (``displayName eq 'General'``, ``ne``) and the functions ``startswith``, ``endswith`` and ``contains``,
    joined by ``and``; text is compared without regard to case, as Microsoft does. Knock hands the filter on to
    Microsoft; how much of its language is understood is our choice.

    Raises:
        ApiError: 422 for a filter of another form.
    """
    text = options.get("$filter")
    if not isinstance(text, str) or not text.strip():
        return lambda _: True
    if text.count("'") % 2:
        raise invalid_field("query_options.$filter", "has a quote that does not end", "format")
    terms = [_term(part) for part in _conjuncts(text.strip())]
    return lambda shown: all(term(shown) for term in terms)


def select_fields(options: JsonObject) -> Callable[[JsonObject], JsonObject]:
    """Return a function that cuts a record down to what ``$select`` names; id and name always stay (our choice)."""
    text = options.get("$select")
    if not isinstance(text, str) or not text.strip():
        return lambda shown: shown
    wanted = {*_ALWAYS_SELECTED, *(one.strip() for one in text.split(","))}
    return lambda shown: {key: value for key, value in shown.items() if key in wanted}


def _conjuncts(text: str) -> list[str]:
    """Cut at every ``and`` that does not stand inside of quotes."""
    parts = [""]
    for index, piece in enumerate(text.split("'")):
        if index % 2:
            parts[-1] += f"'{piece}'"
        else:
            first, *others = piece.split(" and ")
            parts[-1] += first
            parts.extend(others)
    return parts


def _term(text: str) -> Callable[[JsonObject], bool]:
    if (comparison := _COMPARISON.fullmatch(text.strip())) is not None:
        name, operator, value = comparison.groups()
        return lambda shown: (_value(shown, name) == _folded(value)) == (operator == "eq")
    if (function := _FUNCTION.fullmatch(text.strip())) is not None:
        verb, name, value = function.groups()
        return _FUNCTIONS[verb](name, _folded(value))
    understood = "displayName eq 'x', ne, startswith(displayName,'x'), endswith and contains, joined by and"
    raise invalid_field("query_options.$filter", f"is not of a form that is understood here: {understood}", "format")


_FUNCTIONS: dict[str, Callable[[str, str], Callable[[JsonObject], bool]]] = {
    "startswith": lambda name, value: lambda shown: _value(shown, name).startswith(value),
    "endswith": lambda name, value: lambda shown: _value(shown, name).endswith(value),
    "contains": lambda name, value: lambda shown: value in _value(shown, name),
}


def _value(shown: JsonObject, name: str) -> str:
    value = shown.get(name)
    return value.casefold() if isinstance(value, str) else ""


def _folded(quoted: str) -> str:
    return quoted.replace("''", "'").casefold()

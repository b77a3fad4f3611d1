"""Checks of arguments: what is wrong is refused in the name of the builder and the argument."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NoReturn

from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.json_types import is_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import Json, JsonObject


def given(values: JsonObject) -> JsonObject:
    """Return what is not ``None``."""
    return {key: value for key, value in values.items() if value is not None}


def refuse(builder: str, argument: str, wanted: str, value: object) -> NoReturn:
    """Raise the error for an argument of a wrong type."""
    raise UsageTypeError(f"{builder}({argument}=...) must be {wanted}, not {type(value).__name__} {value!r}")


def require_one(builder: str, **arguments: object) -> None:
    """Refuse two arguments of which not exactly one is given."""
    one, other = arguments
    given_names = [name for name, value in arguments.items() if value is not None]
    if not given_names:
        raise UsageError(f"{builder}() needs {one} or {other}, and got neither")
    if len(given_names) > 1:
        raise UsageError(f"{builder}() takes {one} or {other}, and got both: leave one out")


def text(builder: str, argument: str, value: object) -> str | None:
    """Return a text that may be left out."""
    return None if value is None else required_text(builder, argument, value)


def required_text(builder: str, argument: str, value: object) -> str:
    """Return a text."""
    if not isinstance(value, str):
        refuse(builder, argument, "text", value)
    return value


def flag(builder: str, argument: str, value: object) -> bool:
    """Return a boolean."""
    if not isinstance(value, bool):
        refuse(builder, argument, "True or False", value)
    return value


def whole_number(builder: str, argument: str, value: object) -> int | None:
    """Return a whole number that may be left out."""
    if value is not None and not is_whole(value):
        refuse(builder, argument, "a whole number", value)
    return value


def choice(builder: str, argument: str, value: object, choices: Sequence[str]) -> str:
    """Return one of some words."""
    if not isinstance(value, str) or value not in choices:
        refuse(builder, argument, " or ".join(map(repr, choices)), value)
    return value


def json_object(builder: str, argument: str, value: object) -> JsonObject | None:
    """Return an object that may be left out."""
    if value is None:
        return None
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        refuse(builder, argument, "a dict with texts as keys", value)
    return {**value}


def condition_group(conditions: JsonObject) -> JsonObject:
    """Return conditions as Knock writes them: one condition alone stands for a group of it."""
    return {"all": [conditions]} if "variable" in conditions else conditions


def text_or_object(builder: str, argument: str, value: object) -> str | JsonObject | None:
    """Return a text or an object; either may be left out."""
    return value if isinstance(value, str) else json_object(builder, argument, value)


def json_objects(builder: str, argument: str, value: object) -> list[Json] | None:
    """Return a list of objects that may be left out."""
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        refuse(builder, argument, "a list of dicts", value)
    return [json_object(builder, f"{argument}[{index}]", block) for index, block in enumerate(value)]


def pairs(builder: str, argument: str, value: Mapping[str, str] | None) -> list[Json] | None:
    """Return texts by name, which may be left out, as the list of keys and values that step JSON has."""
    named = json_object(builder, argument, value)
    if named is None:
        return None
    return [{"key": key, "value": required_text(builder, f"{argument}[{key!r}]", one)} for key, one in named.items()]

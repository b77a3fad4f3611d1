"""What a partial is given: plain text, unless its input schema says otherwise (Knock's docs on partials)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

from liquid.exceptions import LiquidError

from knock_fake.json_types import is_number
from knock_fake.workflows.dialect.values import is_nothing, show_value
from knock_fake.workflows.markdown import markdown_to_html

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knock_fake.workflows.library.input_fields import InputField
    from knock_fake.workflows.library.partials import Partial


def read_inputs(partial: Partial, given: Mapping[str, object]) -> dict[str, object]:
    """Return the variables of a partial.

    Args:
        partial: the partial.
        given: values by name. What the schema does not know becomes text, what it knows and is missing its default.

    Raises:
        LiquidError: a value does not fit the type of its field.
    """
    fields = {field.key: field for field in partial.input_schema}
    plain = {name: show_value(value) for name, value in given.items() if name not in fields}
    return plain | {key: _fit(field, given.get(key)) for key, field in fields.items()}


def _fit(field: InputField, value: object) -> object:
    if is_nothing(value):
        return field.default
    if field.parts:
        return _parts(field, value)
    reader = _READERS.get(field.type)
    return show_value(value) if reader is None else reader(field, value)


def _parts(field: InputField, value: object) -> dict[str, object]:
    given = _decoded(value)
    if not isinstance(given, dict):
        _refuse(field, f"an object with {', '.join(part.key for part in field.parts)}", value)
    return {part.key: _fit(part, given.get(part.key)) for part in field.parts}


def _boolean(field: InputField, value: object) -> bool:
    read = False if value == "" else _decoded(value)
    return read if isinstance(read, bool) else _refuse(field, "true or false", value)


def _number(field: InputField, value: object) -> object:
    read = _decoded(value)
    return read if is_number(read) else _refuse(field, "a number", value)


def _list(field: InputField, value: object) -> object:
    read = _decoded(value)
    return read if isinstance(read, list | tuple) else _refuse(field, "a list", value)


def _json(_field: InputField, value: object) -> object:
    return _decoded(value)


def _markdown(_field: InputField, value: object) -> str:
    return markdown_to_html(show_value(value))


def _decoded(value: object) -> object:
    """Return the JSON of a text; a text that is none, and a value that is no text, stay as they are."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _refuse(field: InputField, wanted: str, value: object) -> NoReturn:
    raise LiquidError(f"its input {field.key!r} must be {wanted}, not {show_value(value)!r}", token=None)


_READERS: Mapping[str, Callable[[InputField, object], object]] = {
    "boolean": _boolean,
    "json": _json,
    "list": _list,
    "markdown": _markdown,
    "multi_select": _list,
    "number": _number,
}
"""What reads a value by the type of its field; fields of other types are text."""

"""How values look as text, and which JSON a text holds."""

from __future__ import annotations

import json

from liquid.exceptions import FilterArgumentError
from liquid.stringify import to_liquid_string
from liquid.undefined import is_undefined


class Shown(dict[str, str]):
    """An object that has a text of its own, which output prints in place of its JSON."""

    __slots__ = ("text",)

    def __init__(self, values: dict[str, str], text: str) -> None:
        super().__init__(values)
        self.text = text


def show_value(value: object) -> str:
    """Return a value as output prints it. Objects print as JSON: undocumented by Knock, our choice."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return "".join(show_value(item) for item in value)
    if isinstance(value, Shown):
        return value.text
    return to_json(value) if isinstance(value, dict) else to_liquid_string(value, autoescape=False)


def to_json(value: object) -> str:
    """Return JSON text, with a space after commas and colons as in the samples of Knock's docs."""
    return json.dumps(value, ensure_ascii=False, default=plain)


def plain(value: object) -> object:
    """Return a value that JSON does not have as one that it has."""
    if is_undefined(value):
        return None
    return list(value) if isinstance(value, range | tuple) else str(value)


def from_json(value: object) -> object:
    """Read JSON text; a value that is no text stays as it is.

    Raises:
        FilterArgumentError: the text is not JSON.
    """
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise FilterArgumentError(f"{value!r} is not JSON: {error}", token=None) from error


def is_nothing(value: object) -> bool:
    """Whether a value is null or missing."""
    return value is None or is_undefined(value)

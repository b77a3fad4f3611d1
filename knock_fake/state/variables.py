"""Environment variables as templates and feeds see them (``vars``)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from knock_fake.errors import UsageTypeError

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject


class VariableStore:
    """The variables of one environment; public ones show in feed responses, secret ones only in templates."""

    def __init__(self) -> None:
        self._values: JsonObject = {}
        self._public: set[str] = set()

    def set(self, key: str, value: Json, *, public: bool = True) -> None:
        """Set a variable.

        Knock keeps values as text and reads them as JSON first: ``"true"`` is a boolean, ``"123"`` a number,
        ``"007"`` stays text. A value that is no text is taken as it is.

        Args:
            key: the name after ``vars.``.
            value: text, or any JSON value.
            public: whether feed responses carry it.

        Raises:
            UsageTypeError: the key is no text.
        """
        if not isinstance(key, str):
            raise UsageTypeError(f"variables.set: the key must be text, not {type(key).__name__}")
        self._values[key] = _decode(value) if isinstance(value, str) else value
        (self._public.add if public else self._public.discard)(key)

    def all(self) -> JsonObject:
        """Return every variable by key, secret ones too."""
        return self._values

    def public(self) -> JsonObject:
        """Return the variables that feed responses carry."""
        return {key: value for key, value in self._values.items() if key in self._public}


def _decode(text: str) -> Json:
    try:
        decoded: Json = json.loads(text)
    except ValueError:
        return text
    return decoded

"""Environment variables as templates and feeds see them (``vars``)."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import TYPE_CHECKING

from knock_fake.errors import UsageTypeError
from knock_fake.json_values import json_copy

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from knock_fake.json_types import Json, JsonObject


class VariableStore:
    """The variables of one environment; public ones show in feed responses, secret ones only in templates.

    Args:
        lock: held during every write.
    """

    def __init__(self, lock: AbstractContextManager[object] | None = None) -> None:
        self._lock = nullcontext() if lock is None else lock
        self._values: JsonObject = {}
        self._public: set[str] = set()

    def __repr__(self) -> str:
        return f"<VariableStore: {', '.join(self._values) or 'none'}>"

    def set(self, key: str, value: Json, *, public: bool = True) -> None:
        """Set a variable.

        Knock keeps values as text and reads them as JSON first: ``"true"`` is a boolean, ``"123"`` a number,
        ``"007"`` stays text. A value that is no text is taken as it is.

        Args:
            key: the name after ``vars.``.
            value: text, or any JSON value.
            public: whether feed responses carry it.

        Raises:
            UsageTypeError: the key is no text, the value is none that JSON can hold, or ``public`` is no boolean.
        """
        if not isinstance(key, str):
            raise UsageTypeError(f"variables.set: the key must be text, not {type(key).__name__}")
        if not isinstance(public, bool):
            raise UsageTypeError(f"variables.set: public must be True or False, not {public!r}")
        place = f"variable {key!r}"
        kept = _decode(json_copy(value, place), place)
        with self._lock:
            self._values[key] = kept
            (self._public.add if public else self._public.discard)(key)

    def all(self) -> JsonObject:
        """Return every variable by key, secret ones too; what is set later does not show in it."""
        return dict(self._values)

    def public(self) -> JsonObject:
        """Return the variables that feed responses carry."""
        with self._lock:
            return {key: value for key, value in self._values.items() if key in self._public}


def _decode(value: Json, place: str) -> Json:
    if not isinstance(value, str):
        return value
    try:
        return json_copy(json.loads(value), place)
    except (ValueError, RecursionError, UsageTypeError):  # no JSON, or more than JSON can hold, such as NaN
        return value

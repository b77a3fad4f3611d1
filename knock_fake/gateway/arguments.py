"""Arguments that Python users give as JSON, checked by the schemas that requests are checked by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.schema_checks import validator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import JsonObject


def read_argument(name: str, value: object, place: str, *, known: Sequence[str]) -> JsonObject:
    """Return a copy of an argument that fits a schema.

    Args:
        name: the definition it has to fit, such as ``preferences/preference_set_request``.
        value: what the user gave.
        place: how messages name the argument, such as ``preferences.set_default``.
        known: the keys that it may have; a misspelt one would go unnoticed otherwise.

    Raises:
        UsageTypeError: it is no JSON object.
        UsageError: it has a key that is not known, or does not fit; the message names every offending field.
    """
    if not isinstance(value, dict):
        raise UsageTypeError(f"{place}: must be a dictionary, not {type(value).__name__}")
    for key in value:
        if key not in known:
            raise UsageError(f"{place}: unknown key {key!r}; {nearest(str(key), known)}")
    try:
        copied: JsonObject = orjson.loads(orjson.dumps(value))
    except TypeError as error:
        raise UsageTypeError(f"{place}: must be JSON: {error}") from error
    errors = validator(name).errors(copied)
    if errors:
        raise UsageError(f"{place}: " + "; ".join(f"{one.field} {one.message}" for one in errors))
    return copied

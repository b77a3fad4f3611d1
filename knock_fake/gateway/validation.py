"""Requests that do not fit their schema are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import invalid_params
from knock_fake.schema_checks import validator

if TYPE_CHECKING:
    from knock_fake.json_types import Json


def check(name: str, instance: Json) -> None:
    """Refuse what does not fit the named definition.

    Raises:
        ApiError: 422 naming every offending field.
    """
    errors = validator(name).errors(instance)
    if errors:
        raise invalid_params(*errors)

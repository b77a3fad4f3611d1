"""Whether something is a JSON Schema that can be checked against."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject


def schema_problem(schema: JsonObject) -> str | None:
    """Return what keeps a schema from being used, or ``None``. Draft 2020-12 unless ``$schema`` names another."""
    import jsonschema_rs  # 54 ms that a world without schemas of its own need not spend

    def refuse(uri: str) -> None:
        raise ValueError(f"it refers to {uri}: nothing outside of it is read")

    try:
        jsonschema_rs.validator_for(schema, retriever=refuse)
    except ValueError as error:
        return f"is no valid JSON Schema: {str(error).splitlines()[0]}"
    return None

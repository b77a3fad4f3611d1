"""Which JSON Schema library checks a large trigger faster, and what the words around it cost.

``python -m benchmarks.validation`` prints the table. The body is a trigger for 1,000 recipients that are all
identified inline, the largest that Knock accepts.
"""

from __future__ import annotations

from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from knock_fake.schema_checks import validator
from knock_fake.schema_files import BASE_URI, read_schema, schema_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from knock_fake.json_types import Json, JsonObject

    _Schema: TypeAlias = bool | Mapping[str, object]

DEFINITION = "workflows/trigger_request"
ROUNDS = 5


def people(count: int) -> list[Json]:
    """Return recipients that are identified inline."""
    return [
        {
            "id": f"user-{number}",
            "name": f"User {number}",
            "email": f"user-{number}@example.com",
            "timezone": "Europe/Vienna",
            "preferences": {"default": {"channel_types": {"email": True, "sms": False}}},
            "plan": "pro",
        }
        for number in range(count)
    ]


def trigger(recipients: list[Json]) -> JsonObject:
    """Return a trigger for these recipients."""
    return {"recipients": recipients, "data": {"order": {"id": 7, "total": 12.5}}, "tenant": "acme"}


def python_validator(name: str) -> jsonschema.Draft202012Validator:
    """Return the pure Python library's validator of a definition."""
    resources = [(f"{BASE_URI}{file}.json", _resource(file)) for file in schema_names()]
    registry: Registry[_Schema] = Registry().with_resources(resources).crawl()
    file, _, entry = name.partition("/")
    return jsonschema.Draft202012Validator({"$ref": f"{BASE_URI}{file}.json#/$defs/{entry}"}, registry=registry)


def _resource(file: str) -> Resource[_Schema]:
    return DRAFT202012.create_resource(read_schema(file))


def compare() -> list[tuple[str, float]]:
    """Return what each way of checking costs: its name and the median of its rounds in microseconds."""
    body, broken = trigger(people(1000)), trigger([*people(999), {"id": 7}])
    small = trigger(["jane"])
    ours, pure = validator(DEFINITION), python_validator(DEFINITION)
    ways: list[tuple[str, Callable[[], object]]] = [
        ("jsonschema, valid", lambda: list(pure.iter_errors(body))),
        ("jsonschema_rs with our words, valid", lambda: ours.errors(body)),
        ("jsonschema, last recipient wrong", lambda: list(pure.iter_errors(broken))),
        ("jsonschema_rs with our words, last recipient wrong", lambda: ours.errors(broken)),
        ("jsonschema_rs with our words, one recipient", lambda: ours.errors(small)),
    ]
    return [(name, _measure(way)) for name, way in ways]


def _measure(way: Callable[[], object]) -> float:
    way()
    rounds = []
    for _ in range(ROUNDS):
        begun = perf_counter()
        way()
        rounds.append((perf_counter() - begun) * 1e6)
    return median(rounds)


def main() -> None:
    """Print the table."""
    for name, microseconds in compare():
        print(f"{microseconds:>12,.1f} us  {name}")


if __name__ == "__main__":
    main()

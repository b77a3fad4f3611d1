"""What a JSON Schema asks for, as alternatives without references and branches, and an independent judge.

A schema is spread out into shapes: each is a conjunction of plain keywords, and whatever fits the schema fits one of
them. References, ``allOf``, ``anyOf``, ``oneOf`` and ``if`` are followed; a ``not`` only takes types away. What that
leaves out the judge catches: the shapes propose, :func:`fits` decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from knock_fake.schema_files import BASE_URI, find_definition, read_schema, schema_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from knock_fake.json_types import Json, JsonObject

TYPES = ("string", "integer", "number", "boolean", "array", "object", "null")
_APPLIED = frozenset({"$ref", "allOf", "anyOf", "oneOf", "if", "then", "else"})


@dataclass(frozen=True)
class Located:
    """A schema and the file that its references start from."""

    file: str
    schema: JsonObject


Node: TypeAlias = tuple[Located, ...]
"""Schemas that all apply to one place."""


@dataclass(frozen=True)
class Shape:
    """A conjunction of schemas of which none refers or branches."""

    parts: Node

    @cached_property
    def types(self) -> tuple[str, ...]:
        """The JSON types that all of the parts allow."""
        allowed = set(TYPES)
        for part in self.parts:
            declared = part.schema.get("type")
            if declared is not None:
                allowed &= _with_integers(declared)
            if isinstance(excluded := part.schema.get("not"), dict):
                allowed -= _with_integers(excluded.get("type", []))
        return tuple(name for name in TYPES if name in allowed and not (name == "integer" and "number" in allowed))

    def all_of(self, keyword: str) -> list[Json]:
        """Return what the parts say under a keyword."""
        return [part.schema[keyword] for part in self.parts if keyword in part.schema]

    def at_least(self, keyword: str) -> int:
        """Return the tightest of lower bounds, 0 without one."""
        return max((value for value in self.all_of(keyword) if isinstance(value, int)), default=0)

    def at_most(self, keyword: str) -> int | None:
        """Return the tightest of upper bounds."""
        return min((value for value in self.all_of(keyword) if isinstance(value, int)), default=None)

    @cached_property
    def options(self) -> list[Json] | None:
        """The only values that fit, if they are listed."""
        lists = [value for value in self.all_of("enum") if isinstance(value, list)]
        lists += [[value] for value in self.all_of("const")]
        return [one for one in lists[0] if all(one in other for other in lists)] if lists else None

    @cached_property
    def required(self) -> list[str]:
        """The keys that an object must have."""
        names = (str(name) for value in self.all_of("required") if isinstance(value, list) for name in value)
        return [*dict.fromkeys(names)]

    @cached_property
    def properties(self) -> dict[str, Node]:
        """The keys that are named, each with all that applies to it."""
        found: dict[str, Node] = {}
        for part in self.parts:
            properties = part.schema.get("properties")
            for name, schema in (properties if isinstance(properties, dict) else {}).items():
                found[name] = (*found.get(name, ()), Located(part.file, _object(schema)))
        return found

    @property
    def extra(self) -> Node:
        """What applies to keys that are not named."""
        return self._under("additionalProperties")

    @property
    def items(self) -> Node:
        """What applies to the entries of a list."""
        return self._under("items")

    @property
    def is_closed(self) -> bool:
        """Whether keys that are not named are refused."""
        return any(False in self.all_of(name) for name in ("additionalProperties", "unevaluatedProperties"))

    def _under(self, keyword: str) -> Node:
        found = ((part.file, part.schema.get(keyword)) for part in self.parts)
        return tuple(Located(file, schema) for file, schema in found if isinstance(schema, dict))


def node_of(name: str) -> Node:
    """Return the place that a definition such as ``users/identify_request`` describes."""
    return (Located(name.partition("/")[0], find_definition(name)),)


def shapes(node: Node) -> list[Shape]:
    """Return the alternatives for one place; those that contradict themselves are left out."""
    spread = (Shape(tuple(part for parts in chosen for part in parts)) for chosen in product(*map(_spread, node)))
    return [shape for shape in spread if shape.types]


def _spread(located: Located) -> list[Node]:
    """Return the alternatives of one schema, each as parts that all apply."""
    file, schema = located.file, located.schema
    plain = Located(file, {key: value for key, value in schema.items() if key not in _APPLIED})
    alternatives = [*map(list, _applied(file, schema))]
    chosen = product(*(_any_of(options) for options in alternatives))
    return [(plain, *(part for parts in one for part in parts)) for one in chosen]


def _applied(file: str, schema: JsonObject) -> Iterator[tuple[Node, ...]]:
    """Yield choices: of each the schema asks that one alternative applies."""
    reference = schema.get("$ref")
    if isinstance(reference, str):
        document, _, entry = reference.partition("#/$defs/")
        name = document.removesuffix(".json") or file
        yield ((Located(name, find_definition(f"{name}/{entry}")),),)
    for one in _list(schema.get("allOf")):
        yield ((Located(file, _object(one)),),)
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            yield tuple((Located(file, _object(one)),) for one in _list(schema[keyword]))
    if "if" in schema:
        condition = _object(schema["if"])
        then, otherwise = (Located(file, _object(schema.get(name, {}))) for name in ("then", "else"))
        yield ((Located(file, condition), then), (Located(file, {"not": condition}), otherwise))


def _any_of(options: list[Node]) -> list[Node]:
    """Return the alternatives of a choice between conjunctions."""
    return [
        tuple(part for parts in chosen for part in parts)
        for option in options
        for chosen in product(*map(_spread, option))
    ]


def _with_integers(declared: Json) -> set[str]:
    names = {str(name) for name in (declared if isinstance(declared, list) else [declared])}
    return names | {"integer"} if "number" in names else names


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


@cache
def judge(name: str) -> Draft202012Validator:
    """Return what judges by a definition, made with another library than the one that the gateway uses."""
    resources = [(f"{BASE_URI}{file}.json", DRAFT202012.create_resource(read_schema(file))) for file in schema_names()]
    registry: Registry[bool | Mapping[str, object]] = Registry().with_resources(resources)
    file, _, entry = name.partition("/")
    return Draft202012Validator({"$ref": f"{BASE_URI}{file}.json#/$defs/{entry}"}, registry=registry)


def fits(name: str, value: Json) -> bool:
    """Whether a value fits a definition."""
    return judge(name).is_valid(value)

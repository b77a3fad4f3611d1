"""JSON against the package's own JSON Schemas, and what is wrong with it in words."""

from __future__ import annotations

from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, TypeAlias, cast

import orjson

from knock_fake.errors import FieldError, nearest
from knock_fake.json_types import as_list, as_object
from knock_fake.schema_files import (
    BASE_URI,
    find_definition,
    read_schema,
    resolve_definition,
    schema_names,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import jsonschema_rs

    from knock_fake.json_types import Json, JsonObject

_Path: TypeAlias = tuple[str | int, ...]

_TYPES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "a boolean",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_FOUND = {str: "a string", bool: "a boolean", list: "a list", dict: "an object"}
_BOUNDS = {
    "minItems": ("has fewer than {} entries", "length"),
    "maxItems": ("has more than {} entries", "length"),
    "minLength": ("is shorter than {} characters", "length"),
    "maxLength": ("is longer than {} characters", "length"),
    "minProperties": ("has fewer than {} keys", "length"),
    "maxProperties": ("has more than {} keys", "length"),
    "minimum": ("must be at least {}", "range"),
    "maximum": ("must be at most {}", "range"),
    "exclusiveMinimum": ("must be more than {}", "range"),
    "exclusiveMaximum": ("must be less than {}", "range"),
}
_EMPTY_WHEN_BELOW_ONE = frozenset({"minItems", "minLength", "minProperties"})
_ALTERNATIVES = frozenset({"oneOf", "anyOf"})
_UNKNOWN_KEYS = frozenset({"additionalProperties", "unevaluatedProperties"})
_PATTERNS = {"^[^/#]*$": "must not contain '/' or '#'"}
_QUOTED_LENGTH = 40


class Validator:
    """Checks decoded JSON against one definition of a schema file.

    Made by :func:`validator`. Nothing is compiled until something is checked.
    """

    def __init__(self, name: str) -> None:
        find_definition(name)
        self.name = name
        self.root = "query" if name.endswith("_query") else "body"

    @cached_property
    def schema(self) -> JsonObject:
        """The definition with its references followed, for decoding a query by it."""
        return resolve_definition(self.name)

    @cached_property
    def _compiled(self) -> jsonschema_rs.Draft202012Validator:
        import jsonschema_rs  # 54 ms that a world without requests need not spend

        file, _, entry = self.name.partition("/")
        return jsonschema_rs.Draft202012Validator(
            {"$ref": f"{BASE_URI}{file}.json#/$defs/{entry}"}, registry=_registry()
        )

    def errors(self, instance: Json) -> tuple[FieldError, ...]:
        """Return everything that is wrong, in the order of the document; what is missing comes last.

        ``field`` is a dotted path such as ``recipients.3.id``, or ``body`` or ``query`` for the whole.
        """
        if self._compiled.is_valid(instance):
            return ()
        return _describe(self._compiled, instance, (), self.root)


@cache
def validator(name: str) -> Validator:
    """Return the validator of a definition, such as ``users/identify_request``.

    Raises:
        UnknownNameError: no schema file defines it.
    """
    return Validator(name)


def field_errors(name: str, instance: Json) -> tuple[FieldError, ...]:
    """Return what is wrong with ``instance`` by the named definition, as :meth:`Validator.errors` does."""
    return validator(name).errors(instance)


def data_errors(schema: JsonObject, data: Json, root: str = "data") -> tuple[FieldError, ...]:
    """Return what is wrong with a trigger's ``data``, or another value, by a schema of a workflow's own.

    Args:
        schema: a valid JSON Schema, of 2020-12 unless its ``$schema`` names another draft (our choice).
        data: the value.
        root: what the fields of the errors begin with.

    Raises:
        ValueError: the schema is not valid, or refers to something outside of itself.
    """
    compiled = _compile(orjson.dumps(schema))
    return () if compiled.is_valid(data) else _describe(compiled, data, (root,), root)


@cache
def _registry() -> jsonschema_rs.Registry:
    import jsonschema_rs

    return jsonschema_rs.Registry([(f"{BASE_URI}{name}.json", read_schema(name)) for name in schema_names()])


@lru_cache(maxsize=64)
def _compile(schema: bytes) -> jsonschema_rs.Validator:
    import jsonschema_rs

    return jsonschema_rs.validator_for(schema.decode(), retriever=_retrieve_nothing)


def _retrieve_nothing(uri: str) -> Json:
    raise ValueError(f"a schema may not refer to {uri}: nothing outside of it is read")


def _describe(compiled: jsonschema_rs.Validator, instance: Json, prefix: _Path, root: str) -> tuple[FieldError, ...]:
    try:
        errors = [*compiled.iter_errors(instance)]
    except ValueError:  # the library reports an offending value in full, and does so down to 255 levels only
        return (FieldError(root, "is nested too deeply", "depth"),)
    problems = [problem for error in errors for problem in _problems(error)]
    problems.sort(key=lambda problem: _place(problem[0], instance))
    fields = (
        FieldError(".".join(map(str, (*prefix, *path))) or root, message, kind) for path, message, kind in problems
    )
    return tuple(dict.fromkeys(fields))


def _place(path: _Path, instance: Json) -> list[int]:
    """Return where a path stands in the document, for sorting."""
    place = []
    for segment in path:
        if isinstance(instance, list) and isinstance(segment, int):
            place.append(segment)
            instance = instance[segment]
        elif isinstance(instance, dict):
            place.append([*instance, segment].index(segment))
            instance = instance.get(str(segment))
    return place


def _problems(error: jsonschema_rs.ValidationError) -> Iterator[tuple[_Path, str, str]]:
    keyword, value, path = error.kind.name, error.kind.value, tuple(error.instance_path)
    if keyword == "required":
        yield (*path, value), "is required", "required"
    elif keyword in _UNKNOWN_KEYS:
        known = _known_keys(error.absolute_keyword_location) if keyword == "additionalProperties" else ()
        for key in value:
            yield (*path, key), _unknown_key(key, known), "unknown"
    else:
        yield path, *_words(keyword, value, error)


def _unknown_key(key: str, known: Sequence[str]) -> str:
    return f"is not a known key; {nearest(key, known)}" if known else "is not a known key"


def _known_keys(location: str | None) -> tuple[str, ...]:
    """Return the keys beside the keyword at a location of the package's schemas; none of a schema from elsewhere."""
    properties = _schema_around(location).get("properties")
    return (*properties,) if isinstance(properties, dict) else ()


def _required_alternatives(error: jsonschema_rs.ValidationError) -> list[str]:
    """Return the keys of which an object needs one, where that is all that a keyword of alternatives says."""
    alternatives = _schema_around(error.absolute_keyword_location).get(error.kind.name)
    listed = as_list(alternatives)
    found = [one.get("required") for one in listed if isinstance(one, dict)]
    return [str(one[0]) for one in found if isinstance(one, list) and len(one) == 1]


def _schema_around(location: str | None) -> JsonObject:
    """Return the schema that has the keyword at a location of the package's schemas; nothing of one from elsewhere."""
    if location is None or not location.startswith(BASE_URI):
        return {}
    file, _, pointer = location.removeprefix(BASE_URI).partition(".json#/")
    schema: Json = read_schema(file)
    for segment in pointer.split("/")[:-1]:
        if isinstance(schema, list):
            schema = schema[int(segment)]
        elif isinstance(schema, dict):
            schema = schema[segment]
    return as_object(schema)


def _words(keyword: str, value: Json, error: jsonschema_rs.ValidationError) -> tuple[str, str]:
    """Return the sentence about a value, without its subject, and the kind of the error."""
    if keyword == "type" and isinstance(value, list):
        return f"must be {_alternatives(value)}, not {_found(cast('Json', error.instance), value)}", "type"
    if keyword == "enum" and isinstance(value, list):
        return f"must be one of {', '.join(map(_option, value))}", "enum"
    if keyword == "const":
        return f"must be {_option(value)}", "enum"
    if keyword == "pattern":
        return _PATTERNS.get(str(value), f"does not have the form {value}"), "format"
    if keyword in _EMPTY_WHEN_BELOW_ONE and value == 1:
        return "must not be empty", "length"
    if keyword in _BOUNDS:
        sentence, kind = _BOUNDS[keyword]
        return sentence.format(value), kind
    if keyword in _ALTERNATIVES and isinstance(error.instance, dict):
        return _which_of(_required_alternatives(error), error), "alternatives"
    return error.message, keyword


def _which_of(keys: Sequence[str], error: jsonschema_rs.ValidationError) -> str:
    """Say that an object has none of some keys, or more than one of them."""
    if not keys:
        return error.message
    given = [key for key in keys if key in cast("JsonObject", error.instance)]
    return f"has {' and '.join(given)}: leave all but one out" if given else f"needs one of {', '.join(keys)}"


def _alternatives(types: Sequence[Json]) -> str:
    *most, last = [name for type_, name in _TYPES.items() if type_ in types]
    return f"{', '.join(most)} or {last}" if most else last


def _found(instance: Json, types: Sequence[Json]) -> str:
    """Return what was there instead; in a query everything is text, so short text is quoted."""
    if instance is None:
        return "null"
    if isinstance(instance, str) and len(instance) <= _QUOTED_LENGTH:
        return f"the string {instance!r}"
    if isinstance(instance, float) and "integer" in types:
        return repr(instance)
    return _FOUND.get(type(instance), "a number")


def _option(value: Json) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()

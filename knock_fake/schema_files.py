"""The JSON Schema files: where they are, what they hold, and their references followed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from knock_fake.errors import UnknownNameError, nearest
from knock_fake.json_types import as_list, as_object

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject

BASE_URI = "https://knock-fake.invalid/schemas/"
"""What the files' ``$id`` begin with. The host cannot exist: nothing is ever fetched from it."""

_INHERITED = ("type", "items", "contentMediaType")


def schema_directory() -> Path:
    """Return the directory of the files: inside the package as installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    shipped = package / "schemas"
    return shipped if shipped.is_dir() else package.parent / "schemas"


@cache
def schema_names() -> tuple[str, ...]:
    """Return the names of all files, such as ``users``, in alphabetical order."""
    return tuple(sorted(path.stem for path in schema_directory().glob("*.json")))


@cache
def read_schema(name: str) -> JsonObject:
    """Return one file, decoded. It is read once and shared: do not change it.

    Raises:
        UnknownNameError: there is no such file.
    """
    if name not in schema_names():
        raise UnknownNameError(f"there is no schema file {name!r}: {nearest(name, schema_names())}")
    document: JsonObject = orjson.loads((schema_directory() / f"{name}.json").read_bytes())
    return document


def find_definition(name: str) -> JsonObject:
    """Return one entry of a file's ``$defs`` as it is written there.

    Args:
        name: file and entry, such as ``users/identify_request``.

    Raises:
        UnknownNameError: there is no such file or entry.
    """
    file, _, entry = name.partition("/")
    definitions = as_object(read_schema(file).get("$defs"))
    if entry not in definitions:
        remedy = nearest(entry, [*definitions])
        raise UnknownNameError(f"schemas/{file}.json defines no {entry!r}: {remedy}")
    return as_object(definitions[entry])


def resolve_definition(name: str) -> JsonObject:
    """Return an entry with the references of itself, its properties and its items followed.

    Of what is referred to, only what decoding a query needs comes along: which property has which type. A
    reference to something that is being followed already leads nowhere.
    """
    file, _, _ = name.partition("/")
    return _resolve(file, find_definition(name), (name,))


def _resolve(file: str, schema: JsonObject, followed: tuple[str, ...]) -> JsonObject:
    resolved = {key: value for key, value in schema.items() if key != "$ref"}
    properties = {
        key: _resolve(file, as_object(value), followed) for key, value in as_object(schema.get("properties")).items()
    }
    if properties:
        resolved["properties"] = {**properties}
    if isinstance(items := schema.get("items"), dict):
        resolved["items"] = _resolve(file, items, followed)
    for part in _parts(file, schema, followed):
        _inherit(resolved, part)
    return resolved


def _parts(file: str, schema: JsonObject, followed: tuple[str, ...]) -> list[JsonObject]:
    """Return what a schema refers to and what its ``allOf`` lists, resolved."""
    parts = []
    reference = schema.get("$ref")
    if isinstance(reference, str):
        name = _referred(file, reference)
        if name not in followed:
            parts.append(_resolve(name.partition("/")[0], find_definition(name), (*followed, name)))
    alternatives = schema.get("allOf")
    if isinstance(alternatives, list):
        parts.extend(_resolve(file, as_object(one), followed) for one in alternatives)
    return parts


def _referred(file: str, reference: str) -> str:
    document, _, pointer = reference.partition("#/$defs/")
    return f"{document.removesuffix('.json') or file}/{pointer}"


def _inherit(resolved: JsonObject, part: JsonObject) -> None:
    for key in _INHERITED:
        if key in part:
            resolved.setdefault(key, part[key])
    properties = {**as_object(part.get("properties")), **as_object(resolved.get("properties"))}
    if properties:
        resolved["properties"] = properties
    required = [*as_list(part.get("required")), *as_list(resolved.get("required"))]
    if required:
        resolved["required"] = required

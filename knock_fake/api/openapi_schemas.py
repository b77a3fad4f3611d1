"""The schema files as components of an OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.json_types import as_list, as_object
from knock_fake.schema_files import find_definition, resolve_definition

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

_PREFIX = "#/components/schemas/"


class Components:
    """Collects the definitions that a document refers to, and what those refer to in turn."""

    def __init__(self) -> None:
        self._schemas: dict[str, JsonObject] = {}

    def refer(self, name: str) -> JsonObject:
        """Return a reference to a definition such as ``users/user``, which becomes the component ``users.user``."""
        component = name.replace("/", ".")
        if component not in self._schemas:
            self._schemas[component] = {}  # holds the place while the definition refers to itself
            self._schemas[component] = self.rewrite(name.partition("/")[0], find_definition(name))
        return {"$ref": _PREFIX + component}

    def rewrite(self, file: str, schema: JsonObject) -> JsonObject:
        """Return a schema of a file with its references leading to components."""
        rewritten = {key: self._rewrite(file, value) for key, value in schema.items() if key != "$ref"}
        reference = schema.get("$ref")
        if isinstance(reference, str):
            rewritten.update(self.refer(self._name(file, reference)))
        return rewritten

    def _rewrite(self, file: str, value: Json) -> Json:
        if isinstance(value, list):
            return [self._rewrite(file, one) for one in value]
        return self.rewrite(file, value) if isinstance(value, dict) else value

    @staticmethod
    def _name(file: str, reference: str) -> str:
        document, _, entry = reference.partition("#/$defs/")
        return f"{document.removesuffix('.json') or file}/{entry}"

    def schemas(self) -> JsonObject:
        """Return every definition that was referred to, in alphabetical order."""
        return {name: self._schemas[name] for name in sorted(self._schemas)}


def query_properties(name: str, components: Components) -> tuple[dict[str, JsonObject], list[str]]:
    """Return the parameters of a query definition by name, and which of them are required.

    What the definition takes over from others by ``$ref`` or ``allOf`` counts as its own. A parameter's schema keeps
    its reference, and shows beside it how it is written: its type, and whether it is JSON.
    """
    resolved = resolve_definition(name)
    declared, own = _declared(name), resolved.get("properties")
    shown: dict[str, JsonObject] = {}
    for key, value in as_object(own).items():
        file, schema = declared[key]
        written = as_object(value)
        how: JsonObject = {word: item for word, item in written.items() if word in ("type", "contentMediaType")}
        shown[key] = {**how, **components.rewrite(file, schema)}
    required = resolved.get("required")
    return shown, [str(one) for one in as_list(required)]


def _declared(name: str) -> dict[str, tuple[str, JsonObject]]:
    """Return each property with the file that declares it."""
    file, _, _ = name.partition("/")
    return _declared_in(file, find_definition(name))


def _declared_in(file: str, schema: JsonObject) -> dict[str, tuple[str, JsonObject]]:
    found: dict[str, tuple[str, JsonObject]] = {}
    for part in as_list(schema.get("allOf")):
        found.update(_declared_in(file, as_object(part)))
    reference = schema.get("$ref")
    if isinstance(reference, str):
        document, _, entry = reference.partition("#/$defs/")
        found.update(_declared(f"{document.removesuffix('.json') or file}/{entry}"))
    properties = schema.get("properties")
    for key, value in as_object(properties).items():
        if isinstance(value, dict):
            found[key] = (file, value)
    return found

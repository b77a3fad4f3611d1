"""An OpenAPI 3.1 document made from declarations and schemas; nothing in it is written down twice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from inspect import getdoc
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from knock_fake.api.openapi_schemas import Components, query_properties
from knock_fake.schema_files import find_definition
from knock_fake.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from knock_fake.json_types import Json, JsonObject

_PATH_PARAMETER = re.compile(r"\{(\w+)\}")
_ROLES = re.compile(r":\w+:`[~.]*([^`]+)`|``([^`]+)``")


class Described(Protocol):
    """What a document tells of: an operation with its declaration."""

    @property
    def name(self) -> str:
        """Resource and verb."""
        ...

    @property
    def method(self) -> str:
        """The HTTP method."""
        ...

    @property
    def path(self) -> str:
        """The path template."""
        ...

    @property
    def endpoint(self) -> Callable[..., Json]:
        """The function, whose docstring is the summary."""
        ...

    @property
    def status(self) -> int:
        """The status of success."""
        ...

    @property
    def body_schema(self) -> str | None:
        """The schema of the body."""
        ...

    @property
    def query_schema(self) -> str | None:
        """The schema of the query."""
        ...

    @property
    def response_schema(self) -> str | None:
        """The schema of the answer."""
        ...


_Operation = TypeVar("_Operation", bound=Described)


@dataclass(frozen=True, slots=True)
class About(Generic[_Operation]):
    """What a document says beside what declarations and schemas do.

    Attributes:
        title: what it describes.
        security_schemes: the ways to authenticate.
        refusals: the texts of refusals by status.
        refused: the statuses with which an operation may be refused.
        parameters: the parameters that an operation has beside those of path and query.
        details: further members of an operation, its ``security`` among them.
    """

    title: str
    security_schemes: JsonObject
    refusals: Mapping[str, str]
    refused: Callable[[_Operation], Iterable[str]]
    parameters: Callable[[_Operation], Iterable[Json]]
    details: Callable[[_Operation], JsonObject]


def describe(operations: Iterable[_Operation], about: About[_Operation]) -> JsonObject:
    """Return the document of some operations, without servers.

    Args:
        operations: whose declarations are read. ``operationId`` is the operation's name, tags are its resource.
        about: what the document says beside them.
    """
    components = Components()
    paths: dict[str, JsonObject] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, about, components)
    responses: JsonObject = {status: _refusal(text, components) for status, text in about.refusals.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": about.title, "version": __version__},
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "paths": {**paths},
        "components": {
            "schemas": components.schemas(),
            "responses": responses,
            "securitySchemes": about.security_schemes,
        },
    }


def _operation(operation: _Operation, about: About[_Operation], components: Components) -> JsonObject:
    resource, _, _ = operation.name.rpartition(".")
    parameters = [
        *_path_parameters(operation.path),
        *_query_parameters(operation, components),
        *about.parameters(operation),
    ]
    described: JsonObject = {
        "operationId": operation.name,
        "summary": _summary(operation),
        "tags": [resource],
        "parameters": parameters,
        "responses": _responses(operation, about.refused(operation), components),
        **about.details(operation),
    }
    if operation.body_schema is not None and operation.method != "GET":  # for which OpenAPI knows no body
        is_required = "required" in find_definition(operation.body_schema)
        content = _json(components.refer(operation.body_schema))
        described["requestBody"] = {"required": is_required, "content": content}
    return described


def _summary(operation: Described) -> str:
    """Return the first sentence of the endpoint's docstring; endpoints made by ``partial`` have their function's."""
    documented = getdoc(getattr(operation.endpoint, "func", operation.endpoint)) or ""
    sentence = " ".join(documented.partition("\n\n")[0].split())
    return _ROLES.sub(lambda match: match[1] or match[2], sentence)


def _path_parameters(path: str) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PATH_PARAMETER.findall(path)
    ]


def _query_parameters(operation: Described, components: Components) -> list[Json]:
    if operation.query_schema is None:
        return []
    properties, required = query_properties(operation.query_schema, components)
    return [_query_parameter(name, schema, is_required=name in required) for name, schema in properties.items()]


def _query_parameter(name: str, schema: JsonObject, *, is_required: bool) -> JsonObject:
    """Return one parameter: a list repeats ``name[]``, an object has ``name[key]``, and JSON is written as text."""
    parameter: JsonObject = {"name": name, "in": "query", "required": is_required}
    if schema.get("contentMediaType") == "application/json":
        parameter["content"] = _json(schema)
        return parameter
    parameter["schema"] = schema
    if schema.get("type") == "array":
        parameter.update({"name": f"{name}[]", "style": "form", "explode": True})
    elif schema.get("type") == "object":
        parameter.update({"style": "deepObject", "explode": True})
    return parameter


def _responses(operation: Described, refused: Iterable[str], components: Components) -> JsonObject:
    success: JsonObject = {"description": "Success."}
    if operation.response_schema is not None:
        success["content"] = _json(components.refer(operation.response_schema))
    refusals: JsonObject = {status: {"$ref": f"#/components/responses/{status}"} for status in refused}
    return {str(operation.status): success, **refusals}


def _refusal(text: str, components: Components) -> JsonObject:
    return {"description": text, "content": _json(components.refer("common/error"))}


def _json(schema: JsonObject) -> JsonObject:
    return {"application/json": {"schema": schema}}

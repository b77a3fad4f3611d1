"""HTTP requests with Liquid in them, and what they are with the variables of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlencode

import orjson

from knock_fake.responders.urls import url_problem, with_query
from knock_fake.workflows.content.http import METHODS
from knock_fake.workflows.content.json_template import JsonTemplate, read_json_template
from knock_fake.workflows.scopes import as_scope
from knock_fake.workflows.templating import Template, TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json
    from knock_fake.workflows.content.fields import Fields

REQUEST_KEYS = ("method", "url", "headers", "query_params", "body", "inputs")
"""The fields of a request template."""

_WITH_BODY = ("POST", "PUT", "PATCH")

_Pairs: TypeAlias = tuple[tuple[Template, Template], ...]


@dataclass(frozen=True, slots=True)
class RenderedRequest:
    """A request as it is sent; names of headers are in lower case."""

    method: str
    url: str
    headers: dict[str, str]
    body: str | None


@dataclass(frozen=True, slots=True)
class RequestTemplate:
    """A compiled request.

    ``headers`` and ``query_params`` are pairs of name and value, or a template that renders to a JSON object of them.
    ``inputs`` is rendered first: the other fields see it as ``inputs``.
    """

    place: str
    method: str
    url: Template
    headers: _Pairs | JsonTemplate
    query_params: _Pairs | JsonTemplate
    body: Template | JsonTemplate | None
    inputs: JsonTemplate | None

    def render(self, scope: Mapping[str, object]) -> RenderedRequest:
        """Return the request for one set of variables.

        Only POST, PUT and PATCH requests have a body; what it renders to must be JSON, as which it is encoded (that
        PATCH has one, and that text which is no JSON is refused, is our choice). An empty text is no body.

        Raises:
            TemplateError: a field cannot be rendered, the URL is none, or the body is no JSON.
        """
        own = scope if self.inputs is None else as_scope(scope).having({"inputs": self.inputs.render(scope)})
        method = self.method.upper()
        query = urlencode([(name, one) for name, value in _named(self.query_params, own) for one in _texts(value)])
        body = self._body(own) if method in _WITH_BODY else None
        headers = {name.lower(): self._header(name, value) for name, value in _named(self.headers, own)}
        if body is not None:
            headers.setdefault("content-type", "application/json")
        return RenderedRequest(method, self._url(own, query), headers, body)

    def _url(self, scope: Mapping[str, object], query: str) -> str:
        url = self.url.render(scope).strip()
        problem = url_problem(url)
        if problem is not None:
            raise TemplateError(self.url.place, None, problem)
        return with_query(url, query)

    def _header(self, name: str, value: Json) -> str:
        text = ", ".join(_texts(value)).strip()
        if any(character in f"{name}{text}" for character in "\r\n\x00"):
            raise TemplateError(f"{self.place}.headers", None, f"the header {name!r} holds a line break")
        return text

    def _body(self, scope: Mapping[str, object]) -> str | None:
        if self.body is None:
            return None
        if isinstance(self.body, JsonTemplate):
            return orjson.dumps(self.body.render(scope)).decode()
        text = self.body.render(scope).strip()
        if not text:
            return None
        try:
            return orjson.dumps(orjson.loads(text)).decode()
        except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:
            remedy = "put values into it with the filter json: {{ data.note | json }}"
            raise TemplateError(self.body.place, None, f"rendered to {text!r}, which is no JSON; {remedy}") from error


def read_request_template(fields: Fields) -> RequestTemplate:
    """Compile a request.

    Knock's JSON of ``inputs``, the values that a step gives to a reusable request, is undocumented: here it is a JSON
    object, or Liquid that renders to one, beside the other fields (our choice).

    Raises:
        WorkflowDefinitionError: a field is missing or malformed.
    """
    return RequestTemplate(
        fields.place,
        fields.choice("method", METHODS, METHODS[0]),
        fields.required_template("url"),
        _parameters(fields, "headers"),
        _parameters(fields, "query_params"),
        _body(fields),
        read_json_template(fields, "inputs"),
    )


def _parameters(fields: Fields, key: str) -> _Pairs | JsonTemplate:
    if isinstance(fields.values.get(key), str):
        template = read_json_template(fields, key)
        return () if template is None else template
    pairs = fields.items(key, ("key", "value"))
    return tuple((pair.required_template("key"), pair.required_template("value")) for pair in pairs)


def _body(fields: Fields) -> Template | JsonTemplate | None:
    return (
        read_json_template(fields, "body") if isinstance(fields.values.get("body"), dict) else fields.template("body")
    )


def _named(parameters: _Pairs | JsonTemplate, scope: Mapping[str, object]) -> list[tuple[str, Json]]:
    if isinstance(parameters, JsonTemplate):
        return [*parameters.render(scope).items()]
    return [(name.render(scope).strip(), value.render(scope)) for name, value in parameters]


def _texts(value: Json) -> list[str]:
    """Return what a parameter is as text: nothing for null, one text for each item of a list, JSON for objects."""
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [orjson.dumps(value).decode()]

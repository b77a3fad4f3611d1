"""Requests of webhook channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.workflows.content.channel_template import ChannelTemplate
from knock_fake.workflows.content.fields import Fields, read_fields
from knock_fake.workflows.content.json_template import JsonTemplate, read_json_template
from knock_fake.workflows.scopes import as_scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.templating import Template

METHODS = ("get", "post", "put", "patch", "delete")
"""The methods of a request, as templates write them."""


@dataclass(frozen=True, slots=True)
class HttpTemplate(ChannelTemplate):
    """A compiled request. ``inputs`` is rendered first: the other fields see it as ``inputs``."""

    method: str
    url: Template
    headers: tuple[tuple[Template, Template], ...]
    query_params: tuple[tuple[Template, Template], ...]
    body: Template | None
    inputs: JsonTemplate | None = None

    def render(self, scope: Mapping[str, object]) -> JsonObject:
        """Return ``method`` in capitals, ``url``, ``headers`` and ``query`` as objects, and ``body``.

        Knock's API reference shows no content for this channel type: the shape is our choice, after its
        delivery logs.

        Raises:
            TemplateError: a field cannot be rendered with these variables.
        """
        own = scope if self.inputs is None else as_scope(scope).having({"inputs": self.inputs.render(scope)})
        return {
            "method": self.method.upper(),
            "url": self.url.render(own).strip(),
            "headers": {key.render(own): value.render(own) for key, value in self.headers},
            "query": {key.render(own): value.render(own) for key, value in self.query_params},
            "body": self.body.render(own) if self.body is not None else None,
        }


def compile_http(template: Json, place: str) -> HttpTemplate:
    """Compile a request template (Knock's docs on webhook channels).

    Knock's JSON of request inputs is undocumented: here they are a JSON object, or Liquid that renders to one, in the
    template (our choice). An input schema of the channel is not known.

    Raises:
        WorkflowDefinitionError: a field is missing, unknown or malformed.
    """
    if template is None:
        remedy = "give the step a template with method and url, as knock_fake.steps.webhook does"
        raise WorkflowDefinitionError(f"{place}: a request of the channel's own is not supported; {remedy}")
    fields = read_fields(template, place, ("method", "url", "headers", "query_params", "body", "inputs"))
    return HttpTemplate(
        fields.choice("method", METHODS),
        fields.required_template("url"),
        _pairs(fields, "headers"),
        _pairs(fields, "query_params"),
        fields.template("body"),
        read_json_template(fields, "inputs"),
    )


def _pairs(fields: Fields, key: str) -> tuple[tuple[Template, Template], ...]:
    pairs = fields.items(key, ("key", "value"))
    sources = [pair.required_text("key") for pair in pairs]
    for pair, source in zip(pairs, sources, strict=True):
        if sources.count(source) > 1:
            pair.refuse("key", f"{source!r} is given twice; the fake keeps one value for a name")
    return tuple((pair.required_template("key"), pair.required_template("value")) for pair in pairs)


def assemble_http(rendered: JsonObject, address: JsonObject, _message_id: str) -> JsonObject:
    """Return the content of a request."""
    return {"__typename": "MessageHttpContent", **address, **rendered}

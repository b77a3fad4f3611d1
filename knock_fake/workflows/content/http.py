"""Requests of webhook channels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from knock_fake.workflows.content.channel_template import ChannelTemplate
from knock_fake.workflows.content.fields import Fields, read_fields
from knock_fake.workflows.content.json_template import JsonTemplate, read_json_template
from knock_fake.workflows.scopes import as_scope
from knock_fake.workflows.templating import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.channels import Channel
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


@dataclass(frozen=True, slots=True)
class ChannelsRequest(ChannelTemplate):
    """The request of the channel, for a step that has none of its own but may have inputs for it."""

    place: str
    inputs: JsonTemplate | None = None

    def on(self, channel: Channel) -> ChannelTemplate:
        """Return the request that the channel is configured with.

        Raises:
            TemplateError: it has none.
        """
        request = channel.settings.get("request")
        if request is None:
            remedy = f"knock.channels.configure({channel.key!r}, settings={{'request': {{'method': ..., 'url': ...}}}})"
            problem = f"neither the step nor its channel has a request; give the step a template, or {remedy}"
            raise TemplateError(self.place, None, problem)
        compiled = compile_request(request, f"channel {channel.key!r}: settings.request")
        return compiled if self.inputs is None else replace(compiled, inputs=self.inputs)

    def render(self, scope: Mapping[str, object]) -> JsonObject:  # noqa: ARG002
        """Never called: what is rendered is the channel's."""
        raise TemplateError(self.place, None, "a request of the channel's own needs the channel")


def compile_http(template: Json, place: str) -> ChannelTemplate:
    """Compile the template of a webhook step; without one it sends the request of its channel.

    A template of nothing but ``inputs`` gives them to the request of the channel (our choice).

    Raises:
        WorkflowDefinitionError: a field is missing, unknown or malformed.
    """
    if template is None:
        return ChannelsRequest(place)
    if isinstance(template, dict) and [*template] == ["inputs"]:
        return ChannelsRequest(place, read_json_template(read_fields(template, place, ("inputs",)), "inputs"))
    return compile_request(template, place)


def compile_request(template: Json, place: str) -> HttpTemplate:
    """Compile a request template (Knock's docs on webhook channels).

    Knock's JSON of request inputs is undocumented: here they are a JSON object, or Liquid that renders to one, in the
    template (our choice). An input schema of the channel is not known.

    Raises:
        WorkflowDefinitionError: a field is missing, unknown or malformed.
    """
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

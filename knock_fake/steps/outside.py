"""Builders of steps that get data: from an endpoint, from a model, or from what the run has already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack

import orjson

from knock_fake.errors import UsageError
from knock_fake.steps._arguments import flag, given, pairs, refuse, required_text, text, text_or_object
from knock_fake.steps._options import StepOptions, read_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject


def http_fetch(
    url: str,
    method: str = "get",
    *,
    headers: Mapping[str, str] | str | None = None,
    query_params: Mapping[str, str] | str | None = None,
    body: str | Mapping[str, Json] | None = None,
    response_path: str | None = None,
    signing_key: str | None = None,
    inputs: str | Mapping[str, Json] | None = None,
    **options: Unpack[StepOptions],
) -> JsonObject:
    """Return a step that makes an HTTP request and merges the answer into the data of the run.

    Args:
        url: the address.
        method: ``get``, ``post``, ``put``, ``patch`` or ``delete``.
        headers: headers by name, or Liquid that renders to a JSON object of them.
        query_params: query parameters by name, or Liquid that renders to a JSON object of them.
        body: the body of a POST, PUT or PATCH request: an object, or Liquid that renders to JSON.
        response_path: where in the data the answer goes, with dots between the keys; left out, it is merged into the
            root.
        signing_key: the key that the header ``x-knock-signature`` is made with; left out, nothing is signed.
        inputs: what the other fields see as ``inputs``: an object, or Liquid that renders to one.
        options: ``ref``, ``name`` and ``conditions``.

    Raises:
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    builder = "http_fetch"
    settings: JsonObject = {
        "method": required_text(builder, "method", method).lower(),
        "url": required_text(builder, "url", url),
        "headers": headers if isinstance(headers, str) else pairs(builder, "headers", headers),
        "query_params": query_params if isinstance(query_params, str) else pairs(builder, "query_params", query_params),
        "body": text_or_object(builder, "body", body),
        "response_path": text(builder, "response_path", response_path),
        "signing_key": text(builder, "signing_key", signing_key),
        "inputs": text_or_object(builder, "inputs", inputs),
    }
    return {"type": "http_fetch", **given(read_options(builder, options)), "settings": given(settings)}


def ai_agent(
    model: str,
    prompt: str,
    *,
    response_type: Literal["text", "json"] | None = None,
    response_schema: str | Mapping[str, Json] | None = None,
    web_search: bool = False,
    halt_on_error: bool = True,
    **options: Unpack[StepOptions],
) -> JsonObject:
    """Return a step that sends a prompt to a model; later steps find the answer at ``data.<ref of the step>``.

    Args:
        model: the model as ``provider:model``, such as ``anthropic:claude-haiku-4-5``.
        prompt: the prompt.
        response_type: ``text``, found at ``data.<ref>.text``, or ``json``; ``json`` where there is a schema, ``text``
            otherwise, when left out.
        response_schema: the JSON Schema of a ``json`` answer.
        web_search: whether the model may search the web.
        halt_on_error: whether the run ends when the step fails; otherwise it goes on with the next one.
        options: ``ref``, ``name`` and ``conditions``.

    Raises:
        UsageError: a schema is given for text, or none for JSON.
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    builder = "ai_agent"
    schema = text_or_object(builder, "response_schema", response_schema)
    wanted = text(builder, "response_type", response_type) or ("text" if schema is None else "json")
    if (wanted == "json") is (schema is None):
        problem = "needs a response_schema" if schema is None else "takes no response_schema"
        raise UsageError(f"ai_agent(response_type={wanted!r}) {problem}")
    settings: JsonObject = {
        "model": required_text(builder, "model", model),
        "request_prompt": required_text(builder, "prompt", prompt),
        "response_type": wanted,
        "response_schema": orjson.dumps(schema).decode() if isinstance(schema, dict) else schema,
        "web_search_enabled": flag(builder, "web_search", web_search),
        "halt_on_error": flag(builder, "halt_on_error", halt_on_error),
    }
    return {"type": "ai_agent", **given(read_options(builder, options)), "settings": given(settings)}


def update_data(data: str | Mapping[str, Json], **options: Unpack[StepOptions]) -> JsonObject:
    """Return a step that computes values and merges them into the data of the run.

    Args:
        data: an object whose texts are Liquid, or Liquid that renders to a JSON object. Its keys replace those of the
            same name, as a whole. Texts of an object stay texts; for a number or a list write the whole as Liquid, such
            as ``'{"count": {{ data.items | size }}}'``.
        options: ``ref``, ``name`` and ``conditions``.

    Raises:
        UsageTypeError: an argument is of a wrong type, or an option does not exist.
    """
    values = text_or_object("update_data", "data", data)
    if values is None:
        refuse("update_data", "data", "a dict with texts as keys", values)
    return {"type": "update_data", **given(read_options("update_data", options)), "settings": {"data": values}}

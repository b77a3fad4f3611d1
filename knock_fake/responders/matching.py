"""Which requests a responder is for, and in what others differ."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar

from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.fitting import fits, show_value
from knock_fake.json_values import json_copy
from knock_fake.responders.event_types import read_events
from knock_fake.responders.urls import UrlPattern, read_pattern, show_regex
from knock_fake.wildcards import wild

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.responders.requests import HttpRequest, ModelRequest, Origin

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Wanted: TypeAlias = object
"""What a part of a request must be; see :func:`knock_fake.fitting.fits`."""

_Request = TypeVar("_Request", contravariant=True)


class Matcher(Protocol[_Request]):
    """Says which requests are meant."""

    def differences(self, request: _Request, /) -> Iterator[str]:
        """Yield in what a request differs from those that are meant; nothing for one that is meant."""
        ...

    def to_json(self) -> JsonObject:
        """Return what is wanted as JSON.

        Raises:
            UsageError: something is a function.
        """
        ...


@dataclass(frozen=True, slots=True)
class Asker(Generic[_Request]):
    """Who must ask: a workflow, a step, whatever a function of the request says; ``None`` for anybody.

    ``event`` is what an outbound webhook must tell of; ``*`` in it stands for any text. ``webhook_id`` is the endpoint
    that must be told, where an application answers for it.
    """

    workflow: str | None = None
    step_ref: str | None = None
    when: Callable[[_Request], bool] | None = None
    event: str | None = None
    webhook_id: str | None = None

    def differences(self, request: _Request, origin: Origin) -> Iterator[str]:
        """Yield in what the asker of a request differs."""
        if self.workflow not in (None, origin.workflow):
            yield f"the workflow is {origin.workflow!r}, not {self.workflow!r}"
        if self.step_ref not in (None, origin.step_ref):
            yield f"the step is {origin.step_ref!r}, not {self.step_ref!r}"
        if self.event is not None and not _fits_wild(self.event, origin.event or ""):
            yield f"the event is {origin.event!r}, not {self.event!r}"
        if self.webhook_id not in (None, origin.webhook_id):
            yield "it is the application of another endpoint"
        if self.when is not None and not self.when(request):
            yield f"{show_value(self.when)} says no"

    def to_json(self) -> JsonObject:
        """Return the asker as JSON."""
        _refuse_function("when", self.when)
        named: JsonObject = {"workflow": self.workflow, "step_ref": self.step_ref, "event": self.event}
        return {key: value for key, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True)
class HttpMatcher:
    """HTTP requests by method, URL, query and body; ``None`` for any."""

    url: UrlPattern
    method: str | None
    query: Wanted
    body: Wanted
    asker: Asker[HttpRequest]

    def differences(self, request: HttpRequest) -> Iterator[str]:
        """Yield in what a request differs from those that are meant."""
        if self.method not in (None, request.method):
            yield f"the method is {request.method}, not {self.method}"
        if not self.url.matches(request.url):
            yield f"the URL is {request.url}"
        if self.query is not None and not fits(self.query, request.query):
            yield f"the query is {show_value(request.query)}, not {show_value(self.query)}"
        if self.body is not None and not self._fits_body(request):
            yield f"the body is {show_value(request.body)}, not {show_value(self.body)}"
        yield from self.asker.differences(request, request.origin)

    def _fits_body(self, request: HttpRequest) -> bool:
        is_text = isinstance(self.body, str | re.Pattern)
        return fits(self.body, (request.body or "") if is_text else request.json)

    def to_json(self) -> JsonObject:
        """Return what is wanted as JSON."""
        named: JsonObject = {
            "method": self.method,
            "url": self.url.to_json(),
            "query": wanted_to_json("query", self.query),
            "body": wanted_to_json("body", self.body),
        }
        return {key: value for key, value in named.items() if value is not None} | self.asker.to_json()

    def __str__(self) -> str:
        return f"{self.method} {self.url}" if self.method else str(self.url)


@dataclass(frozen=True, slots=True)
class ModelMatcher:
    """Prompts by model and text; ``None`` for any."""

    model: str | None
    prompt: Wanted
    asker: Asker[ModelRequest]

    def differences(self, request: ModelRequest) -> Iterator[str]:
        """Yield in what a request differs from those that are meant."""
        if self.model is not None and not self._fits_model(request.model):
            yield f"the model is {request.model!r}, not {self.model!r}"
        if self.prompt is not None and not self._fits_prompt(request.prompt):
            yield f"the prompt is {show_value(request.prompt)}, not {show_value(self.prompt)}"
        yield from self.asker.differences(request, request.origin)

    def _fits_model(self, model: str) -> bool:
        return _fits_wild(self.model or "", model)

    def _fits_prompt(self, prompt: str) -> bool:
        return self.prompt in prompt if isinstance(self.prompt, str) else fits(self.prompt, prompt)

    def to_json(self) -> JsonObject:
        """Return what is wanted as JSON."""
        named: JsonObject = {"model": self.model, "prompt": wanted_to_json("prompt", self.prompt)}
        return {key: value for key, value in named.items() if value is not None} | self.asker.to_json()

    def __str__(self) -> str:
        return self.model or "any model"


def read_http_matcher(
    place: str,
    url: object,
    method: str | None,
    query: Wanted,
    body: Wanted,
    asker: Asker[HttpRequest],
) -> HttpMatcher:
    """Check what is wanted of HTTP requests. The method may stand before the URL: ``"POST https://..."``.

    Raises:
        UsageError, UsageTypeError: something cannot be taken.
    """
    if isinstance(url, str) and re.match(r"[A-Za-z]+ +\S", url):
        named, _, url = url.partition(" ")
        if method is not None and method.upper() != named.upper():
            raise UsageError(f"{place}: the method is {named} before the URL and {method!r} beside it: leave one out")
        method, url = named, url.strip()
    pattern = read_pattern(url, place)
    return HttpMatcher(pattern, _method(place, method), _query(place, query), _wanted("body", body), asker)


def read_model_matcher(place: str, model: str | None, prompt: Wanted, asker: Asker[ModelRequest]) -> ModelMatcher:
    """Check what is wanted of prompts.

    Raises:
        UsageTypeError: something cannot be taken.
    """
    if model is not None and not isinstance(model, str):
        raise UsageTypeError(f"{place}: model must be text such as 'openai:*', not {model!r}")
    return ModelMatcher(model, _wanted("prompt", prompt), asker)


def read_asker(
    place: str,
    workflow: object,
    step_ref: object,
    when: Callable[[_Request], bool] | None,
    event: object = None,
) -> Asker[_Request]:
    """Check who must ask.

    Raises:
        UsageTypeError: something is of a wrong type. UsageError: no event is meant.
    """
    for name, value in (("workflow", workflow), ("step_ref", step_ref), ("event", event)):
        if value is not None and not isinstance(value, str):
            raise UsageTypeError(f"{place}: {name} must be text, not {value!r}")
    if when is not None and not callable(when):
        raise UsageTypeError(f"{place}: when must be a function of the request, not {when!r}")
    if event is not None:
        read_events(event, place)
    named = [None if one is None else str(one) for one in (workflow, step_ref, event)]
    return Asker(named[0], named[1], when, named[2])


def _method(place: str, method: object) -> str | None:
    if method is None:
        return None
    if not isinstance(method, str):
        raise UsageTypeError(f"{place}: method must be text such as 'GET', not {method!r}")
    if method.upper() not in METHODS:
        raise UsageError(f"{place}: no step sends the method {method!r}; {nearest(method.upper(), METHODS)}")
    return method.upper()


def _query(place: str, query: Wanted) -> Wanted:
    """Return the parameters that are wanted; in a URL they all are text."""
    if query is None or callable(query):
        return query
    if not isinstance(query, Mapping):
        raise UsageTypeError(f"{place}: query must be a dict of parameters, not {query!r}")
    return {name: _parameter(_wanted(f"query.{name}", value)) for name, value in query.items()}


def _parameter(value: Wanted) -> Wanted:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return [_parameter(one) for one in value]
    return str(value) if isinstance(value, int | float) else value


def _wanted(name: str, value: Wanted) -> Wanted:
    """Return what is wanted, JSON copied so that nobody changes it afterwards."""
    if value is None or callable(value) or isinstance(value, re.Pattern):
        return value
    if isinstance(value, Mapping):
        return {key: _wanted(f"{name}.{key}", one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_wanted(f"{name}[{index}]", one) for index, one in enumerate(value)]
    return json_copy(value, name)


def wanted_to_json(name: str, value: Wanted) -> Json:
    """Return what is wanted as JSON; a compiled pattern is ``{"regex": ...}``.

    Raises:
        UsageError: something in it is a function.
    """
    _refuse_function(name, value)
    if isinstance(value, re.Pattern):
        return show_regex(value)
    if isinstance(value, Mapping):
        return {str(key): wanted_to_json(f"{name}.{key}", one) for key, one in value.items()}
    if isinstance(value, list):
        return [wanted_to_json(f"{name}[{index}]", one) for index, one in enumerate(value)]
    return json_copy(value, name)


def wanted_from_json(value: Json) -> Wanted:
    """Return what JSON wants; ``{"regex": ...}`` is a pattern.

    Raises:
        UsageError: a regular expression is malformed.
    """
    if isinstance(value, dict) and [*value] == ["regex"] and isinstance(value["regex"], str):
        return read_regex(value["regex"])
    if isinstance(value, dict):
        return {key: wanted_from_json(one) for key, one in value.items()}
    if isinstance(value, list):
        return [wanted_from_json(one) for one in value]
    return value


def read_regex(text: str) -> re.Pattern[str]:
    """Compile a regular expression.

    Raises:
        UsageError: it is malformed.
    """
    try:
        return re.compile(text)
    except re.error as error:
        raise UsageError(f"{text!r} is no regular expression: {error}") from error


def _fits_wild(wanted: str, text: str) -> bool:
    """Whether a text is what is wanted; ``*`` in that stands for any text."""
    return wild(wanted).fullmatch(text) is not None


def _refuse_function(name: str, value: object) -> None:
    if callable(value):
        remedy = "write what is wanted as a value or a regular expression"
        raise UsageError(f"{name} is the function {show_value(value)}, which has no JSON: {remedy}")

"""What workflows ask of the world outside: HTTP requests and prompts for models, as responders see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, urlsplit

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from knock_fake.json_types import Json, JsonObject

HttpKind = Literal["fetch", "webhook", "endpoint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who asks.

    Attributes:
        workflow: the key of the workflow.
        step_ref: the step in it.
        recipient: the recipient as Knock writes it: a user's id, or ``{"id", "collection"}`` of an object.
        run_id: the id of the recipient run.
        attempt: which attempt this is, from 1.
        at: when (UTC), on the world's clock.
        event: for outbound webhooks, the type of the event. Workflow, step, recipient and run are then those that it is
            about; empty where there is none.
        webhook_id: for outbound webhooks, the id of the endpoint.
    """

    workflow: str
    step_ref: str
    recipient: Json
    run_id: str
    attempt: int
    at: datetime
    event: str | None = None
    webhook_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """An HTTP request that a workflow makes, or that tells an endpoint of an event.

    Attributes:
        kind: ``fetch`` for a fetch step, ``webhook`` for a message on an http channel, ``endpoint`` for an outbound
            webhook.
        method: in capitals.
        url: the whole URL, query included.
        headers: by name; names are in lower case.
        body: the body as it is sent, ``None`` for none.
        timeout: how many seconds Knock waits for the answer.
        origin: who asks.
    """

    kind: HttpKind
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    timeout: float
    origin: Origin

    @property
    def json(self) -> Json:
        """The decoded body; ``None`` for a body that is no JSON, and for none."""
        try:
            decoded: Json = orjson.loads(self.body or "null")
        except orjson.JSONDecodeError:
            return None
        return decoded

    @property
    def query(self) -> JsonObject:
        """The parameters of the URL by name; one that is repeated is a list."""
        read: JsonObject = {}
        for name, value in parse_qsl(urlsplit(self.url).query, keep_blank_values=True):
            known = read.get(name)
            read[name] = value if known is None else [*(known if isinstance(known, list) else [known]), value]
        return read

    @property
    def path(self) -> str:
        """The path of the URL."""
        return urlsplit(self.url).path or "/"

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """A prompt that an agent step sends to a model.

    Attributes:
        model: the model as ``provider:model``.
        prompt: the rendered prompt.
        response_type: ``text`` or ``json``.
        response_schema: the JSON Schema that a ``json`` answer must fit, ``None`` for ``text``.
        web_search: whether the model may search the web.
        origin: who asks.
    """

    model: str
    prompt: str
    response_type: str
    response_schema: JsonObject | None = None
    web_search: bool = False
    origin: Origin

    def __str__(self) -> str:
        return f"{self.model} for step {self.origin.step_ref}"

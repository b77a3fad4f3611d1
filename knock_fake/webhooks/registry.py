"""``knock.webhooks``: the endpoints that Knock tells of events, and what was sent to them."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Required, TypedDict, cast, get_args

from knock_fake.errors import UnknownNameError, UsageError, UsageTypeError, nearest
from knock_fake.responders.event_types import read_events
from knock_fake.responders.urls import url_problem
from knock_fake.state.webhooks import SignatureTime
from knock_fake.webhooks.deliveries import ask_deliveries
from knock_fake.webhooks.listening import listen
from knock_fake.webhooks.webhook import Webhook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

    from knock_fake.asking.collection import Collection
    from knock_fake.core import Core
    from knock_fake.json_types import JsonObject
    from knock_fake.state.webhooks import WebhookDelivery, WebhookEndpoint
    from knock_fake.webhooks.deliveries import Delivery

_PLACE = "webhooks.add"


class Webhooks:
    """What ``knock.webhooks`` is: outbound webhooks, which tell an application of what happens in Knock."""

    def __init__(self, core: Core, lock: AbstractContextManager[object] | None = None) -> None:
        self._core = core
        self._store = core.state.webhooks
        self._lock = nullcontext() if lock is None else lock

    def add(
        self,
        url: str,
        events: Iterable[str] | str | None = None,
        *,
        secret: str | None = None,
        description: str | None = None,
        enabled: bool = True,
        signed_at: SignatureTime = "world",
        app: object = None,
    ) -> Webhook:
        """Let an endpoint be told of what happens from now on.

        Who answers at the URL is for responders to say (``knock.responders.endpoint``); the newest counts. Without
        one every event is taken, as on a good day, unless the world may ask real endpoints (``allow_http``).

        Args:
            url: where events are sent to; several endpoints may have one URL.
            events: the types of events, such as ``["message.sent", "message.bounced"]``; ``*`` stands for any text, as
                in ``"message.*"``; all of them when left out.
            secret: the key that requests are signed with; one that follows from the seed when left out.
            description: for people only.
            enabled: whether it is told of events; see :meth:`Webhook.disable`.
            signed_at: by which clock requests are signed: the ``"world"``'s, or the machine's, ``"wall"``, for
                receivers that refuse signatures by another one.
            app: who answers, in this process: a function of the request, a WSGI or ASGI application, or an httpx
                transport. It answers for this endpoint alone, and goes with it; responders that are added later go
                before it.

        Raises:
            UsageError: the URL is none, an event is unknown, or a value cannot be taken.
            UsageTypeError: a value is of a wrong type.
        """
        endpoint_url, types = _url(url), read_events(events, _PLACE)
        texts = {"secret": _text("secret", secret), "description": _text("description", description)}
        if not isinstance(enabled, bool):
            raise UsageTypeError(f"{_PLACE}: enabled must be True or False, not {enabled!r}")
        if signed_at not in get_args(SignatureTime):
            raise UsageError(f"{_PLACE}: signed_at must be 'world' or 'wall', not {signed_at!r}")
        answering = None if app is None else self._core.machine.let_answer(app)
        with self._lock:
            listen(self._core)
            endpoint = self._store.add(url=endpoint_url, events=types, is_enabled=enabled, signed_at=signed_at, **texts)
            if answering is not None:
                self._core.responders.add_application(endpoint.id, endpoint_url, answering)
        return self._held(endpoint)

    def add_json(self, document: JsonObject) -> Webhook:
        """Add an endpoint that is written as JSON (``schemas/webhooks.json``): the arguments of :meth:`add`.

        Raises:
            UsageError, UsageTypeError: something cannot be taken; the message says what can.
        """
        for name in document:
            if name not in _FIELDS:
                raise UsageError(f"{_PLACE}: there is no field {name!r}; {nearest(name, _FIELDS)}")
        if "url" not in document:
            raise UsageError(f"{_PLACE}: url is required")
        return self.add(**cast("_Fields", document))  # every value is checked there

    @property
    def deliveries(self) -> Collection[WebhookDelivery, Delivery]:
        """What was sent to endpoints, or is about to be: every event with its requests and their answers."""
        return ask_deliveries(self._store)

    def remove(self, webhook: Webhook | str) -> None:
        """Take an endpoint away, itself, by its id, or every one with a URL. Nothing is sent to it any more.

        Raises:
            UnknownNameError: there is none of this id or URL.
        """
        if isinstance(webhook, Webhook):
            webhook.remove()
            return
        for one in self._named(webhook):
            one.remove()

    def clear(self) -> None:
        """Take every endpoint away."""
        for one in self:
            one.remove()

    def __getitem__(self, name: str) -> Webhook:
        """Return an endpoint by its id or its URL, the oldest of several.

        Raises:
            UnknownNameError: there is none.
        """
        return self._named(name)[0]

    def __iter__(self) -> Iterator[Webhook]:
        return iter([self._held(one) for one in self._store.endpoints()])

    def __len__(self) -> int:
        return len(self._store)

    def __repr__(self) -> str:
        return f"<{len(self)} webhook{'' if len(self) == 1 else 's'}>"

    def _named(self, name: object) -> list[Webhook]:
        if not isinstance(name, str):
            raise UsageTypeError(f"an endpoint is named by its id or its URL, not by {name!r}")
        found = [one for one in self if name in (one.id, one.url)]
        if not found:
            known = [one.url for one in self]
            raise UnknownNameError(f"there is no endpoint {name!r}; {nearest(name, known)}")
        return found

    def _held(self, endpoint: WebhookEndpoint) -> Webhook:
        return Webhook(self._core, endpoint, self._lock)


class _Fields(TypedDict, total=False):
    url: Required[str]
    events: list[str] | None
    secret: str | None
    description: str | None
    enabled: bool
    signed_at: SignatureTime


_FIELDS = tuple(_Fields.__annotations__)


def _url(value: object) -> str:
    if not isinstance(value, str):
        raise UsageTypeError(f"{_PLACE}: the URL must be text, not {value!r}")
    problem = "an endpoint has one URL, without *" if "*" in value else url_problem(value)
    if problem is not None:
        raise UsageError(f"{_PLACE}: {problem}; give one such as https://app.example.com/knock")
    return value


def _text(name: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise UsageTypeError(f"{_PLACE}: {name} must be text, not {value!r}")
    if not value:
        raise UsageError(f"{_PLACE}: {name} must not be empty: leave it out")
    return value

"""The responders of a world: who answers when a workflow asks somebody outside."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar, Unpack

from knock_fake.errors import UsageTypeError
from knock_fake.responders.answerers import NETWORK, application_of, who_answers
from knock_fake.responders.matching import Asker, read_asker, read_http_matcher, read_model_matcher
from knock_fake.responders.records import CAPACITY, ResponderRecord, newest_for
from knock_fake.responders.requests import HttpRequest, ModelRequest
from knock_fake.responders.responder import HttpResponder, ModelResponder, Responder
from knock_fake.responders.turns import endpoint_answer, http_answer, http_turn, in_turn, model_answer, model_turn

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from knock_fake.json_types import JsonObject
    from knock_fake.responders.answers import Answer, AnswerFields, ModelAnswer, ModelAnswerFields
    from knock_fake.responders.matching import HttpMatcher, ModelMatcher, Wanted
    from knock_fake.responders.outside import Outside, Sending
    from knock_fake.responders.records import HttpRecord, Kind, ModelRecord
    from knock_fake.responders.requests import HttpKind
    from knock_fake.responders.turns import HttpAnswering, ModelAnswering, Turn

_Request = TypeVar("_Request")
_Answer = TypeVar("_Answer")

_MAX_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Answered(Generic[_Answer]):
    """An answer and who gave it: a responder as text, or ``the network``."""

    answer: _Answer
    by: str


AnsweredLetter: TypeAlias = "Callable[[], tuple[HttpRequest, Callable[[Answered[Answer]], None]] | None]"
"""What is to be sent when its turn comes, and who is told what was answered; ``None`` when nobody wants it any more."""


class Responders:
    """Stands in for everybody outside: endpoints of fetch steps, http channels and outbound webhooks, and models.

    The newest responder that is for a request answers it. A fetch or a prompt that none is for fails its step.

    Args:
        lock: held during every write.
        outside: the real endpoints that may be asked where no responder is for a request; ``None`` for none.
    """

    def __init__(self, lock: AbstractContextManager[object] | None = None, outside: Outside | None = None) -> None:
        self._lock = nullcontext() if lock is None else lock
        self._outside = outside
        self._http: list[HttpRecord] = []
        self._models: list[ModelRecord] = []
        self._unanswered: tuple[HttpRequest | ModelRequest, ...] = ()
        self._count = 0

    def fetch(
        self,
        url: str | re.Pattern[str],
        method: str | None = None,
        *,
        query: Wanted = None,
        body: Wanted = None,
        workflow: str | None = None,
        step_ref: str | None = None,
        when: Callable[[HttpRequest], bool] | None = None,
        answer: Answer | HttpAnswering | None = None,
        times: int | None = None,
        **fields: Unpack[AnswerFields],
    ) -> HttpResponder:
        """Answer the requests of fetch steps to a URL.

        Args:
            url: the URL; ``*`` stands for any text, a query names parameters that must be there; or a compiled
                pattern, which is searched for in the whole URL. The method may stand before it: ``"POST https://..."``.
            method: the method; any when left out.
            query: what the parameters of the URL must be: a dict of those that count, or a function of them all.
            body: what the body must be: JSON of which a dict names the keys that count, text, a compiled pattern, a
                function of the JSON.
            workflow: the workflow that must ask.
            step_ref: the step that must ask.
            when: says of a request whether it is meant.
            answer: an :class:`~knock_fake.responders.answers.Answer`, or a function that makes one of the request;
                what it returns else is the JSON of an answer.
            times: how often it answers, for ever when left out; older responders are asked afterwards.
            fields: ``status``, ``json``, ``text``, ``headers``, ``delay`` and ``fail`` of the answer.

        Raises:
            UsageError, UsageTypeError: something cannot be taken; the message says what can.
        """
        asker = read_asker("fetch", workflow, step_ref, when)
        matcher = read_http_matcher("fetch", url, method, query, body, asker)
        return self.insert_http("fetch", matcher, [http_turn("fetch", answer, times, fields)])

    def webhook(
        self,
        url: str | re.Pattern[str] = "*",
        method: str | None = None,
        *,
        query: Wanted = None,
        body: Wanted = None,
        workflow: str | None = None,
        step_ref: str | None = None,
        when: Callable[[HttpRequest], bool] | None = None,
        answer: Answer | HttpAnswering | None = None,
        times: int | None = None,
        **fields: Unpack[AnswerFields],
    ) -> HttpResponder:
        """Answer the requests that messages on http channels are; the answer decides about their delivery.

        The arguments are those of :meth:`fetch`. A message that no responder is for is delivered.

        Raises:
            UsageError, UsageTypeError: something cannot be taken; the message says what can.
        """
        asker = read_asker("webhook", workflow, step_ref, when)
        matcher = read_http_matcher("webhook", url, method, query, body, asker)
        return self.insert_http("webhook", matcher, [http_turn("webhook", answer, times, fields)])

    def endpoint(
        self,
        url: str | re.Pattern[str] = "*",
        method: str | None = None,
        *,
        query: Wanted = None,
        body: Wanted = None,
        event: str | None = None,
        workflow: str | None = None,
        step_ref: str | None = None,
        when: Callable[[HttpRequest], bool] | None = None,
        answer: Answer | HttpAnswering | None = None,
        times: int | None = None,
        **fields: Unpack[AnswerFields],
    ) -> HttpResponder:
        """Answer outbound webhooks, those of ``knock.webhooks``; whatever is no success is tried again.

        The arguments are those of :meth:`fetch`, with the type of ``event`` beside: ``"message.sent"``, or
        ``"message.*"``. A webhook that no responder is for is delivered, and so is one for which the function that
        answers returns ``None``.

        Raises:
            UsageError, UsageTypeError: something cannot be taken; the message says what can.
        """
        asker = read_asker("endpoint", workflow, step_ref, when, event)
        matcher = read_http_matcher("endpoint", url, method, query, body, asker)
        return self.insert_http("endpoint", matcher, [http_turn("endpoint", answer, times, fields)])

    def model(
        self,
        model: str | None = None,
        *,
        prompt: Wanted = None,
        workflow: str | None = None,
        step_ref: str | None = None,
        when: Callable[[ModelRequest], bool] | None = None,
        answer: ModelAnswer | ModelAnswering | None = None,
        times: int | None = None,
        **fields: Unpack[ModelAnswerFields],
    ) -> ModelResponder:
        """Answer the prompts of agent steps.

        Args:
            model: the model, such as ``anthropic:claude-haiku-4-5``; ``*`` stands for any text; any model when left
                out.
            prompt: what the prompt must hold: text in it, a compiled pattern, a function of it.
            workflow: the workflow that must ask.
            step_ref: the step that must ask.
            when: says of a request whether it is meant.
            answer: a :class:`~knock_fake.responders.answers.ModelAnswer`, or a function that makes one of the request;
                text that it returns is the text of an answer, everything else its JSON.
            times: how often it answers, for ever when left out; older responders are asked afterwards.
            fields: ``text``, ``json``, ``refusal``, ``delay`` and ``fail`` of the answer.

        Raises:
            UsageError, UsageTypeError: something cannot be taken; the message says what can.
        """
        matcher = read_model_matcher("model", model, prompt, read_asker("model", workflow, step_ref, when))
        return self.insert_model(matcher, [model_turn("model", answer, times, fields)])

    def __iter__(self) -> Iterator[HttpResponder | ModelResponder]:
        http = (HttpResponder(self, one) for one in self._http)
        every: list[HttpResponder | ModelResponder] = [*http, *(ModelResponder(self, one) for one in self._models)]
        return iter(sorted(every, key=attrgetter("number")))

    def __len__(self) -> int:
        return len(self._http) + len(self._models)

    def __repr__(self) -> str:
        return f"<{len(self)} responders>"

    @property
    def unanswered(self) -> Sequence[HttpRequest | ModelRequest]:
        """The requests that nobody was for, oldest first: the last 1,000 of them."""
        return [*self._unanswered]

    def add(self, document: JsonObject) -> HttpResponder | ModelResponder:
        """Add a responder that is written as JSON (``schemas/responders.json``).

        Raises:
            UsageError, UsageTypeError: something cannot be taken; the message says what can.
        """
        from knock_fake.responders.documents import read_document

        return read_document(self, document)

    def to_json(self) -> list[JsonObject]:
        """Return every responder as JSON, oldest first; :meth:`add` takes each.

        Raises:
            UsageError: one of them is made of a function.
        """
        return [one.to_json() for one in self]

    def insert_http(
        self, kind: HttpKind, matcher: HttpMatcher, turns: Sequence[Turn[HttpRequest, Answer]]
    ) -> HttpResponder:
        """Add a responder to HTTP requests whose parts are checked."""
        with self._lock:
            record = ResponderRecord(kind, self._next(), matcher, in_turn(turns))
            self._http.append(record)
        return HttpResponder(self, record)

    def insert_model(self, matcher: ModelMatcher, turns: Sequence[Turn[ModelRequest, ModelAnswer]]) -> ModelResponder:
        """Add a responder to prompts whose parts are checked."""
        with self._lock:
            record = ResponderRecord("model", self._next(), matcher, in_turn(turns))
            self._models.append(record)
        return ModelResponder(self, record)

    def remove(self, responder: HttpResponder | ModelResponder | int) -> None:
        """Take a responder away, itself or by its number; one that is not there stays away.

        Raises:
            UsageTypeError: it is no responder.
        """
        if not isinstance(responder, Responder | int):
            raise UsageTypeError(f"remove() takes a responder or its number, not {responder!r}")
        number = responder if isinstance(responder, int) else responder.number
        with self._lock:
            self._http[:] = [one for one in self._http if one.number != number]
            self._models[:] = [one for one in self._models if one.number != number]

    def add_application(self, webhook_id: str, url: str, answer: HttpAnswering) -> HttpResponder:
        """Let an application answer what one endpoint of outbound webhooks is told."""
        matcher = read_http_matcher("endpoint", url, None, None, None, Asker(webhook_id=webhook_id))
        return self.insert_http("endpoint", matcher, [http_turn("endpoint", answer, None, {})])

    def remove_application(self, webhook_id: str) -> None:
        """Take away what :meth:`add_application` added for an endpoint; without any nothing changes."""
        with self._lock:
            self._http[:] = [one for one in self._http if application_of(one) != webhook_id]

    def who_answers(self, webhook_id: str, url: str) -> str:
        """Return in words who answers what an endpoint of outbound webhooks is told."""
        return who_answers(self._http, self._outside, webhook_id, url)

    def clear(self) -> None:
        """Take every responder away, and forget what nobody answered."""
        with self._lock:
            self._http.clear()
            self._models.clear()
            self._unanswered = ()

    def answer(self, request: HttpRequest) -> Answered[Answer] | None:
        """Return the answer to an HTTP request, ``None`` when nobody is for it.

        Raises:
            ResponderFailedError: a function that matches or answers raised an error.
        """
        found = self._newest_for(request)
        if found is not None:
            made = endpoint_answer if request.kind == "endpoint" else http_answer
            return Answered(found.answer(request, made), str(found))
        if self._outside is not None and self._outside.allows(request.url):
            return Answered(self._outside.caller(request), NETWORK)
        self._miss(request)
        return None

    def post(self, request: HttpRequest, letter: AnsweredLetter) -> bool:
        """Have a real endpoint asked without waiting for its answer, where the world does that.

        Args:
            request: the request as it would be now, which says who is asked.
            letter: returns the request when its turn comes, and who is told the answer.

        Returns:
            Whether it will be asked; if not, :meth:`answer` answers.

        Raises:
            ResponderFailedError: a function that matches raised an error.
        """
        outside = self._outside
        if outside is None or outside.poster is None or self._newest_for(request) or not outside.allows(request.url):
            return False
        outside.poster(request.url, partial(_by_network, letter))
        return True

    def _newest_for(self, request: HttpRequest) -> HttpRecord | None:
        return newest_for(request, [one for one in self._http if one.kind == request.kind])

    def answer_prompt(self, request: ModelRequest) -> Answered[ModelAnswer] | None:
        """Return the answer to a prompt, ``None`` when nobody is for it.

        Raises:
            ResponderFailedError: a function that matches or answers raised an error.
        """
        found = newest_for(request, self._models)
        if found is None:
            self._miss(request)
            return None
        return Answered(found.answer(request, model_answer), str(found))

    def why_unanswered(self, request: HttpRequest | ModelRequest) -> str:
        """Return why nobody answers a request and what to write so that somebody does."""
        if isinstance(request, ModelRequest):
            line = f"knock.responders.model({request.model!r}, {_wanted_answer(request)})"
            return f"no responder is for the prompt to {request.model}: add {line}{self._nearest(request)}"
        base = request.url.partition("?")[0]
        line = f'knock.responders.{request.kind}("{request.method} {base}", json={{...}})'
        return f"no responder is for {request}: add {line}{self._nearest(request)}"

    def asked_instead(self, kind: Kind) -> str:
        """Return what was asked and not answered, for messages."""
        others = [str(one) for one in self._unanswered if _kind_of(one) == kind][-_MAX_NEAREST:]
        return f"; nobody answered {', '.join(others)}" if others else ""

    def _nearest(self, request: HttpRequest | ModelRequest) -> str:
        """Return in what the newest responders differ from a request, for messages."""
        if isinstance(request, ModelRequest):
            told = [_differences(one, request) for one in reversed(self._models)]
        else:
            told = [_differences(one, request) for one in reversed(self._http) if one.kind == request.kind]
        return "".join(f"; {line}" for line in told[:_MAX_NEAREST])

    def _miss(self, request: HttpRequest | ModelRequest) -> None:
        self._unanswered = (*self._unanswered[1 - CAPACITY :], request)

    def _next(self) -> int:
        self._count += 1
        return self._count


def _by_network(letter: AnsweredLetter) -> Sending | None:
    sending = letter()
    if sending is None:
        return None
    request, receive = sending
    return request, lambda answer: receive(Answered(answer, NETWORK))


def _differences(responder: ResponderRecord[_Request, _Answer], request: _Request) -> str:
    return f"{responder}: {', '.join(responder.differences(request))}"


def _kind_of(request: HttpRequest | ModelRequest) -> Kind:
    return "model" if isinstance(request, ModelRequest) else request.kind


def _wanted_answer(request: ModelRequest) -> str:
    return "text='...'" if request.response_type == "text" else "json={...}"

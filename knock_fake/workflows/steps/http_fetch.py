"""The fetch step: an HTTP request whose answer is merged into the data of the run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import orjson

from knock_fake.delivery.signatures import sign
from knock_fake.json_types import as_object
from knock_fake.json_values import MAX_LEVELS, is_deeper_than
from knock_fake.responders.answers import FAILURES
from knock_fake.responders.records import ResponderFailedError
from knock_fake.responders.requests import HttpRequest
from knock_fake.workflows.content.fields import read_fields
from knock_fake.workflows.outcomes import Await, Outcome, Proceed, StepFailedError
from knock_fake.workflows.request_template import REQUEST_KEYS, read_request_template
from knock_fake.workflows.step_types import StepType
from knock_fake.workflows.steps.outside import logged, milliseconds, origin_of
from knock_fake.workflows.templating import TemplateError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.responders.answers import Answer
    from knock_fake.responders.registry import Answered
    from knock_fake.workflows.context import RunContext
    from knock_fake.workflows.request_template import RequestTemplate
    from knock_fake.workflows.templating import Template

TIMEOUT = timedelta(seconds=15)
"""How long Knock waits for the answer (Knock's docs on the fetch function)."""

PAUSES = (timedelta(seconds=30), timedelta(seconds=60))
"""The pauses before the second and the third attempt (Knock's docs on the fetch function)."""

SUCCESS = (200, 201, 204)
"""The statuses of success; every other one is an error (Knock's docs on the fetch function)."""

_AT_ONCE = timedelta()
_SETTINGS = (*REQUEST_KEYS, "response_path", "signing_key")


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What came of one attempt: what logs tell of it, and the decoded answer or the problem.

    ``path`` is where in the data the answer goes, empty for its root. An answer may have nothing to merge.
    """

    told: JsonObject
    path: tuple[str, ...] = ()
    merges: bool = False
    value: Json = None
    problem: str | None = None
    retryable: bool = False

    def to_json(self) -> JsonObject:
        """Return the attempt as the run holds it while its answer is under way."""
        return {**asdict(self), "path": [*self.path]}


def _from_json(held: Json) -> _Attempt:
    assert isinstance(held, dict)  # noqa: S101 - what to_json returned
    return _Attempt(
        told=cast("JsonObject", held["told"]),
        path=tuple(cast("list[str]", held["path"])),
        merges=bool(held["merges"]),
        value=held["value"],
        problem=cast("str | None", held["problem"]),
        retryable=bool(held["retryable"]),
    )


@dataclass(frozen=True, slots=True)
class HttpFetchStep:
    """A compiled fetch.

    5xx answers and timeouts are tried again, everything else that goes wrong is fatal (Knock's docs on the fetch
    function); so is a connection that fails otherwise than by a timeout (our choice).
    """

    request: RequestTemplate
    response_path: Template | None
    signing_key: Template | None

    def execute(self, context: RunContext) -> Outcome:
        """Make the request; the run is busy for as long as the answer takes."""
        scope = context.variables
        try:
            path = self._path(scope)
            request = self._request(context, scope)
        except TemplateError as error:
            raise StepFailedError(str(error), fatal=True) from error
        try:
            answered = context.services.responders.answer(request)
        except ResponderFailedError as error:
            return self._conclude(context, _Attempt(_told(request, None), problem=str(error)))
        if answered is None:
            problem = context.services.responders.why_unanswered(request)
            return self._conclude(context, _Attempt(_told(request, None), problem=problem))
        attempt = _attempt(request, answered, path)
        wait = min(TIMEOUT, _duration(answered.answer)) if answered.answer.elapsed == _AT_ONCE else _AT_ONCE
        if wait == _AT_ONCE:
            return self._conclude(context, attempt)
        return Await(context.services.clock.now + wait, attempt.to_json())

    def resume(self, context: RunContext) -> Outcome:
        """Go on: the answer is there, or Knock has waited long enough."""
        return self._conclude(context, _from_json(context.run.walk.held))

    def _request(self, context: RunContext, scope: JsonObject) -> HttpRequest:
        rendered = self.request.render(scope)
        headers = dict(rendered.headers)
        if self.signing_key is not None:
            key = self.signing_key.render(scope)
            if not key:
                raise TemplateError(self.signing_key.place, None, "is empty, so the request cannot be signed")
            headers["x-knock-signature"] = sign(rendered.body or "", key, context.services.clock.now)
        return HttpRequest(
            kind="fetch",
            method=rendered.method,
            url=rendered.url,
            headers=headers,
            body=rendered.body,
            timeout=TIMEOUT.total_seconds(),
            origin=origin_of(context),
        )

    def _path(self, scope: JsonObject) -> tuple[str, ...]:
        path = "" if self.response_path is None else self.response_path.render(scope).strip()
        keys = tuple(path.split(".")) if path else ()
        if "" in keys:
            assert self.response_path is not None  # noqa: S101 - it rendered to this path
            raise TemplateError(self.response_path.place, None, f"{path!r} is no path: keys with dots between them are")
        return keys

    def _conclude(self, context: RunContext, attempt: _Attempt) -> Outcome:
        """Record an attempt and do as its answer says. That it failed is an error of the step, told once."""
        run = context.run
        context.record("fetch_attempted", {**attempt.told, "error": attempt.problem})
        if attempt.problem is not None:
            pause = PAUSES[min(run.attempt, len(PAUSES)) - 1]
            raise StepFailedError(attempt.problem, fatal=not attempt.retryable, retry_after=pause)
        if attempt.merges:
            context.services.state.runs.set_data(run, merge_response(run.data, attempt.value, attempt.path))
        merged: JsonObject = {"data": logged(attempt.value), "response_path": ".".join(attempt.path) or None}
        context.record("fetch_completed", merged)
        return Proceed()


def merge_response(data: JsonObject, value: Json, path: Sequence[str]) -> JsonObject:
    """Return the data of a run with the answer of a fetch in it.

    Without a path the answer's keys replace those of the same name, as a whole. With one the answer is put there, in
    place of what was there; what stands on the way and is no object gives way to one (our choice).

    Args:
        data: the data so far; it is not changed.
        value: the decoded answer; an object where there is no path.
        path: the keys that lead to the place.
    """
    if not path:
        return {**data, **value} if isinstance(value, dict) else data
    key, *rest = path
    return {**data, key: merge_response(as_object(data.get(key)), value, rest) if rest else value}


def _attempt(request: HttpRequest, answered: Answered[Answer], path: tuple[str, ...]) -> _Attempt:
    answer = answered.answer
    told = _told(request, answered)
    where = f"{request.method} {request.url}"
    if answer.fail == "timeout" or _duration(answer) > TIMEOUT:
        timed_out: JsonObject = {**told, "response": None, "duration_ms": milliseconds(TIMEOUT)}
        problem = f"{where} was not answered within {TIMEOUT.total_seconds():g} seconds"
        return _Attempt(timed_out, problem=_with_reason(problem, answer), retryable=True)
    if answer.fail is not None:
        return _Attempt(told, problem=_with_reason(f"{where} could not be asked: {FAILURES[answer.fail]}", answer))
    if answer.status not in SUCCESS:
        wanted = ", ".join(map(str, SUCCESS))
        problem = f"{where} was answered with {answer.status}, and {wanted} are successes"
        return _Attempt(told, problem=problem, retryable=answer.status >= 500)
    if answer.status == 204 or not answer.body:
        return _Attempt(told)
    value, misfit = _decode(answer.body, is_merged=not path)
    if misfit is not None:
        return _Attempt(told, problem=f"the answer to {where} {misfit}")
    return _Attempt(told, path, merges=True, value=value)


def _decode(body: str, *, is_merged: bool) -> tuple[Json, str | None]:
    """Return the decoded body of a success, or what is wrong with it."""
    try:
        value: Json = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return None, f"is no JSON: {error}"
    if is_deeper_than(value, MAX_LEVELS):
        return None, f"is nested deeper than {MAX_LEVELS} levels"
    if is_merged and not isinstance(value, dict):
        return None, "is no JSON object that could be merged into the data: with a response_path it can be anything"
    return value, None


def _told(request: HttpRequest, answered: Answered[Answer] | None) -> JsonObject:
    """Return what logs tell of an attempt."""
    answer = answered.answer if answered is not None else None
    sent: JsonObject = {
        "method": request.method,
        "url": request.url,
        "headers": {**request.headers},
        "body": request.body,
    }
    received: JsonObject | None = None
    if answer is not None and answer.fail is None:
        received = {"status": answer.status, "headers": {**answer.shown_headers}, "body": answer.body}
    return {
        "request": logged(sent),
        "response": logged(received),
        "duration_ms": milliseconds(_duration(answer)) if answer is not None else 0,
        "answered_by": answered.by if answered is not None else None,
    }


def _duration(answer: Answer) -> timedelta:
    return TIMEOUT if answer.fail == "timeout" and answer.elapsed == _AT_ONCE else answer.delay + answer.elapsed


def _with_reason(problem: str, answer: Answer) -> str:
    return f"{problem}: {answer.reason}" if answer.reason else problem


def compile_http_fetch_step(step: JsonObject, place: str) -> HttpFetchStep:
    """Compile a fetch step's JSON. A method that is left out is GET.

    Raises:
        WorkflowDefinitionError: a setting is missing, unknown or malformed.
    """
    fields = read_fields(step.get("settings"), f"{place}.settings", _SETTINGS)
    return HttpFetchStep(
        read_request_template(fields), fields.template("response_path"), fields.template("signing_key")
    )


def _stem(_step: JsonObject) -> str:
    return "http_fetch"


STEP_TYPE = StepType(keys=frozenset({"settings"}), compile=compile_http_fetch_step, stem=_stem)

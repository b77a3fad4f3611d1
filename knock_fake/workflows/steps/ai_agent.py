"""The agent step: a prompt for a model whose answer becomes data of the run."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import orjson

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.json_schema import schema_problem
from knock_fake.responders.records import ResponderFailedError
from knock_fake.responders.requests import ModelRequest
from knock_fake.schema_checks import data_errors
from knock_fake.workflows.content.fields import Fields, read_fields
from knock_fake.workflows.outcomes import Await, Outcome, Proceed, StepFailedError
from knock_fake.workflows.step_types import StepType
from knock_fake.workflows.steps.outside import logged, milliseconds, origin_of
from knock_fake.workflows.templating import TemplateError

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.responders.answers import ModelAnswer
    from knock_fake.responders.registry import Answered
    from knock_fake.workflows.context import RunContext
    from knock_fake.workflows.templating import Template

ATTEMPTS = 4
"""How often a model is asked: once, and up to three times more (Knock's docs on the agent function)."""

_AT_ONCE = timedelta()
_MODEL = re.compile(r"[^\s:]+:\S+")
_TYPES = ("text", "json")
_SETTINGS = ("model", "request_prompt", "response_type", "response_schema", "web_search_enabled", "halt_on_error")


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What came of one attempt: what logs tell of it, and the result or the problem."""

    told: JsonObject
    result: Json = None
    problem: str | None = None
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class AiAgentStep:
    """A compiled prompt.

    Errors of the model, timeouts and answers that do not fit are tried again, a refusal is not (Knock's docs on the
    agent function). Without a setting the run halts when the step fails (our choice).
    """

    model: str
    prompt: Template
    response_type: str
    response_schema: JsonObject | None
    web_search: bool
    halts: bool

    def execute(self, context: RunContext) -> Outcome:
        """Send the prompt; the run is busy for as long as the answer takes."""
        try:
            prompt = self.prompt.render(context.variables)
        except TemplateError as error:
            raise StepFailedError(str(error), halts=self.halts) from error
        request = ModelRequest(
            model=self.model,
            prompt=prompt,
            response_type=self.response_type,
            response_schema=self.response_schema,
            web_search=self.web_search,
            origin=origin_of(context),
        )
        try:
            answered = context.services.responders.answer_prompt(request)
        except ResponderFailedError as error:
            return self._conclude(context, _Attempt(_told(request, None), problem=str(error)))
        if answered is None:
            problem = context.services.responders.why_unanswered(request)
            return self._conclude(context, _Attempt(_told(request, None), problem=problem))
        attempt = self._attempt(request, answered)
        delay = answered.answer.delay
        if delay == _AT_ONCE:
            return self._conclude(context, attempt)
        return Await(context.services.clock.now + delay, asdict(attempt))

    def resume(self, context: RunContext) -> Outcome:
        """Go on: the answer is there."""
        held = context.run.walk.held
        assert isinstance(held, dict)  # noqa: S101 - the attempt that execute left
        told, problem = cast("JsonObject", held["told"]), cast("str | None", held["problem"])
        return self._conclude(context, _Attempt(told, held["result"], problem, bool(held["retryable"])))

    def _attempt(self, request: ModelRequest, answered: Answered[ModelAnswer]) -> _Attempt:
        answer, told = answered.answer, _told(request, answered)
        if answer.refusal is not None:
            return _Attempt(told, problem=f"{self.model} refused: {answer.refusal}")
        if answer.fail is not None:
            problem = "did not answer in time" if answer.fail == "timeout" else "answered with an error"
            return _Attempt(told, problem=f"{self.model} {problem}", retryable=True)
        result, misfit = self._result(answer)
        return _Attempt(told, result, None if misfit is None else f"{self.model} {misfit}", retryable=True)

    def _result(self, answer: ModelAnswer) -> tuple[Json, str | None]:
        """Return what becomes data, or in what the answer does not fit."""
        if self.response_type == "text":
            return ({"text": answer.text}, None) if answer.text is not None else (None, "answered JSON instead of text")
        try:
            value: Json = answer.json if answer.text is None else orjson.loads(answer.text)
        except orjson.JSONDecodeError:
            return None, f"answered text that is no JSON: {answer.text!r}"
        assert self.response_schema is not None  # noqa: S101 - JSON answers have a schema
        errors = data_errors(self.response_schema, value, "answer")
        told = "; ".join(f"{error.field} {error.message}" for error in errors)
        return value, f"answered JSON that does not fit the response_schema: {told}" if errors else None

    def _conclude(self, context: RunContext, attempt: _Attempt) -> Outcome:
        """Record an attempt and do as its answer says. That it failed is an error of the step, told once."""
        ref, problem = context.step_ref, attempt.problem
        told: JsonObject = {**attempt.told, "error": problem}
        context.record("agent_attempted", told)
        if problem is not None:
            retryable = attempt.retryable
            raise StepFailedError(
                problem, fatal=not retryable, retry_after=_AT_ONCE, halts=self.halts, attempts=ATTEMPTS
            )
        context.services.state.runs.set_data(context.run, {**context.run.data, ref: attempt.result})
        context.record("agent_completed", {"data": {ref: logged(attempt.result)}})
        return Proceed()


def _told(request: ModelRequest, answered: Answered[ModelAnswer] | None) -> JsonObject:
    """Return what logs tell of an attempt."""
    answer = answered.answer if answered is not None else None
    sent: JsonObject = {
        "model": request.model,
        "prompt": request.prompt,
        "response_type": request.response_type,
        "web_search_enabled": request.web_search,
    }
    received: JsonObject | None = None
    if answer is not None and answer.fail is None:
        received = {"text": answer.text, "json": answer.json, "refusal": answer.refusal}
    return {
        "request": logged(sent),
        "response": logged(received),
        "duration_ms": milliseconds(answer.delay) if answer is not None else 0,
        "answered_by": answered.by if answered is not None else None,
    }


def compile_ai_agent_step(step: JsonObject, place: str) -> AiAgentStep:
    """Compile an agent step's JSON.

    Raises:
        WorkflowDefinitionError: a setting is missing, unknown or malformed.
    """
    fields = read_fields(step.get("settings"), f"{place}.settings", _SETTINGS)
    model = fields.required_text("model")
    if not _MODEL.fullmatch(model):
        fields.refuse("model", f"must be of the form provider:model, as in 'openai:gpt-5.2', not {model!r}")
    return AiAgentStep(
        model,
        fields.required_template("request_prompt"),
        fields.choice("response_type", _TYPES),
        _schema(fields),
        web_search=fields.flag("web_search_enabled"),
        halts=fields.flag("halt_on_error") or not fields.has("halt_on_error"),
    )


def _schema(fields: Fields) -> JsonObject | None:
    source = fields.text("response_schema")
    if fields.values.get("response_type") == "text":
        return None if source is None else fields.refuse("response_schema", "is for JSON answers: leave it out")
    if source is None:
        return fields.refuse("response_schema", "is required where response_type is 'json'")
    try:
        schema: Json = orjson.loads(source)
    except orjson.JSONDecodeError as error:
        raise WorkflowDefinitionError(f"{fields.place}.response_schema: is no JSON: {error}") from error
    if not isinstance(schema, dict):
        fields.refuse("response_schema", f"must be the text of a JSON Schema object, not {source!r}")
    problem = schema_problem(schema)
    return schema if problem is None else fields.refuse("response_schema", problem)


def _stem(_step: JsonObject) -> str:
    return "ai_agent"


STEP_TYPE = StepType(keys=frozenset({"settings"}), compile=compile_ai_agent_step, stem=_stem)

"""Responders as JSON, for scenario files and control over HTTP (``schemas/responders.json``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

from knock_fake.durations import show_duration
from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.fitting import show_value
from knock_fake.json_values import json_copy
from knock_fake.responders.answers import Answer, ModelAnswer
from knock_fake.responders.matching import (
    read_asker,
    read_http_matcher,
    read_model_matcher,
    read_regex,
    wanted_from_json,
)
from knock_fake.responders.turns import http_turn, model_turn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.responders.answers import AnswerFields, ModelAnswerFields
    from knock_fake.responders.records import ResponderRecord
    from knock_fake.responders.registry import Responders
    from knock_fake.responders.requests import HttpKind
    from knock_fake.responders.responder import HttpResponder, ModelResponder

_AnyResponder: TypeAlias = "HttpResponder | ModelResponder"

_Request = TypeVar("_Request")
_Answer = TypeVar("_Answer")

_ASKER = ("workflow", "step_ref")
_KEYS: Mapping[str, tuple[str, ...]] = {
    "fetch": ("url", "method", "query", "body", *_ASKER),
    "webhook": ("url", "method", "query", "body", *_ASKER),
    "endpoint": ("url", "method", "query", "body", "event", *_ASKER),
    "model": ("model", "prompt", *_ASKER),
}


def read_document(responders: Responders, document: object) -> _AnyResponder:
    """Add the responder that a JSON document describes.

    Args:
        responders: what it is added to.
        document: ``kind``, whom it is for, and ``answers``: a list of answers in turn, each with ``times`` if it is
            given more often than once, or not for ever if it is the last.

    Raises:
        UsageError, UsageTypeError: something cannot be taken, and nothing is added.
    """
    values = _object(json_copy(document, "responder"), "responder")
    kind = values.get("kind")
    if kind not in _KEYS:
        raise UsageError(f"responder.kind cannot be {kind!r}; {nearest(str(kind), [*_KEYS])}")
    keys = ("kind", "answers", *_KEYS[str(kind)])
    _check_keys(values, keys, "responder")
    answers = values.get("answers")
    if not isinstance(answers, list) or not answers:
        raise UsageError(f"responder.answers must be a list of at least one answer, not {answers!r}")
    turns = [_object(one, f"responder.answers[{index}]") for index, one in enumerate(answers)]
    return _add_model(responders, values, turns) if kind == "model" else _add_http(responders, values, turns)


def _add_http(responders: Responders, values: JsonObject, answers: list[JsonObject]) -> HttpResponder:
    kind = cast("HttpKind", values["kind"])
    matcher = read_http_matcher(
        kind,
        _url(values.get("url", "*")),
        cast("str | None", values.get("method")),
        wanted_from_json(values.get("query")),
        wanted_from_json(values.get("body")),
        read_asker(kind, values.get("workflow"), values.get("step_ref"), None, values.get("event")),
    )
    turns = [http_turn("answers", None, _times(one), cast("AnswerFields", _fields(one))) for one in answers]
    return responders.insert_http(kind, matcher, turns)


def _add_model(responders: Responders, values: JsonObject, answers: list[JsonObject]) -> ModelResponder:
    matcher = read_model_matcher(
        "model",
        cast("str | None", values.get("model")),
        wanted_from_json(values.get("prompt")),
        read_asker("model", values.get("workflow"), values.get("step_ref"), None),
    )
    turns = [model_turn("answers", None, _times(one), cast("ModelAnswerFields", _fields(one))) for one in answers]
    return responders.insert_model(matcher, turns)


def show_document(responder: ResponderRecord[_Request, _Answer]) -> JsonObject:
    """Return a responder as JSON that :func:`read_document` takes.

    Raises:
        UsageError: it matches or answers by a function, which has no JSON.
    """
    answers: list[Json] = [_show_turn(turn.answer, turn.times) for turn in responder.turns]
    return {"kind": responder.kind, **responder.matcher.to_json(), "answers": answers}


def _show_turn(answer: object, times: int | None) -> JsonObject:
    if isinstance(answer, Answer):
        shown = _show_answer(answer)
    elif isinstance(answer, ModelAnswer):
        shown = {"text": answer.text, "json": answer.json, "refusal": answer.refusal, "fail": answer.fail}
    else:
        remedy = "give it answers, which can be written down"
        raise UsageError(f"the responder answers by the function {show_value(answer)}, which has no JSON: {remedy}")
    delay = show_duration(answer.delay) if answer.delay else None
    told: JsonObject = {**shown, "delay": delay, "times": times}
    return {key: value for key, value in told.items() if value is not None}


def _show_answer(answer: Answer) -> JsonObject:
    if answer.fail is not None:
        return {"fail": answer.fail}
    headers: JsonObject = {**answer.headers}
    status = answer.status if answer.status != 200 else None
    return {"status": status, "json": answer.json, "text": answer.text, "headers": headers or None}


def _fields(answer: JsonObject) -> JsonObject:
    return {key: value for key, value in answer.items() if key != "times"}


def _times(answer: JsonObject) -> int | None:
    return cast("int | None", answer.get("times"))


def _url(value: Json) -> object:
    if isinstance(value, dict):
        _check_keys(value, ("regex",), "responder.url")
        return read_regex(str(value.get("regex", "")))
    return value


def _object(value: Json, place: str) -> JsonObject:
    if not isinstance(value, dict):
        raise UsageTypeError(f"{place} must be an object, not {value!r}")
    return value


def _check_keys(values: JsonObject, known: tuple[str, ...], place: str) -> None:
    for key in values:
        if key not in known:
            raise UsageError(f"{place}: unknown key {key!r}; {nearest(key, known)}")

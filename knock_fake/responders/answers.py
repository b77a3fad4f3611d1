"""Answers from outside: what an endpoint or a model says, how long it takes, or why it says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict, get_args

import orjson

from knock_fake.durations import parse_duration
from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.json_types import is_whole
from knock_fake.json_values import json_copy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json

HttpFailure: TypeAlias = Literal["timeout", "connection", "unknown_host"]
ModelFailure: TypeAlias = Literal["timeout", "error"]

FAILURES: Mapping[HttpFailure, str] = {
    "timeout": "no answer in time",
    "connection": "no connection",
    "unknown_host": "there is no such host",
}
"""What the failures of HTTP are called."""

_NO_TIME = timedelta()
_WITHOUT_BODY = (204, 304)


class AnswerFields(TypedDict, total=False):
    """What can be said of an HTTP answer; see :class:`Answer`."""

    status: int
    json: Json
    text: str | None
    headers: Mapping[str, str] | None
    delay: str | timedelta
    fail: HttpFailure | None


class ModelAnswerFields(TypedDict, total=False):
    """What can be said of a model's answer; see :class:`ModelAnswer`."""

    text: str | None
    json: Json
    refusal: str | None
    delay: str | timedelta
    fail: ModelFailure | None


@dataclass(frozen=True, slots=True, init=False)
class Answer:
    """What an endpoint answers to an HTTP request.

    Args:
        status: 200 to 599.
        json: the body as a JSON value; ``None`` is no body, for JSON's null write ``text="null"``.
        text: the body as text.
        headers: headers by name; ``content-type`` is added to a body where it is missing.
        delay: how long it takes, on the world's clock, such as ``"2s"``. Longer than Knock waits is a timeout.
        fail: nobody answers: ``"timeout"`` after as long as Knock waits, ``"connection"`` at once; ``"unknown_host"``
            when there is no such host.
        reason: what went wrong, for logs.
        elapsed: the time that has passed already while somebody real was asked.

    Raises:
        UsageError: a value cannot be taken, or two that exclude one another are given.
        UsageTypeError: a value is of a wrong type.
    """

    status: int
    json: Json
    text: str | None
    headers: Mapping[str, str]
    delay: timedelta
    fail: HttpFailure | None
    reason: str | None
    elapsed: timedelta

    def __init__(
        self,
        *,
        status: int = 200,
        json: Json = None,
        text: str | None = None,
        headers: Mapping[str, str] | None = None,
        delay: str | timedelta = _NO_TIME,
        fail: HttpFailure | None = None,
        reason: str | None = None,
        elapsed: timedelta = _NO_TIME,
    ) -> None:
        self._set(
            status=_status(status),
            json=json_copy(json, "json"),
            text=_text("text", text),
            headers=_headers(headers),
            delay=_delay(delay),
            fail=_choice(fail, get_args(HttpFailure)),
            reason=reason,
            elapsed=elapsed,
        )
        _refuse_both(json=json, text=text)
        if self.body is not None and status in _WITHOUT_BODY:
            raise UsageError(f"an answer with status {status} has no body: leave json and text out")
        if fail is not None and (self.body is not None or self.headers or status != 200):
            raise UsageError(f"fail={fail!r} means that nobody answers: leave status, json, text and headers out")

    def after(self, elapsed: timedelta) -> Answer:
        """Return the same answer as one that took somebody real so long."""
        return Answer(
            status=self.status,
            json=self.json,
            text=self.text,
            headers=self.headers,
            fail=self.fail,
            reason=self.reason,
            elapsed=elapsed,
        )

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def body(self) -> str | None:
        """The body as text."""
        if self.text is not None:
            return self.text
        return None if self.json is None else orjson.dumps(self.json).decode()

    @property
    def shown_headers(self) -> dict[str, str]:
        """The headers as they arrive; names are in lower case."""
        if self.body is None or "content-type" in self.headers:
            return {**self.headers}
        kind = "application/json" if self.text is None else "text/plain"
        return {"content-type": f"{kind}; charset=utf-8", **self.headers}


@dataclass(frozen=True, slots=True, init=False)
class ModelAnswer:
    """What a model answers to a prompt.

    Args:
        text: the answer as text.
        json: the answer as a JSON value, for steps that want JSON.
        refusal: why the model will not do it.
        delay: how long it takes, on the world's clock, such as ``"2s"``.
        fail: no answer: ``"timeout"`` or ``"error"``, which is an error of the model.

    Raises:
        UsageError: there is not exactly one of text, json, refusal and fail, or a value cannot be taken.
        UsageTypeError: a value is of a wrong type.
    """

    text: str | None
    json: Json
    refusal: str | None
    delay: timedelta
    fail: ModelFailure | None

    def __init__(
        self,
        *,
        text: str | None = None,
        json: Json = None,
        refusal: str | None = None,
        delay: str | timedelta = _NO_TIME,
        fail: ModelFailure | None = None,
    ) -> None:
        given = [one for one in (text, json, refusal, fail) if one is not None]
        if len(given) != 1:
            raise UsageError("a model answers exactly one of text, json, refusal and fail")
        object.__setattr__(self, "text", _text("text", text))
        object.__setattr__(self, "json", json_copy(json, "json"))
        object.__setattr__(self, "refusal", _text("refusal", refusal))
        object.__setattr__(self, "delay", _delay(delay))
        object.__setattr__(self, "fail", _choice(fail, get_args(ModelFailure)))


def _status(value: object) -> int:
    if not is_whole(value):
        raise UsageTypeError(f"status must be a number such as 200, not {value!r}")
    if not 200 <= value <= 599:
        raise UsageError(f"status must be 200 to 599, not {value}")
    return value


def _text(name: str, value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise UsageTypeError(f"{name} must be text, not {type(value).__name__} {value!r}")
    json_copy(value, name)
    return value


def _headers(value: Mapping[str, str] | None) -> dict[str, str]:
    copied = json_copy({} if value is None else value, "headers")
    if not isinstance(copied, dict):
        raise UsageTypeError(f"headers must be a dict of names and values, not {value!r}")
    return {name.lower(): _text(f"headers[{name!r}]", one) or "" for name, one in copied.items()}


def _delay(value: str | timedelta) -> timedelta:
    length = parse_duration(value)
    if length < _NO_TIME:
        raise UsageError(f"delay must not be negative, as {value!r} is")
    return length


def _choice(value: object, known: tuple[str, ...]) -> str | None:
    if value is not None and value not in known:
        raise UsageError(f"fail cannot be {value!r}; {nearest(str(value), known)}")
    return None if value is None else str(value)


def _refuse_both(**values: object) -> None:
    given = [name for name, value in values.items() if value is not None]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} exclude one another: leave one out")

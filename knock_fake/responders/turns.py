"""What a responder answers, in turn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from knock_fake.errors import UsageError, UsageTypeError, nearest
from knock_fake.fitting import show_value
from knock_fake.json_types import is_whole
from knock_fake.responders.answers import Answer, AnswerFields, ModelAnswer, ModelAnswerFields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from knock_fake.json_types import Json
    from knock_fake.responders.requests import HttpRequest, ModelRequest

HttpAnswering: TypeAlias = "Callable[[HttpRequest], Answer | Json]"
"""A function that answers HTTP requests; what is no :class:`Answer` is the JSON of one.

To outbound webhooks it may return nothing, but no number.
"""

ModelAnswering: TypeAlias = "Callable[[ModelRequest], ModelAnswer | Json]"
"""A function that answers prompts; text is the text of an answer, what is no :class:`ModelAnswer` its JSON."""

_Request = TypeVar("_Request")
_Answer = TypeVar("_Answer")

_MATCHING = ("method", "query", "body", "workflow", "step_ref", "event", "when", "prompt", "answer", "times")


@dataclass(frozen=True, slots=True)
class Turn(Generic[_Request, _Answer]):
    """One answer of a responder and how often it is given, ``None`` for ever; a function makes it of the request."""

    answer: _Answer | Callable[[_Request], _Answer | Json]
    times: int | None


Turns: TypeAlias = tuple[Turn[_Request, _Answer], ...]


def in_turn(turns: Sequence[Turn[_Request, _Answer]]) -> Turns[_Request, _Answer]:
    """Return answers in turn: each but the last is given once unless it says how often."""
    *before, last = turns
    return (*(replace(one, times=one.times or 1) for one in before), last)


def turn_after(turns: Turns[_Request, _Answer], uses: int) -> Turn[_Request, _Answer] | None:
    """Return whose turn it is after so many answers, ``None`` when all are used up."""
    behind = uses
    for turn in turns:
        if turn.times is None or behind < turn.times:
            return turn
        behind -= turn.times
    return None


def http_turn(
    place: str, answer: Answer | HttpAnswering | None, times: int | None, fields: AnswerFields
) -> Turn[HttpRequest, Answer]:
    """Check what a responder answers to HTTP requests.

    Raises:
        UsageError, UsageTypeError: it cannot be taken.
    """
    return _turn(place, (Answer, AnswerFields, "an Answer"), answer, times, fields)


def model_turn(
    place: str, answer: ModelAnswer | ModelAnswering | None, times: int | None, fields: ModelAnswerFields
) -> Turn[ModelRequest, ModelAnswer]:
    """Check what a responder answers to prompts.

    Raises:
        UsageError, UsageTypeError: it cannot be taken.
    """
    return _turn(place, (ModelAnswer, ModelAnswerFields, "a ModelAnswer"), answer, times, fields)


def _turn(
    place: str,
    form: tuple[type[_Answer], type, str],
    answer: _Answer | Callable[[_Request], _Answer | Json] | None,
    times: int | None,
    fields: Mapping[str, object],
) -> Turn[_Request, _Answer]:
    """Check one answer; ``form`` is the class of answers, the names of their fields, and how people call them."""
    cls, known, called = form
    _check_names(place, [*fields], known)
    if answer is None:
        return Turn(cls(**fields), _times(times))
    _refuse_beside(answer, [*fields])
    if not isinstance(answer, cls) and not callable(answer):
        raise UsageTypeError(f"answer must be {called} or a function of the request, not {answer!r}")
    return Turn(answer, _times(times))


def http_answer(value: Answer | Json) -> Answer:
    """Return the answer that a function gave to an HTTP request.

    Raises:
        UsageError, UsageTypeError: it is none.
    """
    return value if isinstance(value, Answer) else Answer(json=_required(value, "an Answer, or a JSON value"))


def endpoint_answer(value: Answer | Json) -> Answer:
    """Return the answer that a function gave to an outbound webhook: one that returns nothing has taken the event.

    Raises:
        UsageError, UsageTypeError: it is none, such as a status alone.
    """
    if value is None:
        return Answer(status=204)
    if isinstance(value, tuple | float) or is_whole(value):
        remedy = "return Answer(status=503) to answer with a status, a dict for a JSON body, or nothing"
        raise UsageTypeError(f"it returned {value!r}: {remedy}")
    return http_answer(value)


def model_answer(value: ModelAnswer | Json) -> ModelAnswer:
    """Return the answer that a function gave to a prompt.

    Raises:
        UsageError, UsageTypeError: it is none.
    """
    if isinstance(value, ModelAnswer):
        return value
    given = _required(value, "a ModelAnswer, text, or a JSON value")
    return ModelAnswer(text=given) if isinstance(given, str) else ModelAnswer(json=given)


def _check_names(place: str, names: list[str], known: type) -> None:
    # A misspelt keyword of any kind lands here, because the fields of an answer travel as one dict.
    for name in names:
        if name not in known.__annotations__:
            remedy = nearest(name, [*known.__annotations__, *_MATCHING])
            raise UsageTypeError(f"{place}() has no argument {name!r}; {remedy}")


def _refuse_beside(answer: object, fields: list[str]) -> None:
    if fields:
        raise UsageError(f"answer={show_value(answer)} says it all: leave {', '.join(fields)} out")


def _times(value: object) -> int | None:
    if value is not None and not is_whole(value):
        raise UsageTypeError(f"times must be a number, not {value!r}")
    if value is not None and value < 1:
        raise UsageError(f"times must be at least 1, not {value}")
    return value


def _required(value: Json, wanted: str) -> Json:
    if value is None:
        raise UsageTypeError(f"it returned None: return {wanted}")
    return value

"""One responder: which requests it is for, what it answers in turn, and what it was asked."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, Literal, Self, TypeAlias, TypeVar, Unpack

from knock_fake.errors import ExpectationError, KnockFakeError, UsageError, UsageTypeError, nearest
from knock_fake.fitting import show_value
from knock_fake.responders.answers import Answer, AnswerFields, ModelAnswer, ModelAnswerFields
from knock_fake.responders.requests import HttpRequest, ModelRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from knock_fake.json_types import Json
    from knock_fake.responders.matching import Matcher
    from knock_fake.responders.registry import Responders

Kind: TypeAlias = Literal["fetch", "webhook", "model"]

CAPACITY = 1_000
"""How many requests a responder remembers; it counts them all."""

HttpAnswering: TypeAlias = "Callable[[HttpRequest], Answer | Json]"
"""A function that answers HTTP requests; what is no :class:`Answer` is the JSON of one."""

ModelAnswering: TypeAlias = "Callable[[ModelRequest], ModelAnswer | Json]"
"""A function that answers prompts; text is the text of an answer, what is no :class:`ModelAnswer` its JSON."""

_Request = TypeVar("_Request")
_Answer = TypeVar("_Answer")


class ResponderFailedError(KnockFakeError):
    """A function that was to match or answer a request raised an error, or returned what is no answer."""


@dataclass(frozen=True, slots=True)
class Turn(Generic[_Request, _Answer]):
    """One answer of a responder and how often it is given, ``None`` for ever; a function makes it of the request."""

    answer: _Answer | Callable[[_Request], _Answer | Json]
    times: int | None


class Responder(Generic[_Request, _Answer]):
    """Answers requests of steps that would leave the process. ``knock.responders`` makes it.

    Attributes:
        kind: ``fetch``, ``webhook`` or ``model``.
        number: its place among the responders of its world, from 1.
        uses: how many requests it has answered.
    """

    __slots__ = ("_matcher", "_owner", "_requests", "_turns", "kind", "number", "uses")

    def __init__(
        self,
        owner: Responders,
        kind: Kind,
        number: int,
        matcher: Matcher[_Request],
        turns: Sequence[Turn[_Request, _Answer]],
    ) -> None:
        self._owner = owner
        self._matcher = matcher
        self._turns = _in_turn(turns)
        self._requests: deque[_Request] = deque(maxlen=CAPACITY)
        self.kind: Kind = kind
        self.number = number
        self.uses = 0

    @property
    def requests(self) -> list[_Request]:
        """The requests that it has answered, oldest first: the last 1,000 of them."""
        return [*self._requests]

    @property
    def last_request(self) -> _Request:
        """The newest request that it has answered.

        Raises:
            ExpectationError: there is none.
        """
        if not self._requests:
            raise ExpectationError(f"{self} has answered no request{self._owner.asked_instead(self.kind)}")
        return self._requests[-1]

    @property
    def matcher(self) -> Matcher[_Request]:
        """Which requests it is for."""
        return self._matcher

    @property
    def turns(self) -> Sequence[Turn[_Request, _Answer]]:
        """What it answers, in turn."""
        return self._turns

    @property
    def is_used_up(self) -> bool:
        """Whether every answer was given as often as it may be; older responders are asked then."""
        return self._turn() is None

    def remove(self) -> None:
        """Take it away; one that is taken away already stays so."""
        self._owner.remove(self.number)

    def assert_used(self, times: int | None = None) -> None:
        """Check that it has answered any request, or exactly so many.

        Raises:
            ExpectationError: it has not.
        """
        if self.uses == times or (times is None and self.uses):
            return
        wanted = "a request" if times is None else f"{times} requests"
        asked = self._owner.asked_instead(self.kind) if not self.uses else ""
        raise ExpectationError(f"{self} was to answer {wanted} and has answered {self.uses}{asked}")

    def differences(self, request: _Request) -> Iterator[str]:
        """Yield why it does not answer a request; nothing when it does.

        Raises:
            ResponderFailedError: a function that was to match raised an error.
        """
        if self.is_used_up:
            yield f"its answers are used up after {self.uses}"
        try:
            yield from self._matcher.differences(request)
        except Exception as error:
            raise ResponderFailedError(f"{self} could not be matched: {_told(error)}") from error

    def answer(self, request: _Request) -> _Answer:
        """Answer a request that it is for, and remember it.

        Raises:
            ResponderFailedError: the function that was to answer raised an error, or returned what is no answer.
        """
        turn = self._turn()
        assert turn is not None  # noqa: S101 - asked only when it differs in nothing
        self.uses += 1
        self._requests.append(request)
        if not callable(turn.answer):
            return turn.answer
        try:
            return self._made(turn.answer(request))
        except Exception as error:
            raise ResponderFailedError(f"{self}: {show_value(turn.answer)}() failed: {_told(error)}") from error

    def _made(self, value: _Answer | Json) -> _Answer:
        """Return the answer that a function gave."""
        raise NotImplementedError

    def _turn(self) -> Turn[_Request, _Answer] | None:
        """Return whose turn it is; an answer that may be given for ever is the last."""
        behind = self.uses
        for turn in self._turns:
            if turn.times is None or behind < turn.times:
                return turn
            behind -= turn.times
        return None

    def _add(self, turn: Turn[_Request, _Answer]) -> Self:
        self._turns = _in_turn([*self._turns, turn])
        return self

    def __str__(self) -> str:
        return f"responder {self.number} ({self.kind} {self._matcher})"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.number}: {self.kind} {self._matcher}, uses: {self.uses}>"


def _in_turn(turns: Sequence[Turn[_Request, _Answer]]) -> tuple[Turn[_Request, _Answer], ...]:
    """Return answers in turn: each but the last is given once unless it says how often."""
    *before, last = turns
    return (*(replace(one, times=one.times or 1) for one in before), last)


class HttpResponder(Responder[HttpRequest, Answer]):
    """Answers HTTP requests: those of fetch steps, or those of http channels."""

    __slots__ = ()

    def then(
        self, answer: Answer | HttpAnswering | None = None, *, times: int | None = None, **fields: Unpack[AnswerFields]
    ) -> Self:
        """Say what comes after the answers so far, of which the last is given once unless it says how often.

        Args:
            answer: as for the responder itself.
            fields: as for the responder itself.
            times: how often it is given before the next one, or an older responder; for ever when left out.

        Raises:
            UsageError, UsageTypeError: something cannot be taken.
        """
        return self._add(http_turn("then", answer, times, fields))

    def _made(self, value: Answer | Json) -> Answer:
        return value if isinstance(value, Answer) else Answer(json=_required(value, "an Answer, or a JSON value"))


class ModelResponder(Responder[ModelRequest, ModelAnswer]):
    """Answers prompts of agent steps."""

    __slots__ = ()

    def then(
        self,
        answer: ModelAnswer | ModelAnswering | None = None,
        *,
        times: int | None = None,
        **fields: Unpack[ModelAnswerFields],
    ) -> Self:
        """Say what comes after the answers so far; see :meth:`HttpResponder.then`."""
        return self._add(model_turn("then", answer, times, fields))

    def _made(self, value: ModelAnswer | Json) -> ModelAnswer:
        if isinstance(value, ModelAnswer):
            return value
        given = _required(value, "a ModelAnswer, text, or a JSON value")
        return ModelAnswer(text=given) if isinstance(given, str) else ModelAnswer(json=given)


def http_turn(
    place: str, answer: Answer | HttpAnswering | None, times: int | None, fields: AnswerFields
) -> Turn[HttpRequest, Answer]:
    """Check what a responder answers to HTTP requests.

    Raises:
        UsageError, UsageTypeError: it cannot be taken.
    """
    _check_names(place, [*fields], AnswerFields)
    if answer is None:
        return Turn(Answer(**fields), _times(times))
    _refuse_beside(answer, [*fields])
    if not isinstance(answer, Answer) and not callable(answer):
        raise UsageTypeError(f"answer must be an Answer or a function of the request, not {answer!r}")
    return Turn(answer, _times(times))


def model_turn(
    place: str, answer: ModelAnswer | ModelAnswering | None, times: int | None, fields: ModelAnswerFields
) -> Turn[ModelRequest, ModelAnswer]:
    """Check what a responder answers to prompts.

    Raises:
        UsageError, UsageTypeError: it cannot be taken.
    """
    _check_names(place, [*fields], ModelAnswerFields)
    if answer is None:
        return Turn(ModelAnswer(**fields), _times(times))
    _refuse_beside(answer, [*fields])
    if not isinstance(answer, ModelAnswer) and not callable(answer):
        raise UsageTypeError(f"answer must be a ModelAnswer or a function of the request, not {answer!r}")
    return Turn(answer, _times(times))


_MATCHING = ("method", "query", "body", "workflow", "step_ref", "when", "prompt", "answer", "times")


def _check_names(place: str, names: list[str], known: type) -> None:
    # A misspelt keyword of any kind lands here, because the fields of an answer travel as one dict.
    for name in names:
        if name not in known.__annotations__:
            raise UsageTypeError(
                f"{place}() has no argument {name!r}; {nearest(name, [*known.__annotations__, *_MATCHING])}"
            )


def _refuse_beside(answer: object, fields: list[str]) -> None:
    if fields:
        raise UsageError(f"answer={show_value(answer)} says it all: leave {', '.join(fields)} out")


def _times(value: object) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise UsageTypeError(f"times must be a number, not {value!r}")
    if value is not None and value < 1:
        raise UsageError(f"times must be at least 1, not {value}")
    return value


def _required(value: Json, wanted: str) -> Json:
    if value is None:
        raise UsageTypeError(f"it returned None: return {wanted}")
    return value


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__

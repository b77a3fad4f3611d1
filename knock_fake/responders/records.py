"""What a world remembers of a responder: plain data, but for functions of the user's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, TypeVar

from knock_fake.errors import KnockFakeError
from knock_fake.fitting import show_value
from knock_fake.responders.answers import Answer, ModelAnswer
from knock_fake.responders.requests import HttpRequest, ModelRequest
from knock_fake.responders.turns import Turns, turn_after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from knock_fake.json_types import Json
    from knock_fake.responders.matching import Matcher

Kind: TypeAlias = Literal["fetch", "webhook", "endpoint", "model"]

CAPACITY = 1_000
"""How many requests a responder remembers; it counts them all."""

_Request = TypeVar("_Request")
_Answer = TypeVar("_Answer")


class ResponderFailedError(KnockFakeError):
    """A function that was to match or answer a request raised an error, or returned what is no answer."""


@dataclass(slots=True)
class ResponderRecord(Generic[_Request, _Answer]):
    """One responder: which requests it is for, what it answers in turn, and which it has answered.

    ``number`` is its place among the responders of its world, from 1. ``requests`` are the newest, ``uses`` counts all.
    """

    kind: Kind
    number: int
    matcher: Matcher[_Request]
    turns: Turns[_Request, _Answer]
    uses: int = 0
    requests: tuple[_Request, ...] = ()

    def differences(self, request: _Request) -> Iterator[str]:
        """Yield why it does not answer a request; nothing when it does.

        Raises:
            ResponderFailedError: a function that was to match raised an error.
        """
        if turn_after(self.turns, self.uses) is None:
            yield f"its answers are used up after {self.uses}"
        try:
            yield from self.matcher.differences(request)
        except Exception as error:
            raise ResponderFailedError(f"{self} could not be matched: {_told(error)}") from error

    def answer(self, request: _Request, made: Callable[[_Answer | Json], _Answer]) -> _Answer:
        """Answer a request that it is for, and remember it.

        Args:
            request: the request.
            made: makes an answer of what a function returns.

        Raises:
            ResponderFailedError: the function that was to answer raised an error, or returned what is no answer.
        """
        turn = turn_after(self.turns, self.uses)
        assert turn is not None  # noqa: S101 - asked only when it differs in nothing
        self.uses += 1
        self.requests = (*self.requests[1 - CAPACITY :], request)
        if not callable(turn.answer):
            return turn.answer
        try:
            return made(turn.answer(request))
        except Exception as error:
            raise ResponderFailedError(f"{self}: {show_value(turn.answer)}() failed: {_told(error)}") from error

    def __str__(self) -> str:
        return f"responder {self.number} ({self.kind} {self.matcher})"


HttpRecord: TypeAlias = ResponderRecord[HttpRequest, Answer]
ModelRecord: TypeAlias = ResponderRecord[ModelRequest, ModelAnswer]


def newest_for(
    request: _Request, records: Sequence[ResponderRecord[_Request, _Answer]]
) -> ResponderRecord[_Request, _Answer] | None:
    """Return the newest responder that is for a request."""
    return next((one for one in reversed(records) if next(one.differences(request), None) is None), None)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__

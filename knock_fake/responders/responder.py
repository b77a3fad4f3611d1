"""What holds a responder, after it was added to a world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Self, TypeVar, Unpack

from knock_fake.errors import ExpectationError
from knock_fake.responders.answers import Answer, AnswerFields, ModelAnswer, ModelAnswerFields
from knock_fake.responders.requests import HttpRequest, ModelRequest
from knock_fake.responders.turns import http_turn, in_turn, model_turn, turn_after

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.responders.records import Kind, ResponderRecord
    from knock_fake.responders.registry import Responders
    from knock_fake.responders.turns import HttpAnswering, ModelAnswering, Turn

_Request = TypeVar("_Request")
_Answer = TypeVar("_Answer")


class Responder(Generic[_Request, _Answer]):
    """Answers requests of steps that would leave the process. ``knock.responders`` makes it."""

    __slots__ = ("_owner", "_record")

    def __init__(self, owner: Responders, record: ResponderRecord[_Request, _Answer]) -> None:
        self._owner = owner
        self._record = record

    @property
    def kind(self) -> Kind:
        """``fetch``, ``webhook``, ``endpoint`` or ``model``."""
        return self._record.kind

    @property
    def number(self) -> int:
        """Its place among the responders of its world, from 1."""
        return self._record.number

    @property
    def uses(self) -> int:
        """How many requests it has answered."""
        return self._record.uses

    @property
    def requests(self) -> list[_Request]:
        """The requests that it has answered, oldest first: the last 1,000 of them."""
        return [*self._record.requests]

    @property
    def last_request(self) -> _Request:
        """The newest request that it has answered.

        Raises:
            ExpectationError: there is none.
        """
        if not self._record.requests:
            raise ExpectationError(f"{self} has answered no request{self._owner.asked_instead(self.kind)}")
        return self._record.requests[-1]

    @property
    def is_used_up(self) -> bool:
        """Whether every answer was given as often as it may be; older responders are asked then."""
        return turn_after(self._record.turns, self.uses) is None

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

    def to_json(self) -> JsonObject:
        """Return it as JSON, which ``knock.responders.add`` takes.

        Raises:
            UsageError: it matches or answers by a function, which has no JSON.
        """
        from knock_fake.responders.documents import show_document

        return show_document(self._record)

    def differences(self, request: _Request) -> list[str]:
        """Return why it does not answer a request; nothing when it does.

        Raises:
            ResponderFailedError: a function that was to match raised an error.
        """
        return [*self._record.differences(request)]

    def _add(self, turn: Turn[_Request, _Answer]) -> Self:
        self._record.turns = in_turn([*self._record.turns, turn])
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Responder) and self._record is other._record

    def __hash__(self) -> int:
        return id(self._record)

    def __str__(self) -> str:
        return str(self._record)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.number}: {self.kind} {self._record.matcher}, uses: {self.uses}>"


class HttpResponder(Responder[HttpRequest, Answer]):
    """Answers HTTP requests: those of fetch steps, of http channels, or of outbound webhooks."""

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

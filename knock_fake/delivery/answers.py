"""What a provider answers to an attempt, and what that means for the message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.json_types import JsonObject
    from knock_fake.state.messages import Message

Verdict: TypeAlias = Literal["accepted", "retryable", "fatal", "bounced"]

MAX_ATTEMPTS = 8
"""How often a provider is tried (Knock's docs on delivering notifications)."""

NEVER_RETRIED = frozenset({401, 403, 404, 405})
"""Answers to a webhook that end its delivery at once (Knock's docs on webhook channels)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt.

    Attributes:
        status: the status of the answer, ``None`` when nobody answered.
        body: the body of the answer; one that only says whether all went well when left out.
        problem: what went wrong, in one line.
        verdict: what it means, where the status does not tell.
        is_asked: whether the provider was asked at all; an attempt may fail before that.
        after: how long it takes, on the world's clock.
    """

    status: int | None = 200
    body: JsonObject | str | None = None
    problem: str | None = None
    verdict: Verdict | None = None
    is_asked: bool = True
    after: timedelta = timedelta()

    def to_json(self) -> JsonObject:
        """Return the answer as a delivery keeps it that waits for it."""
        return {"status": self.status, "body": self.body, "problem": self.problem, "verdict": self.verdict}


def answer_from_json(kept: JsonObject) -> Answer:
    """Return the answer that a delivery has kept; it is there now."""
    return Answer(
        cast("int | None", kept["status"]),
        cast("JsonObject | str | None", kept["body"]),
        cast("str | None", kept["problem"]),
        cast("Verdict | None", kept["verdict"]),
    )


ACCEPTED = Answer()
"""The answer of a good day."""

Responder: TypeAlias = "Callable[[Message], Answer | None]"
"""Answers in place of a provider; ``None`` leaves the message to the answer of a good day."""


def judge(channel_type: str, answer: Answer) -> Verdict:
    """Return what an answer means.

    Any 2xx is accepted. A webhook is tried again except after 401, 403, 404 and 405 (Knock's docs on webhook
    channels). Which answers of other providers are final is undocumented: every failure is tried again unless the
    answer itself says otherwise (our choice).
    """
    if answer.verdict is not None:
        return answer.verdict
    if answer.status is not None and 200 <= answer.status < 300:
        return "accepted"
    return "fatal" if channel_type == "http" and answer.status in NEVER_RETRIED else "retryable"

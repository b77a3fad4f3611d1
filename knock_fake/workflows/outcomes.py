"""What a step tells the engine to do next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from knock_fake.errors import KnockFakeError

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from knock_fake.json_types import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Proceed:
    """Go on with the step that follows."""


@dataclass(frozen=True, slots=True)
class ProceedIn:
    """Go on in another version of the workflow, behind the step at ``place`` there."""

    version_id: str
    place: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop the run here; the engine sets a timer and calls the step's ``resume`` at ``until``, or when it is woken."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Await:
    """Stop the run in the midst of an attempt, such as until somebody outside has answered.

    Such a run is busy rather than paused: nobody can cancel or wake it. ``resume`` goes on with the same attempt and
    finds what ``held`` is in the run's.
    """

    until: datetime
    held: Json = None


@dataclass(frozen=True, slots=True)
class Enter:
    """Go on inside the step, with the first step of its branch number ``branch``; an empty branch is left at once."""

    branch: int


@dataclass(frozen=True, slots=True)
class Finish:
    """End the run here: record ``event`` with ``reason`` and ``data``.

    ``status`` is the run's final one: ``completed``, or ``cancelled`` where Knock calls it so.
    """

    event: str
    reason: str
    data: JsonObject = field(default_factory=dict)
    status: Literal["completed", "cancelled"] = "completed"


Outcome: TypeAlias = Proceed | ProceedIn | Pause | Await | Enter | Finish

MAX_ATTEMPTS = 3
"""How often a failing step is tried before the run halts (Knock's docs on debugging workflows)."""


class StepFailedError(KnockFakeError):
    """A step could not be executed. The engine tries again, then fails the step and halts the run.

    Args:
        reason: what went wrong, in one line.
        fatal: whether another attempt cannot help.
        retry_after: how long to pause before the next attempt, which executes the step anew; at once when left out.
        halts: whether the run ends when no attempt is left; otherwise it goes on with the step that follows.
        attempts: how many there are, the first one counted.
    """

    def __init__(
        self,
        reason: str,
        *,
        fatal: bool = False,
        retry_after: timedelta | None = None,
        halts: bool = True,
        attempts: int = MAX_ATTEMPTS,
    ) -> None:
        super().__init__(reason)
        self.fatal = fatal
        self.retry_after = retry_after
        self.halts = halts
        self.attempts = attempts

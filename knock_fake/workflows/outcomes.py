"""What a step tells the engine to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from knock_fake.errors import KnockFakeError

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Proceed:
    """Go on with the next step."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop the run here; the engine sets a timer and calls the step's ``resume`` at ``until``."""

    until: datetime


Outcome: TypeAlias = Proceed | Pause


class StepFailedError(KnockFakeError):
    """A step could not be executed. The engine tries again, then fails the step and halts the run."""

"""One move of a world's clock, while it is in progress."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from knock_fake.errors import ClockError
from knock_fake.timeline import brief

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from knock_fake.timeline import Happening


@dataclass(slots=True)
class Move:
    """A move in progress.

    ``started`` is where the clock stood, ``present`` where its source was. ``aim`` says what for it is held up by what
    its timer does, such as ``to tell jane``.
    """

    started: datetime
    present: datetime
    happenings: list[Happening] = field(default_factory=list)
    aim: str | None = None

    def __str__(self) -> str:
        return "the clock is moving" if self.aim is None else f"the clock is moving, {self.aim}"


def instant_after(at: datetime, length: timedelta) -> datetime:
    """Return the instant that is a length after another.

    Raises:
        ClockError: it is beyond the year 9999.
    """
    try:
        return at + length
    except OverflowError as error:
        raise ClockError(f"{length} after {brief(at)} is beyond the calendar's last year") from error

"""What happened while the clock moved, to look at and to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from datetime import datetime


def brief(at: datetime) -> str:
    """Return an instant (UTC) as short as it can be written exactly."""
    return at.isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened while the clock moved: the instant (UTC) and a line of text."""

    at: datetime
    text: str

    def __str__(self) -> str:
        return f"{brief(self.at)}  {self.text}"


@dataclass(frozen=True, slots=True)
class Timeline(Sequence[Happening]):
    """What happened while the clock moved from ``started`` to ``ended`` (UTC), in order; print to read."""

    started: datetime
    ended: datetime
    happenings: tuple[Happening, ...] = ()

    @overload
    def __getitem__(self, index: int) -> Happening: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Happening, ...]: ...
    def __getitem__(self, index: int | slice) -> Happening | tuple[Happening, ...]:
        return self.happenings[index]

    def __len__(self) -> int:
        return len(self.happenings)

    def __str__(self) -> str:
        if not self.happenings:
            return f"(nothing happened from {brief(self.started)} to {brief(self.ended)})"
        return "\n".join(map(str, self.happenings))

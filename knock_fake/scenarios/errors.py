"""What is wrong with a scenario, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class ScenarioProblem:
    """One thing that is wrong: where it stands (``line`` counts from 1, 0 means the whole file), and the remedy.

    ``field`` is the place in the document, such as ``users.0.email``, empty for the document itself.
    """

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


class ScenarioError(UsageError):
    """A scenario cannot be laid over a world. Nothing has changed; ``problems`` names what is wrong.

    Those are all problems of form in one file, or else of definitions, or of people, or of the rest: each is looked at
    once nothing is wrong with what it builds on.
    """

    def __init__(self, problems: Sequence[ScenarioProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)

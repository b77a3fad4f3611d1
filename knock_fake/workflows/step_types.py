"""What a type of step is to the engine: how its JSON is read, what it does, and where its branches lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.context import RunContext
    from knock_fake.workflows.outcomes import Outcome


class Step(Protocol):
    """One compiled step."""

    def execute(self, context: RunContext) -> Outcome:
        """Run the step for the first time in a run.

        Raises:
            StepFailedError: it could not be executed.
        """
        ...

    def resume(self, context: RunContext) -> Outcome:
        """Go on after the pause that ``execute`` asked for."""
        ...


class InstantStep:
    """The part that steps have in common which never pause."""

    __slots__ = ()

    def resume(self, context: RunContext) -> Outcome:
        """Never called, since such a step asks for no pause."""
        raise AssertionError(f"step {context.step_ref} does not pause")


@dataclass(frozen=True, slots=True)
class Body:
    """The steps of one branch of a step: their JSON, its place, whether the workflow ends behind the last of them.

    ``conditions`` are those under which the branch is chosen, if it has any.
    """

    steps: Json
    place: str
    terminates: bool = False
    conditions: Json = None


def no_bodies(_step: JsonObject, _place: str) -> Sequence[Body]:
    """Return the bodies of a step that has no steps inside."""
    return ()


def no_conditions(_step: JsonObject, _place: str) -> Sequence[tuple[Json, str]]:
    """Return the conditions in the settings of a step that has none there."""
    return ()


@dataclass(frozen=True, slots=True)
class StepType:
    """How one type of step is read: the keys it has beyond the common ones, and its compiler.

    ``compile`` takes the step's JSON and its place in the definition; ``stem`` gives the stem of a default ref;
    ``bodies`` takes what ``compile`` takes, after it, and gives the steps inside, a body for each branch;
    ``conditions`` does so too, and gives the conditions that stand in the step's settings, each with its place.
    """

    keys: frozenset[str]
    compile: Callable[[JsonObject, str], Step]
    stem: Callable[[JsonObject], str]
    bodies: Callable[[JsonObject, str], Sequence[Body]] = no_bodies
    conditions: Callable[[JsonObject, str], Sequence[tuple[Json, str]]] = no_conditions


@dataclass(frozen=True, slots=True)
class StepDefinition:
    """One step of a workflow: its name in it, its conditions, what it does, and where it leads.

    ``next`` is the place of the step that follows, ``entries`` the places where its branches begin. The place behind
    the last step is the end of the workflow.
    """

    ref: str
    type: str
    conditions: Json
    step: Step
    next: int = 0
    entries: tuple[int, ...] = ()

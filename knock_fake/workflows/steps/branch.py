"""The branch step: the first branch whose conditions are true runs, or else the default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.workflows.conditions import evaluate, has_conditions
from knock_fake.workflows.outcomes import Enter, Outcome
from knock_fake.workflows.step_types import InstantStep, StepType
from knock_fake.workflows.steps.branches import branch_bodies, read_branches

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.content.fields import Fields
    from knock_fake.workflows.context import RunContext

MAX_BRANCHES = 10
"""How many branches a step may have, the default included (Knock's docs on the branch function)."""

_KEYS = ("name", "conditions", "steps", "terminates")


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch: its name, and the conditions under which it runs. The default has none."""

    name: str
    conditions: Json


@dataclass(frozen=True, slots=True)
class BranchStep(InstantStep):
    """A compiled branch step; the default is the last of its branches."""

    branches: tuple[Branch, ...]

    def execute(self, context: RunContext) -> Outcome:
        """Enter the first branch whose conditions are true, and record every evaluation up to it."""
        scope = context.condition_scope()
        evaluated: list[Json] = []
        reasons = []
        for index, branch in enumerate(self.branches[:-1]):
            evaluation = evaluate(branch.conditions, scope)
            evaluated.append({"branch": branch.name, **evaluation.shown()})
            if evaluation.passed:
                return self._enter(context, index, evaluation.reason(), evaluated)
            reasons.append(f"not {branch.name!r}: {evaluation.reason()}")
        decided_by = "; ".join(reasons) or "there is no other branch"
        return self._enter(context, len(self.branches) - 1, decided_by, evaluated)

    def _enter(self, context: RunContext, index: int, decided_by: str, evaluated: list[Json]) -> Outcome:
        facts: JsonObject = {
            "branch": self.branches[index].name,
            "index": index,
            "decided_by": decided_by,
            "evaluations": evaluated,
        }
        context.record("branch_selected", facts)
        return Enter(index)


def compile_branch_step(step: JsonObject, place: str) -> BranchStep:
    """Compile a branch step's JSON; its branches' steps and conditions are compiled with the workflow.

    That the default is the last branch is our choice, Knock's docs say only that it cannot be moved.

    Raises:
        WorkflowDefinitionError: there is no branch or there are too many, a branch other than the last has no
            conditions, the last one has, or the step has conditions of its own.
    """
    read = read_branches(step, place, "branches", _KEYS, range(1, MAX_BRANCHES + 1))
    branches = tuple(
        Branch(fields.text("name") or f"Branch {index}", fields.values.get("conditions"))
        for index, fields in enumerate(read, 1)
    )
    for fields in read[:-1]:
        if not has_conditions(fields.values.get("conditions")):
            fields.refuse("conditions", "every branch but the last, the default, needs at least one condition")
    return BranchStep((*branches[:-1], _default(read[-1])))


def _default(fields: Fields) -> Branch:
    if has_conditions(fields.values.get("conditions")):
        raise WorkflowDefinitionError(
            f"{fields.place}.conditions: the last branch is the default, which has none; "
            "add a branch without conditions behind it, its steps may be an empty list"
        )
    return Branch(fields.text("name") or "Default", None)


def _stem(_step: JsonObject) -> str:
    return "branch"


STEP_TYPE = StepType(
    keys=frozenset({"branches"}), compile=compile_branch_step, stem=_stem, bodies=branch_bodies("branches", _KEYS)
)

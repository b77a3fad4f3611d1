"""The experiment step (``random_cohort``): every key has its cohort, by a hash, the same in every run."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from itertools import accumulate
from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError, nearest
from knock_fake.workflows.condition_values import ROOTS, show_json
from knock_fake.workflows.outcomes import Enter, Outcome, StepFailedError
from knock_fake.workflows.paths import MISSING, look_up, split_path
from knock_fake.workflows.step_types import InstantStep, StepType
from knock_fake.workflows.steps.branches import branch_bodies, read_branches
from knock_fake.workflows.templating import Template, TemplateError, compile_template, has_liquid

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.content.fields import Fields
    from knock_fake.workflows.context import RunContext

COHORTS = range(2, 11)
"""How many cohorts an experiment may have (Knock's docs on the experiment function)."""

_KEYS = ("name", "percentage", "steps", "terminates")
_WHOLE = 1000  # tenths of a percent


@dataclass(frozen=True, slots=True)
class CohortBranch:
    """One cohort: its name, and its share in tenths of a percent."""

    name: str
    share: int


@dataclass(frozen=True, slots=True)
class RandomCohortStep(InstantStep):
    """A compiled experiment. Without a key of its own the id of the recipient is hashed."""

    key: Template | tuple[str, ...] | None
    cohorts: tuple[CohortBranch, ...]

    def execute(self, context: RunContext) -> Outcome:
        """Enter the branch of the recipient's cohort: the one that was forced, or that the hash of the key gives."""
        forced = self._forced(context)
        key = self._key(context)
        spot = _spot(context, key)
        index = self._at(spot) if forced is None else forced
        by_hash = f"key {key!r} falls on {_show_share(spot)} of 100"
        facts: JsonObject = {
            "cohort": self.cohorts[index].name,
            "index": index,
            "cohort_key": key,
            "cohorts": [{"name": one.name, "percentage": _show_share(one.share)} for one in self.cohorts],
            "decided_by": by_hash if forced is None else "knock.cohorts.force",
        }
        context.record("cohort_assigned", facts)
        return Enter(index)

    def index_of(self, cohort: str | int) -> int | None:
        """Return the place of a cohort that is named, or given by its place; ``None`` when it does not exist."""
        if isinstance(cohort, int):
            return cohort if 0 <= cohort < len(self.cohorts) else None
        return next((index for index, one in enumerate(self.cohorts) if one.name == cohort), None)

    def _forced(self, context: RunContext) -> int | None:
        run = context.run
        cohort = context.services.state.cohorts.of(run.workflow, context.step_ref, run.recipient)
        index = None if cohort is None else self.index_of(cohort)
        if cohort is not None and index is None:
            remedy = nearest(str(cohort), [one.name for one in self.cohorts])
            raise StepFailedError(
                f"cohort {cohort!r} is forced, and this version has none like it; {remedy}", fatal=True
            )
        return index

    def _key(self, context: RunContext) -> str:
        """Return the key as text; one that leads nowhere gives way to the recipient's id (our choice)."""
        if self.key is None:
            return context.run.recipient.id
        variables = context.variables
        if isinstance(self.key, Template):
            try:
                return self.key.render(variables).strip() or context.run.recipient.id
            except TemplateError as error:
                raise StepFailedError(str(error)) from error
        value = look_up(variables, self.key)
        if value is MISSING or value is None or value == "":
            return context.run.recipient.id
        return value if isinstance(value, str) else show_json(value)

    def _at(self, spot: int) -> int:
        ends = accumulate(cohort.share for cohort in self.cohorts)
        return next(index for index, end in enumerate(ends) if spot < end)


def _spot(context: RunContext, key: str) -> int:
    """Return where a key falls, in tenths of a percent; Knock does not document its hash, this one is our choice."""
    text = f"{context.run.workflow}:{context.step_ref}:{key}"
    return int(sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), 16) % _WHOLE


def _show_share(share: int) -> str:
    """Return tenths of a percent as Knock writes a percentage: ``"50"``, ``"33.3"``."""
    whole, tenths = divmod(share, 10)
    return f"{whole}.{tenths}" if tenths else str(whole)


def compile_random_cohort_step(step: JsonObject, place: str) -> RandomCohortStep:
    """Compile an experiment's JSON.

    Raises:
        WorkflowDefinitionError: there are too few or too many cohorts, their percentages do not make 100, the key
            is malformed, or the step has conditions.
    """
    read = read_branches(step, place, "cohort_branches", _KEYS, COHORTS)
    cohorts = tuple(
        CohortBranch(fields.text("name") or f"Cohort {index}", _share(fields)) for index, fields in enumerate(read, 1)
    )
    total = sum(cohort.share for cohort in cohorts)
    if total != _WHOLE:
        raise WorkflowDefinitionError(f"{place}.cohort_branches: percentages make 100, not {_show_share(total)}")
    return RandomCohortStep(_compile_key(step.get("cohort_key"), f"{place}.cohort_key"), cohorts)


def _share(fields: Fields) -> int:
    value = fields.values.get("percentage")
    try:
        tenths = Decimal("NaN") if isinstance(value, bool) else Decimal(str(value)) * 10
    except InvalidOperation:
        tenths = Decimal("NaN")
    if not (tenths.is_finite() and 0 <= tenths <= _WHOLE and tenths == tenths.to_integral_value()):
        fields.refuse("percentage", f"must be 0 to 100 with at most one decimal, such as 33.3, not {value!r}")
    return int(tenths)


def _compile_key(value: Json, place: str) -> Template | tuple[str, ...] | None:
    if value is None or value == "":
        return None
    if isinstance(value, str) and has_liquid(value):
        return compile_template(value, place)
    path = split_path(value, ROOTS) if isinstance(value, str) else None
    if path is None:
        raise WorkflowDefinitionError(f"{place}: {value!r} is neither a path such as 'tenant.id' nor Liquid")
    return path


def _stem(_step: JsonObject) -> str:
    return "experiment"


STEP_TYPE = StepType(
    keys=frozenset({"cohort_key", "cohort_branches"}),
    compile=compile_random_cohort_step,
    stem=_stem,
    bodies=branch_bodies("cohort_branches", _KEYS),
)

"""``knock.cohorts``: which cohort of an experiment a test wants, in place of the one that the hash gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import UnknownNameError, UsageError, UsageTypeError, nearest
from knock_fake.state.references import named_recipient
from knock_fake.workflows.steps.random_cohort import RandomCohortStep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.state.cohorts import CohortStore
    from knock_fake.workflows.registry import WorkflowRegistry


class Cohorts:
    """Forces cohorts; see :meth:`force`."""

    def __init__(self, workflows: WorkflowRegistry, store: CohortStore) -> None:
        self._workflows = workflows
        self._store = store

    def force(
        self, workflow: str, step_ref: str, cohort: str | int, recipient: str | Mapping[str, str] | None = None
    ) -> None:
        """Let an experiment choose this cohort from now on, one of 0 percent too.

        Args:
            workflow: the key of the workflow.
            step_ref: the ref of the experiment, ``experiment_1`` for the first one that has none of its own.
            cohort: the cohort's name, or its place from 0.
            recipient: the id of a user, or an object as ``{"collection": ..., "id": ...}``; everybody who is not
                named alone when left out.

        Raises:
            UnknownNameError: there is no such workflow or experiment.
            UsageError: the experiment has no such cohort. UsageTypeError: an argument is of another type.
        """
        step = self._experiment(workflow, step_ref)
        if isinstance(cohort, bool) or not isinstance(cohort, str | int):
            raise UsageTypeError(f"cohorts.force: a cohort is named, or given by its place from 0, not {cohort!r}")
        if step.index_of(cohort) is None:
            remedy = nearest(str(cohort), [one.name for one in step.cohorts])
            raise UsageError(f"cohorts.force: {step_ref!r} of {workflow!r} has no cohort {cohort!r}; {remedy}")
        named = None if recipient is None else named_recipient(recipient, "cohorts.force: recipient")
        self._store.put(workflow, step_ref, cohort, named)

    def release(self, workflow: str, step_ref: str) -> None:
        """Let the hash decide again, for everybody.

        Raises:
            UnknownNameError: there is no such workflow or experiment.
        """
        self._experiment(workflow, step_ref)
        self._store.delete(workflow, step_ref)

    def _experiment(self, workflow: str, step_ref: str) -> RandomCohortStep:
        definition = self._workflows.get(workflow)
        if definition is None:
            raise UnknownNameError(f"cohorts: there is no workflow {workflow!r}: {self._workflows.suggest(workflow)}")
        experiments = {one.ref: one.step for one in definition.steps if isinstance(one.step, RandomCohortStep)}
        if step_ref not in experiments:
            remedy = nearest(str(step_ref), [*experiments])
            raise UnknownNameError(f"cohorts: workflow {workflow!r} has no experiment {step_ref!r}; {remedy}")
        return experiments[step_ref]

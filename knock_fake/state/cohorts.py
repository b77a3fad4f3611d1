"""Cohorts that a test has chosen itself, in place of the experiment's hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from knock_fake.state.references import Reference

Cohort: TypeAlias = "str | int"
"""A cohort by its name, or by its place from 0."""


class CohortStore:
    """The forced cohorts of a world: by workflow and step, for one recipient or for all."""

    def __init__(self) -> None:
        self._forced: dict[tuple[str, str], dict[Reference | None, Cohort]] = {}

    def put(self, workflow: str, step_ref: str, cohort: Cohort, recipient: Reference | None) -> None:
        """Force a cohort on a recipient, or with ``None`` on everybody who has none of their own."""
        self._forced.setdefault((workflow, step_ref), {})[recipient] = cohort

    def of(self, workflow: str, step_ref: str, recipient: Reference) -> Cohort | None:
        """Return the cohort that is forced on a recipient, or ``None`` when the hash decides."""
        forced = self._forced.get((workflow, step_ref), {})
        return forced.get(recipient, forced.get(None))

    def delete(self, workflow: str, step_ref: str) -> None:
        """Let the hash decide again for everybody."""
        self._forced.pop((workflow, step_ref), None)

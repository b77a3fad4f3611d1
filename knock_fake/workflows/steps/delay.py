"""The delay step: the run waits for a length of time, until a moment, or some time before or after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError, WorkflowDefinitionError, nearest
from knock_fake.timestamps import show_instant
from knock_fake.workflows.moments import check_field_path, recipient_zone, resolve_moment
from knock_fake.workflows.outcomes import Outcome, Pause, Proceed
from knock_fake.workflows.scope import run_variables
from knock_fake.workflows.spans import add_span, check_span
from knock_fake.workflows.step_types import StepType

if TYPE_CHECKING:
    from datetime import datetime

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.workflows.context import RunContext

LONGEST = timedelta(days=365)
"""The longest delay (Knock's docs on the delay function)."""

_SETTINGS = ("delay_for", "delay_until_field_path")


@dataclass(frozen=True, slots=True)
class DelayStep:
    """A compiled delay. With both settings the moment of the path is shifted by the length; negative is before it."""

    delay_for: Json
    until_path: str | None

    def execute(self, context: RunContext) -> Outcome:
        """Pause until the moment has come; a moment that is past, too far or unreadable skips the step."""
        if context.run.settings.skip_delay:
            return context.skip("skip_delay", {"decided_by": "settings.skip_delay of the trigger"})
        now = context.services.clock.now
        try:
            until = self._until(context)
        except UsageError as error:
            return context.skip("invalid_window", {"decided_by": str(error)}, status="error")
        is_too_far = self.until_path is not None and until - now > LONGEST
        if until <= now or is_too_far:
            problem = "in the past" if until <= now else "more than 365 days ahead"
            facts: JsonObject = {"decided_by": f"{show_instant(until)} is {problem}"}
            return context.skip("invalid_window", facts, status="error")
        context.record("delay_started", {"until": show_instant(until)})
        return Pause(until)

    def _until(self, context: RunContext) -> datetime:
        base = context.services.clock.now
        if self.until_path is not None:
            base = resolve_moment(context, run_variables(context), self.until_path)
        return base if self.delay_for is None else add_span(base, self.delay_for, recipient_zone(context))

    def resume(self, context: RunContext) -> Outcome:
        """Go on: the moment has come."""
        context.record("delay_completed")
        return Proceed()


def compile_delay_step(step: JsonObject, place: str) -> DelayStep:
    """Compile a delay step's JSON.

    Raises:
        WorkflowDefinitionError: a setting is missing, unknown, malformed or longer than a year.
    """
    settings = step.get("settings")
    if not isinstance(settings, dict):
        raise WorkflowDefinitionError(f"{place}.settings: must be an object with delay_for or delay_until_field_path")
    for key in settings:
        if key not in _SETTINGS:
            raise WorkflowDefinitionError(f"{place}.settings: unknown key {key!r}; {nearest(str(key), _SETTINGS)}")
    delay_for, path = settings.get("delay_for"), settings.get("delay_until_field_path")
    if delay_for is None and path is None:
        raise WorkflowDefinitionError(f"{place}.settings: give delay_for, delay_until_field_path, or both")
    if delay_for is not None:
        check_span(delay_for, f"{place}.settings.delay_for")
    if path is not None:
        return DelayStep(delay_for, check_field_path(path, f"{place}.settings.delay_until_field_path"))
    _check_fixed(delay_for, f"{place}.settings.delay_for")
    return DelayStep(delay_for, None)


def _check_fixed(delay_for: Json, place: str) -> None:
    count = delay_for.get("value") if isinstance(delay_for, dict) else None
    longest = {"months": 12, "weeks": 52, "days": 365, "hours": 8_760, "minutes": 525_600, "seconds": 31_536_000}
    unit = delay_for.get("unit") if isinstance(delay_for, dict) else None
    if isinstance(count, int) and not 0 < count <= longest[str(unit)]:
        raise WorkflowDefinitionError(
            f"{place}: a delay is longer than nothing and at most 365 days, not {count} {unit}"
        )


def _stem(_step: JsonObject) -> str:
    return "delay"


STEP_TYPE = StepType(keys=frozenset({"settings"}), compile=compile_delay_step, stem=_stem)

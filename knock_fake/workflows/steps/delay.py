"""The delay step: the run waits for a length of time, until a moment, or some time before or after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from knock_fake.errors import UsageError
from knock_fake.timestamps import show_instant
from knock_fake.workflows.content.fields import Fields
from knock_fake.workflows.outcomes import Outcome, Pause, Proceed
from knock_fake.workflows.step_types import StepType
from knock_fake.workflows.windows import Window, read_window

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.workflows.context import RunContext

LONGEST = timedelta(days=365)
"""The longest delay (Knock's docs on the delay function)."""


@dataclass(frozen=True, slots=True)
class DelayStep:
    """A compiled delay."""

    window: Window

    def execute(self, context: RunContext) -> Outcome:
        """Pause until the moment has come; a moment that is past, too far or unreadable skips the step."""
        if context.run.settings.skip_delay:
            return context.skip("skip_delay", {"decided_by": "settings.skip_delay of the trigger"})
        try:
            until = self.window.end(context)
        except UsageError as error:
            return context.skip("invalid_window", {"decided_by": str(error)}, status="error")
        context.record("delay_started", {"until": show_instant(until)})
        return Pause(until)

    def resume(self, context: RunContext) -> Outcome:
        """Go on: the moment has come."""
        context.record("delay_completed")
        return Proceed()


def compile_delay_step(step: JsonObject, place: str) -> DelayStep:
    """Compile a delay step's JSON.

    Raises:
        WorkflowDefinitionError: a setting is missing, unknown, malformed or longer than a year.
    """
    settings = Fields(step, place).section("settings", ("delay_for", "delay_until_field_path"))
    return DelayStep(read_window(settings, "delay_for", "delay_until_field_path", LONGEST))


def _stem(_step: JsonObject) -> str:
    return "delay"


STEP_TYPE = StepType(keys=frozenset({"settings"}), compile=compile_delay_step, stem=_stem)

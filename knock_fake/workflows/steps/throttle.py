"""The throttle step: of one recipient's runs only so many pass within a window, the others end here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from knock_fake.errors import UsageError
from knock_fake.state.throttles import ThrottleIdentity
from knock_fake.timestamps import show_instant
from knock_fake.workflows.content.fields import Fields
from knock_fake.workflows.group_keys import GroupKey, read_group_key
from knock_fake.workflows.outcomes import Finish, Outcome, Proceed
from knock_fake.workflows.step_types import InstantStep, StepType
from knock_fake.workflows.templating import TemplateError
from knock_fake.workflows.windows import Window, read_window

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.workflows.context import RunContext

LONGEST = timedelta(days=31)
"""The longest window (Knock's docs on the throttle function)."""

KEY_LENGTH = 64
"""A key must be shorter than this, encoded as JSON and for a URL (Knock's docs on the throttle function)."""

_SETTINGS = ("throttle_window", "throttle_window_field_path", "throttle_limit", "throttle_key")


@dataclass(frozen=True, slots=True)
class ThrottleStep(InstantStep):
    """A compiled throttle step."""

    key: GroupKey | None
    window: Window
    limit: int

    def execute(self, context: RunContext) -> Outcome:
        """Let the run pass, or end it; a key or a window that cannot be read skips the step, so that it passes.

        The window is read by the run that opens it, and ends before the instant of its end (both our choice).
        """
        throttles, now, run = context.services.state.throttles, context.services.clock.now, context.run
        try:
            identity = ThrottleIdentity(run.workflow, context.step_ref, run.recipient, self._key(context))
        except (UsageError, TemplateError) as error:
            return context.skip("invalid_key", {"decided_by": str(error)}, status="error")
        try:
            throttle = throttles.find(identity, now) or throttles.open(identity, now, self.window.end(context))
        except UsageError as error:
            return context.skip("invalid_window", {"decided_by": str(error)}, status="error")
        facts: JsonObject = {"limit": self.limit, "closes_at": show_instant(throttle.closes_at)}
        if throttle.passed >= self.limit:
            reason = f"the limit of {self.limit} is reached until {facts['closes_at']}"
            return Finish("throttled", reason, facts)
        throttles.let_pass(throttle)
        context.record("throttle_passed", {**facts, "passed": throttle.passed})
        return Proceed()

    def _key(self, context: RunContext) -> str:
        if self.key is None:
            return ""
        key = self.key.resolve(context.variables)
        if key is None:
            raise UsageError("the throttle key leads to nothing")
        length = len(quote(key, safe=""))
        if length >= KEY_LENGTH:
            raise UsageError(f"the throttle key {key} has {length} characters when encoded: more than 63")
        return key


def compile_throttle_step(step: JsonObject, place: str) -> ThrottleStep:
    """Compile a throttle step's JSON.

    Raises:
        WorkflowDefinitionError: a setting is missing, unknown or malformed, or the window longer than 31 days.
    """
    settings = Fields(step, place).section("settings", _SETTINGS)
    return ThrottleStep(
        key=read_group_key(settings.values.get("throttle_key"), f"{settings.place}.throttle_key"),
        window=read_window(settings, "throttle_window", "throttle_window_field_path", LONGEST),
        limit=settings.whole("throttle_limit", 1, 1),
    )


def _stem(_step: JsonObject) -> str:
    return "throttle"


STEP_TYPE = StepType(keys=frozenset({"settings"}), compile=compile_throttle_step, stem=_stem)

"""The update audience step: the run's recipient enters a static audience, or leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.workflows.content.fields import read_fields
from knock_fake.workflows.outcomes import Outcome, Proceed, StepFailedError
from knock_fake.workflows.step_types import InstantStep, StepType

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.state.audiences import Audience
    from knock_fake.workflows.context import RunContext

_ACTIONS = ("add", "remove")


@dataclass(frozen=True, slots=True)
class UpdateAudienceStep(InstantStep):
    """A compiled update of an audience. Knock does not document its JSON: the settings are our choice."""

    action: str
    audience_key: str

    def execute(self, context: RunContext) -> Outcome:
        """Let the recipient enter or leave, for the tenant of the run (our choice); it may be in or out already.

        A recipient that is an object skips the step (our choice).
        """
        user, tenant = context.run.recipient, context.run.tenant
        if not user.is_user:
            return context.skip("no_user", {"decided_by": f"the recipient is an object, {user}"}, status="error")
        audience = self._audience(context)
        audiences = context.services.state.audiences
        change = audiences.enter if self.action == "add" else audiences.leave
        is_changed = change(audience.key, user, tenant)
        facts: JsonObject = {"audience": audience.key, "action": self.action, "is_changed": is_changed}
        context.record("audience_updated", facts)
        return Proceed()

    def _audience(self, context: RunContext) -> Audience:
        audiences = context.services.state.audiences
        audience = audiences.get(self.audience_key)
        if audience is None:
            raise StepFailedError(f"there is no audience {self.audience_key!r}: {audiences.suggest(self.audience_key)}")
        if audience.conditions is not None:
            raise StepFailedError(f"{audience.key!r} is a dynamic audience: its members are those that it fits")
        if self.action == "add" and context.run.workflow in audience.triggers:
            problem = f"audience {audience.key!r} triggers this very workflow"
            raise StepFailedError(f"{problem}, which cannot add to it (Knock's docs on the function)")
        return audience


def compile_update_audience_step(step: JsonObject, place: str) -> UpdateAudienceStep:
    """Compile the JSON of an update; whether the audience exists is asked when the step runs.

    Raises:
        WorkflowDefinitionError: the action is none, the audience is missing, or a setting is unknown.
    """
    settings = read_fields(step.get("settings"), f"{place}.settings", ("action", "audience_key"))
    return UpdateAudienceStep(settings.choice("action", _ACTIONS), settings.required_text("audience_key"))


def _stem(_step: JsonObject) -> str:
    return "update_audience"


STEP_TYPE = StepType(keys=frozenset({"settings"}), compile=compile_update_audience_step, stem=_stem)

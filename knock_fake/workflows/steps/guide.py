"""The channel step of type ``in_app_guide``: it lets the recipient into the audience of a guide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.workflows.channel_checks import ChannelCheck
from knock_fake.workflows.outcomes import Outcome, Proceed
from knock_fake.workflows.step_types import InstantStep
from knock_fake.workflows.steps.channel_overrides import ChannelOverrides

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.workflows.context import RunContext

_FOREIGN = ("template", "channel_overrides", "send_windows", "channel_group_key")


@dataclass(frozen=True, slots=True)
class GuideStep(InstantStep):
    """A compiled step that leads to a guide. It makes no message: the first mark of the guide does (our choice)."""

    guide_key: str

    def execute(self, context: RunContext) -> Outcome:
        """Let the recipient into the guide's audience, for the run's tenant.

        A guide without an audience is shown to everybody already: the step is skipped.
        """
        guides = context.services.guides
        guide = guides.get(self.guide_key)
        if guide is None:
            return self._skip(context, f"there is no guide {self.guide_key!r}: {guides.suggest(self.guide_key)}")
        channel, user = guide.definition.channel, context.run.recipient
        if not user.is_user:
            facts: JsonObject = {"channel": channel.key, "channel_type": channel.type, "missing": "a user"}
            return context.skip("missing_recipient_data", facts)
        check = ChannelCheck(context, channel, ChannelOverrides({}, {}, None), {}, context.variables)
        refused = check.refused_by_conditions() or check.refused_by_preferences()
        if refused is not None:
            return context.skip(refused.reason, refused.facts)
        audience, audiences = guide.definition.target_audience_key, context.services.state.audiences
        if audience is None:
            return self._skip(context, f"the guide {guide.key!r} has no target_audience_key, so everybody is shown it")
        known = audiences.get(audience)
        if known is not None and known.conditions is not None:
            return self._skip(context, f"{audience!r} is a dynamic audience: its members are those that it fits")
        is_changed = audiences.enter(audience, user, context.run.tenant)
        context.record("audience_updated", {"audience": audience, "guide": guide.key, "is_changed": is_changed})
        return Proceed()

    def _skip(self, context: RunContext, decided_by: str) -> Outcome:
        return context.skip("guide", {"guide": self.guide_key, "decided_by": decided_by})


def compile_guide_step(step: JsonObject, place: str) -> GuideStep:
    """Compile the JSON of a guide step.

    Raises:
        WorkflowDefinitionError: it names no guide, or has what only other channel steps have.
    """
    for key in _FOREIGN:
        if step.get(key):
            raise WorkflowDefinitionError(f"{place}.{key}: a guide step has none; the guide itself says what is shown")
    guide_key = step.get("guide_key")
    if not isinstance(guide_key, str) or not guide_key:
        raise WorkflowDefinitionError(f"{place}.guide_key: must be the key of a guide, not {guide_key!r}")
    return GuideStep(guide_key)

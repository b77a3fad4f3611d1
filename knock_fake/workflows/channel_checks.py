"""What keeps a channel step from sending on a channel: conditions, a recipient without data, preferences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.state.references import TENANTS, Reference
from knock_fake.workflows.addresses import Inquiry, Unreachable, find_addresses
from knock_fake.workflows.conditions import ConditionScope, evaluate
from knock_fake.workflows.preferences import decide
from knock_fake.workflows.scope import run_preference_layers
from knock_fake.workflows.templating import compile_template

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.state.channels import Channel
    from knock_fake.workflows.addresses import Address
    from knock_fake.workflows.context import RunContext
    from knock_fake.workflows.scopes import Scope
    from knock_fake.workflows.steps.channel_overrides import ChannelOverrides


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no message: the reason of a skipped step, and the facts that decided it."""

    reason: str
    facts: JsonObject


@dataclass(frozen=True, slots=True)
class ChannelCheck:
    """One channel as a run's step looks at it. ``variables`` are those of the run.

    ``texts`` are the step's overrides, rendered.
    """

    context: RunContext
    channel: Channel
    overrides: ChannelOverrides
    texts: dict[str, str]
    variables: Scope

    @property
    def is_sandboxed(self) -> bool:
        """Whether the message will not be sent, because of the channel or of the trigger."""
        return self.channel.is_sandbox or self.context.run.settings.sandbox_mode

    def addresses(self) -> list[Address] | Refusal:
        """Return where to send, after everything that may keep Knock from sending, in Knock's order.

        Raises:
            TemplateError: a setting of the channel cannot be rendered.
        """
        refused = self.refused_by_conditions()
        if refused is not None:
            return refused
        found = self._find_addresses()
        if isinstance(found, Unreachable):
            return self._refusal("missing_recipient_data", {"missing": found.needs})
        return self.refused_by_preferences() or found

    def refused_by_conditions(self) -> Refusal | None:
        """Evaluate the channel's own conditions, which nobody asks in sandbox mode (Knock's docs on channels)."""
        if self.channel.conditions is None or self.is_sandboxed:
            return None
        scope = static_scope(self.context, self.variables)
        evaluation = evaluate(self.channel.conditions, scope)
        if evaluation.passed:
            return None
        return self._refusal("conditions", {"decided_by": f"of the channel: {evaluation.reason()}"})

    def _find_addresses(self) -> list[Address] | Unreachable:
        state, run, channel = self.context.services.state, self.context.run, self.channel
        recipient = state.recipients.get(run.recipient)
        if recipient is None:
            return Unreachable("the recipient, who was deleted")
        tenant = state.channel_data.of(Reference(TENANTS, run.tenant)) if run.tenant is not None else {}
        resolves = self.overrides.is_on("email_based_user_id_resolution", channel)
        inquiry = Inquiry(
            channel,
            recipient,
            state.channel_data.of(run.recipient).get(channel.id, {}),
            self.settings(),
            self.texts,
            tenant.get(channel.id, {}),
            state.providers.slack if resolves else None,
        )
        return find_addresses(inquiry)

    def settings(self) -> dict[str, str]:
        """Return the texts of the channel's settings, rendered.

        Raises:
            TemplateError: one cannot be rendered with these variables.
        """
        place = f"channel {self.channel.key!r}: settings"
        texts = ((name, value) for name, value in self.channel.settings.items() if isinstance(value, str))
        return {name: compile_template(text, f"{place}.{name}").render(self.variables).strip() for name, text in texts}

    def refused_by_preferences(self) -> Refusal | None:
        """Return why the recipient's preferences are against it."""
        definition, layers = self.context.definition, run_preference_layers(self.context)
        if layers is None:
            return None
        verdict = decide(
            layers.merged(),
            channel_id=self.channel.id,
            channel_type=self.channel.type,
            workflow=definition.key,
            categories=definition.categories,
            scope=_preference_scope(self.context, self.variables),
            is_commercial=definition.is_commercial,
            override=definition.override_preferences,
        )
        if verdict.allowed:
            return None
        decided_by = verdict.reason(layers.source_of(verdict.rule, verdict.value))
        return self._refusal("preferences", {"rule": verdict.rule, "value": verdict.value, "decided_by": decided_by})

    def _refusal(self, reason: str, facts: JsonObject) -> Refusal:
        return Refusal(reason, {"channel": self.channel.key, "channel_type": self.channel.type, **facts})


def static_scope(context: RunContext, variables: JsonObject) -> ConditionScope:
    """Return what conditions see that may not ask for message statuses: those of channels, groups and preferences."""
    return ConditionScope(variables, context.services.clock.now, is_audience_member=context.is_audience_member)


def _preference_scope(context: RunContext, variables: JsonObject) -> ConditionScope:
    """After a batch, preference conditions see the data of its first activity alone (Knock's docs on preferences)."""
    batched = context.run.walk.batched
    return static_scope(context, variables if batched is None else {**variables, "data": batched.first.data})

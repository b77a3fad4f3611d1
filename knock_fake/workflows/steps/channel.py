"""The channel step: one message for each address of the recipient, on one channel or on those of a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError, nearest
from knock_fake.state.channels import DEFAULT_PROVIDERS
from knock_fake.workflows.channel_checks import ChannelCheck, Refusal, static_scope
from knock_fake.workflows.channel_groups import chosen_channels
from knock_fake.workflows.content import compile_channel_template
from knock_fake.workflows.outcomes import Outcome, Proceed, StepFailedError
from knock_fake.workflows.outgoing import Outgoing, prepare
from knock_fake.workflows.send_windows import compile_send_windows
from knock_fake.workflows.step_types import InstantStep, StepType
from knock_fake.workflows.steps.channel_overrides import compile_channel_overrides
from knock_fake.workflows.steps.guide import GuideStep, compile_guide_step
from knock_fake.workflows.templating import TemplateError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import JsonObject
    from knock_fake.state.channels import Channel
    from knock_fake.workflows.content import ChannelTemplate
    from knock_fake.workflows.context import RunContext
    from knock_fake.workflows.scopes import Scope
    from knock_fake.workflows.send_windows import SendWindows
    from knock_fake.workflows.steps.channel_overrides import ChannelOverrides

GUIDE_TYPE = "in_app_guide"


@dataclass(frozen=True, slots=True)
class ChannelStep(InstantStep):
    """A compiled channel step. Without a key of a channel or a group it uses the world's first channel of its type."""

    channel_type: str
    channel_key: str | None
    group_key: str | None
    template: ChannelTemplate
    overrides: ChannelOverrides
    windows: SendWindows | None

    def execute(self, context: RunContext) -> Outcome:
        """Check each channel in Knock's order (conditions, recipient data, preferences), render, enqueue.

        The step is skipped when no channel has a message; of a group the others' reasons are recorded.
        """
        variables = context.variables
        channels = self._channels(context, variables)
        if isinstance(channels, Refusal):
            return context.skip(channels.reason, channels.facts)
        try:
            outgoing, refusals = self._prepare(context, channels, variables)
        except TemplateError as error:
            raise StepFailedError(str(error)) from error
        if not outgoing:
            first, *refusals = refusals
            self._record(context, refusals)
            return context.skip(first.reason, first.facts)
        self._record(context, refusals)
        for one in outgoing:
            one.enqueue()
        return Proceed()

    def _prepare(
        self, context: RunContext, channels: Sequence[Channel], variables: Scope
    ) -> tuple[list[Outgoing], list[Refusal]]:
        texts = self.overrides.render(variables)
        outgoing: list[Outgoing] = []
        refusals: list[Refusal] = []
        for channel in channels:
            check = ChannelCheck(context, channel, self.overrides, texts, variables)
            found = check.addresses()
            if isinstance(found, Refusal):
                refusals.append(found)
            else:
                outgoing += [prepare(check, address, self.template, self.windows) for address in found]
        return outgoing, refusals

    def _record(self, context: RunContext, refusals: Sequence[Refusal]) -> None:
        for refusal in refusals:
            context.record("message_not_enqueued", {"reason": refusal.reason, **refusal.facts})

    def _channels(self, context: RunContext, variables: JsonObject) -> Sequence[Channel] | Refusal:
        if self.group_key is not None:
            return self._channels_of_group(context, self.group_key, variables)
        channels = context.services.state.channels
        if self.channel_key is None:
            channel = channels.default_of(self.channel_type)
        else:
            channel = channels.by_key(self.channel_key)
        if channel is None or channel.type != self.channel_type:
            return self._unconfigured(context, self.channel_key or "", channel)
        return [channel]

    def _channels_of_group(self, context: RunContext, key: str, variables: JsonObject) -> Sequence[Channel] | Refusal:
        state = context.services.state
        group = state.channel_groups.get(key)
        if group is None or group.channel_type != self.channel_type:
            remedy = f"knock.channels.add_group({key!r}, channel_type={self.channel_type!r}, rules=[...])"
            problem = remedy if group is None else f"{key!r} is a group of type {group.channel_type!r}"
            return self._refusal("channel_not_configured", {"channel_group": key, "remedy": problem})
        chosen = chosen_channels(group, state.channels, static_scope(context, variables))
        if chosen:
            return chosen
        decided_by = f"the rules of channel group {key!r} choose no channel"
        return self._refusal("channel_group", {"channel_group": key, "decided_by": decided_by})

    def _unconfigured(self, context: RunContext, key: str, named: Channel | None) -> Refusal:
        known = [channel.key for channel in context.services.state.channels if channel.type == self.channel_type]
        if named is not None:
            problem = f"{key!r} is a channel of type {named.type!r}, the step is of type {self.channel_type!r}"
        else:
            problem = f"knock.channels.add({key!r}, type={self.channel_type!r})"
        return self._refusal(
            "channel_not_configured", {"channel": self.channel_key, "remedy": f"{problem}; {nearest(key, known)}"}
        )

    def _refusal(self, reason: str, facts: JsonObject) -> Refusal:
        return Refusal(reason, {"channel_type": self.channel_type, **facts})


def compile_channel_step(step: JsonObject, place: str) -> ChannelStep | GuideStep:
    """Compile a channel step's JSON.

    Raises:
        WorkflowDefinitionError: the type is unknown, or it asks for what cannot be honoured.
    """
    channel_type = step.get("channel_type")
    if not isinstance(channel_type, str) or channel_type not in DEFAULT_PROVIDERS:
        remedy = nearest(str(channel_type), [*DEFAULT_PROVIDERS])
        raise WorkflowDefinitionError(f"{place}.channel_type: unknown channel type {channel_type!r}; {remedy}")
    if channel_type == GUIDE_TYPE:
        return compile_guide_step(step, place)
    if step.get("guide_key") is not None:
        raise WorkflowDefinitionError(f"{place}.guide_key: goes with steps of type {GUIDE_TYPE!r} only")
    channel_key, group_key = (_key(step, name, place) for name in ("channel_key", "channel_group_key"))
    if channel_key is not None and group_key is not None:
        raise WorkflowDefinitionError(f"{place}: give channel_key or channel_group_key, not both")
    return ChannelStep(
        channel_type,
        channel_key,
        group_key,
        compile_channel_template(channel_type, step.get("template"), f"{place}.template"),
        compile_channel_overrides(channel_type, step, place),
        compile_send_windows(step.get("send_windows"), f"{place}.send_windows"),
    )


def _key(step: JsonObject, name: str, place: str) -> str | None:
    key = step.get(name)
    if not isinstance(key, str | None):
        raise WorkflowDefinitionError(f"{place}.{name}: must be text, not {key!r}")
    return key


def _stem(step: JsonObject) -> str:
    return str(step.get("channel_type"))


STEP_TYPE = StepType(
    keys=frozenset(
        {
            "channel_type",
            "channel_key",
            "channel_group_key",
            "channel_overrides",
            "send_windows",
            "template",
            "guide_key",
        }
    ),
    compile=compile_channel_step,
    stem=_stem,
)

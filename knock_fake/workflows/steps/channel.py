"""The channel step: one message for each address of the recipient, on a channel of any type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError, nearest
from knock_fake.state.channels import DEFAULT_PROVIDERS
from knock_fake.state.messages import Message, MessageSource
from knock_fake.timestamps import show_instant
from knock_fake.workflows.addresses import Unreachable, find_addresses
from knock_fake.workflows.conditions import ConditionScope
from knock_fake.workflows.content import assemble_content, compile_channel_template
from knock_fake.workflows.outcomes import Outcome, Proceed, StepFailedError
from knock_fake.workflows.preferences import decide
from knock_fake.workflows.scope import run_preference_layers, run_variables
from knock_fake.workflows.step_types import StepType
from knock_fake.workflows.templating import TemplateError, compile_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.channels import Channel
    from knock_fake.state.references import Reference
    from knock_fake.workflows.addresses import Address
    from knock_fake.workflows.content import ChannelTemplate
    from knock_fake.workflows.context import RunContext
    from knock_fake.workflows.templating import Template

MAX_ACTORS = 10
"""A message names at most this many actors (Knock's API reference)."""

_EMAIL_OVERRIDES = ("to_address", "from_address", "from_name", "reply_to_address", "cc_address", "bcc_address")
_SWITCHES = ("link_tracking", "open_tracking")


@dataclass(frozen=True, slots=True)
class ChannelStep:
    """A compiled channel step. Without a key it uses the world's first channel of its type."""

    channel_type: str
    channel_key: str | None
    template: ChannelTemplate
    overrides: Mapping[str, Template]

    def execute(self, context: RunContext) -> Outcome:
        """Check in Knock's order (channel, recipient data, preferences), render, enqueue."""
        channel = self._channel(context)
        if channel is None:
            return self._skip_unconfigured(context)
        variables = run_variables(context)
        overrides = self._render_overrides(variables)
        addresses = self._addresses(context, channel, overrides)
        if isinstance(addresses, Unreachable):
            facts: JsonObject = {"channel": channel.key, "channel_type": channel.type, "missing": addresses.needs}
            return context.skip("missing_recipient_data", facts)
        refused = self._refused_by_preferences(context, channel, variables)
        if refused is not None:
            return context.skip("preferences", refused)
        messages = [self._message(context, channel, address, variables) for address in addresses]
        for message in messages:
            self._enqueue(context, message)
        return Proceed()

    def resume(self, context: RunContext) -> Outcome:
        """Never called: a channel step does not wait for delivery."""
        return self.execute(context)

    def _channel(self, context: RunContext) -> Channel | None:
        channels = context.services.state.channels
        if self.channel_key is None:
            return channels.default_of(self.channel_type)
        channel = channels.by_key(self.channel_key)
        return channel if channel is not None and channel.type == self.channel_type else None

    def _skip_unconfigured(self, context: RunContext) -> Outcome:
        channels = context.services.state.channels
        key = self.channel_key or ""
        named = channels.by_key(key)
        remedy = nearest(key, [channel.key for channel in channels if channel.type == self.channel_type])
        if named is not None:
            problem = f"{key!r} is a channel of type {named.type!r}, the step is of type {self.channel_type!r}"
        else:
            problem = f"knock.channels.add({key!r}, type={self.channel_type!r})"
        facts: JsonObject = {
            "channel": self.channel_key,
            "channel_type": self.channel_type,
            "remedy": f"{problem}; {remedy}",
        }
        return context.skip("channel_not_configured", facts)

    def _addresses(
        self, context: RunContext, channel: Channel, overrides: Mapping[str, str]
    ) -> list[Address] | Unreachable:
        state, run = context.services.state, context.run
        recipient = state.recipients.get(run.recipient)
        if recipient is None:
            return Unreachable("the recipient, who was deleted")
        return find_addresses(channel, recipient, state.channel_data.of(run.recipient), overrides)

    def _refused_by_preferences(
        self, context: RunContext, channel: Channel, variables: JsonObject
    ) -> JsonObject | None:
        definition = context.definition
        layers = run_preference_layers(context)
        if layers is None:
            return None
        verdict = decide(
            layers.merged(),
            channel_id=channel.id,
            channel_type=channel.type,
            workflow=definition.key,
            categories=definition.categories,
            scope=_preference_scope(context, variables),
            is_commercial=definition.is_commercial,
            override=definition.override_preferences,
        )
        if verdict.allowed:
            return None
        decided_by = verdict.reason(layers.source_of(verdict.rule, verdict.value))
        return {
            "channel": channel.key,
            "channel_type": channel.type,
            "rule": verdict.rule,
            "value": verdict.value,
            "decided_by": decided_by,
        }

    def _render_overrides(self, variables: JsonObject) -> dict[str, str]:
        return {name: _render(template, variables) for name, template in self.overrides.items()}

    def _message(self, context: RunContext, channel: Channel, address: Address, variables: JsonObject) -> Message:
        services, run, step = context.services, context.run, context.step
        assert step is not None  # noqa: S101 - a message is only made by a step
        now = services.clock.now
        sequence = services.identifiers.next_sequence()
        message_id = services.identifiers.ksuid(sequence, now)
        at = show_instant(now)
        variables["current_message"] = {"id": message_id, "inserted_at": at, "updated_at": at}
        try:
            rendered = self.template.render(variables)
        except TemplateError as error:
            raise StepFailedError(str(error)) from error
        return Message(
            id=message_id,
            sequence=sequence,
            channel=channel,
            recipient=run.recipient,
            tenant=run.tenant,
            actors=_actors(context),
            source=MessageSource(
                run.workflow, run.version_id, context.definition.categories, step.ref, run.workflow_run_id, run.id
            ),
            data=run.data,
            content=assemble_content(channel.type, rendered, address.content, message_id),
            activities=run.activities,
            inserted_at=now,
            updated_at=now,
            recipient_snapshot=address.snapshot,
        )

    def _enqueue(self, context: RunContext, message: Message) -> None:
        services = context.services
        services.state.messages.insert(message)
        services.state.runs.add_message(context.run, message)
        facts: JsonObject = {"channel_type": message.channel.type, "message_id": message.id}
        context.record("message_enqueued", facts)
        services.dispatcher.enqueue(message, sandbox=context.run.settings.sandbox_mode)


def _actors(context: RunContext) -> tuple[Reference, ...]:
    found = dict.fromkeys(activity.actor for activity in context.run.activities)
    return tuple(actor for actor in found if actor is not None)[:MAX_ACTORS]


def _preference_scope(context: RunContext, variables: JsonObject) -> ConditionScope:
    """Preference conditions see the first activity's data, and no message statuses (Knock's docs on preferences)."""
    own = {**variables, "data": context.run.activities[0].data}
    return ConditionScope(own, context.services.clock.now, is_audience_member=context.is_audience_member)


def _render(template: Template, variables: JsonObject) -> str:
    try:
        return template.render(variables).strip()
    except TemplateError as error:
        raise StepFailedError(str(error)) from error


def compile_channel_step(step: JsonObject, place: str) -> ChannelStep:
    """Compile a channel step's JSON.

    Raises:
        WorkflowDefinitionError: the type is unknown, or it asks for what this version cannot honour.
    """
    channel_type = step.get("channel_type")
    if not isinstance(channel_type, str) or channel_type not in DEFAULT_PROVIDERS:
        remedy = nearest(str(channel_type), [*DEFAULT_PROVIDERS])
        raise WorkflowDefinitionError(f"{place}.channel_type: unknown channel type {channel_type!r}; {remedy}")
    if channel_type == "in_app_guide":
        remedy = "target the guide itself, by target_audience_key or target_property_conditions"
        raise WorkflowDefinitionError(f"{place}: guide steps cannot be honoured by this version; {remedy}")
    channel_key = step.get("channel_key")
    if channel_key is not None and not isinstance(channel_key, str):
        raise WorkflowDefinitionError(f"{place}.channel_key: must be text, not {channel_key!r}")
    for key, feature in (("channel_group_key", "channel groups"), ("send_windows", "send windows")):
        if step.get(key):
            raise WorkflowDefinitionError(
                f"{place}.{key}: {feature} cannot be honoured by this version; remove the key"
            )
    template = compile_channel_template(channel_type, step.get("template"), f"{place}.template")
    overrides = _compile_overrides(channel_type, step.get("channel_overrides"), f"{place}.channel_overrides")
    overrides.update(_own_number(channel_type, step.get("template"), f"{place}.template.settings.to_number"))
    return ChannelStep(channel_type, channel_key, template, overrides)


def _own_number(channel_type: str, template: Json, place: str) -> dict[str, Template]:
    """Return the number that an SMS template names in place of the recipient's, as an override of the address."""
    settings = template.get("settings") if channel_type == "sms" and isinstance(template, dict) else None
    number = settings.get("to_number") if isinstance(settings, dict) else None
    if number is None:
        return {}
    if not isinstance(number, str):
        raise WorkflowDefinitionError(f"{place}: must be text, not {number!r}")
    return {"to": compile_template(number, place)}


def _compile_overrides(channel_type: str, value: Json, place: str) -> dict[str, Template]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise WorkflowDefinitionError(f"{place}: must be an object, not {value!r}")
    known = (*_EMAIL_OVERRIDES, *_SWITCHES) if channel_type == "email" else _SWITCHES[:1]
    compiled = {}
    for name, override in value.items():
        if name not in known:
            raise WorkflowDefinitionError(
                f"{place}: unknown key {name!r} for {channel_type}; {nearest(str(name), known)}"
            )
        if name in _SWITCHES:
            _refuse_tracking(override, f"{place}.{name}")
        elif isinstance(override, str):
            compiled[name] = compile_template(override, f"{place}.{name}")
        elif override is not None:
            raise WorkflowDefinitionError(f"{place}.{name}: must be text, not {override!r}")
    return compiled


def _refuse_tracking(value: Json, place: str) -> None:
    if value not in (None, False):
        raise WorkflowDefinitionError(f"{place}: tracking cannot be honoured by this version; use false")


def _stem(step: JsonObject) -> str:
    return str(step.get("channel_type"))


STEP_TYPE = StepType(
    keys=frozenset(
        {"channel_type", "channel_key", "channel_group_key", "channel_overrides", "send_windows", "template"}
    ),
    compile=compile_channel_step,
    stem=_stem,
)

"""What a channel step says differently from its channel: addresses, switches, and JSON for the provider."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from knock_fake.errors import WorkflowDefinitionError, nearest
from knock_fake.workflows.content.fields import Fields
from knock_fake.workflows.content.json_template import JsonTemplate, read_json_template
from knock_fake.workflows.templating import compile_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.channels import Channel
    from knock_fake.workflows.templating import Template

_EMAIL_TEXTS = ("to_address", "from_address", "from_name", "reply_to_address", "cc_address", "bcc_address")
_JSON = "json_overrides"
_SWITCHES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "email": ("link_tracking", "open_tracking"),
        "sms": ("link_tracking",),
        "push": ("token_deregistration",),
        "chat": ("link_tracking", "email_based_user_id_resolution"),
        "in_app_feed": ("link_tracking",),
    }
)
_ON_BY_DEFAULT = frozenset({"token_deregistration"})
_OWN_ADDRESSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"sms": ("to_number", "to"), "chat": ("connection", "connection")}
)
"""The setting of a template that names another address than the recipient's, and what it overrides."""


@dataclass(frozen=True, slots=True)
class ChannelOverrides:
    """The compiled overrides of a step: texts by name, switches by name, and JSON for the provider's request."""

    texts: Mapping[str, Template]
    switches: Mapping[str, bool]
    payload: JsonTemplate | None

    def render(self, scope: Mapping[str, object]) -> dict[str, str]:
        """Return the texts for one set of variables.

        Raises:
            TemplateError: one cannot be rendered with these variables.
        """
        return {name: template.render(scope).strip() for name, template in self.texts.items()}

    def is_on(self, switch: str, channel: Channel) -> bool:
        """Whether something is switched on: by the step, or else by the channel, or else by default."""
        setting = self.switches.get(switch, channel.settings.get(switch))
        return setting if isinstance(setting, bool) else switch in _ON_BY_DEFAULT


def compile_channel_overrides(channel_type: str, step: JsonObject, place: str) -> ChannelOverrides:
    """Compile the overrides of a channel step, and the address that its template names in place of the recipient's.

    Raises:
        WorkflowDefinitionError: something is unknown or of a wrong type.
    """
    value, own = step.get("channel_overrides"), _own_address(channel_type, step.get("template"), place)
    overrides = _fields(value, channel_type, f"{place}.channel_overrides")
    switches = {name: overrides.flag(name) for name in _SWITCHES.get(channel_type, ()) if overrides.has(name)}
    texts = {name: template for name in _EMAIL_TEXTS if (template := overrides.template(name)) is not None}
    return ChannelOverrides(texts | own, switches, read_json_template(overrides, _JSON))


def _fields(value: Json, channel_type: str, place: str) -> Fields:
    if value is None:
        return Fields({}, place)
    if not isinstance(value, dict):
        raise WorkflowDefinitionError(f"{place}: must be an object, not {value!r}")
    switches = _SWITCHES.get(channel_type, ())
    known = (*_EMAIL_TEXTS, _JSON, *switches) if channel_type == "email" else switches
    for name in value:
        if name not in known:
            remedy = nearest(str(name), known) if known else "there are none"
            raise WorkflowDefinitionError(f"{place}: unknown key {name!r} for {channel_type}; {remedy}")
    return Fields(value, place)


def _own_address(channel_type: str, template: Json, place: str) -> dict[str, Template]:
    if channel_type not in _OWN_ADDRESSES or not isinstance(template, dict):
        return {}
    setting, override = _OWN_ADDRESSES[channel_type]
    settings = template.get("settings")
    source = settings.get(setting) if isinstance(settings, dict) else None
    if source is None:
        return {}
    where = f"{place}.template.settings.{setting}"
    if not isinstance(source, str):
        raise WorkflowDefinitionError(f"{where}: must be text, not {source!r}")
    return {override: compile_template(source, where)}

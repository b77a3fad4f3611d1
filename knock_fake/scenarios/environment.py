"""Configuring an environment from plain data: what scenarios and the control plane have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.json_types import as_text
from knock_fake.workflows.channel_groups import read_channel_group
from knock_fake.workflows.content.fields import read_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knock_fake.core import Core
    from knock_fake.json_types import Json, JsonObject

# Options of definitions that are Knock's own read-only fields and stand beside the document.
_ACTIVE = "active"


def define_channel(core: Core, key: str, entry: JsonObject) -> None:
    """Add a channel, or change sandbox, settings and conditions of one that is there.

    Raises:
        UsageError: the type or a setting is unknown, the id is taken, the conditions cannot be evaluated, or the
            channel that is there is of another type, or has another id, provider or name.
    """
    sandbox, conditions = entry.get("sandbox"), _mapping(entry, "conditions")
    if _is_there(core, key, entry):
        is_sandbox = sandbox if isinstance(sandbox, bool) else None
        core.channels.configure(key, sandbox=is_sandbox, settings=_mapping(entry, "settings"), conditions=conditions)
        return
    core.channels.add(
        key,
        type=str(entry["type"]),
        id=as_text(entry.get("id")),
        provider=as_text(entry.get("provider")),
        name=as_text(entry.get("name")),
        sandbox=sandbox is True,
        settings=_mapping(entry, "settings"),
        conditions=conditions,
    )


def _is_there(core: Core, key: str, entry: JsonObject) -> bool:
    """Whether an entry is about a channel that is there; one that says what cannot be changed is about another one."""
    channel = core.channels.by_key(key)
    if channel is None:
        return False
    fixed = {"type": channel.type, "id": channel.id, "provider": channel.provider, "name": channel.name}
    return all(entry.get(name, value) == value for name, value in fixed.items())


def _mapping(entry: JsonObject, name: str) -> JsonObject | None:
    value = entry.get(name)
    return value if isinstance(value, dict) else None


def _define_channel_group(core: Core, key: str, document: JsonObject) -> None:
    fields = read_fields(document, f"channel group {key!r}", ("name", "channel_type", "operator", "channel_rules"))
    named = {name: fields.values.get(name) for name in ("name", "channel_type", "channel_rules")}
    operator = fields.values.get("operator", "any")
    group = read_channel_group(
        key, named["name"], named["channel_type"], operator, named["channel_rules"], core.state.channels
    )
    core.state.channel_groups.put(group)


def _define_workflow(core: Core, key: str, document: JsonObject) -> None:
    core.workflows.add_json(key, _without_active(document), active=_is_active(document))


def _define_guide(core: Core, key: str, document: JsonObject) -> None:
    content = {name: value for name, value in _without_active(document).items() if name != "id"}
    core.guides.add_json(key, content, active=_is_active(document), guide_id=as_text(document.get("id")))


def _define_layout(core: Core, key: str, document: JsonObject) -> None:
    core.library.layouts.add_json(key, document)


def _define_partial(core: Core, key: str, document: JsonObject) -> None:
    core.library.partials.add_json(key, document)


def _define_message_type(core: Core, key: str, document: JsonObject) -> None:
    core.library.message_types.add_json(key, document)


def _define_translation(core: Core, key: str, document: JsonObject) -> None:
    """Add a translation named as its file is: ``en``, or with a namespace ``admin.en``."""
    namespace, _, locale = key.rpartition(".")
    core.library.translations.add(locale, document, namespace=namespace or None)


DEFINITIONS: Mapping[str, Callable[[Core, str, JsonObject], None]] = {
    "channel_groups": _define_channel_group,
    "layouts": _define_layout,
    "partials": _define_partial,
    "translations": _define_translation,
    "message_types": _define_message_type,
    "workflows": _define_workflow,
    "guides": _define_guide,
}
"""What is defined by a key and a document, in the order in which one kind may need another."""


def set_variable(core: Core, key: str, value: Json, *, public: bool) -> None:
    """Set an environment variable."""
    core.state.variables.set(key, value, public=public)


def set_branding(core: Core, properties: JsonObject) -> None:
    """Set the account's branding.

    Raises:
        UsageError, UsageTypeError: a property has a value that it cannot have.
    """
    texts: dict[str, str | None] = {}
    for name, value in properties.items():
        if not isinstance(value, str | None):
            raise UsageTypeError(f"branding: {name} must be text or null, not {value!r}")
        texts[name] = value
    core.state.branding.set(**texts)


def set_account(core: Core, settings: JsonObject) -> None:
    """Set locale and time zone of recipients who have none.

    Raises:
        UsageError: the locale has another form, or the time zone is unknown.
    """
    core.state.account.set_defaults(locale=as_text(settings.get("locale")), timezone=as_text(settings.get("timezone")))


def _without_active(document: JsonObject) -> JsonObject:
    return {name: value for name, value in document.items() if name != _ACTIVE}


def _is_active(document: JsonObject) -> bool:
    active = document.get(_ACTIVE, True)
    if not isinstance(active, bool):
        raise UsageError(f"active must be true or false, not {active!r}")
    return active

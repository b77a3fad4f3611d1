"""Resources of an environment as webhooks show them: in the shape of Knock's management API."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import orjson

from knock_fake.timestamps import show_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knock_fake.core import Core
    from knock_fake.json_types import JsonObject
    from knock_fake.signals import ResourceChanged, ResourceKind

_ENVIRONMENT = "development"


def show_resource(core: Core, signal: ResourceChanged) -> JsonObject | None:
    """Return the resource that a signal tells of, ``None`` when it is gone already.

    What the fake does not keep of a resource, such as a description, is left out; ``sha`` is made of the rest (our
    choice). The shape of a source event action is undocumented: it is that of the mapping of one in Knock's management
    API (our choice).
    """
    shown = _SHOWN[signal.kind](core, signal.key)
    if shown is None:
        return None
    created, updated = show_instant(signal.created_at), show_instant(signal.at)
    created_key = "inserted_at" if signal.kind in ("translation", "partial") else "created_at"
    return {**shown, created_key: created, "updated_at": updated}


def _workflow(core: Core, key: str) -> JsonObject | None:
    definition = core.workflows.get(key)
    if definition is None:
        return None
    given = {name: value for name, value in definition.document.items() if value is not None}
    document: JsonObject = {"name": definition.name, "trigger_frequency": definition.trigger_frequency, **given}
    is_active = core.workflows.is_active(key)
    return {"key": key, **document, "active": is_active, "valid": True, **_version(document)}


def _email_layout(core: Core, key: str) -> JsonObject | None:
    layout = core.library.layouts.get(key)
    if layout is None:
        return None
    document: JsonObject = {
        "name": layout.name,
        "html_layout": layout.html.source,
        "text_layout": layout.text.source,
        "footer_links": [{"text": one.text.source, "url": one.url.source} for one in layout.footer_links],
        "is_mjml": layout.is_mjml,
        "branding_overrides": layout.branding_overrides,
    }
    return {"key": key, **document, **_version(document)}


def _partial(core: Core, key: str) -> JsonObject | None:
    partial = core.library.partials.get(key)
    if partial is None:
        return None
    return {
        "key": key,
        "name": partial.name,
        "type": partial.type,
        "content": partial.content.source,
        "visual_block_enabled": partial.is_visual_block,
        "valid": True,
        "environment": _ENVIRONMENT,
    }


def _translation(core: Core, ref: str) -> JsonObject | None:
    found = next((one for one in core.library.translations if one.ref == ref), None)
    if found is None:
        return None
    content = orjson.dumps(found.content).decode()
    shown: JsonObject = {"locale_code": found.locale, "namespace": found.namespace, "content": content}
    return {**shown, "format": "json", **({} if found.tenant is None else {"tenant": found.tenant})}


def _source_event_action(core: Core, key: str) -> JsonObject | None:
    found = core.state.sources.find(key)
    if found is None:
        return None
    event, mapping = found
    parameters: JsonObject = {"key": mapping.workflow, **mapping.paths}
    shown: JsonObject = {"event_type": event, "action_type": "workflows_trigger", "action_parameters": parameters}
    return {**shown, "active": True, "is_deleted": False}


_SHOWN: Mapping[ResourceKind, Callable[[Core, str], JsonObject | None]] = {
    "workflow": _workflow,
    "email_layout": _email_layout,
    "partial": _partial,
    "translation": _translation,
    "source_event_action": _source_event_action,
}


def _version(document: JsonObject) -> JsonObject:
    digest = sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return {"environment": _ENVIRONMENT, "sha": digest}

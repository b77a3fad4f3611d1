"""Preference sets of users and objects: list, read, write, remove, in whole and by section, and in bulk.

Users and objects have the same model, so one function answers both; each path is declared on its own.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from knock_fake.api.bulk import applier, start_bulk_operation
from knock_fake.api.message_filters import text, texts
from knock_fake.api.path_recipients import ensure_recipient, path_recipient
from knock_fake.api.shown_bulk_operations import show_bulk_operation
from knock_fake.api.shown_preferences import show_preference_set
from knock_fake.errors import invalid_field
from knock_fake.gateway.authentication import reaches
from knock_fake.gateway.operations import Resource
from knock_fake.json_types import as_object
from knock_fake.state.preferences import DEFAULT_SET, SECTIONS
from knock_fake.state.references import user
from knock_fake.state.unread_preferences import unread_keys, unread_sets
from knock_fake.workflows.preference_layers import layers_of_set
from knock_fake.workflows.preferences import STRATEGY, deep_merge_preferences
from knock_fake.workflows.scope import tenant_preferences

if TYPE_CHECKING:
    from knock_fake.core import Core
    from knock_fake.gateway.operations import Endpoint, Request
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.references import Reference

user_preferences = Resource("users")
object_preferences = Resource("objects")

_USER = "/v1/users/{user_id}/preferences"
_OBJECT = "/v1/objects/{collection}/{object_id}/preferences"
_SET = "preferences/preference_set"
_BULK_SET = "preferences.set"
_FINER_SETTINGS = ("channel_types", "channels", "conditions", STRATEGY)


@user_preferences.operation(
    "list_preferences",
    "GET",
    _USER,
    tier=4,
    public_key="documented",
    ability="preferences/read",
    response="preferences/preference_sets",
)
@object_preferences.operation("list_preferences", "GET", _OBJECT, tier=4, response="preferences/preference_sets")
def list_preferences(request: Request) -> Json:
    """Return a recipient's sets as they are stored, in order of their first writing.

    A recipient that has none, or that nobody identified, gives an empty list, and no defaults are merged in
    (undocumented by Knock: our choices). A user token that is narrowed to tenants sees the sets of those.
    """
    owner = path_recipient(request)
    return [
        show_preference_set(set_id, preferences)
        for set_id, preferences in request.core.state.preferences.of(owner).items()
        if reaches(request, owner, None if set_id == DEFAULT_SET else set_id)
    ]


@user_preferences.operation(
    "get_preferences",
    "GET",
    f"{_USER}/{{id}}",
    tier=4,
    public_key="documented",
    ability="preferences/read",
    query="preferences/get_query",
    response=_SET,
)
@object_preferences.operation(
    "get_preferences",
    "GET",
    f"{_OBJECT}/{{id}}",
    tier=4,
    query="preferences/get_query",
    response=_SET,
)
def get_preferences(request: Request) -> Json:
    """Return one set with the defaults of tenant and environment under it; it never answers 404 (Knock's docs).

    The tenant is that of the query, else the one that the set is named after.
    """
    state, set_id = request.core.state, request.params["id"]
    tenant = text(request.query, "tenant") or (None if set_id == DEFAULT_SET else set_id)
    own = state.preferences.of(path_recipient(request)).get(set_id)
    environment_default = state.preferences.environment_default
    layers = layers_of_set(set_id, own, tenant, tenant_preferences(state, tenant), environment_default)
    return show_preference_set(set_id, layers.merged())


@user_preferences.operation(
    "set_preferences",
    "PUT",
    f"{_USER}/{{id}}",
    tier=3,
    public_key="documented",
    ability="preferences/write",
    body="preferences/preference_set_request",
    response=_SET,
)
@object_preferences.operation(
    "set_preferences",
    "PUT",
    f"{_OBJECT}/{{id}}",
    tier=3,
    body="preferences/preference_set_request",
    response=_SET,
)
def set_preferences(request: Request) -> Json:
    """Replace a set, or merge into it with ``"__persistence_strategy__": "merge"``; return it as it is stored.

    A recipient that nobody identified comes into being (Knock's API reference). That the defaults are not merged
    into the answer is our choice.
    """
    written = _sections(request.body)
    _remark(request, request.body)
    if request.body.get("__persistence_strategy__") == "merge":
        written = deep_merge_preferences(_stored(request), written)
    return _write(request, written)


@user_preferences.operation(
    "unset_preferences",
    "DELETE",
    f"{_USER}/{{id}}",
    tier=3,
    status=204,
    reference="current",
)
@object_preferences.operation(
    "unset_preferences", "DELETE", f"{_OBJECT}/{{id}}", tier=3, status=204, reference="current"
)
def unset_preferences(request: Request) -> Json:
    """Remove a set; one that was never stored is gone already (our choice)."""
    request.core.state.preferences.delete(path_recipient(request), request.params["id"])
    return None


@user_preferences.operation(
    "bulk.set_preferences",
    "POST",
    "/v1/users/bulk/preferences",
    tier=1,
    body="preferences/bulk_set_request",
    response="bulk_operations/bulk_operation",
)
def bulk_set_preferences(request: Request) -> Json:
    """Replace one set of up to 1,000 users, who come into being if need be; without ``id`` it is ``default``."""
    preferences = as_object(request.body["preferences"])
    set_id = str(preferences.get("id") or DEFAULT_SET)
    rows = [(user(identifier), identifier) for identifier in texts(request.body, "user_ids")]
    request.core.state.remark(unread_sets({set_id: preferences}))
    common: JsonObject = {"id": set_id, "preferences": _sections(preferences)}
    return show_bulk_operation(start_bulk_operation(request, "users.set_preferences", _BULK_SET, rows, common))


@applier(_BULK_SET)
def _set_for(core: Core, common: JsonObject, row: Json) -> None:
    preferences = common["preferences"]
    _replace(core, str(common["id"]), as_object(preferences), user(str(row)))


def _replace(core: Core, set_id: str, preferences: JsonObject, reference: Reference) -> None:
    ensure_recipient(core, reference)
    core.state.preferences.put(reference, set_id, preferences)


def _sections(body: JsonObject) -> JsonObject:
    """Return what a body says, section by section; ``null`` says nothing."""
    return {name: body[name] for name in SECTIONS if body.get(name) is not None}


def _stored(request: Request) -> JsonObject:
    return request.core.state.preferences.of(path_recipient(request)).get(request.params["id"], {})


def _remark(request: Request, said: JsonObject) -> None:
    """Say on the side what nothing reads of what a body says."""
    request.core.state.remark(f"preference set {request.params['id']!r}: {unread}" for unread in unread_keys(said))


def _write(request: Request, preferences: JsonObject) -> JsonObject:
    set_id = request.params["id"]
    _replace(request.core, set_id, preferences, path_recipient(request))
    return show_preference_set(set_id, preferences)


def _set_section(section: str, request: Request) -> Json:
    """Replace a whole section; that keys which are not sent go away is our choice."""
    _remark(request, {section: request.body})
    return _write(request, {**_stored(request), section: request.body})


def _set_entry(section: str, parameter: str, request: Request) -> Json:
    """Set one workflow, category or channel type and leave the others of its section."""
    if request.params[parameter] == STRATEGY:
        raise invalid_field(parameter, f"must not be {STRATEGY}, which is no {parameter}", "invalid")
    stored = _stored(request)
    entries = as_object(stored.get(section))
    setting = _setting(request.body, ("conditions",) if section == "channel_types" else _FINER_SETTINGS)
    _remark(request, {section: {request.params[parameter]: setting}})
    return _write(request, {**stored, section: {**entries, request.params[parameter]: setting}})


def _setting(body: JsonObject, finer_settings: tuple[str, ...]) -> Json:
    """Return what ``{"subscribed": ...}`` or a setting object is stored as; a no leaves nothing finer to say."""
    finer = {key: body[key] for key in finer_settings if body.get(key) is not None}
    return finer if finer and body.get("subscribed") is not False else bool(body["subscribed"])


def _declare_setters(name: str, path: str, body: str, endpoint: Endpoint) -> None:
    """Declare one of the deprecated setters for users and for objects."""
    user_preferences.operation(
        name,
        "PUT",
        f"{_USER}/{{id}}/{path}",
        tier=3,
        public_key="client_sdk",
        ability="preferences/write",
        body=body,
        response=_SET,
        reference="current",
    )(endpoint)
    object_preferences.operation(
        name, "PUT", f"{_OBJECT}/{{id}}/{path}", tier=3, body=body, response=_SET, reference="current"
    )(endpoint)


for _section, _parameter, _plural, _singular, _whole, _single in (
    ("workflows", "key", "set_workflows", "set_workflow", "settings", "setting_request"),
    ("categories", "key", "set_categories", "set_category", "settings", "setting_request"),
    ("channel_types", "type", "set_channel_types", "set_channel_type", "channel_settings", "channel_setting_request"),
):
    _declare_setters(f"{_plural}_preferences", _section, f"preferences/{_whole}", partial(_set_section, _section))
    _declare_setters(
        f"{_singular}_preferences",
        f"{_section}/{{{_parameter}}}",
        f"preferences/{_single}",
        partial(_set_entry, _section, _parameter),
    )

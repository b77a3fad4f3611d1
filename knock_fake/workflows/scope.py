"""The variables that templates and conditions of a run see (Knock's docs on template variables)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.state.references import TENANTS, Reference
from knock_fake.timestamps import show_instant
from knock_fake.workflows.condition_operators import highest_status, tested_message
from knock_fake.workflows.condition_values import ConditionError
from knock_fake.workflows.people import ShownPeople, locale_of
from knock_fake.workflows.preference_layers import PreferenceLayers, layers_of_run
from knock_fake.workflows.scopes import Scope
from knock_fake.workflows.vars import run_vars

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.state import State
    from knock_fake.state.activities import Activity
    from knock_fake.state.runs import Run
    from knock_fake.workflows.context import RunContext


def run_preference_layers(context: RunContext) -> PreferenceLayers | None:
    """Return the sets that a run's preferences are merged from, or ``None`` when nobody has said anything."""
    state, run = context.services.state, context.run
    stored = state.preferences.of(run.recipient)
    tenant_default = tenant_preferences(state, run.tenant)
    environment_default = state.preferences.environment_default
    if not stored and tenant_default is None and environment_default is None:
        return None
    return layers_of_run(stored, run.tenant, tenant_default, environment_default)


def run_preferences(context: RunContext) -> JsonObject:
    """Return the preference set that applies to a run; empty when nobody has said anything."""
    layers = run_preference_layers(context)
    return layers.merged() if layers is not None else {}


def tenant_preferences(state: State, tenant: str | None) -> JsonObject | None:
    """Return a tenant's default preference set (``settings.preference_set``), if it has one."""
    record = state.recipients.get(Reference(TENANTS, tenant)) if tenant is not None else None
    settings = record.properties.get("settings") if record else None
    preferences = settings.get("preference_set") if isinstance(settings, dict) else None
    return preferences if isinstance(preferences, dict) else None


def run_variables(context: RunContext) -> Scope:
    """Return every root variable of a run, as the scope of its templates.

    Keys of ``data`` stand at the root too but never hide the others.
    """
    state, run = context.services.state, context.run
    people = ShownPeople(state)
    digest, data = run.digest, run.data
    totals: JsonObject = {"total_activities": digest.total_activities, "total_actors": digest.total_actors}
    variables: JsonObject = {
        **data,
        "data": data,
        "recipient": _with_preferences(context, _with_schedule(run, _with_subscription(run, people))),
        "actor": people.show(run.actor),
        "tenant": people.show(Reference(TENANTS, run.tenant) if run.tenant is not None else None),
        "vars": run_vars(context),
        "workflow": _workflow(context),
        "refs": step_refs(context),
        "run": totals,
        "activities": [_activity(context, activity, people) for activity in digest.activities],
        "actors": [people.show(actor) for actor in digest.actors],
        **totals,
        "timestamp": show_instant(context.services.clock.now),
    }
    library = context.services.library
    return Scope(variables, library, state, tenant=run.tenant, locale=locale_of(people.show(run.recipient)))


def step_refs(context: RunContext) -> JsonObject:
    """Return what earlier steps left for later ones, by their ref: results of waits, and how messages are doing.

    A channel step that made no message counts as skipped, as in conditions. ``status`` is the highest of all statuses
    that its message has. A message that is out of retention says nothing (our choice).
    """
    run = context.run
    refs: JsonObject = {}
    for step in context.definition.steps[: run.position]:
        if step.type == "channel":
            refs[step.ref] = _message_ref(context, step.ref)
    return {**refs, **(run.walk.refs or {})}


def _message_ref(context: RunContext, ref: str) -> JsonObject | None:
    try:
        message = tested_message(context.message_statuses(ref))
    except ConditionError:  # it has expired
        return None
    return {
        "delivery_status": message.delivery,
        "engagement_status": [*sorted(message.engagements)],
        "status": highest_status(message),
    }


def _with_subscription(run: Run, people: ShownPeople) -> JsonObject | None:
    """Return the recipient; one whom a subscription led to carries its properties, and the object subscribed to."""
    recipient, path = people.show(run.recipient), run.subscription
    if recipient is None or path is None:
        return recipient
    return {**recipient, "subscription": {**(path.properties or {}), "object": people.show(path.object)}}


def _with_schedule(run: Run, recipient: JsonObject | None) -> JsonObject | None:
    return (
        recipient
        if recipient is None or run.origin.schedule is None
        else {**recipient, "schedule": run.origin.schedule}
    )


def _with_preferences(context: RunContext, recipient: JsonObject | None) -> JsonObject | None:
    preferences = run_preferences(context)
    return recipient if recipient is None or not preferences else {**recipient, "preferences": preferences}


def _workflow(context: RunContext) -> JsonObject:
    definition = context.definition
    return {
        "id": definition.version_id,
        "key": definition.key,
        "name": definition.name,
        "categories": list(definition.categories),
        "commercial": definition.is_commercial,
        "override_preferences": definition.override_preferences,
        "cancellation_key": context.run.source.cancellation_key,
    }


def _activity(context: RunContext, activity: Activity, people: ShownPeople) -> JsonObject:
    at = show_instant(activity.at)
    return {
        **activity.data,
        "id": context.services.identifiers.ksuid(activity.sequence, activity.at),
        "inserted_at": at,
        "updated_at": at,
        "actor": people.show(activity.actor),
        "recipient": people.show(activity.recipient),
        "data": activity.data,
    }

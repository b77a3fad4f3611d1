"""What a run's templates see as ``vars``: environment variables, branding, addresses for the recipient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.delivery.entry_urls import unsubscribe_url
from knock_fake.state.branding import resolve_branding
from knock_fake.state.references import TENANTS, Reference
from knock_fake.workflows.links import preference_center_url, sign

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state import State
    from knock_fake.workflows.context import RunContext


def run_vars(context: RunContext) -> JsonObject:
    """Return the variables of a run.

    ``manage_preferences_url`` is there for users, ``commercial_unsubscribe_url`` in commercial workflows only (Knock's
    docs on both).
    """
    run = context.run
    found = shared_vars(context.services.state, run.tenant)
    if run.recipient.is_user:
        found["manage_preferences_url"] = preference_center_url(_token(context))
    if context.definition.is_commercial:
        found["commercial_unsubscribe_url"] = unsubscribe_url(run.recipient)
    return found


def shared_vars(state: State, tenant: str | None, overrides: JsonObject | None = None) -> JsonObject:
    """Return the variables that everybody sees.

    Args:
        state: the world's stores.
        tenant: whose branding goes before the account's, property by property.
        overrides: the branding of an email layout, which goes before the account's, too, but not before a tenant's
            (our choice).
    """
    variables = state.variables.all()
    of_tenant = _tenant_branding(state, tenant)
    branding = resolve_branding(variables.get("branding"), state.branding.get(), overrides, of_tenant)
    return {**variables, "branding": branding}


def _tenant_branding(state: State, tenant: str | None) -> Json:
    record = state.recipients.get(Reference(TENANTS, tenant)) if tenant is not None else None
    settings = record.properties.get("settings") if record is not None else None
    return settings.get("branding") if isinstance(settings, dict) else None


def _token(context: RunContext) -> str:
    clock, identifiers = context.services.clock, context.services.identifiers
    return sign({"sub": context.run.recipient.id, "env": identifiers.environment, "iat": int(clock.now.timestamp())})

"""Moments that a run's data decides: a path that leads to a timestamp, a duration or a window rule."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from knock_fake.errors import UsageError, WorkflowDefinitionError
from knock_fake.timestamps import parse_instant
from knock_fake.workflows.condition_values import show_json
from knock_fake.workflows.paths import MISSING, look_up, split_path
from knock_fake.workflows.spans import add_span
from knock_fake.workflows.window_rules import next_match

if TYPE_CHECKING:
    from datetime import datetime

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state import State
    from knock_fake.state.references import Reference
    from knock_fake.workflows.context import RunContext
    from knock_fake.workflows.paths import Missing

ROOTS = ("data", "recipient", "actor", "tenant", "vars")
"""The scopes that a field path may begin with."""


def check_field_path(value: Json, place: str) -> str:
    """Return a field path.

    Raises:
        WorkflowDefinitionError: it is no dotted path into one of the scopes.
    """
    if not isinstance(value, str) or split_path(value, ROOTS) is None:
        remedy = "write a path such as 'data.remind_at'; it begins with " + ", ".join(f"{root}." for root in ROOTS)
        raise WorkflowDefinitionError(f"{place}: {value!r} is no field path: {remedy}")
    return value


def recipient_zone(context: RunContext) -> ZoneInfo:
    """Return the recipient's time zone, or the account's."""
    return zone_of(context.services.state, context.run.recipient)


def zone_of(state: State, reference: Reference) -> ZoneInfo:
    """Return the time zone of a recipient, or the account's for one that is unknown or has none."""
    recipient = state.recipients.get(reference)
    return ZoneInfo((recipient.text("timezone") if recipient else None) or state.account.defaults.timezone)


def resolve_moment(context: RunContext, variables: JsonObject, path: str) -> datetime:
    """Return the moment that a field path leads to, by Knock's rules for dynamic windows.

    A timestamp is that moment, a duration counts from now, a window rule gives its next match.

    Raises:
        UsageError: nothing is there, or it is none of these; the message says what was found.
    """
    value = look_up(variables, split_path(path, ROOTS) or ())
    now, zone = context.services.clock.now, recipient_zone(context)
    if isinstance(value, str):
        return _timestamp(value, path)
    if isinstance(value, dict) and "frequency" in value:
        return next_match(value, now, zone)
    if isinstance(value, dict):
        return add_span(now, value, zone)
    raise UsageError(f"{path} is {_show(value)}, which is no timestamp, duration or window rule")


def _timestamp(text: str, path: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError:
        raise UsageError(f"{path} is {text!r}, which is no ISO-8601 timestamp") from None


def _show(value: Json | Missing) -> str:
    return "not set" if value is MISSING else show_json(value)

"""What schedule calls ask for: whom, when, and with what. All is checked before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.api.schedule_timing import expect_first
from knock_fake.errors import UsageError, invalid_field
from knock_fake.json_types import as_list
from knock_fake.state.schedules import Plan
from knock_fake.timestamps import parse_instant
from knock_fake.workflows.identification import read_identification, read_tenant
from knock_fake.workflows.triggering import (
    People,
    check_people,
    identify_people,
    require_workflow,
)
from knock_fake.workflows.window_rules import read_window_rule

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from knock_fake.core import Core
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.schedules import Schedule

_RULE_FIELDS = ("frequency", "interval", "days", "day_of_month", "hours", "minutes")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOMENTS = ("repeats", "scheduled_at")
_TIMING = (*_MOMENTS, "ending_at")


@dataclass(frozen=True, slots=True)
class Draft:
    """One request for schedules, read and checked: one for each distinct recipient."""

    workflow: str
    people: People
    plan: Plan


def read_draft(core: Core, body: JsonObject, recipients: Sequence[tuple[str, Json]], prefix: str = "") -> Draft:
    """Read and check a request for schedules.

    Args:
        core: the parts of the world.
        body: what the request says, having passed its schema.
        recipients: each with its place in the request.
        prefix: what the places of all other fields begin with.

    Raises:
        ApiError: the workflow or the actor is unknown, somebody inline or a moment cannot be stored.
    """
    workflow = str(body["workflow"])
    # A workflow that is switched off now may be on when the moment comes (our choice).
    require_workflow(core.workflows, workflow, must_be_active=False)
    people = _read_people(body, recipients, prefix)
    check_people(core.state, people)
    plan = Plan(
        actor=people.actor_reference,
        tenant=people.tenant_id,
        data=_object(body.get("data")),
        repeats=_read_repeats(body.get("repeats"), f"{prefix}repeats"),
        scheduled_at=_read_instant(body, "scheduled_at", prefix),
        ending_at=_read_instant(body, "ending_at", prefix),
    )
    _check_moment(core, plan, prefix)
    return Draft(workflow, people, plan)


def create_schedules(core: Core, draft: Draft, schedule_id: str | None = None) -> list[Schedule]:
    """Identify who is inline, then make one schedule for each distinct recipient; an id given is the only one's.

    Raises:
        ApiError: the id is taken.
    """
    if schedule_id is not None and core.state.schedules.get(schedule_id) is not None:
        raise invalid_field("id", f"is taken: there is a schedule {schedule_id!r} already", "taken")
    definition = core.workflows.get_or_make_up(draft.workflow)
    identify_people(core.state, draft.people)
    references = dict.fromkeys(one.reference for one in draft.people.recipients)
    created = [
        core.state.schedules.create(definition.key, reference, draft.plan, schedule_id) for reference in references
    ]
    for schedule in created:
        expect_first(core, schedule)
    return created


def change_schedules(core: Core, schedules: Sequence[Schedule], body: JsonObject) -> None:
    """Give schedules what a request says and leave the rest as it is.

    A start without rules makes a schedule a one-off (Knock's docs on schedules). ``null`` takes a value away
    (our choice).

    Raises:
        ApiError: the actor is unknown, somebody inline or a moment cannot be stored; no schedule has changed then.
    """
    people = _read_people(body, (), "")
    check_people(core.state, people)
    plans = [_changed(schedule.plan, body, people) for schedule in schedules]
    if any(key in body for key in _MOMENTS):
        for plan in plans:
            _check_moment(core, plan, "")
    identify_people(core.state, people)
    for schedule, plan in zip(schedules, plans, strict=True):
        core.state.schedules.change(schedule, plan)
        if any(key in body for key in _TIMING):
            expect_first(core, schedule)


def _changed(plan: Plan, body: JsonObject, people: People) -> Plan:
    becomes_one_off = body.get("scheduled_at") is not None or "repeats" in body
    return Plan(
        actor=people.actor_reference if "actor" in body else plan.actor,
        tenant=people.tenant_id if "tenant" in body else plan.tenant,
        data=_object(body.get("data")) if "data" in body else plan.data,
        repeats=_read_repeats(body.get("repeats"), "repeats") if becomes_one_off else plan.repeats,
        scheduled_at=_read_instant(body, "scheduled_at", "") if "scheduled_at" in body else plan.scheduled_at,
        ending_at=_read_instant(body, "ending_at", "") if "ending_at" in body else plan.ending_at,
    )


def _read_people(body: JsonObject, recipients: Sequence[tuple[str, Json]], prefix: str) -> People:
    actor = body.get("actor")
    return People(
        [read_identification(value, field) for field, value in recipients],
        read_identification(actor, f"{prefix}actor") if actor is not None else None,
        read_tenant(body.get("tenant"), f"{prefix}tenant"),
    )


def _check_moment(core: Core, plan: Plan, prefix: str) -> None:
    """Refuse a one-off without a moment, or with one that is past (our choice)."""
    if plan.repeats:
        return
    if plan.scheduled_at is None:
        raise invalid_field(f"{prefix}scheduled_at", "is required when there are no repeats", "required")
    if plan.scheduled_at < core.clock.now:
        raise invalid_field(f"{prefix}scheduled_at", "is in the past", "range")


def _read_instant(body: JsonObject, key: str, prefix: str) -> datetime | None:
    text = body.get(key)
    if not isinstance(text, str):
        return None
    try:
        return parse_instant(text)
    except ValueError:
        raise invalid_field(f"{prefix}{key}", "must be an ISO-8601 timestamp", "format") from None


def _read_repeats(value: Json, field: str) -> tuple[JsonObject, ...]:
    rules = as_list(value)
    return tuple(_read_rule(rule, f"{field}.{index}") for index, rule in enumerate(rules) if isinstance(rule, dict))


def _read_rule(rule: JsonObject, field: str) -> JsonObject:
    """Return a rule as Knock shows it, ``weekdays`` and ``weekends`` written out (our choice)."""
    known = {key: rule.get(key) for key in _RULE_FIELDS}
    try:
        read = read_window_rule({**known}, field)
    except UsageError as error:
        raise invalid_field(field, f"is no repeat rule: {error}", "invalid") from None
    days: list[Json] = [_DAYS[day] for day in sorted(read.days)]
    shown_days = days if known["days"] is not None else None
    return {"__typename": "ScheduleRepeat", **known, "interval": read.interval, "days": shown_days}


def _object(value: Json) -> JsonObject | None:
    return value if isinstance(value, dict) else None

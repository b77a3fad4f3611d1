"""How schedules are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.api.shown_recipients import show_reference_in_full
from knock_fake.timestamps import show_instant, show_optional_instant

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.state import State
    from knock_fake.state.schedules import Schedule


def show_schedule(state: State, schedule: Schedule) -> JsonObject:
    """Return a schedule, recipient and actor in full; occurrences are shown in UTC."""
    plan = schedule.plan
    return {
        "__typename": "Schedule",
        "id": schedule.id,
        "workflow": schedule.workflow,
        "recipient": show_reference_in_full(state, schedule.recipient),
        "actor": show_reference_in_full(state, plan.actor) if plan.actor is not None else None,
        "tenant": plan.tenant,
        "data": plan.data,
        "repeats": [*plan.repeats],
        "last_occurrence_at": show_optional_instant(schedule.last_occurrence_at),
        "next_occurrence_at": show_optional_instant(schedule.next_occurrence_at),
        "inserted_at": show_instant(schedule.inserted_at),
        "updated_at": show_instant(schedule.updated_at),
    }

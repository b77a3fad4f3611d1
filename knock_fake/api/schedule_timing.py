"""When schedules are due, and what happens then."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from knock_fake.state.runs import DEFAULT_SETTINGS, TriggerSource
from knock_fake.timers import Task
from knock_fake.timestamps import show_optional_instant
from knock_fake.workflows.moments import zone_of
from knock_fake.workflows.starting import Trigger
from knock_fake.workflows.triggering import start_stored
from knock_fake.workflows.window_rules import next_occurrence, read_window_rule

if TYPE_CHECKING:
    from datetime import datetime

    from knock_fake.core import Core
    from knock_fake.json_types import Json
    from knock_fake.state.schedules import Schedule

OCCUR = "schedule.occur"
"""The task of a schedule, with its id."""

_INSTANT = timedelta(microseconds=1)


def expect_first(core: Core, schedule: Schedule) -> None:
    """Plan the next occurrence of a schedule whose timing is new.

    That is the first match at or after its start, or, without a start to come, the first one after now (our choice).
    """
    start, now = schedule.plan.scheduled_at, core.clock.now
    is_to_come = start is not None and start >= now and start != schedule.last_occurrence_at
    _expect_after(core, schedule, start - _INSTANT if start is not None and is_to_come else now)


def expect_for_another(core: Core, schedule: Schedule) -> None:
    """Let what a schedule expects happen for the recipient that it has by now, at the moment that it is planned for."""
    _wait_for(core, schedule, schedule.next_occurrence_at)


def _expect_after(core: Core, schedule: Schedule, after: datetime) -> None:
    _wait_for(core, schedule, _next_moment(core, schedule, after))


def _wait_for(core: Core, schedule: Schedule, due: datetime | None) -> None:
    label = f"schedule due: {schedule.workflow} for {schedule.recipient}"
    timer = core.clock.call_at(due, Task(OCCUR, schedule.id), label) if due is not None else None
    core.state.schedules.expect(schedule, due, timer)


def _next_moment(core: Core, schedule: Schedule, after: datetime) -> datetime | None:
    """Return the earliest match of any rule after an instant, as long as the schedule has not ended by then.

    The zone is the one that the recipient has when an occurrence is planned: on creation, on a change of the timing,
    and whenever the one before was due (our choice).
    """
    plan = schedule.plan
    if plan.repeats:
        zone = zone_of(core.state, schedule.recipient)
        rules = (read_window_rule(rule, "repeats") for rule in plan.repeats)
        matches = (next_occurrence(rule, schedule.anchor, after, zone) for rule in rules)
        found = min((match for match in matches if match is not None), default=None)
    else:
        found = plan.scheduled_at if plan.scheduled_at is not None and plan.scheduled_at > after else None
    is_over = found is not None and plan.ending_at is not None and found > plan.ending_at
    return None if is_over else found


def register_tasks(core: Core) -> None:
    """Tell the world's clock what schedules do when they are due."""
    core.clock.on(OCCUR, partial(_occur, core))


def _occur(core: Core, schedule_id: Json) -> None:
    """Run the workflow, by its version of now, and plan the next occurrence; one that is switched off does not run.

    The run sees the schedule's occurrence before this one and the one after it (our choice).
    """
    schedule = core.state.schedules.get(str(schedule_id))
    if schedule is None:
        return
    before = schedule.last_occurrence_at
    _expect_after(core, schedule, core.clock.now)
    definition = core.workflows.get(schedule.workflow)
    if definition is None or not core.workflows.is_active(schedule.workflow):
        what = "was archived" if definition is None else "is switched off"
        core.clock.note(f"schedule skipped: workflow {schedule.workflow} {what}")
        return
    core.state.schedules.record_occurrence(schedule)
    trigger = Trigger(
        workflow_run_id=core.identifiers.uuid(core.identifiers.next_sequence()),
        actor=schedule.plan.actor,
        tenant=schedule.plan.tenant,
        source=TriggerSource("schedule", schedule_id=schedule.id),
        settings=DEFAULT_SETTINGS,
        schedule={
            "id": schedule.id,
            "last_occurrence_at": show_optional_instant(before),
            "next_occurrence_at": show_optional_instant(schedule.next_occurrence_at),
        },
    )
    start_stored(core.services, definition, trigger, schedule.recipient, schedule.plan.data)

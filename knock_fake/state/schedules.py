"""Schedules: a workflow that runs for one recipient at a later moment, or again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from knock_fake.state.index import Index

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from knock_fake.clock import VirtualClock
    from knock_fake.identifiers import Identifiers
    from knock_fake.json_types import JsonObject
    from knock_fake.state.references import Reference
    from knock_fake.timers import Timer


@dataclass(frozen=True, slots=True)
class Plan:
    """What a schedule is asked to do: when, and with what.

    ``repeats`` are the rules as Knock shows them; without any there is one occurrence, at ``scheduled_at``. With
    rules ``scheduled_at`` is where they start; nothing happens after ``ending_at``.
    """

    actor: Reference | None = None
    tenant: str | None = None
    data: JsonObject | None = None
    repeats: tuple[JsonObject, ...] = ()
    scheduled_at: datetime | None = None
    ending_at: datetime | None = None


@dataclass(slots=True)
class Schedule:
    """One schedule. ``timer`` waits for ``next_occurrence_at``; both are ``None`` when nothing is left to come."""

    id: str
    sequence: int
    workflow: str
    recipient: Reference
    plan: Plan
    inserted_at: datetime
    updated_at: datetime
    next_occurrence_at: datetime | None = None
    last_occurrence_at: datetime | None = None
    timer: Timer | None = None

    @property
    def anchor(self) -> datetime:
        """The moment that intervals are counted from: the start, or else the creation (our choice)."""
        return self.plan.scheduled_at or self.inserted_at


class ScheduleStore:
    """The schedules of a world, with an index for everything that lists name."""

    def __init__(self, clock: VirtualClock, identifiers: Identifiers) -> None:
        self._clock = clock
        self._identifiers = identifiers
        self._by_id: dict[str, Schedule] = {}
        self._by_workflow: Index[str, Schedule] = Index()
        self._by_recipient: Index[Reference, Schedule] = Index()
        self._by_tenant: Index[str | None, Schedule] = Index()

    def __iter__(self) -> Iterator[Schedule]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, schedule_id: str) -> Schedule | None:
        """Return the schedule with this id."""
        return self._by_id.get(schedule_id)

    def of_workflow(self, key: str) -> Sequence[Schedule]:
        """Return a workflow's schedules in order of creation."""
        return self._by_workflow.of(key)

    def of_recipient(self, reference: Reference) -> Sequence[Schedule]:
        """Return a recipient's schedules in order of creation."""
        return self._by_recipient.of(reference)

    def of_tenant(self, tenant: str) -> Sequence[Schedule]:
        """Return a tenant's schedules in order of creation."""
        return self._by_tenant.of(tenant)

    def create(self, workflow: str, recipient: Reference, plan: Plan, schedule_id: str | None = None) -> Schedule:
        """Remember a new schedule; its first occurrence is planned by :meth:`expect`. Without an id it gets one."""
        sequence, now = self._identifiers.next_sequence(), self._clock.now
        identifier = schedule_id or self._identifiers.uuid(sequence)
        schedule = Schedule(identifier, sequence, workflow, recipient, plan, now, now)
        self._by_id[schedule.id] = schedule
        self._by_workflow.append(workflow, schedule)
        self._by_recipient.append(recipient, schedule)
        self._by_tenant.append(plan.tenant, schedule)
        return schedule

    def change(self, schedule: Schedule, plan: Plan) -> None:
        """Give a schedule another plan; what was expected stays expected until :meth:`expect` says otherwise."""
        self._by_tenant.remove(schedule.plan.tenant, schedule)
        schedule.plan = plan
        self._by_tenant.insert(plan.tenant, schedule)
        schedule.updated_at = self._clock.now

    def expect(self, schedule: Schedule, at: datetime | None, timer: Timer | None) -> None:
        """Set the next occurrence and the timer that waits for it, in place of the one before."""
        if schedule.timer is not None:
            schedule.timer.cancel()
        schedule.next_occurrence_at, schedule.timer = at, timer

    def record_occurrence(self, schedule: Schedule) -> None:
        """Take note that the schedule's moment has come."""
        schedule.last_occurrence_at = self._clock.now

    def delete(self, schedule: Schedule) -> None:
        """Forget a schedule and what it waited for; runs that it has set off go on (Knock's docs on schedules)."""
        if schedule.timer is not None:
            schedule.timer.cancel()
        del self._by_id[schedule.id]
        self._by_workflow.remove(schedule.workflow, schedule)
        self._by_recipient.remove(schedule.recipient, schedule)
        self._by_tenant.remove(schedule.plan.tenant, schedule)

    def move(self, source: Reference, target: Reference) -> Sequence[Schedule]:
        """Give the schedules of ``source`` to ``target``, each in its place, and return them."""
        moved = [*self.of_recipient(source)]
        for schedule in moved:
            self._by_recipient.remove(source, schedule)
            schedule.recipient = target
            self._by_recipient.insert(target, schedule)
        return moved

    def delete_of(self, reference: Reference) -> None:
        """Forget every schedule of a recipient."""
        for schedule in [*self.of_recipient(reference)]:
            self.delete(schedule)

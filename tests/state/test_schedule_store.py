"""Whatever is created, changed and deleted: every list is the whole narrowed, in order of creation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from knock_fake.clock import VirtualClock
from knock_fake.identifiers import Identifiers
from knock_fake.state.references import Reference, user
from knock_fake.state.schedules import Plan, ScheduleStore

if TYPE_CHECKING:
    from knock_fake.state.schedules import Schedule

WORKFLOWS = ("digest", "welcome")
PEOPLE = (user("jane"), Reference("projects", "p1"))
TENANTS = ("acme", "globex")


class Indexes(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock = VirtualClock()
        self.store = ScheduleStore(self.clock, Identifiers(0))
        self.alive: list[Schedule] = []

    @rule(key=st.sampled_from(WORKFLOWS), person=st.sampled_from(PEOPLE), tenant=st.sampled_from((None, *TENANTS)))
    def create(self, key: str, person: Reference, tenant: str | None) -> None:
        schedule = self.store.create(key, person, Plan(tenant=tenant))
        timer = self.clock.call_at(self.clock.now, lambda: None, "due")
        self.store.expect(schedule, self.clock.now, timer)
        self.alive.append(schedule)

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), tenant=st.sampled_from((None, *TENANTS)))
    def change(self, data: st.DataObject, tenant: str | None) -> None:
        self.store.change(data.draw(st.sampled_from(self.alive)), Plan(tenant=tenant))

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.alive) - 1))
        self.store.delete(self.alive.pop(index))

    @rule(person=st.sampled_from(PEOPLE))
    def forget(self, person: Reference) -> None:
        self.store.delete_of(person)
        self.alive = [schedule for schedule in self.alive if schedule.recipient != person]

    @invariant()
    def the_whole_is_in_order_of_creation(self) -> None:
        assert [*self.store] == self.alive
        assert len(self.store) == len(self.alive)
        assert [self.store.get(schedule.id) for schedule in self.alive] == self.alive

    @invariant()
    def every_index_is_that_order_narrowed(self) -> None:
        for key in WORKFLOWS:
            assert [*self.store.of_workflow(key)] == [one for one in self.alive if one.workflow == key]
        for person in PEOPLE:
            assert [*self.store.of_recipient(person)] == [one for one in self.alive if one.recipient == person]
        for tenant in TENANTS:
            assert [*self.store.of_tenant(tenant)] == [one for one in self.alive if one.plan.tenant == tenant]

    @invariant()
    def only_what_is_alive_is_waited_for(self) -> None:
        assert [*self.clock.pending()] == [one.timer for one in self.alive]


TestIndexes = Indexes.TestCase

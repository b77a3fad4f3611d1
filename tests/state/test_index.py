"""Groups of records against plain lists."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from knock_fake.state.index import Index

KEYS = st.sampled_from(["a", "b"])


@dataclass(frozen=True)
class Record:
    """What an index holds."""

    sequence: int


class Groups(RuleBasedStateMachine):
    """Whatever is put in and taken out, a group is what a sorted list of its records would be."""

    @initialize()
    def make(self) -> None:
        self.index: Index[str, Record] = Index()
        self.model: dict[str, list[Record]] = {}
        self.last = 0

    @rule(key=KEYS)
    def append(self, key: str) -> None:
        self.last += 10
        self.index.append(key, Record(self.last))
        self.model.setdefault(key, []).append(Record(self.last))

    @rule(key=KEYS, back=st.integers(1, 9))
    def insert(self, key: str, back: int) -> None:
        record = Record(self.last - back)
        if record not in self.model.get(key, []):
            self.index.insert(key, record)
            self.model[key] = sorted([*self.model.get(key, []), record], key=lambda one: one.sequence)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.model)))
        record = data.draw(st.sampled_from(self.model[key]))
        self.index.remove(key, record)
        self.model[key].remove(record)
        if not self.model[key]:
            del self.model[key]

    @rule()
    def copy(self) -> None:
        groups = self.index.copy_groups()
        self.index = Index()
        self.index.set_groups(groups)
        for group in groups.values():
            group.clear()  # they are the caller's own

    @invariant()
    def agrees(self) -> None:
        assert {key: [*self.index.of(key)] for key in "ab" if self.index.of(key)} == self.model
        assert self.index.copy_groups() == self.model


TestGroups = Groups.TestCase

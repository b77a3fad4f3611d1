"""The indexes of subscriptions against a naive model, whatever happens to them."""

from __future__ import annotations

from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from knock_fake.clock import VirtualClock
from knock_fake.identifiers import Identifiers
from knock_fake.state.references import Reference, user
from knock_fake.state.subscriptions import SubscriptionStore

Change: TypeAlias = "tuple[str, Reference, Reference]"

OBJECTS = [Reference("projects", name) for name in ("a", "b", "c")]
USERS = [user(name) for name in ("x", "y", "z")]
CHANGES: st.SearchStrategy[list[Change]] = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(("put", "put", "delete")), st.sampled_from(OBJECTS), st.sampled_from([*OBJECTS, *USERS])
        ),
        st.tuples(st.just("move"), st.sampled_from(USERS), st.sampled_from(USERS)),
        st.tuples(st.just("delete_of"), st.sampled_from([*OBJECTS, *USERS]), st.just(USERS[0])),
    ),
    max_size=30,
)


def change_store(store: SubscriptionStore, change: Change) -> None:
    verb, one, other = change
    if verb == "put":
        store.put(one, other, None)
    elif verb == "delete":
        store.delete(one, other)
    elif verb == "move":
        store.move(one, other)
    else:
        store.delete_of(one)


def apply(model: dict[tuple[Reference, Reference], int], change: Change, number: int) -> None:
    """Do to pairs and their order of creation what the store does to subscriptions."""
    verb, one, other = change
    if verb == "put":
        model.setdefault((one, other), number)
    elif verb == "delete":
        model.pop((one, other), None)
    elif verb == "move":
        for target, recipient in [*model]:
            if recipient == one and (target, other) not in model:
                model[target, other] = model.pop((target, one))
    else:
        for pair in [*model]:
            if one in pair:
                del model[pair]


@given(CHANGES)
def test_indexes_stay_true(changes: list[Change]) -> None:
    store = SubscriptionStore(VirtualClock(), Identifiers(0))
    model: dict[tuple[Reference, Reference], int] = {}
    for number, change in enumerate(changes):
        change_store(store, change)
        apply(model, change, number)
    ordered = sorted(model, key=lambda pair: model[pair])
    assert len(store) == len(model)
    for target in OBJECTS:
        kept = [one.recipient for one in store.of_object(target)]
        assert kept == [recipient for held, recipient in ordered if held == target]
    for reference in (*OBJECTS, *USERS):
        held = [one.object for one in store.of_recipient(reference)]
        assert held == [target for target, recipient in ordered if recipient == reference]
    for target, recipient in ordered:
        found = store.get(target, recipient)
        assert found is not None
        assert (found.object, found.recipient) == (target, recipient)

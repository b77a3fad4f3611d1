"""A throttle lets pass what its window and its limit say, whatever is triggered and when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from knock_fake import KnockFake
from knock_fake.steps import in_app_feed, throttle
from tests.property.deeds import request

if TYPE_CHECKING:
    from datetime import datetime

    from knock_fake.json_types import JsonObject

triggers = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from(["jane", "john"]), st.sampled_from(["a", "b"])), max_size=40
)


def passing(window: timedelta, limit: int, history: list[tuple[datetime, str, str]]) -> list[int]:
    """Return the numbers of the triggers that pass, counted by hand: a window opens with the first that finds none."""
    opened: dict[tuple[str, str], tuple[datetime, int]] = {}
    passed = []
    for number, (at, person, group) in enumerate(history):
        begin, count = opened.get((person, group), (at, 0))
        if at >= begin + window:
            begin, count = at, 0
        if count < limit:
            passed.append(number)
            count += 1
        opened[person, group] = begin, count
    return passed


@given(triggers, st.integers(1, 10), st.integers(1, 3), st.booleans())
def test_so_many_pass_in_every_window(waits: list[tuple[int, str, str]], minutes: int, limit: int, keyed: bool) -> None:
    world = KnockFake()
    window = timedelta(minutes=minutes)
    gate = throttle(window, limit=limit, key="group" if keyed else None)
    world.workflows.add("alert", steps=[gate, in_app_feed("Hi")])
    history = []
    for number, (wait, person, group) in enumerate(waits):
        world.clock.advance(minutes=wait)
        data: JsonObject = {"number": number, "group": group}
        body: JsonObject = {"recipients": [{"id": person}], "data": data}
        request("POST", "/v1/workflows/alert/trigger", body)(world)
        history.append((world.clock.now, person, group if keyed else ""))
    assert [message.data["number"] for message in world.state.messages] == passing(window, limit, history)
    assert all(run.events[-1].event in ("run_completed", "throttled") for run in world.state.runs)

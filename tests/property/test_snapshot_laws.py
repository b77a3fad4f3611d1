"""Going back to a snapshot leaves a world from which nothing tells that anything has happened since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings

from tests.property.deeds import Deed, histories, make_world, read_everything

if TYPE_CHECKING:
    from knock_fake import KnockFake


def live(world: KnockFake, history: list[Deed]) -> list[str]:
    return [*(deed(world) for deed in history), read_everything(world)]


@settings(max_examples=60)
@given(histories, histories, histories)
def test_what_happens_between_snapshot_and_restore_leaves_no_trace(
    before: list[Deed], between: list[Deed], after: list[Deed]
) -> None:
    touched, untouched = make_world(3), make_world(3)
    for world in (touched, untouched):
        for deed in before:
            deed(world)
    snapshot = touched.snapshot()
    for _ in range(2):
        live(touched, between)
        touched.restore(snapshot)
    assert live(touched, after) == live(untouched, after)


@settings(max_examples=30)
@given(histories, histories, histories)
def test_snapshots_may_be_gone_back_to_in_any_order(first: list[Deed], second: list[Deed], after: list[Deed]) -> None:
    world, only_first = make_world(3), make_world(3)
    for one in (world, only_first):
        for deed in first:
            deed(one)
    early = world.snapshot()
    for deed in second:
        deed(world)
    late = world.snapshot()
    seen_late = live(world, after)
    world.restore(early)
    assert live(world, after) == live(only_first, after)
    world.restore(late)
    assert live(world, after) == seen_late

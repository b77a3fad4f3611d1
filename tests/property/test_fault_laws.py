from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake import Fault, KnockFake
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.faults import ErrorAnswer
from knock_fake.gateway.call import Call
from knock_fake.gateway.faults.storms import KINDS, Kind, Storm
from knock_fake.strategies import faults, storms

people = st.lists(st.sampled_from(["jane", "joe"]), max_size=30)
probabilities = st.floats(0, 1, exclude_min=True)


def call(world: KnockFake, name: str) -> str:
    reply = world.handle(Call("PUT", f"/v1/users/{name}", headers={"authorization": "Bearer sk_test_x"}))
    return f"{reply.status} {sorted(reply.headers.items())} {reply.body!r} {reply.disruption}"


def struck(world: KnockFake) -> list[bool]:
    return [bool(entry.faults) for entry in world.journal]


def strike_jane(names: list[str], fault: Fault) -> tuple[list[int], list[int]]:
    """Call for each name under a fault; return the indexes of Jane's calls, and of those that were struck."""
    world = KnockFake()
    rule = world.faults.add(fault)
    for name in names:
        call(world, name)
    janes = [index for index, name in enumerate(names) if name == "jane"]
    found = [index for index, one in enumerate(struck(world)) if one]
    assert (rule.matched, rule.hits) == (len(janes), len(found))
    return janes, found


@given(people, st.integers(0, 5), st.integers(1, 5) | st.none())
def test_after_and_times_cut_a_slice_of_the_matching_calls(names: list[str], after: int, times: int | None) -> None:
    janes, found = strike_jane(names, Fault(ErrorAnswer(), recipient="jane", after=after, times=times))
    assert found == janes[after:][:times]


@given(people, st.lists(st.integers(1, 12), min_size=1, max_size=4))
def test_nth_picks_from_the_matching_calls(names: list[str], nth: list[int]) -> None:
    janes, found = strike_jane(names, Fault(ErrorAnswer(), recipient="jane", nth=nth))
    assert found == [index for number, index in enumerate(janes, start=1) if number in nth]


@given(st.integers(0, 1000), people, probabilities)
def test_worlds_of_one_seed_are_struck_alike(seed: int, names: list[str], probability: float) -> None:
    def run() -> list[str]:
        world = KnockFake(seed=seed)
        world.faults.add(Fault(ErrorAnswer(), recipient="jane", probability=probability))
        world.faults.delay("users.*", "10ms", probability=probability)
        return [call(world, name) for name in names]

    assert run() == run()


@given(st.integers(0, 10_000), st.floats(0.05, 1))
def test_a_probability_is_the_share_that_is_struck(seed: int, probability: float) -> None:
    world, calls = KnockFake(seed=seed), 200
    rule = world.faults.fail("users.update", probability=probability)
    for _ in range(calls):
        call(world, "jane")
    # Six standard deviations: one example in a billion is further away.
    assert abs(rule.hits - calls * probability) <= 6 * (calls * probability * (1 - probability)) ** 0.5 + 1e-9
    assert rule.matched == calls


@given(st.integers(0, 1000), probabilities, probabilities)
def test_the_calls_of_a_smaller_probability_are_among_those_of_a_larger(seed: int, one: float, other: float) -> None:
    def run(probability: float) -> list[bool]:
        world = KnockFake(seed=seed)
        world.faults.fail(probability=probability)
        for _ in range(30):
            call(world, "jane")
        return struck(world)

    rarely, often = run(min(one, other)), run(max(one, other))
    assert all(more for less, more in zip(rarely, often, strict=True) if less)


@given(storms("users.*", kinds=KINDS), people)
def test_a_storm_leaves_the_world_as_if_the_processed_calls_alone_had_been_made(storm: Storm, names: list[str]) -> None:
    world = KnockFake()
    world.faults.storm(storm)
    for name in names:
        call(world, name)
    processed = [
        entry
        for entry in world.journal
        if entry.reply.status == 200 and (entry.reply.disruption is None or entry.reply.disruption.processed)
    ]
    known = {recipient.reference.id for recipient in world.state.recipients.in_collection("$users")}
    assert known == {entry.call.path.rpartition("/")[2] for entry in processed}
    assert len(world.journal) == len(names)


@given(st.integers(), st.sampled_from(KINDS), people)
def test_storms_of_one_seed_strike_alike_in_any_world(seed: int, kind: Kind, names: list[str]) -> None:
    def run(world: KnockFake) -> list[tuple[str, str]]:
        world.faults.storm(seed, kinds=[kind], rate=0.5)
        for name in names:
            call(world, name)
        return [(entry.outcome, str(world.clock.now)) for entry in world.journal]

    assert run(KnockFake(seed=1)) == run(KnockFake(seed=2))


@given(faults("users.update", kinds=["errors"], max_calls=3))
def test_the_strategy_gives_faults_that_can_be_added(fault: Fault) -> None:
    world = KnockFake()
    rule = world.faults.add(fault)
    for _ in range(3):
        call(world, "jane")
    rule.assert_hit(times=len(fault.nth))
    assert not rule.is_active


@pytest.mark.parametrize("make", [faults, storms])
def test_a_strategy_refuses_what_it_cannot_draw(make: object) -> None:
    assert callable(make)
    with pytest.raises(UsageError, match="kinds: there is no 'rain'"):
        make(kinds=["rain"])
    with pytest.raises(UsageTypeError, match="kinds must be a list"):
        make(kinds=[])
    with pytest.raises(UsageError, match="max_calls must be 1 or more, not 0"):
        make(max_calls=0)
    with pytest.raises(UsageError, match="max_faults must be 1 or more, not 0"):
        storms(max_faults=0)


def test_hypothesis_is_needed_for_the_strategies_alone() -> None:
    code = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "import knock_fake.faults\n"
        "from knock_fake.errors import MissingDependencyError\n"
        "try:\n    import knock_fake.strategies\n"
        "except MissingDependencyError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert done.stdout == (
        "knock_fake.strategies needs the package hypothesis, which is not installed: pip install hypothesis\n"
    )

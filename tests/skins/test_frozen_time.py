"""Time of the process and of the world as one timeline, by freezegun."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from freezegun import freeze_time
from freezegun.api import StepTickTimeFactory, TickingDateTimeFactory
from hypothesis import example, given
from hypothesis import strategies as st

from knock_fake import KnockFake
from knock_fake.errors import ClockError, UsageError
from knock_fake.scenarios.errors import ScenarioError
from knock_fake.skins.frozen_time import SharedTime
from knock_fake.skins.live import LiveServer
from knock_fake.steps import delay, in_app_feed
from tests.skins.recording_handler import RecordingHandler

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 1, 1, tzinfo=UTC)
SPRING = datetime(2027, 3, 1, 9, tzinfo=UTC)


def now() -> datetime:
    return datetime.now(UTC)


def both(world: KnockFake) -> tuple[datetime, datetime]:
    return now(), world.clock.now


def same(at: datetime) -> tuple[datetime, datetime]:
    return at, at


@pytest.fixture
def real_year() -> int:
    """The year outside."""
    return now().year


def test_the_process_has_the_worlds_time_for_a_block(knock: KnockFake) -> None:
    before = now()
    with knock.freeze() as frozen:
        assert both(knock) == same(START)
        assert frozen.now == START
        assert (time.time(), date.today()) == (START.timestamp(), date(2026, 1, 1))  # noqa: DTZ011 - what is frozen
    assert now() >= before


def test_moving_the_world_moves_the_process(knock: KnockFake) -> None:
    with knock.freeze():
        knock.clock.advance("90m")
        assert both(knock) == same(START + timedelta(minutes=90))
        knock.clock.travel(SPRING)
        assert both(knock) == same(SPRING)


def test_moving_the_process_moves_the_world(knock: KnockFake) -> None:
    knock.workflows.add("later", steps=[delay("1h"), in_app_feed("Hi")])
    knock.client().workflows.trigger("later", recipients=[{"id": "jane"}])
    with knock.freeze() as frozen:
        frozen.tick()
        frozen.tick(0.5)
        frozen.tick(timedelta(minutes=59))
        assert both(knock) == same(START + timedelta(minutes=59, seconds=1.5))
        assert len(knock.state.messages) == 0
        frozen.move_to("2027-03-01T09:00:00Z")
        assert both(knock) == same(SPRING)
        assert [message.inserted_at for message in knock.state.messages] == [START + timedelta(hours=1)]


def test_timers_see_their_due_time(knock: KnockFake) -> None:
    seen: list[datetime] = []
    for minutes in (5, 10):
        knock.clock.call_later(timedelta(minutes=minutes), lambda: seen.append(now()), "look")
    with knock.freeze() as frozen:
        frozen.tick(timedelta(hours=1))
    assert seen == [START + timedelta(minutes=5), START + timedelta(minutes=10)]


def test_time_cannot_go_back(knock: KnockFake) -> None:
    with knock.freeze() as frozen:
        knock.clock.advance("1h")
        with pytest.raises(ClockError, match="time cannot go back"):
            frozen.move_to(START)
        with pytest.raises(ClockError, match="time cannot go back"):
            frozen.tick(-1)
        assert both(knock) == same(START + timedelta(hours=1))


def test_asynchronous_code_shares_the_time_too(knock: KnockFake) -> None:
    async def scenario() -> list[datetime]:
        seen = [now()]
        async with knock.async_client() as client:
            await client.users.update("jane")
            await asyncio.sleep(0.001)
            knock.clock.advance("1h")
            seen.append((await client.users.update("joe")).updated_at)
        return [*seen, now()]

    with knock.freeze():
        assert asyncio.run(scenario()) == [START, *same(START + timedelta(hours=1))]


def test_asynchronous_code_may_freeze(knock: KnockFake) -> None:
    async def scenario() -> datetime:
        with knock.freeze() as frozen:
            await asyncio.sleep(0.001)
            frozen.tick(60)
            return now()

    assert asyncio.run(scenario()) == START + timedelta(minutes=1)


def test_stopping_lets_go_and_the_world_keeps_its_time(knock: KnockFake, real_year: int) -> None:
    frozen = knock.freeze()
    frozen.tick(60)
    frozen.stop()
    frozen.stop()
    assert (now().year, knock.clock.now) == (real_year, START + timedelta(minutes=1))
    knock.clock.travel(SPRING)
    assert now().year == real_year
    with pytest.raises(UsageError, match="this time is frozen no more"):
        _ = frozen.now


def test_closing_the_world_lets_go(real_year: int) -> None:
    with KnockFake() as world:
        world.freeze()
        assert now() == START
    assert now().year == real_year


def test_freezing_again_is_one_more_layer(knock: KnockFake, real_year: int) -> None:
    with knock.freeze():
        with knock.freeze() as inner:
            inner.tick(60)
        assert both(knock) == same(START + timedelta(minutes=1))
        knock.clock.advance("1m")
        assert both(knock) == same(START + timedelta(minutes=2))
    assert now().year == real_year


def test_local_time_can_be_ahead(knock: KnockFake) -> None:
    with knock.freeze(tz_offset=2):
        assert datetime.now() == datetime(2026, 1, 1, 2)  # noqa: DTZ001, DTZ005 - local time is what is frozen
    with knock.freeze(tz_offset=timedelta(hours=-1)):
        assert datetime.now() == datetime(2025, 12, 31, 23)  # noqa: DTZ001, DTZ005


def test_a_world_that_is_reset_takes_the_process_along(knock: KnockFake) -> None:
    with knock.freeze() as frozen:
        frozen.tick(60)
        knock.reset()
        assert both(knock) == same(START)
        frozen.tick(60)
        assert both(knock) == same(START + timedelta(minutes=1))


def test_a_world_that_goes_back_takes_the_process_along(knock: KnockFake) -> None:
    snapshot = knock.snapshot()
    with knock.freeze() as frozen:
        with knock.branch():
            frozen.tick(3600)
        assert both(knock) == same(START)
        frozen.tick(60)
        knock.restore(snapshot)
        assert both(knock) == same(START)
        frozen.tick(60)
        assert both(knock) == same(START + timedelta(minutes=1))


def test_a_clock_that_follows_another_cannot_be_frozen() -> None:
    with pytest.raises(UsageError) as error:
        KnockFake(time_source=now).freeze()
    assert str(error.value) == "freeze() needs a clock that is moved by hand: make the world without time_source"


# -- worlds made while time is frozen --------------------------------------------------------------------------


def test_a_world_made_while_time_is_frozen_starts_at_it_and_follows() -> None:
    with freeze_time(SPRING) as frozen:
        world = KnockFake()
        assert both(world) == same(SPRING)
        seen: list[datetime] = []
        world.clock.call_later(timedelta(minutes=5), lambda: seen.append(now()), "look")
        frozen.tick(timedelta(hours=1))
        assert both(world) == same(SPRING + timedelta(hours=1))
        assert seen == [SPRING + timedelta(minutes=5)]
        frozen.move_to(SPRING + timedelta(days=1))
        frozen.tick(5)
        frozen.tick(0.5)
        assert both(world) == same(SPRING + timedelta(days=1, seconds=5.5))


def test_such_a_world_moves_the_frozen_time() -> None:
    with freeze_time(SPRING):
        world = KnockFake()
        world.clock.advance("2h")
        assert both(world) == same(SPRING + timedelta(hours=2))


def test_such_a_world_starts_at_the_frozen_time_again_when_it_is_reset(real_year: int) -> None:
    with freeze_time(SPRING) as frozen:
        world = KnockFake()
        frozen.tick(60)
        world.reset()
        assert both(world) == same(SPRING + timedelta(minutes=1))
        frozen.tick(60)
        assert both(world) == same(SPRING + timedelta(minutes=2))
    world.reset()
    assert (now().year, world.clock.now) == (real_year, START)


def test_such_a_world_does_not_go_back() -> None:
    with freeze_time(SPRING) as frozen:
        world = KnockFake()
        world.clock.advance("1h")
        with pytest.raises(ClockError) as error:
            frozen.move_to(SPRING)
        assert str(error.value) == (
            "time cannot go back: frozen time was asked to move to 2027-03-01T09:00:00Z, and a world that shares it "
            "is at 2027-03-01T10:00:00Z; reset() gives a fresh one"
        )
        assert both(world) == same(SPRING + timedelta(hours=1))


def test_a_world_that_was_told_when_to_start_has_its_own_time() -> None:
    with freeze_time(SPRING) as frozen:
        world = KnockFake(start=START)
        frozen.tick(60)
        world.clock.advance("1h")
        assert both(world) == (SPRING + timedelta(minutes=1), START + timedelta(hours=1))


def test_worlds_of_one_frozen_time_move_together() -> None:
    with freeze_time(SPRING) as frozen:
        one, other = KnockFake(), KnockFake()
        frozen.tick(60)
        one.clock.advance("1m")
        other.clock.advance("1m")
        assert {now(), one.clock.now, other.clock.now} == {SPRING + timedelta(minutes=3)}


def test_a_world_made_while_another_is_frozen_shares_its_time(knock: KnockFake) -> None:
    with knock.freeze() as frozen:
        frozen.tick(60)
        other = KnockFake()
        other.clock.advance("1m")
        assert {now(), knock.clock.now, other.clock.now} == {START + timedelta(minutes=2)}


def test_a_world_that_follows_can_be_frozen_for_a_while() -> None:
    with freeze_time(SPRING) as outer:
        world = KnockFake()
        with world.freeze() as inner:
            inner.tick(60)
        assert both(world) == same(SPRING + timedelta(minutes=1))
        outer.tick(60)
        assert both(world) == same(SPRING + timedelta(minutes=2))


def test_a_world_outlives_the_frozen_time(real_year: int) -> None:
    with freeze_time(SPRING):
        world = KnockFake()
    world.clock.advance("1h")
    assert (now().year, world.clock.now) == (real_year, SPRING + timedelta(hours=1))


def test_frozen_time_keeps_no_world_alive() -> None:
    with freeze_time(SPRING) as frozen:
        KnockFake()
        gc.collect()
        shared = SharedTime.active()
        assert shared is not None
        assert [*shared.worlds] == []
        frozen.tick(60)


def test_a_world_follows_time_that_goes_on_by_itself() -> None:
    with freeze_time(SPRING, tick=True) as ticking:
        assert isinstance(ticking, TickingDateTimeFactory)
        world = KnockFake()
        assert SPRING <= world.clock.now < SPRING + timedelta(minutes=1)
        ticking.move_to(SPRING + timedelta(hours=1))
        world.client().users.list()
        assert SPRING + timedelta(hours=1) <= world.clock.now <= now() < SPRING + timedelta(hours=1, minutes=1)
        world.clock.advance("1h")
        assert world.clock.now <= now() < world.clock.now + timedelta(minutes=1)


def test_a_world_follows_time_that_goes_on_at_each_look() -> None:
    with freeze_time(SPRING, auto_tick_seconds=15) as stepping:
        assert isinstance(stepping, StepTickTimeFactory)
        world = KnockFake()
        assert world.clock.now == SPRING
        now()
        assert world.clock.now == SPRING + timedelta(seconds=15)
        stepping.move_to(SPRING + timedelta(hours=1))
        assert world.clock.now == SPRING + timedelta(hours=1)


def test_a_server_that_runs_does_not_look_at_the_time() -> None:
    with freeze_time(SPRING, auto_tick_seconds=15) as stepping:
        assert isinstance(stepping, StepTickTimeFactory)
        before = stepping.time_to_freeze
        with LiveServer(RecordingHandler()):
            pass
        assert stepping.time_to_freeze == before


def test_time_that_goes_on_while_a_timer_looks_is_caught_up_with() -> None:
    with freeze_time(SPRING, auto_tick_seconds=15):
        world = KnockFake()
        seen: list[datetime] = []
        world.clock.call_later(timedelta(minutes=1), lambda: seen.extend([now(), now()]), "look")
        world.clock.advance("1m")
        assert seen == [SPRING + timedelta(minutes=1), SPRING + timedelta(minutes=1, seconds=15)]
        assert world.clock.now == SPRING + timedelta(minutes=1)


def test_a_world_of_a_scenario_shares_the_frozen_time_unless_the_scenario_has_its_own(tmp_path: Path) -> None:
    (tmp_path / "people.json").write_text('{"users": [{"id": "jane"}]}')
    (tmp_path / "start.json").write_text('{"start": "2026-01-01T00:00:00Z"}')
    with freeze_time(SPRING) as frozen:
        sharing = KnockFake.from_scenario(tmp_path / "people.json")
        own = KnockFake.from_scenario(tmp_path / "start.json")
        frozen.tick(60)
        assert (both(sharing), own.clock.now) == (same(SPRING + timedelta(minutes=1)), START)
        sharing.clock.advance("1m")
        assert both(sharing) == same(SPRING + timedelta(minutes=2))


def test_a_scenario_that_is_laid_over_a_frozen_world_takes_the_process_along(tmp_path: Path, knock: KnockFake) -> None:
    (tmp_path / "start.json").write_text('{"start": "2026-06-01T00:00:00Z"}')
    (tmp_path / "wrong.json").write_text('{"users": [{"id": ""}]}')
    with knock.freeze() as frozen:
        knock.lay(tmp_path / "start.json")
        assert both(knock) == same(datetime(2026, 6, 1, tzinfo=UTC))
        with pytest.raises(ScenarioError):
            knock.lay(tmp_path / "wrong.json")
        frozen.tick(60)
        assert both(knock) == same(datetime(2026, 6, 1, 0, 1, tzinfo=UTC))


def test_a_world_that_was_saved_has_its_own_time_and_takes_the_process_along(tmp_path: Path) -> None:
    earlier = KnockFake()
    earlier.clock.advance("1h")
    earlier.save(tmp_path / "world.json")
    with freeze_time(SPRING) as frozen:
        world = KnockFake.from_saved(tmp_path / "world.json")
        assert both(world) == same(START + timedelta(hours=1))
        frozen.tick(60)
        assert both(world) == same(START + timedelta(hours=1, minutes=1))


moves = st.lists(
    st.tuples(st.sampled_from(["advance", "travel", "tick", "move_to", "fixed"]), st.integers(0, 10_000)), max_size=8
)


@given(moves, st.lists(st.integers(0, 30_000), max_size=5))
@example([("tick", 0)], [0])
@example([("tick", 0), ("advance", 0)], [0])
def test_there_is_one_timeline(script: list[tuple[str, int]], timers: list[int]) -> None:
    with freeze_time(SPRING) as frozen:
        world = KnockFake()
        seen: list[tuple[datetime, datetime]] = []
        for seconds in timers:
            world.clock.call_later(timedelta(seconds=seconds), lambda: seen.append(both(world)), "look")
        expected = SPRING
        for verb, seconds in script:
            expected += timedelta(seconds=seconds)
            length, target = timedelta(seconds=seconds), expected
            if verb == "advance":
                world.clock.advance(length)
            elif verb == "travel":
                world.clock.travel(target)
            elif verb == "tick":
                frozen.tick(length)
            elif verb == "move_to":
                frozen.move_to(target)
            else:
                frozen.move_to(target.replace(tzinfo=None))
            assert both(world) == same(expected)
        due = sorted(seconds for seconds in timers if SPRING + timedelta(seconds=seconds) <= expected)
        # One that was due at once waits for the first move; freezegun moving by nothing is none, as nobody can see it.
        moved = any(seconds or verb in {"advance", "travel"} for verb, seconds in script)
        assert seen == [same(SPRING + timedelta(seconds=seconds)) for seconds in due][: len(seen)]
        assert len(seen) == (len(due) if moved else 0)


def test_freezegun_is_needed_for_freezing_alone() -> None:
    code = (
        "import sys; sys.modules['freezegun'] = None\n"
        "from knock_fake import KnockFake\n"
        "from knock_fake.errors import MissingDependencyError\n"
        "try:\n    KnockFake().freeze()\n"
        "except MissingDependencyError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert done.stdout == (
        "knock.freeze() needs the package freezegun, which is not installed: "
        "pip install '/path/to/knock_fake[freezegun]'\n"
    )


def test_the_sdk_is_whole_when_it_is_first_used_while_time_is_frozen() -> None:
    code = (
        "from datetime import datetime\n"
        "from knock_fake import KnockFake\n"
        "world = KnockFake()\n"
        "with world.freeze():\n    user = world.client().users.update('jane')\n"
        "assert isinstance(user.updated_at, datetime), user.updated_at\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own interpreter

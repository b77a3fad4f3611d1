from __future__ import annotations

import pytest

from knock_fake.clock import VirtualClock
from knock_fake.errors import UsageError
from knock_fake.gateway.rate_limits import TIERS, RateLimits


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def limits(clock: VirtualClock) -> RateLimits:
    enforced = RateLimits(clock)
    enforced.enforce()
    return enforced


def allowed(limits: RateLimits, tier: int, tries: int = 3000) -> int:
    return sum(limits.take("endpoint", tier) is None for _ in range(tries))


def test_nothing_is_limited_until_it_is_asked_for(clock: VirtualClock) -> None:
    limits = RateLimits(clock)
    assert not limits.enforced
    assert allowed(limits, tier=1) == 3000
    assert all(limits.take_entity("message") for _ in range(10))


def test_the_tiers_are_knocks() -> None:
    assert TIERS == {1: 1, 2: 5, 3: 60, 4: 200, 5: 1000}


@pytest.mark.parametrize(("tier", "rate"), TIERS.items())
def test_a_tier_lets_its_rate_pass_at_once_and_again_after_a_second(
    clock: VirtualClock, limits: RateLimits, tier: int, rate: int
) -> None:
    assert allowed(limits, tier) == rate
    clock.advance(seconds=1)
    assert allowed(limits, tier) == rate


@pytest.mark.parametrize(("tier", "wait"), [(1, 1.0), (2, 0.2), (3, 0.016667), (4, 0.005), (5, 0.001)])
def test_an_empty_bucket_says_when_the_next_request_passes(
    clock: VirtualClock, limits: RateLimits, tier: int, wait: float
) -> None:
    allowed(limits, tier)
    assert limits.take("endpoint", tier) == wait
    clock.advance(seconds=wait)
    assert limits.take("endpoint", tier) is None
    assert limits.take("endpoint", tier) is not None


def test_a_request_a_microsecond_early_is_refused(clock: VirtualClock, limits: RateLimits) -> None:
    limits.take("endpoint", 1)
    clock.advance(seconds=0.999_999)
    assert limits.take("endpoint", 1) == 0.000_001
    clock.advance(seconds=0.000_001)
    assert limits.take("endpoint", 1) is None


def test_a_bucket_refills_steadily(clock: VirtualClock, limits: RateLimits) -> None:
    allowed(limits, tier=2)
    passed = []
    for _ in range(10):
        clock.advance(seconds=0.1)
        passed.append(limits.take("endpoint", 2) is None)
    assert passed == [False, True] * 5


def test_counting_does_not_drift(clock: VirtualClock, limits: RateLimits) -> None:
    passed = allowed(limits, tier=3)
    for _ in range(10_000):
        clock.advance(seconds=0.007)
        passed += allowed(limits, tier=3, tries=2)
    assert passed == 60 + 60 * 70


def test_buckets_are_apart(limits: RateLimits) -> None:
    assert limits.take(("get_feed", "jane"), 1) is None
    assert limits.take(("get_feed", "john"), 1) is None
    assert limits.take(("get_feed", "jane"), 1) == 1.0


def test_an_entity_is_updated_once_a_second(clock: VirtualClock, limits: RateLimits) -> None:
    assert limits.take_entity(("message", "read"))
    assert limits.take_entity(("message", "seen"))
    assert not limits.take_entity(("message", "read"))
    clock.advance(seconds=1)
    assert limits.take_entity(("message", "read"))


@pytest.mark.parametrize(
    ("tiers", "batch", "passing", "updates"), [(True, False, 1, 2), (False, True, 2, 1), (False, False, 2, 2)]
)
def test_tiers_and_batches_are_enforced_apart(
    limits: RateLimits, passing: int, updates: int, *, tiers: bool, batch: bool
) -> None:
    limits.enforce(tiers=tiers, batch=batch)
    assert limits.enforced == (tiers or batch)
    assert allowed(limits, tier=1, tries=2) == passing
    assert sum(limits.take_entity("message") for _ in range(2)) == updates


def test_relaxing_lets_everything_pass_and_enforcing_starts_afresh(limits: RateLimits) -> None:
    limits.take("endpoint", 1)
    limits.relax()
    assert not limits.enforced
    assert limits.take("endpoint", 1) is None
    limits.enforce()
    assert limits.take("endpoint", 1) is None
    assert limits.take("endpoint", 1) == 1.0


def test_full_buckets_are_forgotten(clock: VirtualClock, limits: RateLimits) -> None:
    for user in range(1000):
        limits.take(user, 2)
        limits.take_entity(user)
    clock.advance(seconds=0.5)
    limits.take(0, 2)
    clock.advance(seconds=0.5)
    limits.take("another", 2)
    limits.take_entity("another")
    assert (len(limits._buckets), len(limits._entities)) == (2, 1)


@pytest.mark.parametrize("enforced", [False, True])
def test_a_tier_that_does_not_exist_is_refused(clock: VirtualClock, *, enforced: bool) -> None:
    limits = RateLimits(clock)
    limits.enforce(tiers=enforced)
    with pytest.raises(UsageError) as error:
        limits.take("endpoint", 6)
    assert str(error.value) == "there is no rate tier 6: Knock has the tiers 1 to 5"

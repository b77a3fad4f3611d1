from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from knock_fake import KnockFake
from knock_fake.gateway.rate_limits import TIERS

if TYPE_CHECKING:
    from knock_fake.clock import VirtualClock
    from knock_fake.gateway.rate_limits import RateLimits

tiers = st.sampled_from(sorted(TIERS))
# Microseconds to rest, then requests to make at once; short rests are drawn as often as long ones.
rests = st.integers(0, 2000) | st.integers(0, 1_500_000)
scripts = st.lists(st.tuples(rests, st.integers(1, 40)), max_size=15)


def enforced() -> tuple[VirtualClock, RateLimits]:
    world = KnockFake()
    world.rate_limits.enforce()
    return world.clock, world.rate_limits


@given(tiers, scripts)
def test_a_bucket_agrees_with_a_model_in_fractions(tier: int, script: list[tuple[int, int]]) -> None:
    clock, limits = enforced()
    rate = TIERS[tier]
    tokens = Fraction(rate)
    for rest, requests in script:
        clock.advance(timedelta(microseconds=rest))
        tokens = min(Fraction(rate), tokens + Fraction(rest, 1_000_000) * rate)
        for _ in range(requests):
            may_pass = tokens >= 1
            tokens -= may_pass
            assert (limits.take("endpoint", tier) is None) == may_pass


@given(tiers, scripts)
def test_no_interval_lets_more_pass_than_its_length_and_one_second_allow(
    tier: int, script: list[tuple[int, int]]
) -> None:
    clock, limits = enforced()
    passed: list[tuple[int, int]] = []
    now = 0
    for rest, requests in script:
        clock.advance(timedelta(microseconds=rest))
        now += rest
        passed.append((now, sum(limits.take("endpoint", tier) is None for _ in range(requests))))
    for first, (start, _) in enumerate(passed):
        count = 0
        for end, number in passed[first:]:
            count += number
            assert count <= TIERS[tier] * (1 + Fraction(end - start, 1_000_000))


@given(tiers, scripts)
def test_a_second_of_rest_fills_a_bucket(tier: int, script: list[tuple[int, int]]) -> None:
    clock, limits = enforced()
    for rest, requests in script:
        clock.advance(timedelta(microseconds=rest))
        for _ in range(requests):
            limits.take("endpoint", tier)
    clock.advance(seconds=1)
    waits = [limits.take("endpoint", tier) for _ in range(TIERS[tier] + 1)]
    assert waits[:-1] == [None] * TIERS[tier]
    assert waits[-1] is not None


@given(tiers, scripts)
def test_the_wait_is_long_enough_and_no_longer_than_needed(tier: int, script: list[tuple[int, int]]) -> None:
    clock, limits = enforced()
    for rest, requests in script:
        clock.advance(timedelta(microseconds=rest))
        for _ in range(requests):
            limits.take("endpoint", tier)
    wait = None
    while wait is None:
        wait = limits.take("endpoint", tier)
    clock.advance(timedelta(seconds=wait) - timedelta(microseconds=1))
    assert limits.take("endpoint", tier) == 0.000_001
    clock.advance(timedelta(microseconds=1))
    assert limits.take("endpoint", tier) is None


@given(st.lists(st.tuples(st.integers(0, 300_000), st.integers(0, 50)), max_size=60))
def test_only_buckets_of_the_last_second_are_remembered(script: list[tuple[int, int]]) -> None:
    clock, limits = enforced()
    used: dict[int, int] = {}
    now = 0
    for rest, user in script:
        clock.advance(timedelta(microseconds=rest))
        now += rest
        used[user] = now
        limits.take("endpoint", 2, user)
        assert len(limits._buckets) == sum(now - at < 1_000_000 for at in used.values())


@given(tiers, scripts, scripts)
def test_an_exhausted_bucket_is_an_empty_one(
    tier: int, before: list[tuple[int, int]], after: list[tuple[int, int]]
) -> None:
    clock, limits = enforced()
    name, rate = "users.update", TIERS[tier]
    for rest, requests in before:
        clock.advance(timedelta(microseconds=rest))
        for _ in range(requests):
            limits.take(name, tier)
    limits.limit(name, per_second=rate)
    limits.exhaust(name)
    tokens = Fraction(0)
    for rest, requests in after:
        clock.advance(timedelta(microseconds=rest))
        tokens = min(Fraction(rate), tokens + Fraction(rest, 1_000_000) * rate)
        for _ in range(requests):
            may_pass = tokens >= 1
            tokens -= may_pass
            assert (limits.take(name, tier) is None) == may_pass

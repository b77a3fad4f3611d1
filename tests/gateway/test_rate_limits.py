from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.gateway.rate_limits import TIERS

if TYPE_CHECKING:
    from knock_fake import KnockFake
    from knock_fake.clock import VirtualClock
    from knock_fake.gateway.rate_limits import RateLimits

REMEDY = "knock.faults.rate_limit() refuses every request"


@pytest.fixture
def clock(knock: KnockFake) -> VirtualClock:
    return knock.clock


@pytest.fixture
def relaxed(knock: KnockFake) -> RateLimits:
    """The limits of a world as they are at first: off."""
    return knock.rate_limits


@pytest.fixture
def limits(relaxed: RateLimits) -> RateLimits:
    relaxed.enforce()
    return relaxed


def update(limits: RateLimits, message: object, status: str = "read") -> bool:
    """Update one message and tell whether it may be."""
    return not limits.batch.over("messages.batch.mark_as_read", status, [str(message)])


def allowed(limits: RateLimits, tier: int, tries: int = 3000) -> int:
    return sum(limits.take("endpoint", tier) is None for _ in range(tries))


def test_nothing_is_limited_until_it_is_asked_for(relaxed: RateLimits) -> None:
    assert not relaxed.enforced
    assert allowed(relaxed, tier=1) == 3000
    assert all(update(relaxed, "message") for _ in range(10))


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
    assert limits.take("get_feed", 1, "jane") is None
    assert limits.take("get_feed", 1, "john") is None
    assert limits.take("get_feed", 1, "jane") == 1.0


def test_an_entity_is_updated_once_a_second(clock: VirtualClock, limits: RateLimits) -> None:
    assert update(limits, "message")
    assert update(limits, "message", "seen")
    assert not update(limits, "message")
    clock.advance(seconds=1)
    assert update(limits, "message")


@pytest.mark.parametrize(
    ("tiers", "batch", "passing", "updates"), [(True, False, 1, 2), (False, True, 2, 1), (False, False, 2, 2)]
)
def test_tiers_and_batches_are_enforced_apart(
    limits: RateLimits, passing: int, updates: int, *, tiers: bool, batch: bool
) -> None:
    limits.enforce(tiers=tiers, batch=batch)
    assert limits.enforced == (tiers or batch)
    assert allowed(limits, tier=1, tries=2) == passing
    assert sum(update(limits, "message") for _ in range(2)) == updates


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
        limits.take("endpoint", 2, user)
        update(limits, user)
    clock.advance(seconds=0.5)
    limits.take("endpoint", 2, 0)
    clock.advance(seconds=0.5)
    limits.take("endpoint", 2, "another")
    update(limits, "another")
    assert (len(limits._buckets), len(limits.batch._entities)) == (2, 1)


@pytest.mark.parametrize("enforced", [False, True])
def test_a_tier_that_does_not_exist_is_refused(limits: RateLimits, *, enforced: bool) -> None:
    limits.enforce(tiers=enforced)
    with pytest.raises(UsageError) as error:
        limits.take("endpoint", 6)
    assert str(error.value) == "there is no rate tier 6: Knock has the tiers 1 to 5"


# -- limits of one's own -------------------------------------------------------------------------------------


def passed(limits: RateLimits, operation: str, tier: int = 3, tries: int = 100) -> int:
    return sum(limits.take(operation, tier) is None for _ in range(tries))


def test_an_override_takes_the_place_of_the_tier(limits: RateLimits) -> None:
    limits.enforce(overrides={"users.update": 2, "users.bulk.*": 7})
    found = {name: passed(limits, name) for name in ("users.update", "users.bulk.delete", "users.merge")}
    assert found == {"users.update": 2, "users.bulk.delete": 7, "users.merge": 60}


def test_one_operation_can_be_limited_alone(clock: VirtualClock, relaxed: RateLimits) -> None:
    limits = relaxed
    limits.limit("users.identify", per_second=2)
    assert limits.enforced
    assert (passed(limits, "users.update"), passed(limits, "users.get"), update(limits, "m")) == (2, 100, True)
    clock.advance(seconds=0.5)
    assert passed(limits, "users.update") == 1
    limits.relax()
    assert (limits.enforced, passed(limits, "users.update")) == (False, 100)


def test_an_operation_can_be_at_its_limit_now(clock: VirtualClock, limits: RateLimits) -> None:
    limits.take("users.feeds.list_items", 2, "jane")
    limits.exhaust("users.feeds.list_items")
    waits = [limits.take("users.feeds.list_items", 2, user) for user in ("jane", "joe", "jane")]
    assert waits == [0.2, 0.2, 0.2]
    clock.advance(seconds=0.5)
    assert [limits.take("users.feeds.list_items", 2, "joe") for _ in range(3)] == [None, None, 0.1]
    clock.advance(seconds=1)
    assert sum(limits.take("users.feeds.list_items", 2, "ann") is None for _ in range(9)) == 5


def test_what_is_exhausted_is_limited_from_then_on(clock: VirtualClock, relaxed: RateLimits) -> None:
    limits = relaxed
    limits.exhaust("users.identify")
    assert (passed(limits, "users.update"), passed(limits, "users.get")) == (0, 100)
    clock.advance(seconds=1)
    assert passed(limits, "users.update") == 60


def test_what_is_exhausted_keeps_its_own_limit(clock: VirtualClock, limits: RateLimits) -> None:
    limits.limit("users.update", per_second=3)
    limits.exhaust("users.update")
    clock.advance(seconds=1)
    assert passed(limits, "users.update") == 3


@pytest.mark.parametrize(
    ("name", "rate", "kind", "message"),
    [
        (
            "users.updte",
            1,
            UsageError,
            "rate_limits: Knock has no operation 'users.updte'; did you mean 'users.update'?",
        ),
        (
            "users.update",
            0,
            UsageError,
            f"rate_limits: users.update must take 1 request per second or more, not 0; {REMEDY}",
        ),
        (
            "users.update",
            0.5,
            UsageTypeError,
            "rate_limits: users.update takes a whole number of requests per second, not 0.5",
        ),
    ],
)
def test_a_limit_that_cannot_be_is_refused(
    limits: RateLimits, name: str, rate: int, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind) as error:
        limits.limit(name, per_second=rate)
    assert str(error.value) == message
    with pytest.raises(kind):
        limits.enforce(overrides={"users.get": 1, name: rate})
    assert passed(limits, "users.get", 4) == 100


def test_overrides_are_a_mapping(limits: RateLimits) -> None:
    with pytest.raises(UsageTypeError) as error:
        limits.enforce(overrides=["users.update"])  # type: ignore[arg-type]
    assert str(error.value) == "overrides must be a mapping such as {'users.update': 2}, not ['users.update']"


def test_an_unknown_operation_cannot_be_exhausted(limits: RateLimits) -> None:
    with pytest.raises(UsageError, match=r"^rate_limits.exhaust\(\): Knock has no operation 'users.identfy'; "):
        limits.exhaust("users.identfy")

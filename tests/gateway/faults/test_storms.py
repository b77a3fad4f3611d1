from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.faults import Storm, fail, make_storm, timeout
from knock_fake.gateway.call import Call
from knock_fake.gateway.faults.storms import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable


def outcomes(world: KnockFake, calls: int) -> list[str]:
    for _ in range(calls):
        world.handle(Call("PUT", "/v1/users/jane", headers={"authorization": f"Bearer {world.secret_key}"}))
    return [entry.outcome for entry in world.journal][-calls:]


def test_a_storm_of_one_seed_is_the_same_in_every_world() -> None:
    def weather(world: KnockFake) -> list[str]:
        world.faults.storm(7, kinds=["errors", "timeouts", "lost_answers"])
        return outcomes(world, 30)

    first, second, third = KnockFake(seed=1), KnockFake(seed=2), KnockFake(seed=3)
    second.faults.fail("tenants.get")  # rules of other numbers
    found = weather(first)
    assert found == weather(second)
    third.faults.storm(8, kinds=["errors", "timeouts", "lost_answers"])
    assert outcomes(third, 30) != found
    assert 3 <= sum(one != "200" for one in found) <= 17


def test_a_storm_without_a_seed_comes_from_the_world() -> None:
    storms = [KnockFake(seed=seed).faults.storm().code for seed in (1, 1, 2)]
    assert storms[0] == storms[1] != storms[2]
    world = KnockFake()
    assert world.faults.storm().code != world.faults.storm().code


def test_a_storm_is_made_of_the_kinds_asked_for() -> None:
    storm = make_storm(3, targets="users.*", rate=0.5, kinds=["drops", "rate_limits"], times=2)
    assert [str(fault) for fault in storm.faults] == [
        "connection_refused on users.*, times 2, probability 0.2147",
        "429 on users.*, times 2, probability 0.3633",
    ]
    assert storm.code == "storm(3, targets='users.*', rate=0.5, kinds=['drops', 'rate_limits'], times=2)"
    assert eval(storm.code.replace("storm(", "make_storm("), {"make_storm": make_storm}) == storm  # noqa: S307 - ours


def test_the_shares_of_a_storm_make_up_its_rate() -> None:
    for seed in range(20):
        passed = 1.0
        for fault in make_storm(seed, rate=0.3).faults:
            passed *= 1 - fault.probability
        assert passed == pytest.approx(0.7, abs=0.001)


def test_a_rate_of_one_lets_nothing_pass() -> None:
    world = KnockFake()
    world.faults.storm(5, rate=1, kinds=["errors", "drops"])
    assert "200" not in outcomes(world, 30)


def test_a_storm_ends(knock: KnockFake) -> None:
    with knock.faults.storm(5, rate=1, kinds=["errors"]) as storm:
        outcomes(knock, 3)
    assert (storm.hits, len(storm.rules), len(knock.faults), outcomes(knock, 1)) == (3, 1, 0, ["200"])


def test_a_storm_says_what_it_is(knock: KnockFake) -> None:
    storm = knock.faults.storm(Storm((fail("users.get", nth=1), timeout("users.get", nth=2)), code="storm(...)"))
    assert str(storm) == ("storm(...)\n  fault 1: 500 on users.get, nth 1\n  fault 2: read_timeout on users.get, nth 2")
    assert repr(storm) == "<RunningStorm storm(...), hits: 0>"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seed": 1, "rate": 0}, "storm(): rate must be more than 0 and at most 1, not 0"),
        ({"seed": 1, "kinds": ["dropz"]}, "kinds: there is no 'dropz'; did you mean 'drops'?"),
        ({"seed": 1, "probability": 0.5}, "storm(): rate says how probable it is, and its faults have their own names"),
        ({"seed": 1, "targets": "users.gt"}, "faults: Knock has no operation 'users.gt'; did you mean 'users.get'?"),
        (
            {"seed": Storm((fail(),)), "rate": 0.5},
            "storm(): a Storm is taken as it is: give its arguments where it is made",
        ),
    ],
)
def test_a_storm_that_cannot_be_is_refused(knock: KnockFake, arguments: dict[str, object], message: str) -> None:
    begin: Callable[..., object] = knock.faults.storm
    with pytest.raises(UsageError) as error:
        begin(**arguments)
    assert (str(error.value), len(knock.faults), knock.faults.ledger.told) == (message, 0, ())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seed": "7"}, "storm(): the seed must be an integer, not '7'"),
        (
            {"seed": 1, "kinds": "errors"},
            f"kinds must be a list of some of {', '.join(KINDS)}, not 'errors'",
        ),
        (
            {"seed": 1, "kinds": []},
            f"kinds must be a list of some of {', '.join(KINDS)}, not []",
        ),
    ],
)
def test_a_storm_of_other_types_is_refused(knock: KnockFake, arguments: dict[str, object], message: str) -> None:
    begin: Callable[..., object] = knock.faults.storm
    with pytest.raises(UsageTypeError) as error:
        begin(**arguments)
    assert str(error.value) == message


def test_a_storm_is_made_of_faults() -> None:
    with pytest.raises(UsageTypeError, match=r"^a storm is made of faults, at least one, not of \(\)$"):
        Storm(())

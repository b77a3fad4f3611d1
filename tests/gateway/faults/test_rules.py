"""Which calls a rule strikes, as its counts, its window and the content of calls decide."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from knock_fake import Fault, KnockFake
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.faults import Attempt, fail
from knock_fake.gateway.call import Call
from knock_fake.steps import in_app_feed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

OK, STRUCK = 200, 503
START = "2026-01-01T00:00:00Z"


def statuses(api: httpx.Client, count: int, path: str = "/v1/users/jane") -> list[int]:
    return [api.put(path, json={}).status_code for _ in range(count)]


@pytest.mark.parametrize(
    ("occasion", "struck"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"times": 2}, [1, 2]),
        ({"after": 3}, [4, 5]),
        ({"after": 2, "times": 1}, [3]),
        ({"nth": 3}, [3]),
        ({"nth": [1, 4]}, [1, 4]),
    ],
)
def test_counts_decide_which_calls_are_struck(
    api: httpx.Client, knock: KnockFake, occasion: dict[str, int], struck: list[int]
) -> None:
    make: Callable[..., Fault] = fail
    rule = knock.faults.add(make("users.update", status=STRUCK, **occasion))
    found = [number for number, status in enumerate(statuses(api, 5), start=1) if status == STRUCK]
    assert (found, rule.matched, rule.hits) == (struck, 5, len(struck))


def test_rules_take_turns_as_they_are_used_up(api: httpx.Client, knock: KnockFake) -> None:
    knock.faults.fail("users.update", status=500, times=1)
    knock.faults.fail("users.update", status=502, times=2)
    assert statuses(api, 4) == [500, 502, 502, OK]


def test_every_rule_counts_every_matching_call(api: httpx.Client, knock: KnockFake) -> None:
    knock.faults.fail("users.update", status=500, nth=1)
    knock.faults.fail("users.update", status=502, nth=2)
    assert statuses(api, 3) == [500, 502, OK]


def test_a_window_is_counted_on_the_worlds_clock(api: httpx.Client, knock: KnockFake) -> None:
    knock.faults.fail("*", status=STRUCK, since="2026-01-01T01:00:00Z", until="2026-01-01T02:00:00Z")
    found = statuses(api, 1)
    for step in ("59m59s", "1s", "59m59s", "1s"):
        knock.clock.advance(step)
        found += statuses(api, 1)
    assert found == [OK, OK, STRUCK, STRUCK, OK]


def test_an_outage_lasts_from_now_on(api: httpx.Client, knock: KnockFake) -> None:
    rule = knock.faults.fail("*", status=STRUCK, lasting="5m")
    found = statuses(api, 1)
    knock.clock.advance("4m59s")
    found += statuses(api, 1)
    assert rule.is_active
    knock.clock.advance("1s")
    assert (found + statuses(api, 1), rule.is_active) == ([STRUCK, STRUCK, OK], False)


def test_an_outage_may_begin_later(api: httpx.Client, knock: KnockFake) -> None:
    knock.faults.fail("*", status=STRUCK, since="2026-01-01T01:00:00Z", lasting="5m")
    found = []
    for step in ("1h", "5m"):
        found += statuses(api, 1)
        knock.clock.advance(step)
    assert found + statuses(api, 1) == [OK, STRUCK, OK]


@pytest.mark.parametrize(
    ("occasion", "message"),
    [
        ({"lasting": "5000000d"}, "lasting: 5000000 days, 0:00:00 after 2026-01-01T00:00:00Z is beyond the calendar"),
        (
            {"target": "users.get", "workflow": "hello"},
            "the fault on users.get would never strike: users.get names no workflow: leave out workflow=",
        ),
        (
            {"target": "tenants.list", "recipient": "jane"},
            "the fault on tenants.list would never strike: tenants.list names no recipient: leave out recipient=",
        ),
        (
            {"target": "users.get", "body": {"name": "Jane"}},
            "the fault on users.get would never strike: users.get has no body: leave out body=",
        ),
    ],
)
def test_a_rule_that_could_never_strike_is_refused(knock: KnockFake, occasion: dict[str, object], message: str) -> None:
    add: Callable[..., object] = knock.faults.fail
    with pytest.raises(UsageError) as error:
        add(**occasion)
    assert (str(error.value), len(knock.faults)) == (message, 0)


def test_a_window_that_is_over_is_refused(knock: KnockFake) -> None:
    with pytest.raises(UsageError) as error:
        knock.faults.fail(until=START)
    assert str(error.value) == (
        f"the fault would never strike: it ends at {START} and it is {START}; "
        "give it an end to come, or add it before time moves on"
    )


def test_answers_without_a_body_cannot_be_spoilt(knock: KnockFake) -> None:
    for add in (knock.faults.garble, lambda target: knock.faults.drop(target, how="incomplete_body")):
        with pytest.raises(UsageError) as error:
            add("workflows.cancel")
        assert str(error.value) == (
            "the fault on workflows.cancel would never strike: workflows.cancel is answered without a body (204), "
            "so there is nothing to spoil: drop() loses the answer"
        )


def test_a_key_decides(api: httpx.Client, knock: KnockFake) -> None:
    knock.faults.fail("*", status=401, code="api_key_expired", api_key="sk_old")
    answer = api.get("/v1/users", headers={"authorization": "Bearer sk_old"})
    assert (answer.status_code, answer.json()["code"], api.get("/v1/users").status_code) == (401, "api_key_expired", OK)


@pytest.mark.parametrize(
    ("method", "path", "body", "struck"),
    [
        ("PUT", "/v1/users/jane", {}, True),
        ("PUT", "/v1/users/joe", {}, False),
        ("GET", "/v1/users/jane/messages", None, True),
        ("POST", "/v1/workflows/hello/trigger", {"recipients": ["joe", "jane"]}, True),
        ("POST", "/v1/workflows/hello/trigger", {"recipients": [{"id": "jane", "name": "Jane"}]}, True),
        ("POST", "/v1/workflows/hello/trigger", {"recipients": [{"id": "jane", "collection": "cats"}]}, False),
        ("POST", "/v1/workflows/hello/trigger", {"recipients": ["joe"], "actor": "jane"}, False),
        ("POST", "/v1/workflows/hello/trigger", {"recipients": "jane"}, False),
        ("POST", "/v1/workflows/hello/trigger", ["jane"], False),
        ("POST", "/v1/schedules/bulk/create", {"schedules": [{"recipient": "jane"}, 5]}, True),
        ("GET", "/nowhere", None, False),
    ],
)
def test_a_recipient_decides(
    api: httpx.Client, knock: KnockFake, method: str, path: str, body: object, *, struck: bool
) -> None:
    rule = knock.faults.fail("*", recipient="jane")
    api.request(method, path, json=body)
    assert rule.hits == struck


@pytest.mark.parametrize(
    ("path", "struck"),
    [("/v1/objects/cats/tom", True), ("/v1/objects/cats/tim", False), ("/v1/objects/cats/tom/messages", True)],
)
def test_an_object_is_a_recipient(api: httpx.Client, knock: KnockFake, path: str, *, struck: bool) -> None:
    rule = knock.faults.fail("*", recipient={"collection": "cats", "id": "tom"})
    api.get(path)
    assert rule.hits == struck


@pytest.mark.parametrize(
    ("method", "path", "body", "struck"),
    [
        ("POST", "/v1/workflows/hello/trigger", {"recipients": ["jane"]}, True),
        ("POST", "/v1/workflows/hello/cancel", {"cancellation_key": "c"}, True),
        ("POST", "/v1/workflows/other/trigger", {"recipients": ["jane"]}, False),
        ("POST", "/v1/notify", {"name": "hello"}, True),
        ("POST", "/v1/schedules", {"workflow": "hello"}, True),
        ("POST", "/v1/schedules/bulk/create", {"schedules": [{"workflow": "other"}, {"workflow": "hello"}]}, True),
        ("GET", "/v1/schedules?workflow=hello", None, True),
        ("GET", "/v1/schedules?workflow=other", None, False),
        ("PUT", "/v1/users/hello", {"workflow": "hello"}, False),
    ],
)
def test_a_workflow_decides(
    api: httpx.Client, knock: KnockFake, method: str, path: str, body: object, *, struck: bool
) -> None:
    rule = knock.faults.fail("*", workflow="hello")
    api.request(method, path, json=body)
    assert rule.hits == struck


def test_a_part_of_the_body_decides(api: httpx.Client, knock: KnockFake) -> None:
    rule = knock.faults.fail("users.update", body={"plan": {"name": "pro"}})
    for body in ({"plan": {"name": "pro", "seats": 5}, "x": 1}, {"plan": {"name": "free"}}, {}):
        api.put("/v1/users/jane", json=body)
    api.put("/v1/users/jane", content=b"{", headers={"content-type": "application/json"})
    assert (rule.matched, rule.hits) == (1, 1)


def test_a_function_of_the_body_decides(api: httpx.Client, knock: KnockFake) -> None:
    rule = knock.faults.fail("users.update", body=lambda body: isinstance(body, dict) and len(body) > 1)
    api.put("/v1/users/jane", json={"a": 1})
    api.put("/v1/users/jane", json={"a": 1, "b": 2})
    assert rule.hits == 1


def test_a_condition_sees_the_call_and_may_ask_the_world(api: httpx.Client, knock: KnockFake) -> None:
    seen: list[tuple[str | None, dict[str, str], str]] = []

    def is_known(attempt: Attempt) -> bool:
        seen.append((attempt.operation, attempt.params, attempt.api_key))
        return api.get(f"/v1/users/{attempt.params['user_id']}").status_code == OK

    knock.faults.fail("users.*", status=STRUCK, when=is_known)
    assert statuses(api, 2) == [OK, STRUCK]
    assert seen == [("users.update", {"user_id": "jane"}, knock.secret_key)] * 2
    assert [entry.number for entry in knock.journal] == [2, 1, 4, 3]


def test_a_condition_that_fails_is_told_of(api: httpx.Client, knock: KnockFake) -> None:
    knock.faults.fail("users.update", when=lambda attempt: attempt.params["user"] == "jane")
    answer = api.put("/v1/users/jane", json={})
    (entry,) = knock.journal
    assert answer.status_code == 500
    assert entry.hint == answer.headers["x-knock-fake-hint"]
    assert entry.hint == (
        "the function when of the fault 500 on users.update raised KeyError: 'user'; it has to say True or False for "
        "every call that it is for"
    )


def test_a_world_with_one_seed_draws_the_same(knock: KnockFake) -> None:
    def draw(seed: int) -> list[int]:
        world = KnockFake(seed=seed)
        world.faults.fail("*", status=STRUCK, probability=0.5)
        call = Call("GET", "/v1/users", headers={"authorization": "Bearer sk_test"})
        return [world.handle(call).status for _ in range(20)]

    assert draw(1) == draw(1) != draw(2)
    assert 3 < draw(1).count(STRUCK) < 17


def test_a_struck_call_does_nothing(api: httpx.Client, knock: KnockFake) -> None:
    knock.workflows.add("hello", steps=[in_app_feed("Hi")])
    knock.faults.fail("workflows.trigger")
    api.post("/v1/workflows/hello/trigger", json={"recipients": ["jane"]})
    assert (len(knock.state.runs), knock.clock.pending()) == (0, ())


def test_rules_are_listed_with_their_counts_and_taken_away(api: httpx.Client, knock: KnockFake) -> None:
    first, second = knock.faults.fail("users.update", times=1), knock.faults.rate_limit("users.get")
    statuses(api, 2)
    assert [rule.number for rule in knock.faults] == [1, 2]
    assert str(knock.faults) == ("fault 1: 500 on users.update, times 1  (1x)\nfault 2: 429 on users.get  (0x)")
    assert repr(first) == "<FaultRule fault 1: 500 on users.update, times 1, hits: 1>"
    assert (first.is_active, second.is_active) == (False, True)
    second.remove()
    second.remove()
    knock.faults.remove(first)
    assert (len(knock.faults), str(knock.faults), first.hits, second.is_active) == (0, "no faults", 1, False)


def test_a_rule_is_a_context_manager(api: httpx.Client, knock: KnockFake) -> None:
    with knock.faults.fail("users.update", status=STRUCK) as rule:
        inside = statuses(api, 1)
    assert (inside + statuses(api, 1), rule.hits) == ([STRUCK, OK], 1)


def test_clearing_takes_all_away(api: httpx.Client, knock: KnockFake) -> None:
    rule = knock.faults.fail("users.update")
    knock.faults.clear()
    assert (statuses(api, 1), rule.is_active, [*knock.faults]) == ([OK], False, [])
    assert knock.faults.fail("users.update").number == 2


def test_a_world_that_is_reset_has_no_faults(api: httpx.Client, knock: KnockFake) -> None:
    knock.faults.fail("*")
    knock.reset()
    assert (len(knock.faults), statuses(api, 1)) == (0, [OK])


def test_a_rule_can_be_asserted(api: httpx.Client, knock: KnockFake) -> None:
    rule = knock.faults.fail("users.update", recipient="joe", nth=2)
    statuses(api, 3)
    with pytest.raises(AssertionError) as error:
        rule.assert_hit()
    assert str(error.value) == (
        "fault 1: 500 on users.update, recipient joe, nth 2 was expected to strike at all; "
        "3 calls reached it, 0 matched, 0 struck"
    )
    statuses(api, 2, "/v1/users/joe")
    rule.assert_hit()
    knock.faults.assert_all_hit()
    with pytest.raises(AssertionError, match="was expected to strike 2 times; 5 calls reached it, 2 matched, 1 struck"):
        rule.assert_hit(times=2)
    knock.faults.fail("tenants.get").assert_hit(times=0)
    with pytest.raises(AssertionError, match=r"500 on tenants\.get was expected to strike at all; 0 calls reached it"):
        knock.faults.assert_all_hit()


@pytest.mark.parametrize("verb", ["add", "remove"])
def test_what_is_no_fault_is_refused(knock: KnockFake, verb: str) -> None:
    with pytest.raises(UsageTypeError, match=rf"faults\.{verb}\(\) takes "):
        getattr(knock.faults, verb)("users.update")


def test_a_world_that_goes_back_has_its_faults_and_their_counts_back(api: httpx.Client, knock: KnockFake) -> None:
    rule = knock.faults.fail("users.update", status=STRUCK, times=3)
    statuses(api, 1)
    snapshot = knock.snapshot()
    assert statuses(api, 3) == [STRUCK, STRUCK, OK]
    rule.remove()
    later = knock.faults.refuse("users.update")
    knock.restore(snapshot)
    assert (rule.hits, rule.is_active, later.is_active, [one.number for one in knock.faults]) == (1, True, False, [1])
    assert statuses(api, 3) == [STRUCK, STRUCK, OK]
    assert rule.hits == 3


def test_what_struck_a_request_can_be_asked_for(api: httpx.Client, knock: KnockFake) -> None:
    knock.faults.fail("users.update", nth=2)
    statuses(api, 2)
    assert [request.faults for request in knock.requests] == [(), ("fault 1: 500 on users.update, nth 2",)]


def test_a_world_that_was_saved_is_struck_as_the_one_that_goes_on(tmp_path: Path) -> None:
    def outcomes(world: KnockFake) -> list[str]:
        for number in range(30):
            headers = {"authorization": "Bearer sk_test_x"}
            world.handle(Call("PUT", f"/v1/users/u{number % 3}", headers=headers))
        return [f"{entry.at} {entry.outcome} {entry.faults}" for entry in world.journal][-30:]

    world = KnockFake(seed=3)
    world.faults.fail("users.update", status=STRUCK, after=20, times=30, lasting="5m")
    world.faults.storm(7, targets="users.*", rate=0.5)
    outcomes(world)
    world.save(tmp_path / "world.json")
    again = KnockFake.from_saved(tmp_path / "world.json")
    assert str(again.faults) == str(world.faults)
    assert outcomes(again) == outcomes(world)


def test_a_world_whose_faults_have_functions_cannot_be_saved(knock: KnockFake, tmp_path: Path) -> None:
    knock.faults.fail("users.update", when=lambda _: True)
    with pytest.raises(UsageError, match=r"fault\.when holds <function .*, which cannot be saved"):
        knock.save(tmp_path / "world.json")


def test_an_outage_of_a_clock_that_follows_another_begins_now() -> None:
    present = [datetime(2026, 1, 1, tzinfo=UTC)]
    world = KnockFake(time_source=lambda: present[0])
    present[0] += timedelta(hours=1)
    rule = world.faults.fail("*", lasting="5m")
    headers = {"authorization": "Bearer sk_test_x"}
    found = []
    for _ in range(2):
        found.append(world.handle(Call("GET", "/v1/users", headers=headers)).status)
        present[0] += timedelta(minutes=5)
    assert (found, rule.hits) == ([500, 200], 1)

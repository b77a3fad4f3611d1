from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.faults import ErrorAnswer, Fault, Latency, delay, drop, fail, garble, lose_answer, rate_limit, timeout
from knock_fake.gateway.faults.rule import contains
from knock_fake.state.references import Reference

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.json_types import Json

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_a_fault_keeps_what_people_write_in_one_form() -> None:
    fault = fail(
        "users.update",
        recipient="jane",
        body={"tags": ["a", "b"]},
        nth=[3, 1, 3],
        since="2026-01-01T12:00:00Z",
        lasting="1h30m",
        probability=1,
    )
    assert fault.targets == ("users.update",)
    assert fault.recipient == Reference("$users", "jane")
    assert fault.body == {"tags": ["a", "b"]}
    assert fault.nth == (1, 3)
    assert (fault.since, fault.lasting) == (NOON, timedelta(minutes=90))


def test_a_fault_for_every_call_needs_no_arguments() -> None:
    assert fail() == Fault(ErrorAnswer(), "*") == Fault(ErrorAnswer())


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (fail(), "500 on every call"),
        (fail("users.update", status=503, times=2), "503 on users.update, times 2"),
        (fail(["users.*", "tenants.set"], code="access_denied"), "403 access_denied on users.*, tenants.set"),
        (rate_limit("users.get", after=3), "429 on users.get, after 3"),
        (delay("users.get", "1500ms", probability=0.5), "a delay of 1.5s on users.get, probability 0.5"),
        (timeout(recipient={"collection": "c", "id": "o"}), "read_timeout on every call, recipient c/o"),
        (lose_answer("workflows.trigger", nth=2), "read_timeout after it was processed on workflows.trigger, nth 2"),
        (drop("users.get", name="flaky", lasting="5m"), "flaky on users.get, lasting 5m"),
        (garble("users.get", how="html"), "a garbled answer (html) on users.get"),
    ],
)
def test_a_fault_says_what_it_does(fault: Fault, text: str) -> None:
    assert str(fault) == text


def test_the_representation_leaves_out_what_is_usual() -> None:
    assert repr(Fault(Latency(timedelta(1)), "users.get", times=1)) == (
        "Fault(effect=Latency(length=datetime.timedelta(days=1)), targets=('users.get',), times=1)"
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: fail(times=0), "times must be 1 or more, not 0: it would never strike"),
        (lambda: fail(nth=0), "nth must be 1 or more, not 0: it would never strike"),
        (lambda: fail(nth=[1, -2]), "nth must be 1 or more, not -2: it would never strike"),
        (lambda: fail(after=-1), "after must be 0 or more, not -1"),
        (lambda: fail(probability=0), "probability must be more than 0 and at most 1, not 0"),
        (lambda: fail(probability=1.5), "probability must be more than 0 and at most 1, not 1.5"),
        (lambda: fail(probability=float("nan")), "probability must be more than 0 and at most 1, not nan"),
        (lambda: fail(nth=1, times=1), "nth says exactly which calls are struck: leave out times and after"),
        (lambda: fail(nth=1, after=1), "nth says exactly which calls are struck: leave out times and after"),
        (
            lambda: fail(until=NOON, lasting="1h"),
            "until and lasting both say when the fault ends: give one of them",
        ),
        (
            lambda: fail(since=NOON, until=NOON),
            f"the fault would end at {NOON} before it begins at {NOON}: swap since and until",
        ),
        (
            lambda: fail(lasting="soon"),
            "lasting: 'soon' is not a duration: write numbers with ms, s, m, h, d or w, such as '1h30m'",
        ),
        (lambda: fail(lasting="0s"), "lasting must be more than nothing, not 0:00:00"),
        (lambda: fail(since="noon"), "since: 'noon' is not an ISO-8601 instant such as '2026-01-01T09:00:00Z'"),
        (lambda: fail([]), "targets: the list is empty, so it would never strike; leave it out to strike every call"),
        (lambda: fail(status=200), "status must be that of an error, 400 to 599, not 200"),
        (lambda: fail(status=600), "status must be that of an error, 400 to 599, not 600"),
        (
            lambda: fail(code="workflow_mising"),
            "code: Knock documents no error code 'workflow_mising'; did you mean 'workflow_missing'?",
        ),
        (
            lambda: fail(status=502, message="Bad"),
            "message: the body of a 502 has none; give a code too, such as 'access_denied'",
        ),
        (lambda: fail(retry_after="0s"), "retry_after must be more than nothing, not 0:00:00"),
        (
            lambda: delay("users.get", "400d"),
            "the length of a delay must be more than nothing and no more than a year, not 400 days, 0:00:00",
        ),
        (lambda: drop(how="timeout"), "there is no failure 'timeout'; did you mean 'read_timeout'?"),  # type: ignore[arg-type]
        (
            lambda: lose_answer(how="connection_refused"),  # type: ignore[arg-type]
            "connection_refused: without a connection nothing can be processed; choose another failure",
        ),
        (
            lambda: timeout(phase="write"),  # type: ignore[arg-type]
            "phase: a client times out while it connects or reads, not 'write'; known: 'connect', 'read'",
        ),
        (
            lambda: garble(how="binary"),  # type: ignore[arg-type]
            "an answer cannot be garbled by 'binary'; known: 'content_type', 'empty', 'html', 'malformed', 'truncated'",
        ),
    ],
)
def test_a_fault_that_could_never_strike_is_refused(make: Callable[[], Fault], message: str) -> None:
    with pytest.raises(UsageError) as error:
        make()
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"times": "2"}, "times must be a whole number, not '2'"),
        ({"times": True}, "times must be a whole number, not True"),
        ({"nth": "12"}, "nth must be a whole number, not '1'"),
        ({"after": 1.5}, "after must be a whole number, not 1.5"),
        ({"probability": "half"}, "probability must be a number, not 'half'"),
        ({"api_key": ""}, "api_key must be text, not ''"),
        ({"workflow": 3}, "workflow must be text, not 3"),
        ({"name": None}, "name must be text, not None"),
        (
            {"recipient": {"id": "jane"}},
            "recipient: write a user's id, or {'collection': ..., 'id': ...} for an object, not {'id': 'jane'}",
        ),
        ({"body": "x"}, "body must be a dictionary that the body has to hold, or a function, not 'x'"),
        ({"when": True}, "when must be a function of the call, such as lambda attempt: ..., not True"),
        ({"since": 5}, "since must be a datetime or ISO-8601 text, not 5"),
        ({"lasting": 5}, "lasting must be text such as '5m' or a timedelta, not 5"),
        ({"target": 5}, "targets: name an operation such as 'users.update', or several in a list, not 5"),
        ({"status": "503"}, "status must be a number such as 503, not '503'"),
        ({"tims": 2}, "a fault has no 'tims'; did you mean 'times'?"),
        ({"stats": 503}, "a fault has no 'stats'; did you mean 'status'?"),
        ({"kode": "internal_error"}, "a fault has no 'kode'; did you mean 'code'?"),
        ({"retry": "1s"}, "a fault has no 'retry'; did you mean 'retry_after'?"),
        ({"targets": "users.*"}, "a fault has no 'targets'; did you mean 'target'?"),
    ],
)
def test_an_argument_of_another_type_is_refused(given: dict[str, object], message: str) -> None:
    make: Callable[..., Fault] = fail
    with pytest.raises(UsageTypeError) as error:
        make(**given)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("make", "given", "message"),
    [
        (delay, {"lenght": "2s"}, "a fault has no 'lenght'; did you mean 'length'?"),
        (timeout, {"phases": "read"}, "a fault has no 'phases'; did you mean 'phase'?"),
        (
            rate_limit,
            {"zzz": 1},
            "a fault has no 'zzz'; known: 'target', 'retry_after', 'should_retry', 'after', 'api_key'",
        ),
    ],
)
def test_every_verb_knows_its_own_keywords(make: Callable[..., Fault], given: dict[str, object], message: str) -> None:
    with pytest.raises(UsageTypeError) as error:
        make(**given)
    assert str(error.value).startswith(message)


def test_a_fault_needs_one_of_the_effects() -> None:
    make: Callable[..., Fault] = Fault
    with pytest.raises(UsageTypeError) as error:
        make(503)
    assert str(error.value) == "a fault's effect is one of those in knock_fake.faults, not 503"


@pytest.mark.parametrize(
    ("value", "part", "expected"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {}, True),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, True),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, False),
        ({"a": 1}, {"b": None}, False),
        ({"b": None}, {"b": None}, True),
        ({"a": [1, 2]}, {"a": [1]}, False),
        ([1], {}, False),
        (None, {}, False),
    ],
)
def test_a_body_holds_a_part(value: Json, part: dict[str, Json], *, expected: bool) -> None:
    assert contains(value, part) is expected

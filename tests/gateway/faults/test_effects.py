"""What calls that are struck are answered, and what the journal says of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake
from knock_fake.faults import ErrorAnswer, Fault
from knock_fake.gateway.call import Call
from knock_fake.gateway.disruption import Disruption
from knock_fake.gateway.faults.effects import CODES
from knock_fake.state.references import user
from knock_fake.steps import delay, in_app_feed

if TYPE_CHECKING:
    import httpx

    from knock_fake.gateway.call import Reply
    from knock_fake.json_types import Json

START = datetime(2026, 1, 1, tzinfo=UTC)


def identify(world: KnockFake, name: str = "jane") -> Reply:
    headers = {"authorization": f"Bearer {world.secret_key}"}
    return world.handle(Call("PUT", f"/v1/users/{name}", headers=headers))


def is_known(world: KnockFake) -> bool:
    """Whether ``identify`` has done its work."""
    return world.state.recipients.get(user("jane")) is not None


def shared(status: int, code: str, type_: str, message: str) -> Json:
    return {"code": code, "message": message, "status": status, "type": type_}


@pytest.mark.parametrize(
    ("effect", "status", "body"),
    [
        (ErrorAnswer(), 500, {"errors": {"detail": "500 Internal Server Error"}}),
        (ErrorAnswer(503), 503, {"errors": {"detail": "503 Service Unavailable"}}),
        (ErrorAnswer(418), 418, {"errors": {"detail": "418 I'm a Teapot"}}),
        (ErrorAnswer(599), 599, {"errors": {"detail": "599 Unknown Error"}}),
        (ErrorAnswer(429), 429, shared(429, "rate_limit_exceeded", "api_error", "Too many requests.")),
        (
            ErrorAnswer(403),
            403,
            shared(403, "access_denied", "api_error", "You do not have access to this resource."),
        ),
        (
            ErrorAnswer(code="workflow_inactive", message="Off."),
            400,
            shared(400, "workflow_inactive", "invalid_request_error", "Off."),
        ),
        (
            ErrorAnswer(401, "incorrect_token_type", "No."),
            401,
            shared(401, "incorrect_token_type", "authentication_error", "No."),
        ),
        (
            ErrorAnswer(422),
            422,
            {
                "code": "invalid_params",
                "message": "One or more parameters were rejected.",
                "status": 422,
                "type": "invalid_request_error",
                "errors": [{"field": "body", "message": "is refused by a scripted fault", "type": "fault"}],
            },
        ),
    ],
)
def test_an_error_has_knocks_body(
    api: httpx.Client, knock: KnockFake, effect: ErrorAnswer, status: int, body: Json
) -> None:
    knock.faults.add(Fault(effect))
    answer = api.get("/v1/users")
    assert (answer.status_code, answer.json()) == (status, body)


@pytest.mark.parametrize("code", CODES)
def test_every_documented_code_can_be_answered(api: httpx.Client, knock: KnockFake, code: str) -> None:
    knock.faults.fail(code=code)
    answer = api.get("/v1/users")
    assert (answer.status_code, answer.json()["code"], answer.json()["type"]) == (CODES[code][0], code, CODES[code][1])


@pytest.mark.parametrize(
    ("effect", "headers"),
    [
        (ErrorAnswer(503), {}),
        (ErrorAnswer(503, retry_after=timedelta(seconds=2)), {"retry-after": "2"}),
        (ErrorAnswer(503, retry_after=timedelta(milliseconds=1)), {"retry-after-ms": "1"}),
        (ErrorAnswer(503, retry_after=timedelta(seconds=1.5)), {"retry-after-ms": "1500"}),
        (ErrorAnswer(503, should_retry=False), {"x-should-retry": "false"}),
        (ErrorAnswer(503, should_retry=True), {"x-should-retry": "true"}),
    ],
)
def test_an_error_says_when_to_try_again(
    api: httpx.Client, knock: KnockFake, effect: ErrorAnswer, headers: dict[str, str]
) -> None:
    knock.faults.add(Fault(effect))
    answer = api.get("/v1/users")
    asked = ("retry-after", "retry-after-ms", "x-should-retry")
    assert {name: answer.headers[name] for name in asked if name in answer.headers} == headers


def test_a_rate_limit_says_by_itself_when_to_try_again(api: httpx.Client, knock: KnockFake) -> None:
    with knock.faults.rate_limit():
        assert api.get("/v1/users").headers["retry-after"] == "1"
    knock.faults.rate_limit(retry_after=None)
    assert "retry-after" not in api.get("/v1/users").headers


def test_what_struck_is_in_the_journal_and_in_a_header(api: httpx.Client, knock: KnockFake) -> None:
    knock.faults.fail("users.*", status=503, name="outage")
    answer = api.get("/v1/users/jane")
    (entry,) = knock.journal
    assert entry.operation == "users.get"
    assert entry.faults == ("fault 1: outage on users.*",)
    assert entry.hint == answer.headers["x-knock-fake-hint"] == "fault 1: outage on users.*"
    assert str(entry) == "2026-01-01T00:00:00Z  GET /v1/users/jane -> 503  (fault 1: outage on users.*)"
    assert answer.headers["x-request-id"]


def test_a_call_that_nothing_strikes_is_as_ever(api: httpx.Client, knock: KnockFake) -> None:
    knock.faults.fail("tenants.*")
    answer = api.get("/v1/users/jane")
    (entry,) = knock.journal
    assert (answer.status_code, entry.faults, entry.hint) == (404, (), "there is no user 'jane'")


def test_a_virtual_delay_moves_the_clock_before_the_call_is_processed(knock: KnockFake) -> None:
    knock.workflows.add("later", steps=[delay("1h"), in_app_feed("Hi")])
    knock.handle(
        Call(
            "POST",
            "/v1/workflows/later/trigger",
            headers={"authorization": "Bearer sk_test"},
            body=b'{"recipients": [{"id": "joe"}]}',
        )
    )
    knock.faults.delay("users.update", "1h", times=1)
    reply = identify(knock)
    assert (knock.clock.now, len(knock.state.messages)) == (START + timedelta(hours=1), 1)
    assert b"2026-01-01T01:00:00.000000Z" in reply.body
    assert reply.disruption == Disruption(None, 3600.0, is_virtual=True)


def test_delays_add_up_and_go_with_what_else_strikes(knock: KnockFake) -> None:
    knock.faults.delay("users.update", "1s")
    knock.faults.fail("users.update", status=503)
    knock.faults.delay("users.update", "2s")
    knock.faults.fail("users.update", status=500)
    reply = identify(knock)
    assert (reply.status, knock.clock.now) == (503, START + timedelta(seconds=3))
    assert [rule.hits for rule in knock.faults] == [1, 1, 1, 0]
    (entry,) = knock.journal
    assert entry.hint == (
        "fault 1: a delay of 1s on users.update; fault 2: 503 on users.update; fault 3: a delay of 2s on users.update"
    )


def test_a_real_delay_leaves_the_clock_alone(knock: KnockFake) -> None:
    knock.faults.delay("users.update", "10ms", real=True)
    reply = identify(knock)
    assert (knock.clock.now, reply.disruption) == (START, Disruption(None, 0.01, is_virtual=False))


def test_a_delay_is_real_where_time_is() -> None:
    world = KnockFake(time_source=lambda: START)
    world.faults.delay("users.update", "10ms")
    assert identify(world).disruption == Disruption(None, 0.01, is_virtual=False)


def test_a_call_that_a_timer_makes_is_not_delayed(knock: KnockFake) -> None:
    replies: list[Reply] = []
    knock.faults.delay("users.update", "1h")
    knock.clock.call_later(timedelta(minutes=1), lambda: replies.append(identify(knock)), "calls")
    knock.clock.advance("1m")
    assert ([reply.status for reply in replies], knock.clock.now) == ([200], START + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("verb", "failure", "status"),
    [
        ("refuse", "connection_refused", 502),
        ("timeout", "read_timeout", 504),
        ("drop", "disconnected", 502),
    ],
)
def test_a_call_without_an_answer_does_nothing(knock: KnockFake, verb: str, failure: str, status: int) -> None:
    getattr(knock.faults, verb)("users.update")
    reply = identify(knock)
    assert (reply.status, reply.disruption) == (status, Disruption(failure, processed=False))  # type: ignore[arg-type]
    assert not is_known(knock)
    (entry,) = knock.journal
    assert str(entry) == f"2026-01-01T00:00:00Z  PUT /v1/users/jane -> {failure}  (fault 1: {failure} on users.update)"


def test_a_lost_answer_was_given(knock: KnockFake) -> None:
    knock.faults.lose_answer("users.update")
    reply = identify(knock)
    assert (reply.status, reply.disruption) == (504, Disruption("read_timeout"))
    assert is_known(knock)
    (entry,) = knock.journal
    assert entry.reply.status == 200
    assert entry.reply.headers["x-request-id"] == reply.headers["x-request-id"]
    assert entry.outcome == "200, read_timeout"


def test_half_an_answer_has_the_headers_of_the_whole(knock: KnockFake) -> None:
    knock.faults.drop("users.update", how="incomplete_body")
    reply = identify(knock)
    assert (reply.status, reply.disruption) == (200, Disruption("incomplete_body"))
    assert b'"id":"jane"' in reply.body
    assert is_known(knock)


@pytest.mark.parametrize(
    ("how", "content_type", "ending"),
    [
        ("truncated", "application/json; charset=utf-8", b'"created_at":n'),
        ("malformed", "application/json; charset=utf-8", b"},"),
        ("html", "text/html; charset=utf-8", b"</html>"),
        ("content_type", "text/plain; charset=utf-8", b"}"),
        ("empty", "application/json; charset=utf-8", b""),
    ],
)
def test_a_spoilt_answer_has_its_status(knock: KnockFake, how: str, content_type: str, ending: bytes) -> None:
    getattr(knock.faults, "garble")("users.update", how=how)  # noqa: B009 - the kinds come from a table
    reply = identify(knock)
    assert (reply.status, reply.headers["content-type"], reply.disruption) == (200, content_type, None)
    assert reply.body.endswith(ending)
    assert bool(reply.body) == bool(ending)
    assert is_known(knock)


def test_answers_without_a_body_are_not_spoilt(api: httpx.Client, knock: KnockFake) -> None:
    rule = knock.faults.garble("users.*")
    api.put("/v1/users/jane", json={})
    assert (api.delete("/v1/users/jane").status_code, rule.hits) == (204, 1)

"""Knock's own SDK under scripted failures: it retries, gives up, and sends its idempotency key again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import anyio
import knockapi
import pytest
from knockapi import AsyncKnock, Knock

from knock_fake.steps import in_app_feed

if TYPE_CHECKING:
    from knock_fake import KnockFake


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the SDK would have slept before each retry, in seconds."""
    slept: list[float] = []

    async def nap(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("knockapi._base_client.time.sleep", slept.append)
    monkeypatch.setattr(anyio, "sleep", nap)
    return slept


def outcomes(knock: KnockFake) -> list[str]:
    return [entry.outcome for entry in knock.journal]


@pytest.mark.parametrize(
    ("verb", "options", "outcome"),
    [
        ("fail", {"status": 500}, "500"),
        ("fail", {"status": 503}, "503"),
        ("fail", {"status": 409}, "409"),
        ("rate_limit", {}, "429"),
        ("timeout", {}, "read_timeout"),
        ("timeout", {"phase": "connect"}, "connect_timeout"),
        ("refuse", {}, "connection_refused"),
        ("drop", {}, "disconnected"),
        ("drop", {"how": "connection_reset"}, "connection_reset"),
        ("drop", {"how": "incomplete_body"}, "200, incomplete_body"),
        ("lose_answer", {}, "200, read_timeout"),
    ],
)
def test_a_plain_client_gets_through_after_two_failures(
    knock: KnockFake, naps: list[float], verb: str, options: dict[str, str], outcome: str
) -> None:
    rule = getattr(knock.faults, verb)("users.update", times=2, **options)
    with Knock() as client:
        assert client.users.update("jane", name="Jane").name == "Jane"
    assert (outcomes(knock), len(naps)) == ([outcome, outcome, "200"], 2)
    rule.assert_hit(times=2)


@pytest.mark.parametrize(
    ("verb", "options", "kind"),
    [
        ("fail", {"status": 500}, knockapi.InternalServerError),
        ("fail", {"status": 409}, knockapi.ConflictError),
        ("rate_limit", {}, knockapi.RateLimitError),
        ("timeout", {}, knockapi.APITimeoutError),
        ("timeout", {"phase": "connect"}, knockapi.APITimeoutError),
        ("refuse", {}, knockapi.APIConnectionError),
        ("drop", {"how": "connection_reset"}, knockapi.APIConnectionError),
    ],
)
def test_a_plain_client_gives_up_after_three(
    knock: KnockFake, naps: list[float], verb: str, options: dict[str, str], kind: type[Exception]
) -> None:
    rule = getattr(knock.faults, verb)("users.update", **options)
    with Knock() as client, pytest.raises(kind) as error:
        client.users.update("jane", name="Jane")
    assert type(error.value) is kind
    assert len(naps) == 2
    rule.assert_hit(times=3)


@pytest.mark.parametrize(
    ("verb", "kind"), [("timeout", knockapi.APITimeoutError), ("refuse", knockapi.APIConnectionError)]
)
def test_an_async_client_retries_and_gives_up(
    knock: KnockFake, naps: list[float], verb: str, kind: type[Exception]
) -> None:
    async def update() -> str | None:
        async with AsyncKnock() as client:
            return (await client.users.update("jane", name="Jane")).name

    getattr(knock.faults, verb)("users.update", times=5)
    with pytest.raises(kind):
        asyncio.run(update())
    assert asyncio.run(update()) == "Jane"
    assert (len(knock.journal), len(naps)) == (6, 4)


@pytest.mark.parametrize(("status", "kind"), [(400, knockapi.BadRequestError), (403, knockapi.PermissionDeniedError)])
def test_what_is_no_use_to_repeat_is_not(
    knock: KnockFake, naps: list[float], status: int, kind: type[Exception]
) -> None:
    knock.faults.fail("users.update", status=status)
    with Knock() as client, pytest.raises(kind):
        client.users.update("jane", name="Jane")
    assert (len(knock.journal), naps) == (1, [])


def test_the_client_waits_as_long_as_it_is_asked_to(knock: KnockFake, naps: list[float]) -> None:
    knock.faults.rate_limit("users.update", retry_after="7s", times=1)
    knock.faults.fail("users.update", status=503, retry_after="250ms", times=1)
    with Knock() as client:
        client.users.update("jane")
    assert naps == [7.0, 0.25]


def test_the_client_obeys_when_told_not_to_retry(knock: KnockFake, naps: list[float]) -> None:
    knock.faults.fail("users.update", status=503, should_retry=False)
    with Knock() as client, pytest.raises(knockapi.InternalServerError):
        client.users.update("jane")
    assert (len(knock.journal), naps) == (1, [])


def test_a_trigger_whose_answer_is_lost_runs_once(knock: KnockFake, naps: list[float]) -> None:
    knock.workflows.add("hello", steps=[in_app_feed("Hi")])
    knock.faults.lose_answer("workflows.trigger", times=1)
    with Knock() as client:
        client.users.update("jane", name="Jane")
        client.workflows.trigger("hello", recipients=["jane"])
        assert len([*client.messages.list()]) == 1
    lost, replayed = [entry for entry in knock.journal if entry.operation == "workflows.trigger"]
    assert lost.call.headers["idempotency-key"] == replayed.call.headers["idempotency-key"]
    assert (lost.outcome, replayed.outcome, len(naps)) == ("200, read_timeout", "200", 1)
    assert replayed.reply.headers["idempotent-replayed"] == "true"
    assert lost.reply.body == replayed.reply.body


def test_a_call_whose_answer_is_lost_is_made_twice_where_keys_are_not_honoured(
    knock: KnockFake, naps: list[float]
) -> None:
    knock.faults.lose_answer("schedules.create", times=1)
    knock.workflows.add("hello", steps=[in_app_feed("Hi")])
    with Knock() as client:
        client.schedules.create(recipients=["jane"], workflow="hello", scheduled_at="2026-02-01T00:00:00Z")
    assert (len([*knock.state.schedules]), len(naps)) == (2, 1)


def test_a_delay_beyond_the_clients_patience_is_a_timeout(knock: KnockFake, naps: list[float]) -> None:
    knock.faults.delay("users.update", "90s", times=1)
    with Knock() as client:
        client.users.update("jane")
    assert outcomes(knock) == ["200", "200"]
    assert (len(naps), str(knock.clock.now)) == (1, "2026-01-01 00:01:30+00:00")


@pytest.mark.parametrize("how", ["truncated", "malformed"])
def test_a_spoilt_answer_raises_what_the_json_module_raises(knock: KnockFake, how: str) -> None:
    getattr(knock.faults, "garble")("users.update", how=how)  # noqa: B009 - the kinds come from a table
    with Knock() as client, pytest.raises(ValueError, match=r"column|line"):
        client.users.update("jane")


def test_a_client_of_the_worlds_own_retries_when_asked_to(knock: KnockFake, naps: list[float]) -> None:
    knock.faults.fail("users.*", status=503, times=2)
    assert knock.client(max_retries=2).users.update("jane", name="Jane").name == "Jane"
    knock.faults.fail("users.*", status=503)
    with pytest.raises(knockapi.InternalServerError):
        knock.client().users.update("jane")
    assert len(naps) == 2


def test_an_async_client_of_the_worlds_own_retries_when_asked_to(knock: KnockFake, naps: list[float]) -> None:
    knock.faults.timeout("users.update", times=1)

    async def update() -> str | None:
        async with knock.async_client(max_retries=1) as client:
            return (await client.users.update("jane", name="Jane")).name

    assert (asyncio.run(update()), len(naps)) == ("Jane", 1)


def test_a_client_retries_through_a_live_server(knock: KnockFake, knock_server: str, naps: list[float]) -> None:
    knock.faults.drop("users.update", how="connection_reset", nth=1)
    knock.faults.fail("users.update", status=502, nth=2)
    with Knock() as client:
        assert client.users.update("jane", name="Jane").name == "Jane"
    assert (outcomes(knock), len(naps)) == (["connection_reset", "502", "200"], 2)

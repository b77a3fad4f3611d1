from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from knock_fake.signals import (
    AudienceChanged,
    AudienceDefined,
    GuideEngaged,
    GuidesChanged,
    MessageEventRecorded,
    RecipientUpdated,
    RunEnded,
    RunErred,
    RunStarted,
    Signal,
    Signals,
    SourceEventReceived,
    WorldFilled,
)
from knock_fake.steps import delay, email, in_app_feed

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject

NOW = datetime(2026, 1, 1, tzinfo=UTC)

KINDS: tuple[type[Signal], ...] = (
    MessageEventRecorded,
    RunStarted,
    RunEnded,
    RunErred,
    AudienceChanged,
    AudienceDefined,
    RecipientUpdated,
    GuidesChanged,
    GuideEngaged,
    SourceEventReceived,
    WorldFilled,
)


@pytest.fixture
def heard(knock: KnockFake) -> list[Signal]:
    """What has been told since the fixture was asked for."""
    found: list[Signal] = []
    for kind in KINDS:
        knock.state.signals.on(kind, found.append)
    return found


def test_every_change_of_a_message_is_told(knock: KnockFake, api: httpx.Client, heard: list[Signal]) -> None:
    knock.workflows.add("digest", steps=[in_app_feed("Hi")])
    api.post("/v1/workflows/digest/trigger", json={"recipients": [{"id": "jane"}]}).raise_for_status()
    (message,), now = knock.state.messages.all(), knock.clock.now
    knock.clock.advance("1h")
    api.put(f"/v1/messages/{message.id}/interacted", json={"metadata": {"a": 1}}).raise_for_status()
    api.delete(f"/v1/messages/{message.id}/read").raise_for_status()
    told = [one for one in heard if isinstance(one, MessageEventRecorded)]
    later = knock.clock.now
    assert told == [
        MessageEventRecorded(now, message.id, "created", None),
        MessageEventRecorded(now, message.id, "queued", None),
        MessageEventRecorded(now, message.id, "delivered", None),
        MessageEventRecorded(later, message.id, "interacted", {"a": 1}),
        MessageEventRecorded(later, message.id, "read", None),
        MessageEventRecorded(later, message.id, "unread", None),
    ]


def test_the_life_of_a_run_is_told(knock: KnockFake, api: httpx.Client, heard: list[Signal]) -> None:
    knock.workflows.add("digest", steps=[email("Hi {{ 1 | divided_by: 0 }}", "Hi")])
    knock.workflows.add("waiting", steps=[delay("1h")])
    for key in ("digest", "waiting"):
        recipient: Json = {"id": "jane", "email": "jane@example.com"}
        body: JsonObject = {"recipients": [recipient], "cancellation_key": "k"}
        api.post(f"/v1/workflows/{key}/trigger", json=body).raise_for_status()
    api.post("/v1/workflows/waiting/cancel", json={"cancellation_key": "k"}).raise_for_status()
    (failed, waiting), now = knock.state.runs.all(), knock.clock.now
    assert [one for one in heard if not isinstance(one, RecipientUpdated)] == [
        RunStarted(now, failed.id),
        *[RunErred(now, failed.id)] * 3,
        RunEnded(now, failed.id, "completed"),
        RunStarted(now, waiting.id),
        RunEnded(now, waiting.id, "cancelled"),
    ]


def test_members_of_static_audiences_come_and_go(knock: KnockFake, api: httpx.Client, heard: list[Signal]) -> None:
    knock.audiences.add("beta")
    members: JsonObject = {"members": [{"user": {"id": "jane"}, "tenant": "acme"}]}
    for _ in range(2):
        api.post("/v1/audiences/beta/members", json=members).raise_for_status()
    for _ in range(2):
        api.request("DELETE", "/v1/audiences/beta/members", json=members).raise_for_status()
    now = knock.clock.now
    assert heard == [
        AudienceChanged(now, "beta", "jane", "acme", "enter"),
        AudienceChanged(now, "beta", "jane", "acme", "exit"),
    ]


JANE = "/v1/users/jane"
PUSH = "33333333-3333-4333-8333-333333333333"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", JANE, {"plan": "pro"}),
        ("PUT", JANE, {"created_at": "2020-01-01T00:00:00Z"}),
        ("PUT", JANE, {"plan": "pro", "preferences": {"default": {"channel_types": {"email": False}}}}),
        ("PUT", f"{JANE}/preferences/default", {"channel_types": {"email": False}}),
        ("DELETE", f"{JANE}/preferences/acme", None),
        ("PUT", f"{JANE}/channel_data/{PUSH}", {"data": {"tokens": ["t2"]}}),
        ("DELETE", f"{JANE}/channel_data/{PUSH}", None),
        ("POST", f"{JANE}/merge", {"from_user_id": "bob"}),
    ],
)
def test_a_change_of_a_recipient_is_told_once(
    knock: KnockFake, api: httpx.Client, method: str, path: str, body: JsonObject | None
) -> None:
    jane: JsonObject = {
        "channel_data": {PUSH: {"tokens": ["t1"]}},
        "preferences": {"acme": {"categories": {"a": True}}},
    }
    api.put(JANE, json=jane).raise_for_status()
    api.put("/v1/users/bob", json={"a": 1, "preferences": {"default": {"categories": {"a": True}}}}).raise_for_status()
    heard: list[Signal] = []
    knock.state.signals.on(RecipientUpdated, heard.append)
    answer = api.request(method, path, json=body) if body is not None else api.request(method, path)
    answer.raise_for_status()
    assert heard == [RecipientUpdated(knock.clock.now, "$users", "jane")]


def test_what_changes_nothing_is_not_told(knock: KnockFake, api: httpx.Client) -> None:
    jane: JsonObject = {
        "plan": "pro",
        "channel_data": {PUSH: {"tokens": ["t1"]}},
        "preferences": {"default": {"categories": {"a": True}}},
    }
    api.put(JANE, json=jane).raise_for_status()
    heard: list[Signal] = []
    knock.state.signals.on(RecipientUpdated, heard.append)
    api.put(JANE, json=jane).raise_for_status()
    api.delete(f"{JANE}/preferences/acme").raise_for_status()
    assert heard == []


def test_several_hear_in_the_order_in_which_they_asked_and_only_what_they_asked_for() -> None:
    signals, heard = Signals(), list[str]()
    signals.on(RunStarted, lambda _: heard.append("first"))
    signals.on(RunEnded, lambda _: heard.append("other"))
    signals.on(RunStarted, lambda _: heard.append("second"))
    signals.send(RunStarted(NOW, "run-1"))
    assert heard == ["first", "second"]


def test_nobody_hears_of_what_is_done_while_they_are_muted() -> None:
    signals, heard = Signals(), list[Signal]()
    signals.on(RunStarted, heard.append)
    with signals.muted():
        signals.send(RunStarted(NOW, "run-1"))
        with signals.together():
            signals.send(RunStarted(NOW, "run-2"))
    signals.send(RunStarted(NOW, "run-3"))
    assert heard == [RunStarted(NOW, "run-3")]


def test_signals_of_two_kinds_that_hold_the_same_are_two() -> None:
    signals, heard = Signals(), list[Signal]()
    signals.on(RunStarted, heard.append)
    signals.on(RunErred, heard.append)
    with signals.together():
        signals.send(RunStarted(NOW, "run-1"))
        signals.send(RunErred(NOW, "run-1"))
    assert list(map(type, heard)) == [RunStarted, RunErred]


def test_signals_held_together_are_told_once_each_and_afterwards() -> None:
    signals, heard = Signals(), list[Signal]()
    signals.on(RunStarted, heard.append)
    one, other = RunStarted(NOW, "run-1"), RunStarted(NOW, "run-2")

    def change() -> None:
        with signals.together():
            with signals.together():
                signals.send(one)
            for signal in (other, RunStarted(NOW, "run-1")):
                signals.send(signal)
            assert heard == []
            raise ZeroDivisionError  # what has changed by then is told all the same

    with pytest.raises(ZeroDivisionError):
        change()
    assert heard == [one, other]
    signals.send(one)
    assert heard == [one, other, one]

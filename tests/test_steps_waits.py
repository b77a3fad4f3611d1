"""Builders of waits and of the events that they wait for."""

from __future__ import annotations

import doctest
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from knock_fake.conditions import all_of, any_of, equal_to
from knock_fake.errors import ClockError, UsageError, UsageTypeError
from knock_fake.steps import (
    audience_event,
    message_event,
    recipient_event,
    sms,
    source_event,
    wait_for_event,
    waits,
    workflow_event,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.json_types import Json, JsonObject

PAID = source_event("shop", "paid")
A, B, C = (equal_to("event.data.total", number) for number in (1, 2, 3))


@pytest.mark.parametrize(
    ("event", "json"),
    [
        (
            message_event("digest", "seen"),
            {"event_type": "message", "source_type": "workflow", "source_key": "digest", "event_key": "seen"},
        ),
        (
            message_event("tour", "read", source_type="guide"),
            {"event_type": "message", "source_type": "guide", "source_key": "tour", "event_key": "read"},
        ),
        (workflow_event("other"), {"event_type": "workflow", "source_key": "other", "event_key": "completed"}),
        (workflow_event("other", "started"), {"event_type": "workflow", "source_key": "other", "event_key": "started"}),
        (audience_event("beta"), {"event_type": "audience", "audience_key": "beta", "event_key": "enter"}),
        (audience_event("beta", "exit"), {"event_type": "audience", "audience_key": "beta", "event_key": "exit"}),
        (recipient_event(), {"event_type": "recipient", "event_key": "updated"}),
        (PAID, {"event_type": "integration_source", "integration_source_key": "shop", "event_key": "paid"}),
    ],
)
def test_events(event: JsonObject, json: JsonObject) -> None:
    assert event == json


def test_wait_for_event() -> None:
    assert wait_for_event(PAID) == {
        "type": "wait_for_event",
        "settings": {
            "event": PAID,
            "on_match": "continue",
            "on_timeout": "halt",
            "expires_after": {"unit": "minutes", "value": 15},
        },
    }


def test_wait_for_event_with_everything() -> None:
    step = wait_for_event(
        PAID,
        match=A,
        on_match="halt",
        on_timeout="continue",
        expires_after=timedelta(days=1),
        ref="payment",
        name="Payment",
        conditions=B,
    )
    assert step == {
        "type": "wait_for_event",
        "ref": "payment",
        "name": "Payment",
        "conditions": {"all": [B]},
        "settings": {
            "event": PAID,
            "match_conditions": [{"operator": "and", "conditions": [A]}],
            "on_match": "halt",
            "on_timeout": "continue",
            "expires_after": {"unit": "days", "value": 1},
        },
    }


@pytest.mark.parametrize(
    ("match", "groups"),
    [
        (A, [[A]]),
        (all_of(A, B), [[A, B]]),
        (any_of(A, B), [[A], [B]]),
        (any_of(all_of(A, B), C), [[A, B], [C]]),
        (all_of(), [[]]),
    ],
)
def test_match_conditions_are_groups_of_which_one_has_to_hold(match: JsonObject, groups: list[list[Json]]) -> None:
    settings = wait_for_event(PAID, match=match)["settings"]
    assert isinstance(settings, dict)
    assert settings["match_conditions"] == [{"operator": "and", "conditions": group} for group in groups]


untyped: Any = waits
DEEP = all_of(any_of(A))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (
            lambda: untyped.message_event(1, "seen"),
            UsageTypeError,
            "message_event(source=...) must be text, not int 1",
        ),
        (lambda: untyped.source_event("shop", 1), UsageTypeError, "source_event(event=...) must be text, not int 1"),
        (lambda: untyped.audience_event(1), UsageTypeError, "audience_event(audience=...) must be text, not int 1"),
        (lambda: untyped.workflow_event(1), UsageTypeError, "workflow_event(workflow=...) must be text, not int 1"),
        (
            lambda: untyped.wait_for_event("seen"),
            UsageTypeError,
            "wait_for_event(event=...) must be a dict with texts as keys, not str 'seen'",
        ),
        (
            lambda: wait_for_event(sms("Hi")),
            UsageTypeError,
            (
                "wait_for_event(event=...) must be what a builder of events such as message_event() returns, "
                f"not dict {sms('Hi')!r}"
            ),
        ),
        (
            lambda: wait_for_event(PAID, match=DEEP),
            UsageError,
            (
                f"wait_for_event(match=...): {DEEP!r} is no match condition: "
                "give one condition, all_of() of conditions, or any_of() of these"
            ),
        ),
        (
            lambda: untyped.wait_for_event(PAID, match="x"),
            UsageTypeError,
            "wait_for_event(match=...) must be a dict with texts as keys, not str 'x'",
        ),
        (
            lambda: untyped.wait_for_event(PAID, on_match=True),
            UsageTypeError,
            "wait_for_event(on_match=...) must be text, not bool True",
        ),
        (
            lambda: wait_for_event(PAID, expires_after=timedelta(-1)),
            UsageError,
            (
                "wait_for_event(expires_after=datetime.timedelta(days=-1)) is negative: "
                "only one that is added to until=... can go back"
            ),
        ),
        (
            lambda: wait_for_event(PAID, expires_after="1 day"),
            ClockError,
            "wait_for_event(expires_after='1 day'): write '1d'",
        ),
        (
            lambda: untyped.wait_for_event(PAID, timeout="1d"),
            UsageTypeError,
            "wait_for_event() has no argument 'timeout'; did you mean 'on_timeout'?",
        ),
    ],
)
def test_what_makes_no_wait_is_refused(build: Callable[[], JsonObject], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as refusal:
        build()
    assert str(refusal.value) == message


def test_the_example_holds() -> None:
    assert doctest.testmod(waits).failed == 0

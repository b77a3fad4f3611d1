"""The words of events: every kind that the package records has a line, and the line holds the facts."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import knock_fake
from knock_fake.workflows import wording
from knock_fake.workflows.wording import EVENTS, describe_event, describe_skip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from knock_fake.json_types import JsonObject

PACKAGE = Path(knock_fake.__file__).parent

# The place of the event's name among the arguments, by the function that records it.
_NAMED = {"record": 0, "Finish": 0, "_end": 2, "_record": 2}


def calls() -> Iterator[tuple[str, list[ast.expr]]]:
    """Yield every call in the engine, its steps and what lays runs, by the name of the function."""
    files = [*(PACKAGE / "workflows").rglob("*.py"), *(PACKAGE / "scenarios").glob("recalled_runs.py")]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                function = node.func
                name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
                yield name, node.args


def recorded_events() -> set[str]:
    """Return the names of events that the source records."""
    found = set()
    for name, arguments in calls():
        place = _NAMED.get(name, len(arguments))
        for node in ast.walk(arguments[place]) if place < len(arguments) else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def skip_reasons() -> set[str]:
    """Return the reasons that steps are skipped for, as the source writes them."""
    names = ("skip", "_refusal", "Refusal")
    given = (arguments[0] for name, arguments in calls() if name in names and arguments)
    return {node.value for node in given if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_event_that_is_recorded_has_a_line() -> None:
    recorded = recorded_events()
    assert {"run_started", "step_failed", "batch_joined", "run_halted", "fetch_attempted"} < recorded
    assert recorded - EVENTS == set()


def test_every_reason_to_skip_a_step_has_words() -> None:
    reasons = skip_reasons()
    assert {"preferences", "conditions", "invalid_window"} < reasons
    assert reasons - wording._SKIPS.keys() == set()


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_an_event_without_its_data_has_a_line_too(event: str) -> None:
    assert describe_event(event, "step_1", {}).strip()


@pytest.mark.parametrize(
    ("event", "ref", "data", "line"),
    [
        ("run_started", None, {}, "run started"),
        (
            "run_started",
            None,
            {"subscribed_to": {"collection": "repos", "id": "r1"}},
            "run started because of the subscription to repos/r1",
        ),
        (
            "recipient_missing",
            None,
            {"recipient": "jane", "reason": "nobody identified jane"},
            (
                'recipient missing: nobody identified jane: identify with users.update("jane", ...) or trigger with '
                '{"id": "jane", ...}'
            ),
        ),
        (
            "trigger_data_invalid",
            None,
            {"errors": [{"field": "data.a", "message": "is required"}, {"field": "data.b", "message": "is not known"}]},
            "trigger data does not fit the workflow's schema: data.a is required; data.b is not known",
        ),
        (
            "trigger_conditions_evaluated",
            None,
            {"passed": True, "decided_by": "data.a exists: data.a is 1"},
            "trigger conditions are true: data.a exists: data.a is 1",
        ),
        ("step_conditions_evaluated", "email_1", {"passed": False}, "email_1 conditions are false"),
        (
            "step_skipped",
            "push_1",
            {"reason": "missing_recipient_data", "missing": "channel data of channel push", "channel_type": "push"},
            (
                "push_1 skipped: the channel needs channel data of channel push: identify with "
                'channel_data={<the channel\'s id>: {"tokens": ["..."]}}'
            ),
        ),
        ("step_failed", "email_1", {"reason": "no"}, "email_1 failed: no"),
        (
            "message_not_enqueued",
            "email_1",
            {"channel": "postmark", "reason": "preferences", "decided_by": "set `default`, x is false"},
            "email_1 sent nothing on channel postmark: set `default`, x is false",
        ),
        (
            "batch_joined",
            "batch_1",
            {"reason": "joined the batch that closes at 9"},
            "batch_1 ended the run: joined the batch that closes at 9",
        ),
        ("throttle_passed", "t", {"passed": 1, "limit": 2, "closes_at": "9"}, "t lets the run pass, 1 of 2 until 9"),
        (
            "fetch_attempted",
            "f",
            {
                "request": {"method": "GET", "url": "https://a.test/"},
                "response": {"status": 200},
                "duration_ms": 250,
                "answered_by": "the network",
            },
            "f asked GET https://a.test/: answered with 200 (after 250 ms, by the network)",
        ),
        (
            "fetch_attempted",
            "f",
            {"request": {"method": "GET", "url": "https://a.test/"}, "response": None, "duration_ms": 0},
            "f asked GET https://a.test/: no answer",
        ),
        ("fetch_completed", "f", {"data": {"a": 1, "b": 2}, "response_path": None}, "f merged a, b into the data"),
        ("fetch_completed", "f", {"data": [1], "response_path": "x.y"}, "f put the answer at data.x.y"),
        ("fetch_completed", "f", {"data": None}, "f merged nothing: the answer has no body"),
        (
            "agent_attempted",
            "a",
            {"request": {"model": "x:y"}, "response": {"text": None, "refusal": "No"}, "answered_by": "responder 1"},
            "a asked x:y: refused (by responder 1)",
        ),
        ("agent_completed", "a", {"data": {"a": {"text": "Hi"}}}, "a set a in the data"),
        ("data_updated", "u", {"data": {}}, "u set no keys in the data"),
        (
            "recipient_updated",
            "u",
            {
                "recipient": {"collection": "$tenants", "id": "acme"},
                "before": {"plan": "free", "name": "A", "updated_at": "1"},
                "after": {"plan": "pro", "name": "A", "seats": 3, "updated_at": "2"},
            },
            "u updated $tenants/acme: plan, seats",
        ),
        (
            "audience_updated",
            "g",
            {"audience": "beta", "is_new_member": False},
            "g found the recipient in the audience beta",
        ),
        (
            "audience_updated",
            "u",
            {"audience": "beta", "action": "remove", "is_changed": True},
            "u took the recipient out of the audience beta",
        ),
        (
            "workflow_triggered",
            "t",
            {
                "workflow": "digest",
                "recipients": ["jane", {"id": "joe", "name": "Joe"}, {"collection": "a", "id": "b"}],
            },
            "t triggered digest for jane, joe, a/b",
        ),
        ("trigger_loop", "t", {"workflow": "digest", "depth": 11}, "t does not trigger digest, which would be 11 deep"),
        ("run_completed", "email_1", {}, "run completed"),
        ("run_cancelled", "wait_1", {"reason": "wait_1 halts the run"}, "run cancelled: wait_1 halts the run"),
        ("some_event_of_knocks", "x_1", {"a": [1, None]}, 'x_1 some event of knocks: {"a":[1,null]}'),
        ("some_event_of_knocks", None, {}, "some event of knocks"),
    ],
)
def test_a_line_holds_what_happened_and_why(event: str, ref: str | None, data: JsonObject, line: str) -> None:
    assert describe_event(event, ref, data) == line


def test_what_is_long_is_cut() -> None:
    line = describe_event("unknown", None, {"a": "x" * 500})
    assert (len(line) < 150, line[-3:]) == (True, "...")


def test_a_reason_that_is_not_known_stands_for_itself() -> None:
    assert describe_skip({"reason": "moon_phase"}) == "moon_phase"

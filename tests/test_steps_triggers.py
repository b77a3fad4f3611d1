"""Builders of steps that trigger workflows and write audiences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from knock_fake.conditions import equal_to
from knock_fake.errors import UsageTypeError
from knock_fake.steps import trigger_workflow, triggers, update_audience, updates

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.json_types import JsonObject

PRO = equal_to("data.plan", "pro")


@pytest.mark.parametrize(
    ("step", "settings"),
    [
        (trigger_workflow("child"), {"workflow_key": "child"}),
        (
            trigger_workflow("child", recipients="bob", actor="", tenant="acme", data="{}", cancellation_key="k"),
            {
                "workflow_key": "child",
                "recipients": "bob",
                "actor": "",
                "tenant": "acme",
                "data": "{}",
                "cancellation_key": "k",
            },
        ),
        (
            trigger_workflow(
                "child", recipients=("jane", {"id": "bob"}), actor={"id": "eve"}, tenant={"id": "acme"}, data={"a": 1}
            ),
            {
                "workflow_key": "child",
                "recipients": '["jane",{"id":"bob"}]',
                "actor": '{"id":"eve"}',
                "tenant": '{"id":"acme"}',
                "data": {"a": 1},
            },
        ),
    ],
)
def test_trigger_workflow(step: JsonObject, settings: JsonObject) -> None:
    assert step == {"type": "trigger_workflow", "settings": settings}


def test_update_audience() -> None:
    assert update_audience("beta") == {
        "type": "update_audience",
        "settings": {"action": "add", "audience_key": "beta"},
    }
    assert update_audience("beta", "remove", ref="out", name="Out", conditions=PRO) == {
        "type": "update_audience",
        "ref": "out",
        "name": "Out",
        "conditions": {"all": [PRO]},
        "settings": {"action": "remove", "audience_key": "beta"},
    }


untyped_triggers: Any = triggers
untyped_updates: Any = updates


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: untyped_triggers.trigger_workflow(1), "trigger_workflow(workflow=...) must be text, not int 1"),
        (
            lambda: untyped_triggers.trigger_workflow("child", recipients=[{1}]),
            "trigger_workflow(recipients=...)[0]: JSON cannot hold set {1}",
        ),
        (
            lambda: untyped_triggers.trigger_workflow("child", data=[1]),
            "trigger_workflow(data=...) must be a dict with texts as keys, not list [1]",
        ),
        (
            lambda: untyped_triggers.trigger_workflow("child", cancellation_key=1),
            "trigger_workflow(cancellation_key=...) must be text, not int 1",
        ),
        (
            lambda: untyped_triggers.trigger_workflow("child", recipient="bob"),
            "trigger_workflow() has no argument 'recipient'; did you mean 'recipients'?",
        ),
        (lambda: untyped_updates.update_audience(1), "update_audience(audience=...) must be text, not int 1"),
        (lambda: untyped_updates.update_audience("beta", 1), "update_audience(action=...) must be text, not int 1"),
    ],
)
def test_what_makes_no_step_is_refused(build: Callable[[], JsonObject], message: str) -> None:
    with pytest.raises(UsageTypeError) as refusal:
        build()
    assert str(refusal.value) == message

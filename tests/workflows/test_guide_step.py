"""The step of type ``in_app_guide``: it lets its recipient into the audience of a guide and makes no message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake, WorkflowDefinitionError
from knock_fake.workflows.reasons import describe_run
from tests.delivery.sending import JANE, trigger

if TYPE_CHECKING:
    import httpx

    from knock_fake.json_types import JsonObject

GUIDES = "/v1/users/jane/guides/77777777-7777-4777-8777-777777777777"
STEP: JsonObject = {"type": "channel", "channel_type": "in_app_guide", "guide_key": "tour"}


@pytest.fixture
def guided(knock: KnockFake) -> KnockFake:
    """A world with a guide for an audience, and a workflow that leads to it."""
    knock.audiences.add("newcomers", triggers=["hello"])
    knock.guides.add("tour", [{"ref": "step_1", "values": {"title": "Hi"}}], target_audience_key="newcomers")
    knock.workflows.add("welcome", steps=[STEP], categories=["tips"])
    return knock


def skip(knock: KnockFake) -> JsonObject:
    (*_, run) = knock.state.runs
    (event,) = [event for event in run.events if event.event == "step_skipped"]
    return event.data or {}


@pytest.mark.parametrize("tenant", [None, "acme"])
def test_who_runs_into_the_step_is_shown_the_guide(guided: KnockFake, api: httpx.Client, tenant: str | None) -> None:
    query = {} if tenant is None else {"tenant": tenant}
    assert api.get(GUIDES, params=query).json()["entries"] == []
    assert trigger(guided, "welcome", tenant=tenant) == []
    assert [guide["key"] for guide in api.get(GUIDES, params=query).json()["entries"]] == ["tour"]
    (run,) = guided.state.runs
    assert [(event.event, event.data) for event in run.events if event.step_ref == "in_app_guide_1"] == [
        ("audience_updated", {"audience": "newcomers", "guide": "tour", "is_changed": True})
    ]


def test_the_second_time_nothing_changes(guided: KnockFake) -> None:
    trigger(guided, "welcome")
    trigger(guided, "welcome")
    assert len(guided.audiences.members("newcomers")) == 1
    (*_, run) = guided.state.runs
    assert (run.events[1].data or {})["is_changed"] is False


def test_a_guide_for_everybody_needs_no_step(guided: KnockFake) -> None:
    guided.guides.add("tour", [{"ref": "step_1", "values": {"title": "Hi"}}])
    trigger(guided, "welcome")
    reason = "the guide 'tour' has no target_audience_key, so everybody is shown it"
    assert skip(guided) == {"reason": "guide", "guide": "tour", "decided_by": reason}
    (run,) = guided.state.runs
    assert describe_run(run)[1] == f"  in_app_guide_1 skipped: {reason}"


def test_a_dynamic_audience_takes_nobody_in(guided: KnockFake) -> None:
    pro: JsonObject = {"all": [{"variable": "recipient.plan", "operator": "equal_to", "argument": "pro"}]}
    guided.audiences.add("professionals", conditions=pro)
    guided.guides.add("tour", [{"ref": "step_1", "values": {"title": "Hi"}}], target_audience_key="professionals")
    trigger(guided, "welcome")
    reason = "'professionals' is a dynamic audience: its members are those that it fits"
    assert skip(guided)["decided_by"] == reason


def test_a_guide_that_does_not_exist_skips_the_step(guided: KnockFake) -> None:
    guided.workflows.add("welcome", steps=[{**STEP, "guide_key": "tuor"}])
    trigger(guided, "welcome")
    assert skip(guided)["decided_by"] == "there is no guide 'tuor': did you mean 'tour'?"


def test_an_object_is_shown_no_guide(guided: KnockFake) -> None:
    trigger(guided, "welcome", {"collection": "places", "id": "paris", "name": "Paris"})
    assert skip(guided)["missing"] == "a user"


def test_preferences_and_the_channels_conditions_count(guided: KnockFake) -> None:
    trigger(guided, "welcome", {**JANE, "preferences": {"default": {"categories": {"tips": False}}}})
    assert skip(guided)["reason"] == "preferences"
    pro: JsonObject = {"all": [{"variable": "recipient.plan", "operator": "equal_to", "argument": "pro"}]}
    guided.channels.configure("in-app-guide", conditions=pro)
    guided.guides.add("tour", [{"ref": "step_1", "values": {"title": "Hi"}}], target_audience_key="newcomers")
    trigger(guided, "welcome")
    assert skip(guided)["reason"] == "conditions"
    assert not guided.audiences.is_member("newcomers", "jane")


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ({}, "guide_key: must be the key of a guide, not None"),
        ({"guide_key": 5}, "guide_key: must be the key of a guide, not 5"),
        (
            {"guide_key": "tour", "template": {"title": "x"}},
            "template: a guide step has none; the guide itself says what is shown",
        ),
        (
            {"guide_key": "tour", "channel_overrides": {"link_tracking": True}},
            "channel_overrides: a guide step has none; the guide itself says what is shown",
        ),
        ({"channel_type": "sms", "template": {"text_body": "x"}, "guide_key": "x"}, "guide_key: goes with steps of"),
    ],
)
def test_a_step_that_cannot_lead_to_a_guide_is_refused(knock: KnockFake, step: JsonObject, problem: str) -> None:
    with pytest.raises(WorkflowDefinitionError) as refused:
        knock.workflows.add("welcome", steps=[{"type": "channel", "channel_type": "in_app_guide", **step}])
    assert str(refused.value).startswith(f"workflow 'welcome': steps[0].{problem}")

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.conditions import equal_to, is_audience_member
from knock_fake.errors import WorkflowDefinitionError
from knock_fake.state.references import user
from knock_fake.steps import delay, in_app_feed, update_audience
from tests.workflows.runs import event_names, facts, run_steps, senders

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject


@pytest.fixture(autouse=True)
def beta(knock: KnockFake, api: httpx.Client) -> None:
    api.put("/v1/users/jane", json={}).raise_for_status()
    knock.audiences.add("beta", triggers=["welcome"])
    knock.workflows.add("welcome", steps=[in_app_feed("Welcome")])


def members(knock: KnockFake) -> list[tuple[str, str | None]]:
    return [(one.user.id, one.tenant) for one in knock.audiences.members("beta")]


def test_the_recipient_enters_and_leaves_an_audience(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, update_audience("beta"), delay("1h"), update_audience("beta", "remove"))
    assert members(knock) == [("jane", None)]
    assert facts(run, "audience_updated") == {"audience": "beta", "action": "add", "is_changed": True}
    knock.clock.advance("1h")
    assert members(knock) == []
    assert (run.events[-2].data, run.error_count) == ({"audience": "beta", "action": "remove", "is_changed": True}, 0)


def test_who_is_in_or_out_already_stays_so(knock: KnockFake, api: httpx.Client) -> None:
    steps = [update_audience("beta", action) for action in ("remove", "add", "add")]
    run = run_steps(knock, api, *steps)
    changes = [(one.data or {})["is_changed"] for one in run.events if one.event == "audience_updated"]
    assert (changes, members(knock), run.error_count) == ([False, True, False], [("jane", None)], 0)


def test_later_steps_see_the_membership_at_once(knock: KnockFake, api: httpx.Client) -> None:
    item = in_app_feed("Hi", conditions=is_audience_member("beta"))
    assert senders(run_steps(knock, api, item, update_audience("beta"), item, tenant="acme")) == ["in_app_feed_2"]
    assert members(knock) == [("jane", "acme")]


def test_workflows_run_for_who_enters_with_the_tenant(knock: KnockFake, api: httpx.Client) -> None:
    run_steps(knock, api, update_audience("beta"), update_audience("beta"), tenant="acme")
    (welcome,) = knock.state.runs.of_workflow("welcome")
    assert (welcome.recipient, welcome.tenant, welcome.status) == (user("jane"), "acme", "completed")
    assert (welcome.source.type, welcome.source.audience_key) == ("audience", "beta")


def test_an_object_cannot_be_a_member(knock: KnockFake, api: httpx.Client) -> None:
    project: JsonObject = {"id": "p1", "collection": "projects", "name": "Apollo"}
    run = run_steps(knock, api, update_audience("beta"), recipient=project)
    assert facts(run, "step_skipped") == {
        "reason": "no_user",
        "decided_by": "the recipient is an object, projects/p1",
    }
    assert (members(knock), run.error_count) == ([], 1)


@pytest.mark.parametrize(
    ("key", "workflow", "problem"),
    [
        ("betta", "digest", "there is no audience 'betta': did you mean 'beta'?"),
        ("pro", "digest", "'pro' is a dynamic audience: its members are those that it fits"),
        ("beta", "welcome", "audience 'beta' triggers this very workflow, which cannot add to it"),
    ],
)
def test_an_audience_that_cannot_be_written_fails_the_step(
    knock: KnockFake, api: httpx.Client, key: str, workflow: str, problem: str
) -> None:
    knock.audiences.add("pro", conditions=equal_to("recipient.plan", "pro"))
    run = run_steps(knock, api, update_audience(key), key=workflow)
    assert event_names(run)[1:] == ["step_failed"] * 3 + ["run_halted"]
    assert str((run.events[1].data or {})["reason"]).startswith(problem)


def test_a_workflow_may_remove_from_the_audience_that_triggers_it(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("welcome", steps=[update_audience("beta", "remove")])
    run_steps(knock, api, update_audience("beta"))
    assert members(knock) == []


def settings(**keys: Json) -> JsonObject:
    return {"type": "update_audience", "settings": keys}


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ({"type": "update_audience"}, r"steps\[0\]\.settings: must be an object"),
        (settings(audience_key="beta"), r"settings\.action: is required"),
        (settings(action="join", audience_key="beta"), r"settings\.action: cannot be 'join'"),
        (settings(action="add"), r"settings\.audience_key: is required"),
        (settings(action="add", audience="beta"), r"unknown key 'audience'; did you mean 'audience_key'"),
    ],
)
def test_what_is_no_update_is_refused_by_place(knock: KnockFake, step: JsonObject, problem: str) -> None:
    with pytest.raises(WorkflowDefinitionError, match=problem):
        knock.workflows.add("digest", steps=[step])

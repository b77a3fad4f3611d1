"""Dynamic audiences: who enters and leaves them, and what that sets off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.conditions import any_of, equal_to, is_audience_member, is_timestamp_before_now, message_is
from knock_fake.errors import UsageError, WorkflowDefinitionError
from knock_fake.signals import AudienceChanged, WorldFilled
from knock_fake.state.references import user
from knock_fake.steps import audience_event, in_app_feed, update_user, wait_for_event
from tests.workflows.runs import run_steps

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import JsonObject

PRO = equal_to("recipient.plan", "pro")


@pytest.fixture
def changes(knock: KnockFake) -> list[tuple[str, str, str]]:
    """Who entered or left which audience since the fixture was asked for."""
    found: list[tuple[str, str, str]] = []

    def hear(signal: AudienceChanged) -> None:
        found.append((signal.user_id, signal.transition, signal.audience))

    knock.state.signals.on(AudienceChanged, hear)
    return found


def update(api: httpx.Client, **properties: str) -> None:
    api.put("/v1/users/jane", json=properties).raise_for_status()


def members(knock: KnockFake, key: str = "pro") -> list[str]:
    return [one.user.id for one in knock.audiences.members(key)]


def test_users_enter_and_leave_as_their_properties_change(
    knock: KnockFake, api: httpx.Client, changes: list[tuple[str, str, str]]
) -> None:
    knock.audiences.add("pro", conditions=PRO)
    for plan in ("free", "pro", "pro", "team"):
        update(api, plan=plan)
    assert changes == [("jane", "enter", "pro"), ("jane", "exit", "pro")]
    assert members(knock) == []


def test_who_fits_an_audience_when_it_is_added_has_not_entered_it(
    knock: KnockFake, api: httpx.Client, changes: list[tuple[str, str, str]]
) -> None:
    update(api, plan="pro")
    knock.audiences.add("pro", conditions=PRO)
    update(api, name="Jane")
    assert (members(knock), knock.audiences.is_member("pro", "jane"), changes) == (["jane"], True, [])
    update(api, plan="free")
    assert changes == [("jane", "exit", "pro")]


def test_who_gets_a_membership_by_merging_enters_audiences_that_ask_for_it(
    knock: KnockFake, api: httpx.Client, changes: list[tuple[str, str, str]]
) -> None:
    knock.audiences.add("beta")
    knock.audiences.add("testers", conditions=is_audience_member("beta"))
    update(api)
    api.put("/v1/users/joe", json={})
    knock.state.audiences.enter("beta", user("joe"), None)
    changes.clear()
    api.post("/v1/users/jane/merge", json={"from_user_id": "joe"}).raise_for_status()
    assert (members(knock, "testers"), changes) == (["jane"], [("jane", "enter", "testers")])


def test_workflows_run_for_who_enters(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("congratulate", steps=[in_app_feed("Hi")])
    knock.audiences.add("pro", conditions=PRO, triggers=["congratulate"])
    update(api, plan="pro")
    update(api, name="Jane")
    (run,) = knock.state.runs
    assert (run.recipient.id, run.tenant, run.status) == ("jane", None, "completed")
    assert (run.source.type, run.source.audience_key) == ("audience", "pro")


def test_a_step_lets_a_user_enter(knock: KnockFake, api: httpx.Client) -> None:
    update(api)
    knock.workflows.add("congratulate", steps=[in_app_feed("Hi")])
    knock.audiences.add("pro", conditions=PRO, triggers=["congratulate"])
    run_steps(knock, api, update_user({"plan": "pro"}))
    assert [run.workflow for run in knock.state.runs] == ["digest", "congratulate"]


def test_a_workflow_that_lets_its_user_leave_and_enter_for_ever_ends(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("again", steps=[update_user({"plan": "free"}), update_user({"plan": "pro"})])
    knock.audiences.add("pro", conditions=PRO, triggers=["again"])
    update(api, plan="pro")
    assert [run.origin.depth for run in knock.state.runs] == [*range(12)]
    assert knock.state.runs.all()[-1].events[1].event == "trigger_loop"


def test_a_run_waits_for_its_user_to_enter_a_dynamic_audience(knock: KnockFake, api: httpx.Client) -> None:
    update(api)
    knock.audiences.add("pro", conditions=PRO)
    run = run_steps(knock, api, wait_for_event(audience_event("pro")))
    update(api, plan="team")
    assert run.status == "paused"
    update(api, plan="pro")
    assert run.status == "completed"


def test_an_audience_may_ask_for_the_members_of_another(
    knock: KnockFake, api: httpx.Client, changes: list[tuple[str, str, str]]
) -> None:
    update(api)
    knock.audiences.add("beta")
    knock.audiences.add("testers", conditions=any_of(is_audience_member("beta"), PRO))
    body: JsonObject = {"members": [{"user": {"id": "jane"}}]}
    api.post("/v1/audiences/beta/members", json=body).raise_for_status()
    api.request("DELETE", "/v1/audiences/beta/members", json=body).raise_for_status()
    assert sorted(changes) == [
        ("jane", "enter", "beta"),
        ("jane", "enter", "testers"),
        ("jane", "exit", "beta"),
        ("jane", "exit", "testers"),
    ]


def test_time_alone_is_noticed_with_the_next_update(
    knock: KnockFake, api: httpx.Client, changes: list[tuple[str, str, str]]
) -> None:
    knock.audiences.add("expired", conditions=is_timestamp_before_now("recipient.until"))
    update(api, until="2026-01-01T01:00:00Z")
    knock.clock.advance("2h")
    assert (members(knock, "expired"), changes) == (["jane"], [])
    update(api, name="Jane")
    assert changes == [("jane", "enter", "expired")]


def test_who_is_deleted_and_comes_back_enters_again(
    knock: KnockFake, api: httpx.Client, changes: list[tuple[str, str, str]]
) -> None:
    knock.audiences.add("pro", conditions=PRO)
    update(api, plan="pro")
    api.delete("/v1/users/jane").raise_for_status()
    update(api, plan="pro")
    assert changes == [("jane", "enter", "pro")] * 2


def test_objects_are_no_members(knock: KnockFake, api: httpx.Client, changes: list[tuple[str, str, str]]) -> None:
    knock.audiences.add("pro", conditions=PRO)
    api.put("/v1/objects/projects/p1", json={"plan": "pro"}).raise_for_status()
    assert (members(knock), changes) == ([], [])


def test_an_audience_that_gets_other_conditions_learns_who_fits_them(
    knock: KnockFake, api: httpx.Client, changes: list[tuple[str, str, str]]
) -> None:
    knock.audiences.add("pro", conditions=PRO)
    update(api, plan="team")
    knock.state.audiences.define("pro", None, equal_to("recipient.plan", "team"))
    update(api, name="Jane")
    assert (members(knock), changes) == (["jane"], [])
    knock.state.audiences.define("pro", None)
    update(api, plan="pro")
    assert (members(knock), changes) == ([], [])


def test_the_users_of_a_scenario_have_always_been_members(knock: KnockFake, api: httpx.Client) -> None:
    knock.audiences.add("pro", conditions=PRO, triggers=["congratulate"])
    knock.workflows.add("congratulate", steps=[in_app_feed("Hi")])
    with knock.state.signals.muted():
        update(api, plan="pro")
    knock.state.signals.send(WorldFilled(knock.clock.now))
    update(api, name="Jane")
    assert (members(knock), len(knock.state.runs)) == (["jane"], 0)


def test_members_go_back_with_a_snapshot(
    knock: KnockFake, api: httpx.Client, changes: list[tuple[str, str, str]]
) -> None:
    knock.audiences.add("pro", conditions=PRO)
    with knock.branch():
        update(api, plan="pro")
    update(api, plan="pro")
    assert changes == [("jane", "enter", "pro")] * 2


def test_conditions_that_cannot_be_evaluated_are_refused(knock: KnockFake) -> None:
    with pytest.raises(WorkflowDefinitionError, match=r"audience 'pro': conditions\.operator: 'is' is no operator"):
        knock.audiences.add("pro", conditions={**PRO, "operator": "is"})
    with pytest.raises(WorkflowDefinitionError, match=r"audience 'pro': conditions: tests the status of a message"):
        knock.audiences.add("pro", conditions=message_is("email_1", "seen"))
    knock.audiences.add("pro", conditions={})
    with pytest.raises(UsageError, match="audience key 'pro' is taken"):
        knock.audiences.add("pro")

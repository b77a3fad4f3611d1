from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.conditions import all_of, any_of, equal_to, message_is
from knock_fake.errors import WorkflowDefinitionError
from knock_fake.steps import branch, delay, in_app_feed, otherwise, when
from knock_fake.workflows.reasons import describe_run
from tests.workflows.runs import event_names, facts, run_steps, senders

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject

PRO, TEAM = equal_to("data.plan", "pro"), equal_to("data.seats", 5)


@pytest.fixture(autouse=True)
def jane(api: httpx.Client) -> None:
    api.put("/v1/users/jane", json={"plan": "pro"}).raise_for_status()


def item(ref: str) -> JsonObject:
    return in_app_feed("Hello", ref=ref)


PLANS = branch(
    when(PRO, [item("pro")], name="Pro"), when(TEAM, [item("team")], name="Team"), otherwise([item("other")])
)


@pytest.mark.parametrize(
    ("data", "made"),
    [
        ({"plan": "pro"}, ["pro", "end"]),
        ({"seats": 5}, ["team", "end"]),
        ({"plan": "pro", "seats": 5}, ["pro", "end"]),
        ({}, ["other", "end"]),
    ],
)
def test_the_first_branch_whose_conditions_are_true_runs(
    knock: KnockFake, api: httpx.Client, data: JsonObject, made: list[str]
) -> None:
    run = run_steps(knock, api, PLANS, item("end"), data=data)
    assert (run.status, senders(run)) == ("completed", made)


def test_without_a_default_of_its_own_a_branch_does_nothing(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, branch(when(PRO, [item("pro")])), item("end"))
    assert (facts(run, "branch_selected")["branch"], senders(run)) == ("Default", ["end"])


def test_a_run_tells_which_branch_it_took_and_what_decided(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, PLANS, data={"plan": "free", "seats": 5})
    assert event_names(run) == ["run_started", "branch_selected", "message_enqueued", "run_completed"]
    assert (run.events[1].step_ref, run.events[1].step_type) == ("branch_1", "branch")
    plan: JsonObject = {**PRO, "value": "free", "passed": False}
    seats: JsonObject = {**TEAM, "value": 5, "passed": True}
    assert facts(run, "branch_selected") == {
        "branch": "Team",
        "index": 1,
        "decided_by": 'data.seats equal_to "5": data.seats is 5',
        "evaluations": [
            {"branch": "Pro", "passed": False, "conditions": [plan]},
            {"branch": "Team", "passed": True, "conditions": [seats]},
        ],
    }


def test_the_report_says_why_the_default_was_taken(knock: KnockFake, api: httpx.Client) -> None:
    assert describe_run(run_steps(knock, api, PLANS))[1] == (
        "  branch_1 took branch 'Default': not 'Pro': data.plan equal_to \"pro\": data.plan is not set; "
        "not 'Team': data.seats equal_to \"5\": data.seats is not set"
    )


@pytest.mark.parametrize("steps", [[item("pro")], []])
def test_a_terminating_branch_ends_the_workflow(knock: KnockFake, api: httpx.Client, steps: list[JsonObject]) -> None:
    run = run_steps(knock, api, branch(when(PRO, steps, terminates=True)), item("end"), data={"plan": "pro"})
    assert (run.status, senders(run)) == ("completed", [one["ref"] for one in steps])


def test_branches_stand_in_one_another_and_hold_every_type_of_step(knock: KnockFake, api: httpx.Client) -> None:
    inner = branch(when(TEAM, [delay("1h"), item("team")]), otherwise([], terminates=True))
    run = run_steps(knock, api, branch(when(PRO, [inner])), item("end"), data={"plan": "pro", "seats": 5})
    assert (run.status, senders(run)) == ("paused", [])
    knock.clock.advance("1h")
    assert (run.status, senders(run)) == ("completed", ["team", "end"])


def test_a_branch_asks_for_the_message_of_an_earlier_step(knock: KnockFake, api: httpx.Client) -> None:
    escalate = branch(when(message_is("in_app_feed_1", "seen"), [item("seen")]), otherwise([item("unseen")]))
    run = run_steps(knock, api, in_app_feed("Hello"), delay("1h"), escalate)
    api.put(f"/v1/messages/{run.messages[0].id}/seen").raise_for_status()
    knock.clock.advance("1h")
    assert senders(run) == ["in_app_feed_1", "seen"]


def test_groups_nest_in_the_conditions_of_a_branch(knock: KnockFake, api: httpx.Client) -> None:
    either = any_of(all_of(PRO, TEAM), equal_to("recipient.plan", "pro"))
    run = run_steps(knock, api, branch(when(either, [item("either")])))
    assert senders(run) == ["either"]


def forks(*branches: Json, **keys: Json) -> JsonObject:
    return {"type": "branch", "branches": [*branches], **keys}


DEFAULT: JsonObject = {"conditions": None, "steps": []}
ONE: JsonObject = {"conditions": {"all": [PRO]}, "steps": []}


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        (forks(), r"steps\[0\]\.branches: must be a list of 1 to 10 branches, not 0"),
        (forks(*[ONE] * 10, DEFAULT), r"branches: must be a list of 1 to 10 branches, not 11"),
        (forks(DEFAULT, ONE), r"branches\[0\]\.conditions: every branch but the last, the default, needs"),
        (forks({"conditions": {"any": []}}, DEFAULT), r"branches\[0\]\.conditions: every branch but the last"),
        (forks(ONE), r"branches\[0\]\.conditions: the last branch is the default, which has none"),
        (forks(DEFAULT, conditions={"all": [PRO]}), r"steps\[0\]\.conditions: a step of type branch has none"),
        (forks("pro"), r"branches\[0\]: must be an object"),
        (forks({"step": []}), r"branches\[0\]: unknown key 'step'; did you mean 'steps'"),
        (forks({"name": 1}), r"branches\[0\]\.name: must be text"),
        (forks({"terminates": "yes"}), r"branches\[0\]\.terminates: must be true or false"),
        (forks({"steps": {}}), r"branches\[0\]\.steps: must be a list of steps"),
        (forks({"steps": [{"type": "x"}]}), r"branches\[0\]\.steps\[0\]\.type: steps of type 'x' cannot be run"),
        (
            forks({"conditions": {"all": [{**PRO, "operator": "is"}]}}, DEFAULT),
            r"branches\[0\]\.conditions\.all\[0\]\.operator: 'is' is no operator",
        ),
        ({"type": "branch", "branches": {}}, r"branches: must be a list"),
        ({"type": "branch"}, r"branches: must be a list of 1 to 10 branches, not 0"),
    ],
)
def test_what_is_no_branch_step_is_refused_by_place(knock: KnockFake, step: JsonObject, problem: str) -> None:
    with pytest.raises(WorkflowDefinitionError, match=problem):
        knock.workflows.add("digest", steps=[step])


def test_ten_branches_with_the_default_are_taken(knock: KnockFake) -> None:
    assert len(knock.workflows.add("digest", steps=[forks(*[ONE] * 9, DEFAULT)]).steps[0].entries) == 10


def test_branches_without_names_are_numbered(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, forks(ONE, {**ONE, "conditions": {"all": [TEAM]}}, {}), data={"seats": 5})
    assert facts(run, "branch_selected")["branch"] == "Branch 2"

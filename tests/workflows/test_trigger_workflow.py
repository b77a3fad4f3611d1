from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake
from knock_fake.conditions import equal_to
from knock_fake.errors import WorkflowDefinitionError
from knock_fake.state.references import Reference, user
from knock_fake.state.runs import RunSettings, TriggerSource
from knock_fake.steps import (
    branch,
    delay,
    in_app_feed,
    otherwise,
    trigger_workflow,
    update_audience,
    wait_for_event,
    when,
    workflow_event,
)
from knock_fake.workflows.reasons import describe_run
from tests.workflows.runs import event_names, facts, run_steps, senders

if TYPE_CHECKING:
    import httpx

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.runs import Run

ITEM = in_app_feed("Hi")


@pytest.fixture(autouse=True)
def people(knock: KnockFake, api: httpx.Client) -> None:
    for name in ("jane", "bob"):
        api.put(f"/v1/users/{name}", json={}).raise_for_status()
    knock.workflows.add("child", steps=[ITEM])


def children(knock: KnockFake, key: str = "child") -> list[Run]:
    return [*knock.state.runs.of_workflow(key)]


def test_a_run_triggers_another_workflow_for_its_own_recipient(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(
        knock,
        api,
        trigger_workflow("child"),
        in_app_feed("End", ref="end"),
        actor="bob",
        tenant="acme",
        data={"total": 5},
        cancellation_key="order-1",
    )
    (child,) = children(knock)
    assert (child.recipient, child.actor, child.tenant, child.data) == (user("jane"), user("bob"), "acme", {"total": 5})
    assert child.source == TriggerSource("workflow_step", "order-1")
    assert (child.status, senders(child), senders(run)) == ("completed", ["in_app_feed_1"], ["end"])
    assert child.workflow_run_id != run.workflow_run_id
    assert facts(run, "workflow_triggered") == {
        "workflow": "child",
        "workflow_run_id": child.workflow_run_id,
        "recipients": ["jane"],
    }
    assert describe_run(run)[1] == "  trigger_workflow_1 triggered child for jane"
    shown = api.get(f"/v1/workflow_recipient_runs/{child.id}").json()
    assert shown["trigger_source"]["type"] == "workflow_step"


def test_every_run_triggers_for_itself(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[trigger_workflow("child")])
    api.post("/v1/workflows/digest/trigger", json={"recipients": ["jane", "bob"]}).raise_for_status()
    assert [child.recipient.id for child in children(knock)] == ["jane", "bob"]
    assert len({child.workflow_run_id for child in children(knock)}) == 2


def test_without_actor_tenant_and_key_there_are_none(knock: KnockFake, api: httpx.Client) -> None:
    run_steps(knock, api, trigger_workflow("child"))
    (child,) = children(knock)
    assert (child.actor, child.tenant, child.data, child.source.cancellation_key) == (None, None, {}, None)


@pytest.mark.parametrize(
    ("recipients", "reached"),
    [
        ("bob", ["bob"]),
        (" {{ data.who }} ", ["bob"]),
        ("{{ data.everybody | json }}", ["jane", "bob"]),
        (["jane", "{{ data.who }}"], ["jane", "bob"]),
        ([{"id": "eve", "name": "Eve"}], ["eve"]),
        ('{"id": "p1", "collection": "projects"}', ["projects/p1", "bob"]),
        ([{"id": "p1", "collection": "projects"}, "jane"], ["projects/p1", "jane", "bob"]),
    ],
)
def test_recipients_are_an_id_or_a_list_of_whatever_a_trigger_takes(
    knock: KnockFake, api: httpx.Client, recipients: str | list[Json], reached: list[str]
) -> None:
    api.put("/v1/objects/projects/p1", json={"name": "Apollo"}).raise_for_status()
    api.post("/v1/objects/projects/p1/subscriptions", json={"recipients": ["bob"]}).raise_for_status()
    data: JsonObject = {"who": "bob", "everybody": ["jane", "bob"]}
    run_steps(knock, api, trigger_workflow("child", recipients=recipients), data=data)
    assert [str(child.recipient) for child in children(knock)] == reached


def test_people_who_are_inline_are_identified(knock: KnockFake, api: httpx.Client) -> None:
    step = trigger_workflow(
        "child",
        recipients=[{"id": "eve", "name": "{{ data.name }}", "$trigger_data": {"seat": 7}}],
        actor={"id": "a1", "collection": "apps", "name": "App"},
        tenant={"id": "acme", "name": "Acme"},
        data={"total": "{{ data.total }}", "kept": 1},
    )
    run_steps(knock, api, step, data={"name": "Eve", "total": 5})
    (child,) = children(knock)
    assert child.data == {"total": "5", "kept": 1, "seat": 7}
    assert child.actor == Reference("apps", "a1")
    eve = knock.state.recipients.get(user("eve"))
    acme = knock.state.recipients.get(Reference("$tenants", "acme"))
    assert eve is not None
    assert acme is not None
    assert (eve.properties, acme.properties) == ({"name": "Eve"}, {"name": "Acme"})


def test_an_empty_text_is_nothing_at_all(knock: KnockFake, api: httpx.Client) -> None:
    step = trigger_workflow("child", actor="", tenant="{{ data.nothing }}", data="", cancellation_key=" ")
    run_steps(knock, api, step, actor="bob", tenant="acme", data={"a": 1}, cancellation_key="k")
    (child,) = children(knock)
    assert (child.actor, child.tenant, child.data, child.source.cancellation_key) == (None, None, {}, None)


def test_the_child_runs_by_the_latest_version(knock: KnockFake, api: httpx.Client) -> None:
    run_steps(knock, api, delay("1h"), trigger_workflow("child"))
    knock.workflows.add("child", steps=[in_app_feed("New", ref="new")])
    knock.clock.advance("1h")
    assert senders(children(knock)[0]) == ["new"]


def test_the_key_may_be_liquid(knock: KnockFake, api: httpx.Client) -> None:
    run_steps(knock, api, trigger_workflow("{{ data.next }}"), data={"next": "child"})
    assert len(children(knock)) == 1


def test_sandbox_and_skipped_delays_go_on_to_the_child(knock: KnockFake, api: httpx.Client) -> None:
    settings: JsonObject = {"sandbox_mode": True, "skip_delay": True}
    run_steps(knock, api, trigger_workflow("child"), settings=settings)
    assert children(knock)[0].settings == RunSettings(sandbox_mode=True, skip_delay=True)


def test_who_is_cancelled_before_triggers_nothing_and_who_is_cancelled_after_keeps_the_child(
    knock: KnockFake, api: httpx.Client
) -> None:
    knock.workflows.add("child", steps=[delay("1d")])
    early = run_steps(knock, api, delay("1h"), trigger_workflow("child"), cancellation_key="early")
    late = run_steps(knock, api, trigger_workflow("child"), delay("1h"), cancellation_key="late")
    for key in ("early", "late"):
        api.post("/v1/workflows/digest/cancel", json={"cancellation_key": key}).raise_for_status()
    assert (early.status, late.status) == ("cancelled", "cancelled")
    (child,) = children(knock)
    assert child.status == "paused"
    api.post("/v1/workflows/child/cancel", json={"cancellation_key": "late"}).raise_for_status()
    assert child.status == "cancelled"


@pytest.mark.parametrize("end", ["switched off", "archived"])
def test_a_workflow_that_does_not_run_any_more_skips_the_step(knock: KnockFake, api: httpx.Client, end: str) -> None:
    (knock.workflows.deactivate if end == "switched off" else knock.workflows.archive)("child")
    run = run_steps(knock, api, trigger_workflow("child"), in_app_feed("End", ref="end"))
    told = f"workflow 'child' is {end}"
    skipped: JsonObject = {"reason": "workflow_inactive", "workflow": "child", "decided_by": told}
    assert (facts(run, "step_skipped"), senders(run), run.error_count) == (skipped, ["end"], 0)
    assert describe_run(run)[1] == f"  trigger_workflow_1 skipped: {told}"


SCHEMA: JsonObject = {"type": "object", "required": ["total"]}


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        (trigger_workflow("childd"), "there is no workflow 'childd': did you mean 'child'?"),
        (trigger_workflow("{{ data.nothing }}"), "there is no workflow ''"),
        (trigger_workflow("child", recipients="{{ 1 | divided_by: 0 }}"), "settings.recipients"),
        (trigger_workflow("child", recipients=""), "recipients must be a list, not null"),
        (trigger_workflow("child", recipients="[]"), "recipients must not be empty"),
        (trigger_workflow("child", recipients="[1]"), "recipients.0"),
        (trigger_workflow("child", data="[1]"), "data must be an object or null, not a list"),
        (trigger_workflow("child", data="{{ data.name }}"), "data must be an object or null, not the string 'Jane'"),
        (trigger_workflow("child", data="{ 'a': 1 }"), "data must be an object or null"),
        (trigger_workflow("child", actor="nobody"), "identify 'nobody' first"),
        (trigger_workflow("child", actor="[]"), "actor"),
        (trigger_workflow("child", recipients=[{"id": "a/b", "name": "x"}]), "recipients.0.id must not contain"),
        (trigger_workflow("strict", data={"sum": 5}), "data.total is required"),
    ],
)
def test_what_the_api_would_refuse_fails_the_step(
    knock: KnockFake, api: httpx.Client, step: JsonObject, problem: str
) -> None:
    knock.workflows.add("strict", steps=[ITEM], trigger_data_json_schema=SCHEMA)
    run = run_steps(knock, api, step, ITEM, data={"name": "Jane"})
    assert event_names(run)[1:] == ["step_failed"] * 3 + ["run_halted"]
    assert problem in str((run.events[1].data or {})["reason"])
    assert (children(knock), children(knock, "strict")) == ([], [])


def test_a_world_that_makes_up_workflows_makes_up_this_one_too() -> None:
    knock = KnockFake(unknown_workflows="accept")
    knock.workflows.add("digest", steps=[trigger_workflow("made-up")])
    knock.client().workflows.trigger("digest", recipients=[{"id": "jane"}])
    assert [run.status for run in knock.state.runs.of_workflow("made-up")] == ["completed"]


def test_a_run_waits_for_the_workflow_that_it_triggered(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("child", steps=[delay("10m"), ITEM])
    wait = wait_for_event(workflow_event("child"), match=equal_to("event.notify_data.order", "data.order"))
    run = run_steps(knock, api, trigger_workflow("child"), wait, ITEM, data={"order": 7})
    assert (run.status, children(knock)[0].status) == ("paused", "paused")
    knock.clock.advance("10m")
    assert (run.status, senders(run)) == ("completed", ["in_app_feed_1"])


# -- loops -------------------------------------------------------------------------------------------------


def test_a_workflow_that_triggers_itself_for_ever_ends_with_a_reason(knock: KnockFake, api: httpx.Client) -> None:
    run_steps(knock, api, trigger_workflow("digest"))
    runs = children(knock, "digest")
    assert [one.origin.depth for one in runs] == [*range(11)]
    last = runs[-1]
    reason = "10 runs have set one another off at this instant, one of digest would be the next"
    assert event_names(last) == ["run_started", "trigger_loop", "step_failed", "run_halted"]
    assert (facts(last, "trigger_loop"), facts(last, "step_failed")) == (
        {"workflow": "digest", "depth": 11},
        {"reason": reason},
    )
    assert {one.status for one in runs} == {"completed"}
    assert knock.clock.pending() == ()


def test_a_loop_that_multiplies_ends_as_well(knock: KnockFake, api: httpx.Client) -> None:
    run_steps(knock, api, trigger_workflow("digest", recipients=["jane", "bob"]))
    assert len(knock.state.runs) == 2**11 - 1
    assert sum(one.error_count for one in knock.state.runs) == 2**10


def test_a_workflow_may_remind_for_ever_when_time_moves_on_between(knock: KnockFake, api: httpx.Client) -> None:
    run_steps(knock, api, ITEM, delay("1d"), trigger_workflow("digest"))
    knock.clock.advance(days=40)
    assert len(knock.state.runs) == 41
    assert sum(one.error_count for one in knock.state.runs) == 0


def test_a_loop_ends_where_conditions_say_so(knock: KnockFake, api: httpx.Client) -> None:
    again = trigger_workflow("digest", data='{"left": {{ data.left | minus: 1 }}}')
    step = branch(when(equal_to("data.left", 0), [ITEM]), otherwise([again]))
    run_steps(knock, api, step, data={"left": 5})
    assert [senders(one) for one in knock.state.runs] == [[]] * 5 + [["in_app_feed_1"]]


def test_audiences_that_set_each_other_off_end_with_a_reason(knock: KnockFake, api: httpx.Client) -> None:
    for key, other in (("ping", "pong"), ("pong", "ping")):
        knock.audiences.add(key, triggers=[key])
        knock.workflows.add(key, steps=[update_audience(key, "remove"), update_audience(other)])
    members: JsonObject = {"members": [{"user": {"id": "jane"}}]}
    api.post("/v1/audiences/ping/members", json=members).raise_for_status()
    runs = knock.state.runs.all()
    assert [one.origin.depth for one in runs] == [*range(12)]
    last = runs[-1]
    assert event_names(last) == ["run_started", "trigger_loop", "run_halted"]
    assert describe_run(last) == [
        f"{last.workflow} for jane: completed, 0 messages",
        f"  trigger loop: 10 runs have set one another off at this instant, one of {last.workflow} would be the next",
    ]


# -- definition --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ({"type": "trigger_workflow"}, r"steps\[0\]\.settings: must be an object"),
        ({"type": "trigger_workflow", "settings": {}}, r"settings\.workflow_key: is required"),
        ({"type": "trigger_workflow", "settings": {"workflow": "x"}}, r"unknown key 'workflow'; did you mean"),
        (trigger_workflow("child", recipients="{{ data."), r"settings\.recipients"),
        (
            {"type": "trigger_workflow", "settings": {"workflow_key": "child", "actor": 7}},
            r"settings\.actor: must be text, not 7",
        ),
        (trigger_workflow("child", data={"a": "{{ data."}), r"settings\.data\.a"),
    ],
)
def test_what_is_no_trigger_is_refused_by_place(knock: KnockFake, step: JsonObject, problem: str) -> None:
    with pytest.raises(WorkflowDefinitionError, match=problem):
        knock.workflows.add("digest", steps=[step])

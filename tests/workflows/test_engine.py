from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from knock_fake import UnknownNameError
from knock_fake.state.packed import pack
from knock_fake.state.references import Reference, user
from knock_fake.state.runs import RunSettings, TriggerSource
from knock_fake.steps import delay, email, in_app_feed, sms
from knock_fake.workflows.definition import compile_workflow
from knock_fake.workflows.outcomes import Await, Outcome, Pause, Proceed, StepFailedError
from knock_fake.workflows.reasons import describe_run
from knock_fake.workflows.starting import Trigger, begin_run
from knock_fake.workflows.step_types import StepType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.runs import Run
    from knock_fake.workflows.context import RunContext

ITEM = in_app_feed("Hello")
PRO: JsonObject = {"variable": "data.plan", "operator": "equal_to", "argument": "pro"}


@pytest.fixture(autouse=True)
def jane(api: httpx.Client) -> None:
    api.put("/v1/users/jane", json={"email": "jane@example.com"}).raise_for_status()


def trigger(api: httpx.Client, recipients: Sequence[Json] = ("jane",), **body: Json) -> str:
    answer = api.post("/v1/workflows/digest/trigger", json={"recipients": recipients, **body})
    identifier: str = answer.raise_for_status().json()["workflow_run_id"]
    return identifier


def cancel(api: httpx.Client, key: str, **body: Json) -> int:
    return api.post("/v1/workflows/digest/cancel", json={"cancellation_key": key, **body}).status_code


@dataclass(frozen=True, slots=True)
class Scripted:
    """A step that does what it is told."""

    first: Callable[[RunContext], Outcome]
    later: Callable[[RunContext], Outcome] = lambda _context: Proceed()

    def execute(self, context: RunContext) -> Outcome:
        return self.first(context)

    def resume(self, context: RunContext) -> Outcome:
        return self.later(context)


def pause_a_minute(context: RunContext) -> Outcome:
    return Pause(context.services.clock.now + timedelta(minutes=1))


def begin(knock: KnockFake, *scripts: Scripted) -> Run:
    """Queue a run of scripted steps for Jane, as a trigger does; it starts when the clock settles."""
    core = knock._core
    steps = iter(scripts)
    step_types = {"scripted": StepType(frozenset(), lambda _step, _place: next(steps), lambda _step: "step")}
    document: JsonObject = {"steps": [{"type": "scripted", "ref": ref} for ref in ("first", "second")[: len(scripts)]]}
    definition = compile_workflow("digest", "version-1", document, step_types)
    core.workflows.add("digest", steps=[ITEM])
    core.workflows._versions[definition.version_id] = definition
    trigger = Trigger("workflow-run-1", None, None, TriggerSource("api"), RunSettings())
    return begin_run(core.services, definition, trigger, user("jane"), pack({}))


def run_of(knock: KnockFake, recipient: str = "jane") -> Run:
    (run,) = knock.state.runs.of_recipient(user(recipient))
    return run


def names(run: Run) -> list[str]:
    return [event.event for event in run.events]


# -- life cycle --------------------------------------------------------------------------------------------


def test_a_run_without_waiting_steps_is_completed_before_the_call_returns(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[ITEM])
    workflow_run_id = trigger(api, actor="jane", data={"plan": "pro"}, tenant="acme")
    run = run_of(knock)
    assert (run.workflow_run_id, run.status, run.error_count) == (workflow_run_id, "completed", 0)
    assert (run.actor, run.tenant, run.data) == (user("jane"), "acme", {"plan": "pro"})
    assert names(run) == ["run_started", "message_enqueued", "run_completed"]
    (message,) = run.messages
    assert (message.status, message.workflow_recipient_run_id) == ("delivered", run.id)
    assert knock.clock.pending() == ()


def test_every_event_says_step_attempt_and_instant(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[delay("1h", ref="later"), ITEM])
    trigger(api)
    start = knock.clock.now
    knock.clock.advance("1h")
    run = run_of(knock)
    said = [(event.event, event.step_ref, event.step_type, event.attempt, event.status) for event in run.events]
    assert said == [
        ("run_started", None, None, 1, "ok"),
        ("delay_started", "later", "delay", 1, "ok"),
        ("delay_completed", "later", "delay", 1, "ok"),
        ("message_enqueued", "in_app_feed_1", "channel", 1, "ok"),
        ("run_completed", None, None, 1, "ok"),
    ]
    assert [event.at for event in run.events] == [start, start, *[knock.clock.now] * 3]
    assert (run.inserted_at, run.updated_at) == (start, knock.clock.now)
    (message,) = run.messages
    assert [event.data for event in run.events] == [
        None,
        {"until": "2026-01-01T01:00:00.000000Z"},
        None,
        {"channel_type": "in_app_feed", "message_id": message.id},
        None,
    ]


def test_a_waiting_run_is_paused_until_its_moment(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[delay("1h"), ITEM])
    trigger(api)
    run = run_of(knock)
    assert (run.status, run.position, run.is_over, len(run.messages)) == ("paused", 0, False, 0)
    assert [timer.label for timer in knock.clock.pending()] == ["run resumed: digest for jane"]
    knock.clock.advance("59m59s")
    assert run.status == "paused"
    knock.clock.advance("1s")
    assert (run.status, run.timer, len(run.messages)) == ("completed", None, 1)


def test_a_run_is_queued_until_the_clock_settles_and_processing_while_it_walks(knock: KnockFake) -> None:
    seen: list[str] = []

    def look(context: RunContext) -> Outcome:
        seen.append(context.run.status)
        return Proceed()

    run = begin(knock, Scripted(look))
    assert run.status == "queued"
    knock.clock.settle()
    assert (seen, run.status) == (["processing"], "completed")


def test_each_recipient_has_a_run_of_its_own(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[ITEM])
    paris: JsonObject = {"collection": "places", "id": "paris", "name": "Paris"}
    workflow_run_id = trigger(api, ["jane", {"id": "john"}, paris, "jane"])
    runs = knock.state.runs.of_workflow_run(workflow_run_id)
    assert [run.recipient for run in runs] == [user("jane"), user("john"), Reference("places", "paris")]
    assert len({run.id for run in runs}) == 3


def test_a_timeline_tells_what_a_run_did(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[delay("1h"), sms("Hi"), ITEM])
    trigger(api)
    assert str(knock.clock.run_until_idle()) == (
        "2026-01-01T01:00:00Z  run resumed: digest for jane\n"
        "2026-01-01T01:00:00Z  step sms_1 skipped for jane: the channel needs recipient.phone_number\n"
        "2026-01-01T01:00:00Z  message queued: digest/in_app_feed_1 to jane\n"
        "2026-01-01T01:00:00Z  message delivered: digest/in_app_feed_1 to jane"
    )


# -- recipients that are not there -------------------------------------------------------------------------


def test_a_run_for_somebody_nobody_identified_ends_with_an_error(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[ITEM])
    trigger(api, ["nobody", {"collection": "places", "id": "paris"}])
    nobody, paris = knock.state.runs
    for run, shown in ((nobody, "nobody"), (paris, {"id": "paris", "collection": "places"})):
        assert (run.status, run.error_count, run.messages) == ("completed", 1, ())
        assert names(run) == ["run_started", "recipient_missing", "run_completed"]
        assert run.events[1].status == "error"
        assert (run.events[1].data or {})["recipient"] == shown
    assert describe_run(paris) == [
        "digest for places/paris: completed, 0 messages",
        (
            '  recipient missing: nobody identified places/paris: identify it with objects.set("places", "paris", ...) '
            'or trigger with {"collection": "places", "id": "paris", ...}'
        ),
    ]
    assert describe_run(nobody)[1:] == [
        (
            '  recipient missing: nobody identified nobody: identify with users.update("nobody", ...) '
            'or trigger with {"id": "nobody", ...}'
        )
    ]


def test_a_recipient_deleted_while_its_run_waits_gets_nothing(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[delay("1h"), ITEM])
    trigger(api)
    run = run_of(knock)
    api.delete("/v1/users/jane").raise_for_status()
    assert (run.status, names(run)[-1]) == ("cancelled", "run_cancelled")
    assert run.events[-1].data == {"reason": "the recipient was deleted"}
    api.put("/v1/users/jane", json={}).raise_for_status()
    assert len(knock.clock.advance("2h")) == 0
    assert (run.messages, len(knock.state.messages)) == ((), 0)


def test_a_recipient_merged_away_while_its_run_waits_gets_nothing(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[delay("1h"), ITEM])
    api.put("/v1/users/main", json={}).raise_for_status()
    trigger(api, ["jane", "main"])
    run, other = run_of(knock), run_of(knock, "main")
    api.post("/v1/users/main/merge", json={"from_user_id": "jane"}).raise_for_status()
    assert (run.status, run.events[-1].event) == ("cancelled", "run_cancelled")
    assert run.events[-1].data == {"reason": "the recipient was merged into another user"}
    knock.clock.advance("1h")
    assert (run.messages, other.status) == ((), "completed")
    assert [message.recipient for message in knock.state.messages] == [user("main")]


def test_a_recipient_deleted_after_its_run_leaves_that_run_as_it_ended(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[ITEM])
    trigger(api)
    run = run_of(knock)
    api.delete("/v1/users/jane").raise_for_status()
    assert (run.status, names(run)) == ("completed", ["run_started", "message_enqueued", "run_completed"])
    assert len(knock.state.runs) == 0


# -- conditions --------------------------------------------------------------------------------------------


def test_trigger_conditions_that_are_false_end_the_run_before_its_first_step(
    knock: KnockFake, api: httpx.Client
) -> None:
    knock.workflows.add("digest", steps=[ITEM], conditions={"all": [PRO]})
    trigger(api, data={"plan": "free"})
    run = run_of(knock)
    assert (run.status, run.error_count, run.messages) == ("completed", 0, ())
    assert names(run) == ["run_started", "trigger_conditions_evaluated", "run_halted"]
    assert run.events[1].data == {
        "passed": False,
        "conditions": [{**PRO, "value": "free", "passed": False}],
        "decided_by": 'data.plan equal_to "pro": data.plan is "free"',
    }
    assert describe_run(run) == [
        "digest for jane: completed, 0 messages",
        '  run halted: trigger conditions are false: data.plan equal_to "pro": data.plan is "free"',
    ]


def test_trigger_conditions_are_evaluated_for_each_recipient(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[ITEM], conditions={"all": [PRO]})
    trigger(api, ["jane", {"id": "john", "$trigger_data": {"plan": "pro"}}], data={"plan": "free"})
    assert (len(run_of(knock).messages), len(run_of(knock, "john").messages)) == (0, 1)


def test_step_conditions_that_are_false_skip_the_step_only(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[in_app_feed("Pro", conditions={"all": [PRO]}), ITEM])
    trigger(api)
    run = run_of(knock)
    assert names(run) == [
        "run_started",
        "step_conditions_evaluated",
        "step_skipped",
        "message_enqueued",
        "run_completed",
    ]
    decided_by = 'data.plan equal_to "pro": data.plan is not set'
    assert run.events[2].data == {"reason": "conditions", "decided_by": decided_by}
    assert run.messages[0].source.step_ref == "in_app_feed_2"
    assert describe_run(run)[1] == f"  in_app_feed_1 skipped: conditions are false: {decided_by}"


def test_step_conditions_that_hold_leave_their_evaluation(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[in_app_feed("Pro", conditions={"all": [PRO]})])
    trigger(api, data={"plan": "pro"})
    run = run_of(knock)
    assert names(run) == ["run_started", "step_conditions_evaluated", "message_enqueued", "run_completed"]
    assert run.events[1].data == {
        "passed": True,
        "conditions": [{**PRO, "value": "pro", "passed": True}],
        "decided_by": 'data.plan equal_to "pro": data.plan is "pro"',
    }


def test_a_step_sees_what_became_of_the_message_of_an_earlier_one(knock: KnockFake, api: httpx.Client) -> None:
    unread: JsonObject = {
        "all": [
            {
                "variable": "refs.in_app_feed_1.engagement_status",
                "operator": "not_contains",
                "argument": "$message.read",
            }
        ]
    }
    knock.workflows.add("digest", steps=[ITEM, delay("1h"), email("Hi", "Hi", conditions=unread)])
    trigger(api, ["jane", {"id": "john", "email": "john@example.com"}])
    read = run_of(knock).messages[0]
    api.put(f"/v1/messages/{read.id}/read").raise_for_status()
    knock.clock.advance("1h")
    assert [message.channel.type for message in run_of(knock).messages] == ["in_app_feed"]
    assert [message.channel.type for message in run_of(knock, "john").messages] == ["in_app_feed", "email"]


# -- attempts ----------------------------------------------------------------------------------------------


def test_a_step_that_fails_is_tried_three_times_and_halts_the_run(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[ITEM, in_app_feed("{{ data.count | divided_by: 0 }}"), ITEM])
    trigger(api)
    run = run_of(knock)
    assert (run.status, run.error_count, len(run.messages)) == ("completed", 3, 1)
    assert [(event.event, event.step_ref, event.attempt, event.status) for event in run.events] == [
        ("run_started", None, 1, "ok"),
        ("message_enqueued", "in_app_feed_1", 1, "ok"),
        ("step_failed", "in_app_feed_2", 1, "error"),
        ("step_failed", "in_app_feed_2", 2, "error"),
        ("step_failed", "in_app_feed_2", 3, "error"),
        ("run_halted", "in_app_feed_2", 3, "ok"),
    ]
    reason = "workflow 'digest': steps[1].template.markdown_body, line 1: filter 'divided_by': can't divide by 0"
    assert [event.data for event in run.events[2:]] == [
        *[{"reason": reason}] * 3,
        {"reason": "step in_app_feed_2 failed 3 times"},
    ]
    assert describe_run(run)[2:] == [
        f"  in_app_feed_2 failed: {reason}",
        "  run halted: step in_app_feed_2 failed 3 times",
    ]


def fail_before(attempt: int) -> Callable[[RunContext], Outcome]:
    def act(context: RunContext) -> Outcome:
        if context.run.attempt < attempt:
            raise StepFailedError("not yet")
        context.record("acted")
        return Proceed()

    return act


@pytest.mark.parametrize(
    ("script", "wait"),
    [(Scripted(fail_before(3)), "0s"), (Scripted(pause_a_minute, fail_before(3)), "1m")],
    ids=["at first", "after its pause"],
)
def test_a_step_may_succeed_at_last_and_the_next_one_begins_with_its_first_attempt(
    knock: KnockFake, script: Scripted, wait: str
) -> None:
    run = begin(knock, script, Scripted(fail_before(1)))
    knock.clock.settle()
    knock.clock.advance(wait)
    assert [(event.event, event.step_ref, event.attempt) for event in run.events] == [
        ("run_started", None, 1),
        ("step_failed", "first", 1),
        ("step_failed", "first", 2),
        ("acted", "first", 3),
        ("acted", "second", 1),
        ("run_completed", None, 1),
    ]
    assert (run.status, run.error_count) == ("completed", 2)


def test_a_step_that_fails_after_its_pause_halts_the_run(knock: KnockFake) -> None:
    run = begin(knock, Scripted(pause_a_minute, fail_before(4)), Scripted(fail_before(1)))
    knock.clock.run_until_idle()
    assert names(run) == ["run_started", *["step_failed"] * 3, "run_halted"]
    assert (run.status, run.error_count) == ("completed", 3)


def test_one_run_that_fails_leaves_the_others_of_its_call_alone(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[in_app_feed("{{ 1 | divided_by: data.by }}")])
    trigger(api, [{"id": "john", "$trigger_data": {"by": 0}}, "jane"], data={"by": 1})
    assert (run_of(knock, "john").error_count, run_of(knock).error_count) == (3, 0)
    assert len(run_of(knock).messages) == 1


# -- waiting for somebody outside --------------------------------------------------------------------------


def await_a_minute(context: RunContext) -> Outcome:
    return Await(context.services.clock.now + timedelta(minutes=1), {"attempt": context.run.attempt})


def test_a_run_that_awaits_an_answer_is_busy_and_goes_on_with_what_it_held(knock: KnockFake) -> None:
    def later(context: RunContext) -> Outcome:
        context.record("answered", {"held": context.run.walk.held})
        return Proceed()

    run = begin(knock, Scripted(await_a_minute, later), Scripted(fail_before(1)))
    knock.clock.settle()
    assert (run.status, run.walk.held) == ("processing", {"attempt": 1})
    knock._core.engine.wake(run)
    assert run.status == "processing"
    knock.clock.advance("1m")
    assert (names(run), run.events[1].data) == (
        ["run_started", "answered", "acted", "run_completed"],
        {"held": {"attempt": 1}},
    )
    assert (run.status, run.walk.held) == ("completed", None)


def test_an_attempt_that_awaits_an_answer_stays_that_attempt(knock: KnockFake) -> None:
    def fail(_context: RunContext) -> Outcome:
        raise StepFailedError("no", retry_after=timedelta(minutes=1), attempts=4)

    run = begin(knock, Scripted(await_a_minute, fail))
    knock.clock.run_until_idle()
    assert [(event.event, event.attempt, (event.at - run.inserted_at).seconds) for event in run.events] == [
        ("run_started", 1, 0),
        ("step_failed", 1, 60),
        ("step_failed", 2, 180),
        ("step_failed", 3, 300),
        ("step_failed", 4, 420),
        ("run_halted", 4, 420),
    ]
    assert run.events[-1].data == {"reason": "step first failed 4 times"}


# -- frequency ---------------------------------------------------------------------------------------------


def outcomes(knock: KnockFake) -> list[str]:
    return [run.events[-1].event for run in knock.state.runs]


def test_once_per_recipient_lets_only_the_first_run_of_a_recipient_through(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[ITEM], trigger_frequency="once_per_recipient")
    trigger(api)
    trigger(api, tenant="acme")
    trigger(api, [{"id": "john"}])
    assert outcomes(knock) == ["run_completed", "trigger_frequency_limited", "run_completed"]
    limited = [*knock.state.runs][1]
    assert (limited.status, limited.messages, names(limited)) == (
        "completed",
        (),
        ["run_started", "trigger_frequency_limited"],
    )
    reason = "trigger frequency is once_per_recipient and an earlier run counts"
    assert limited.events[-1].data == {"reason": reason}
    assert describe_run(limited)[1] == f"  trigger frequency limited: {reason}"


def test_once_per_recipient_per_tenant_counts_each_tenant_and_none_by_itself(
    knock: KnockFake, api: httpx.Client
) -> None:
    knock.workflows.add("digest", steps=[ITEM], trigger_frequency="once_per_recipient_per_tenant")
    for tenant in ("acme", None, "beta", "acme", None):
        trigger(api, tenant=tenant)
    assert outcomes(knock) == [*["run_completed"] * 3, *["trigger_frequency_limited"] * 2]


def test_a_run_whose_trigger_conditions_were_false_does_not_count(knock: KnockFake, api: httpx.Client) -> None:
    frequency = "once_per_recipient"
    knock.workflows.add("digest", steps=[ITEM], conditions={"all": [PRO]}, trigger_frequency=frequency)
    for plan in ("free", "pro", "pro"):
        trigger(api, data={"plan": plan})
    assert outcomes(knock) == ["run_halted", "run_completed", "trigger_frequency_limited"]


def test_runs_of_other_workflows_and_of_older_versions(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("other", steps=[ITEM])
    api.post("/v1/workflows/other/trigger", json={"recipients": ["jane"]}).raise_for_status()
    knock.workflows.add("digest", steps=[ITEM])
    trigger(api)
    knock.workflows.add("digest", steps=[ITEM], trigger_frequency="once_per_recipient")
    trigger(api)
    assert outcomes(knock) == ["run_completed", "run_completed", "trigger_frequency_limited"]


# -- switching off, versions -------------------------------------------------------------------------------


def test_a_workflow_switched_off_while_a_run_waits_ends_that_run_before_its_next_step(
    knock: KnockFake, api: httpx.Client
) -> None:
    knock.workflows.add("digest", steps=[delay("1h"), ITEM])
    trigger(api)
    knock.workflows.deactivate("digest")
    run = run_of(knock)
    assert run.status == "paused"
    timeline = knock.clock.advance("1h")
    assert (run.status, run.messages, names(run)[-1]) == ("cancelled", (), "run_cancelled")
    assert run.events[-1].data == {"reason": "the workflow was switched off"}
    assert [one.text for one in timeline] == [
        "run resumed: digest for jane",
        "run ended: digest for jane: the workflow was switched off",
    ]


def test_a_workflow_off_and_on_again_before_a_run_resumes_changes_nothing(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[delay("1h"), ITEM])
    trigger(api)
    knock.workflows.deactivate("digest")
    knock.clock.advance("30m")
    knock.workflows.activate("digest")
    knock.clock.advance("30m")
    assert (run_of(knock).status, len(run_of(knock).messages)) == ("completed", 1)


def test_a_run_of_an_archived_workflow_ends_when_it_resumes(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[delay("1h"), ITEM])
    trigger(api)
    knock.workflows.archive("digest")
    run = run_of(knock)
    assert (run.status, "digest" in knock.workflows, knock.workflows.get("digest")) == ("paused", False, None)
    knock.workflows.add("digest", steps=[ITEM])
    knock.clock.advance("1h")
    assert (run.status, run.messages, names(run)) == (
        "cancelled",
        (),
        ["run_started", "delay_started", "run_cancelled"],
    )
    assert run.events[-1].data == {"reason": "the workflow was archived"}


def test_a_workflow_that_is_not_there_cannot_be_archived(knock: KnockFake) -> None:
    knock.workflows.add("digest", steps=[ITEM])
    with pytest.raises(UnknownNameError) as refusal:
        knock.workflows.archive("digets")
    assert str(refusal.value) == "there is no workflow 'digets': did you mean 'digest'?"
    knock.workflows.archive("digest")
    with pytest.raises(UnknownNameError):
        knock.workflows.archive("digest")


def test_a_paused_step_does_not_go_on_in_a_workflow_that_is_off(knock: KnockFake) -> None:
    seen: list[str] = []

    def note(_context: RunContext) -> Outcome:
        seen.append("resumed")
        return Proceed()

    run = begin(knock, Scripted(pause_a_minute, note))
    knock.clock.settle()
    knock.workflows.deactivate("digest")
    knock.clock.advance("1m")
    assert (seen, run.status) == ([], "cancelled")


def test_a_run_keeps_the_version_it_began_with(knock: KnockFake, api: httpx.Client) -> None:
    first = knock.workflows.add("digest", steps=[delay("1h"), in_app_feed("Old")])
    trigger(api)
    second = knock.workflows.add("digest", steps=[in_app_feed("New")])
    trigger(api)
    knock.clock.advance("1h")
    old, new = knock.state.runs
    assert [old.messages[0].source.version_id, new.messages[0].source.version_id] == [
        first.version_id,
        second.version_id,
    ]
    (block,) = api.get(f"/v1/messages/{old.messages[0].id}/content").json()["data"]["blocks"]
    assert block["content"] == "Old"


# -- cancelling --------------------------------------------------------------------------------------------


def test_cancelling_ends_what_waits_under_the_key(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[ITEM, delay("1h"), ITEM])
    for key in ("order-1", "order-1", "order-2", None):
        trigger(api, cancellation_key=key)
    assert cancel(api, "order-1") == 204
    runs = [*knock.state.runs]
    assert [run.status for run in runs] == ["cancelled", "cancelled", "paused", "paused"]
    assert runs[0].events[-1].data == {
        "reason": "cancelled by its cancellation key",
        "cancellation_key": "order-1",
    }
    knock.clock.advance("1h")
    assert [(run.status, len(run.messages)) for run in runs] == [
        ("cancelled", 1),
        ("cancelled", 1),
        ("completed", 2),
        ("completed", 2),
    ]


def test_cancelling_can_name_recipients(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[delay("1h"), ITEM])
    paris: JsonObject = {"collection": "places", "id": "jane"}
    trigger(api, ["jane", {"id": "john"}, {**paris, "name": "Paris"}], cancellation_key="order-1")
    cancel(api, "order-1", recipients=[paris, "nobody"])
    assert [(str(run.recipient), run.status) for run in knock.state.runs] == [
        ("jane", "paused"),
        ("john", "paused"),
        ("places/jane", "cancelled"),
    ]
    cancel(api, "order-1", recipients=["jane"])
    assert [run.status for run in knock.state.runs] == ["cancelled", "paused", "cancelled"]


def test_cancelling_never_reaches_finished_later_or_foreign_runs(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[delay("1h"), ITEM])
    knock.workflows.add("other", steps=[delay("1h"), ITEM])
    other = {"recipients": ["jane"], "cancellation_key": "order-1"}
    api.post("/v1/workflows/other/trigger", json=other).raise_for_status()
    trigger(api, cancellation_key="order-1", settings={"skip_delay": True})
    assert (cancel(api, "order-1"), cancel(api, "unused")) == (204, 204)
    trigger(api, cancellation_key="order-1")
    assert [run.status for run in knock.state.runs] == ["paused", "completed", "paused"]


def test_cancelling_twice_leaves_one_event(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[delay("1h")])
    trigger(api, cancellation_key="order-1")
    assert [cancel(api, "order-1") for _ in range(2)] == [204, 204]
    assert names(run_of(knock)) == ["run_started", "delay_started", "run_cancelled"]


def test_cancelling_works_while_the_workflow_is_off_but_not_for_an_unknown_one(
    knock: KnockFake, api: httpx.Client
) -> None:
    assert cancel(api, "order-1") == 404
    knock.workflows.add("digest", steps=[delay("1h"), ITEM])
    trigger(api, cancellation_key="order-1")
    knock.workflows.deactivate("digest")
    assert cancel(api, "order-1") == 204
    knock.workflows.activate("digest")
    knock.clock.advance("1h")
    assert (run_of(knock).status, run_of(knock).messages) == ("cancelled", ())


def test_messages_made_before_the_cancellation_stay(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[ITEM, delay("1h"), ITEM])
    trigger(api, cancellation_key="order-1")
    cancel(api, "order-1")
    assert [message.status for message in knock.state.messages] == ["delivered"]

"""Steps inside branches: where each step of a compiled workflow leads, and how the engine follows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

import pytest

from knock_fake.errors import WorkflowDefinitionError
from knock_fake.state.packed import pack
from knock_fake.state.references import user
from knock_fake.state.runs import RunSettings, TriggerSource
from knock_fake.workflows.definition import WorkflowDefinition, compile_workflow
from knock_fake.workflows.outcomes import Enter, Finish, Outcome, Pause, Proceed, StepFailedError
from knock_fake.workflows.starting import Trigger, begin_run
from knock_fake.workflows.step_types import Body, StepType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.runs import Run
    from knock_fake.workflows.context import RunContext

Script: TypeAlias = "dict[str, Callable[[RunContext], Outcome]]"


@dataclass
class Tape:
    """A step that notes its execution and does what the test scripts for its ref."""

    ref: str
    script: Script
    played: list[str] = field(default_factory=list)

    def execute(self, context: RunContext) -> Outcome:
        self.played.append(self.ref)
        script = self.script.get(self.ref)
        return Proceed() if script is None else script(context)

    def resume(self, context: RunContext) -> Outcome:
        return self.execute(context)


def bodies(step: JsonObject, place: str) -> list[Body]:
    branches = step.get("branches", [])
    assert isinstance(branches, list)
    return [
        Body(branch.get("steps"), f"{place}.branches[{index}]", branch.get("terminates") is True, branch.get("if"))
        for index, branch in enumerate(branches)
        if isinstance(branch, dict)
    ]


def compiled(steps: list[Json], script: Script | None = None, tape: list[str] | None = None) -> WorkflowDefinition:
    played: list[str] = [] if tape is None else tape
    step_type = StepType(
        frozenset({"branches"}),
        lambda step, _place: Tape(str(step["ref"]), script or {}, played),
        lambda _: "x",
        bodies,
    )
    return compile_workflow("digest", "version-1", {"steps": steps}, {"x": step_type})


def step(ref: str, *branches: JsonObject) -> JsonObject:
    return {"type": "x", "ref": ref, "branches": [*branches]} if branches else {"type": "x", "ref": ref}


def branch(*steps: Json, terminates: bool = False) -> JsonObject:
    return {"steps": [*steps], "terminates": terminates}


NESTED: list[Json] = [
    step("a", branch(step("a1"), step("a2")), branch(), branch(step("a3"), terminates=True), branch(terminates=True)),
    step("b", branch(step("c", branch(step("d"))))),
]


def test_steps_stand_in_document_order_and_know_where_they_lead() -> None:
    program = [(one.ref, one.next, one.entries) for one in compiled(NESTED).steps]
    assert program == [
        ("a", 4, (1, 4, 3, 7)),
        ("a1", 2, ()),
        ("a2", 4, ()),
        ("a3", 7, ()),
        ("b", 7, (5,)),
        ("c", 7, (6,)),
        ("d", 7, ()),
    ]


def start(knock: KnockFake, definition: WorkflowDefinition) -> Run:
    knock.client().users.update("jane")
    core = knock._core
    core.workflows.add("digest", steps=[{"type": "delay", "settings": {"delay_for": {"unit": "days", "value": 1}}}])
    core.workflows._versions[definition.version_id] = definition
    trigger = Trigger("run-1", None, None, TriggerSource("api"), RunSettings())
    run = begin_run(core.services, definition, trigger, user("jane"), pack({}))
    knock.clock.settle()
    return run


@pytest.mark.parametrize(
    ("choice", "played"),
    [
        (Enter(0), ["a", "a1", "a2", "b", "c", "d"]),
        (Enter(1), ["a", "b", "c", "d"]),
        (Enter(2), ["a", "a3"]),
        (Enter(3), ["a"]),
        (Proceed(), ["a", "b", "c", "d"]),
    ],
)
def test_a_run_goes_through_the_branch_that_is_entered(knock: KnockFake, choice: Outcome, played: list[str]) -> None:
    enter: Script = {"a": lambda _: choice, "b": lambda _: Enter(0), "c": lambda _: Enter(0)}
    tape: list[str] = []
    run = start(knock, compiled(NESTED, enter, tape))
    assert (tape, run.status) == (played, "completed")


def test_a_step_can_end_the_run(knock: KnockFake) -> None:
    tape: list[str] = []
    end = Finish("throttled", "one an hour", {"limit": 1}, "cancelled")
    run = start(knock, compiled([step("a"), step("b")], {"a": lambda _: end}, tape))
    assert (tape, run.status) == (["a"], "cancelled")
    assert (run.events[-1].event, run.events[-1].step_ref) == ("throttled", "a")
    assert run.events[-1].data == {"reason": "one an hour", "limit": 1}


def fails(failure: StepFailedError) -> Script:
    def execute(_context: RunContext) -> Outcome:
        raise failure

    return {"a": execute}


NO_ANSWER = StepFailedError("no answer")


@pytest.mark.parametrize(
    ("failure", "played", "events"),
    [
        (NO_ANSWER, ["a", "a", "a"], ["step_failed"] * 3 + ["run_halted"]),
        (StepFailedError("no answer", fatal=True), ["a"], ["step_failed", "run_halted"]),
        (StepFailedError("no answer", fatal=True, halts=False), ["a", "b"], ["step_failed", "run_completed"]),
        (
            StepFailedError("no answer", halts=False),
            ["a", "a", "a", "b"],
            ["step_failed"] * 3 + ["run_completed"],
        ),
    ],
)
def test_what_fails_is_tried_again_as_the_failure_says(
    knock: KnockFake, failure: StepFailedError, played: list[str], events: list[str]
) -> None:
    tape: list[str] = []
    run = start(knock, compiled([step("a"), step("b")], fails(failure), tape))
    assert (tape, [one.event for one in run.events][1:]) == (played, events)
    assert run.status == "completed"


def test_a_failure_may_ask_for_a_pause_before_the_step_is_executed_anew(knock: KnockFake) -> None:
    tape: list[str] = []
    failure = StepFailedError("no answer", retry_after=timedelta(seconds=30))
    run = start(knock, compiled([step("a")], fails(failure), tape))
    begun = knock.clock.now
    assert (run.status, tape) == ("paused", ["a"])
    knock.clock.run_until_idle()
    assert (run.status, tape, knock.clock.now - begun) == ("completed", ["a", "a", "a"], timedelta(minutes=1))
    assert [(one.event, one.attempt) for one in run.events][1:] == [
        ("step_failed", 1),
        ("step_failed", 2),
        ("step_failed", 3),
        ("run_halted", 3),
    ]


def test_a_paused_run_can_be_woken(knock: KnockFake) -> None:
    tape: list[str] = []
    pause_once: Iterator[Outcome] = iter([Pause(knock.clock.now + timedelta(days=30)), Proceed()])
    run = start(knock, compiled([step("a"), step("b")], {"a": lambda _: next(pause_once)}, tape))
    knock._core.engine.wake(run)
    assert run.status == "paused"
    knock.clock.settle()
    assert (run.status, tape, knock.clock.pending()) == ("completed", ["a", "a", "b"], ())


def deep(levels: int) -> JsonObject:
    return step(f"s{levels}", branch(*([deep(levels - 1)] if levels > 1 else [])))


def test_branches_may_stand_five_deep_in_one_another() -> None:
    assert len(compiled([deep(5)]).steps) == 5
    with pytest.raises(WorkflowDefinitionError, match="at most 5 deep"):
        compiled([deep(6)])


def test_refs_are_unique_across_branches() -> None:
    with pytest.raises(WorkflowDefinitionError, match=r"branches\[0\]\.steps\[0\]\.ref: 'a' names an earlier step"):
        compiled([step("a", branch(step("a")))])

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knock_fake import KnockFake
from knock_fake.errors import UnknownNameError, UsageError, UsageTypeError, WorkflowDefinitionError
from knock_fake.steps import cohort, delay, experiment, in_app_feed
from knock_fake.workflows.reasons import describe_run
from tests.workflows.runs import event_names, facts, run_steps, senders, trigger

if TYPE_CHECKING:
    import httpx

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.runs import Run


def halves(key: str | None = None) -> JsonObject:
    return experiment(
        cohort(50, [in_app_feed("A", ref="a")], name="A"), cohort(50, [in_app_feed("B", ref="b")], name="B"), key=key
    )


def chosen(run: Run) -> Json:
    return facts(run, "cohort_assigned")["cohort"]


def triggered(knock: KnockFake, api: httpx.Client, recipient: Json, **body: Json) -> Run:
    return knock.state.runs.of_workflow_run(trigger(api, "digest", [recipient], **body))[0]


def test_a_recipient_has_its_cohort_in_every_run(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[halves()])
    people: list[Json] = [{"id": f"user-{number}"} for number in range(40)]
    first = [chosen(triggered(knock, api, one)) for one in people]
    assert set(first) == {"A", "B"}
    assert [chosen(triggered(knock, api, one)) for one in people] == first


def test_a_run_tells_its_cohort_and_what_decided(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, halves(), in_app_feed("End", ref="end"), recipient={"id": "jane"})
    spot = int(sha256(b"digest:experiment_1:jane").hexdigest(), 16) % 1000
    name, index = ("A", 0) if spot < 500 else ("B", 1)
    assert event_names(run)[:2] == ["run_started", "cohort_assigned"]
    assert (run.events[1].step_ref, run.events[1].step_type) == ("experiment_1", "random_cohort")
    decided_by = f"key 'jane' falls on {spot / 10:g} of 100"
    assert facts(run, "cohort_assigned") == {
        "cohort": name,
        "index": index,
        "cohort_key": "jane",
        "cohorts": [{"name": "A", "percentage": "50"}, {"name": "B", "percentage": "50"}],
        "decided_by": decided_by,
    }
    assert senders(run) == [name.lower(), "end"]
    assert describe_run(run)[1] == f"  experiment_1 chose cohort {name!r}: {decided_by}"


@pytest.mark.parametrize(
    ("key", "body", "hashed"),
    [
        (None, {}, "jane"),
        ("", {}, "jane"),
        ("tenant.id", {"tenant": "acme"}, "acme"),
        ("tenant.id", {}, "jane"),
        ("data.team", {"data": {"team": 7}}, "7"),
        ("data.team", {"data": {"team": ""}}, "jane"),
        ("data.team.ids[0]", {"data": {"team": {"ids": ["t1"]}}}, "t1"),
        ("{{ data.team }}-{{ recipient.plan }}", {"data": {"team": 7}}, "7-pro"),
        ("{{ data.team }}", {}, "jane"),
    ],
)
def test_the_key_is_the_recipients_id_unless_the_step_names_another(
    knock: KnockFake, api: httpx.Client, key: str | None, body: JsonObject, hashed: str
) -> None:
    knock.workflows.add("digest", steps=[halves(key)])
    run = triggered(knock, api, {"id": "jane", "plan": "pro"}, **body)
    assert facts(run, "cohort_assigned")["cohort_key"] == hashed


def test_a_key_that_cannot_be_rendered_fails_the_step(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, halves("{{ 1 | divided_by: 0 }}"), recipient={"id": "jane"})
    assert event_names(run)[1:] == ["step_failed", "step_failed", "step_failed", "run_halted"]


def test_an_object_is_hashed_by_its_id(knock: KnockFake, api: httpx.Client) -> None:
    project: JsonObject = {"id": "p1", "collection": "projects", "name": "Apollo"}
    assert facts(run_steps(knock, api, halves(), recipient=project), "cohort_assigned")["cohort_key"] == "p1"


def test_cohorts_hold_about_their_share_and_an_empty_one_nobody(knock: KnockFake, api: httpx.Client) -> None:
    shares: dict[str, float | str | Decimal] = {"A": 30, "B": "12.5", "C": 0, "D": Decimal("57.5")}
    step = experiment(*(cohort(share, [], name=name) for name, share in shares.items()))
    run_steps(knock, api, step, recipient={"id": "user-0"})
    trigger(api, "digest", [{"id": f"user-{number}"} for number in range(1, 1000)])
    found = Counter(chosen(run) for run in knock.state.runs)
    assert found["C"] == 0
    assert {name: found[name] for name in "ABD"} == {
        "A": pytest.approx(300, abs=45),
        "B": pytest.approx(125, abs=35),
        "D": pytest.approx(575, abs=50),
    }


def test_a_terminating_cohort_ends_the_workflow_and_may_pause_before(knock: KnockFake, api: httpx.Client) -> None:
    ending = cohort(100, [delay("1h"), in_app_feed("A", ref="a")], terminates=True)
    run = run_steps(knock, api, experiment(ending, cohort(0, [])), in_app_feed("End"), recipient={"id": "jane"})
    assert (run.status, chosen(run)) == ("paused", "Cohort 1")
    knock.clock.advance("1h")
    assert (run.status, senders(run)) == ("completed", ["a"])


# -- forcing -----------------------------------------------------------------------------------------------


def test_a_test_can_choose_the_cohort(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[experiment(cohort(100, [], name="A"), cohort(0, [], name="B"))])
    knock.cohorts.force("digest", "experiment_1", "B")
    run = triggered(knock, api, {"id": "jane"})
    assert (chosen(run), facts(run, "cohort_assigned")["decided_by"]) == ("B", "knock.cohorts.force")
    knock.cohorts.force("digest", "experiment_1", 0)
    assert chosen(triggered(knock, api, "jane")) == "A"


def test_a_cohort_can_be_chosen_for_one_recipient(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[halves()])
    knock.cohorts.force("digest", "experiment_1", "A")
    knock.cohorts.force("digest", "experiment_1", "B", recipient="jane")
    knock.cohorts.force("digest", "experiment_1", "B", recipient={"collection": "projects", "id": "p1"})
    project: JsonObject = {"id": "p1", "collection": "projects", "name": "Apollo"}
    people: list[Json] = [{"id": "jane"}, {"id": "bob"}, project]
    assert [chosen(triggered(knock, api, one)) for one in people] == ["B", "A", "B"]


def test_the_hash_decides_again_after_release(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[experiment(cohort(100, [], name="A"), cohort(0, [], name="B"))])
    knock.cohorts.force("digest", "experiment_1", "B", recipient="jane")
    knock.cohorts.release("digest", "experiment_1")
    assert chosen(triggered(knock, api, {"id": "jane"})) == "A"


def test_a_forced_cohort_that_a_new_version_lacks_fails_the_step(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[halves()])
    knock.cohorts.force("digest", "experiment_1", "B")
    run = run_steps(knock, api, experiment(cohort(50, [], name="Ah"), cohort(50, [])), recipient={"id": "jane"})
    assert event_names(run)[1:] == ["step_failed", "run_halted"]
    assert "cohort 'B' is forced, and this version has none like it" in str(facts(run, "step_failed")["reason"])


@pytest.mark.parametrize(
    ("arguments", "error", "problem"),
    [
        (("digets", "experiment_1", "A"), UnknownNameError, "no workflow 'digets': did you mean 'digest'?"),
        (("digest", "experiment", "A"), UnknownNameError, "no experiment 'experiment'; did you mean 'experiment_1'?"),
        (("digest", "item", "A"), UnknownNameError, "no experiment 'item'; known: 'experiment_1'"),
        (("digest", "experiment_1", "C"), UsageError, "has no cohort 'C'; known: 'A', 'B'"),
        (("digest", "experiment_1", 2), UsageError, "has no cohort 2"),
        (("digest", "experiment_1", -1), UsageError, "has no cohort -1"),
        (("digest", "experiment_1", True), UsageTypeError, "not True"),
        (("digest", "experiment_1", "A", 7), UsageTypeError, "recipient: 7 names no recipient"),
    ],
)
def test_what_cannot_be_forced_is_refused(
    knock: KnockFake, arguments: tuple[str, str, str], error: type[Exception], problem: str
) -> None:
    knock.workflows.add("digest", steps=[halves(), in_app_feed("Hello", ref="item")])
    with pytest.raises(error, match=problem.replace("?", r"\?")):
        knock.cohorts.force(*arguments)


def test_forced_cohorts_go_back_with_a_snapshot(knock: KnockFake, api: httpx.Client) -> None:
    knock.workflows.add("digest", steps=[experiment(cohort(100, [], name="A"), cohort(0, [], name="B"))])
    with knock.branch():
        knock.cohorts.force("digest", "experiment_1", "B")
    assert chosen(triggered(knock, api, {"id": "jane"})) == "A"


# -- definition --------------------------------------------------------------------------------------------


def cohorts(*percentages: Json, **keys: Json) -> JsonObject:
    branches: list[Json] = [{"percentage": one} for one in percentages]
    return {"type": "random_cohort", "cohort_branches": branches, **keys}


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        (cohorts(100), r"steps\[0\]\.cohort_branches: must be a list of 2 to 10 branches, not 1"),
        (cohorts(*[9] * 10, 10), r"cohort_branches: must be a list of 2 to 10 branches, not 11"),
        (cohorts(50, 49), r"cohort_branches: percentages make 100, not 99"),
        (cohorts("33.3", "33.3", "33.3"), r"percentages make 100, not 99\.9"),
        (cohorts(33.33, 66.67), r"cohort_branches\[0\]\.percentage: must be 0 to 100 with at most one decimal"),
        (cohorts(-1, 101), r"\[0\]\.percentage: must be 0 to 100"),
        (cohorts(0, 100.1), r"\[1\]\.percentage: must be 0 to 100"),
        (cohorts("half", 50), r"\[0\]\.percentage: must be 0 to 100 .* not 'half'"),
        (cohorts("Infinity", 50), r"\[0\]\.percentage: must be 0 to 100"),
        (cohorts(True, 99), r"\[0\]\.percentage: must be 0 to 100 .* not True"),
        (cohorts(None, 100), r"\[0\]\.percentage: must be 0 to 100 .* not None"),
        (cohorts([50], 50), r"\[0\]\.percentage: must be 0 to 100"),
        (cohorts(50, 50, cohort_key="team"), r"cohort_key: 'team' is neither a path such as 'tenant\.id' nor Liquid"),
        (cohorts(50, 50, cohort_key=7), r"cohort_key: 7 is neither"),
        (cohorts(50, 50, cohort_key="{{ data."), r"cohort_key"),
        (cohorts(50, 50, conditions={"all": []}), r"conditions: a step of type random_cohort has none"),
        (cohorts(50, 50, branches=[]), r"unknown key 'branches' in a random_cohort step"),
    ],
)
def test_what_is_no_experiment_is_refused_by_place(knock: KnockFake, step: JsonObject, problem: str) -> None:
    with pytest.raises(WorkflowDefinitionError, match=problem):
        knock.workflows.add("digest", steps=[step])


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=9), st.text(st.characters(exclude_categories=["Cs"])))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
def test_every_key_falls_into_exactly_one_cohort_with_a_share(cuts: list[int], key: str) -> None:
    edges = [0, *sorted(cuts), 1000]
    shares = [(end - start) / 10 for start, end in pairwise(edges)]
    knock = KnockFake()
    knock.workflows.add("digest", steps=[experiment(*(cohort(f"{one:g}", []) for one in shares), key="data.key")])
    client = knock.client()
    found = []
    for _ in range(2):
        client.workflows.trigger("digest", recipients=[{"id": "jane"}], data={"key": key})
        index = facts(knock.state.runs.all()[-1], "cohort_assigned")["index"]
        assert isinstance(index, int)
        found.append(index)
    assert found[0] == found[1]
    assert shares[found[0]] > 0

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake
from knock_fake.errors import WorkflowDefinitionError
from knock_fake.state.references import user
from knock_fake.steps import in_app_feed, update_data

if TYPE_CHECKING:
    import httpx

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.runs import Run


def update(knock: KnockFake, api: httpx.Client, *steps: JsonObject, **data: Json) -> Run:
    """Trigger a workflow of these steps and an in-app item for Jane; return the run."""
    knock.workflows.add("digest", steps=[*steps, in_app_feed("{{ data.greeting }}")])
    body: JsonObject = {"recipients": [{"id": "jane", "name": "Jane"}], "data": data}
    api.post("/v1/workflows/digest/trigger", json=body).raise_for_status()
    return knock.state.runs.of_recipient(user("jane"))[-1]


@pytest.mark.parametrize(
    ("settings", "merged"),
    [
        ('{"full_name": "{{ data.first }} Doe"}', {"full_name": "Jane Doe"}),
        ({"full_name": "{{ data.first }} Doe"}, {"full_name": "Jane Doe"}),
        ('{"count": {{ data.items | size }}}', {"count": 2}),
        (
            {"count": "{{ data.items | size }}", "deep": [{"x": "{{ recipient.id }}"}]},
            {"count": "2", "deep": [{"x": "jane"}]},
        ),
        ('{"items": {}}', {"items": {}}),
        ('{"a": {{ data.nothing | json }}}', {"a": None}),
        ("{}", {}),
    ],
)
def test_values_are_merged_into_the_data_as_a_whole(
    knock: KnockFake, api: httpx.Client, settings: str | JsonObject, merged: JsonObject
) -> None:
    data: JsonObject = {"first": "Jane", "items": [1, 2]}
    run = update(knock, api, update_data(settings), **data)
    assert (run.status, run.data, run.trigger_data) == ("completed", {**data, **merged}, data)
    assert (run.events[1].event, run.events[1].data) == ("data_updated", {"data": merged})


def test_later_steps_see_what_was_updated(knock: KnockFake, api: httpx.Client) -> None:
    first = update_data({"name": "{{ recipient.name }}"})
    run = update(knock, api, first, update_data({"greeting": "Hello {{ data.name }}"}))
    assert run.messages[0].data == {"name": "Jane", "greeting": "Hello Jane"}


def test_a_variable_that_is_missing_renders_as_nothing(knock: KnockFake, api: httpx.Client) -> None:
    run = update(knock, api, update_data({"greeting": "Hello {{ data.nobody.name }}"}))
    assert (run.status, run.data) == ("completed", {"greeting": "Hello "})


@pytest.mark.knock(strict_variables=True)
def test_where_variables_are_strict_one_that_is_missing_halts_the_run(knock: KnockFake, api: httpx.Client) -> None:
    run = update(knock, api, update_data({"greeting": "Hello {{ data.nobody }}"}))
    assert [event.event for event in run.events] == ["run_started", *["step_failed"] * 3, "run_halted"]
    given = update_data({"greeting": 'Hello {{ data.nobody | default: "you" }}'})
    assert update(knock, api, given).data == {"greeting": "Hello you"}


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ('{"a": {{ data.nothing }}}', "rendered to '{\"a\": }', which is no JSON object; put values into it with "),
        ("[{{ 1 }}]", "rendered to '[1]', which is no JSON object; put values into it with the filter json: "),
        ({"a": "{{ 1 | divided_by: 0 }}"}, ""),
    ],
)
def test_a_result_that_is_no_object_and_a_liquid_error_halt_the_run(
    knock: KnockFake, api: httpx.Client, settings: str | JsonObject, problem: str
) -> None:
    run = update(knock, api, update_data(settings))
    assert [event.event for event in run.events] == ["run_started", *["step_failed"] * 3, "run_halted"]
    assert problem in str((run.events[1].data or {})["reason"])
    assert (run.data, run.messages) == ({}, ())


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({}, "settings.data: is required"),
        ({"data": []}, "settings.data: must be a JSON object or its text, not []"),
        ({"data": "[]"}, "settings.data: '[]' is no JSON object"),
        ({"data": "{{ x"}, "settings.data, line 1: "),
        ({"data": "{}", "merge": "deep"}, "settings: unknown key 'merge'; "),
    ],
)
def test_a_malformed_update_is_refused(settings: JsonObject, problem: str) -> None:
    with pytest.raises(WorkflowDefinitionError) as refused:
        KnockFake().workflows.add("digest", steps=[{"type": "update_data", "settings": settings}])
    assert str(refused.value).startswith(f"workflow 'digest': steps[0].{problem}")

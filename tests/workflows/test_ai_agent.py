from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake
from knock_fake.errors import WorkflowDefinitionError
from knock_fake.responders import ModelAnswer
from knock_fake.state.references import user
from knock_fake.steps import ai_agent, in_app_feed
from knock_fake.timestamps import show_instant

if TYPE_CHECKING:
    import httpx

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.responders import ModelRequest
    from knock_fake.state.runs import Run

HAIKU = "anthropic:claude-haiku-4-5"
TEXT = ai_agent(HAIKU, "Summarize {{ data.title }}")
SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"industry": {"type": "string"}},
    "required": ["industry"],
}
JSON = ai_agent(HAIKU, "Which industry?", response_schema=SCHEMA)


def ask(knock: KnockFake, api: httpx.Client, step: JsonObject = TEXT, **data: Json) -> Run:
    """Trigger a workflow of an agent and an in-app item for Jane; return the run."""
    knock.workflows.add("digest", steps=[step, in_app_feed("{{ data.ai_agent_1.text }}!")])
    body: JsonObject = {"recipients": [{"id": "jane"}], "data": data}
    api.post("/v1/workflows/digest/trigger", json=body).raise_for_status()
    return knock.state.runs.of_recipient(user("jane"))[-1]


def failures(run: Run) -> list[tuple[str, int]]:
    return [(str((event.data or {})["reason"]), event.attempt) for event in run.events if event.event == "step_failed"]


def test_text_becomes_data_under_the_ref_of_the_step(knock: KnockFake, api: httpx.Client) -> None:
    responder = knock.responders.model(text="In short")
    run = ask(knock, api, title="News")
    assert (run.status, run.data) == ("completed", {"title": "News", "ai_agent_1": {"text": "In short"}})
    (block,) = api.get(f"/v1/messages/{run.messages[0].id}/content").json()["data"]["blocks"]
    assert block["rendered"] == "<p>In short!</p>"
    request = responder.last_request
    assert (request.model, request.prompt, request.response_type, request.response_schema, request.web_search) == (
        HAIKU,
        "Summarize News",
        "text",
        None,
        False,
    )
    assert (request.origin.step_ref, request.origin.recipient, request.origin.attempt) == ("ai_agent_1", "jane", 1)


@pytest.mark.parametrize(
    "answer",
    [ModelAnswer(json={"industry": "toys"}), ModelAnswer(text='{"industry": "toys"}')],
    ids=["json", "text that is JSON"],
)
def test_json_that_fits_the_schema_becomes_data(knock: KnockFake, api: httpx.Client, answer: ModelAnswer) -> None:
    responder = knock.responders.model(answer=answer)
    run = ask(knock, api, JSON)
    assert (run.status, run.data) == ("completed", {"ai_agent_1": {"industry": "toys"}})
    assert responder.last_request.response_schema == SCHEMA


@pytest.mark.parametrize(
    ("step", "answer", "problem"),
    [
        (TEXT, ModelAnswer(fail="error"), "answered with an error"),
        (TEXT, ModelAnswer(fail="timeout"), "did not answer in time"),
        (TEXT, ModelAnswer(json={"a": 1}), "answered JSON instead of text"),
        (JSON, ModelAnswer(text="toys"), "answered text that is no JSON: 'toys'"),
        (
            JSON,
            ModelAnswer(json={"industry": 7}),
            "answered JSON that does not fit the response_schema: answer.industry must be a string, not a number",
        ),
        (
            JSON,
            ModelAnswer(json={}),
            "answered JSON that does not fit the response_schema: answer.industry is required",
        ),
    ],
)
def test_errors_timeouts_and_answers_that_do_not_fit_are_tried_three_times_more(
    knock: KnockFake, api: httpx.Client, step: JsonObject, answer: ModelAnswer, problem: str
) -> None:
    responder = knock.responders.model(answer=answer)
    run = ask(knock, api, step)
    assert failures(run) == [(f"{HAIKU} {problem}", attempt) for attempt in (1, 2, 3, 4)]
    assert (run.status, run.error_count, run.messages, responder.uses) == ("completed", 4, (), 4)
    assert run.events[-1].data == {"reason": "step ai_agent_1 failed 4 times"}


def test_an_attempt_may_succeed_at_last(knock: KnockFake, api: httpx.Client) -> None:
    knock.responders.model(fail="error", times=3, delay="1s").then(text="In short", delay="2s")
    run = ask(knock, api)
    assert run.status == "processing"
    knock.clock.run_until_idle()
    assert (run.status, run.error_count, len(run.messages)) == ("completed", 3, 1)
    attempts = [(show_instant(one.at)[14:19], one.attempt) for one in run.events if one.event == "agent_attempted"]
    assert attempts == [("00:01", 1), ("00:02", 2), ("00:03", 3), ("00:05", 4)]


def test_a_refusal_is_not_tried_again(knock: KnockFake, api: httpx.Client) -> None:
    knock.responders.model(refusal="I would rather not")
    run = ask(knock, api)
    assert failures(run) == [(f"{HAIKU} refused: I would rather not", 1)]
    assert run.events[-1].data == {"reason": "step ai_agent_1 failed for good"}


@pytest.mark.parametrize(("halts", "messages"), [(True, 0), (None, 0), (False, 1)])
@pytest.mark.parametrize("answer", [ModelAnswer(refusal="No"), ModelAnswer(fail="error")], ids=["fatal", "used up"])
def test_a_setting_decides_whether_a_failure_halts_the_run(
    knock: KnockFake, api: httpx.Client, halts: bool | None, messages: int, answer: ModelAnswer
) -> None:
    knock.responders.model(answer=answer)
    settings: JsonObject = {"model": HAIKU, "request_prompt": "Hi", "response_type": "text", "halt_on_error": halts}
    run = ask(knock, api, {"type": "ai_agent", "settings": settings})
    assert (run.status, run.data, len(run.messages)) == ("completed", {}, messages)


def test_a_prompt_that_cannot_be_rendered_fails_the_step(knock: KnockFake, api: httpx.Client) -> None:
    run = ask(knock, api, ai_agent(HAIKU, "{{ 1 | divided_by: data.none }}", halt_on_error=False))
    assert [attempt for _, attempt in failures(run)] == [1, 2, 3]
    assert len(run.messages) == 1


def test_an_unanswered_prompt_names_the_model_and_the_line_to_write(knock: KnockFake, api: httpx.Client) -> None:
    assert failures(ask(knock, api)) == [
        (f"no responder is for the prompt to {HAIKU}: add knock.responders.model('{HAIKU}', text='...')", 1)
    ]
    knock.responders.model("openai:*", prompt="Which", json={})
    line = f"knock.responders.model('{HAIKU}', json={{...}})"
    nearest = f"responder 1 (model openai:*): the model is '{HAIKU}', not 'openai:*'"
    told = f"no responder is for the prompt to {HAIKU}: add {line}; {nearest}"
    assert failures(ask(knock, api, JSON)) == [(told, 1)]


def test_a_responder_that_fails_fails_the_step(knock: KnockFake, api: httpx.Client) -> None:
    def think(_request: ModelRequest) -> Json:
        return None

    knock.responders.model(answer=think)
    told = "think() failed: UsageTypeError: it returned None: return a ModelAnswer, text, or a JSON value"
    assert failures(ask(knock, api)) == [(f"responder 1 (model any model): {told}", 1)]


def test_an_attempt_logs_prompt_answer_and_duration(knock: KnockFake, api: httpx.Client) -> None:
    knock.responders.model(text="x" * 1030, delay="1.5s")
    run = ask(knock, api, ai_agent(HAIKU, "Hi", web_search=True))
    knock.clock.advance("2s")
    attempted, completed = run.events[1:3]
    assert (attempted.event, attempted.status, attempted.data) == (
        "agent_attempted",
        "ok",
        {
            "request": {"model": HAIKU, "prompt": "Hi", "response_type": "text", "web_search_enabled": True},
            "response": {"text": "x" * 1024, "json": None, "refusal": None},
            "duration_ms": 1500,
            "answered_by": "responder 1 (model any model)",
            "error": None,
        },
    )
    assert (completed.event, completed.data) == ("agent_completed", {"data": {"ai_agent_1": {"text": "x" * 1024}}})


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"model": None}, "model: is required"),
        ({"model": "claude"}, "model: must be of the form provider:model, as in 'openai:gpt-5.2', not 'claude'"),
        ({"request_prompt": None}, "request_prompt: is required"),
        ({"response_type": None}, "response_type: is required"),
        ({"response_type": "xml"}, "response_type: cannot be 'xml'; known: 'json', 'text'"),
        ({"response_schema": "{}"}, "response_schema: is for JSON answers: leave it out"),
        ({"response_type": "json"}, "response_schema: is required where response_type is 'json'"),
        ({"response_type": "json", "response_schema": "{"}, "response_schema: is no JSON: "),
        ({"response_type": "json", "response_schema": "[]"}, "response_schema: must be the text of a JSON Schema "),
        ({"response_type": "json", "response_schema": {}}, "response_schema: must be text, not {}"),
        (
            {"response_type": "json", "response_schema": '{"type": "text"}'},
            "response_schema: is no valid JSON Schema: ",
        ),
        ({"halt_on_error": "no"}, "halt_on_error: must be true or false, not 'no'"),
        ({"web_search_enabled": 1}, "web_search_enabled: must be true or false, not 1"),
    ],
)
def test_a_malformed_agent_step_is_refused(changes: JsonObject, problem: str) -> None:
    settings: JsonObject = {"model": HAIKU, "request_prompt": "Hi", "response_type": "text", **changes}
    with pytest.raises(WorkflowDefinitionError) as refused:
        KnockFake().workflows.add("digest", steps=[{"type": "ai_agent", "settings": settings}])
    assert str(refused.value).startswith(f"workflow 'digest': steps[0].settings.{problem}")

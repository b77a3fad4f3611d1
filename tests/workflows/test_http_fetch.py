from __future__ import annotations

import hmac
from base64 import b64encode
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake
from knock_fake.errors import WorkflowDefinitionError
from knock_fake.responders import Answer
from knock_fake.state.references import user
from knock_fake.steps import http_fetch, in_app_feed
from knock_fake.timestamps import show_instant
from knock_fake.workflows.reasons import describe_run
from knock_fake.workflows.steps.http_fetch import merge_response

if TYPE_CHECKING:
    import httpx

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.responders import HttpRequest
    from knock_fake.state.runs import Run

URL = "https://api.mine.test/users/jane"


def fetch(knock: KnockFake, api: httpx.Client, step: JsonObject | None = None, **body: Json) -> Run:
    """Trigger a workflow of a fetch and an in-app item for Jane; return the run."""
    knock.workflows.add("digest", steps=[step or http_fetch(URL), in_app_feed("Hello")])
    answer = api.post("/v1/workflows/digest/trigger", json={"recipients": [{"id": "jane", "name": "Jane"}], **body})
    answer.raise_for_status()
    return knock.state.runs.of_recipient(user("jane"))[-1]


def sent(knock: KnockFake, api: httpx.Client, step: JsonObject, **body: Json) -> HttpRequest:
    """Return the request that a step makes of Jane's run."""
    responder = knock.responders.fetch("*")
    fetch(knock, api, step, **body)
    return responder.last_request


def history(run: Run) -> list[tuple[str, str, int]]:
    """Return what happened when, in which attempt."""
    return [(show_instant(event.at)[11:19], event.event, event.attempt) for event in run.events]


def reason(run: Run) -> str:
    """Return why the fetch failed for good; the run has halted."""
    assert [event.event for event in run.events][-2:] == ["step_failed", "run_halted"]
    assert (run.status, run.messages) == ("completed", ())
    assert run.events[-1].data == {"reason": "step http_fetch_1 failed for good"}
    return str((run.events[-2].data or {})["reason"])


# -- the request -------------------------------------------------------------------------------------------


def test_every_field_but_the_method_is_liquid(knock: KnockFake, api: httpx.Client) -> None:
    step = http_fetch(
        "https://{{ data.host }}/users/{{ recipient.id }}",
        "post",
        headers={"X-{{ data.name }}": "Bearer {{ vars.token }}"},
        query_params={"{{ data.name }}": "{{ data.page }}"},
        body='{"id": "{{ recipient.id }}", "page": {{ data.page }}}',
    )
    knock.variables.set("token", "t0ken")
    request = sent(knock, api, step, data={"host": "api.mine.test", "name": "Page", "page": 2})
    assert (request.kind, request.method, request.url) == ("fetch", "POST", f"{URL}?Page=2")
    assert request.headers == {"x-page": "Bearer t0ken", "content-type": "application/json"}
    assert (request.body, request.json, request.query) == (
        '{"id":"jane","page":2}',
        {"id": "jane", "page": 2},
        {"Page": "2"},
    )


def test_a_responder_sees_who_asks(knock: KnockFake, api: httpx.Client) -> None:
    responder = knock.responders.fetch("*", status=503)
    run = fetch(knock, api, http_fetch(URL, ref="profile"))
    knock.clock.advance("30s")
    origins = [request.origin for request in responder.requests]
    assert [(one.workflow, one.step_ref, one.recipient, one.run_id) for one in origins] == [
        ("digest", "profile", "jane", run.id)
    ] * 2
    assert [(one.attempt, one.at - run.inserted_at) for one in origins] == [
        (1, timedelta(0)),
        (2, timedelta(seconds=30)),
    ]
    assert {request.timeout for request in responder.requests} == {15.0}


def test_a_method_that_is_left_out_is_get(knock: KnockFake, api: httpx.Client) -> None:
    assert sent(knock, api, {"type": "http_fetch", "settings": {"url": URL}}).method == "GET"


@pytest.mark.parametrize(
    ("method", "body"), [("post", "{}"), ("put", "{}"), ("patch", "{}"), ("get", None), ("delete", None)]
)
def test_only_post_put_and_patch_have_a_body(
    knock: KnockFake, api: httpx.Client, method: str, body: str | None
) -> None:
    request = sent(knock, api, http_fetch(URL, method, body="{}"))
    assert (request.method, request.body) == (method.upper(), body)
    assert ("content-type" in request.headers) is (body is not None)


@pytest.mark.parametrize(
    ("body", "encoded"),
    [
        ('{"name": {{ recipient.name | json }}}', '{"name":"Jane"}'),
        ("[1, 2]", "[1,2]"),
        ('"text"', '"text"'),
        ("  ", None),
        ("{% if false %}{}{% endif %}", None),
        (
            {"name": "{{ recipient.name }}", "n": 1, "deep": ["{{ data.quote }}"]},
            '{"name":"Jane","n":1,"deep":["\\""]}',
        ),
    ],
)
def test_a_body_is_encoded_as_json(
    knock: KnockFake, api: httpx.Client, body: str | JsonObject, encoded: str | None
) -> None:
    assert sent(knock, api, http_fetch(URL, "post", body=body), data={"quote": '"'}).body == encoded


@pytest.mark.parametrize(
    ("parameters", "query"),
    [
        ({"b": "2"}, "a=1&b=2"),
        ({"q": "a b&c"}, "a=1&q=a+b%26c"),
        ('{"b": {{ data.n }}, "c": null, "d": ["x", true], "e": {"f": 1}}', "a=1&b=7&d=x&d=true&e=%7B%22f%22%3A1%7D"),
        ("{{ data.parameters | json }}", "a=1&p=1"),
        (None, "a=1"),
    ],
)
def test_query_parameters_are_added_to_those_of_the_url(
    knock: KnockFake, api: httpx.Client, parameters: dict[str, str] | str | None, query: str
) -> None:
    step = http_fetch(f"{URL}?a=1", query_params=parameters)
    request = sent(knock, api, step, data={"n": 7, "parameters": {"p": "1"}})
    assert request.url == f"{URL}?{query}"


def test_a_parameter_may_be_given_twice(knock: KnockFake, api: httpx.Client) -> None:
    pairs: list[Json] = [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]
    request = sent(knock, api, {"type": "http_fetch", "settings": {"url": URL, "query_params": pairs}})
    assert (request.url, request.query) == (f"{URL}?a=1&a=2", {"a": ["1", "2"]})


def test_headers_may_be_one_template(knock: KnockFake, api: httpx.Client) -> None:
    request = sent(knock, api, http_fetch(URL, headers='{"X-Id": "{{ recipient.id }}", "X-N": 7}'))
    assert request.headers == {"x-id": "jane", "x-n": "7"}


def test_inputs_are_rendered_first(knock: KnockFake, api: httpx.Client) -> None:
    step = http_fetch(
        "https://api.mine.test/orders/{{ inputs.order }}", inputs={"order": "{{ data.order_id }}", "kind": "full"}
    )
    assert sent(knock, api, step, data={"order_id": 7}).url == "https://api.mine.test/orders/7"


@pytest.mark.knock(strict_variables=True)
@pytest.mark.parametrize("inputs", [None, {"a": "b"}])
def test_where_variables_are_strict_one_that_is_missing_is_fatal(
    knock: KnockFake, api: httpx.Client, inputs: JsonObject | None
) -> None:
    responder = knock.responders.fetch("*")
    told = reason(fetch(knock, api, http_fetch("https://api.mine.test/{{ data.nothing }}", inputs=inputs)))
    assert "data.nothing" in told
    assert responder.uses == 0


# -- signing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("body", "signed"), [('{"a": 1}', '1767225600000.{"a":1}'), (None, "1767225600000.")])
def test_a_signed_request_carries_milliseconds_and_a_base64_hmac_of_time_and_body(
    knock: KnockFake, api: httpx.Client, body: str | None, signed: str
) -> None:
    knock.variables.set("key", "s3cret")
    request = sent(knock, api, http_fetch(URL, "post", body=body, signing_key="{{ vars.key }}"))
    digest = b64encode(hmac.digest(b"s3cret", signed.encode(), "sha256")).decode()
    assert request.headers["x-knock-signature"] == f"t=1767225600000,s={digest}"


# -- merging -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201])
def test_an_answer_is_merged_into_the_data_and_wins(knock: KnockFake, api: httpx.Client, status: int) -> None:
    knock.responders.fetch(URL, status=status, json={"biz": "baz", "metadata": {"query_count": 1}})
    run = fetch(knock, api, data={"foo": "bar", "metadata": {"count": 1}})
    merged: JsonObject = {"foo": "bar", "biz": "baz", "metadata": {"query_count": 1}}
    assert (run.status, run.data) == ("completed", merged)
    assert run.trigger_data == {"foo": "bar", "metadata": {"count": 1}}


def test_merged_data_is_everywhere_afterwards(knock: KnockFake, api: httpx.Client) -> None:
    knock.responders.fetch(URL, json={"plan": "pro"})
    pro: JsonObject = {"all": [{"variable": "data.plan", "operator": "equal_to", "argument": "pro"}]}
    steps = [
        http_fetch(URL),
        http_fetch("https://api.mine.test/{{ data.plan }}"),
        in_app_feed("{{ plan }}, {{ data.more }}", conditions=pro),
    ]
    knock.responders.fetch("https://api.mine.test/pro", json={"more": "yes"})
    knock.workflows.add("digest", steps=steps)
    api.post("/v1/workflows/digest/trigger", json={"recipients": [{"id": "jane"}], "data": {"a": 1}}).raise_for_status()
    (message,) = api.get("/v1/messages", params={"trigger_data": '{"plan": "pro"}'}).json()["items"]
    assert message["data"] == {"a": 1, "plan": "pro", "more": "yes"}
    (block,) = api.get(f"/v1/messages/{message['id']}/content").json()["data"]["blocks"]
    assert block["rendered"] == "<p>pro, yes</p>"


@pytest.mark.parametrize(
    ("path", "value", "data"),
    [
        ("profile", {"plan": "pro"}, {"foo": {"a": 1}, "profile": {"plan": "pro"}}),
        ("foo", {"plan": "pro"}, {"foo": {"plan": "pro"}}),
        ("foo.bar", {"plan": "pro"}, {"foo": {"a": 1, "bar": {"plan": "pro"}}}),
        ("foo.a.b", 1, {"foo": {"a": {"b": 1}}}),
        ("{{ recipient.id }}.list", [1, 2], {"foo": {"a": 1}, "jane": {"list": [1, 2]}}),
        ("{{ data.nothing }}", {"x": 1}, {"foo": {"a": 1}, "x": 1}),
    ],
)
def test_a_response_path_says_where_the_answer_goes(
    knock: KnockFake, api: httpx.Client, path: str, value: Json, data: JsonObject
) -> None:
    knock.responders.fetch(URL, json=value)
    assert fetch(knock, api, http_fetch(URL, response_path=path), data={"foo": {"a": 1}}).data == data


@pytest.mark.parametrize(
    "answer", [Answer(status=204), Answer(status=200), Answer(status=201, text="")], ids=["204", "200", "201"]
)
@pytest.mark.parametrize("path", [None, "there"])
def test_no_body_merges_nothing(knock: KnockFake, api: httpx.Client, answer: Answer, path: str | None) -> None:
    knock.responders.fetch(URL, answer=answer)
    run = fetch(knock, api, http_fetch(URL, response_path=path), data={"a": 1})
    assert (run.status, run.data, len(run.messages)) == ("completed", {"a": 1}, 1)


def test_merging_changes_no_dictionary_that_somebody_holds() -> None:
    inner: JsonObject = {"a": 1}
    data: JsonObject = {"foo": inner}
    assert merge_response(data, {"x": 1}, ("foo", "b", "c")) == {"foo": {"a": 1, "b": {"c": {"x": 1}}}}
    assert (data, inner) == ({"foo": {"a": 1}}, {"a": 1})


# -- retries -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 502, 503, 599])
def test_a_server_error_is_tried_again_after_30_and_60_seconds(
    knock: KnockFake, api: httpx.Client, status: int
) -> None:
    responder = knock.responders.fetch(URL, status=status)
    run = fetch(knock, api)
    assert (run.status, run.timer and run.timer.due - knock.clock.now) == ("paused", timedelta(seconds=30))
    knock.clock.run_until_idle()
    assert history(run) == [
        ("00:00:00", "run_started", 1),
        ("00:00:00", "fetch_attempted", 1),
        ("00:00:00", "step_failed", 1),
        ("00:00:30", "fetch_attempted", 2),
        ("00:00:30", "step_failed", 2),
        ("00:01:30", "fetch_attempted", 3),
        ("00:01:30", "step_failed", 3),
        ("00:01:30", "run_halted", 3),
    ]
    assert (run.status, run.error_count, run.messages, responder.uses) == ("completed", 3, (), 3)
    assert run.events[-1].data == {"reason": "step http_fetch_1 failed 3 times"}


@pytest.mark.parametrize("answer", [Answer(fail="timeout"), Answer(json={}, delay="15.001s"), Answer(delay="2m")])
def test_a_timeout_takes_15_seconds_and_is_tried_again(knock: KnockFake, api: httpx.Client, answer: Answer) -> None:
    knock.responders.fetch(URL, answer=answer)
    run = fetch(knock, api)
    assert run.status == "processing"
    knock.clock.run_until_idle()
    assert [entry for entry in history(run) if entry[1] == "fetch_attempted"] == [
        ("00:00:15", "fetch_attempted", 1),
        ("00:01:00", "fetch_attempted", 2),
        ("00:02:15", "fetch_attempted", 3),
    ]
    failed = next(event for event in run.events if event.event == "step_failed")
    assert failed.data == {"reason": f"GET {URL} was not answered within 15 seconds"}
    assert (run.events[1].data or {})["duration_ms"] == 15_000


def test_an_attempt_may_succeed_at_last(knock: KnockFake, api: httpx.Client) -> None:
    knock.responders.fetch(URL, status=503, times=2).then(json={"plan": "pro"})
    run = fetch(knock, api)
    knock.clock.advance("1m29s")
    assert run.status == "paused"
    knock.clock.advance("1s")
    assert (run.status, run.data, run.error_count, len(run.messages)) == ("completed", {"plan": "pro"}, 2, 1)
    assert history(run)[-4:] == [
        ("00:01:30", "fetch_attempted", 3),
        ("00:01:30", "fetch_completed", 3),
        ("00:01:30", "message_enqueued", 1),
        ("00:01:30", "run_completed", 1),
    ]


def test_a_late_answer_lets_the_run_wait_for_it(knock: KnockFake, api: httpx.Client) -> None:
    knock.responders.fetch(URL, json={"plan": "pro"}, delay="15s")
    run = fetch(knock, api)
    assert (run.status, run.data) == ("processing", {})
    knock.clock.advance("15s")
    assert (run.status, run.data) == ("completed", {"plan": "pro"})


def test_a_run_between_attempts_can_be_cancelled_and_one_in_an_attempt_cannot(
    knock: KnockFake, api: httpx.Client
) -> None:
    def cancel() -> None:
        api.post("/v1/workflows/digest/cancel", json={"cancellation_key": "key"}).raise_for_status()

    knock.responders.fetch(URL, status=503, delay="10s")
    run = fetch(knock, api, cancellation_key="key")
    cancel()
    assert run.status == "processing"
    knock.clock.advance("10s")
    assert run.status == "paused"
    cancel()
    assert run.status == "cancelled"
    assert knock.clock.pending() == ()


def test_a_recipient_who_is_deleted_meanwhile_stops_the_run(knock: KnockFake, api: httpx.Client) -> None:
    knock.responders.fetch(URL, json={}, delay="10s")
    run = fetch(knock, api)
    api.delete("/v1/users/jane").raise_for_status()
    knock.clock.run_until_idle()
    assert (run.status, run.messages) == ("cancelled", ())


def test_a_responder_may_delete_the_recipient_of_the_run_that_asks(knock: KnockFake, api: httpx.Client) -> None:
    def answer(_request: HttpRequest) -> Answer:
        api.delete("/v1/users/jane").raise_for_status()
        return Answer(delay="10s")

    knock.responders.fetch(URL, answer=answer)
    knock.workflows.add("digest", steps=[http_fetch(URL), in_app_feed("Hello")])
    api.post("/v1/workflows/digest/trigger", json={"recipients": [{"id": "jane"}]}).raise_for_status()
    assert knock.clock.pending() == ()
    assert [*knock.state.messages] == []


# -- fatal -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [202, 206, 301, 302, 400, 401, 404, 409, 429])
def test_any_other_status_is_fatal(knock: KnockFake, api: httpx.Client, status: int) -> None:
    knock.responders.fetch(URL, status=status, json={"a": 1})
    assert reason(fetch(knock, api)) == f"GET {URL} was answered with {status}, and 200, 201, 204 are successes"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Answer(text="<html>"), f"the answer to GET {URL} is no JSON: unexpected character"),
        (Answer(json=[1]), f"the answer to GET {URL} is no JSON object that could be merged into the data: "),
        (Answer(json="text"), f"the answer to GET {URL} is no JSON object that could be merged into the data: "),
        (Answer(text="null"), f"the answer to GET {URL} is no JSON object that could be merged into the data: "),
        (Answer(text="[" * 101 + "]" * 101), f"the answer to GET {URL} is nested deeper than 100 levels"),
        (Answer(fail="unknown_host"), f"GET {URL} could not be asked: there is no such host"),
        (Answer(fail="connection"), f"GET {URL} could not be asked: no connection"),
        (
            Answer(fail="connection", reason="certificate expired"),
            f"GET {URL} could not be asked: no connection: certificate expired",
        ),
    ],
)
def test_what_cannot_be_decoded_or_asked_is_fatal(
    knock: KnockFake, api: httpx.Client, answer: Answer, problem: str
) -> None:
    knock.responders.fetch(URL, answer=answer)
    assert reason(fetch(knock, api)).startswith(problem)


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        (http_fetch("{{ data.url }}"), "settings.url: the URL '' does not begin with https:// or http://"),
        (http_fetch("ftp://mine.test"), "settings.url: the URL 'ftp://mine.test' does not begin with https:// or"),
        (http_fetch("https://"), "settings.url: the URL 'https://' names no host"),
        (http_fetch("https://mine.test:x/"), "settings.url: the URL 'https://mine.test:x/' is malformed: Port could"),
        (http_fetch("https://mine.test/{{ 'a b' }}"), "settings.url: the URL 'https://mine.test/a b' holds a blank"),
        (http_fetch(URL, "post", body="{{ recipient.name }}"), "settings.body: rendered to 'Jane', which is no JSON; "),
        (http_fetch(URL, headers={"x": "{{ data.lines }}"}), "settings.headers: the header 'x' holds a line break"),
        (http_fetch(URL, headers="[]{{ data.x }}"), "settings.headers: rendered to '[]', which is no JSON object; "),
        (http_fetch(URL, query_params="{{ 1 | divided_by: 0 }}"), "settings.query_params, line 1: "),
        (http_fetch(URL, inputs="[{{ 1 }}]"), "settings.inputs: rendered to '[1]', which is no JSON object; "),
        (http_fetch(URL, response_path="a..{{ 'b' }}"), "settings.response_path: 'a..b' is no path: "),
        (http_fetch(URL, signing_key="{{ vars.none }}"), "settings.signing_key: is empty, so the request cannot be "),
    ],
)
def test_a_request_that_cannot_be_built_is_fatal(
    knock: KnockFake, api: httpx.Client, step: JsonObject, problem: str
) -> None:
    responder = knock.responders.fetch("*")
    run = fetch(knock, api, step, data={"lines": "a\nb"})
    assert reason(run).startswith(f"workflow 'digest': steps[0].{problem}")
    assert responder.uses == 0


def test_an_unanswered_fetch_names_the_url_and_the_line_to_write(knock: KnockFake, api: httpx.Client) -> None:
    run = fetch(knock, api, http_fetch(f"{URL}?a=1"))
    line = f'knock.responders.fetch("GET {URL}", json={{...}})'
    assert reason(run) == f"no responder is for GET {URL}?a=1: add {line}"
    assert describe_run(run)[1] == f"  http_fetch_1 failed: no responder is for GET {URL}?a=1: add {line}"
    assert [str(request) for request in knock.responders.unanswered] == [f"GET {URL}?a=1"]


def test_a_responder_that_fails_fails_the_step(knock: KnockFake, api: httpx.Client) -> None:
    def look_up(request: HttpRequest) -> Json:
        return {"plan": {"x": 1}[request.path]}

    knock.responders.fetch(URL, answer=look_up)
    told = f"responder 1 (fetch {URL}): look_up() failed: KeyError: '/users/jane'"
    assert reason(fetch(knock, api)) == told


# -- what is logged ----------------------------------------------------------------------------------------


def test_an_attempt_logs_request_response_and_duration(knock: KnockFake, api: httpx.Client) -> None:
    knock.responders.fetch(URL, json={"plan": "p" * 1030}, headers={"X-Id": "7"}, delay="0.25s")
    run = fetch(knock, api, http_fetch(URL, "post", body='{"a": 1}'))
    knock.clock.advance("1s")
    attempted, completed = run.events[1:3]
    assert (attempted.event, attempted.status, attempted.step_type) == ("fetch_attempted", "ok", "http_fetch")
    assert attempted.data == {
        "request": {
            "method": "POST",
            "url": URL,
            "headers": {"content-type": "application/json"},
            "body": '{"a":1}',
        },
        "response": {
            "status": 200,
            "headers": {"content-type": "application/json; charset=utf-8", "x-id": "7"},
            "body": '{"plan":"' + "p" * 1015,
        },
        "duration_ms": 250,
        "answered_by": f"responder 1 (fetch {URL})",
        "error": None,
    }
    assert (completed.event, completed.data) == (
        "fetch_completed",
        {"data": {"plan": "p" * 1024}, "response_path": None},
    )
    assert run.data == {"plan": "p" * 1030}


def test_a_failed_attempt_logs_its_error(knock: KnockFake, api: httpx.Client) -> None:
    knock.responders.fetch(URL, status=404, text="gone")
    run = fetch(knock, api)
    attempted = run.events[1].data or {}
    assert attempted["response"] == {
        "status": 404,
        "headers": {"content-type": "text/plain; charset=utf-8"},
        "body": "gone",
    }
    assert attempted["error"] == f"GET {URL} was answered with 404, and 200, 201, 204 are successes"
    assert (run.events[1].status, run.error_count) == ("ok", 1)


# -- definitions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (None, "settings: must be an object, not None"),
        ({}, "settings.url: is required"),
        ({"url": 1}, "settings.url: must be text, not 1"),
        ({"url": "{{ a"}, "settings.url, line 1: "),
        ({"url": URL, "method": "head"}, "settings.method: cannot be 'head'; known: 'delete', 'get', "),
        ({"url": URL, "header": []}, "settings: unknown key 'header'; did you mean 'headers'?"),
        ({"url": URL, "headers": [{"key": "a"}]}, "settings.headers[0].value: is required"),
        ({"url": URL, "headers": "[]"}, "settings.headers: '[]' is no JSON object"),
        ({"url": URL, "query_params": 7}, "settings.query_params: must be a list, not 7"),
        ({"url": URL, "body": 7}, "settings.body: must be text, not 7"),
        ({"url": URL, "inputs": []}, "settings.inputs: must be a JSON object or its text, not []"),
        ({"url": URL, "response_path": ["a"]}, "settings.response_path: must be text, not ['a']"),
    ],
)
def test_a_malformed_fetch_is_refused(settings: Json, problem: str) -> None:
    step: JsonObject = {"type": "http_fetch", "settings": settings}
    with pytest.raises(WorkflowDefinitionError) as refused:
        KnockFake().workflows.add("digest", steps=[step])
    assert str(refused.value).startswith(f"workflow 'digest': steps[0].{problem}")

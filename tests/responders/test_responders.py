from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake
from knock_fake.clock import DEFAULT_START
from knock_fake.errors import ExpectationError, UsageError, UsageTypeError
from knock_fake.responders import Answer, HttpRequest, ModelAnswer, ModelRequest, Origin, Responders
from knock_fake.responders.records import CAPACITY, ResponderFailedError
from knock_fake.steps import http_fetch, webhook

if TYPE_CHECKING:
    from knock_fake.json_types import Json

ORIGIN = Origin(workflow="digest", step_ref="http_fetch_1", recipient="jane", run_id="r", attempt=1, at=DEFAULT_START)
REQUEST = HttpRequest(kind="fetch", method="GET", url="https://a.test/x", timeout=15.0, origin=ORIGIN)
HOOK = replace(REQUEST, kind="webhook", method="POST")
PROMPT = ModelRequest(model="openai:gpt-5.2", prompt="Hi", response_type="text", origin=ORIGIN)


def answers(responders: Responders, request: HttpRequest = REQUEST, times: int = 1) -> list[int | None]:
    """Return the statuses of the answers to a request that is made several times; ``None`` for no answer."""
    found = [responders.answer(request) for _ in range(times)]
    return [one.answer.status if one is not None else None for one in found]


def texts(responders: Responders, times: int) -> list[str | None]:
    found = [responders.answer_prompt(PROMPT) for _ in range(times)]
    return [one.answer.text if one is not None else None for one in found]


def test_the_newest_responder_that_is_for_a_request_answers_it() -> None:
    responders = Responders()
    responders.fetch("https://a.test/*", status=500)
    responders.fetch("https://a.test/x", status=501)
    responders.fetch("https://b.test/x", status=502)
    assert answers(responders) == [501]
    assert answers(responders, replace(REQUEST, url="https://a.test/y")) == [500]
    assert answers(responders, replace(REQUEST, url="https://c.test/y")) == [None]


def test_fetches_webhooks_and_prompts_have_responders_of_their_own() -> None:
    responders = Responders()
    responders.webhook(status=500)
    responders.model(text="Hi")
    assert answers(responders) == [None]
    assert answers(responders, HOOK) == [500]
    responders.fetch("*", status=501)
    assert answers(responders, HOOK) == [500]
    assert answers(responders) == [501]
    assert texts(responders, 1) == ["Hi"]


def test_answers_come_in_turn_and_the_last_for_ever() -> None:
    responders = Responders()
    responder = responders.fetch("*", status=501).then(status=502, times=2).then(status=503)
    assert answers(responders, times=6) == [501, 502, 502, 503, 503, 503]
    assert (responder.uses, responder.is_used_up) == (6, False)


def test_a_responder_that_is_used_up_lets_an_older_one_answer() -> None:
    responders = Responders()
    responders.fetch("*", status=500)
    newer = responders.fetch("*", status=501, times=1).then(status=502, times=1)
    assert answers(responders, times=4) == [501, 502, 500, 500]
    assert newer.is_used_up
    newer.then(status=503)
    assert answers(responders) == [503]


def test_models_answer_in_turn_too() -> None:
    responders = Responders()
    responders.model(text="one").then(answer=lambda request: f"{request.prompt}!", times=2)
    assert texts(responders, 4) == ["one", "Hi!", "Hi!", None]


@pytest.mark.parametrize(
    ("made", "answer"),
    [
        (Answer(status=503), Answer(status=503)),
        ({"a": 1}, Answer(json={"a": 1})),
        ([1], Answer(json=[1])),
        ("text", Answer(json="text")),
    ],
)
def test_a_function_answers_by_the_request(made: Answer | Json, answer: Answer) -> None:
    responders = Responders()
    seen = []

    def make(request: HttpRequest) -> Answer | Json:
        seen.append(request)
        return made

    responders.fetch("*", answer=make)
    found = responders.answer(REQUEST)
    assert found is not None
    assert (found.answer, found.by, seen) == (answer, "responder 1 (fetch *)", [REQUEST])


@pytest.mark.parametrize(
    ("event", "remedy"), [("message.snt", "did you mean 'message.sent'?"), ("messages.*", "did you mean 'message.*'?")]
)
def test_a_misspelt_event_is_refused(event: str, remedy: str) -> None:
    responders = Responders()
    with pytest.raises(UsageError) as refused:
        responders.endpoint(event=event)
    assert str(refused.value) == f"endpoint: there is no event {event!r}; {remedy}"
    with pytest.raises(UsageError, match="there is no event"):
        responders.add({"kind": "endpoint", "event": event, "answers": [{}]})
    assert len(responders) == 0


def test_a_function_of_a_prompt_gives_text_json_or_an_answer() -> None:
    made: list[ModelAnswer | Json] = ["Hi", {"a": 1}, ModelAnswer(refusal="No")]
    responders = Responders()
    responders.model(answer=lambda _request: made.pop(0))
    found = [responders.answer_prompt(PROMPT) for _ in range(3)]
    assert [one and one.answer for one in found] == [
        ModelAnswer(text="Hi"),
        ModelAnswer(json={"a": 1}),
        ModelAnswer(refusal="No"),
    ]


def test_a_function_that_fails_is_named() -> None:
    def broken(_request: HttpRequest) -> Answer:
        raise ValueError("nothing there")

    def nothing(_request: HttpRequest) -> Json:
        return None

    def undecided(_request: HttpRequest) -> bool:
        raise KeyError

    responders = Responders()
    responders.fetch("*", answer=broken)
    with pytest.raises(
        ResponderFailedError, match=r"^responder 1 \(fetch \*\): broken\(\) failed: ValueError: nothing"
    ):
        responders.answer(REQUEST)
    responders.fetch("*", answer=nothing)
    with pytest.raises(ResponderFailedError, match=r"it returned None: return an Answer, or a JSON value$"):
        responders.answer(REQUEST)
    responders.fetch("*", when=undecided)
    with pytest.raises(ResponderFailedError, match=r"^responder 3 \(fetch \*\) could not be matched: KeyError$"):
        responders.answer(REQUEST)


def test_a_responder_remembers_what_it_was_asked() -> None:
    responders = Responders()
    older, newer = responders.fetch("https://a.test/*"), responders.fetch("https://a.test/y")
    other = replace(REQUEST, url="https://a.test/y")
    answers(responders, times=2)
    answers(responders, other)
    assert (older.uses, older.requests, older.last_request) == (2, [REQUEST, REQUEST], REQUEST)
    assert (newer.uses, newer.requests) == (1, [other])


def test_the_newest_thousand_requests_are_remembered_and_all_counted() -> None:
    responders = Responders()
    responder = responders.fetch("https://a.test/*")
    answers(responders)
    answers(responders, replace(REQUEST, method="PUT"), times=CAPACITY)
    assert (responder.uses, len(responder.requests), responder.requests[0].method) == (CAPACITY + 1, CAPACITY, "PUT")


def test_a_responder_can_be_taken_away() -> None:
    responders = Responders()
    responders.fetch("*", status=500)
    newer = responders.fetch("*", status=501)
    model = responders.model(text="Hi")
    assert [one.number for one in responders] == [1, 2, 3]
    newer.remove()
    newer.remove()
    responders.remove(model)
    assert (len(responders), answers(responders), texts(responders, 1)) == (1, [500], [None])
    responders.remove(1)
    assert answers(responders) == [None]
    assert responders.fetch("*").number == 4
    responders.clear()
    assert ([*responders], responders.unanswered) == ([], [])


def test_only_a_responder_can_be_taken_away() -> None:
    with pytest.raises(UsageTypeError, match=r"^remove\(\) takes a responder or its number, not '\*'$"):
        Responders().remove("*")  # type: ignore[arg-type]


def test_use_can_be_asserted() -> None:
    responders = Responders()
    responder = responders.fetch("https://a.test/y")
    told = "responder 1 (fetch https://a.test/y)"
    with pytest.raises(ExpectationError) as unused:
        responder.assert_used()
    assert str(unused.value) == f"{told} was to answer a request and has answered 0"
    answers(responders)
    with pytest.raises(ExpectationError) as unused:
        responder.assert_used(2)
    missed = "nobody answered GET https://a.test/x"
    assert str(unused.value) == f"{told} was to answer 2 requests and has answered 0; {missed}"
    with pytest.raises(ExpectationError) as unasked:
        _ = responder.last_request
    assert str(unasked.value) == f"{told} has answered no request; {missed}"
    answers(responders, replace(REQUEST, url="https://a.test/y"), times=2)
    responder.assert_used()
    responder.assert_used(2)
    with pytest.raises(ExpectationError) as overused:
        responder.assert_used(1)
    assert str(overused.value) == f"{told} was to answer 1 requests and has answered 2"


def test_what_nobody_answers_is_told_with_the_nearest_responders() -> None:
    responders = Responders()
    responders.fetch("https://a.test/x", status=500, times=1)
    responders.fetch("POST https://a.test/x", body={"a": 1})
    responders.webhook("https://a.test/x")
    answers(responders, times=2)
    assert responders.unanswered == [REQUEST]
    assert responders.why_unanswered(REQUEST) == (
        'no responder is for GET https://a.test/x: add knock.responders.fetch("GET https://a.test/x", json={...}); '
        "responder 2 (fetch POST https://a.test/x): the method is GET, not POST, the body is None, not {'a': 1}; "
        "responder 1 (fetch https://a.test/x): its answers are used up after 1"
    )


@pytest.mark.parametrize(
    ("times", "problem"), [(0, "times must be at least 1, not 0"), (-1, "times must be at least 1, not -1")]
)
def test_an_answer_is_given_at_least_once(times: int, problem: str) -> None:
    responders = Responders()
    with pytest.raises(UsageError) as refused:
        responders.fetch("*", times=times)
    assert (str(refused.value), len(responders)) == (problem, 0)


def test_what_is_no_answer_is_refused() -> None:
    responders = Responders()
    with pytest.raises(UsageTypeError, match=r"^times must be a number, not '2'$"):
        responders.fetch("*", times="2")  # type: ignore[arg-type]
    with pytest.raises(UsageTypeError, match=r"^answer must be an Answer or a function of the request, not \{\}$"):
        responders.fetch("*", answer={})  # type: ignore[arg-type]
    with pytest.raises(UsageTypeError, match=r"^answer must be a ModelAnswer or a function of the request, not 'Hi'$"):
        responders.model(answer="Hi")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"says it all: leave status out$"):
        responders.fetch("*", answer=Answer(), status=200)
    with pytest.raises(UsageTypeError, match=r"^then\(\) has no argument 'sttus'; did you mean 'status'\?$"):
        responders.fetch("*").then(sttus=200)  # type: ignore[call-arg]
    assert [one.to_json()["answers"] for one in responders] == [[{}]]


def test_responders_show_themselves() -> None:
    responders = Responders()
    responder = responders.fetch("GET https://a.test/x")
    model = responders.model(text="Hi")
    assert (repr(responders), repr(responder), str(model)) == (
        "<2 responders>",
        "<HttpResponder 1: fetch GET https://a.test/x, uses: 0>",
        "responder 2 (model any model)",
    )


def test_a_world_that_is_reset_has_no_responders() -> None:
    knock = KnockFake()
    knock.responders.fetch("*")
    knock.reset()
    assert len(knock.responders) == 0


def test_a_snapshot_keeps_responders_their_counts_and_functions() -> None:
    knock = KnockFake()
    responder = knock.responders.fetch("*", answer=lambda _request: {"a": 1}, times=2).then(status=503)
    answers(knock.responders)
    snapshot = knock.snapshot()
    answers(knock.responders, times=2)
    knock.responders.fetch("*", status=500)
    responder.then(status=501)
    knock.restore(snapshot)
    assert ([*knock.responders], responder.uses, responder.requests) == ([responder], 1, [REQUEST])
    assert answers(knock.responders, times=4) == [200, 503, 503, 503]


def test_responders_are_saved_with_their_world(knock: KnockFake) -> None:
    knock.responders.fetch(re.compile("(?i)A.TEST"), status=503, delay="2s").then(json={"a": 1}, headers={"x": "y"})
    knock.responders.model("openai:*", prompt=re.compile("^H", re.MULTILINE), text="Hi", times=3)
    answers(knock.responders)
    copy = KnockFake()
    copy.become(knock.to_json())
    assert copy.responders.to_json() == knock.responders.to_json()
    (again, _) = copy.responders
    assert (again.uses, again.requests, answers(copy.responders)) == (1, [REQUEST], [200])
    assert texts(copy.responders, 1) == ["Hi"]
    assert copy.responders.fetch("*").number == 3


def test_a_function_that_answers_cannot_be_saved(knock: KnockFake) -> None:
    knock.responders.fetch("*", answer=lambda _request: {})
    with pytest.raises(
        UsageError, match=r"core\.responders\._http\[0\]\.turns\[0\]\.answer holds <function .* cannot be saved"
    ):
        knock.to_json()


def test_an_attempt_under_way_is_saved_with_its_world(knock: KnockFake) -> None:
    knock.workflows.add("digest", steps=[http_fetch("https://a.test/x"), webhook("https://a.test/hook")])
    knock.responders.fetch("*", json={"a": 1}, delay="10s")
    knock.responders.webhook("*", status=201, delay="10s")
    knock.client().workflows.trigger("digest", recipients=[{"id": "jane"}])
    for wait in ("5s", "10s", "10s"):
        copy = KnockFake()
        copy.become(knock.to_json())
        assert str(copy.clock.advance(wait)) == str(knock.clock.advance(wait))
        assert copy.to_json() == knock.to_json()
    assert [(run.status, run.data) for run in knock.runs] == [("completed", {"a": 1})]
    assert [message.status for message in knock.messages] == ["delivered"]

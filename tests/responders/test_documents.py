from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.responders import Answer, Responders
from knock_fake.schema_checks import field_errors

if TYPE_CHECKING:
    from knock_fake.json_types import Json, JsonObject

URL = "https://a.test/x"

DOCUMENTS: list[JsonObject] = [
    {"kind": "fetch", "url": URL, "answers": [{}]},
    {
        "kind": "webhook",
        "method": "POST",
        "url": "https://a.test/*?page=2",
        "query": {"q": "x", "tag": ["a", {"regex": "^b"}]},
        "body": {"user": {"id": {"regex": r"^\d+$"}}},
        "workflow": "digest",
        "step_ref": "webhook_1",
        "answers": [
            {"status": 503, "text": "no", "headers": {"retry-after": "1"}, "times": 2},
            {"fail": "timeout", "times": 1},
            {"json": {"ok": True}, "delay": "1m30s", "times": 7},
        ],
    },
    {"kind": "fetch", "url": {"regex": "(?i)/x$"}, "body": {"regex": "a"}, "answers": [{"json": [1, "a"]}]},
    {
        "kind": "model",
        "model": "openai:*",
        "prompt": "Summarize",
        "answers": [{"text": "Hi", "times": 1}, {"refusal": "No", "times": 1}, {"fail": "error", "delay": "2s"}],
    },
    {"kind": "model", "prompt": {"regex": "a|b"}, "step_ref": "ai_agent_1", "answers": [{"json": {"a": [None]}}]},
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_becomes_a_responder_and_the_same_document(document: JsonObject) -> None:
    responders = Responders()
    responders.add(document)
    assert responders.to_json() == [document]
    assert field_errors("responders/responder", document) == ()


def test_what_python_adds_can_be_written_down() -> None:
    responders = Responders()
    responders.fetch(f"get {URL}", query={"page": 2}, status=503).then(answer=Answer(json={"a": 1}, delay="0.25s"))
    responders.webhook(re.compile("x", re.IGNORECASE), body=re.compile("^a", re.MULTILINE | re.DOTALL))
    responders.model(text="Hi", times=3)
    assert responders.to_json() == [
        {
            "kind": "fetch",
            "method": "GET",
            "url": URL,
            "query": {"page": "2"},
            "answers": [{"status": 503, "times": 1}, {"json": {"a": 1}, "delay": "0.25s"}],
        },
        {"kind": "webhook", "url": {"regex": "(?i)x"}, "body": {"regex": "(?ms)^a"}, "answers": [{}]},
        {"kind": "model", "answers": [{"text": "Hi", "times": 3}]},
    ]


def test_a_url_that_is_left_out_is_every_url() -> None:
    responders = Responders()
    responders.add({"kind": "fetch", "answers": [{}]})
    assert responders.to_json() == [{"kind": "fetch", "url": "*", "answers": [{}]}]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"when": lambda _request: True}, "when is the function <lambda>, which has no JSON: "),
        ({"body": {"a": callable}}, "body.a is the function callable, which has no JSON: "),
        ({"answer": lambda _request: {}}, "the responder answers by the function <lambda>, which has no JSON: "),
    ],
)
def test_functions_cannot_be_written_down(options: dict[str, Any], problem: str) -> None:
    responders = Responders()
    responders.fetch("*", **options)
    with pytest.raises(UsageError) as refused:
        responders.to_json()
    assert str(refused.value).startswith(problem)


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({}, "responder.kind cannot be None; known: 'endpoint', 'fetch', 'model', 'webhook'"),
        ({"kind": "fech"}, "responder.kind cannot be 'fech'; did you mean 'fetch'?"),
        ({"kind": "fetch"}, "responder.answers must be a list of at least one answer, not None"),
        ({"kind": "fetch", "answers": []}, "responder.answers must be a list of at least one answer, not []"),
        ({"kind": "fetch", "urll": URL, "answers": [{}]}, "responder: unknown key 'urll'; did you mean 'url'?"),
        ({"kind": "model", "url": URL, "answers": [{}]}, "responder: unknown key 'url'; "),
        ({"kind": "fetch", "url": "a.test", "answers": [{}]}, "fetch: 'a.test' is no URL: "),
        ({"kind": "fetch", "url": {"regex": "("}, "answers": [{}]}, "'(' is no regular expression: "),
        ({"kind": "fetch", "url": {"glob": "*"}, "answers": [{}]}, "responder.url: unknown key 'glob'; "),
        ({"kind": "fetch", "method": "HEAD", "answers": [{}]}, "fetch: no step sends the method 'HEAD'; "),
        ({"kind": "fetch", "answers": [{"status": 99}]}, "status must be 200 to 599, not 99"),
        ({"kind": "fetch", "answers": [{"times": 0}]}, "times must be at least 1, not 0"),
        ({"kind": "model", "answers": [{}]}, "a model answers exactly one of text, json, refusal and fail"),
    ],
)
def test_an_impossible_document_is_refused_and_nothing_is_added(document: JsonObject, problem: str) -> None:
    responders = Responders()
    with pytest.raises(UsageError) as refused:
        responders.add(document)
    assert str(refused.value).startswith(problem)
    assert len(responders) == 0
    # What is wrong inside a text is beyond a schema.
    assert field_errors("responders/responder", document) != () or "is no" in problem


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (["fetch"], "responder must be an object, not ['fetch']"),
        ({"kind": "fetch", "answers": [7]}, "responder.answers[0] must be an object, not 7"),
        ({"kind": "fetch", "answers": [{"stat": 1}]}, "answers() has no argument 'stat'; did you mean 'status'?"),
        ({"kind": "fetch", "answers": [{"status": "200"}]}, "status must be a number such as 200, not '200'"),
        ({"kind": "fetch", "query": "a=1", "answers": [{}]}, "fetch: query must be a dict of parameters, not 'a=1'"),
        ({"kind": "model", "model": 7, "answers": [{"text": "a"}]}, "model: model must be text such as 'openai:*', "),
    ],
)
def test_a_document_of_wrong_types_is_refused(document: Any, problem: str) -> None:  # noqa: ANN401 - mistakes, too
    responders = Responders()
    with pytest.raises(UsageTypeError) as refused:
        responders.add(document)
    assert str(refused.value).startswith(problem)
    assert len(responders) == 0
    assert field_errors("responders/responder", document) != ()


json_values: st.SearchStrategy[Json] = st.recursive(
    st.booleans() | st.integers(-5, 5) | st.text("abc", max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=2),
    max_leaves=5,
)
answers = st.fixed_dictionaries(
    {"times": st.integers(1, 3)},
    optional={
        "status": st.sampled_from([201, 404, 503]),
        "json": json_values,
        "headers": st.dictionaries(st.text("ab", min_size=1, max_size=2), st.text("ab", max_size=2), min_size=1),
        "delay": st.sampled_from(["1s", "1m30s", "0.25s"]),
    },
)
documents = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["fetch", "webhook"]),
        "url": st.sampled_from(["*", URL, "https://a.test/*?a=1"]) | st.just({"regex": "a+"}),
        "answers": st.lists(
            st.builds(lambda one, times: {**one, "times": times}, answers, st.integers(1, 3)), min_size=1
        ),
    },
    optional={
        "method": st.sampled_from(["GET", "POST"]),
        "body": json_values,
        "query": st.dictionaries(st.text("ab", min_size=1), st.text("ab"), max_size=2),
        "workflow": st.text("ab", min_size=1),
    },
)


@given(st.lists(documents, max_size=3))
def test_whatever_is_added_can_be_written_down_and_added_again(given_documents: list[JsonObject]) -> None:
    responders, again = Responders(), Responders()
    for document in given_documents:
        responders.add(document)
    for written in responders.to_json():
        assert field_errors("responders/responder", written) == ()
        again.add(orjson.loads(orjson.dumps(written)))
    assert responders.to_json() == again.to_json() == given_documents

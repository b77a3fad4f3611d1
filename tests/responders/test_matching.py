from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from knock_fake.clock import DEFAULT_START
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.responders import HttpRequest, ModelRequest, Origin, Responders

if TYPE_CHECKING:
    from knock_fake.json_types import Json

ORIGIN = Origin(workflow="digest", step_ref="http_fetch_1", recipient="jane", run_id="r", attempt=1, at=DEFAULT_START)


def http(url: str, method: str = "GET", body: str | None = None) -> HttpRequest:
    return HttpRequest(kind="fetch", method=method, url=url, body=body, timeout=15.0, origin=ORIGIN)


def prompt(text: str = "Summarize this", model: str = "openai:gpt-5.2") -> ModelRequest:
    return ModelRequest(model=model, prompt=text, response_type="text", origin=ORIGIN)


def differences(request: HttpRequest, url: object = "*", method: str | None = None, **options: Any) -> list[str]:  # noqa: ANN401 - mistakes, too
    responder = Responders().fetch(url, method, **options)  # type: ignore[arg-type]
    return [*responder.differences(request)]


@pytest.mark.parametrize(
    ("pattern", "url", "verdict"),
    [
        ("https://a.test/x", "https://a.test/x", True),
        ("https://a.test/x", "https://a.test/x/", False),
        ("https://a.test/x", "https://a.test/xy", False),
        ("https://a.test/x", "http://a.test/x", False),
        ("https://a.test/x", "https://a.test/X", False),
        ("HTTPS://A.test/x", "https://a.TEST/x", True),
        ("https://a.test:443/x", "https://a.test/x", True),
        ("http://a.test/x", "http://a.test:80/x", True),
        ("https://a.test:8443/x", "https://a.test/x", False),
        ("https://a.test", "https://a.test/", True),
        ("https://a.test/", "https://a.test", True),
        ("https://a.test/", "https://a.test?a=1", True),
        ("https://a.test/x", "https://a.test/x#part", True),
        ("https://a.test/*", "https://a.test/x/y", True),
        ("https://a.test/*", "https://a.test/", True),
        ("https://a.test*", "https://a.test/x", True),
        ("https://a.test/users/*/orders", "https://a.test/users/7/orders", True),
        ("https://a.test/users/*/orders", "https://a.test/users/7", False),
        ("https://*.test/x", "https://a.test/x", True),
        ("*/x", "https://a.test/x", True),
        ("*", "https://a.test/x?y", True),
        ("https://a.test/(x)", "https://a.test/(x)", True),
        ("https://a.test/x", "https://a.test/x?a=1&b=2", True),
        ("https://a.test/x?a=1", "https://a.test/x?a=1&b=2", True),
        ("https://a.test/x?a=1&b=2", "https://a.test/x?b=2&a=1", True),
        ("https://a.test/x?a=1", "https://a.test/x?a=2", False),
        ("https://a.test/x?a=1", "https://a.test/x?a=2&a=1", True),
        ("https://a.test/x?a=*", "https://a.test/x?a=2", True),
        ("https://a.test/x?a=", "https://a.test/x?a=", True),
        ("https://a.test/x?a=", "https://a.test/x", False),
        (re.compile(r"/users/\d+$"), "https://a.test/users/7", True),
        (re.compile(r"/users/\d+$"), "https://a.test/users/7?a=1", False),
        (re.compile(r"(?i)A\.TEST.*a=1"), "https://a.test/users/7?a=1", True),
    ],
)
def test_a_url_is_matched_as_a_whole_with_wildcards_or_by_an_expression(
    pattern: str | re.Pattern[str], url: str, verdict: bool
) -> None:
    assert differences(http(url), pattern) == ([] if verdict else [f"the URL is {url}"])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"method": "GET"}, []),
        ({"method": "get"}, []),
        ({"method": "POST"}, ["the method is GET, not POST"]),
        ({"url": "post https://a.test/x"}, ["the method is GET, not POST"]),
        ({"url": "GET *"}, []),
        ({"query": {"page": "2"}}, []),
        ({"query": {"page": 2}}, []),
        ({"query": {"all": True}}, []),
        ({"query": {"tag": ["a", "b"]}}, []),
        ({"query": {"tag": "a"}}, []),
        ({"query": {"page": re.compile(r"^\d$")}}, []),
        ({"query": lambda query: len(query) == 3}, []),
        (
            {"query": {"page": "3"}},
            ["the query is {'page': '2', 'tag': ['a', 'b'], 'all': 'true'}, not {'page': '3'}"],
        ),
        ({"body": {"user": {"id": "jane"}}}, []),
        ({"body": {"user": {"id": re.compile("^j")}}}, []),
        ({"body": {"tags": ["a"]}}, []),
        ({"body": re.compile(r'"n": ?1')}, []),
        ({"body": '{"user":{"id":"jane","n":1},"tags":["a"]}'}, []),
        ({"body": lambda body: body["user"]["n"] == 1}, []),
        (
            {"body": {"user": {"id": "joe"}}},
            ['the body is \'{"user":{"id":"jane","n":1},"tags":["a"]}\', not {\'user\': {\'id\': \'joe\'}}'],
        ),
        ({"workflow": "digest", "step_ref": "http_fetch_1"}, []),
        ({"workflow": "other"}, ["the workflow is 'digest', not 'other'"]),
        ({"step_ref": "other"}, ["the step is 'http_fetch_1', not 'other'"]),
        ({"when": lambda request: request.origin.recipient == "jane"}, []),
        ({"when": lambda _request: False}, ["<lambda> says no"]),
    ],
)
def test_a_request_is_matched_by_method_query_body_and_asker(options: dict[str, Any], told: list[str]) -> None:
    body = '{"user":{"id":"jane","n":1},"tags":["a"]}'
    assert differences(http("https://a.test/x?page=2&tag=a&tag=b&all=true", body=body), **options) == told


@pytest.mark.parametrize("body", [None, "", "text"])
def test_what_is_no_json_has_no_keys(body: str | None) -> None:
    assert differences(http("https://a.test/x", body=body), body={"a": 1}) == [f"the body is {body!r}, not {{'a': 1}}"]
    assert http("https://a.test/x", body=body).json is None


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, []),
        ({"model": "openai:gpt-5.2"}, []),
        ({"model": "openai:*"}, []),
        ({"model": "*gpt*"}, []),
        ({"model": "openai"}, ["the model is 'openai:gpt-5.2', not 'openai'"]),
        ({"prompt": "Summarize"}, []),
        ({"prompt": re.compile("^Summarize .* this$|this")}, []),
        ({"prompt": lambda text: len(text) == 14}, []),
        ({"prompt": "Translate"}, ["the prompt is 'Summarize this', not 'Translate'"]),
        ({"workflow": "other"}, ["the workflow is 'digest', not 'other'"]),
    ],
)
def test_a_prompt_is_matched_by_model_and_text(options: dict[str, Any], told: list[str]) -> None:
    assert [*Responders().model(text="Yes", **options).differences(prompt())] == told


@pytest.mark.parametrize(
    ("url", "options", "problem"),
    [
        ("a.test/x", {}, "fetch: 'a.test/x' is no URL: begin it with https://, as in 'https://a.test/x', or with *"),
        ("/x", {}, "fetch: '/x' is no URL: begin it with https://, as in 'https://x', or with *"),
        ("", {}, "fetch: '' is no URL: begin it with https://, as in 'https://api.example.com', or with *"),
        ("ftp://a.test", {}, "fetch: 'ftp://a.test' is no URL: begin it with https://, "),
        ("https://", {}, "fetch: the URL 'https://' names no host"),
        ("https://a.test:x/", {}, "fetch: the URL 'https://a.test:x/' is malformed: Port could not be cast"),
        ("https://a.test/x y", {}, "fetch: 'https://a.test/x y' is no URL"),
        ("HEAD https://a.test", {}, "fetch: no step sends the method 'HEAD'; known: 'DELETE', 'GET', "),
        ("GET https://a.test", {"method": "POST"}, "fetch: the method is GET before the URL and 'POST' beside it: "),
        ("https://a.test", {"method": "PSOT"}, "fetch: no step sends the method 'PSOT'; did you mean 'POST'?"),
        (re.compile(b"a"), {}, "fetch: b'a' is a pattern of bytes, and a URL is text"),
    ],
)
def test_what_no_request_could_match_is_refused(url: object, options: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageError) as refused:
        differences(http("https://a.test"), url, **options)
    assert str(refused.value).startswith(problem)


@pytest.mark.parametrize(
    ("url", "options", "problem"),
    [
        (7, {}, "fetch: a URL is text or a compiled pattern, not int 7"),
        ("*", {"method": 7}, "fetch: method must be text such as 'GET', not 7"),
        ("*", {"query": "a=1"}, "fetch: query must be a dict of parameters, not 'a=1'"),
        ("*", {"body": {"a": {1, 2}}}, "body.a: JSON cannot hold set {1, 2}"),
        ("*", {"workflow": 7}, "fetch: workflow must be text, not 7"),
        ("*", {"step_ref": 7}, "fetch: step_ref must be text, not 7"),
        ("*", {"when": 7}, "fetch: when must be a function of the request, not 7"),
        ("*", {"querry": {}}, "fetch() has no argument 'querry'; did you mean 'query'?"),
        ("*", {"staus": 200}, "fetch() has no argument 'staus'; did you mean 'status'?"),
    ],
)
def test_what_is_of_a_wrong_type_is_refused(url: object, options: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageTypeError) as refused:
        differences(http("https://a.test"), url, **options)
    assert str(refused.value) == problem


def test_a_model_must_be_text() -> None:
    with pytest.raises(UsageTypeError, match=r"^model: model must be text such as 'openai:\*', not 7$"):
        Responders().model(7, text="x")  # type: ignore[arg-type]


def test_what_is_wanted_is_copied() -> None:
    wanted: dict[str, Json] = {"a": [1]}
    responder = Responders().fetch("*", body=wanted)
    wanted["a"] = [2]
    assert [*responder.differences(http("https://a.test", body='{"a": [1]}'))] == []

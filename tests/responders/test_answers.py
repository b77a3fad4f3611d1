from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.responders import Answer, ModelAnswer


@pytest.mark.parametrize(
    ("answer", "status", "body", "headers"),
    [
        (Answer(), 200, None, {}),
        (Answer(status=204), 204, None, {}),
        (Answer(json={"a": 1}), 200, '{"a":1}', {"content-type": "application/json; charset=utf-8"}),
        (Answer(json=False), 200, "false", {"content-type": "application/json; charset=utf-8"}),
        (Answer(text="null", status=201), 201, "null", {"content-type": "text/plain; charset=utf-8"}),
        (Answer(text=""), 200, "", {"content-type": "text/plain; charset=utf-8"}),
        (
            Answer(text="<a/>", headers={"Content-Type": "text/xml", "X-Id": "7"}),
            200,
            "<a/>",
            {"content-type": "text/xml", "x-id": "7"},
        ),
    ],
)
def test_an_answer_has_a_status_a_body_and_headers(
    answer: Answer, status: int, body: str | None, headers: dict[str, str]
) -> None:
    assert (answer.status, answer.body, answer.shown_headers) == (status, body, headers)


@pytest.mark.parametrize("delay", ["1m30s", timedelta(seconds=90)])
def test_a_delay_is_text_or_a_timedelta(delay: str | timedelta) -> None:
    assert Answer(delay=delay).delay == ModelAnswer(text="", delay=delay).delay == timedelta(seconds=90)


def test_equal_answers_are_equal_and_nothing_in_them_can_be_changed() -> None:
    body = {"a": 1}
    answer = Answer(json=body)  # type: ignore[arg-type]  # dict is invariant
    body["a"] = 2
    assert answer == Answer(json={"a": 1})
    with pytest.raises(AttributeError):
        answer.status = 500  # type: ignore[misc]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"status": 99}, "status must be 200 to 599, not 99"),
        ({"status": 100}, "status must be 200 to 599, not 100"),
        ({"status": 600}, "status must be 200 to 599, not 600"),
        ({"json": 1, "text": "1"}, "json and text exclude one another: leave one out"),
        ({"status": 204, "json": {}}, "an answer with status 204 has no body: leave json and text out"),
        ({"status": 304, "text": "x"}, "an answer with status 304 has no body: leave json and text out"),
        ({"fail": "timeout", "status": 503}, "fail='timeout' means that nobody answers: leave status, json, text and "),
        ({"fail": "connection", "json": {}}, "fail='connection' means that nobody answers: "),
        ({"fail": "timeout", "headers": {"a": "b"}}, "fail='timeout' means that nobody answers: "),
        ({"fail": "timout"}, "fail cannot be 'timout'; did you mean 'timeout'?"),
        ({"delay": "soon"}, "'soon' is not a duration: "),
        ({"delay": timedelta(seconds=-1)}, "delay must not be negative, as datetime.timedelta("),
    ],
)
def test_an_impossible_answer_is_refused(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageError) as refused:
        Answer(**fields)
    assert str(refused.value).startswith(problem)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"status": "200"}, "status must be a number such as 200, not '200'"),
        ({"status": True}, "status must be a number such as 200, not True"),
        ({"json": {1}}, "json: JSON cannot hold set {1}"),
        ({"text": b"x"}, "text must be text, not bytes b'x'"),
        ({"headers": ["a"]}, "headers must be a dict of names and values, not ['a']"),
        ({"headers": {"a": 1}}, "headers['a'] must be text, not int 1"),
        ({"delay": 5}, "a duration cannot be int 5: "),
    ],
)
def test_an_answer_of_wrong_types_is_refused(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageTypeError) as refused:
        Answer(**fields)
    assert str(refused.value).startswith(problem)


@pytest.mark.parametrize(
    "fields", [{}, {"text": "a", "json": {}}, {"refusal": "no", "fail": "error"}, {"text": "a", "refusal": "no"}]
)
def test_a_model_answers_exactly_one_thing(fields: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"^a model answers exactly one of text, json, refusal and fail$"):
        ModelAnswer(**fields)


def test_a_model_fails_in_two_ways() -> None:
    with pytest.raises(UsageError, match=r"^fail cannot be 'connection'; known: 'error', 'timeout'$"):
        ModelAnswer(fail="connection")  # type: ignore[arg-type]

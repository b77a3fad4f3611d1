"""Builders of steps that get data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.steps import ai_agent, http_fetch, update_data, webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.json_types import JsonObject

URL = "https://api.mine.test/"
EXISTS: JsonObject = {"all": [{"variable": "data.a", "operator": "exists"}]}


@pytest.mark.parametrize(
    ("step", "settings"),
    [
        (http_fetch(URL), {"method": "get", "url": URL}),
        (
            http_fetch(
                URL,
                "POST",
                headers={"a": "1"},
                query_params={"b": "2"},
                body={"c": "{{ data.c }}"},
                response_path="d",
                signing_key="e",
                inputs={"f": 1},
            ),
            {
                "method": "post",
                "url": URL,
                "headers": [{"key": "a", "value": "1"}],
                "query_params": [{"key": "b", "value": "2"}],
                "body": {"c": "{{ data.c }}"},
                "response_path": "d",
                "signing_key": "e",
                "inputs": {"f": 1},
            },
        ),
        (
            http_fetch(URL, "put", headers="{{ data.h }}", query_params="{{ data.q }}", body="{{ data.b }}"),
            {
                "method": "put",
                "url": URL,
                "headers": "{{ data.h }}",
                "query_params": "{{ data.q }}",
                "body": "{{ data.b }}",
            },
        ),
        (
            ai_agent("openai:gpt-5.2", "Hi"),
            {
                "model": "openai:gpt-5.2",
                "request_prompt": "Hi",
                "response_type": "text",
                "web_search_enabled": False,
                "halt_on_error": True,
            },
        ),
        (
            ai_agent("openai:gpt-5.2", "Hi", response_schema={"type": "object"}, web_search=True, halt_on_error=False),
            {
                "model": "openai:gpt-5.2",
                "request_prompt": "Hi",
                "response_type": "json",
                "response_schema": '{"type":"object"}',
                "web_search_enabled": True,
                "halt_on_error": False,
            },
        ),
        (update_data({"a": "{{ data.b }}"}), {"data": {"a": "{{ data.b }}"}}),
        (update_data('{"a": 1}'), {"data": '{"a": 1}'}),
    ],
)
def test_a_step_holds_settings_that_a_workflow_takes(step: JsonObject, settings: JsonObject) -> None:
    assert step["settings"] == settings
    KnockFake().workflows.add("digest", steps=[step])


@pytest.mark.parametrize(
    ("build", "type_"),
    [
        (lambda **options: http_fetch(URL, **options), "http_fetch"),
        (lambda **options: ai_agent("a:b", "Hi", **options), "ai_agent"),
        (lambda **options: update_data({}, **options), "update_data"),
    ],
)
def test_every_step_has_a_ref_a_name_and_conditions(build: Callable[..., JsonObject], type_: str) -> None:
    step = build(ref="one", name="One", conditions=EXISTS)
    del step["settings"]
    assert step == {"type": type_, "ref": "one", "name": "One", "conditions": EXISTS}


def test_a_webhook_has_inputs() -> None:
    template = webhook(URL, inputs={"a": "{{ data.a }}"})["template"]
    assert template == {"method": "post", "url": URL, "inputs": {"a": "{{ data.a }}"}}


@pytest.mark.parametrize(
    ("step", "template"), [(webhook(), None), (webhook(inputs={"a": "b"}), {"inputs": {"a": "b"}})]
)
def test_a_webhook_without_a_url_sends_the_request_of_its_channel(
    step: JsonObject, template: JsonObject | None
) -> None:
    assert step == {"type": "channel", "channel_type": "http"} | ({} if template is None else {"template": template})
    KnockFake().workflows.add("digest", steps=[step])


@pytest.mark.parametrize(
    ("build", "error", "problem"),
    [
        (lambda: http_fetch(7), UsageTypeError, "http_fetch(url=...) must be text, not int 7"),  # type: ignore[arg-type]
        (
            lambda: http_fetch(URL, headers=["a"]),  # type: ignore[arg-type]
            UsageTypeError,
            "http_fetch(headers=...) must be a dict with texts as keys, not list ['a']",
        ),
        (
            lambda: http_fetch(URL, query_params={"a": 1}),  # type: ignore[dict-item]
            UsageTypeError,
            "http_fetch(query_params['a']=...) must be text, not int 1",
        ),
        (
            lambda: http_fetch(URL, body=[1]),  # type: ignore[arg-type]
            UsageTypeError,
            "http_fetch(body=...) must be a dict with texts as keys, not list [1]",
        ),
        (
            lambda: http_fetch(URL, header={}),  # type: ignore[call-arg]
            UsageTypeError,
            "http_fetch() has no argument 'header'; did you mean 'headers'?",
        ),
        (
            lambda: webhook(method="put", body="{}"),
            UsageError,
            "webhook() without a url sends its channel's request: leave method, body out",
        ),
        (
            lambda: ai_agent("a:b", "Hi", response_type="json"),
            UsageError,
            "ai_agent(response_type='json') needs a response_schema",
        ),
        (
            lambda: ai_agent("a:b", "Hi", response_type="text", response_schema={}),
            UsageError,
            "ai_agent(response_type='text') takes no response_schema",
        ),
        (
            lambda: ai_agent("a:b", "Hi", web_search=1),  # type: ignore[arg-type]
            UsageTypeError,
            "ai_agent(web_search=...) must be True or False, not int 1",
        ),
        (
            lambda: update_data(None),  # type: ignore[arg-type]
            UsageTypeError,
            "update_data(data=...) must be a dict with texts as keys, not NoneType None",
        ),
        (
            lambda: update_data({}, re="x"),  # type: ignore[call-arg]
            UsageTypeError,
            "update_data() has no argument 're'; did you mean 'ref'?",
        ),
    ],
)
def test_wrong_arguments_are_refused(build: Callable[[], JsonObject], error: type[Exception], problem: str) -> None:
    with pytest.raises(error) as refused:
        build()
    assert str(refused.value) == problem

"""Webhook steps without a template: they send the request of their channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.errors import UsageTypeError, WorkflowDefinitionError

if TYPE_CHECKING:
    from knockapi import Knock

    from knock_fake import KnockFake
    from knock_fake.json_types import JsonObject

REQUEST: JsonObject = {
    "method": "post",
    "url": "https://hooks.example.com/{{ recipient.id }}",
    "headers": [{"key": "x-app", "value": "{{ vars.app }}"}],
    "body": '{"n": {{ data.n }}}',
}
STEP: JsonObject = {"type": "channel", "channel_type": "http", "channel_key": "hook"}


def trigger(knock: KnockFake, client: Knock) -> None:
    knock.workflows.add("notify", steps=[STEP])
    client.workflows.trigger("notify", recipients=["ann"], data={"n": 3})


def test_a_step_without_a_template_sends_its_channels_request(knock: KnockFake, knock_client: Knock) -> None:
    knock_client.users.update("ann")
    knock.variables.set("app", "acme")
    knock.channels.add("hook", type="http", settings={"request": REQUEST})
    trigger(knock, knock_client)
    (message,) = knock.state.messages
    assert message.content == {
        "__typename": "MessageHttpContent",
        "method": "POST",
        "url": "https://hooks.example.com/ann",
        "headers": {"x-app": "acme"},
        "query": {},
        "body": '{"n": 3}',
    }


def test_the_request_is_the_one_that_the_channel_has_when_the_step_runs(knock: KnockFake, knock_client: Knock) -> None:
    knock_client.users.update("ann")
    knock.channels.add("hook", type="http")
    trigger(knock, knock_client)
    (run,) = knock.runs.all()
    remedy = "knock.channels.configure('hook', settings={'request': {'method': ..., 'url': ...}})"
    problem = f"neither the step nor its channel has a request; give the step a template, or {remedy}"
    assert run.events[-2].data == {"reason": f"workflow 'notify': steps[0].template: {problem}"}
    knock.channels.configure("hook", settings={"request": REQUEST})
    trigger(knock, knock_client)
    assert [message.content["method"] for message in knock.state.messages] == ["POST"]


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        ({"url": "x"}, WorkflowDefinitionError, "channel 'hook': settings.request.method: is required"),
        (
            {"method": "post", "url": "{{ x"},
            WorkflowDefinitionError,
            "channel 'hook': settings.request.url, line 1: expected '}}', found end of file, at '{{ x'",
        ),
        ("post", UsageTypeError, "channel 'hook': settings.request must be a dict, not 'post'"),
    ],
)
def test_a_request_that_nobody_could_send_is_refused(
    knock: KnockFake, request_: JsonObject, error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as refusal:
        knock.channels.add("hook", type="http", settings={"request": request_})
    assert str(refusal.value) == message
    assert knock.channels.by_key("hook") is None

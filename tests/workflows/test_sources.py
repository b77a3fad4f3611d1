"""Events of integration sources: what they end, and what they trigger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from knock_fake import KnockFake
from knock_fake.conditions import equal_to
from knock_fake.errors import UsageError, UsageTypeError
from knock_fake.state.references import Reference, user
from knock_fake.steps import delay, in_app_feed, source_event, wait_for_event
from tests.workflows.runs import run_steps

if TYPE_CHECKING:
    import httpx

    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.runs import Run


@pytest.fixture(autouse=True)
def receipt(knock: KnockFake, api: httpx.Client) -> None:
    for name in ("jane", "bob"):
        api.put(f"/v1/users/{name}", json={}).raise_for_status()
    knock.workflows.add("receipt", steps=[in_app_feed("Thanks")])


def receipts(knock: KnockFake) -> list[Run]:
    return [*knock.state.runs.of_workflow("receipt")]


def test_an_event_ends_a_wait_before_the_call_returns(knock: KnockFake, api: httpx.Client) -> None:
    paid = wait_for_event(source_event("shop", "paid"), match=equal_to("event.data.total", 5))
    run = run_steps(knock, api, paid)
    assert knock.sources.send("shop", "paid", user_id="jane", data={"total": 4}) == []
    assert run.status == "paused"
    knock.sources.send("shop", "paid", user_id="jane", data={"total": 5})
    assert run.status == "completed"


def test_an_event_triggers_the_workflow_that_it_is_connected_to(knock: KnockFake, api: httpx.Client) -> None:
    knock.sources.connect("shop", "paid", workflow="receipt")
    (run_id,) = knock.sources.send("shop", "paid", user_id="jane", data={"total": 5})
    (run,) = receipts(knock)
    assert (run.workflow_run_id, run.recipient, run.data, run.status) == (
        run_id,
        user("jane"),
        {"total": 5},
        "completed",
    )
    assert (run.actor, run.tenant, run.source.cancellation_key) == (None, None, None)
    shown = api.get(f"/v1/workflow_recipient_runs/{run.id}").json()
    assert shown["trigger_source"]["type"] == "integration"


def test_paths_say_where_the_parts_of_the_trigger_stand(knock: KnockFake) -> None:
    knock.sources.connect(
        "stripe",
        "invoice.paid",
        workflow="receipt",
        recipients="data.object.customers",
        data="data.object",
        actor="user_id",
        tenant="data.account",
        cancellation_key="data.object.id",
    )
    invoice: JsonObject = {"id": "in_1", "customers": ["jane", {"id": "eve", "name": "Eve"}]}
    knock.sources.send("stripe", "invoice.paid", user_id="bob", data={"object": invoice, "account": "acme"})
    runs = receipts(knock)
    assert [str(run.recipient) for run in runs] == ["jane", "eve"]
    assert {(run.actor, run.tenant, run.source.cancellation_key) for run in runs} == {(user("bob"), "acme", "in_1")}
    assert runs[0].data == invoice
    assert knock.state.recipients.get(Reference("$tenants", "acme")) is not None


def test_data_can_be_left_out(knock: KnockFake) -> None:
    knock.sources.connect("shop", "paid", workflow="receipt", data=None)
    knock.sources.send("shop", "paid", user_id="jane", data={"total": 5})
    assert receipts(knock)[0].data == {}


def test_only_events_that_are_connected_trigger(knock: KnockFake) -> None:
    knock.sources.connect("shop", "paid", workflow="receipt")
    for source, event in (("shop", "refunded"), ("mall", "paid")):
        assert knock.sources.send(source, event, user_id="jane") == []
    assert receipts(knock) == []


def test_one_event_triggers_several_workflows_in_order(knock: KnockFake) -> None:
    knock.workflows.add("tell-sales", steps=[delay("1h")])
    for key in ("tell-sales", "receipt"):
        knock.sources.connect("shop", "paid", workflow=key)
    assert len(knock.sources.send("shop", "paid", user_id="jane")) == 2
    assert [run.workflow for run in knock.state.runs] == ["tell-sales", "receipt"]


def test_a_workflow_that_is_switched_off_does_not_run(knock: KnockFake) -> None:
    knock.sources.connect("shop", "paid", workflow="receipt")
    knock.workflows.deactivate("receipt")
    assert knock.sources.send("shop", "paid", user_id="jane") == []


def test_a_world_may_make_the_workflow_up() -> None:
    knock = KnockFake(unknown_workflows="accept")
    knock.sources.connect("shop", "paid", workflow="made-up")
    assert len(knock.sources.send("shop", "paid", user_id="jane")) == 1


@pytest.mark.parametrize(
    ("workflow", "event", "problem"),
    [
        (
            "receit",
            {"user_id": "jane"},
            "shop/paid cannot trigger 'receit': there is no workflow 'receit': did you mean",
        ),
        ("receipt", {}, "shop/paid cannot trigger 'receipt': recipients must be a list, not null"),
        ("strict", {"user_id": "jane"}, "shop/paid cannot trigger 'strict': data.total is required"),
    ],
)
def test_a_trigger_that_would_be_refused_is_told(
    knock: KnockFake, workflow: str, event: dict[str, Any], problem: str
) -> None:
    knock.workflows.add(
        "strict", steps=[delay("1h")], trigger_data_json_schema={"type": "object", "required": ["total"]}
    )
    knock.sources.connect("shop", "paid", workflow=workflow)
    with pytest.raises(UsageError, match=problem):
        knock.sources.send("shop", "paid", **event)
    assert len(knock.state.runs) == 0


def test_connections_go_back_with_a_snapshot(knock: KnockFake) -> None:
    with knock.branch():
        knock.sources.connect("shop", "paid", workflow="receipt")
    assert knock.sources.send("shop", "paid", user_id="jane") == []


def test_what_was_sent_cannot_be_changed_from_outside(knock: KnockFake, api: httpx.Client) -> None:
    run = run_steps(knock, api, wait_for_event(source_event("shop", "paid"), ref="wait"), delay("1h"))
    items: list[Json] = [1]
    knock.sources.send("shop", "paid", user_id="jane", data={"items": items})
    items.append(2)
    shown = run.walk.refs or {}
    assert shown["wait"] == {
        "matched": True,
        "signal_variables": {
            "user_id": "jane",
            "inserted_at": "2026-01-01T00:00:00.000000Z",
            "data": {"items": [1]},
        },
    }


@pytest.mark.parametrize(
    ("verb", "arguments", "error", "problem"),
    [
        ("send", ("shop", ""), UsageTypeError, "sources.send: event must be text, not ''"),
        ("send", (7, "paid"), UsageTypeError, "sources.send: source must be text, not 7"),
        ("send", ("shop", "paid", 7), UsageTypeError, "sources.send: user_id must be text, not 7"),
        ("send", ("shop", "paid", None, [1]), UsageTypeError, "sources.send: data must be a dict, not [1]"),
        ("send", ("shop", "paid", None, {"a": {1}}), UsageTypeError, "sources.send: data.a: JSON cannot hold set {1}"),
        ("connect", ("shop", "paid", None), UsageTypeError, "sources.connect: workflow must be text, not None"),
        (
            "connect",
            ("shop", "paid", "receipt", "recipient.id"),
            UsageError,
            (
                "sources.connect: recipients must be a path such as 'user_id', 'data' or 'data.order.customer', "
                "not 'recipient.id'"
            ),
        ),
        (
            "connect",
            ("shop", "paid", "receipt", 7),
            UsageError,
            "sources.connect: recipients must be a path such as 'user_id', 'data' or 'data.order.customer', not 7",
        ),
    ],
)
def test_arguments_that_make_no_event_are_refused(
    knock: KnockFake, verb: str, arguments: tuple[Any, ...], error: type[Exception], problem: str
) -> None:
    names = {"send": ("source", "event", "user_id", "data"), "connect": ("source", "event", "workflow", "recipients")}
    with pytest.raises(error) as refusal:
        getattr(knock.sources, verb)(**dict(zip(names[verb], arguments, strict=False)))
    assert str(refusal.value) == problem

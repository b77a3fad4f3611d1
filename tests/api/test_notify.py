"""The forerunners of trigger and cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.steps import delay, in_app_feed

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import JsonObject

pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture
def people(knock: KnockFake, api: httpx.Client) -> None:
    schema: JsonObject = {"type": "object", "properties": {"name": {"type": "string"}}}
    knock.workflows.add("later", steps=[delay("1h"), in_app_feed("Hi")], trigger_data_json_schema=schema)
    for user in ("jane", "joe"):
        api.put(f"/v1/users/{user}", json={})


def body(**change: object) -> dict[str, object]:
    return {"name": "later", "actor": "joe", "recipients": ["jane"], **change}


def statuses(knock: KnockFake) -> dict[str, str]:
    return {str(run.recipient): run.status for run in knock.state.runs}


def test_a_workflow_is_named_in_the_body(api: httpx.Client, knock: KnockFake) -> None:
    recipients = ["jane", {"id": "joe"}, {"collection": "projects", "id": "p1"}, "jane"]
    answer = api.post("/v1/notify", json=body(recipients=recipients, data={"name": "x"}))
    runs = [*knock.state.runs]
    assert (answer.status_code, answer.json()) == (200, {"result_id": runs[0].workflow_run_id})
    assert [(str(run.recipient), str(run.actor), run.data) for run in runs] == [
        ("jane", "joe", {"name": "x"}),
        ("joe", "joe", {"name": "x"}),
        ("projects/p1", "joe", {"name": "x"}),
    ]
    assert {run.source.type for run in runs} == {"api"}


def test_a_recipient_is_only_referred_to(api: httpx.Client) -> None:
    assert api.post("/v1/notify", json=body(recipients=[{"id": "kim", "name": "Kim"}])).status_code == 200
    assert api.get("/v1/users/kim").status_code == 404


def test_subscribers_of_an_object_are_notified(api: httpx.Client, knock: KnockFake) -> None:
    api.put("/v1/objects/projects/p1", json={"name": "Apollo"})
    api.post("/v1/objects/projects/p1/subscriptions", json={"recipients": ["jane", "joe"]})
    api.post("/v1/notify", json=body(recipients=[{"collection": "projects", "id": "p1"}]))
    assert statuses(knock) == {"projects/p1": "paused", "jane": "paused"}


@pytest.mark.parametrize("written", ["cancellation_key", "cancelation_key"])
@pytest.mark.parametrize("asked", ["cancellation_key", "cancelation_key"])
def test_what_waits_is_cancelled_by_its_key_in_either_spelling(
    api: httpx.Client, knock: KnockFake, written: str, asked: str
) -> None:
    api.post("/v1/notify", json=body(recipients=["jane", "joe"], **{written: "k"}))
    cancelled = api.post("/v1/notify/cancel", json={"name": "later", asked: "k", "recipients": ["jane"]})
    assert (cancelled.status_code, cancelled.content) == (204, b"")
    assert statuses(knock) == {"jane": "cancelled", "joe": "paused"}
    api.post("/v1/notify/cancel", json={"name": "later", asked: "k"})
    assert statuses(knock) == {"jane": "cancelled", "joe": "cancelled"}


def test_nothing_to_cancel_is_fine(api: httpx.Client) -> None:
    assert api.post("/v1/notify/cancel", json={"name": "later", "cancellation_key": "x"}).status_code == 204


@pytest.mark.parametrize(
    ("path", "request_body", "status", "code"),
    [
        ("/v1/notify", body(name="unknown"), 404, "workflow_missing"),
        ("/v1/notify", body(actor="nobody"), 400, "actor_missing"),
        ("/v1/notify/cancel", {"name": "unknown", "cancellation_key": "k"}, 404, "workflow_missing"),
    ],
)
def test_what_trigger_refuses_is_refused(
    api: httpx.Client, knock: KnockFake, path: str, request_body: dict[str, object], status: int, code: str
) -> None:
    refused = api.post(path, json=request_body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert len(knock.state.runs) == 0


def test_a_workflow_that_is_switched_off_is_refused_but_can_be_cancelled(api: httpx.Client, knock: KnockFake) -> None:
    api.post("/v1/notify", json=body(cancellation_key="k"))
    knock.workflows.deactivate("later")
    refused = api.post("/v1/notify", json=body())
    assert (refused.status_code, refused.json()["code"]) == (400, "workflow_inactive")
    assert api.post("/v1/notify/cancel", json={"name": "later", "cancellation_key": "k"}).status_code == 204
    assert statuses(knock) == {"jane": "cancelled"}


@pytest.mark.parametrize(
    ("path", "request_body", "error"),
    [
        ("/v1/notify", {"actor": "joe", "recipients": ["jane"]}, ("name", "is required", "required")),
        ("/v1/notify", {"name": "later", "recipients": ["jane"]}, ("actor", "is required", "required")),
        ("/v1/notify", {"name": "later", "actor": "joe"}, ("recipients", "is required", "required")),
        ("/v1/notify", body(recipients=[]), ("recipients", "must not be empty", "length")),
        ("/v1/notify", body(recipients=["x"] * 1001), ("recipients", "has more than 1000 entries", "length")),
        ("/v1/notify", body(data={"name": 1}), ("data.name", "must be a string, not a number", "type")),
        ("/v1/notify/cancel", {"name": "later"}, ("cancellation_key", "is required", "required")),
        ("/v1/notify/cancel", {"cancellation_key": "k"}, ("name", "is required", "required")),
        (
            "/v1/notify/cancel",
            {"name": "later", "cancelation_key": ""},
            ("cancelation_key", "must not be empty", "length"),
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_refused_call_names_the_field(
    api: httpx.Client, knock: KnockFake, path: str, request_body: dict[str, object], error: tuple[str, str, str]
) -> None:
    refused = api.post(path, json=request_body)
    assert refused.status_code == 422
    assert refused.json()["errors"] == [dict(zip(("field", "message", "type"), error, strict=True))]
    assert len(knock.state.runs) == 0

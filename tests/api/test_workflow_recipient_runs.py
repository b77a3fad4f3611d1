from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.steps import delay, email, in_app_feed

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake

RUNS = "/v1/workflow_recipient_runs"
START = "2026-01-01T00:00:00.000000Z"

pytestmark = pytest.mark.usefixtures("workflows")


@pytest.fixture
def workflows(knock: KnockFake) -> None:
    knock.workflows.add("hello", steps=[in_app_feed("Hi"), email("Hi", "<p>Hi</p>")])
    knock.workflows.add("later", steps=[delay("1h"), in_app_feed("Hi")])


def trigger(api: httpx.Client, *recipients: object, workflow: str = "hello", **body: object) -> str:
    people = [{"id": one} if isinstance(one, str) else one for one in recipients]
    answer = api.post(f"/v1/workflows/{workflow}/trigger", json={"recipients": people, **body})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["workflow_run_id"])


def recipients(api: httpx.Client, query: str = "") -> list[object]:
    answer = api.get(f"{RUNS}?{query}")
    assert answer.status_code == 200, answer.text
    return [one["recipient"] for one in answer.json()["items"]]


def test_a_run_is_shown_with_what_started_it(api: httpx.Client, knock: KnockFake) -> None:
    project = {"collection": "projects", "id": "p1", "name": "Apollo"}
    workflow_run_id = trigger(api, "jane", project, actor={"id": "joe"}, tenant="acme", cancellation_key="k")
    page = api.get(RUNS).json()
    newest, oldest = page["items"]
    assert {key: value for key, value in oldest.items() if key != "__cursor"} == {
        "__typename": "WorkflowRecipientRun",
        "id": next(iter(knock.state.runs)).id,
        "workflow_run_id": workflow_run_id,
        "workflow": "hello",
        "recipient": "jane",
        "actor": "joe",
        "tenant": "acme",
        "status": "completed",
        "error_count": 0,
        "trigger_source": {"type": "api", "cancellation_key": "k", "schedule_id": None, "audience_key": None},
        "inserted_at": START,
        "updated_at": START,
    }
    assert newest["recipient"] == {"id": "p1", "collection": "projects"}
    assert newest["workflow_run_id"] == workflow_run_id
    assert page["page_info"] == {"__typename": "PageInfo", "after": None, "before": None, "page_size": 50}


def test_one_run_tells_what_was_decided_in_it(api: httpx.Client, knock: KnockFake) -> None:
    trigger(api, "jane")
    (message,) = knock.state.messages
    (run,) = knock.state.runs
    found = api.get(f"{RUNS}/{run.id}").json()
    events = found.pop("events")
    (listed,) = api.get(RUNS).json()["items"]
    assert found == {key: value for key, value in listed.items() if key != "__cursor"}
    assert len({event.pop("id") for event in events}) == 4
    common = {"__typename": "WorkflowRecipientRunEvent", "status": "ok", "attempt": 1, "inserted_at": START}
    channel = {"channel": "email", "channel_type": "email"}
    skipped = {"reason": "missing_recipient_data", **channel, "missing": "recipient.email"}
    told = [
        ("run_started", None, None, None),
        ("message_enqueued", "in_app_feed_1", "channel", {"channel_type": "in_app_feed", "message_id": message.id}),
        ("step_skipped", "email_1", "channel", skipped),
        ("run_completed", None, None, None),
    ]
    assert events == [
        {**common, "event": event, "step_ref": ref, "step_type": kind, "data": data} for event, ref, kind, data in told
    ]


def test_what_went_wrong_is_counted_and_told(api: httpx.Client) -> None:
    assert api.post("/v1/workflows/hello/trigger", json={"recipients": ["nobody"]}).status_code == 200
    (listed,) = api.get(RUNS).json()["items"]
    assert (listed["status"], listed["error_count"]) == ("completed", 1)
    events = api.get(f"{RUNS}/{listed['id']}").json()["events"]
    assert [(event["event"], event["status"]) for event in events] == [
        ("run_started", "ok"),
        ("recipient_missing", "error"),
        ("run_completed", "ok"),
    ]


@pytest.fixture
def history(workflows: None, api: httpx.Client, knock: KnockFake) -> None:
    """One hour apart: ``a`` is done, ``b`` of acme and a project are done, nobody failed, ``c`` and ``d`` wait."""
    trigger(api, "a")
    knock.clock.advance("1h")
    trigger(api, "b", {"collection": "projects", "id": "p1", "name": "Apollo"}, tenant="acme")
    knock.clock.advance("1h")
    api.post("/v1/workflows/hello/trigger", json={"recipients": ["nobody"]})
    knock.clock.advance("1h")
    trigger(api, "c", "d", workflow="later", tenant="acme", cancellation_key="k")
    api.post("/v1/workflows/later/cancel", json={"cancellation_key": "k", "recipients": ["d"]})


PROJECT = {"id": "p1", "collection": "projects"}


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["d", "c", "nobody", PROJECT, "b", "a"]),
        ("workflow=later", ["d", "c"]),
        ("workflow=unknown", []),
        ("status[]=paused", ["c"]),
        ("status[]=paused&status[]=cancelled", ["d", "c"]),
        ("status=completed", ["nobody", PROJECT, "b", "a"]),
        ("tenant=acme", ["d", "c", PROJECT, "b"]),
        ("tenant=acme&workflow=hello", [PROJECT, "b"]),
        ("tenant=globex", []),
        ("has_errors=true", ["nobody"]),
        ("has_errors=false", ["d", "c", PROJECT, "b", "a"]),
        ("recipient=b", ["b"]),
        ("recipient=b&workflow=later", []),
        ("recipient[id]=p1&recipient[collection]=projects", [PROJECT]),
        ("starting_at=2026-01-01T01:00:00Z", ["d", "c", "nobody"]),
        ("ending_at=2026-01-01T02:00:00%2B00:00", [PROJECT, "b", "a"]),
        ("starting_at=2026-01-01T00:30:00&ending_at=2026-01-01T01:30:00", [PROJECT, "b"]),
    ],
)
def test_filters_narrow_the_list(api: httpx.Client, query: str, expected: list[object]) -> None:
    assert recipients(api, query) == expected


@pytest.mark.usefixtures("history")
def test_pages_follow_one_another(api: httpx.Client) -> None:
    first = api.get(f"{RUNS}?page_size=4&tenant=acme&workflow=hello").json()
    assert first["page_info"]["after"] is None
    first = api.get(f"{RUNS}?page_size=4").json()
    assert recipients(api, f"after={first['page_info']['after']}") == ["b", "a"]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (
            "status[]=failed",
            ("status.0", "must be one of queued, processing, paused, completed, cancelled", "enum"),
        ),
        ("has_errors=maybe", ("has_errors", "must be a boolean, not the string 'maybe'", "type")),
        ("starting_at=soon", ("starting_at", "must be an ISO-8601 timestamp", "format")),
        ("ending_at=soon", ("ending_at", "must be an ISO-8601 timestamp", "format")),
        ("recipient[collection]=projects", ("recipient.id", "is required", "required")),
    ],
)
def test_a_filter_that_cannot_be_read_is_named(api: httpx.Client, query: str, error: tuple[str, str, str]) -> None:
    refused = api.get(f"{RUNS}?{query}")
    assert refused.status_code == 422
    assert refused.json()["errors"] == [dict(zip(("field", "message", "type"), error, strict=True))]


def test_an_unknown_run_is_missing(api: httpx.Client) -> None:
    missing = api.get(f"{RUNS}/11111111-1111-4111-8111-111111111111")
    assert (missing.status_code, missing.json()["code"]) == (404, "resource_missing")


def test_runs_are_kept_for_30_days(api: httpx.Client, knock: KnockFake) -> None:
    trigger(api, "jane")
    (run,) = knock.state.runs
    knock.clock.advance(days=29, hours=23)
    trigger(api, "joe")
    assert recipients(api) == ["joe", "jane"]
    knock.clock.advance("1h")
    assert recipients(api) == ["joe"]
    assert api.get(f"{RUNS}/{run.id}").status_code == 404


def test_a_deleted_user_takes_its_runs_along(api: httpx.Client) -> None:
    trigger(api, "jane", "joe", tenant="acme")
    trigger(api, "jane", workflow="later")
    api.delete("/v1/users/jane")
    assert recipients(api) == recipients(api, "tenant=acme") == recipients(api, "workflow=hello") == ["joe"]
    assert recipients(api, "recipient=jane") == recipients(api, "workflow=later") == []


def test_runs_move_with_a_merged_user(api: httpx.Client) -> None:
    trigger(api, "old", tenant="acme")
    trigger(api, "jane")
    trigger(api, "old", "joe")
    api.post("/v1/users/jane/merge", json={"from_user_id": "old"})
    assert recipients(api, "recipient=jane") == ["jane", "jane", "jane"]
    assert recipients(api, "workflow=hello") == ["joe", "jane", "jane", "jane"]
    assert recipients(api, "tenant=acme") == ["jane"]

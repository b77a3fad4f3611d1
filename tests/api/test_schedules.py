from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake import KnockFake
from knock_fake.steps import in_app_feed

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

START = "2026-01-01T00:00:00.000000Z"
WEEKLY = {"frequency": "weekly", "days": ["mon"], "hours": 9}

pytestmark = pytest.mark.usefixtures("workflows")


@pytest.fixture
def workflows(knock: KnockFake) -> None:
    for key in ("digest", "other"):
        knock.workflows.add(key, steps=[in_app_feed("Hi")])


@pytest.fixture
def create(api: httpx.Client) -> Callable[..., list[dict[str, object]]]:
    """Make schedules and return them as the answer shows them."""

    def create(*recipients: object, workflow: str = "digest", **plan: object) -> list[dict[str, object]]:
        plan = plan or {"repeats": [WEEKLY]}
        answer = api.post("/v1/schedules", json={"recipients": recipients, "workflow": workflow, **plan})
        assert answer.status_code == 200, answer.text
        created: list[dict[str, object]] = answer.json()
        return created

    return create


def identifiers(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return [one["id"] for one in (body if isinstance(body, list) else body["entries"])]


def errors(answer: httpx.Response) -> list[tuple[str, str, str]]:
    assert answer.status_code == 422, answer.text
    return [(one["field"], one["message"], one["type"]) for one in answer.json()["errors"]]


def test_a_schedule_is_shown_with_its_people_in_full(
    knock: KnockFake, create: Callable[..., list[dict[str, object]]]
) -> None:
    (schedule,) = create(
        {"id": "jane", "timezone": "Europe/Rome"},
        repeats=[WEEKLY, {"frequency": "daily", "days": "weekends", "interval": 2, "minutes": 30}],
        actor={"collection": "projects", "id": "p1", "name": "Apollo"},
        tenant={"id": "acme", "name": "Acme"},
        data={"a": [1]},
    )
    assert schedule == {
        "__typename": "Schedule",
        "id": next(iter(knock.state.schedules)).id,
        "workflow": "digest",
        "recipient": {
            "__typename": "User",
            "id": "jane",
            "timezone": "Europe/Rome",
            "created_at": None,
            "updated_at": START,
        },
        "actor": {
            "__typename": "Object",
            "id": "p1",
            "collection": "projects",
            "properties": {"name": "Apollo"},
            "created_at": None,
            "updated_at": START,
        },
        "tenant": "acme",
        "data": {"a": [1]},
        "repeats": [
            {
                "__typename": "ScheduleRepeat",
                "frequency": "weekly",
                "interval": 1,
                "days": ["mon"],
                "day_of_month": None,
                "hours": 9,
                "minutes": None,
            },
            {
                "__typename": "ScheduleRepeat",
                "frequency": "daily",
                "interval": 2,
                "days": ["sat", "sun"],
                "day_of_month": None,
                "hours": None,
                "minutes": 30,
            },
        ],
        "last_occurrence_at": None,
        "next_occurrence_at": "2026-01-02T23:30:00.000000Z",
        "inserted_at": START,
        "updated_at": START,
    }


def test_each_distinct_recipient_gets_a_schedule(create: Callable[..., list[dict[str, object]]]) -> None:
    created = create("jane", {"collection": "projects", "id": "p1"}, "jane", "nobody")
    recipients = [schedule["recipient"] for schedule in created]
    assert [one["id"] for one in recipients if isinstance(one, dict)] == ["jane", "p1", "nobody"]
    assert len({str(schedule["id"]) for schedule in created}) == 3


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"recipients": None}, ("recipients", "must be a list, not null", "type")),
        ({"recipients": []}, ("recipients", "must not be empty", "length")),
        ({"recipients": ["jane"] * 101}, ("recipients", "has more than 100 entries", "length")),
        (
            {"recipients": [{"id": "jane", "timezone": "Nowhere"}]},
            ("recipients.0.timezone", "must be a time zone of the tz database", "format"),
        ),
        ({"repeats": []}, ("scheduled_at", "is required when there are no repeats", "required")),
        ({"repeats": None}, ("scheduled_at", "is required when there are no repeats", "required")),
        (
            {"repeats": None, "scheduled_at": "2025-12-31T23:59:59Z"},
            ("scheduled_at", "is in the past", "range"),
        ),
        ({"scheduled_at": "tomorrow"}, ("scheduled_at", "must be an ISO-8601 timestamp", "format")),
        ({"ending_at": "never"}, ("ending_at", "must be an ISO-8601 timestamp", "format")),
        ({"repeats": [{}]}, ("repeats.0.frequency", "is required", "required")),
        (
            {"repeats": [{"frequency": "yearly"}]},
            ("repeats.0.frequency", "must be one of hourly, daily, weekly, monthly", "enum"),
        ),
        ({"repeats": [{**WEEKLY, "interval": 0}]}, ("repeats.0.interval", "must be at least 1", "range")),
        ({"repeats": [{**WEEKLY, "hours": 24}]}, ("repeats.0.hours", "must be at most 23", "range")),
        (
            {"repeats": [{**WEEKLY, "minutes": 7}]},
            ("repeats.0.minutes", "must be one of 0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, null", "enum"),
        ),
        (
            {"repeats": [{**WEEKLY, "days": "mondays"}]},
            ("repeats.0.days", "must be one of weekdays, weekends", "enum"),
        ),
        (
            {"repeats": [{**WEEKLY, "days": ["Mon"]}]},
            ("repeats.0.days.0", "must be one of mon, tue, wed, thu, fri, sat, sun", "enum"),
        ),
        (
            {"repeats": [WEEKLY, {**WEEKLY, "hours": 9.0}]},
            (
                "repeats.1",
                "is no repeat rule: repeats.1.hours cannot be 9.0: write a whole number from 0 to 23",
                "invalid",
            ),
        ),
        ({"actor": {"id": "jo/e"}}, ("actor.id", "must not contain '/' or '#'", "format")),
        ({"data": [1]}, ("data", "must be an object or null, not a list", "type")),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_refused_schedule_names_the_field_and_changes_nothing(
    api: httpx.Client, knock: KnockFake, change: dict[str, object], error: tuple[str, str, str]
) -> None:
    body = {"recipients": [{"id": "jane"}], "workflow": "digest", "repeats": [WEEKLY], **change}
    assert errors(api.post("/v1/schedules", json=body)) == [error]
    assert len(knock.state.schedules) == 0
    assert api.get("/v1/users").json()["entries"] == []


def test_an_unknown_workflow_or_actor_is_refused(api: httpx.Client) -> None:
    body = {"recipients": ["jane"], "workflow": "digset", "repeats": [WEEKLY]}
    refused = api.post("/v1/schedules", json=body)
    assert (refused.status_code, refused.json()["code"]) == (404, "workflow_missing")
    assert refused.headers["x-knock-fake-hint"] == "there is no workflow 'digset': did you mean 'digest'?"
    refused = api.post("/v1/schedules", json={**body, "workflow": "digest", "actor": "nobody"})
    assert (refused.status_code, refused.json()["code"]) == (400, "actor_missing")


def test_a_world_that_makes_up_workflows_makes_them_up_for_schedules() -> None:
    world = KnockFake(unknown_workflows="accept")
    created = world.client().schedules.create(recipients=["jane"], workflow="made-up", repeats=[{"frequency": "daily"}])
    assert [schedule.workflow for schedule in created] == ["made-up"]
    assert world.workflows.keys() == ["made-up"]


def test_an_update_changes_what_it_says_and_nothing_else(
    api: httpx.Client, knock: KnockFake, create: Callable[..., list[dict[str, object]]]
) -> None:
    before = create("jane", actor={"id": "joe"}, tenant="acme", data={"a": 1}, repeats=[WEEKLY])
    before += create("kim", data={"b": 2}, repeats=[WEEKLY])
    knock.clock.advance("1h")
    named = [schedule["id"] for schedule in before]
    after = api.put("/v1/schedules", json={"schedule_ids": [*named, "unknown", named[0]], "data": {"c": 3}}).json()
    assert after == [{**schedule, "data": {"c": 3}, "updated_at": "2026-01-01T01:00:00.000000Z"} for schedule in before]


def test_null_takes_values_away(api: httpx.Client, create: Callable[..., list[dict[str, object]]]) -> None:
    (schedule,) = create("jane", actor={"id": "joe"}, tenant="acme", data={"a": 1}, repeats=[WEEKLY])
    nothing = {"actor": None, "tenant": None, "data": None}
    (after,) = api.put("/v1/schedules", json={"schedule_ids": [schedule["id"]], **nothing}).json()
    assert after == {**schedule, **nothing}


@pytest.mark.parametrize(
    ("change", "upcoming", "rules"),
    [
        ({"repeats": [{"frequency": "daily", "hours": 6}]}, "2026-01-01T06:00:00.000000Z", 1),
        ({"scheduled_at": "2026-03-01T12:00:00+01:00"}, "2026-03-01T11:00:00.000000Z", 0),
        ({"repeats": None, "scheduled_at": "2026-03-01T12:00:00"}, "2026-03-01T12:00:00.000000Z", 0),
        ({"repeats": [WEEKLY], "scheduled_at": "2026-03-02T09:00:00Z"}, "2026-03-02T09:00:00.000000Z", 1),
        ({"repeats": [WEEKLY], "scheduled_at": "2025-03-02T09:00:00Z"}, "2026-01-05T09:00:00.000000Z", 1),
        ({"ending_at": "2026-01-05T08:59:59Z"}, None, 1),
        ({"ending_at": "2026-01-05T09:00:00Z"}, "2026-01-05T09:00:00.000000Z", 1),
        ({"ending_at": None}, "2026-01-05T09:00:00.000000Z", 1),
    ],
    ids=str,
)
def test_an_update_of_the_timing_plans_anew(
    api: httpx.Client,
    knock: KnockFake,
    create: Callable[..., list[dict[str, object]]],
    change: dict[str, object],
    upcoming: str | None,
    rules: int,
) -> None:
    (schedule,) = create("jane", repeats=[WEEKLY])
    (after,) = api.put("/v1/schedules", json={"schedule_ids": [schedule["id"]], **change}).json()
    assert (after["next_occurrence_at"], len(after["repeats"])) == (upcoming, rules)
    assert len(knock.clock.pending()) == (upcoming is not None)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"scheduled_at": "2025-01-01"}, ("scheduled_at", "is in the past", "range")),
        ({"repeats": None}, ("scheduled_at", "is required when there are no repeats", "required")),
        ({"tenant": ""}, ("tenant", "must not be empty", "length")),
        ({"schedule_ids": []}, ("schedule_ids", "must not be empty", "length")),
        ({"schedule_ids": ["x"] * 101}, ("schedule_ids", "has more than 100 entries", "length")),
    ],
    ids=str,
)
def test_a_refused_update_changes_no_schedule(
    api: httpx.Client,
    create: Callable[..., list[dict[str, object]]],
    change: dict[str, object],
    error: tuple[str, str, str],
) -> None:
    (schedule,) = create("jane", repeats=[WEEKLY])
    body = {"schedule_ids": [schedule["id"]], "data": {"new": 1}, **change}
    assert errors(api.put("/v1/schedules", json=body)) == [error]
    (kept,) = api.get("/v1/schedules?workflow=digest").json()["entries"]
    assert {key: value for key, value in kept.items() if key != "__cursor"} == schedule


def test_deleted_schedules_are_shown_once_more_and_never_due(
    api: httpx.Client, knock: KnockFake, create: Callable[..., list[dict[str, object]]]
) -> None:
    one, two = create({"id": "jane"}, "kim")
    deleted = api.request("DELETE", "/v1/schedules", json={"schedule_ids": [one["id"], "unknown", one["id"]]})
    assert deleted.json() == [one]
    assert [str(timer) for timer in knock.clock.pending()] == [
        "timer 'schedule due: digest for kim' at 2026-01-05T09:00:00Z"
    ]
    assert identifiers(api.get("/v1/schedules?workflow=digest")) == [two["id"]]


def test_a_deleted_user_leaves_no_schedules(
    api: httpx.Client, knock: KnockFake, create: Callable[..., list[dict[str, object]]]
) -> None:
    create({"id": "jane"}, workflow="digest", repeats=[WEEKLY])
    create({"id": "jane"}, workflow="other", repeats=[WEEKLY])
    api.delete("/v1/users/jane")
    assert (len(knock.state.schedules), knock.clock.pending()) == (0, ())


def test_merging_users_moves_schedules_each_in_its_place_and_they_go_on(
    api: httpx.Client, knock: KnockFake, create: Callable[..., list[dict[str, object]]]
) -> None:
    made = [create({"id": name}, scheduled_at="2026-01-02T00:00:00Z")[0] for name in ("old", "jane", "old")]
    api.post("/v1/users/jane/merge", json={"from_user_id": "old"}).raise_for_status()
    newest_first = [str(one["id"]) for one in reversed(made)]
    assert identifiers(api.get("/v1/users/jane/schedules")) == newest_first
    assert identifiers(api.get("/v1/users/old/schedules")) == []
    happened = [one.text for one in knock.clock.run_until_idle()]
    assert happened.count("schedule due: digest for jane") == 3
    assert [str(run.recipient) for run in knock.state.runs] == ["jane"] * 3
    api.delete("/v1/users/jane")
    assert len(knock.state.schedules) == 0


def test_lists_name_workflow_recipients_and_tenant_and_begin_with_the_newest(
    api: httpx.Client, create: Callable[..., list[dict[str, object]]]
) -> None:
    project = {"collection": "projects", "id": "p1"}
    jane, kim, object_ = (one["id"] for one in create({"id": "jane"}, "kim", project))
    (tenant,) = (one["id"] for one in create("jane", repeats=[WEEKLY], tenant="acme"))
    (other,) = (one["id"] for one in create("jane", workflow="other", repeats=[WEEKLY], tenant="acme"))

    def listed(path: str, **query: str) -> list[str]:
        return identifiers(api.get(f"/v1/{path}", params=query))

    assert listed("schedules", workflow="digest") == [tenant, object_, kim, jane]
    assert listed("schedules", workflow="digest", tenant="acme") == [tenant]
    assert identifiers(api.get("/v1/schedules?workflow=digest&recipients[]=kim&recipients[]=jane")) == [
        tenant,
        kim,
        jane,
    ]
    by_reference = "recipients[0][id]=p1&recipients[0][collection]=projects"
    assert identifiers(api.get(f"/v1/schedules?workflow=digest&{by_reference}")) == [object_]
    assert listed("schedules", workflow="unknown") == []
    assert listed("users/jane/schedules") == [other, tenant, jane]
    assert listed("users/jane/schedules", workflow="digest") == [tenant, jane]
    assert listed("users/jane/schedules", tenant="acme") == [other, tenant]
    assert listed("users/nobody/schedules") == []
    assert listed("objects/projects/p1/schedules") == [object_]
    assert listed("objects/projects/p2/schedules") == []
    assert errors(api.get("/v1/schedules")) == [("workflow", "is required", "required")]


def test_pages_follow_one_another(api: httpx.Client, create: Callable[..., list[dict[str, object]]]) -> None:
    created = [str(one["id"]) for one in create("a", "b", "c")]
    first = api.get("/v1/schedules?workflow=digest&page_size=2").json()
    query = {"workflow": "digest", "page_size": "2", "after": first["page_info"]["after"]}
    second = api.get("/v1/schedules", params=query).json()
    assert [one["id"] for page in (first, second) for one in page["entries"]] == created[::-1]
    assert second["page_info"]["after"] is None


def test_bulk_create_makes_a_schedule_for_each_row(api: httpx.Client) -> None:
    rows = [
        {"recipient": {"id": "jane", "name": "Jane"}, "workflow": "digest", "repeats": [WEEKLY]},
        {"recipient": "kim", "workflow": "other", "scheduled_at": "2026-02-01T00:00:00Z", "tenant": {"id": "acme"}},
    ]
    queued = api.post("/v1/schedules/bulk/create", json={"schedules": rows}).json()
    assert (queued["name"], queued["status"], queued["estimated_total_rows"]) == (
        "schedules.create_schedules",
        "queued",
        2,
    )
    done = api.get(queued["progress_path"]).json()
    assert (done["status"], done["success_count"], done["error_items"]) == ("completed", 2, [])
    (jane,) = api.get("/v1/schedules?workflow=digest").json()["entries"]
    (kim,) = api.get("/v1/schedules?workflow=other&tenant=acme").json()["entries"]
    assert (jane["recipient"]["name"], jane["next_occurrence_at"]) == ("Jane", "2026-01-05T09:00:00.000000Z")
    assert (kim["repeats"], kim["next_occurrence_at"]) == ([], "2026-02-01T00:00:00.000000Z")


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({"workflow": "digest"}, ("schedules.1.recipient", "is required", "required")),
        (
            {"recipient": "kim", "workflow": "digest"},
            ("schedules.1.scheduled_at", "is required when there are no repeats", "required"),
        ),
        (
            {"recipient": {"id": "kim", "timezone": "x"}, "workflow": "digest", "repeats": [WEEKLY]},
            ("schedules.1.recipient.timezone", "must be a time zone of the tz database", "format"),
        ),
        (
            {"recipient": "kim", "workflow": "digest", "repeats": [WEEKLY], "ending_at": "x"},
            ("schedules.1.ending_at", "must be an ISO-8601 timestamp", "format"),
        ),
    ],
    ids=str,
)
def test_one_bad_row_refuses_the_whole_bulk_call(
    api: httpx.Client, knock: KnockFake, row: dict[str, object], error: tuple[str, str, str]
) -> None:
    good = {"recipient": "jane", "workflow": "digest", "repeats": [WEEKLY]}
    assert errors(api.post("/v1/schedules/bulk/create", json={"schedules": [good, row]})) == [error]
    assert (len(knock.state.schedules), knock.clock.pending()) == (0, ())

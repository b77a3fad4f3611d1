from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import httpx
import pytest

from knock_fake import KnockFake
from knock_fake.steps import delay, email, in_app_feed

if TYPE_CHECKING:
    from collections.abc import Callable

    from knock_fake.json_types import JsonObject

START = "2026-01-01T00:00:00.000000Z"
TRIGGER = "/v1/workflows/hello/trigger"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
PROJECT = {"collection": "projects", "id": "p1"}
INVALID = {
    "code": "invalid_params",
    "message": "One or more parameters were rejected.",
    "status": 422,
    "type": "invalid_request_error",
}

pytestmark = pytest.mark.usefixtures("workflows")


@pytest.fixture
def workflows(knock: KnockFake) -> None:
    knock.workflows.add("hello", steps=[in_app_feed("Hi {{ data.name }}{{ recipient.name }}")])


def messages(api: httpx.Client) -> list[dict[str, object]]:
    """The messages, oldest first."""
    listed: list[dict[str, object]] = api.get("/v1/messages").json()["items"]
    return listed[::-1]


def test_a_trigger_answers_with_the_id_that_all_its_runs_share(api: httpx.Client) -> None:
    answer = api.post(TRIGGER, json={"recipients": [{"id": "jane"}, {"id": "joe"}]})
    run = answer.json()["workflow_run_id"]
    sources = [api.get(f"/v1/messages/{one['id']}").json()["source"] for one in messages(api)]
    assert (answer.status_code, list(answer.json())) == (200, ["workflow_run_id"])
    assert UUID.fullmatch(run)
    assert [source["workflow_run_id"] for source in sources] == [run, run]
    assert len({source["workflow_recipient_run_id"] for source in sources}) == 2


def test_messages_exist_before_the_trigger_returns(api: httpx.Client) -> None:
    api.post(TRIGGER, json={"recipients": [{"id": "jane", "name": "Jane"}], "data": {"name": "Dr. "}})
    (message,) = messages(api)
    content = api.get(f"/v1/messages/{message['id']}/content").json()["data"]["blocks"][0]["rendered"]
    assert (message["status"], content) == ("delivered", "<p>Hi Dr. Jane</p>")


@pytest.mark.parametrize(
    "recipient", [{"id": "jane"}, {"id": "jane", "name": "Jane"}, {"id": "jane", "collection": None}]
)
def test_an_inline_recipient_is_identified(api: httpx.Client, recipient: dict[str, object]) -> None:
    api.post(TRIGGER, json={"recipients": [recipient]})
    named = {key: value for key, value in recipient.items() if key == "name"}
    shown = {"__typename": "User", "id": "jane", **named, "created_at": None, "updated_at": START}
    assert api.get("/v1/users/jane").json() == shown


def test_an_inline_recipient_merges_into_the_user_that_exists(api: httpx.Client) -> None:
    api.put("/v1/users/jane", json={"name": "Jane", "plan": "free"})
    preferences = {"default": {"workflows": {"hello": False}}}
    body = {"recipients": [{"id": "jane", "plan": "pro", "preferences": preferences}]}
    api.post(TRIGGER, json=body)
    jane = api.get("/v1/users/jane").json()
    assert (jane["name"], jane["plan"], messages(api)) == ("Jane", "pro", [])


def test_a_bare_recipient_whom_nobody_identified_is_accepted_and_gets_nothing(api: httpx.Client) -> None:
    assert api.post(TRIGGER, json={"recipients": ["nobody", {"id": "jane"}]}).status_code == 200
    assert [one["recipient"] for one in messages(api)] == ["jane"]
    assert api.get("/v1/users/nobody").status_code == 404


def test_a_recipient_named_twice_gets_one_run_and_the_first_entry_counts(api: httpx.Client) -> None:
    first = {"id": "jane", "$trigger_data": {"name": "first"}}
    second = {"id": "jane", "$trigger_data": {"name": "second"}}
    api.post(TRIGGER, json={"recipients": [first, "jane", second]})
    assert [one["data"] for one in messages(api)] == [{"name": "first"}]


def test_data_of_one_recipient_lie_over_the_data_of_all(api: httpx.Client) -> None:
    jane = {"id": "jane", "$trigger_data": {"name": "Jane", "own": 1}}
    api.post(TRIGGER, json={"recipients": [jane, {"id": "joe"}], "data": {"name": "all", "n": 1}})
    assert [one["data"] for one in messages(api)] == [{"name": "Jane", "n": 1, "own": 1}, {"name": "all", "n": 1}]
    assert "$trigger_data" not in api.get("/v1/users/jane").json()


def test_an_object_is_a_recipient_too(api: httpx.Client, knock: KnockFake) -> None:
    knock.workflows.add("letter", steps=[email("Hi {{ recipient.name }}", "Hi")])
    project = {**PROJECT, "name": "Apollo", "email": "apollo@example.com"}
    api.post("/v1/workflows/letter/trigger", json={"recipients": [project]})
    (message,) = messages(api)
    (activity,) = api.get(f"/v1/messages/{message['id']}/activities").json()["items"]
    assert message["recipient"] == {"id": "p1", "collection": "projects"}
    assert activity["recipient"] == {
        "__typename": "Object",
        "id": "p1",
        "collection": "projects",
        "properties": {"name": "Apollo", "email": "apollo@example.com"},
        "created_at": None,
        "updated_at": START,
    }


@pytest.mark.parametrize(
    ("actor", "shown"),
    [
        (None, []),
        ("joe", ["joe"]),
        ({"id": "kim", "name": "Kim"}, ["kim"]),
        ("jane", ["jane"]),
        ({**PROJECT, "name": "Apollo"}, [{"id": "p1", "collection": "projects"}]),
    ],
)
def test_the_actor_of_a_message(api: httpx.Client, actor: object, shown: list[object]) -> None:
    api.put("/v1/users/joe", json={})
    api.post(TRIGGER, json={"recipients": [{"id": "jane"}], "actor": actor})
    assert [one["actors"] for one in messages(api)] == [shown]


@pytest.mark.parametrize(("actor", "named"), [("joe", "joe"), (PROJECT, "projects/p1")])
def test_a_bare_actor_whom_nobody_identified_is_refused(api: httpx.Client, actor: object, named: str) -> None:
    refused = api.post(TRIGGER, json={"recipients": [{"id": "jane"}], "actor": actor})
    assert (refused.status_code, refused.json()) == (
        400,
        {
            "code": "actor_missing",
            "message": f"The actor {named} could not be found.",
            "status": 400,
            "type": "invalid_request_error",
        },
    )
    assert api.get("/v1/users/jane").status_code == 404


@pytest.mark.parametrize(
    "tenant", ["acme", {"id": "acme"}, {"id": "acme", "name": "Acme", "settings": {"branding": {}}}]
)
def test_the_tenant_of_a_message(api: httpx.Client, knock: KnockFake, tenant: object) -> None:
    api.post(TRIGGER, json={"recipients": [{"id": "jane"}], "tenant": tenant})
    assert [one["tenant"] for one in messages(api)] == ["acme"]
    assert [one.reference.id for one in knock.state.recipients.in_collection("$tenants")] == ["acme"]


def test_null_is_taken_for_everything_that_may_be_left_out(api: httpx.Client) -> None:
    optional = dict.fromkeys(("actor", "data", "tenant", "cancellation_key", "settings"))
    body = {"recipients": [{"id": "jane"}], **optional}
    assert api.post(TRIGGER, json=body).status_code == 200
    assert [(one["data"], one["tenant"], one["actors"]) for one in messages(api)] == [({}, None, [])]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, ("recipients", "is required", "required")),
        ({"recipients": None}, ("recipients", "must be a list, not null", "type")),
        ({"recipients": "jane"}, ("recipients", "must be a list, not the string 'jane'", "type")),
        ({"recipients": []}, ("recipients", "must not be empty", "length")),
        ({"recipients": [5]}, ("recipients.0", "must be a string or an object, not a number", "type")),
        ({"recipients": ["jane", {}]}, ("recipients.1.id", "is required", "required")),
        ({"recipients": ["a/b"]}, ("recipients.0", "must not contain '/' or '#'", "format")),
        ({"recipients": [""]}, ("recipients.0", "must not be empty", "length")),
        ({"recipients": [{"id": 5}]}, ("recipients.0.id", "must be a string, not a number", "type")),
        ({"recipients": ["x"] * 1001}, ("recipients", "has more than 1000 entries", "length")),
        (
            {"recipients": [{"id": "joe", "timezone": "Nowhere"}]},
            ("recipients.0.timezone", "must be a time zone of the tz database", "format"),
        ),
        (
            {"recipients": [{"id": "joe", "x": "y" * 256_000}]},
            ("recipients.0", "has properties of more than 256 kB", "length"),
        ),
        ({"recipients": ["jane"], "data": []}, ("data", "must be an object or null, not a list", "type")),
        (
            {"recipients": ["jane"], "tenant": 5},
            ("tenant", "must be a string or an object, not a number", "type"),
        ),
        ({"recipients": ["jane"], "tenant": {}}, ("tenant.id", "is required", "required")),
        ({"recipients": ["jane"], "actor": {}}, ("actor.id", "is required", "required")),
        (
            {"recipients": ["jane"], "cancellation_key": 5},
            ("cancellation_key", "must be a string or null, not a number", "type"),
        ),
        (
            {"recipients": ["jane"], "settings": {"skip_delay": "yes"}},
            ("settings.skip_delay", "must be a boolean or null, not the string 'yes'", "type"),
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_refused_trigger_names_the_field_and_does_nothing(
    api: httpx.Client, body: dict[str, object], error: tuple[str, str, str]
) -> None:
    api.put("/v1/users/jane", json={})
    refused = api.post(TRIGGER, json=body)
    named = dict(zip(("field", "message", "type"), error, strict=True))
    assert (refused.status_code, refused.json()) == (422, {**INVALID, "errors": [named]})
    assert [user["id"] for user in api.get("/v1/users").json()["entries"]] == ["jane"]
    assert messages(api) == []


def test_a_thousand_recipients_are_taken(api: httpx.Client, knock: KnockFake) -> None:
    body = {"recipients": [{"id": str(number)} for number in range(1000)]}
    assert api.post(TRIGGER, json=body).status_code == 200
    assert len(knock.state.messages) == 1000


def test_one_bad_recipient_of_many_leaves_nobody_identified(api: httpx.Client) -> None:
    bad = {"id": "joe", "channel_data": {"unknown": {}}}
    refused = api.post(TRIGGER, json={"recipients": [{"id": "jane"}, bad]})
    assert [error["field"] for error in refused.json()["errors"]] == ["recipients.1.channel_data.unknown"]
    assert api.get("/v1/users").json()["entries"] == []


def test_an_unknown_workflow_is_refused_and_the_nearest_is_named(api: httpx.Client) -> None:
    refused = api.post("/v1/workflows/helo/trigger", json={"recipients": [{"id": "jane"}]})
    assert (refused.status_code, refused.json()) == (
        404,
        {
            "code": "workflow_missing",
            "message": "The workflow helo could not be found.",
            "status": 404,
            "type": "invalid_request_error",
        },
    )
    assert refused.headers["x-knock-fake-hint"] == "there is no workflow 'helo': did you mean 'hello'?"
    assert api.get("/v1/users/jane").status_code == 404


def test_a_workflow_that_is_switched_off_is_refused_until_it_is_on_again(api: httpx.Client, knock: KnockFake) -> None:
    body = {"recipients": [{"id": "jane"}]}
    knock.workflows.deactivate("hello")
    refused = api.post(TRIGGER, json=body)
    knock.workflows.activate("hello")
    assert api.post(TRIGGER, json=body).status_code == 200
    assert (refused.status_code, refused.json()) == (
        400,
        {
            "code": "workflow_inactive",
            "message": "The workflow hello is not active.",
            "status": 400,
            "type": "invalid_request_error",
        },
    )


def test_a_world_that_accepts_unknown_workflows_makes_them_up() -> None:
    knock = KnockFake(unknown_workflows="accept")
    headers = {"authorization": "Bearer sk_test_x"}
    api = httpx.Client(transport=knock.transport(), base_url="https://api.knock.app", headers=headers)
    refused = api.post("/v1/workflows/No%20Key/trigger", json={"recipients": [{"id": "jane"}]})
    accepted = api.post("/v1/workflows/new-thing/trigger", json={"recipients": [{"id": "jane"}]})
    (message,) = messages(api)
    assert (refused.status_code, accepted.status_code) == (404, 200)
    assert (message["workflow"], knock.workflows.keys()) == ("new-thing", ["new-thing"])


def test_a_made_up_workflow_that_is_near_a_defined_one_is_hinted_at() -> None:
    knock = KnockFake(unknown_workflows="accept")
    headers = {"authorization": "Bearer sk_test_x"}
    api = httpx.Client(transport=knock.transport(), base_url="https://api.knock.app", headers=headers)

    def hint(key: str) -> str | None:
        answer = api.post(f"/v1/workflows/{key}/trigger", json={"recipients": [{"id": "jane"}]})
        assert answer.status_code == 200
        found: str | None = answer.headers.get("x-knock-fake-hint")
        return found

    assert hint("welcom") is None
    assert hint("welcoome") is None  # what is made up is no spelling to go by
    knock.workflows.add("welcome", steps=[in_app_feed("Hi")])
    told = "the workflow 'welcom' is made up; did you mean 'welcome'?"
    assert [hint("welcom"), hint("welcom"), hint("welcome"), hint("goodbye")] == [told, told, None, None]
    knock.workflows.add("welcom", steps=[in_app_feed("Hi")])
    assert hint("welcom") is None


@pytest.mark.parametrize("unknown", ["accept", "reject"])
def test_an_archived_workflow_is_missing_even_where_workflows_are_made_up(unknown: Literal["accept", "reject"]) -> None:
    knock = KnockFake(unknown_workflows=unknown)
    knock.workflows.add("hello", steps=[in_app_feed("Hi")])
    knock.workflows.archive("hello")
    headers = {"authorization": "Bearer sk_test_x"}
    api = httpx.Client(transport=knock.transport(), base_url="https://api.knock.app", headers=headers)
    refused = api.post("/v1/workflows/hello/trigger", json={"recipients": [{"id": "jane"}]})
    assert (refused.status_code, refused.json()["code"]) == (404, "workflow_missing")
    assert refused.headers["x-knock-fake-hint"] == "workflow 'hello' was archived, for good"
    knock.workflows.add("hello", steps=[in_app_feed("Hi again")])
    api.post("/v1/workflows/hello/trigger", json={"recipients": [{"id": "jane"}]}).raise_for_status()
    assert len(messages(api)) == 1


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"total": 5, "currency": "EUR"}, []),
        ({"total": "5"}, [("data.total", "type"), ("data.currency", "required")]),
        ({"total": 5, "currency": "EUR", "x": 1}, [("data.x", "unknown")]),
        (None, [("data.total", "required"), ("data.currency", "required")]),
    ],
)
def test_data_must_fit_the_schema_of_the_workflow(
    api: httpx.Client, knock: KnockFake, data: object, found: list[tuple[str, str]]
) -> None:
    schema: JsonObject = {
        "type": "object",
        "properties": {"total": {"type": "number"}, "currency": {"type": "string"}},
        "required": ["total", "currency"],
        "additionalProperties": False,
    }
    knock.workflows.add("order", steps=[in_app_feed("Hi")], trigger_data_json_schema=schema)
    answer = api.post("/v1/workflows/order/trigger", json={"recipients": [{"id": "jane"}], "data": data})
    refusal = answer.json().get("errors", [])
    assert answer.status_code == (422 if found else 200)
    assert [(error["field"], error["type"]) for error in refusal] == found


def test_ten_megabytes_of_data_are_the_most(api: httpx.Client) -> None:
    room = 10_000_000 - len('{"x":""}')
    body = {"recipients": [{"id": "jane"}]}
    accepted = api.post(TRIGGER, json={**body, "data": {"x": "y" * room}})
    refused = api.post(TRIGGER, json={**body, "data": {"x": "y" * (room + 1)}})
    too_large = {"field": "data", "message": "is larger than 10 MB", "type": "length"}
    assert accepted.status_code == 200
    assert (refused.status_code, refused.json()) == (422, {**INVALID, "errors": [too_large]})


def test_runs_go_on_with_the_version_they_began_with(api: httpx.Client, knock: KnockFake) -> None:
    knock.workflows.add("later", steps=[delay("1h"), in_app_feed("old")])
    api.post("/v1/workflows/later/trigger", json={"recipients": [{"id": "jane"}]})
    knock.workflows.add("later", steps=[in_app_feed("new")])
    api.post("/v1/workflows/later/trigger", json={"recipients": [{"id": "jane"}]})
    knock.clock.advance("1h")
    blocks = [api.get(f"/v1/messages/{one['id']}/content").json()["data"]["blocks"] for one in messages(api)]
    assert [block[0]["content"] for block in blocks] == ["new", "old"]


@pytest.mark.parametrize(
    ("settings", "status", "made"),
    [
        ({"sandbox_mode": True}, "not_sent", 0),
        ({"skip_delay": True}, "delivered", 1),
        ({"sandbox_mode": True, "skip_delay": True}, "not_sent", 1),
        ({}, "delivered", 0),
    ],
)
def test_the_settings_of_a_trigger(
    api: httpx.Client, knock: KnockFake, settings: dict[str, bool], status: str, made: int
) -> None:
    knock.workflows.add("later", steps=[delay("1h"), email("Hi", "Hi")])
    recipient = {"id": "jane", "email": "jane@example.com"}
    api.post("/v1/workflows/later/trigger", json={"recipients": [recipient], "settings": settings})
    assert len(messages(api)) == made
    knock.clock.run_until_idle()
    assert [one["status"] for one in messages(api)] == [status]


def test_later_triggers_are_newer(api: httpx.Client, notify: Callable[..., list[str]]) -> None:
    made = [notify()[0] for _ in range(3)]
    assert [one["id"] for one in messages(api)] == made

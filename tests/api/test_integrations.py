"""Data platforms sync rows into static audiences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.steps import in_app_feed

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake

CENSUS = "/v1/integrations/census/custom-destination"
HIGHTOUCH = "/v1/integrations/hightouch/embedded-destination"
BETA = {"object_api_name": "beta", "label": "Beta testers"}
CONFIGURATION = {
    "object": "beta",
    "mode": "mirror",
    "identifierMapping": {"from": "id", "to": "user_id"},
    "mappings": [{"from": "mail", "to": "email"}, {"from": "org", "to": "tenant"}],
}

pytestmark = pytest.mark.usefixtures("audience")


@pytest.fixture
def audience(knock: KnockFake) -> None:
    knock.workflows.add("welcome", steps=[in_app_feed("Welcome")])
    knock.audiences.add("beta", name="Beta testers", triggers=["welcome"])


def call(api: httpx.Client, path: str, method: str, params: object = None) -> dict[str, object]:
    """Make a call and return its result or error."""
    answer = api.post(path, json={"id": "42", "jsonrpc": "2.0", "method": method, "params": params})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body.pop("id"), body.pop("jsonrpc")) == ("42", "2.0")
    (outcome,) = body.values()
    assert isinstance(outcome, dict)
    return outcome


def members(knock: KnockFake) -> list[tuple[str, str | None]]:
    return [(member.user.id, member.tenant) for member in knock.audiences.members("beta")]


def sync(api: httpx.Client, operation: str, *records: dict[str, object]) -> object:
    plan = {"object": BETA, "operation": operation, "schema": {}}
    return call(api, CENSUS, "sync_batch", {"sync_plan": plan, "records": records})["record_results"]


@pytest.mark.parametrize("path", [CENSUS, HIGHTOUCH])
def test_a_connection_can_be_tested(api: httpx.Client, path: str) -> None:
    answer = api.post(path, json={"id": "1", "jsonrpc": "2.0", "method": "test_connection"})
    assert answer.json() == {"jsonrpc": "2.0", "id": "1", "result": {"success": True}}


@pytest.mark.parametrize(
    ("path", "hint"),
    [(CENSUS, "did you mean 'sync_batch'?"), (HIGHTOUCH, "known: 'add', 'behavior', 'change', 'list_fields',")],
)
def test_an_unknown_method_is_an_error_with_status_200(api: httpx.Client, path: str, hint: str) -> None:
    error = call(api, path, "sync_batches")
    assert error["code"] == -32601
    assert str(error["message"]).startswith(f"there is no method 'sync_batches': {hint}")


def test_another_version_of_the_protocol_is_an_error(api: httpx.Client) -> None:
    answer = api.post(CENSUS, json={"id": "1", "jsonrpc": "1.0", "method": "test_connection"})
    assert answer.json()["error"] == {"code": -32600, "message": "jsonrpc must be '2.0', not '1.0'"}


@pytest.mark.parametrize("missing", ["id", "jsonrpc", "method"])
def test_a_body_that_is_no_call_is_refused(api: httpx.Client, missing: str) -> None:
    body = {"id": "1", "jsonrpc": "2.0", "method": "test_connection"}
    del body[missing]
    refused = api.post(CENSUS, json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"] == [{"field": missing, "message": "is required", "type": "required"}]


def test_census_finds_an_object_for_each_audience(api: httpx.Client) -> None:
    assert call(api, CENSUS, "list_objects") == {"objects": [BETA]}
    fields = call(api, CENSUS, "list_fields", {"object": BETA})["fields"]
    assert isinstance(fields, list)
    assert fields[0] == {
        "field_api_name": "user_id",
        "label": "User ID",
        "identifier": True,
        "required": True,
        "createable": True,
        "updateable": True,
        "type": "string",
        "array": False,
    }
    names = "user_id tenant name email phone_number avatar locale timezone"
    assert " ".join(field["field_api_name"] for field in fields) == names
    assert sum(field["identifier"] for field in fields) == 1
    operations = call(api, CENSUS, "supported_operations", {"object": BETA})
    assert operations == {"operations": ["upsert", "insert", "update", "delete"]}
    speed = call(api, CENSUS, "get_sync_speed")
    assert speed == {
        "maximum_batch_size": 1000,
        "maximum_parallel_batches": 1,
        "maximum_records_per_second": 60_000,
    }


def test_census_loads_records_one_by_one(api: httpx.Client, knock: KnockFake) -> None:
    results = sync(
        api,
        "upsert",
        {"user_id": "jane", "email": "jane@example.com", "plan": "pro"},
        {"user_id": 7, "tenant": "acme"},
        {"email": "nobody@example.com"},
        {"user_id": "joe", "timezone": "Nowhere"},
        {"user_id": "kim", "tenant": ""},
        {"user_id": "lee", "name": 1},
    )
    assert results == [
        {"identifier": "jane", "success": True},
        {"identifier": 7, "success": True},
        {"identifier": None, "success": False, "error_message": "user_id must be the id of a user"},
        {
            "identifier": "joe",
            "success": False,
            "error_message": "timezone must be a time zone of the tz database",
        },
        {"identifier": "kim", "success": False, "error_message": "tenant must be the id of a tenant"},
        {"identifier": "lee", "success": False, "error_message": "name must be a string or null, not a number"},
    ]
    assert members(knock) == [("jane", None), ("7", "acme")]
    jane = api.get("/v1/users/jane").json()
    assert (jane["email"], jane["plan"]) == ("jane@example.com", "pro")
    assert [str(run.recipient) for run in knock.state.runs] == ["jane", "7"]


def test_census_operations_tell_members_from_others(api: httpx.Client, knock: KnockFake) -> None:
    sync(api, "insert", {"user_id": "jane", "plan": "free"})
    sync(api, "insert", {"user_id": "jane", "plan": "pro"})
    assert api.get("/v1/users/jane").json()["plan"] == "free"
    assert sync(api, "update", {"user_id": "jane", "plan": "pro"}, {"user_id": "joe", "plan": "pro"}) == [
        {"identifier": "jane", "success": True},
        {"identifier": "joe", "success": True},
    ]
    assert api.get("/v1/users/jane").json()["plan"] == "pro"
    assert members(knock) == [("jane", None)]
    sync(api, "delete", {"user_id": "jane"}, {"user_id": "joe"})
    assert members(knock) == []


def test_hightouch_is_told_how_to_configure_a_sync(api: httpx.Client) -> None:
    assert call(api, HIGHTOUCH, "list_objects") == {"objects": [{"id": "beta", "label": "Beta testers"}]}
    modes = call(api, HIGHTOUCH, "list_modes", {"object": "beta"})["modes"]
    fields = call(api, HIGHTOUCH, "list_fields", {"object": "beta", "mode": "mirror"})["fields"]
    assert isinstance(modes, list)
    assert isinstance(fields, list)
    assert [mode["id"] for mode in modes] == ["add", "remove", "mirror"]
    assert fields[:2] == [
        {"id": "user_id", "label": "User ID", "type": "STRING", "identifier": True},
        {"id": "tenant", "label": "Tenant", "type": "STRING", "identifier": False},
    ]
    assert call(api, HIGHTOUCH, "list_options", {"object": "beta"}) == {"options": None}
    assert call(api, HIGHTOUCH, "validate", {"configuration": CONFIGURATION}) == {"errors": []}


@pytest.mark.parametrize(
    ("mode", "operations"),
    [
        ("add", {"add": True, "change": True, "remove": False}),
        ("remove", {"add": False, "change": False, "remove": True}),
        ("mirror", {"add": True, "change": True, "remove": True}),
    ],
)
def test_the_mode_decides_what_hightouch_sends(api: httpx.Client, mode: str, operations: dict[str, bool]) -> None:
    behavior = call(api, HIGHTOUCH, "behavior", {"configuration": {"mode": mode}})
    assert behavior == {"batchSize": 1000, "operations": operations, "skipInitialRun": False}


def test_hightouch_moves_the_users_of_rows(api: httpx.Client, knock: KnockFake) -> None:
    rows = [{"id": "jane", "mail": "jane@example.com", "org": "acme", "secret": 1}, {"id": "joe"}, {"mail": "x"}]
    added = call(api, HIGHTOUCH, "add", {"idColumn": "id", "configuration": CONFIGURATION, "rows": rows})
    assert added == {"rejectedRows": [{"row": {"mail": "x"}, "reason": "user_id must be the id of a user"}]}
    assert members(knock) == [("jane", "acme"), ("joe", None)]
    jane = api.get("/v1/users/jane").json()
    assert (jane["email"], "secret" in jane) == ("jane@example.com", False)
    changed = [{"id": "jane", "mail": "new@example.com", "org": "acme"}]
    call(api, HIGHTOUCH, "change", {"idColumn": "id", "configuration": CONFIGURATION, "rows": changed})
    assert api.get("/v1/users/jane").json()["email"] == "new@example.com"
    call(api, HIGHTOUCH, "remove", {"idColumn": "id", "configuration": CONFIGURATION, "rows": rows[:2]})
    assert members(knock) == []


def test_without_a_mapping_the_columns_are_the_fields(api: httpx.Client, knock: KnockFake) -> None:
    call(api, HIGHTOUCH, "add", {"configuration": {"object": "beta"}, "rows": [{"user_id": "jane", "name": "Jane"}]})
    assert members(knock) == [("jane", None)]
    assert api.get("/v1/users/jane").json()["name"] == "Jane"


@pytest.mark.parametrize(
    ("path", "method", "params", "message"),
    [
        (CENSUS, "list_fields", None, "params.object must be an object"),
        (
            CENSUS,
            "list_fields",
            {"object": {"object_api_name": "bets"}},
            "there is no audience 'bets': did you mean 'beta'?",
        ),
        (CENSUS, "supported_operations", {"object": {}}, "there is no audience None: known: 'beta'"),
        (CENSUS, "sync_batch", {"sync_plan": []}, "params.sync_plan must be an object"),
        (
            CENSUS,
            "sync_batch",
            {"sync_plan": {"object": BETA, "operation": "upset"}},
            "params.sync_plan.operation cannot be 'upset': did you mean 'upsert'?",
        ),
        (
            CENSUS,
            "sync_batch",
            {"sync_plan": {"object": BETA, "operation": "upsert"}, "records": [{"user_id": "jane"}, 1]},
            "params.records must be a list of objects",
        ),
        (
            HIGHTOUCH,
            "behavior",
            {"configuration": {"mode": "miror"}},
            "params.configuration.mode cannot be 'miror': did you mean 'mirror'?",
        ),
        (HIGHTOUCH, "add", {"rows": []}, "params.configuration must be an object"),
        (HIGHTOUCH, "add", {"configuration": {"object": "beta"}}, "params.rows must be a list of objects"),
        (
            HIGHTOUCH,
            "remove",
            {"configuration": {"object": "x"}, "rows": []},
            "there is no audience 'x': known: 'beta'",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_wrong_params_are_an_error_and_nobody_is_moved(
    api: httpx.Client, knock: KnockFake, path: str, method: str, params: object, message: str
) -> None:
    assert call(api, path, method, params) == {"code": -32602, "message": message}
    assert members(knock) == []

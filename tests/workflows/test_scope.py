from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.state.branding import resolve_branding
from knock_fake.state.references import TENANTS, Reference, user
from knock_fake.steps import delay, sms
from knock_fake.workflows.people import recipient_variables
from knock_fake.workflows.scope import run_preferences, run_variables, tenant_preferences

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import Json, JsonObject
    from knock_fake.state.runs import Run
    from knock_fake.workflows.context import RunContext

AT = "2026-01-01T00:00:00.000000Z"


def waiting(knock: KnockFake, api: httpx.Client, recipient: Json, **body: Json) -> RunContext:
    """Trigger a workflow that waits; return the context of its one run."""
    if knock.workflows.get("digest") is None:
        knock.workflows.add("digest", steps=[delay("1h"), sms("Hi")], name="Daily digest", categories=["news"])
    api.post("/v1/workflows/digest/trigger", json={"recipients": [recipient], **body}).raise_for_status()
    run: Run = [*knock.state.runs][-1]
    return knock._core.engine._context(run)


def manage_preferences_url(api: httpx.Client, user_id: str) -> str:
    """Return the address of a user's preference center, as the API signs it at this instant."""
    return str(api.post(f"/v1/users/{user_id}/preference_center/signed_url").json()["url"])


def test_the_variables_of_a_run(knock: KnockFake, api: httpx.Client) -> None:
    knock.variables.set("app_url", "https://app.example.com")
    knock.variables.set("limit", "5", public=False)
    context = waiting(
        knock,
        api,
        {"id": "jane", "name": "Jane", "$trigger_data": {"total": 4}},
        data={"page_name": "Home", "total": 3},
        actor={"id": "bob", "name": "Bob"},
        tenant={"id": "acme", "name": "Acme"},
        cancellation_key="order-1",
    )
    jane: JsonObject = {"__typename": "User", "id": "jane", "name": "Jane", "created_at": None, "updated_at": AT}
    bob: JsonObject = {"__typename": "User", "id": "bob", "name": "Bob", "created_at": None, "updated_at": AT}
    data: JsonObject = {"page_name": "Home", "total": 4}
    activity = context.run.activity
    assert run_variables(context) == {
        "page_name": "Home",
        "total": 4,
        "data": data,
        "recipient": jane,
        "actor": bob,
        "tenant": {
            "__typename": "Object",
            "collection": "$tenants",
            "id": "acme",
            "name": "Acme",
            "created_at": None,
            "updated_at": AT,
            "settings": {"branding": None, "preference_set": None, "preferences": None},
        },
        "vars": {
            "app_url": "https://app.example.com",
            "limit": 5,
            "branding": resolve_branding(),
            "manage_preferences_url": manage_preferences_url(api, "jane"),
        },
        "workflow": {
            "id": context.definition.version_id,
            "key": "digest",
            "name": "Daily digest",
            "categories": ["news"],
            "commercial": False,
            "override_preferences": False,
            "cancellation_key": "order-1",
        },
        "refs": {},
        "run": {"total_activities": 1, "total_actors": 1},
        "activities": [
            {
                **data,
                "id": knock._core.identifiers.ksuid(activity.sequence, activity.at),
                "inserted_at": AT,
                "updated_at": AT,
                "actor": bob,
                "recipient": jane,
                "data": data,
            }
        ],
        "actors": [bob],
        "total_activities": 1,
        "total_actors": 1,
        "timestamp": AT,
    }


def test_without_actor_tenant_and_data_they_are_null_or_empty(knock: KnockFake, api: httpx.Client) -> None:
    variables = run_variables(waiting(knock, api, {"id": "jane"}))
    assert {key: variables[key] for key in ("data", "actor", "tenant", "actors", "run")} == {
        "data": {},
        "actor": None,
        "tenant": None,
        "actors": [],
        "run": {"total_activities": 1, "total_actors": 0},
    }


RESERVED = (
    "data",
    "recipient",
    "actor",
    "tenant",
    "vars",
    "workflow",
    "refs",
    "run",
    "activities",
    "actors",
    "total_activities",
    "total_actors",
    "timestamp",
)


@pytest.mark.parametrize("name", RESERVED)
def test_a_key_of_data_never_hides_another_variable(knock: KnockFake, api: httpx.Client, name: str) -> None:
    variables = run_variables(waiting(knock, api, {"id": "jane"}, data={name: "hidden"}))
    assert set(variables) == set(RESERVED)
    assert variables["data"] == {name: "hidden"}
    assert variables[name] != "hidden"


def test_properties_of_a_recipient_never_hide_who_it_is(knock: KnockFake, api: httpx.Client) -> None:
    properties: JsonObject = {"__typename": "Robot", "updated_at": "never", "email": "jane@example.com"}
    api.put("/v1/users/jane", json={**properties, "created_at": "2020-02-03T00:00:00Z"}).raise_for_status()
    assert recipient_variables(knock.state, user("jane")) == {
        "__typename": "User",
        "id": "jane",
        "email": "jane@example.com",
        "created_at": "2020-02-03T00:00:00Z",
        "updated_at": AT,
    }


def test_an_object_has_its_properties_at_the_top_level(knock: KnockFake, api: httpx.Client) -> None:
    variables = run_variables(waiting(knock, api, {"id": "paris", "collection": "places", "name": "Paris"}))
    assert variables["recipient"] == {
        "__typename": "Object",
        "id": "paris",
        "collection": "places",
        "name": "Paris",
        "created_at": None,
        "updated_at": AT,
    }


@pytest.mark.parametrize("reference", [None, user("nobody"), Reference("places", "jane")])
def test_nobody_has_no_variables(knock: KnockFake, api: httpx.Client, reference: Reference | None) -> None:
    api.put("/v1/users/jane", json={}).raise_for_status()
    assert recipient_variables(knock.state, reference) is None


def test_an_actor_deleted_meanwhile_is_null_but_still_counted(knock: KnockFake, api: httpx.Client) -> None:
    context = waiting(knock, api, {"id": "jane"}, actor={"id": "bob"})
    api.delete("/v1/users/bob").raise_for_status()
    variables = run_variables(context)
    assert (variables["actor"], variables["actors"], variables["total_actors"]) == (None, [None], 1)


def test_templates_and_conditions_see_the_preferences_that_apply(knock: KnockFake, api: httpx.Client) -> None:
    preferences: JsonObject = {"default": {"workflows": {"digest": True}}}
    recipient = run_variables(waiting(knock, api, {"id": "jane", "preferences": preferences}))["recipient"]
    assert isinstance(recipient, dict)
    assert recipient["preferences"] == {"id": "default", "workflows": {"digest": True}}


def test_a_tenants_default_preferences_apply_to_who_has_none(knock: KnockFake, api: httpx.Client) -> None:
    tenant: JsonObject = {"id": "acme", "settings": {"preference_set": {"categories": {"news": True}}}}
    context = waiting(knock, api, {"id": "jane"}, tenant=tenant)
    applying: JsonObject = {"id": "acme", "categories": {"news": True}}
    assert run_preferences(context) == applying
    recipient = run_variables(context)["recipient"]
    assert isinstance(recipient, dict)
    assert recipient["preferences"] == applying
    assert run_preferences(waiting(knock, api, {"id": "jane"})) == {}


@pytest.mark.parametrize("settings", [None, "x", {}, {"preference_set": None}, {"preference_set": True}])
def test_a_tenant_without_a_default_set_has_none(knock: KnockFake, settings: Json) -> None:
    knock.state.recipients.upsert(Reference(TENANTS, "acme"), {"settings": settings})
    assert tenant_preferences(knock.state, "acme") is None
    assert tenant_preferences(knock.state, "other") is None
    assert tenant_preferences(knock.state, None) is None

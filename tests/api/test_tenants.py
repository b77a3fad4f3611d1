from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.steps import in_app_feed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from knock_fake import KnockFake

ACME = "/v1/tenants/acme"
SAME_AS_OBJECT = "/v1/objects/$tenants/acme"
START = "2026-01-01T00:00:00.000000Z"
NO_SECTIONS: dict[str, object] = dict.fromkeys(
    ("workflows", "categories", "channel_types", "channels", "commercial_subscribed")
)


def errors(answer: httpx.Response) -> list[tuple[str, str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["field"], error["message"], error["type"]) for error in answer.json()["errors"]]


def identifiers(page: httpx.Response) -> list[str]:
    return [entry["id"] for entry in page.json()["entries"]]


def preference_set(**sections: object) -> dict[str, object]:
    return {"__typename": "PreferenceSet", "id": "default", **NO_SECTIONS, **sections}


def stored_set(api: httpx.Client, path: str = ACME) -> object:
    return api.get(path).json()["settings"]["preference_set"]


def test_setting_creates_a_tenant_that_shows_in_both_shapes(api: httpx.Client) -> None:
    branding = {"primary_color": "#123456", "logo_url": None, "dark_icon_url": "https://example.com/dark.png"}
    created = api.put(ACME, json={"name": "Acme", "plan": "pro", "settings": {"branding": branding}})
    assert (created.status_code, created.json()) == (
        200,
        {
            "__typename": "Tenant",
            "id": "acme",
            "name": "Acme",
            "plan": "pro",
            "properties": {"name": "Acme", "plan": "pro"},
            "settings": {"branding": branding, "preference_set": None},
            "created_at": None,
            "updated_at": START,
        },
    )
    assert api.get(ACME).json() == created.json()


def test_a_tenant_needs_nothing(api: httpx.Client) -> None:
    assert api.put(ACME, json={}).json() == {
        "__typename": "Tenant",
        "id": "acme",
        "name": None,
        "properties": {},
        "settings": {"branding": None, "preference_set": None},
        "created_at": None,
        "updated_at": START,
    }


def test_a_tenant_and_its_object_are_one_record(api: httpx.Client, knock: KnockFake) -> None:
    api.put(ACME, json={"name": "Acme", "settings": {"branding": {"icon_url": "a"}}})
    knock.clock.advance("1s")
    through_object = api.put(SAME_AS_OBJECT, json={"plan": "pro", "settings": {"branding": {"logo_url": "b"}}}).json()
    tenant = api.get(ACME).json()
    assert through_object == {
        "__typename": "Object",
        "id": "acme",
        "collection": "$tenants",
        "properties": {"name": "Acme", "plan": "pro", "settings": {"branding": {"icon_url": "a", "logo_url": "b"}}},
        "created_at": None,
        "updated_at": "2026-01-01T00:00:01.000000Z",
    }
    assert (tenant["properties"], tenant["updated_at"]) == (
        {"name": "Acme", "plan": "pro"},
        through_object["updated_at"],
    )
    assert tenant["settings"] == {"branding": {"icon_url": "a", "logo_url": "b"}, "preference_set": None}
    assert identifiers(api.get("/v1/objects/$tenants")) == identifiers(api.get("/v1/tenants")) == ["acme"]
    api.delete(SAME_AS_OBJECT)
    assert api.get(ACME).status_code == 404


def test_a_tenant_that_was_read_can_be_sent_back_as_it_was_shown(api: httpx.Client) -> None:
    preferences = {"workflows": {"hello": False}}
    api.put(ACME, json={"name": "Acme", "settings": {"preference_set": preferences}})
    (listed,) = api.get("/v1/tenants").json()["entries"]
    for _ in range(2):
        api.put(ACME, json=listed)
    assert api.get("/v1/tenants").json()["entries"][0]["settings"] == listed["settings"]
    assert api.get(ACME).json()["name"] == "Acme"


def test_a_preference_set_is_merged_into_the_stored_one(api: httpx.Client) -> None:
    first = {"workflows": {"hello": False, "letter": True}, "channel_types": {"email": False}}
    second = {"workflows": {"letter": False}, "channel_types": None, "categories": {"social": False}}
    api.put(ACME, json={"settings": {"preference_set": first}})
    merged = api.put(ACME, json={"settings": {"preference_set": second}}).json()["settings"]["preference_set"]
    assert merged == preference_set(
        workflows={"hello": False, "letter": False}, channel_types={"email": False}, categories={"social": False}
    )


@pytest.mark.parametrize("path", [ACME, SAME_AS_OBJECT])
def test_a_preference_set_is_replaced_on_request(api: httpx.Client, path: str) -> None:
    api.put(ACME, json={"settings": {"preference_set": {"workflows": {"hello": False}}}})
    replacing = {"__persistence_strategy__": "replace", "categories": {"social": False}}
    api.put(path, json={"settings": {"preference_set": replacing}})
    assert stored_set(api) == preference_set(categories={"social": False})
    assert stored_set_as_object(api) == {"categories": {"social": False}}


def stored_set_as_object(api: httpx.Client) -> object:
    return api.get(SAME_AS_OBJECT).json()["properties"]["settings"].get("preference_set")


@pytest.mark.parametrize("path", [ACME, SAME_AS_OBJECT])
def test_null_removes_a_preference_set_and_leaves_the_branding(api: httpx.Client, path: str) -> None:
    settings = {"branding": {"icon_url": "a"}, "preference_set": {"workflows": {"hello": False}}}
    api.put(ACME, json={"settings": settings})
    api.put(path, json={"settings": {"preference_set": None}})
    assert api.get(ACME).json()["settings"] == {"branding": {"icon_url": "a"}, "preference_set": None}
    assert stored_set_as_object(api) is None


@pytest.mark.parametrize("settings", [None, {}])
def test_settings_that_say_nothing_change_nothing(api: httpx.Client, settings: object) -> None:
    before = api.put(ACME, json={"settings": {"branding": {"icon_url": "a"}}}).json()
    assert api.put(ACME, json={"settings": settings}).json() == before


def test_environment_defaults_lie_under_a_tenants_preferences_on_request(api: httpx.Client, knock: KnockFake) -> None:
    knock.preferences.set_default({"channel_types": {"email": False, "sms": False}})
    put = api.put(
        ACME,
        params={"resolve_full_preference_settings": "true"},
        json={"settings": {"preference_set": {"channel_types": {"sms": True}}}},
    )
    resolved = preference_set(channel_types={"email": False, "sms": True})
    assert put.json()["settings"]["preference_set"] == resolved
    assert stored_set(api, f"{ACME}?resolve_full_preference_settings=true") == resolved
    assert stored_set(api, f"{ACME}?resolve_full_preference_settings=false") == stored_set(api)
    assert stored_set(api) == preference_set(channel_types={"sms": True})
    api.put("/v1/tenants/globex", json={})
    shown = stored_set(api, "/v1/tenants/globex?resolve_full_preference_settings=true")
    assert shown == preference_set(channel_types={"email": False, "sms": False})


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        (5, ("settings", "must be an object or null, not a number", "type")),
        ({"branding": []}, ("settings.branding", "must be an object or null, not a list", "type")),
        (
            {"branding": {"logo_url": 5}},
            ("settings.branding.logo_url", "must be a string or null, not a number", "type"),
        ),
        (
            {"preference_set": {"__persistence_strategy__": "wipe"}},
            ("settings.preference_set.__persistence_strategy__", "must be one of merge, replace, null", "enum"),
        ),
    ],
)
@pytest.mark.parametrize(
    ("method", "path", "prefix"),
    [
        ("PUT", ACME, ""),
        ("PUT", SAME_AS_OBJECT, ""),
        ("POST", "/v1/tenants/bulk/set", "tenants.0."),
        ("POST", "/v1/objects/$tenants/bulk/set", "objects.0."),
    ],
)
def test_settings_are_checked_on_every_way_to_a_tenant(
    api: httpx.Client, method: str, path: str, prefix: str, settings: object, error: tuple[str, str, str]
) -> None:
    one = {"id": "acme", "settings": settings}
    body: Mapping[str, object] = {prefix.split(".")[0]: [one]} if prefix else one
    field, message, kind = error
    assert errors(api.request(method, path, json=body)) == [(f"{prefix}{field}", message, kind)]
    assert identifiers(api.get("/v1/tenants")) == []


def test_settings_of_other_objects_are_properties_like_any(api: httpx.Client) -> None:
    assert api.put("/v1/objects/projects/p1", json={"settings": 5}).json()["properties"] == {"settings": 5}


def test_an_unknown_tenant_is_missing_until_a_trigger_names_it(api: httpx.Client, knock: KnockFake) -> None:
    knock.workflows.add("hello", steps=[in_app_feed("Hi")])
    missing = api.get(ACME)
    api.post("/v1/workflows/hello/trigger", json={"recipients": [{"id": "jane"}], "tenant": "acme"})
    assert (missing.status_code, missing.json()["code"]) == (404, "resource_missing")
    assert missing.headers["x-knock-fake-hint"] == "there is no tenant 'acme'"
    assert api.get(ACME).json()["properties"] == {}


def test_deleting_a_tenant_forgets_it(api: httpx.Client) -> None:
    api.put(ACME, json={"name": "Acme", "settings": {"branding": {"icon_url": "a"}}})
    assert [api.delete(ACME).status_code for _ in range(2)] == [204, 204]
    assert (api.get(ACME).status_code, identifiers(api.get("/v1/tenants", params={"name": "Acme"}))) == (404, [])
    assert api.put(ACME, json={}).json()["properties"] == {}


def test_tenants_are_listed_in_order_of_creation_with_their_number(api: httpx.Client) -> None:
    for name in ("c", "a", "b", "a"):
        api.put(f"/v1/tenants/{name}", json={})
    page = api.get("/v1/tenants", params={"page_size": 2}).json()
    rest = api.get("/v1/tenants", params={"after": page["page_info"]["after"]})
    assert [entry["id"] for entry in page["entries"]] == ["c", "a"]
    assert page["page_info"]["total_count"] == rest.json()["page_info"]["total_count"] == 3
    assert identifiers(rest) == ["b"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"tenant_id": "a"}, ["a"]),
        ({"tenant_id": "unknown"}, []),
        ({"name": "Twin"}, ["a", "b"]),
        ({"name": "twin"}, []),
        ({"name": "Old"}, []),
        ({"name": "Twin", "tenant_id": "b"}, ["b"]),
        ({"name": "Other", "tenant_id": "b"}, []),
        ({}, ["c", "a", "b"]),
    ],
)
def test_filters_of_the_list(api: httpx.Client, query: dict[str, str], found: list[str]) -> None:
    for tenant, name in (("c", "Twin"), ("a", "Old"), ("b", "Twin"), ("a", "Twin"), ("c", "Other")):
        api.put(f"/v1/tenants/{tenant}", json={"name": name})
    page = api.get("/v1/tenants", params=query)
    assert (identifiers(page), page.json()["page_info"]["total_count"]) == (found, len(found))


def test_bulk_set_takes_ids_and_tenants(api: httpx.Client) -> None:
    api.put(ACME, json={"name": "Acme"})
    body = {"tenants": ["acme", {"id": "globex", "name": "Globex", "settings": {"branding": {"icon_url": "a"}}}, "new"]}
    queued = api.post("/v1/tenants/bulk/set", json=body).json()
    done = api.get(queued["progress_path"]).json()
    assert (queued["name"], queued["estimated_total_rows"], done["success_count"]) == ("tenants.set", 3, 3)
    assert [(one["id"], one["name"]) for one in api.get("/v1/tenants").json()["entries"]] == [
        ("acme", "Acme"),
        ("globex", "Globex"),
        ("new", None),
    ]


@pytest.mark.parametrize(
    "query", ["tenant_ids[]=a&tenant_ids[]=b", "tenant_ids=a&tenant_ids=b", "tenant_ids%5B%5D=a&tenant_ids[]=b"]
)
def test_bulk_delete_takes_ids_from_the_query(api: httpx.Client, query: str) -> None:
    for name in ("a", "b", "c"):
        api.put(f"/v1/tenants/{name}", json={})
    queued = api.post(f"/v1/tenants/bulk/delete?{query}").json()
    assert (queued["name"], queued["estimated_total_rows"]) == ("tenants.delete", 2)
    assert identifiers(api.get("/v1/tenants")) == ["c"]


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("bulk/set", {}, ("tenants", "is required", "required")),
        ("bulk/set", {"tenants": [""]}, ("tenants.0", "must not be empty", "length")),
        ("bulk/set", {"tenants": ["a"] * 1001}, ("tenants", "has more than 1000 entries", "length")),
        ("bulk/delete", {"tenant_ids": ["a"]}, ("tenant_ids", "is required", "required")),
        (
            f"bulk/delete?{'&'.join(['tenant_ids[]=a'] * 1001)}",
            {},
            ("tenant_ids", "has more than 1000 entries", "length"),
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_refused_bulk_call_names_the_field(
    api: httpx.Client, path: str, body: dict[str, object], error: tuple[str, str, str]
) -> None:
    assert errors(api.post(f"/v1/tenants/{path}", json=body)) == [error]

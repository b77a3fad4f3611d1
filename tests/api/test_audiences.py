from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from knock_fake.steps import in_app_feed

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import JsonObject

START = "2026-01-01T00:00:00.000000Z"
MEMBERS = "/v1/audiences/beta/members"

pytestmark = pytest.mark.usefixtures("audience")


@pytest.fixture
def audience(knock: KnockFake) -> None:
    knock.workflows.add("welcome", steps=[in_app_feed("Welcome")])
    knock.audiences.add("beta", triggers=["welcome"])


def member(user: str, tenant: str | None = None, **properties: object) -> dict[str, object]:
    return {"user": {"id": user, **properties}, **({"tenant": tenant} if tenant is not None else {})}


def add(api: httpx.Client, *members: dict[str, object], path: str = MEMBERS) -> httpx.Response:
    answer = api.post(path, json={"members": members})
    assert (answer.status_code, answer.content) == (204, b""), answer.text
    return answer


def remove(api: httpx.Client, *members: dict[str, object]) -> None:
    answer = api.request("DELETE", MEMBERS, json={"members": members})
    assert (answer.status_code, answer.content) == (204, b""), answer.text


def listed(api: httpx.Client, path: str = MEMBERS) -> list[tuple[str, str | None]]:
    return [(one["user_id"], one["tenant"]) for one in api.get(path).json()["entries"]]


def entered(knock: KnockFake) -> list[tuple[str, str | None]]:
    """Return whom the audience's workflow ran for, and for which tenant."""
    return [(str(run.recipient), run.tenant) for run in knock.state.runs]


def test_merging_users_moves_the_memberships_that_the_primary_lacks_and_starts_nothing(
    api: httpx.Client, knock: KnockFake
) -> None:
    add(api, member("joe"), member("kim"), member("joe", "acme"), member("jane", "acme", name="Jane"))
    api.put("/v1/users/joe", json={})
    started = len(entered(knock))
    api.post("/v1/users/jane/merge", json={"from_user_id": "joe"}).raise_for_status()
    assert listed(api) == [("jane", None), ("kim", None), ("jane", "acme")]
    assert (started, len(entered(knock))) == (4, 4)
    remove(api, member("jane"))
    assert listed(api) == [("kim", None), ("jane", "acme")]
    api.delete("/v1/users/jane")
    assert listed(api) == [("kim", None)]


def test_members_are_listed_in_order_of_entry_with_the_user_as_far_as_it_is_known(api: httpx.Client) -> None:
    add(api, member("jane", name="Jane"), member("nobody", "acme"))
    page = api.get(MEMBERS).json()
    cursors = [one.pop("__cursor") for one in page["entries"]]
    assert page == {
        "entries": [
            {
                "__typename": "AudienceMember",
                "user_id": "jane",
                "user": {"__typename": "User", "id": "jane", "name": "Jane", "created_at": None, "updated_at": START},
                "tenant": None,
                "added_at": START,
            },
            {
                "__typename": "AudienceMember",
                "user_id": "nobody",
                "user": None,
                "tenant": "acme",
                "added_at": START,
            },
        ],
        "page_info": {"__typename": "PageInfo", "after": None, "before": None, "page_size": 25, "total_count": 2},
    }
    assert len(set(cursors)) == 2


def test_a_page_has_25_members_unless_the_call_says_otherwise(api: httpx.Client) -> None:
    add(api, *(member(f"u{number:02}") for number in range(60)))
    first = api.get(MEMBERS).json()
    second = api.get(MEMBERS, params={"after": first["page_info"]["after"], "page_size": "100"}).json()
    assert [one["user_id"] for one in first["entries"]] == [f"u{number:02}" for number in range(25)]
    assert [one["user_id"] for one in second["entries"]] == [f"u{number:02}" for number in range(25, 60)]
    assert (first["page_info"]["total_count"], second["page_info"]["page_size"]) == (60, 50)


def test_a_user_is_a_member_once_for_each_tenant(api: httpx.Client) -> None:
    add(api, member("jane"), member("jane", "acme"), member("jane"))
    add(api, member("jane", "acme"), member("jane", "globex"))
    assert listed(api) == [("jane", None), ("jane", "acme"), ("jane", "globex")]


def test_a_member_leaves_for_the_tenant_that_is_named(api: httpx.Client) -> None:
    add(api, member("jane"), member("jane", "acme"), member("kim"))
    remove(api, member("jane", "globex"), member("nobody"))
    assert listed(api) == [("jane", None), ("jane", "acme"), ("kim", None)]
    remove(api, member("jane", name="ignored"))
    assert listed(api) == [("jane", "acme"), ("kim", None)]
    assert api.get("/v1/users").json()["entries"] == []


def test_adding_identifies_who_is_inline_even_as_a_member(api: httpx.Client) -> None:
    add(api, member("jane", plan="free"))
    add(api, member("jane", plan="pro"))
    assert api.get("/v1/users/jane").json()["plan"] == "pro"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_audience_is_missing(api: httpx.Client, knock: KnockFake, method: str) -> None:
    body = None if method == "GET" else {"members": [member("jane", name="Jane")]}
    missing = api.request(method, "/v1/audiences/unknown/members", json=body)
    assert (missing.status_code, missing.json()["code"]) == (404, "resource_missing")
    assert missing.headers["x-knock-fake-hint"] == "there is no audience 'unknown'"
    assert api.get("/v1/users").json()["entries"] == []
    assert knock.audiences.keys() == ["beta"]


def test_an_audience_is_created_on_request(api: httpx.Client, knock: KnockFake) -> None:
    for _ in range(2):
        add(api, member("jane"), path="/v1/audiences/new/members?create_audience=true")
    assert listed(api, "/v1/audiences/new/members") == [("jane", None)]
    assert knock.audiences.keys() == ["beta", "new"]


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ([], ("members", "must not be empty", "length")),
        ([member("jane")] * 1001, ("members", "has more than 1000 entries", "length")),
        ([member("jane"), {}], ("members.1.user", "is required", "required")),
        ([{"user": "jane"}], ("members.0.user", "must be an object, not the string 'jane'", "type")),
        ([{"user": {"name": "x"}}], ("members.0.user.id", "is required", "required")),
        ([member("jane", "")], ("members.0.tenant", "must not be empty", "length")),
        (
            [member("kim", name="Kim"), member("jane", timezone="Nowhere")],
            ("members.1.user.timezone", "must be a time zone of the tz database", "format"),
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_refused_call_adds_nobody(
    api: httpx.Client, knock: KnockFake, members: list[object], error: tuple[str, str, str]
) -> None:
    refused = api.post("/v1/audiences/new/members?create_audience=true", json={"members": members})
    assert refused.status_code == 422
    assert refused.json()["errors"] == [dict(zip(("field", "message", "type"), error, strict=True))]
    assert knock.audiences.keys() == ["beta"]
    assert api.get("/v1/users").json()["entries"] == []


def test_entering_starts_the_workflows_of_the_audience_with_the_tenant_of_the_member(
    api: httpx.Client, knock: KnockFake
) -> None:
    add(api, member("jane", name="Jane"), member("kim", "acme", name="Kim"))
    assert entered(knock) == [("jane", None), ("kim", "acme")]
    assert len(knock.state.messages) == 2
    run, other = knock.state.runs
    assert (run.source.type, run.source.audience_key, run.actor, run.data) == ("audience", "beta", None, {})
    assert run.workflow_run_id != other.workflow_run_id


def test_only_entering_starts_workflows(api: httpx.Client, knock: KnockFake) -> None:
    add(api, member("jane", name="Jane"))
    add(api, member("jane", name="Jane"))
    remove(api, member("jane"))
    assert entered(knock) == [("jane", None)]
    add(api, member("jane"))
    assert entered(knock) == [("jane", None)] * 2


def test_a_workflow_that_is_off_or_unknown_does_not_run_and_the_unknown_one_is_hinted_at(
    api: httpx.Client, knock: KnockFake
) -> None:
    knock.audiences.add("mixed", triggers=["welcome", "wellcome"])
    knock.workflows.deactivate("welcome")
    answer = add(api, member("jane", name="Jane"), path="/v1/audiences/mixed/members")
    assert entered(knock) == []
    assert answer.headers["x-knock-fake-hint"] == (
        "audience 'mixed' triggers workflows that do not exist: 'wellcome' (did you mean 'welcome'?)"
    )


def test_a_workflow_that_needs_data_halts_for_who_enters(api: httpx.Client, knock: KnockFake) -> None:
    schema: JsonObject = {"type": "object", "required": ["name"]}
    knock.workflows.add("welcome", steps=[in_app_feed("Hi")], trigger_data_json_schema=schema)
    add(api, member("jane", name="Jane"))
    (run,) = knock.state.runs
    assert (run.status, run.error_count, len(knock.state.messages)) == ("completed", 1, 0)


def test_a_deleted_user_is_in_no_audience(api: httpx.Client) -> None:
    add(api, member("jane", name="Jane"), member("jane", "acme"), member("kim"))
    api.delete("/v1/users/jane")
    assert listed(api) == [("kim", None)]


@pytest.mark.parametrize(
    ("tenant", "is_sent"),
    [(None, {"plain": True, "for acme": False}), ("acme", {"plain": False, "for acme": True})],
)
def test_conditions_ask_for_membership_under_the_tenant_of_the_run(
    api: httpx.Client, knock: KnockFake, tenant: str | None, is_sent: dict[str, bool]
) -> None:
    conditions: JsonObject = {"variable": "recipient", "operator": "is_audience_member", "argument": "beta"}
    knock.workflows.add("beta-news", steps=[{**in_app_feed("News"), "conditions": conditions}])
    add(api, member("plain"), member("for acme", "acme"))
    for user, expected in is_sent.items():
        before = len(knock.state.messages)
        body = {"recipients": [{"id": user}], "tenant": tenant}
        assert api.post("/v1/workflows/beta-news/trigger", json=body).status_code == 200
        assert (len(knock.state.messages) > before) == expected


@pytest.mark.parametrize(("members", "is_sent"), [(["jane"], True), (["kim"], False)])
def test_preferences_may_ask_for_membership(
    api: httpx.Client, knock: KnockFake, members: list[str], *, is_sent: bool
) -> None:
    condition = {"variable": "recipient", "operator": "is_audience_member", "argument": "news"}
    preferences = {"default": {"channel_types": {"in_app_feed": {"conditions": [condition]}}}}
    add(api, *map(member, members), path="/v1/audiences/news/members?create_audience=true")
    body = {"recipients": [{"id": "jane", "preferences": preferences}]}
    assert api.post("/v1/workflows/welcome/trigger", json=body).status_code == 200
    assert len(knock.state.messages) == is_sent

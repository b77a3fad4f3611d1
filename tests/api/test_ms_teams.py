from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from knock_fake.state.references import TENANTS, Reference

if TYPE_CHECKING:
    import httpx

    from knock_fake import KnockFake
    from knock_fake.json_types import JsonObject

CHANNEL = "aaaaaaaa-7777-4777-8777-777777777777"
TEAMS = f"/v1/providers/ms-teams/{CHANNEL}"
ACME = Reference(TENANTS, "acme")
TENANT_ID = "b3a1d2c4-0000-4000-8000-000000000001"
HOLDER = {"ms_teams_tenant_object": '{"object_id":"acme","collection":"$tenants"}'}
NOT_SET = {
    "code": "authorization",
    "message": "Microsoft Teams tenant ID not set.",
    "status": 403,
    "type": "authentication_error",
}
CALLS = [("GET", "auth_check"), ("GET", "teams"), ("GET", "channels"), ("PUT", "revoke_access")]

pytestmark = pytest.mark.usefixtures("connected")


@pytest.fixture
def connected(knock: KnockFake) -> None:
    """A Microsoft Teams channel, and a tenant of Knock's that holds the id of a tenant of Microsoft's."""
    knock.channels.add("teams", type="chat", provider="chat_ms_teams", id=CHANNEL)
    knock.state.channel_data.put(ACME, CHANNEL, {"ms_teams_tenant_id": TENANT_ID})


def teams(api: httpx.Client, **options: str) -> list[str]:
    query = HOLDER | {f"query_options[${key}]": value for key, value in options.items()}
    answer = api.get(f"{TEAMS}/teams", params=query)
    assert answer.status_code == 200, answer.text
    return [team["displayName"] for team in answer.json()["ms_teams_teams"]]


def test_a_stored_tenant_is_connected(api: httpx.Client) -> None:
    answer = api.get(f"{TEAMS}/auth_check", params=HOLDER)
    expected = {"connection": {"ok": True, "ms_teams_tenant_id": TENANT_ID}}
    assert (answer.status_code, answer.json()) == (200, expected)


def test_a_tenant_that_cannot_be_asked_is_an_answer_and_not_an_error(api: httpx.Client, knock: KnockFake) -> None:
    organization = knock.providers.ms_teams
    organization.revoke(TENANT_ID)
    revoked = api.get(f"{TEAMS}/auth_check", params=HOLDER).json()
    organization.add_tenant(TENANT_ID)
    restored = api.get(f"{TEAMS}/auth_check", params=HOLDER).json()
    knock.reset()
    knock.channels.add("teams", type="chat", provider="chat_ms_teams", id=CHANNEL)
    knock.state.channel_data.put(ACME, CHANNEL, {"ms_teams_tenant_id": TENANT_ID})
    knock.providers.ms_teams.add_tenant("another")
    unknown = api.get(f"{TEAMS}/auth_check", params=HOLDER).json()
    refused = {"ok": False, "ms_teams_tenant_id": TENANT_ID}
    assert revoked == {"connection": refused | {"reason": "access_revoked"}}
    assert restored == {"connection": {"ok": True, "ms_teams_tenant_id": TENANT_ID}}
    assert unknown == {"connection": refused | {"reason": "tenant_not_found"}}


def test_an_object_that_nobody_set_is_not_connected(api: httpx.Client) -> None:
    query = {"ms_teams_tenant_object": '{"object_id":"nobody","collection":"$tenants"}'}
    answer = api.get(f"{TEAMS}/auth_check", params=query)
    connection = {"ok": False, "reason": "object_not_found", "ms_teams_tenant_id": None}
    assert (answer.status_code, answer.json()) == (200, {"connection": connection})


def test_teams_and_their_channels_are_listed_as_microsoft_has_them(api: httpx.Client, knock: KnockFake) -> None:
    organization = knock.providers.ms_teams
    team = organization.add_team("Engineering", description="Builders")
    organization.add_team("Sales", id="t2")
    organization.add_channel(team.id, "General", id="c1")
    knock.clock.advance("1h")
    organization.add_channel(team.id, "Old", id="c2", description="Past", membership_type="private", archived=True)
    listed = api.get(f"{TEAMS}/teams", params=HOLDER)
    channels = api.get(f"{TEAMS}/channels", params=HOLDER | {"team_id": team.id})
    assert listed.json() == {
        "ms_teams_teams": [
            {"id": team.id, "displayName": "Engineering", "description": "Builders"},
            {"id": "t2", "displayName": "Sales", "description": None},
        ],
        "skip_token": None,
    }
    assert channels.json() == {
        "ms_teams_channels": [
            {
                "id": "c1",
                "displayName": "General",
                "description": None,
                "membershipType": "standard",
                "isArchived": False,
                "createdDateTime": "2026-01-01T00:00:00.000000Z",
            },
            {
                "id": "c2",
                "displayName": "Old",
                "description": "Past",
                "membershipType": "private",
                "isArchived": True,
                "createdDateTime": "2026-01-01T01:00:00.000000Z",
            },
        ]
    }


def test_pages_follow_each_other(api: httpx.Client, knock: KnockFake) -> None:
    for number in range(5):
        knock.providers.ms_teams.add_team(f"t{number}")
    query, pages = HOLDER | {"query_options[$top]": "2"}, []
    while True:
        page = api.get(f"{TEAMS}/teams", params=query).json()
        pages.append([team["displayName"] for team in page["ms_teams_teams"]])
        if page["skip_token"] is None:
            break
        query = query | {"query_options.$skiptoken": page["skip_token"]}
    assert pages == [["t0", "t1"], ["t2", "t3"], ["t4"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("displayName eq 'Sales'", ["Sales"]),
        ("displayName eq 'sales'", ["Sales"]),
        ("displayName ne 'Sales'", ["Research and Development", "O'Neil's", "Salesforce"]),
        ("startswith(displayName,'Sales')", ["Sales", "Salesforce"]),
        ("startswith( displayName , 'Sales' ) and displayName ne 'Sales'", ["Salesforce"]),
        ("endswith(displayName,'force')", ["Salesforce"]),
        ("contains(displayName,'research and')", ["Research and Development"]),
        ("displayName eq 'O''Neil''s'", ["O'Neil's"]),
        ("description eq 'Money'", ["Sales"]),
        ("nothing eq 'x'", []),
        ("  ", ["Sales", "Research and Development", "O'Neil's", "Salesforce"]),
    ],
)
def test_a_filter_chooses_teams(api: httpx.Client, knock: KnockFake, text: str, expected: list[str]) -> None:
    knock.providers.ms_teams.add_team("Sales", description="Money")
    for name in ("Research and Development", "O'Neil's", "Salesforce"):
        knock.providers.ms_teams.add_team(name)
    assert teams(api, filter=text) == expected


@pytest.mark.parametrize("text", ["displayName", "displayName gt 'a'", "displayName eq Sales", "a eq 'x' or b eq 'y'"])
def test_a_filter_that_is_not_understood_is_refused(api: httpx.Client, text: str) -> None:
    refused = api.get(f"{TEAMS}/teams", params=HOLDER | {"query_options[$filter]": text})
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["field"]) == (422, "query_options.$filter")
    assert error["message"] == (
        "is not of a form that is understood here: "
        "displayName eq 'x', ne, startswith(displayName,'x'), endswith and contains, joined by and"
    )


def test_a_quote_that_does_not_end_is_refused(api: httpx.Client) -> None:
    refused = api.get(f"{TEAMS}/teams", params=HOLDER | {"query_options[$filter]": "displayName eq 'x"})
    assert refused.json()["errors"][0]["message"] == "has a quote that does not end"


def test_selecting_cuts_down_what_is_shown(api: httpx.Client, knock: KnockFake) -> None:
    team = knock.providers.ms_teams.add_team("Sales", description="Money")
    knock.providers.ms_teams.add_channel(team.id, "General", id="c1")
    select = HOLDER | {"query_options[$select]": "displayName, isArchived"}
    listed = api.get(f"{TEAMS}/teams", params=select).json()["ms_teams_teams"]
    channels = api.get(f"{TEAMS}/channels", params=select | {"team_id": team.id}).json()["ms_teams_channels"]
    assert listed == [{"id": team.id, "displayName": "Sales"}]
    assert channels == [{"id": "c1", "displayName": "General", "isArchived": False}]


def test_channels_need_a_team_that_exists(api: httpx.Client) -> None:
    missing = api.get(f"{TEAMS}/channels", params=HOLDER)
    unknown = api.get(f"{TEAMS}/channels", params=HOLDER | {"team_id": "t9"})
    assert [(one["field"], one["message"]) for one in missing.json()["errors"]] == [("team_id", "is required")]
    assert (unknown.status_code, unknown.json()["code"]) == (404, "resource_missing")


@pytest.mark.parametrize("call", ["teams", "channels"])
def test_nothing_is_listed_of_a_tenant_that_cannot_be_asked(api: httpx.Client, knock: KnockFake, call: str) -> None:
    knock.providers.ms_teams.revoke(TENANT_ID)
    refused = api.get(f"{TEAMS}/{call}", params=HOLDER)
    expected = NOT_SET | {"message": "Microsoft Teams refused access: access_revoked."}
    assert (refused.status_code, refused.json()) == (403, expected)


@pytest.mark.parametrize(("method", "call"), CALLS)
def test_an_object_without_a_tenant_is_refused(api: httpx.Client, knock: KnockFake, method: str, call: str) -> None:
    knock.state.channel_data.put(ACME, CHANNEL, {"connections": []})
    refused = api.request(method, f"{TEAMS}/{call}", params=HOLDER)
    assert (refused.status_code, refused.json()) == (403, NOT_SET)


@pytest.mark.parametrize(("method", "call"), CALLS)
def test_a_slack_channel_is_none_of_microsofts(api: httpx.Client, method: str, call: str) -> None:
    slack = "44444444-4444-4444-8444-444444444444"
    refused = api.request(method, f"/v1/providers/ms-teams/{slack}/{call}", params=HOLDER)
    assert (refused.status_code, refused.json()["code"]) == (404, "channel_invalid")
    hint = f"it is no channel of the provider chat_ms_teams: the channel 'teams' has the id {CHANNEL}"
    assert refused.headers["x-knock-fake-hint"] == hint


def test_the_hint_says_how_to_configure_a_channel(api: httpx.Client, knock: KnockFake) -> None:
    knock.reset()
    refused = api.get(f"{TEAMS}/teams", params=HOLDER)
    hint = "channels.add('chat-2', type='chat', provider='chat_ms_teams') configures one"
    assert refused.headers["x-knock-fake-hint"].endswith(hint)


@pytest.mark.parametrize(
    "body",
    [
        {"ms_teams_tenant_object": {"object_id": "acme", "collection": TENANTS}},
        {"object_id": "acme", "collection": TENANTS},
    ],
)
def test_object_and_team_are_read_from_the_body_too(api: httpx.Client, knock: KnockFake, body: JsonObject) -> None:
    team = knock.providers.ms_teams.add_team("Sales")
    content = orjson.dumps(body | {"team_id": team.id})
    assert api.request("GET", f"{TEAMS}/channels", content=content).json() == {"ms_teams_channels": []}


def test_revoking_forgets_the_tenant_and_nothing_else(api: httpx.Client, knock: KnockFake) -> None:
    connections: JsonObject = {"connections": [{"ms_teams_channel_id": "c1"}]}
    knock.state.channel_data.put(ACME, CHANNEL, {**connections, "ms_teams_tenant_id": TENANT_ID})
    revoked = api.put(f"{TEAMS}/revoke_access", params=HOLDER)
    assert (revoked.status_code, revoked.json()) == (200, {"ok": "ok"})
    assert knock.state.channel_data.of(ACME)[CHANNEL] == {**connections, "ms_teams_tenant_id": None}

"""A story in which every operation is called and goes well, and what is declared about them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import orjson
import pytest

from knock_fake.api import OPERATIONS
from tests.contract.answers import BY_NAME, check_success
from tests.contract.shapes import judge
from tests.worlds import (
    ACME,
    CHAT,
    DAILY,
    FEED,
    GUIDE_STEP,
    GUIDES,
    JANE,
    MESSAGES,
    MS_TEAMS,
    PROJECT,
    PROJECT_PATH,
    PUSH,
    RUNS,
    SCHEDULES,
    TEAM,
    full_world,
    send,
)

if TYPE_CHECKING:
    from knock_fake.gateway.operations import Operation
    from knock_fake.json_types import JsonObject

TOKEN_HOLDER = 'access_token_object={"object_id":"acme","collection":"$tenants"}'
TENANT_HOLDER = 'ms_teams_tenant_object={"object_id":"acme","collection":"$tenants"}'
FEED_PATH = f"/v1/users/jane/feeds/{FEED}"
PREFERENCES: JsonObject = {
    "workflows": {"quiet": False, "hello": {"conditions": [{"variable": "data.a", "operator": "exists"}]}},
    "categories": {"social": {"channel_types": {"email": False}, "channels": {FEED: True}}},
    "channel_types": {"email": {"conditions": []}, "sms": True},
    "commercial_subscribed": None,
}

STORY: list[tuple[str, str, str, object]] = [
    ("PUT", "/v1/users/jane", "", JANE),
    ("PUT", "/v1/users/kim", "", None),
    ("GET", "/v1/users/jane", "", None),
    ("GET", "/v1/users", "", None),
    ("GET", "/v1/users", "include[]=preferences&page_size=1", None),
    ("GET", "/v1/messages", "page_size=5", None),
    ("GET", "/v1/users/jane/messages", "", None),
    *(
        call
        for owner in ("/v1/users/jane", PROJECT_PATH)
        for call in (
            ("GET", f"{owner}/preferences", "", None),
            ("GET", f"{owner}/preferences/acme", "tenant=acme", None),
            ("PUT", f"{owner}/preferences/acme", "", PREFERENCES),
            ("PUT", f"{owner}/preferences/acme", "", {**PREFERENCES, "__persistence_strategy__": "merge"}),
            *(("PUT", f"{owner}/preferences/acme/{name}", "", PREFERENCES[name]) for name in list(PREFERENCES)[:3]),
            *(
                ("PUT", f"{owner}/preferences/acme/{name}/email", "", {"subscribed": False})
                for name in list(PREFERENCES)[:3]
            ),
            ("GET", f"{owner}/preferences", "", None),
            ("DELETE", f"{owner}/preferences/acme", "", None),
            ("PUT", f"{owner}/channel_data/{PUSH}", "", {"data": {"devices": [{"token": "a", "locale": "de"}]}}),
            ("GET", f"{owner}/channel_data/{PUSH}", "", None),
            ("DELETE", f"{owner}/channel_data/{PUSH}", "", None),
        )
    ),
    ("POST", "/v1/users/bulk/preferences", "", {"user_ids": ["jane", "joe"], "preferences": PREFERENCES}),
    ("GET", "/v1/users/jane/preference_center/config", "", None),
    ("POST", "/v1/users/jane/preference_center/signed_url", "", None),
    *(("GET", f"/v1/workflow_recipient_runs/{one}", "", None) for one in RUNS),
    *(("GET", f"/v1/messages/{one}{part}", "", None) for one in MESSAGES for part in ("", "/content", "/events")),
    *(("GET", f"/v1/messages/{one}/{part}", "", None) for one in MESSAGES for part in ("activities", "delivery_logs")),
    ("GET", "/v1/messages/batch/content", urlencode([("message_ids[]", one) for one in MESSAGES]), None),
    ("GET", FEED_PATH, "", None),
    ("GET", FEED_PATH, "mode=compact&page_size=1", None),
    ("GET", f"{FEED_PATH}/settings", "", None),
    *(("PUT", f"/v1/messages/{MESSAGES[0]}/{mark}", "", None) for mark in ("seen", "read", "interacted", "archived")),
    ("GET", FEED_PATH, "archived=only", None),
    *(
        ("DELETE", f"/v1/messages/{MESSAGES[0]}/{mark}", "", None)
        for mark in ("seen", "read", "interacted", "archived", "unseen", "unread", "unarchived")
    ),
    *(
        ("POST", f"/v1/messages/batch/{mark}", "", {"message_ids": list(MESSAGES)})
        for mark in ("seen", "read", "interacted", "archived", "unseen", "unread", "unarchived")
    ),
    ("POST", "/v1/workflows/hello/trigger", "", {"recipients": ["jane"]}),
    ("POST", "/v1/workflows/later/cancel", "", {"cancellation_key": "k"}),
    ("POST", "/v1/users/jane/merge", "", {"from_user_id": "joe"}),
    ("GET", f"/v1/messages/{MESSAGES[-1]}/activities", "", None),
    ("POST", "/v1/users/bulk/identify", "", {"users": [{"id": "joe"}, {"id": "kim"}]}),
    ("POST", "/v1/users/bulk/delete", "", {"user_ids": ["joe"]}),
    ("GET", "/v1/objects/projects", "include[]=preferences", None),
    ("PUT", PROJECT_PATH, "", {"name": "Apollo", "preferences": {"default": {"workflows": {"quiet": True}}}}),
    ("GET", PROJECT_PATH, "", None),
    ("GET", "/v1/objects/projects", "include[]=preferences", None),
    ("GET", f"{PROJECT_PATH}/messages", "", None),
    ("GET", f"{PROJECT_PATH}/subscriptions", "recipients[]=jane&include[]=preferences", None),
    (
        "GET",
        "/v1/objects/teams/t1/subscriptions",
        "mode=recipient&objects[][id]=p1&objects[][collection]=projects",
        None,
    ),
    ("GET", "/v1/users/jane/subscriptions", "", None),
    ("POST", f"{PROJECT_PATH}/subscriptions", "", {"recipients": [{"id": "jane"}, TEAM]}),
    ("POST", "/v1/workflows/hello/trigger", "", {"recipients": [PROJECT], "actor": TEAM}),
    ("DELETE", f"{PROJECT_PATH}/subscriptions", "", {"recipients": ["jane", "nobody"]}),
    *(
        ("POST", f"/v1/objects/projects/bulk/subscriptions/{verb}", "", {"subscriptions": [row]})
        for row in ({"id": "p1", "recipients": ["kim", TEAM]}, {"id": "unknown", "recipients": ["kim"]})
        for verb in ("add", "delete")
    ),
    ("POST", "/v1/objects/projects/bulk/set", "", {"objects": [{"id": "p1"}, {"id": "p2", "name": None}]}),
    ("POST", "/v1/objects/projects/bulk/delete", "", {"object_ids": ["p2"]}),
    ("DELETE", PROJECT_PATH, "", None),
    ("GET", "/v1/tenants", "name=Acme&tenant_id=acme", None),
    ("GET", "/v1/tenants/acme", "resolve_full_preference_settings=true", None),
    ("PUT", "/v1/tenants/acme", "", ACME),
    ("POST", "/v1/tenants/bulk/set", "", {"tenants": ["globex", {"id": "acme", "settings": {"preference_set": None}}]}),
    ("GET", "/v1/objects/$tenants/acme", "", None),
    ("POST", "/v1/tenants/bulk/delete", "tenant_ids[]=globex", None),
    *(("GET", f"/v1/providers/slack/{CHAT}/{part}", TOKEN_HOLDER, None) for part in ("auth_check", "channels")),
    ("PUT", f"/v1/providers/slack/{CHAT}/revoke_access", TOKEN_HOLDER, None),
    ("PUT", f"/v1/objects/$tenants/acme/channel_data/{CHAT}", "", {"data": {"token": {"access_token": "xoxb-2"}}}),
    ("GET", f"/v1/providers/slack/{CHAT}/revoke_access", TOKEN_HOLDER, None),
    *(("GET", f"/v1/providers/ms-teams/{MS_TEAMS}/{part}", TENANT_HOLDER, None) for part in ("auth_check", "teams")),
    ("GET", f"/v1/providers/ms-teams/{MS_TEAMS}/channels", f"{TENANT_HOLDER}&team_id=t1", None),
    ("PUT", f"/v1/providers/ms-teams/{MS_TEAMS}/revoke_access", TENANT_HOLDER, None),
    ("GET", f"/v1/users/jane/guides/{GUIDES}", "", None),
    ("PUT", "/v1/users/jane/guides/messages/seen", "", {**GUIDE_STEP, "content": {"title": "Hi"}}),
    ("PUT", "/v1/users/jane/guides/messages/interacted", "", GUIDE_STEP),
    ("PUT", "/v1/users/jane/guides/messages/archived", "", {**GUIDE_STEP, "is_final": True}),
    ("GET", f"/v1/users/jane/guides/{GUIDES}", "force_all_guides=true", None),
    ("DELETE", "/v1/users/jane/guides/messages/archived", "", {"guide_key": "tour"}),
    *(
        call
        for mark in ("seen", "interacted", "archived")
        for call in (
            ("PUT", "/v1/users/jane/guides/engagements/reset", "", {"guide_key": "tour"}),
            ("PUT", f"/v1/users/jane/guides/messages/unknown/{mark}", "", {**GUIDE_STEP, "content": {}}),
        )
    ),
    ("GET", f"/v1/users/jane/guides/{GUIDES}", "", None),
    ("PUT", "/v1/users/jane/guides/engagements/reset", "", {"guide_key": "tour"}),
    ("GET", "/v1/messages", f"channel_id={GUIDES}", None),
    ("POST", f"/v1/channels/{FEED}/messages/bulk/read", "", {"user_ids": ["jane"], "archived": "exclude"}),
    ("GET", "/v1/openapi", "", None),
    ("DELETE", "/v1/tenants/acme", "", None),
    ("GET", "/v1/audiences/hello/members", "", None),
    (
        "POST",
        "/v1/audiences/new/members",
        "create_audience=true",
        {"members": [{"user": {"id": "zoe", "name": "Zoe"}}]},
    ),
    ("DELETE", "/v1/audiences/new/members", "", {"members": [{"user": {"id": "zoe"}}, {"user": {"id": "nobody"}}]}),
    ("POST", "/v1/integrations/census/custom-destination", "", {"id": "1", "jsonrpc": "2.0", "method": "list_objects"}),
    ("POST", "/v1/integrations/hightouch/embedded-destination", "", {"id": "1", "jsonrpc": "2.0", "method": "ad"}),
    ("POST", "/v1/notify", "", {"name": "hello", "actor": "jane", "recipients": ["jane", "nobody"]}),
    ("POST", "/v1/notify/cancel", "", {"name": "later", "cancellation_key": "k"}),
    ("POST", "/v1/schedules", "", DAILY | {"recipients": [PROJECT, "nobody"], "workflow": "hello"}),
    ("GET", "/v1/schedules", "workflow=hello&recipients[]=jane", None),
    ("PUT", "/v1/schedules", "", {"schedule_ids": [*SCHEDULES, "unknown"], "scheduled_at": "2026-02-01T00:00:00Z"}),
    ("GET", "/v1/users/jane/schedules", "", None),
    ("GET", f"{PROJECT_PATH}/schedules", "workflow=hello", None),
    ("DELETE", "/v1/schedules", "", {"schedule_ids": [SCHEDULES[0]]}),
    ("POST", "/v1/schedules/bulk/create", "", {"schedules": [{"recipient": "jane", "workflow": "hello", **DAILY}]}),
    ("GET", "/v1/workflow_recipient_runs", "status[]=paused&status[]=completed&recipient=jane", None),
    ("DELETE", "/v1/users/kim", "", None),
]
"""Calls that succeed one after the other and touch every operation."""


def test_the_story_goes_well_and_fits_the_schemas() -> None:
    world = full_world()
    prepared = len(world.journal)
    for method, path, query, body in STORY:
        send(world, method, path, query, body)
    bulk = orjson.loads(send(world, "POST", "/v1/users/bulk/delete", body={"user_ids": ["joe"]}).body)
    send(world, "GET", bulk["progress_path"])
    told = [*world.journal][prepared:]
    assert {entry.operation for entry in told} == set(BY_NAME)
    for entry in told:
        assert entry.operation is not None
        check_success(BY_NAME[entry.operation], entry.reply)


def test_a_feed_of_a_message_whose_people_are_gone_fits_the_schemas() -> None:
    world = full_world()
    send(world, "DELETE", "/v1/users/joe")
    send(world, "GET", FEED_PATH)
    send(world, "GET", f"/v1/messages/{MESSAGES[6]}/activities")
    for entry in [*world.journal][-2:]:
        check_success(BY_NAME[str(entry.operation)], entry.reply)
        assert b'"id":"joe"' in entry.reply.body


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_declares_schemas_that_exist(operation: Operation) -> None:
    for name in (operation.body_schema, operation.query_schema, operation.response_schema):
        if name is not None:
            judge(name).is_valid({})
    assert (operation.response_schema is None) == (operation.status == 204)
    assert operation.tier in (1, 2, 3, 4, 5)

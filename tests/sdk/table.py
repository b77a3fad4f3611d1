"""One call of every method that the SDK has, each of which goes well in the full world.

Tests of the synchronous and of the asynchronous client are driven from it, and the coverage page shows what it reaches.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import orjson
from knockapi._resource import AsyncAPIResource, SyncAPIResource

from tests.worlds import (
    ACME_HOLDER,
    BULK_OPERATION,
    CHAT,
    FEED,
    GUIDE_STEP,
    GUIDES,
    JANE,
    MESSAGES,
    MS_TEAMS,
    PUSH,
    RUNS,
    SCHEDULES,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import knockapi

    from knock_fake.json_types import Json, JsonObject


@dataclass(frozen=True)
class SdkCall:
    """One call of one method, such as ``users.get``.

    ``operation`` is the one that it reaches, when its name is not that of the method.
    """

    method: str
    args: tuple[str, ...] = ()
    options: JsonObject = field(default_factory=dict)
    operation: str = ""

    @property
    def reached(self) -> str:
        """The name of the operation that answers."""
        return self.operation or self.method

    def reaching(self, operation: str) -> SdkCall:
        return replace(self, operation=operation)


def call(method: str, /, *args: str, **options: Json) -> SdkCall:
    return SdkCall(method, args, options)


MESSAGE = MESSAGES[0]
RULES: list[Json] = [{"frequency": "daily", "hours": 9}]
PREFERENCES: JsonObject = {
    "workflows": {"hello": {"channel_types": {"email": False}}, "later": False},
    "categories": {"social": True},
    "channel_types": {"sms": {"conditions": [{"variable": "data.a", "operator": "exists", "argument": ""}]}},
    "commercial_subscribed": True,
}
HOLDER = orjson.dumps(ACME_HOLDER).decode()
STEP = GUIDE_STEP

CALLS = (
    call("audiences.add_members", "new", members=[{"user": {"id": "zoe", "name": "Zoe"}}], create_audience=True),
    call("audiences.list_members", "hello"),
    call("audiences.remove_members", "hello", members=[{"user": {"id": "jane"}, "tenant": "acme"}]),
    call("bulk_operations.get", BULK_OPERATION),
    call("channels.bulk.update_message_status", FEED, "archived", recipient_ids=["jane"], has_tenant=True),
    call(
        "integrations.census.custom_destination",
        id="1",
        jsonrpc="2.0",
        method="list_objects",
        params={},
    ),
    call("integrations.hightouch.embedded_destination", id="1", jsonrpc="2.0", method="behavior"),
    call("messages.archive", MESSAGE),
    call("messages.get", MESSAGE),
    call("messages.get_content", MESSAGES[1]),
    call("messages.list", source="hello", status=["delivered"], channel_id=FEED),
    call("messages.list_activities", MESSAGE),
    call("messages.list_delivery_logs", MESSAGES[1]),
    call("messages.list_events", MESSAGE),
    call("messages.mark_as_interacted", MESSAGE, metadata={"button": "yes"}),
    call("messages.mark_as_read", MESSAGE),
    call("messages.mark_as_seen", MESSAGE),
    call("messages.mark_as_unread", MESSAGE),
    call("messages.mark_as_unseen", MESSAGE),
    call("messages.unarchive", MESSAGE),
    call("messages.batch.archive", message_ids=[*MESSAGES]),
    call("messages.batch.get_content", message_ids=[*MESSAGES[:5]]),
    call("messages.batch.mark_as_interacted", message_ids=[MESSAGE], metadata={"button": "yes"}),
    call("messages.batch.mark_as_read", message_ids=[MESSAGE]),
    call("messages.batch.mark_as_seen", message_ids=[MESSAGE]),
    call("messages.batch.mark_as_unread", message_ids=[MESSAGE]),
    call("messages.batch.mark_as_unseen", message_ids=[MESSAGE]),
    call("messages.batch.unarchive", message_ids=[MESSAGE]),
    call("objects.add_subscriptions", "projects", "p1", recipients=["joe", {"id": "kim", "name": "Kim"}]),
    call("objects.delete", "projects", "p1"),
    call("objects.delete_subscriptions", "projects", "p1", recipients=["jane"]),
    call("objects.get", "projects", "p1"),
    call("objects.get_channel_data", "projects", "p1", PUSH),
    call("objects.get_preferences", "projects", "p1", "default"),
    call("objects.list", "projects", include=["preferences"]),
    call("objects.list_messages", "projects", "p1"),
    call("objects.list_preferences", "projects", "p1"),
    call("objects.list_schedules", "projects", "p1"),
    call("objects.list_subscriptions", "projects", "p1", mode="object", recipients=["jane"], include=["preferences"]),
    call("objects.set", "projects", "p2", name="Gemini", timezone="Europe/Rome"),
    call("objects.set_channel_data", "projects", "p1", CHAT, data={"connections": [{"channel_id": "C1"}]}),
    call("objects.set_preferences", "projects", "p1", "default", _persistence_strategy="merge", **PREFERENCES),
    call("objects.unset_channel_data", "projects", "p1", PUSH),
    call("objects.unset_preferences", "projects", "p1", "default"),
    call("objects.bulk.add_subscriptions", "projects", subscriptions=[{"id": "p1", "recipients": ["joe"]}]),
    call("objects.bulk.delete", "projects", object_ids=["p1"]),
    call("objects.bulk.delete_subscriptions", "projects", subscriptions=[{"id": "p1", "recipients": ["jane"]}]),
    call("objects.bulk.set", "projects", objects=[{"id": "p1", "name": "Apollo"}, {"id": "p2"}]),
    call("providers.ms_teams.check_auth", MS_TEAMS, ms_teams_tenant_object=HOLDER),
    call("providers.ms_teams.list_channels", MS_TEAMS, ms_teams_tenant_object=HOLDER, team_id="t1"),
    call("providers.ms_teams.list_teams", MS_TEAMS, ms_teams_tenant_object=HOLDER, query_options={"$top": 5}),
    call("providers.ms_teams.revoke_access", MS_TEAMS, ms_teams_tenant_object=HOLDER),
    call("providers.slack.check_auth", CHAT, access_token_object=HOLDER),
    call("providers.slack.list_channels", CHAT, access_token_object=HOLDER, query_options={"limit": 5}),
    call("providers.slack.revoke_access", CHAT, access_token_object=HOLDER),
    call("schedules.create", recipients=["jane"], workflow="hello", repeats=RULES, data={"a": 1}, tenant="acme"),
    call("schedules.delete", schedule_ids=[SCHEDULES[0]]),
    call("schedules.list", workflow="hello", recipients=["jane", {"id": "p1", "collection": "projects"}]),
    call("schedules.update", schedule_ids=[SCHEDULES[0]], scheduled_at="2026-02-01T00:00:00Z", repeats=[]),
    call("schedules.bulk.create", schedules=[{"recipient": "jane", "workflow": "hello", "repeats": RULES}]),
    call("tenants.delete", "acme"),
    call("tenants.get", "acme", resolve_full_preference_settings=True),
    call("tenants.list", name="Acme"),
    call("tenants.set", "globex", name="Globex", settings={"branding": {"primary_color": "#112233"}}),
    call("tenants.bulk.delete", tenant_ids=["acme"]),
    call("tenants.bulk.set", tenants=["globex", {"id": "acme", "name": "Acme"}]),
    call("users.delete", "jane"),
    call("users.get", "jane"),
    call("users.get_channel_data", "jane", PUSH),
    call("users.get_preferences", "jane", "default", tenant="acme"),
    call("users.list", include=["preferences"], order="desc"),
    call("users.list_messages", "jane", engagement_status=["unread"], inserted_at={"gte": "2026-01-01T00:00:00Z"}),
    call("users.list_preferences", "jane"),
    call("users.list_schedules", "jane", workflow="hello"),
    call("users.list_subscriptions", "jane", objects=[{"id": "p1", "collection": "projects"}]),
    call("users.merge", "jane", from_user_id="joe"),
    call("users.set_channel_data", "jane", PUSH, data={"tokens": ["a", "b"]}),
    call("users.set_preferences", "jane", "acme", **PREFERENCES),
    call("users.unset_channel_data", "jane", PUSH),
    call("users.unset_preferences", "jane", "default"),
    call("users.update", "jane", **{key: value for key, value in JANE.items() if key not in ("id", "plan")}),
    call("users.bulk.delete", user_ids=["jane", "nobody"]),
    call("users.bulk.identify", users=[{"id": "kim", "name": "Kim"}, {"id": "zoe"}]),
    call("users.bulk.set_preferences", user_ids=["jane"], preferences=PREFERENCES),
    call("users.feeds.get_settings", "jane", FEED),
    call("users.feeds.list_items", "jane", FEED, status="unread", archived="include", mode="rich"),
    call("users.guides.get_channel", "jane", GUIDES, tenant="acme", data='{"spots":1}'),
    call("users.guides.mark_message_as_archived", "jane", **STEP).reaching("users.guides.mark_as_archived"),
    call("users.guides.mark_message_as_interacted", "jane", **STEP).reaching("users.guides.mark_as_interacted"),
    call("users.guides.mark_message_as_seen", "jane", **STEP, content={"a": 1}).reaching("users.guides.mark_as_seen"),
    call("users.guides.reset_guide_engagements", "jane", guide_key="tour"),
    call("users.guides.unarchive_guide_message", "jane", guide_key="tour"),
    call("users.preference_center.generate_signed_url", "jane"),
    call("users.preference_center.get_config", "jane"),
    call("workflow_recipient_runs.get", RUNS[0]),
    call("workflow_recipient_runs.list", workflow="hello", recipient="jane", status=["completed"], has_errors=False),
    call("workflows.cancel", "later", cancellation_key="k", recipients=["jane"]),
    call("workflows.trigger", "hello", recipients=[JANE, "joe"], actor="joe", data={"name": "Jane"}, tenant="acme"),
)


def methods_of(client: knockapi.Knock | knockapi.AsyncKnock) -> dict[str, Callable[..., object]]:
    """Return every method of every resource of a client, by its dotted name."""
    return dict(_methods(client, ()))


def _methods(owner: object, path: tuple[str, ...]) -> Iterator[tuple[str, Callable[..., object]]]:
    for name, member in inspect.getmembers(type(owner)):
        if name.startswith(("_", "with_")):
            continue
        if inspect.isfunction(member) and path:
            yield ".".join((*path, name)), getattr(owner, name)
        elif isinstance(member, cached_property) and isinstance(
            resource := getattr(owner, name), SyncAPIResource | AsyncAPIResource
        ):
            yield from _methods(resource, (*path, name))

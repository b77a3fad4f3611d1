"""Operations of Knock's API that this version does not answer: each gives a 501 that names it.

A row leaves this table when a module of this package declares the operation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from knock_fake.gateway.operations import Operation, refuse_unbuilt

if TYPE_CHECKING:
    from knock_fake.gateway.operations import PublicKey

# fmt: off
_ROWS: tuple[tuple[str, str, str, int, PublicKey], ...] = (
    ("audiences.list_members", "GET", "/v1/audiences/{key}/members", 4, "no"),
    ("audiences.add_members", "POST", "/v1/audiences/{key}/members", 3, "no"),
    ("audiences.remove_members", "DELETE", "/v1/audiences/{key}/members", 3, "no"),
    ("channels.bulk.update_message_status", "POST", "/v1/channels/{channel_id}/messages/bulk/{action}", 2, "documented"),
    ("integrations.census.custom_destination", "POST", "/v1/integrations/census/custom-destination", 3, "no"),
    ("integrations.hightouch.embedded_destination", "POST", "/v1/integrations/hightouch/embedded-destination", 3, "no"),
    ("notify.trigger", "POST", "/v1/notify", 3, "no"),
    ("notify.cancel", "POST", "/v1/notify/cancel", 3, "no"),
    ("objects.list", "GET", "/v1/objects/{collection}", 4, "no"),
    ("objects.bulk.delete", "POST", "/v1/objects/{collection}/bulk/delete", 1, "no"),
    ("objects.bulk.set", "POST", "/v1/objects/{collection}/bulk/set", 1, "no"),
    ("objects.bulk.add_subscriptions", "POST", "/v1/objects/{collection}/bulk/subscriptions/add", 1, "no"),
    ("objects.bulk.delete_subscriptions", "POST", "/v1/objects/{collection}/bulk/subscriptions/delete", 1, "no"),
    ("objects.get", "GET", "/v1/objects/{collection}/{id}", 4, "no"),
    ("objects.set", "PUT", "/v1/objects/{collection}/{id}", 3, "no"),
    ("objects.delete", "DELETE", "/v1/objects/{collection}/{id}", 2, "no"),
    ("objects.list_messages", "GET", "/v1/objects/{collection}/{id}/messages", 4, "no"),
    ("objects.list_schedules", "GET", "/v1/objects/{collection}/{id}/schedules", 4, "no"),
    ("objects.get_channel_data", "GET", "/v1/objects/{collection}/{object_id}/channel_data/{channel_id}", 4, "grant"),
    ("objects.set_channel_data", "PUT", "/v1/objects/{collection}/{object_id}/channel_data/{channel_id}", 3, "grant"),
    ("objects.unset_channel_data", "DELETE", "/v1/objects/{collection}/{object_id}/channel_data/{channel_id}", 3, "no"),
    ("objects.list_preferences", "GET", "/v1/objects/{collection}/{object_id}/preferences", 4, "no"),
    ("objects.get_preferences", "GET", "/v1/objects/{collection}/{object_id}/preferences/{id}", 4, "no"),
    ("objects.set_preferences", "PUT", "/v1/objects/{collection}/{object_id}/preferences/{id}", 3, "no"),
    ("objects.unset_preferences", "DELETE", "/v1/objects/{collection}/{object_id}/preferences/{id}", 3, "no"),
    ("objects.set_categories_preferences", "PUT", "/v1/objects/{collection}/{object_id}/preferences/{id}/categories", 3, "no"),
    ("objects.set_category_preferences", "PUT", "/v1/objects/{collection}/{object_id}/preferences/{id}/categories/{key}", 3, "no"),
    ("objects.set_channel_types_preferences", "PUT", "/v1/objects/{collection}/{object_id}/preferences/{id}/channel_types", 3, "no"),
    ("objects.set_channel_type_preferences", "PUT", "/v1/objects/{collection}/{object_id}/preferences/{id}/channel_types/{type}", 3, "no"),
    ("objects.set_workflows_preferences", "PUT", "/v1/objects/{collection}/{object_id}/preferences/{id}/workflows", 3, "no"),
    ("objects.set_workflow_preferences", "PUT", "/v1/objects/{collection}/{object_id}/preferences/{id}/workflows/{key}", 3, "no"),
    ("objects.list_subscriptions", "GET", "/v1/objects/{collection}/{object_id}/subscriptions", 4, "no"),
    ("objects.add_subscriptions", "POST", "/v1/objects/{collection}/{object_id}/subscriptions", 3, "no"),
    ("objects.delete_subscriptions", "DELETE", "/v1/objects/{collection}/{object_id}/subscriptions", 3, "no"),
    ("providers.ms_teams.check_auth", "GET", "/v1/providers/ms-teams/{channel_id}/auth_check", 2, "grant"),
    ("providers.ms_teams.list_channels", "GET", "/v1/providers/ms-teams/{channel_id}/channels", 2, "grant"),
    ("providers.ms_teams.revoke_access", "PUT", "/v1/providers/ms-teams/{channel_id}/revoke_access", 2, "grant"),
    ("providers.ms_teams.list_teams", "GET", "/v1/providers/ms-teams/{channel_id}/teams", 2, "grant"),
    ("providers.slack.check_auth", "GET", "/v1/providers/slack/{channel_id}/auth_check", 3, "grant"),
    ("providers.slack.list_channels", "GET", "/v1/providers/slack/{channel_id}/channels", 3, "grant"),
    ("providers.slack.revoke_access_get", "GET", "/v1/providers/slack/{channel_id}/revoke_access", 3, "grant"),
    ("providers.slack.revoke_access", "PUT", "/v1/providers/slack/{channel_id}/revoke_access", 2, "grant"),
    ("schedules.list", "GET", "/v1/schedules", 4, "no"),
    ("schedules.create", "POST", "/v1/schedules", 3, "no"),
    ("schedules.update", "PUT", "/v1/schedules", 3, "no"),
    ("schedules.delete", "DELETE", "/v1/schedules", 3, "no"),
    ("schedules.bulk.create", "POST", "/v1/schedules/bulk/create", 1, "no"),
    ("tenants.list", "GET", "/v1/tenants", 4, "no"),
    ("tenants.bulk.delete", "POST", "/v1/tenants/bulk/delete", 1, "no"),
    ("tenants.bulk.set", "POST", "/v1/tenants/bulk/set", 1, "no"),
    ("tenants.get", "GET", "/v1/tenants/{id}", 4, "no"),
    ("tenants.set", "PUT", "/v1/tenants/{id}", 3, "no"),
    ("tenants.delete", "DELETE", "/v1/tenants/{id}", 2, "no"),
    ("users.bulk.set_preferences", "POST", "/v1/users/bulk/preferences", 1, "no"),
    ("users.get_channel_data", "GET", "/v1/users/{user_id}/channel_data/{channel_id}", 4, "documented"),
    ("users.set_channel_data", "PUT", "/v1/users/{user_id}/channel_data/{channel_id}", 3, "documented"),
    ("users.unset_channel_data", "DELETE", "/v1/users/{user_id}/channel_data/{channel_id}", 3, "documented"),
    ("users.guides.reset_guide_engagements", "PUT", "/v1/users/{user_id}/guides/engagements/reset", 2, "client_sdk"),
    ("users.guides.mark_as_archived", "PUT", "/v1/users/{user_id}/guides/messages/archived", 2, "documented"),
    ("users.guides.unarchive_guide_message", "DELETE", "/v1/users/{user_id}/guides/messages/archived", 2, "no"),
    ("users.guides.mark_as_interacted", "PUT", "/v1/users/{user_id}/guides/messages/interacted", 2, "documented"),
    ("users.guides.mark_as_seen", "PUT", "/v1/users/{user_id}/guides/messages/seen", 2, "documented"),
    ("users.guides.mark_message_as_archived", "PUT", "/v1/users/{user_id}/guides/messages/{message_id}/archived", 2, "documented"),
    ("users.guides.mark_message_as_interacted", "PUT", "/v1/users/{user_id}/guides/messages/{message_id}/interacted", 2, "documented"),
    ("users.guides.mark_message_as_seen", "PUT", "/v1/users/{user_id}/guides/messages/{message_id}/seen", 2, "documented"),
    ("users.guides.get_channel", "GET", "/v1/users/{user_id}/guides/{channel_id}", 2, "documented"),
    ("users.preference_center.get_config", "GET", "/v1/users/{user_id}/preference_center/config", 4, "documented"),
    ("users.preference_center.generate_signed_url", "POST", "/v1/users/{user_id}/preference_center/signed_url", 3, "no"),
    ("users.list_preferences", "GET", "/v1/users/{user_id}/preferences", 4, "documented"),
    ("users.get_preferences", "GET", "/v1/users/{user_id}/preferences/{id}", 4, "documented"),
    ("users.set_preferences", "PUT", "/v1/users/{user_id}/preferences/{id}", 3, "documented"),
    ("users.unset_preferences", "DELETE", "/v1/users/{user_id}/preferences/{id}", 3, "no"),
    ("users.set_categories_preferences", "PUT", "/v1/users/{user_id}/preferences/{id}/categories", 3, "client_sdk"),
    ("users.set_category_preferences", "PUT", "/v1/users/{user_id}/preferences/{id}/categories/{key}", 3, "client_sdk"),
    ("users.set_channel_types_preferences", "PUT", "/v1/users/{user_id}/preferences/{id}/channel_types", 3, "client_sdk"),
    ("users.set_channel_type_preferences", "PUT", "/v1/users/{user_id}/preferences/{id}/channel_types/{type}", 3, "client_sdk"),
    ("users.set_workflows_preferences", "PUT", "/v1/users/{user_id}/preferences/{id}/workflows", 3, "client_sdk"),
    ("users.set_workflow_preferences", "PUT", "/v1/users/{user_id}/preferences/{id}/workflows/{key}", 3, "client_sdk"),
    ("users.list_schedules", "GET", "/v1/users/{user_id}/schedules", 4, "no"),
    ("users.list_subscriptions", "GET", "/v1/users/{user_id}/subscriptions", 4, "no"),
    ("workflow_recipient_runs.list", "GET", "/v1/workflow_recipient_runs", 2, "no"),
    ("workflow_recipient_runs.get", "GET", "/v1/workflow_recipient_runs/{id}", 2, "no"),
)
# fmt: on

UNBUILT = tuple(
    Operation(name, method, path, refuse_unbuilt, tier, public_key=public_key, is_built=False)
    for name, method, path, tier, public_key in _ROWS
)
"""The operations, with the tier and the keys that they will have."""

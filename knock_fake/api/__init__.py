"""One module a Knock resource: endpoint functions with their declarations, and how records are shown."""

from __future__ import annotations

from knock_fake.api.audiences import audiences
from knock_fake.api.bulk_operations import bulk_operations
from knock_fake.api.bulk_subscriptions import bulk_subscriptions
from knock_fake.api.census import census
from knock_fake.api.channel_data import object_channel_data, user_channel_data
from knock_fake.api.channel_messages import channel_messages
from knock_fake.api.feeds import feeds
from knock_fake.api.guide_marks import guide_marks
from knock_fake.api.guides import guides
from knock_fake.api.hightouch import hightouch
from knock_fake.api.message_marks import marks
from knock_fake.api.messages import messages, object_messages, user_messages
from knock_fake.api.ms_teams import ms_teams
from knock_fake.api.notify import notify
from knock_fake.api.objects import objects
from knock_fake.api.openapi import openapi
from knock_fake.api.preference_center import preference_center
from knock_fake.api.preferences import object_preferences, user_preferences
from knock_fake.api.schedules import object_schedules, schedules, user_schedules
from knock_fake.api.slack import slack
from knock_fake.api.subscriptions import subscriptions, user_subscriptions
from knock_fake.api.tenants import tenants
from knock_fake.api.unbuilt import UNBUILT
from knock_fake.api.users import users
from knock_fake.api.workflow_recipient_runs import workflow_recipient_runs
from knock_fake.api.workflows import workflows

OPERATIONS = (
    *users.operations,
    *user_messages.operations,
    *user_subscriptions.operations,
    *objects.operations,
    *object_messages.operations,
    *subscriptions.operations,
    *bulk_subscriptions.operations,
    *tenants.operations,
    *user_preferences.operations,
    *object_preferences.operations,
    *user_channel_data.operations,
    *object_channel_data.operations,
    *preference_center.operations,
    *feeds.operations,
    *guides.operations,
    *guide_marks.operations,
    *workflows.operations,
    *notify.operations,
    *schedules.operations,
    *user_schedules.operations,
    *object_schedules.operations,
    *workflow_recipient_runs.operations,
    *audiences.operations,
    *census.operations,
    *hightouch.operations,
    *messages.operations,
    *marks.operations,
    *channel_messages.operations,
    *slack.operations,
    *ms_teams.operations,
    *bulk_operations.operations,
    *openapi.operations,
    *UNBUILT,
)
"""Every operation of Knock's API, as its endpoint declares it."""
